internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Committed entries on their way to the state.
struct Backlog {
    private var entries = Deque<Entry>()
    /// Of all payloads together.
    private(set) var bytes = 0

    var first: Entry? { entries.first }

    mutating func append(_ more: [Entry]) {
        for entry in more {
            bytes += entry.size
            entries.append(entry)
        }
    }

    mutating func removeFirst() -> Entry {
        let entry = entries.removeFirst()
        bytes -= entry.size
        return entry
    }

    mutating func removeAll() {
        entries.removeAll()
        bytes = 0
    }
}

extension Store {
    /// Something is committed and can be carried out. While a checkpoint is due, nothing beyond the
    /// durable log: a checkpoint must not hold what a crash could still take from the log.
    var mayApply: Bool {
        guard !transfers.isInstalling, !isHalted, repair.isSound, let entry = backlog.first else {
            return false
        }
        return !checkpointing.isDue || entry.index <= persistence.durable
    }

    /// Carries out what is committed, up to what one turn has room for.
    mutating func applyBacklog() {
        let from = mvcc.mark.index
        var bytes = 0
        while mayApply, bytes < Limits.appliedPerTurn, let next = backlog.first {
            if case .commands(let payload) = next.body, let what = unknownPart(of: payload.span) {
                halt(at: next.index, what)
                break
            }
            let entry = backlog.removeFirst()
            if case .commands(let payload) = entry.body { bytes += payload.count }
            apply(entry)
        }
        if mvcc.mark.index != from { raftStep(.applied(upTo: appliedIndex)) }
    }

    mutating func apply(_ entry: Entry) {
        precondition(
            entry.index.rawValue == mvcc.mark.index + 1,
            "entries are applied in order, each once: \(entry.index) after \(mvcc.mark)")
        switch entry.body {
        case .empty: reviveLost(before: entry.term)
        case .commands(let payload):
            applying.term = entry.term
            apply(payload, at: entry.index)
        case .membership(let membership): apply(membership, at: entry.index)
        }
        mvcc.applied(Mark(index: entry.index.rawValue, term: entry.term.rawValue))
        stages.left(entry.index)
        if isWitnessed { effects.applied.append(entry) }
    }

    private mutating func apply(_ membership: Membership, at index: LogIndex) {
        let before = MembershipMessage.raft(decoding: mvcc.membership)
        mvcc.membership = MembershipMessage(membership, cluster: identity.cluster).encoded
        effects.membershipChanged = true
        rememberRemoved(from: before, to: membership, at: index)
        administrationApplied(membership, after: before, at: index)
    }

    private mutating func apply(_ payload: [UInt8], at index: LogIndex) {
        let bytes = payload.span
        guard let header = BatchHeader(bytes) else {
            preconditionFailure("a committed batch is shorter than its header")
        }
        clusterClock.observe(header.clusterTime)
        mvcc.begin(clusterTime: header.clusterTime)
        let batch = header.origin == proposals.origin ? proposals.finish(header.first) : nil
        let own = batch != nil
        if let batch { timed(batch, at: index) }
        var cursor = BatchCursor()
        var number = header.first
        while let command = cursor.next(in: bytes) {
            let waiter = own ? proposals.waiter(number) : nil
            applying.command = own ? number : nil
            apply(command.method, bytes.extracting(command.body), for: waiter)
            if own { proposals.leave(number) }
            number += 1
        }
        applying.command = nil
        pace.note(Int(header.count), at: now)
        if !quotas.isEmpty { writeQuotas() }
    }

    /// Carries out one command and answers whoever waits for it here. What it does to the state
    /// depends on the log alone.
    private mutating func apply(_ method: UInt32, _ body: Bytes, for waiter: Proposals.Waiter?) {
        applying.waiter = waiter
        applying.start = effects.bytes.count
        applying.isDeferred = false
        let before = mvcc.revision
        do throws(Refusal) {
            let isAwaited = (waiter?.stream ?? 0) != 0
            try carryOut(method, body, answer: isAwaited)
            metrics.carriedOut(Store.plainMethod(method, body))
            worked(method, body, isRead: false)
            proposals.acknowledged += isAwaited ? 1 : 0
        } catch {
            effects.bytes.removeLast(effects.bytes.count - applying.start)
            guard let waiter, waiter.stream != 0 else { return }
            audit(applied: method, body, waiter.session, error.error.code)
            return refuse(waiter, error)
        }
        if !quotas.isEmpty {
            let command = method == InternalMethod.onBehalf ? OnBehalf(body) : nil
            account(since: before, by: command?.user)
        }
        guard let waiter, waiter.stream != 0 else { return }
        audit(applied: method, body, waiter.session, .none)
        if !applying.isDeferred {
            answer(waiter.session, waiter.stream, waiter.method, from: applying.start)
        }
    }

    private mutating func refuse(_ waiter: Proposals.Waiter, _ refusal: Refusal) {
        lines.asking[CallKey(session: waiter.session, stream: waiter.stream)] = nil
        refuse(waiter.session, waiter.stream, waiter.method, refusal)
    }

    /// Queues the answer, unless it is too long for a frame.
    mutating func answer(
        _ session: SessionID, _ stream: UInt32, _ method: UInt32, from start: Int
    ) {
        let length = effects.bytes.count - start
        guard length <= Wire::Limits.maximumFrame else {
            effects.bytes.removeLast(length)
            return refuse(
                session, stream, method, .frameTooLarge,
                "the request was carried out at revision \(mvcc.revision.rawValue), but its answer "
                    + "of \(length) bytes is over the frame limit of \(Wire::Limits.maximumFrame)")
        }
        emit(.response, session, stream, method, from: start)
    }

    mutating func carryOut(
        _ method: UInt32, _ body: Bytes, answer: Bool
    ) throws(Refusal) {
        guard let since = ClusterVersion.since(method) else { throw .unknownMethod(method) }
        if since > .first { try require(since, for: "this call") }
        guard method < InternalMethod.first else {
            return try carryOut(internal: method, body, answer)
        }
        try refuseUnnamed(method)
        try execute(method, body, answer: answer)
    }

    /// Does what a client asked for, once it is certain that it may.
    mutating func execute(_ method: UInt32, _ body: Bytes, answer: Bool) throws(Refusal) {
        switch Method(rawValue: Int32(truncatingIfNeeded: method)) {
        case .put: try put(body, answer)
        case .deleteRange: try delete(body, answer)
        case .txn: try transact(body, answer)
        case .compact: try compact(body, answer)
        case .leaseGrant: try grantLease(body, answer)
        case .leaseRevoke: try revokeLease(body, answer)
        case .leaseKeepAlive: try keepAlive(body, answer)
        case .authEnable: try enableAccess(body, answer)
        case .authDisable: try disableAccess(body, answer)
        case .userAdd: try addUser(body, answer)
        case .userDelete: try deleteUser(body, answer)
        case .userPassword: try setPassword(body, answer)
        case .userGrantRole: try grantRole(body, answer)
        case .userRevokeRole: try revokeRole(body, answer)
        case .roleAdd: try addRole(body, answer)
        case .roleDelete: try deleteRole(body, answer)
        case .roleGrant: try grantPermission(body, answer)
        case .roleRevoke: try revokePermission(body, answer)
        case .quotaSet: try setQuota(body, answer)
        case .memberReplace: try replaceMember(body, answer)
        case .leaseKeepAliveMany: try keepAliveMany(body, answer)
        case .sessionOpen: try openSession(body, answer)
        case .sessionClose: try closeSession(body, answer)
        case .once: try once(body, answer)
        case .lock: try lock(body)
        case .campaign: try campaign(body)
        case .unlock: try unlock(body, answer)
        case .proclaim: try proclaim(body, answer)
        case .resign: try resign(body, answer)
        case .tree: try changeTree(body, answer)
        case .alarms: try clearAlarm(body, answer)
        default: throw .unknownMethod(method)
        }
    }

    /// The leader's own.
    private mutating func carryOut(
        internal method: UInt32, _ body: Bytes, _ answer: Bool
    ) throws(Refusal) {
        switch method {
        case InternalMethod.onBehalf: try carryOut(onBehalf: body, answer: answer)
        case InternalMethod.expireLeases: endLeases(body)
        case InternalMethod.clusterVersion: raise(body)
        case InternalMethod.birth: recordBirth(body)
        case InternalMethod.endReplacement: endReplacement(body)
        case InternalMethod.renewLeases: renewLeases(body)
        case InternalMethod.expireSessions: endSessions(body)
        case InternalMethod.expireTree: endTreeNodes()
        case InternalMethod.digestMark: passDigestMark()
        case InternalMethod.alarm: changeAlarm(body)
        default: throw .unknownMethod(method)
        }
    }
}

extension Wire::Method {
    var number: UInt32 { UInt32(bitPattern: rawValue) }
}

/// The commands themselves.
extension Store {
    private mutating func put(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let view = try PutView(request: body)
        var options: PutOptions = []
        if view.previous && answer { options.insert(.previous) }
        if view.ignoreValue { options.insert(.ignoreValue) }
        if view.ignoreLease { options.insert(.ignoreLease) }
        if !quotas.isEmpty, !view.ignoreValue {
            try checkQuota(put: body.extracting(view.key), value: view.value.count)
        }
        do throws(MVCC::Failure) {
            _ = try mvcc.put(
                key: body.extracting(view.key), value: body.extracting(view.value),
                lease: LeaseID(rawValue: view.lease), options: options)
        } catch {
            throw Refusal(error)
        }
        guard answer else { return }
        if options.contains(.previous), let replaced = mvcc.replaced {
            PutResponse(header: header, previous: KeyValue(replaced)).encode(into: &effects.bytes)
        } else {
            Hot.appendHeader(field: 1, header, to: &effects.bytes)
        }
    }

    private mutating func delete(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let request = try DeleteRangeRequest(request: body)
        let range = try KeyRange(request.key, request.rangeEnd)
        let deleted: Deleted
        do throws(MVCC::Failure) {
            deleted = try mvcc.delete(range, previous: request.previous)
        } catch {
            throw Refusal(error)
        }
        guard answer else { return }
        DeleteRangeResponse(
            header: header, deleted: Int64(deleted.count),
            previous: deleted.records.map(KeyValue.init)
        ).encode(into: &effects.bytes)
    }

    private mutating func transact(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let transaction = try Transaction(TxnRequest(request: body))
        let result: TransactionResult
        do throws(MVCC::Failure) {
            result = try mvcc.prepare(transaction)
        } catch {
            throw Refusal(error)
        }
        try settle()
        guard answer else { return }
        TxnResponse(result, header: header).encode(into: &effects.bytes)
    }

    /// Makes a prepared transaction part of the state, unless a quota stands against it.
    private mutating func settle() throws(Refusal) {
        guard !quotas.isEmpty else { return mvcc.settle() }
        var changes: [Quotas.Change] = []
        mvcc.visitPrepared { changes.append(.init(key: $0.array, old: $1, new: $2)) }
        do throws(Refusal) {
            try checkQuota(changes)
        } catch {
            mvcc.abandon()
            throw error
        }
        mvcc.settle()
    }

    private mutating func compact(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let request = try CompactRequest(request: body)
        // What watches were not told of yet must not be forgotten first.
        reviewStreams()
        deliverEvents()
        followLines()
        applying.start = effects.bytes.count
        do throws(MVCC::Failure) {
            try mvcc.compact(to: Revision(rawValue: request.revision))
        } catch {
            throw Refusal(error)
        }
        if answer { CompactResponse(header: header).encode(into: &effects.bytes) }
    }

    private mutating func grantLease(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let request = try LeaseGrantRequest(request: body)
        do throws(MVCC::Failure) {
            try mvcc.grant(LeaseID(rawValue: request.id), ttl: request.ttl)
        } catch {
            throw Refusal(error)
        }
        metrics.leaseTimes.observe(ticks: UInt64(request.ttl))
        guard answer else { return }
        LeaseGrantResponse(header: header, id: request.id, ttl: request.ttl)
            .encode(into: &effects.bytes)
    }

    private mutating func revokeLease(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let request = try LeaseRevokeRequest(request: body)
        do throws(MVCC::Failure) {
            _ = try mvcc.revoke(LeaseID(rawValue: request.id))
        } catch {
            throw Refusal(error)
        }
        if answer { LeaseRevokeResponse(header: header).encode(into: &effects.bytes) }
    }

    private mutating func keepAlive(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let request = try LeaseKeepAliveRequest(request: body)
        let ttl: Int64
        do throws(MVCC::Failure) {
            ttl = try mvcc.keepAlive(LeaseID(rawValue: request.id))
        } catch {
            throw Refusal(error)
        }
        guard answer else { return }
        LeaseKeepAliveResponse(header: header, id: request.id, ttl: ttl)
            .encode(into: &effects.bytes)
    }
}
