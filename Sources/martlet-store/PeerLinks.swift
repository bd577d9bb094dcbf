import EventLoop
import RPC
import Raft
import Store
import TLS
import Units
import Wire

/// Connections to the other members: to each one for small messages and one for bulk. What members
/// send to us comes in by the connections that they made.
final class PeerLinks {
    /// A network that was cut and healed must be used again at once: not after the pauses of TCP,
    /// which grow to many seconds.
    private static let longestPause = Instant.Span.milliseconds(500)
    private static let ping = Instant.Span.milliseconds(500)
    private static let silence = Instant.Span.seconds(1)

    private let loop: Loop
    private let identity: Identity
    private let software: String
    private let keyring: Keyring?
    private var links: [Link] = []
    private var chance: Chance
    /// The body of a PeerMessage.
    var onMessage: ((Bytes) -> Void)?
    var onLost: ((MemberID) -> Void)?
    var onState: ((Shell.Report) -> Void)?
    /// A member calls: its incarnation, a number of ours, and why it is not let in, if so.
    var onCall: ((MemberID, UInt64, UInt64) -> Dismissal?)?
    var onCallEnd: ((UInt64) -> Void)?
    var incarnation: UInt64 = 0
    /// What the cluster agreed upon; programs that do not know it are not talked to.
    var version = ClusterVersion.first

    /// Connections that members made to us.
    private var callers: [(number: UInt64, member: MemberID, connection: Connection)] = []
    private var lastCaller: UInt64 = 0
    /// Since when we are told that another process is this member, and when last.
    private var taken: (since: Instant, last: Instant)?
    /// So long it may be an earlier life of ours that others have not missed yet.
    private static let takenPatience = Instant.Span.seconds(5)

    private struct Link {
        let member: Member
        let small: Dialer
        let bulk: Dialer
        var isDown = false
    }

    /// With a keyring, members speak TLS with one another.
    init(on loop: Loop, identity: Identity, software: String, keyring: Keyring? = nil) {
        self.keyring = keyring
        self.loop = loop
        self.identity = identity
        self.software = software
        chance = Chance(seed: Loop.seed(), name: "dial")
    }

    /// Dials who is new, hangs up on who is gone or has moved.
    func connect(to members: [Member]) {
        let wanted = members.filter { $0.id != identity.member }
        links.removeAll { link in
            let isWanted = wanted.contains {
                $0.id == link.member.id && $0.peerAddress == link.member.peerAddress
            }
            if !isWanted {
                link.small.stop()
                link.bulk.stop()
            }
            return !isWanted
        }
        for member in wanted where !links.contains(where: { $0.member.id == member.id }) {
            add(member)
        }
    }

    /// Whose connection is up, or was never seen to break, and whose is not.
    var reach: (up: [MemberID], down: [MemberID]) {
        let (down, up) = (links.filter(\.isDown), links.filter { !$0.isDown })
        return (up.map(\.member.id), down.map(\.member.id))
    }

    private func add(_ member: Member) {
        guard let address = try? Address(member.peerAddress) else {
            onState?(.peerDown(member.name, "its address '\(member.peerAddress)' is no address"))
            return
        }
        let link = Link(
            member: member, small: dialer(address, member), bulk: dialer(address, member))
        link.small.onUp = { [weak self] connection, _ in
            connection.onGoaway = { [weak self] in self?.dismissed($1) }
            self?.isUp(member)
        }
        link.bulk.onUp = { [weak self] connection, _ in
            connection.onGoaway = { [weak self] in self?.dismissed($1) }
        }
        link.small.onDown = { [weak self] connection, words in
            self?.isDown(member, words, wasUp: connection != nil)
        }
        links.append(link)
        link.small.start()
        link.bulk.start()
    }

    private func dialer(_ address: Address, _ member: Member) -> Dialer {
        var settings = RPC::Settings(
            software: software, clusterID: identity.cluster,
            memberID: identity.member.rawValue, targetID: member.id.rawValue)
        settings.hello.incarnation = incarnation
        if version >= .second { settings.hello.requiredFeatures |= RPC::Settings.secondVersion }
        return Dialer(
            on: loop, to: address, PeerLinks.attentive(settings),
            chance: Chance(seed: chance.next(), name: member.name),
            security: keyring.map { Security($0, expecting: .member(member.name)) })
    }

    /// Notices soon that the other side is gone.
    static func attentive(_ settings: RPC::Settings) -> RPC::Settings {
        var settings = settings
        settings.longestPause = longestPause
        settings.ping = ping
        settings.silence = silence
        return settings
    }

    /// A member turned us away.
    private func dismissed(_ goaway: Goaway) {
        switch goaway.code {
        case .memberRemoved: onState?(.removed)
        case .identityLost, .versionTooLow: onState?(.mustStop(goaway.message))
        case .identityTaken:
            let now = loop.now
            let since = taken.flatMap {
                now.since($0.last) < PeerLinks.takenPatience ? $0.since : nil
            }
            taken = (since ?? now, now)
            guard now.since(since ?? now) >= PeerLinks.takenPatience else { return }
            onState?(.mustStop(goaway.message))
        default: break
        }
    }

    /// Turns a member away that calls us.
    func dismiss(_ dismissal: Dismissal) {
        for caller in callers where caller.member == dismissal.member {
            caller.connection.drain(dismissal.code, dismissal.words)
        }
    }

    private func isUp(_ member: Member) {
        guard let place = links.firstIndex(where: { $0.member.id == member.id }) else { return }
        links[place].isDown = false
        onState?(.peerUp(member.name))
    }

    private func isDown(_ member: Member, _ words: String, wasUp: Bool) {
        if wasUp { onLost?(member.id) }
        guard let place = links.firstIndex(where: { $0.member.id == member.id }),
            !links[place].isDown
        else { return }
        links[place].isDown = true
        onState?(.peerDown(member.name, words))
    }

    /// Sends, or loses, one message.
    func send(_ body: Bytes, to member: MemberID, _ lane: OutgoingMessage.Lane) {
        guard let link = links.first(where: { $0.member.id == member }) else { return }
        let dialer = lane == .bulk ? link.bulk : link.small
        _ = dialer.connection?.open(.peer, oneWay: true) { $0.append(body) }
    }

    /// Takes messages from a member that has connected to us.
    func serve(_ connection: Connection) {
        connection.onReady = { [weak self] in self?.greeted($0, $1) }
        connection.onFrame = { [weak self] connection, header, body in
            guard header.method == .peer else {
                connection.fail(
                    header.stream, header.method,
                    WireError(
                        code: .unknownMethod,
                        message: "this address is for members; clients use the client address"))
                return
            }
            self?.onMessage?(body)
        }
    }

    private func greeted(_ connection: Connection, _ hello: Hello) {
        guard check(connection, hello) else { return }
        let member = MemberID(rawValue: hello.memberID)
        guard member != .none else { return }
        lastCaller += 1
        if let dismissal = onCall?(member, hello.incarnation, lastCaller) {
            onState?(.dismissed(name(of: member), dismissal.words))
            connection.onFrame = nil
            return connection.drain(dismissal.code, dismissal.words)
        }
        callers.append((lastCaller, member, connection))
    }

    private func name(of id: MemberID) -> String {
        links.first { $0.member.id == id }?.member.name ?? hex(id)
    }

    func left(_ connection: Connection) {
        guard let place = callers.firstIndex(where: { $0.connection === connection }) else {
            return
        }
        onCallEnd?(callers.remove(at: place).number)
    }

    /// A member that we know must have a certificate of its name. One that we do not know yet may
    /// have been taken in by entries that it is about to send us.
    private func check(_ connection: Connection, _ hello: Hello) -> Bool {
        guard let shown = connection.certificate?.memberName,
            let known = links.first(where: { $0.member.id.rawValue == hello.memberID })?.member,
            known.name != shown
        else { return true }
        connection.refuse(
            .memberMismatch,
            "the certificate is for member '\(shown)', but HELLO says that this is "
                + "'\(known.name)'")
        return false
    }
}
