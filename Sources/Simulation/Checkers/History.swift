import MVCC
import Units
import Wire

/// Everything that clients asked and were told, held against the model.
struct History {
    private(set) var operations: [Operation] = []
    private var grants: [Int64: Int] = [:]
    /// The newest revision that anyone was told of.
    private(set) var told: Int64 = 1

    mutating func begin(_ request: Request, client: Int, at now: Moment) -> Int {
        let id = operations.count + 1
        operations.append(
            Operation(id: id, client: client, request: request, invoked: now, told: told))
        if case .grant(let grant) = request { grants[grant.id] = id }
        return id
    }

    subscript(id: Int) -> Operation { operations[id - 1] }

    /// Which operation a command of the log is.
    func operation(_ method: Wire::Method, _ body: Bytes) throws(Violation) -> Int {
        if let id = Tag.read(body), id >= 1, id <= operations.count { return id }
        if method == .leaseGrant, let grant = try? LeaseGrantRequest(decoding: body),
            let id = grants[grant.id]
        {
            return id
        }
        throw Violation("the log holds a command of method \(method) that nobody asked for")
    }

    /// A command was committed.
    mutating func commit(
        _ id: Int, position: UInt64, expected: Model.Outcome, made: Int64?
    ) throws(Violation) {
        let operation = operations[id - 1]
        guard operation.position == nil else {
            throw Violation("\(name(id)) is carried out twice")
        }
        if case .refused(let code) = operation.outcome {
            throw Violation("\(name(id)) was refused with \(code), and is carried out all the same")
        }
        operations[id - 1].position = position
        operations[id - 1].expected = expected
        operations[id - 1].made = made
    }

    /// The connection broke before the answer came.
    mutating func lose(_ id: Int) { operations[id - 1].outcome = .unknown }

    mutating func answer(_ id: Int, _ reply: Reply, at now: Moment) {
        operations[id - 1].completed = now
        operations[id - 1].outcome = .answered(reply)
        told = max(told, reply.revision)
    }

    mutating func refuse(_ id: Int, _ code: ErrorCode, at now: Moment) throws(Violation) {
        let operation = operations[id - 1]
        guard operation.request.isCommand else {
            operations[id - 1].outcome = .refused(code)
            return
        }
        switch operation.expected {
        case .failure(let refused) where refused.code == code:
            operations[id - 1].completed = now
            operations[id - 1].outcome = .answered(.compact(CompactResponse()))
        case let expected where code.leavesOutcomeOpen:
            _ = expected
            operations[id - 1].outcome = .unknown
        case let expected?:
            throw Violation("\(name(id)) was refused with \(code), but \(expected) is due")
        case nil:
            guard code.isGivenBeforeTheLog else {
                throw Violation("\(name(id)) was refused with \(code) without being in the log")
            }
            operations[id - 1].outcome = .refused(code)
        }
    }

    func name(_ id: Int) -> String {
        let operation = operations[id - 1]
        return "operation \(id) of client \(operation.client) (\(operation.request.method))"
    }
}

extension ErrorCode {
    /// The write may have been made, or may yet be.
    var leavesOutcomeOpen: Bool { self == .deadlineExceeded || self == .outcomeUnknown }

    /// The write was not made and never will be.
    var isGivenBeforeTheLog: Bool {
        switch self {
        case .overloaded, .noLeader, .notLeader, .shuttingDown, .invalidArgument, .duplicateKey,
            .keyEmpty, .keyTooLong, .valueTooLarge, .tooManyOperations:
            true
        default: false
        }
    }
}

// MARK: - Whether an answer is right

extension History {
    /// Holds the answer to `id` against the model.
    func check(_ id: Int, _ ledger: Ledger) throws(Violation) {
        let operation = operations[id - 1]
        guard case .answered(let reply) = operation.outcome else { return }
        guard reply.revision <= ledger.model.revision else {
            throw Violation(
                "\(name(id)) was told of revision \(reply.revision), which was never made")
        }
        if operation.request.isCommand {
            return try checkCommand(operation, reply)
        }
        try checkRead(operation, reply, ledger)
    }

    private func checkCommand(_ operation: Operation, _ reply: Reply) throws(Violation) {
        guard let expected = operation.expected else {
            throw Violation("\(name(operation.id)) was acknowledged without being in the log")
        }
        guard case .success(let due) = expected, due == reply else {
            throw Violation("\(name(operation.id)) answered \(reply), but \(expected) is due")
        }
    }

    private func checkRead(
        _ operation: Operation, _ reply: Reply, _ ledger: Ledger
    ) throws(Violation) {
        let due: Model.Outcome
        switch (operation.request, reply) {
        case (.range(let request), _):
            due = ledger.model.range(request, at: reply.revision)
        case (.txn(let request), _): due = ledger.model.read(request, at: reply.revision)
        case (.timeToLive(let request), .timeToLive(let response)):
            return try check(operation, request, response, ledger)
        case (.keepAlive(let request), _):
            guard ledger.renewed(request.id, since: operation.invoked, reply) else {
                throw Violation("\(name(operation.id)) answered \(reply), which never was so")
            }
            return
        case (.leases, .leases(let response)):
            return try ledger.leases.check(
                response.ids, invoked: operation.invoked, name(operation.id))
        default: throw Violation("\(name(operation.id)) has an answer of another method")
        }
        guard case .success(let due) = due, due == reply else {
            throw Violation(
                "\(name(operation.id)), asked \(operation.request), answered \(reply), but \(due) "
                    + "is due")
        }
    }

    private func check(
        _ operation: Operation, _ request: LeaseTimeToLiveRequest,
        _ response: LeaseTimeToLiveResponse, _ ledger: Ledger
    ) throws(Violation) {
        guard response.id == request.id, response.ttl >= 0, response.ttl <= response.grantedTtl
        else { throw Violation("\(name(operation.id)) answered \(response)") }
        guard request.keys else { return }
        let due = ledger.model.keys(of: request.id, at: response.header?.revision ?? 0)
        guard response.keys == due else {
            throw Violation(
                "\(name(operation.id)) says that lease \(request.id) has \(response.keys.count) "
                    + "keys; it has \(due.count)")
        }
    }

    /// Holds the refusal of a read against the model.
    func checkRefusal(
        _ id: Int, _ code: ErrorCode, _ ledger: Ledger
    ) throws(Violation) {
        let operation = operations[id - 1]
        if case .keepAlive(let request) = operation.request, code == .leaseNotFound {
            guard ledger.renewed(request.id, since: operation.invoked, nil) else {
                throw Violation("\(name(id)) was refused, but lease \(request.id) had not ended")
            }
        }
        guard case .range(let request) = operation.request else { return }
        let model = ledger.model
        switch code {
        case .compacted where request.revision >= max(model.compacted, 1):
            throw Violation(
                "\(name(id)) was told that revision \(request.revision) is compacted, but only "
                    + "what is below \(model.compacted) is")
        case .futureRevision where !request.serializable && request.revision <= operation.told:
            throw Violation(
                "\(name(id)) was told that revision \(request.revision) is in the future, but "
                    + "\(operation.told) had been seen before")
        default: return
        }
    }
}

// MARK: - Whether all answers together make sense

extension History {
    /// Real-time order: of commands by their place in the log, and of everything linearizable by
    /// revision.
    func checkOrder() throws(Violation) {
        if let (first, second) = RealTime.disorder(in: commandSpans) {
            throw Violation(
                "\(name(first.id)) began after \(name(second.id)) had ended, and precedes it in "
                    + "the log")
        }
        if let (first, second) = RealTime.disorder(in: revisionSpans) {
            throw Violation(
                "\(name(first.id)) began after \(name(second.id)) had ended, and is at a later "
                    + "revision: the latter read the past, or the former was lost")
        }
    }

    private var commandSpans: [RealTime.Span] {
        operations.compactMap { operation in
            guard let position = operation.position else { return nil }
            return RealTime.Span(
                id: operation.id, invoked: operation.invoked, completed: operation.completed,
                rank: position)
        }
    }

    private var revisionSpans: [RealTime.Span] {
        operations.compactMap { operation in
            if let made = operation.made {
                return RealTime.Span(
                    id: operation.id, invoked: operation.invoked, completed: operation.completed,
                    rank: UInt64(made) * 2)
            }
            guard case .answered(let reply) = operation.outcome, reply.revision > 0,
                operation.request.isLinearizable
            else { return nil }
            return RealTime.Span(
                id: operation.id, invoked: operation.invoked, completed: operation.completed,
                rank: UInt64(reply.revision) * 2 + 1)
        }
    }
}

extension Request {
    fileprivate var isLinearizable: Bool {
        if case .range(let request) = self { return !request.serializable }
        return true
    }
}
