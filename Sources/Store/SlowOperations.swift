internal import MVCC
package import Raft
package import Units
internal import Wire

/// An operation that took longer than an operator thinks it should, and what it waited for most.
package struct SlowOperation: Equatable, Sendable {
    package enum Cause: Equatable, Sendable {
        /// Nobody led.
        case noLeader
        /// Other writes went to the disk first, or too much was under way.
        case queue
        /// This member's own disk was the last of the majority.
        case sync
        /// Another member was the last of the majority; nil: the leader knows who.
        case quorum(MemberID?)
        /// The turn in which it was carried out, together with others.
        case work(commands: Int, reads: Int)
        /// Whoever asked did not take the answer.
        case credit
    }

    /// Counts from 1 since the member's start.
    package var number: UInt64 = 0
    /// When it was over.
    package var ended: Instant
    /// Of the first of them.
    package var method: UInt32
    /// How many operations fared alike: they were one entry, or one round of reads.
    package var count: Int
    /// Of the first of them, its first bytes; empty when there is none.
    package var key: [UInt8]
    package var total: Instant.Span
    package var cause: Cause
    /// The part of `total` that the cause took.
    package var waited: Instant.Span
}

extension SlowOperation {
    /// When a write was where.
    struct Way {
        var arrived: Instant
        /// There was no leader, or another one, until then.
        var led: Instant
        /// Given to the leader.
        var taken: Instant?
        var trail: Stages.Trail?
        var isLeader: Bool
        var applied: Instant

        /// What took longest, and how long that was; of equals the first in the order of the way.
        var cause: (Cause, Instant.Span) {
            var best: (Cause, Instant.Span) = (.work(commands: 0, reads: 0), applied.since(last))
            for (cause, span) in parts.reversed() where span >= best.1 { best = (cause, span) }
            return best
        }

        private var last: Instant { trail?.committed ?? applied }

        private var parts: [(Cause, Instant.Span)] {
            let leaderless = led > arrived ? led.since(arrived) : .milliseconds(0)
            let start = max(arrived, led)
            let begun = isLeader ? trail?.handed ?? taken ?? applied : taken ?? applied
            return [
                (.noLeader, leaderless), (.queue, begun.since(start)),
                (wait, last.since(max(begun, start))),
            ]
        }

        /// Whom the majority waited for.
        private var wait: Cause {
            guard isLeader else { return .quorum(nil) }
            return trail?.last.map { .quorum($0) } ?? .sync
        }
    }
}

/// The last slow operations, and how often which cause was met.
struct SlowOperations {
    private(set) var ring = Deque<SlowOperation>()
    private(set) var counts = [UInt64](repeating: 0, count: SlowOperation.Cause.names.count)
    private var number: UInt64 = 0
    private var told: Instant?
    private var suppressed: UInt64 = 0

    /// What to log of it: itself and how many were not logged before it; nil to log nothing now.
    mutating func add(_ operation: SlowOperation) -> LoggedSlowness? {
        var operation = operation
        number += 1
        operation.number = number
        counts[operation.cause.number] += 1
        ring.append(operation)
        if ring.count > Limits.slowOperations { ring.removeFirst() }
        if let told, operation.ended.since(told) < Limits.slowLogInterval {
            suppressed += 1
            return nil
        }
        defer { suppressed = 0 }
        told = operation.ended
        return LoggedSlowness(operation: operation, suppressed: suppressed)
    }
}

/// A line for the log.
package struct LoggedSlowness: Equatable, Sendable {
    package var operation: SlowOperation
    /// Slow operations since the line before that were not logged.
    package var suppressed: UInt64
}

extension SlowOperation.Cause {
    static let names = ["no_leader", "queue", "sync", "quorum", "work", "credit"]

    var number: Int {
        switch self {
        case .noLeader: 0
        case .queue: 1
        case .sync: 2
        case .quorum: 3
        case .work: 4
        case .credit: 5
        }
    }
}

// MARK: - In the store

extension Store {
    /// What the turn under way has done, should it take long.
    struct TurnWork {
        var commands = 0
        var reads = 0
        var first: (method: UInt32, key: [UInt8])?
    }

    mutating func note(_ operation: SlowOperation) {
        guard let logged = slow.add(operation) else { return }
        effects.slow.append(logged)
    }

    private func isSlow(_ span: Instant.Span) -> Bool { span >= settings.slowOperation }

    /// A batch of this member's clients was carried out.
    mutating func noteIfSlow(_ batch: Proposals.Outgoing, _ trail: Stages.Trail?) {
        guard isSlow(now.since(batch.arrived)), let method = Store.first(batch.payload).method,
            method < InternalMethod.first
        else { return }
        let way = SlowOperation.Way(
            arrived: batch.arrived, led: ledSince, taken: batch.taken, trail: trail,
            isLeader: raft.role == .leader, applied: now)
        let (cause, waited) = way.cause
        note(
            SlowOperation(
                ended: now, method: method, count: Int(batch.count),
                key: Store.first(batch.payload).key, total: now.since(batch.arrived), cause: cause,
                waited: waited))
    }

    /// A round of linearizable reads was served.
    mutating func noteIfSlow(_ round: Reads.Round) {
        guard let first = round.reads.first, isSlow(now.since(first.call.arrived)),
            first.call.session != .probe
        else { return }
        let way = SlowOperation.Way(
            arrived: first.call.arrived, led: ledSince, taken: round.started,
            trail: Stages.Trail(committed: round.confirmed), isLeader: false, applied: now)
        var (cause, waited) = way.cause
        if case .work = cause { cause = .work(commands: turnWork.commands, reads: 0) }
        note(
            SlowOperation(
                ended: now, method: first.call.method, count: round.reads.count,
                key: Store.key(first.call.method, first.body.span),
                total: now.since(first.call.arrived), cause: cause, waited: waited))
    }

    /// A stream of a range came to its end.
    mutating func noteIfSlow(_ cursor: RangeCursor) {
        let total = now.since(cursor.opened)
        guard isSlow(total) else { return }
        let rest = Instant.Span(
            nanoseconds: total.nanoseconds - min(total, cursor.stalled).nanoseconds)
        let isStalled = cursor.stalled >= rest
        note(
            SlowOperation(
                ended: now, method: cursor.method, count: 1, key: cursor.first, total: total,
                cause: isStalled ? .credit : .work(commands: 0, reads: 1),
                waited: isStalled ? cursor.stalled : rest))
    }

    /// Deciding the last turn took so long, which only the shell can tell.
    package mutating func took(_ span: Instant.Span, at now: Instant) {
        self.now = max(self.now, now)
        guard isSlow(span) else { return }
        metrics.slowTurns += 1
        guard let first = turnWork.first else { return }
        note(
            SlowOperation(
                ended: now, method: first.method, count: turnWork.commands + turnWork.reads,
                key: first.key, total: span,
                cause: .work(commands: turnWork.commands, reads: turnWork.reads), waited: span))
    }

    /// Something was carried out in this turn.
    mutating func worked(_ method: UInt32, _ body: Bytes, isRead: Bool) {
        if isRead { turnWork.reads += 1 } else { turnWork.commands += 1 }
        if turnWork.first == nil {
            turnWork.first = (Store.plainMethod(method, body), Store.key(method, body))
        }
    }

    // MARK: Names

    private static func first(_ payload: [UInt8]) -> (method: UInt32?, key: [UInt8]) {
        var cursor = BatchCursor()
        guard let command = cursor.next(in: payload.span) else { return (nil, []) }
        let body = payload.span.extracting(command.body)
        return (plainMethod(command.method, body), key(command.method, body))
    }

    /// The client's method of a command, also of one that is carried out on behalf of a user.
    static func plainMethod(_ method: UInt32, _ body: Bytes) -> UInt32 {
        guard method == InternalMethod.onBehalf, let wrapped = OnBehalf(body) else { return method }
        return wrapped.method
    }

    /// The first bytes of the key that a request is about, if it is about one.
    static func key(_ method: UInt32, _ body: Bytes) -> [UInt8] {
        if method == InternalMethod.onBehalf {
            guard let wrapped = OnBehalf(body) else { return [] }
            return key(wrapped.method, body.extracting(wrapped.body))
        }
        let key: [UInt8]
        do throws(MessageFault) {
            switch Method(rawValue: Int32(truncatingIfNeeded: method)) {
            case .put: key = body.extracting(try PutView(body).key).array
            case .deleteRange: key = try DeleteRangeRequest(decoding: body).key
            case .range: key = try RangeRequest(decoding: body).key
            default: key = []
            }
        } catch {
            return []
        }
        return Array(key.prefix(Limits.slowKey))
    }

    /// In words: "put 'k' and 3 more took 312 ms, 290 ms of it …".
    package func words(_ operation: SlowOperation) -> String {
        let rest = operation.count > 1 ? " and \(operation.count - 1) more" : ""
        let total = Store.milliseconds(operation.total)
        let what = Metrics.name(of: operation.method) + Store.quoted(operation.key) + rest
        return "\(what) took \(total), \(Store.milliseconds(operation.waited)) of it "
            + words(operation.cause)
    }

    private func words(_ cause: SlowOperation.Cause) -> String {
        switch cause {
        case .noLeader: "without a leader"
        case .queue: "behind writes that came before"
        case .sync: "for this member's disk to sync"
        case .quorum(let member?):
            "for a majority; member '\(nameOfMember(member))' was the last needed"
        case .quorum(nil):
            "until the leader\(raft.leader.map { " '\(nameOfMember($0))'" } ?? "") told of a majority"
        case .work(let commands, let reads):
            "to carry out \(commands) commands and \(reads) reads"
        case .credit: "until the caller took what was sent"
        }
    }

    private func nameOfMember(_ member: MemberID) -> String {
        members.first { $0.id == member }?.name ?? hex(member)
    }

    private static func milliseconds(_ span: Instant.Span) -> String {
        "\(span.nanoseconds / 1_000_000) ms"
    }

    /// For a line of the log: what is not plain ASCII is a '?'.
    private static func quoted(_ key: [UInt8]) -> String {
        guard !key.isEmpty else { return "" }
        let plain = key.map { (0x20...0x7E).contains($0) && $0 != 0x27 ? $0 : 0x3F }
        return " '\(String(decoding: plain, as: UTF8.self))'"
    }
}

// MARK: - The call

extension Store {
    mutating func tellSlow(_ call: Call, _ body: Bytes) throws(Refusal) {
        _ = try SlowOperationsRequest(request: body)
        recorder.isPrivate = true
        var infos: [SlowOperationInfo] = []
        for position in 0..<slow.ring.count { infos.append(info(slow.ring[position])) }
        let start = effects.bytes.count
        SlowOperationsResponse(
            header: header, operations: infos,
            limitUs: settings.slowOperation == .never ? 0 : Store.micros(settings.slowOperation)
        ).encode(into: &effects.bytes)
        answer(call.session, call.stream, call.method, from: start)
    }

    private static func micros(_ span: Instant.Span) -> UInt64 { span.nanoseconds / 1000 }

    private func info(_ operation: SlowOperation) -> SlowOperationInfo {
        var info = SlowOperationInfo(
            number: operation.number, agoUs: Store.micros(now.since(operation.ended)),
            method: operation.method, operations: UInt32(clamping: operation.count),
            key: operation.key, totalUs: Store.micros(operation.total),
            waitedUs: Store.micros(operation.waited), words: words(operation))
        switch operation.cause {
        case .noLeader: info.cause = .slowNoLeader
        case .queue: info.cause = .slowQueue
        case .sync: info.cause = .slowSync
        case .quorum(let member):
            info.cause = .slowQuorum
            info.memberID = member?.rawValue ?? 0
        case .work(let commands, let reads):
            info.cause = .slowWork
            info.commands = UInt64(commands)
            info.reads = UInt64(reads)
        case .credit: info.cause = .slowCredit
        }
        return info
    }
}

extension Instant.Span {
    /// Longer than anything: a limit that nothing reaches.
    package static var never: Instant.Span { Instant.Span(nanoseconds: .max) }
}
