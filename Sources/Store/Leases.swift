internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Keep-alives that were taken here and are not answered yet.
///
/// Picture a lift: who comes while it stands gets in, who comes while it is under way waits for the
/// next. However many ask, few commands are on their way, each with every lease once.
struct KeepAlives {
    struct Asker {
        var session: SessionID
        var stream: UInt32
        var deadline: Instant
        var lease: Int64
    }

    /// Came in since the last command left.
    private(set) var collecting: [Asker] = []
    /// By the number of the command that carries their leases.
    private var underWay: [UInt64: [Asker]] = [:]
    /// Those numbers, oldest first.
    private(set) var numbers: [UInt64] = []
    private(set) var count = 0
    private(set) var deadline = Instant.never

    mutating func append(_ asker: Asker) {
        collecting.append(asker)
        count += 1
        deadline = min(deadline, asker.deadline)
    }

    /// The next to leave: at most so many leases, each once, and who asked for them.
    mutating func next(limit: Int) -> (leases: [Int64], askers: [Asker]) {
        var leases: [Int64] = []
        var known: Set<Int64> = []
        var taken = 0
        while taken < collecting.count, leases.count < limit {
            let lease = collecting[taken].lease
            if known.insert(lease).inserted { leases.append(lease) }
            taken += 1
        }
        let askers = Array(collecting[..<taken])
        collecting.removeFirst(taken)
        return (leases, askers)
    }

    mutating func left(_ number: UInt64, with askers: [Asker]) {
        underWay[number] = askers
        numbers.append(number)
    }

    /// The command has been applied, or is given up: who waited for it.
    mutating func arrived(_ number: UInt64) -> [Asker] {
        guard let askers = underWay.removeValue(forKey: number) else { return [] }
        numbers.removeAll { $0 == number }
        count -= askers.count
        return askers
    }

    /// Removes those whose time is up, and numbers nobody waits for any more.
    mutating func expire(at now: Instant) -> (askers: [Asker], forsaken: [UInt64]) {
        guard now >= deadline else { return ([], []) }
        var late: [Asker] = []
        deadline = .never
        collecting = sort(collecting, at: now, &late)
        var forsaken: [UInt64] = []
        for number in numbers {
            let left = sort(underWay[number]!, at: now, &late)
            underWay[number] = left.isEmpty ? nil : left
            if left.isEmpty { forsaken.append(number) }
        }
        numbers.removeAll { underWay[$0] == nil }
        count -= late.count
        return (late, forsaken)
    }

    private mutating func sort(
        _ askers: [Asker], at now: Instant, _ late: inout [Asker]
    ) -> [Asker] {
        askers.filter { asker in
            guard asker.deadline > now else {
                late.append(asker)
                return false
            }
            deadline = min(deadline, asker.deadline)
            return true
        }
    }
}

/// Keeping alive.
extension Store {
    mutating func keepAlive(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try LeaseKeepAliveRequest(request: body)
        guard keepAlives.count < Limits.waitingKeepAlives else {
            throw Refusal(.overloaded, "too many keep-alives are waiting (\(keepAlives.count))")
        }
        let latest = now + settings.proposalTimeout
        keepAlives.append(
            .init(
                session: call.session, stream: call.stream,
                deadline: min(call.deadline ?? latest, latest), lease: request.id))
    }

    /// Sends those that wait on their way, unless enough are.
    mutating func submitKeepAlives() {
        while !keepAlives.collecting.isEmpty,
            keepAlives.numbers.count < Limits.renewalCommands, !proposals.isFull
        {
            let next = keepAlives.next(limit: Limits.renewedLeases)
            var body: [UInt8] = []
            body.reserveCapacity(8 * next.leases.count)
            for lease in next.leases { body.append(little: lease) }
            keepAlives.left(proposals.next, with: next.askers)
            proposeInternally(InternalMethod.renewLeases, body)
        }
    }

    /// Starts the time of the leases anew, and tells those who asked for it here.
    mutating func renewLeases(_ body: Bytes) {
        let askers = applying.command.map { keepAlives.arrived($0) } ?? []
        var ttls: [Int64: Int64] = [:]
        for offset in stride(from: 0, to: body.count - 7, by: 8) {
            let lease = body.little(Int64.self, at: offset)
            let ttl = renew(lease)
            if !askers.isEmpty { ttls[lease] = ttl }
        }
        for asker in askers { answer(asker, ttl: ttls[asker.lease] ?? 0) }
    }

    /// Seconds that it lives from now; 0 when it has ended.
    private mutating func renew(_ lease: Int64) -> Int64 {
        do throws(MVCC::Failure) {
            return try mvcc.keepAlive(LeaseID(rawValue: lease))
        } catch {
            return 0
        }
    }

    private mutating func answer(_ asker: KeepAlives.Asker, ttl: Int64) {
        let method = Wire::Method.leaseKeepAlive.number
        guard ttl > 0 else {
            let lease = LeaseID(rawValue: asker.lease)
            return refuse(
                asker.session, asker.stream, method, Refusal(MVCC::Failure.leaseNotFound(lease)))
        }
        let start = effects.bytes.count
        LeaseKeepAliveResponse(header: header, id: asker.lease, ttl: ttl)
            .encode(into: &effects.bytes)
        proposals.acknowledged += 1
        answer(asker.session, asker.stream, method, from: start)
    }

    mutating func refuseKeepAlives(_ number: UInt64, _ code: ErrorCode, _ message: String) {
        refuse(keepAlives.arrived(number), code, message)
    }

    private mutating func refuse(
        _ askers: [KeepAlives.Asker], _ code: ErrorCode, _ message: String
    ) {
        for asker in askers {
            refuse(
                asker.session, asker.stream, Wire::Method.leaseKeepAlive.number, code, message)
        }
    }

    mutating func expireKeepAlives() {
        let (late, forsaken) = keepAlives.expire(at: now)
        refuse(
            late, .deadlineExceeded,
            "no majority confirmed the keep-alive in time; it may still be made. "
                + (raft.leader == nil ? "No leader is known." : "Try again."))
        for number in forsaken { proposals.leave(number) }
    }

    func checkKeepAliveMany(_ body: Bytes) throws(Refusal) {
        let request = try LeaseKeepAliveManyRequest(request: body)
        guard (1...Limits.keptAliveTogether).contains(request.ids.count) else {
            throw .invalid(
                "\(request.ids.count) leases at once; name 1 to \(Limits.keptAliveTogether)")
        }
    }

    mutating func keepAliveMany(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let request = try LeaseKeepAliveManyRequest(request: body)
        let ttls = request.ids.map { renew($0) }
        guard answer else { return }
        LeaseKeepAliveManyResponse(header: header, ttls: ttls).encode(into: &effects.bytes)
    }
}

/// Ending.
extension Store {
    /// Ends the leases that ran out; the leader's affair, decided by the log. Several commands are on
    /// their way at a time, so that the disk is not waited for between them, but not so many that
    /// what comes behind them waits long.
    mutating func expireLeases() {
        guard raft.role == .leader else { return }
        while clusterClock.expiryCommands < Limits.expiryCommands {
            let due = mvcc.expired(
                at: clusterTime, limit: Limits.expiringLeases, skipping: clusterClock.ending)
            guard !due.isEmpty else { return }
            var body: [UInt8] = []
            body.reserveCapacity(8 * due.count)
            for lease in due { body.append(little: lease.rawValue) }
            clusterClock.ending += due.count
            clusterClock.expiryCommands += 1
            proposeInternally(InternalMethod.expireLeases, body)
            submitBatch()
            guard due.count == Limits.expiringLeases else { return }
        }
    }

    /// Ends the named leases, but only those that are over by the time of this very batch: one that
    /// was kept alive by an earlier entry lives on, on every member alike, and a leader that was
    /// replaced while it stood still can end none that has time left.
    mutating func endLeases(_ body: Bytes) {
        let count = body.count / 8
        if applying.command != nil { clusterClock.ended(count) }
        for place in 0..<count {
            mvcc.expire(LeaseID(rawValue: body.little(at: 8 * place)))
        }
    }
}

/// Looking.
extension Store {
    mutating func listLeases(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try LeaseListRequest(request: body)
        guard request.after >= 0, request.limit >= 0 else {
            throw .invalid("a page of leases begins after 0 or more, and has 0 or more of them")
        }
        try read(call, body, serializable: false)
    }

    mutating func serveLeases(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try LeaseListRequest(request: body)
        let asked = request.limit == 0 ? Limits.leasePage : Int(clamping: request.limit)
        let limit = min(asked, Limits.leasePage)
        let ids = mvcc.leases(after: LeaseID(rawValue: request.after), limit: limit + 1)
        let start = effects.bytes.count
        LeaseListResponse(
            header: header, ids: ids.prefix(limit).map(\.rawValue), more: ids.count > limit
        ).encode(into: &effects.bytes)
        answer(call.session, call.stream, call.method, from: start)
    }
}
