internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Sessions of clients, by which a write is carried out once however often it is asked for (section 6.3
/// of the dissertation). All of it lives in the records of `.sessions`, as part of the state:
///
///     1, session              → what a `ClientSession` holds
///     2, session, sequence    → the answer that was given: 0 and a response, or 1 and an Error
///     3, expiry, session      → nothing; the order in which sessions end
///     4                       → how many there are
struct ClientSession: Equatable {
    var id: Int64
    var ttl: Int64
    /// It ends then by cluster time. It is renewed for a quarter longer than `ttl`, and only when less
    /// than `ttl` is left, so that not every use moves it in the order.
    var expiry = Instant.zero
    /// Answers below this were given up by the client.
    var acknowledged: Int64 = 1
    /// Kept.
    var answers: Int64 = 0
    var bytes: Int64 = 0

    init(id: Int64, ttl: Int64) {
        self.id = id
        self.ttl = ttl
    }

    init(id: Int64, _ record: Bytes) {
        self.init(id: id, ttl: record.little(at: 0))
        expiry = Instant(nanoseconds: record.little(at: 8))
        acknowledged = record.little(at: 16)
        answers = record.little(at: 24)
        bytes = record.little(at: 32)
    }

    var record: [UInt8] {
        var record: [UInt8] = []
        record.append(little: ttl)
        record.append(little: expiry.nanoseconds)
        for number in [acknowledged, answers, bytes] { record.append(little: number) }
        return record
    }

    mutating func renew(at time: Instant) {
        let ttl = Instant.Span.seconds(UInt64(ttl))
        guard expiry < time + ttl else { return }
        expiry = time + ttl + Instant.Span(nanoseconds: ttl.nanoseconds / 4)
    }
}

/// Keys of `.sessions`.
private enum Shelf {
    static let count: [UInt8] = [4]

    static func session(_ id: Int64) -> [UInt8] { key(1, UInt64(bitPattern: id)) }

    static func answer(_ id: Int64, _ sequence: Int64) -> [UInt8] {
        key(2, UInt64(bitPattern: id), UInt64(bitPattern: sequence))
    }

    static func expiry(_ instant: Instant, _ id: Int64) -> [UInt8] {
        key(3, instant.nanoseconds, UInt64(bitPattern: id))
    }

    static func expiry(after instant: Instant) -> [UInt8] { key(3, instant.nanoseconds + 1) }

    private static func key(_ shelf: UInt8, _ parts: UInt64...) -> [UInt8] {
        var key = [shelf]
        for part in parts { key.append(little: part.byteSwapped) }
        return key
    }

    /// Of a key of `expiry`.
    static func order(_ key: Bytes) -> (expiry: Instant, id: Int64) {
        let expiry: UInt64 = key.little(at: 1)
        let id: Int64 = key.little(at: 9)
        return (Instant(nanoseconds: expiry.byteSwapped), id.byteSwapped)
    }
}

/// What came of a write: its answer, or why it was refused.
private enum Outcome {
    case answer([UInt8])
    case refusal(WireError)

    init(_ record: Bytes) {
        let body = record.extracting(1...)
        guard record[0] == 1 else {
            self = .answer(body.array)
            return
        }
        do throws(MessageFault) {
            self = .refusal(try WireError(decoding: body))
        } catch {
            preconditionFailure("a refusal that was kept no longer parses")
        }
    }

    var record: [UInt8] {
        switch self {
        case .answer(let bytes): [0] + bytes
        case .refusal(let error): [1] + error.encoded
        }
    }

    /// Word that says "not now" frees the number: nothing was done, and it may be asked for again.
    var isFinal: Bool {
        guard case .refusal(let error) = self else { return true }
        return error.code != .overloaded && error.code != .noSpace
    }
}

/// When the next session ends, as far as it is known.
struct SessionClock {
    var next = Instant.never
    /// Sessions were written since `next` was looked up.
    var isStale = true
}

/// Asking.
extension Store {
    /// The write that a ONCE carries; nil when it only renews. Whoever may not do that may not do
    /// this.
    static func wrapped(
        _ body: Bytes
    ) throws(Refusal) -> (method: UInt32, body: [UInt8])? {
        let request = try OnceRequest(request: body)
        return request.method == 0 ? nil : (request.method, request.body)
    }

    mutating func openSession(_ call: Call, _ body: Bytes) throws(Refusal) {
        var request = try SessionOpenRequest(request: body)
        guard Limits.sessionTimeToLive.contains(request.ttl) else {
            throw .invalid(
                "a session lives 1 to \(Limits.sessionTimeToLive.upperBound) seconds unused, not "
                    + "\(request.ttl)")
        }
        guard request.id >= 0 else { throw .invalid("session id \(request.id) is negative") }
        if request.id == 0 { request.id = Int64(chance.next() >> 1) | 1 }
        propose(call, request.encoded.span)
    }

    mutating func closeSession(_ call: Call, _ body: Bytes) throws(Refusal) {
        _ = try SessionCloseRequest(request: body)
        propose(call, body)
    }

    mutating func once(_ call: Call, _ body: Bytes) throws(Refusal) {
        var request = try OnceRequest(request: body)
        let isIdle = request.method == 0
        guard isIdle == (request.sequence == 0), !isIdle || request.body.isEmpty else {
            throw .invalid(
                "a request without a method has the sequence 0 and no body, and others not")
        }
        guard request.sequence >= 0, request.acknowledgedBelow >= 0,
            isIdle || request.acknowledgedBelow <= request.sequence
        else {
            throw .invalid(
                "acknowledged_below is \(request.acknowledgedBelow) with the sequence "
                    + "\(request.sequence)")
        }
        guard !isIdle else { return propose(call, body) }
        let inner = request.body
        guard let changed = try prepared(request.method, inner.span) else {
            return propose(call, body)
        }
        request.body = changed
        propose(call, request.encoded.span)
    }

    /// Checks the form of a write that is to be carried out once. What it becomes when something is
    /// chosen here; nil for as it is.
    private mutating func prepared(
        _ method: UInt32, _ body: Bytes
    ) throws(Refusal) -> [UInt8]? {
        switch Method(rawValue: Int32(truncatingIfNeeded: method)) {
        case .put: try Request.check(put: body)
        case .deleteRange: try Request.check(delete: body)
        case .txn: _ = try Transaction(TxnRequest(request: body))
        case .compact: try Request.check(compact: body, mvcc)
        case .leaseGrant:
            var request = try LeaseGrantRequest(request: body)
            try Request.check(request)
            guard request.id == 0 else { return nil }
            request.id = Int64(chance.next() >> 1) | 1
            return request.encoded
        case .leaseRevoke: _ = try LeaseRevokeRequest(request: body)
        case .unlock: try Request.check(unlock: body)
        case .proclaim: try Request.check(proclaim: body)
        case .resign: try Request.check(resign: body)
        case .tree: break
        default: throw .invalid("method \(method) cannot be carried out by a session")
        }
        return nil
    }
}

/// Carrying out.
extension Store {
    mutating func openSession(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let request = try SessionOpenRequest(request: body)
        if clientSession(request.id) == nil {
            let count = sessionCount
            guard count < Limits.clientSessions else {
                throw Refusal(
                    .overloaded, "there are \(count) sessions, the most there may be; close some")
            }
            setSessionCount(count + 1)
        }
        let old = clientSession(request.id)
        var session = old ?? ClientSession(id: request.id, ttl: request.ttl)
        session.ttl = request.ttl
        session.renew(at: mvcc.clusterTime)
        keep(session, was: old)
        guard answer else { return }
        SessionOpenResponse(header: header, id: session.id, ttl: session.ttl)
            .encode(into: &effects.bytes)
    }

    mutating func closeSession(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let request = try SessionCloseRequest(request: body)
        end(try openedSession(request.id))
        if answer { SessionCloseResponse(header: header).encode(into: &effects.bytes) }
    }

    mutating func once(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let request = try OnceRequest(request: body)
        let old = try openedSession(request.session)
        var session = old
        session.renew(at: mvcc.clusterTime)
        acknowledge(request.acknowledgedBelow, in: &session)
        defer { keep(session, was: old) }
        guard request.method != 0 else { return reply([], repeated: false, answer) }
        guard request.sequence >= session.acknowledged else {
            throw Refusal(
                .sequencePassed,
                "write \(request.sequence) of session \(LeaseID(rawValue: session.id)) was "
                    + "acknowledged before; its answer is forgotten")
        }
        let key = Shelf.answer(session.id, request.sequence)
        if let record = mvcc.record(.sessions, key.span) {
            return try tell(Outcome(record.span), repeated: true, answer)
        }
        try checkRoom(session)
        let outcome = outcome(of: request)
        if outcome.isFinal { keep(outcome, at: key, in: &session) }
        try tell(outcome, repeated: false, answer)
    }

    private func checkRoom(_ session: ClientSession) throws(Refusal) {
        guard session.answers < Limits.sessionAnswers, session.bytes < Limits.sessionBytes else {
            throw Refusal(
                .overloaded,
                "session \(LeaseID(rawValue: session.id)) has \(session.answers) answers of "
                    + "\(session.bytes) bytes that were not acknowledged")
        }
    }

    private mutating func outcome(of request: OnceRequest) -> Outcome {
        applying.isKept = true
        defer { applying.isKept = false }
        let body = request.body
        do throws(Refusal) {
            try carryOut(request.method, body.span, answer: true)
        } catch {
            effects.bytes.removeLast(effects.bytes.count - applying.start)
            return .refusal(error.error)
        }
        let answer = Array(effects.bytes[applying.start...])
        effects.bytes.removeLast(answer.count)
        return .answer(answer)
    }

    private mutating func keep(
        _ outcome: Outcome, at key: [UInt8], in session: inout ClientSession
    ) {
        var record = outcome.record
        if record.count > Limits.sessionAnswer {
            let message =
                "the write was carried out at revision \(mvcc.revision.rawValue), but its answer of "
                + "\(record.count) bytes is over what is kept, \(Limits.sessionAnswer)"
            record = Outcome.refusal(WireError(code: .frameTooLarge, message: message)).record
        }
        mvcc.setRecord(.sessions, key.span, record)
        session.answers += 1
        session.bytes += Int64(record.count)
    }

    private mutating func tell(
        _ outcome: Outcome, repeated: Bool, _ answer: Bool
    ) throws(Refusal) {
        switch outcome {
        case .answer(let bytes): reply(bytes, repeated: repeated, answer)
        case .refusal(let error): throw Refusal(error)
        }
    }

    private mutating func reply(_ bytes: [UInt8], repeated: Bool, _ answer: Bool) {
        guard answer else { return }
        OnceResponse(header: header, answer: bytes, repeated: repeated)
            .encode(into: &effects.bytes)
    }

    /// Forgets the answers below `sequence`.
    private mutating func acknowledge(_ sequence: Int64, in session: inout ClientSession) {
        guard sequence > session.acknowledged else { return }
        forget(session, through: sequence - 1) { bytes in
            session.answers -= 1
            session.bytes -= Int64(bytes)
        }
        session.acknowledged = sequence
    }

    private mutating func forget(
        _ session: ClientSession, through sequence: Int64, _ visit: (Int) -> Void
    ) {
        var keys: [[UInt8]] = []
        let from = Shelf.answer(session.id, 0)
        let to = Shelf.answer(session.id, sequence) + [0]
        mvcc.scanRecords(.sessions, from: from.span, to: to.span) { key, record in
            keys.append(key.array)
            visit(record.count)
            return true
        }
        for key in keys { mvcc.setRecord(.sessions, key.span, nil) }
    }
}

/// The records.
extension Store {
    private func clientSession(_ id: Int64) -> ClientSession? {
        let key = Shelf.session(id)
        return mvcc.record(.sessions, key.span).map { ClientSession(id: id, $0.span) }
    }

    private func openedSession(_ id: Int64) throws(Refusal) -> ClientSession {
        guard let session = clientSession(id) else {
            throw Refusal(
                .sessionNotFound,
                "session \(LeaseID(rawValue: id)) does not exist or has ended; open a new one")
        }
        return session
    }

    private mutating func keep(_ session: ClientSession, was old: ClientSession?) {
        guard session != old else { return }
        let key = Shelf.session(session.id)
        mvcc.setRecord(.sessions, key.span, session.record)
        guard session.expiry != old?.expiry else { return }
        if let old { forgetExpiry(of: old) }
        let place = Shelf.expiry(session.expiry, session.id)
        mvcc.setRecord(.sessions, place.span, [])
        sessionClock.isStale = true
    }

    private mutating func forgetExpiry(of session: ClientSession) {
        let place = Shelf.expiry(session.expiry, session.id)
        mvcc.setRecord(.sessions, place.span, nil)
        sessionClock.isStale = true
    }

    private mutating func end(_ session: ClientSession) {
        forget(session, through: .max) { _ in }
        forgetExpiry(of: session)
        let key = Shelf.session(session.id)
        mvcc.setRecord(.sessions, key.span, nil)
        setSessionCount(sessionCount - 1)
    }

    var sessionCount: Int64 {
        let key = Shelf.count
        return mvcc.record(.sessions, key.span).map { $0.span.little(at: 0) } ?? 0
    }

    private mutating func setSessionCount(_ count: Int64) {
        var record: [UInt8] = []
        record.append(little: count)
        let key = Shelf.count
        mvcc.setRecord(.sessions, key.span, record)
    }
}

/// Ending those that nobody used: the leader says when to look, the log decides.
extension Store {
    /// Looks up when the next session ends, if that may have changed.
    mutating func windSessionClock() {
        guard sessionClock.isStale else { return }
        sessionClock = SessionClock(
            next: endingSessions(by: .never, limit: 1).first?.expiry ?? .never, isStale: false)
    }

    private func endingSessions(
        by instant: Instant, limit: Int
    ) -> [(expiry: Instant, id: Int64)] {
        var found: [(expiry: Instant, id: Int64)] = []
        let from = Shelf.expiry(.zero, 0)
        let to = instant == .never ? Shelf.count : Shelf.expiry(after: instant)
        mvcc.scanRecords(.sessions, from: from.span, to: to.span) { key, _ in
            found.append(Shelf.order(key))
            return found.count < limit
        }
        return found
    }

    mutating func expireSessions() {
        guard raft.role == .leader, !clusterClock.isEndingSessions,
            sessionClock.next <= clusterTime
        else { return }
        var body: [UInt8] = []
        for session in endingSessions(by: clusterTime, limit: Limits.expiringSessions) {
            body.append(little: session.id)
        }
        guard !body.isEmpty else { return }
        clusterClock.isEndingSessions = true
        proposeInternally(InternalMethod.expireSessions, body)
    }

    /// One that was used by an earlier entry lives on.
    mutating func endSessions(_ body: Bytes) {
        if applying.command != nil { clusterClock.isEndingSessions = false }
        for offset in stride(from: 0, to: body.count - 7, by: 8) {
            guard let session = clientSession(body.little(at: offset)),
                session.expiry <= mvcc.clusterTime
            else { continue }
            end(session)
        }
    }
}
