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

    private func add(_ member: Member) {
        guard let address = try? Address(member.peerAddress) else {
            onState?(.peerDown(member.name, "its address '\(member.peerAddress)' is no address"))
            return
        }
        let link = Link(
            member: member, small: dialer(address, member), bulk: dialer(address, member))
        link.small.onUp = { [weak self] _, _ in self?.isUp(member) }
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
        settings.longestPause = PeerLinks.longestPause
        settings.ping = PeerLinks.ping
        settings.silence = PeerLinks.silence
        return Dialer(
            on: loop, to: address, settings,
            chance: Chance(seed: chance.next(), name: member.name),
            security: keyring.map { Security($0, expecting: .member(member.name)) })
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
        connection.onReady = { [weak self] in self?.check($0, $1) }
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

    /// A member that we know must have a certificate of its name. One that we do not know yet may
    /// have been taken in by entries that it is about to send us.
    private func check(_ connection: Connection, _ hello: Hello) {
        guard let shown = connection.certificate?.memberName,
            let known = links.first(where: { $0.member.id.rawValue == hello.memberID })?.member,
            known.name != shown
        else { return }
        connection.refuse(
            .memberMismatch,
            "the certificate is for member '\(shown)', but HELLO says that this is "
                + "'\(known.name)'")
    }
}
