package import EventLoop
package import TLS
internal import Units

/// How a connection is made secret: with whose papers, and whom we want at the other end.
package struct Security {
    package var keyring: Keyring
    package var expectation: Expectation

    package init(_ keyring: Keyring, expecting expectation: Expectation) {
        self.keyring = keyring
        self.expectation = expectation
    }

    /// For one who dials `address`; nil on unix sockets, where the kernel says who is there.
    package init?(_ keyring: Keyring?, dialling address: Address) {
        guard let keyring, case .host(let host, _) = address else { return nil }
        self.init(keyring, expecting: .host(host))
    }
}

/// Who is on the other side, as far as that is proven.
package enum Peer: Equatable, Sendable {
    case unknown
    /// A process of this machine, of this user.
    case unix(uid: UInt32)
    /// Whoever holds the key of a certificate with this common name.
    case certificate(name: String)
}

/// The TLS of one connection, between its stream and its reader.
final class Line {
    private let stream: EventLoop.Stream
    private let keyring: Keyring
    private var session: TLS::Session
    /// Plain bytes that were not used yet: the front part of a frame, as a rule.
    private var inbox: [UInt8] = []
    private var isParting = false

    init(_ stream: EventLoop.Stream, _ side: Session.Side, _ security: Security) {
        self.stream = stream
        keyring = security.keyring
        var first: [UInt8] = []
        switch side {
        case .caller:
            session = TLS::Session(
                calling: security.expectation, security.keyring.context, &first)
        case .callee:
            session = TLS::Session(answering: security.expectation, security.keyring.context)
        }
        stream.seal = { [weak self] in self?.seal(&$0, &$1) }
        stream.sendSealed { $0 += first }
    }

    var state: TLS::Session.State { session.state }
    var certificate: Certificate? { session.peer }
    var hasInput: Bool { !inbox.isEmpty }

    /// Takes what came from the network; what it means waits for `show`.
    func receive(_ bytes: Bytes) {
        if inbox.capacity == 0 { inbox = keyring.takeBuffer() }
        stream.sendSealed { session.receive(bytes, plain: &inbox, out: &$0) }
    }

    /// Shows all plain bytes that are there to `reader`, which says how many of them it used.
    func show(_ reader: (Bytes) -> Int) {
        var bytes: [UInt8] = []
        swap(&bytes, &inbox)
        let used = reader(bytes.span)
        if used == bytes.count { return keyring.giveBack(bytes) }
        if used > 0, bytes.capacity > 4 * (bytes.count - used) {
            inbox = Array(bytes[used...])
            keyring.giveBack(bytes)
        } else {
            bytes.removeFirst(used)
            inbox = bytes
        }
    }

    /// A farewell leaves after all that was sent. What waits for a handshake never leaves.
    func part() { isParting = true }

    private func seal(_ plain: inout [UInt8], _ out: inout [UInt8]) {
        if session.state == .open {
            session.send(plain.span, out: &out)
            plain.removeAll(keepingCapacity: true)
        }
        guard isParting else { return }
        plain.removeAll(keepingCapacity: true)
        session.part(&out)
    }
}

/// Lets a few through per turn; the others wait in order.
final class Turnstile {
    private let loop: Loop
    private var passed = 0
    private var waiting: [() -> Void] = []
    private var isArmed = false

    init(on loop: Loop) { self.loop = loop }

    /// True for those who may go on now. For the others `then` is called in a later turn, when they
    /// may ask again.
    func pass(else then: @escaping () -> Void) -> Bool {
        if !isArmed {
            isArmed = true
            loop.nextTurn { self.turn() }
        }
        guard passed >= Limits.handshakeSteps else {
            passed += 1
            return true
        }
        waiting.append(then)
        return false
    }

    private func turn() {
        isArmed = false
        passed = 0
        let next = waiting.prefix(Limits.handshakeSteps)
        waiting.removeFirst(next.count)
        if !waiting.isEmpty {
            isArmed = true
            loop.nextTurn { self.turn() }
        }
        for then in next { then() }
    }
}

/// Those who came and have not yet shown who they are, in the order of their coming.
struct Vestibule {
    private var queue: [Connection] = []
    private(set) var count = 0

    /// Takes one in; who must go for it, if there are more than `limit`.
    mutating func enter(_ connection: Connection, limit: Int) -> Connection? {
        if queue.count > 2 * (count + 8) { queue.removeAll { !$0.isStranger } }
        queue.append(connection)
        count += 1
        return count > limit ? queue.first { $0.isStranger } : nil
    }

    /// One has shown who it is, or is gone.
    mutating func leave() {
        count -= 1
        if count == 0 { queue.removeAll() }
    }
}
