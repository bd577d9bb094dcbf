import Raft
import Units
import Wire

/// The one log that all members must agree on, as it is seen being applied, and what follows from it.
struct Ledger {
    private(set) var model = Model()
    private(set) var leases = LeaseBook()
    /// How each lease was kept alive, or was not, and when that was first seen.
    private var renewals: [Int64: [(at: Moment, outcome: Model.Outcome)]] = [:]
    /// Of every committed entry, index 1 first.
    private var hashes: [UInt64] = []
    /// Of the state after every entry that some member stopped at.
    private var digests: [UInt64: (digest: UInt64, member: UInt64)] = [:]
    private var commands: UInt64 = 0
    private(set) var newestTerm: UInt64 = 0

    var count: Int { hashes.count }

    /// A member applied an entry at `index`. The first one to do so says what is right.
    mutating func applied(
        _ entry: Entry, by member: String, _ history: inout History, at now: Moment
    ) throws(Violation) {
        let hash = entry.hash
        let index = Int(entry.index.rawValue)
        if index <= hashes.count {
            guard hashes[index - 1] == hash else {
                throw Violation("member \(member) applied another entry \(index) than others did")
            }
            return
        }
        guard index == hashes.count + 1 else {
            throw Violation("member \(member) applied entry \(index), but none before saw it")
        }
        guard entry.term.rawValue >= newestTerm else {
            throw Violation("entry \(index) has a lower term than the one before it")
        }
        newestTerm = entry.term.rawValue
        hashes.append(hash)
        if case .commands(let payload) = entry.body {
            try carryOut(payload.span, &history, at: now)
        }
    }

    /// A member's state has this digest after the entry at `index`.
    mutating func stands(
        at index: UInt64, digest: UInt64, member: MemberID
    ) throws(Violation) {
        guard let other = digests[index] else {
            digests[index] = (digest, member.rawValue)
            return
        }
        guard other.digest == digest else {
            throw Violation(
                "members \(member.rawValue) and \(other.member) differ after entry \(index)")
        }
    }

    // MARK: Commands

    /// The layout is that of proto/raft.proto, "Batch".
    private mutating func carryOut(
        _ payload: Bytes, _ history: inout History, at now: Moment
    ) throws(Violation) {
        guard payload.count >= 32 else { throw Violation("a batch without a header is committed") }
        model.begin(clusterTime: payload.little(at: 16))
        let count = payload.little(UInt32.self, at: 24)
        var offset = 32
        for _ in 0..<count {
            let length = Int(payload.little(UInt32.self, at: offset))
            let method = payload.little(UInt32.self, at: offset + 4)
            try carryOut(
                method, payload.extracting(offset + 8..<offset + 8 + length), &history, at: now)
            offset += 8 + length
        }
        guard offset == payload.count else {
            throw Violation("a batch with bytes behind its last command is committed")
        }
    }

    /// The store's own: the leader ends leases, a member has leases kept alive.
    private static let expireLeases: UInt32 = 0x1000
    /// The same: cluster version, alarms, births, replacements; no key changes by them.
    private static let facts: Set<UInt32> = [0x1005, 0x1007, 0x1009, 0x100A]
    private static let renewLeases: UInt32 = 0x1001
    /// Marks at which members compare themselves, and alarms: clients see nothing of them.
    private static let silent: ClosedRange<UInt32> = 0x1006...0x1007

    private mutating func carryOut(
        _ number: UInt32, _ body: Bytes, _ history: inout History, at now: Moment
    ) throws(Violation) {
        if number == Ledger.expireLeases { return try expire(body, at: now) }
        if Ledger.facts.contains(number) { return }
        if number == Ledger.renewLeases { return renew(body, at: now) }
        if Ledger.silent.contains(number) { return }
        let method = Wire::Method(rawValue: Int32(truncatingIfNeeded: number))
        if method == .leaseKeepAlive, let request = try? LeaseKeepAliveRequest(decoding: body) {
            var lease: [UInt8] = []
            lease.append(little: request.id)
            return renew(lease.span, at: now)
        }
        let id = try history.operation(method, body)
        let before = model.revision
        let outcome = carryOut(history[id], at: now)
        commands += 1
        try history.commit(
            id, position: commands, expected: outcome,
            made: model.revision > before ? model.revision : nil)
    }

    private mutating func expire(_ body: Bytes, at now: Moment) throws(Violation) {
        for offset in stride(from: 0, to: body.count - 7, by: 8) {
            let id = body.little(Int64.self, at: offset)
            if model.expire(id) { try leases.expired(id, at: now) }
        }
    }

    private mutating func renew(_ body: Bytes, at now: Moment) {
        for offset in stride(from: 0, to: body.count - 7, by: 8) {
            let id = body.little(Int64.self, at: offset)
            let outcome = model.keepAlive(LeaseKeepAliveRequest(id: id))
            renewals[id, default: []].append((now, outcome))
        }
    }

    /// Whether a lease was kept alive, since then, with this answer; nil for word that it had ended.
    func renewed(_ id: Int64, since invoked: Moment, _ reply: Reply?) -> Bool {
        (renewals[id] ?? []).contains { renewal in
            guard renewal.at >= invoked else { return false }
            guard case .success(let due) = renewal.outcome else { return reply == nil }
            return due == reply
        }
    }

    /// A caller was told that the lease lives on: it may count on that from when it asked.
    mutating func told(_ operation: Operation) {
        guard case .keepAlive(let request) = operation.request else { return }
        leases.kept(request.id, asked: operation.invoked)
    }

    private mutating func carryOut(_ operation: Operation, at now: Moment) -> Model.Outcome {
        switch operation.request {
        case .put(let request): return model.put(request)
        case .delete(let request): return model.delete(request)
        case .txn(let request): return model.transact(request)
        case .compact(let request): return model.compact(request)
        case .grant(let request):
            let outcome = model.grant(request)
            if case .success = outcome {
                leases.granted(request.id, ttl: request.ttl, asked: operation.invoked, at: now)
            }
            return outcome
        case .revoke(let request):
            let outcome = model.revoke(request)
            if case .success = outcome { leases.revoked(request.id, at: now) }
            return outcome
        case .range, .timeToLive, .leases, .keepAlive: preconditionFailure("a read is no command")
        }
    }
}

extension Entry {
    fileprivate var hash: UInt64 {
        let seed = term.rawValue &* 31 &+ index.rawValue
        switch body {
        case .empty: return Hash64.of([0], seed: seed)
        case .commands(let payload): return Hash64.of(payload, seed: seed)
        case .membership(let membership):
            var bytes: [UInt8] = [membership.isJoint ? 1 : 0]
            for member in membership.members {
                bytes.append(little: member.id.rawValue)
                bytes.append(member.seat.rawValue)
                bytes.append(member.outgoing ? 1 : 0)
                bytes.append(contentsOf: member.context)
            }
            return Hash64.of(bytes, seed: seed)
        }
    }
}
