import ArgumentParser
import EventLoop
import Glibc
import RPC
import Raft
import Store
import Units

@main
struct MartletStore: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet-store",
        abstract: "A member of a consensus key-value store.")

    @Option var name = "default"
    @Option var data: String
    @Option var listenUnix: [String] = []
    @Option var listen: [String] = []
    @Option var peerListen = "127.0.0.1:2380"
    @Option var initialCluster: String?
    @Option var clusterToken = ""
    @Option var electionMs: UInt64 = 250
    @Option var heartbeatMs: UInt64 = 50
    @Flag var acceptClock = false

    mutating func run() throws {
        let founding = try Founding(
            name: name, peerAddress: peerListen, clientAddresses: listen,
            initialCluster: initialCluster, token: clusterToken)
        let opened = try Opened.open(
            data, name: name, version: "0.1.0", founding: founding,
            isExplicit: initialCluster != nil, wallClock: Loop.wallClock.nanoseconds,
            acceptClock: acceptClock)
        let loop = Loop()
        let software = "martlet-store/0.1.0"
        let links = PeerLinks(on: loop, identity: opened.identity, software: software)
        let shell = Shell(
            on: loop, opened,
            settings: Store::Settings(
                election: .milliseconds(electionMs), heartbeat: .milliseconds(heartbeatMs)),
            links: links)
        shell.report = { print("martlet-store:", $0); fflush(nil) }
        let own = RPC::Settings(
            software: software, clusterID: opened.identity.cluster,
            memberID: opened.identity.member.rawValue)
        let clients = Server(on: loop, own)
        clients.onConnection = { shell.serve($0) }
        clients.onClose = { connection, _ in shell.left(connection) }
        for path in listenUnix { try clients.listen(on: Address("unix:\(path)")) }
        for address in listen { try clients.listen(on: Address(address)) }
        let peers = Server(on: loop, own)
        peers.onConnection = { links.serve($0) }
        try peers.listen(on: Address(peerListen))
        let signals = try [SIGTERM, SIGINT].map { try Signals(on: loop, $0) { loop.stop() } }
        loop.run()
        _ = (shell, clients, peers, signals)
    }
}
