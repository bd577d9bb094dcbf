internal import EventLoop
internal import Units
internal import Wire

/// A session of the store's, through which writes are carried out once.
///
/// Picture numbered order slips: the kitchen pins the answer to each number to the wall, so that a
/// waiter who did not hear it may call out the same slip again. When all answers up to a number have
/// come, those are taken down.
///
/// It is opened with the first write, and again when it has ended because nobody used it. A write whose
/// session ended while nobody knows whether it was made is given up: its caller is told so.
final class WriteSession {
    /// One write: its number once it has one.
    private final class Slip {
        let method: Method
        let body: [UInt8]
        var session: Int64 = 0
        var sequence: Int64 = 0

        init(_ method: Method, _ body: [UInt8]) {
            self.method = method
            self.body = body
        }
    }

    private enum State: Equatable {
        /// → `opening` with the next write.
        case none
        /// → `open` when the store answers, → `none` when it does not.
        case opening
        /// → `opening` when it turns out to have ended.
        case open(Int64)
    }

    private unowned let client: Client
    private let ttl: Int64
    private var state = State.none
    private var waiting: [(errand: Errand, slip: Slip)] = []
    private var next: Int64 = 1
    /// Numbers whose answers have not come, ascending.
    private var outstanding: [Int64] = []

    init(_ client: Client, ttl: Int64) {
        self.client = client
        self.ttl = ttl
    }

    /// What of a write's answer is beyond its own body.
    private static let envelope = 64

    /// Methods whose writes a session can carry.
    static func carries(_ method: Method) -> Bool {
        switch method {
        case .put, .deleteRange, .txn, .compact, .leaseGrant, .leaseRevoke, .unlock, .proclaim,
            .resign, .tree:
            true
        default: false
        }
    }

    func write<Answer: WireMessage>(
        _ method: Method, _ body: [UInt8], _ patience: Patience,
        _ then: @escaping Client.Then<Answer>
    ) -> Errand {
        let slip = Slip(method, body)
        let errand = Errand(
            client, .once, .repeatable, patience, encode: { self.encode(slip, into: &$0) },
            then: { outcome, address in then(WriteSession.read(outcome, address)) })
        errand.size = body.count + WriteSession.envelope
        errand.whenOver = { [weak self] in self?.release(slip) }
        errand.onSessionLost = { [weak self, unowned errand] in
            self?.lost(errand, slip, by: $0) ?? false
        }
        guard client.enter(errand) else { return errand }
        submit(errand, slip)
        return errand
    }

    /// Ends the session, if one is open.
    func close(_ patience: Patience, _ then: @escaping () -> Void) {
        guard case .open(let id) = state else { return client.loop.nextTurn(then) }
        state = .none
        let request = SessionCloseRequest(id: id)
        client.call(.sessionClose, .repeatable, request, patience) {
            (_: Result<SessionCloseResponse, ClientFailure>) in then()
        }
    }

    private func submit(_ errand: Errand, _ slip: Slip) {
        if case .open(let id) = state { return send(errand, slip, in: id) }
        waiting.append((errand, slip))
        if state == .none { open(errand.patience) }
    }

    private func send(_ errand: Errand, _ slip: Slip, in session: Int64) {
        slip.session = session
        slip.sequence = next
        next += 1
        outstanding.append(slip.sequence)
        client.attempt(errand)
    }

    private func encode(_ slip: Slip, into bytes: inout [UInt8]) {
        OnceRequest(
            session: slip.session, sequence: slip.sequence,
            acknowledgedBelow: min(outstanding.first ?? slip.sequence, slip.sequence),
            method: UInt32(bitPattern: slip.method.rawValue), body: slip.body
        ).encode(into: &bytes)
    }

    private func release(_ slip: Slip) {
        guard state == .open(slip.session) else { return }
        outstanding.removeAll { $0 == slip.sequence }
    }

    // MARK: Opening

    /// The client chooses the name, so that asking twice opens one.
    private func open(_ patience: Patience) {
        state = .opening
        let request = SessionOpenRequest(ttl: ttl, id: Int64(Loop.seed() >> 1) | 1)
        client.call(.sessionOpen, .repeatable, request, patience) {
            [weak self] (outcome: Result<SessionOpenResponse, ClientFailure>) in
            self?.opened(outcome)
        }
    }

    private func opened(_ outcome: Result<SessionOpenResponse, ClientFailure>) {
        let due = waiting
        waiting = []
        switch outcome {
        case .success(let answer):
            state = .open(answer.id)
            next = 1
            outstanding = []
            for one in due where !one.errand.isOver { send(one.errand, one.slip, in: answer.id) }
        case .failure(let failure):
            state = .none
            for one in due { one.errand.end(.failure(failure.ofNothingSent), nil) }
        }
    }

    /// The session has ended. True when that was taken care of.
    private func lost(_ errand: Errand, _ slip: Slip, by address: Address) -> Bool {
        if state == .open(slip.session) { state = .none }
        guard !errand.isInDoubt else {
            let why = "the session ended while the write was under way"
            errand.end(.failure(.lost(address, why)), address)
            return true
        }
        submit(errand, slip)
        return true
    }

    private static func read<Answer: WireMessage>(
        _ outcome: Result<[UInt8], ClientFailure>, _ address: Address?
    ) -> Result<Answer, ClientFailure> {
        let once: Result<OnceResponse, ClientFailure> = Client.read(outcome, address)
        return Client.read(once.map(\.answer), address)
    }
}

extension ClientFailure {
    /// As it is for a write that waited for its session and never left.
    fileprivate var ofNothingSent: ClientFailure {
        switch self {
        case .timedOut(let span, let because, _):
            .timedOut(span, because: because, mayHaveHappened: false)
        case .lost(let address, let why): .unreachable([Unreached(address, why)])
        default: self
        }
    }
}

extension Client {
    /// From now on, writes go through a session: each is carried out once, however often the client
    /// has to ask, so that a lost answer is asked for again instead of leaving the caller in doubt.
    /// Those whose caller says that they may be repeated (`Patience.mayRepeat`) do without.
    ///
    /// - Parameter ttl: seconds that the session outlives its last use.
    package func writeOnce(ttl: Int64 = Limits.sessionSeconds) {
        if once == nil { once = WriteSession(self, ttl: ttl) }
    }

    /// Ends the session that `writeOnce` brought about, and goes back to writing without one. What
    /// comes of it does not matter: it ends by itself.
    package func endWriteOnce(_ patience: Patience = .init(), then: @escaping () -> Void) {
        guard let once else { return loop.nextTurn(then) }
        self.once = nil
        once.close(patience) { [once] in
            _ = once
            then()
        }
    }
}
