import Daemon
import EventLoop
import Journal
import RPC
import Raft
import Store
import TLS
import Units
import Wire

/// A member's life as a process: it opens its disk, its doors, says that it is ready, and stops in
/// order.
final class Life {
    private let options: Options
    private let log: Log
    private let notify = Notify()
    private let loop = Loop()
    private var shell: Shell?
    private var clients: Server?
    private var peers: Server?
    private var page: MetricsPage?
    private var secrecy: Secrecy?
    private var watchdog: Watchdog?
    private var stopOrder: StopOrder?
    /// Runs while leadership is handed on.
    private var handover: Timer?
    private var code: Int32 = 0

    /// How long calls that are under way may take when the member stops.
    private static let drain = Instant.Span.seconds(2)
    /// How long another member may take to take over leadership.
    private static let handoverPatience = Instant.Span.seconds(1)

    init(_ options: Options) {
        self.options = options
        log = Log(program: "martlet-store", level: options.logLevel)
    }

    /// Until the member is stopped; the exit code.
    func run() -> Int32 {
        do throws(StartRefusal) {
            try start()
        } catch {
            log.error(error.description)
            return 1
        }
        loop.run()
        return code
    }

    private func start() throws(StartRefusal) {
        let secrecy = try Secrecy(options, log)
        self.secrecy = secrecy
        let opened = try open(secrecy)
        if let cut = opened.cut {
            log.notice(
                "a write that a crash cut short was dropped from segment \(cut.segment) at "
                    + "\(cut.offset); it was never acknowledged")
        }
        if let damage = opened.damage {
            log.warning(
                opened.recovered.journal.abandoned.isEmpty
                    ? "\(damage); a checkpoint holds all of that, so it was dropped"
                    : "\(damage); this member gives no votes until the others have sent them again")
        }
        let links = PeerLinks(
            on: loop, identity: opened.identity, software: Options.software,
            keyring: secrecy.members)
        let shell = Shell(on: loop, opened, settings: options.settings, links: links)
        shell.report = { [weak self] in self?.heard($0) }
        self.shell = shell
        try openDoors(opened.identity, shell, links, secrecy)
        try openPage(shell)
        try obeySignals()
        watchdog = Watchdog(on: loop, notify)
        log.info(
            "member '\(options.name)' (\(hex(opened.identity.member))) started",
            (name: "member", value: hex(opened.identity.member)),
            (name: "data", value: options.data))
        notify.ready(shell.status)
    }

    private func open(_ secrecy: Secrecy) throws(StartRefusal) -> Opened {
        let isNew = try Opened.isNew(options.data)
        let founding: Founding
        if isNew, let address = options.join {
            founding = try Joining.join(options, at: address, secrecy.joining())
        } else {
            do throws(Founding.Fault) {
                founding = try Founding(
                    name: options.name, peerAddress: options.peerAddress,
                    clientAddresses: options.clientAddresses,
                    initialCluster: options.initialCluster, token: options.clusterToken)
            } catch {
                throw .founding(error)
            }
        }
        return try Opened.open(
            options.data, name: options.name, version: Options.version,
            supported: options.settings.supportedVersion, founding: founding,
            isExplicit: options.initialCluster != nil, wallClock: Loop.wallClock.nanoseconds,
            drawn: Loop.seed(), acceptClock: options.acceptClock, repair: options.repair)
    }

    // MARK: Doors

    private func openDoors(
        _ identity: Identity, _ shell: Shell, _ links: PeerLinks, _ secrecy: Secrecy
    ) throws(StartRefusal) {
        let own = RPC::Settings(
            software: Options.software, clusterID: identity.cluster,
            memberID: identity.member.rawValue)
        let clients = Server(on: loop, own)
        clients.onConnection = { [weak shell] in shell?.serve($0) }
        clients.security = secrecy.clients.map { Security($0, expecting: .user) }
        let strangers = Strangers(log)
        clients.onClose = { [weak shell, loop] connection, reason in
            shell?.left(connection)
            strangers.left(connection, reason, at: loop.now)
        }
        let peers = Server(on: loop, PeerLinks.attentive(own))
        peers.security = secrecy.members.map { Security($0, expecting: .anyMember) }
        peers.onConnection = { links.serve($0) }
        peers.onClose = { [loop] in
            links.left($0)
            strangers.left($0, $1, at: loop.now)
        }
        for server in [clients, peers] {
            server.onFailure = { [weak self] in self?.log.warning($0.description) }
        }
        do throws(LoopFailure) {
            try open(clients)
            try peers.listen(on: options.peerListen)
        } catch {
            throw .other(error.description)
        }
        self.clients = clients
        self.peers = peers
        secrecy.onRenewed = { [weak secrecy] in
            if let ring = secrecy?.clients { clients.dismiss { ring.context.revokes($0) } }
            if let ring = secrecy?.members { peers.dismiss { ring.context.revokes($0) } }
        }
    }

    private func open(_ clients: Server) throws(LoopFailure) {
        let activated = Activation.sockets()
        for socket in activated {
            try clients.adopt(descriptor: socket.descriptor, socket.kind)
        }
        let access = Listener.Access(mode: 0o660, group: options.socketGroup)
        for path in options.listenUnix {
            try clients.listen(on: .unix(path), access: access)
        }
        for address in options.listen { try clients.listen(on: address) }
        if activated.isEmpty, options.listenUnix.isEmpty, options.listen.isEmpty {
            try clients.listen(on: .unix("/run/martlet/store.sock"), access: access)
        }
    }

    /// On a machine with several members only one has the usual address; that is no reason to stop.
    private func openPage(_ shell: Shell) throws(StartRefusal) {
        let address: Address
        switch options.metrics {
        case .none: return
        case .usual: address = MetricsAddress.usualAddress
        case .given(let given): address = given
        }
        do throws(LoopFailure) {
            page = try MetricsPage(on: loop, address) { [weak shell] in shell?.serve($0, $1) }
        } catch {
            guard options.metrics == .usual else { throw .other(error.description) }
            log.notice(
                "no metrics are told by HTTP: \(error.description). Give --metrics-address, or "
                    + "'none'")
        }
    }

    // MARK: What happens

    private func heard(_ report: Shell.Report) {
        switch report {
        case .leads(let term): log.info("leads in term \(term.rawValue)")
        case .follows(let name, let term): log.info("follows '\(name)' in term \(term.rawValue)")
        case .leaderless(let term): log.info("no leader in term \(term.rawValue)")
        case .peerUp(let name): log.info("connected to member '\(name)'")
        case .peerDown(let name, let words): log.warning("member '\(name)' is away: \(words)")
        case .noSpace(let words):
            log.error("no space left: \(words). Free some; writes wait until then.")
        case .slow(let words): log.warning("slow: \(words)")
        case .snapshotFailed(let words): log.warning("a snapshot was not transferred: \(words)")
        case .deed(let line, let peer): tell(line, from: peer)
        case .moreDeeds(let count):
            log.warning("audit: \(count) more deeds in the same moment are not told one by one")
        case .damage(let words): log.error("damage on the disk: \(words)")
        case .alarm(let words, true): log.error("alarm: \(words)")
        case .alarm(let words, false): log.notice("alarm is over: \(words)")
        case .health(.sound): log.notice("this member is sound again, serves and votes")
        case .health(.suspect):
            log.error(
                "this member's data is damaged: it serves nobody and gives no votes until it has "
                    + "a fresh copy from the leader")
        case .health: log.warning("this member gives no votes until its log is whole again")
        case .fatal(let words):
            log.error("stopping, as what is written can no longer be trusted: \(words)")
            end(1)
        case .mustStop(let words):
            log.error("stopping: \(words)")
            end(1)
        case .raised(let version): log.notice("the cluster is at version \(version.name) now")
        case .dismissed(let name, let words):
            log.warning("member '\(name)' is not let in: \(words)")
        case .removed:
            log.notice("this member was removed from the cluster; stopping")
            end(0)
        }
        if let shell { notify.status(shell.status) }
        goIfHandedOver()
    }

    private func tell(_ line: AuditLine, from peer: String) {
        let method = "\(Method(rawValue: Int32(bitPattern: line.method)))"
        let outcome = line.outcome == .none ? "done" : "refused, \(line.outcome)"
        let who = line.user.isEmpty ? "nobody" : "'\(line.user)'"
        log.info(
            "audit: \(who) from \(peer): \(method)"
                + (line.subject.isEmpty ? "" : " \(line.subject)") + ": \(outcome)",
            (name: "audit_user", value: line.user), (name: "audit_from", value: peer),
            (name: "audit_method", value: method), (name: "audit_subject", value: line.subject),
            (name: "audit_outcome", value: outcome))
    }

    private func obeySignals() throws(StartRefusal) {
        do throws(LoopFailure) {
            stopOrder = try StopOrder(on: loop) { [weak self] in self?.stop() }
            try secrecy?.watch(on: loop)
        } catch {
            throw .other(error.description)
        }
    }

    /// Hands leadership on, lets calls end, and goes.
    private func stop() {
        notify.stopping("stopping")
        log.info("stopping")
        shell?.retire()
        let limit = Timer(on: loop) { [weak self] _ in self?.handedOver() }
        limit.start(after: Life.handoverPatience)
        handover = limit
        goIfHandedOver()
    }

    private func goIfHandedOver() {
        if handover != nil, shell?.mustHandOver == false { handedOver() }
    }

    private func handedOver() {
        guard let limit = handover.take() else { return }
        limit.close()
        clients?.drain(within: Life.drain) { [weak self] in self?.end(0) }
    }

    private func end(_ code: Int32) {
        self.code = max(self.code, code)
        loop.stop()
    }
}
