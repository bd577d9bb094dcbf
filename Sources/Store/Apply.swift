internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Committed entries on their way to the state.
struct Backlog {
    private var entries = Deque<Entry>()

    var first: Entry? { entries.first }
    mutating func append(_ more: [Entry]) { for entry in more { entries.append(entry) } }
    mutating func removeFirst() -> Entry { entries.removeFirst() }
    mutating func removeAll() { entries.removeAll() }
}

extension Store {
    /// Carries out what is committed. While a checkpoint is due, nothing beyond the durable log: a
    /// checkpoint must not hold what a crash could still take from the log.
    mutating func applyBacklog() {
        let from = mvcc.mark.index
        while !transfers.isInstalling, !isHalted, let entry = backlog.first {
            if checkpointing.isDue, entry.index > persistence.durable { break }
            if case .commands(let payload) = entry.body, let what = unknownPart(of: payload.span) {
                halt(at: entry.index, what)
                break
            }
            apply(backlog.removeFirst())
        }
        if mvcc.mark.index != from { raftStep(.applied(upTo: appliedIndex)) }
    }

    private mutating func apply(_ entry: Entry) {
        precondition(
            entry.index.rawValue == mvcc.mark.index + 1,
            "entries are applied in order, each once: \(entry.index) after \(mvcc.mark)")
        switch entry.body {
        case .empty: reviveLost(before: entry.term)
        case .commands(let payload): apply(payload)
        case .membership(let membership): apply(membership, at: entry.index)
        }
        mvcc.applied(Mark(index: entry.index.rawValue, term: entry.term.rawValue))
        if isWitnessed { effects.applied.append(entry) }
    }

    private mutating func apply(_ membership: Membership, at index: LogIndex) {
        let before = MembershipMessage.raft(decoding: mvcc.membership)
        mvcc.membership = MembershipMessage(membership, cluster: identity.cluster).encoded
        effects.membershipChanged = true
        rememberRemoved(from: before, to: membership, at: index)
        administrationApplied(membership, after: before, at: index)
    }

    private mutating func apply(_ payload: [UInt8]) {
        let bytes = payload.span
        guard let header = BatchHeader(bytes) else {
            preconditionFailure("a committed batch is shorter than its header")
        }
        clusterClock.observe(header.clusterTime)
        mvcc.begin(clusterTime: header.clusterTime)
        let own = header.origin == proposals.origin && proposals.finish(header.first)
        var cursor = BatchCursor()
        var number = header.first
        while let command = cursor.next(in: bytes) {
            let waiter = own ? proposals.waiter(number) : nil
            // What watches were not told of yet must not be forgotten first.
            if command.method == Wire::Method.compact.number { deliverEvents() }
            apply(command.method, bytes.extracting(command.body), for: waiter)
            if own { proposals.leave(number) }
            number += 1
        }
    }

    /// Carries out one command and answers whoever waits for it here. What it does to the state
    /// depends on the log alone.
    private mutating func apply(_ method: UInt32, _ body: Bytes, for waiter: Proposals.Waiter?) {
        let start = effects.bytes.count
        do throws(Refusal) {
            let isAwaited = (waiter?.stream ?? 0) != 0
            try carryOut(method, body, answer: isAwaited)
            proposals.acknowledged += isAwaited ? 1 : 0
        } catch {
            effects.bytes.removeLast(effects.bytes.count - start)
            if let waiter { refuse(waiter.session, waiter.stream, method, error) }
            return
        }
        if let waiter, waiter.stream != 0 {
            answer(waiter.session, waiter.stream, method, from: start)
        }
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

    private mutating func carryOut(
        _ method: UInt32, _ body: Bytes, answer: Bool
    ) throws(Refusal) {
        guard let since = ClusterVersion.since(method) else { throw .unknownMethod(method) }
        if since > .first { try require(since, for: "this call") }
        switch method {
        case InternalMethod.expireLeases: return endLeases(body)
        case InternalMethod.clusterVersion: return raise(body)
        case InternalMethod.alarm: return recordAlarm(body)
        case InternalMethod.birth: return recordBirth(body)
        case InternalMethod.endReplacement: return endReplacement(body)
        default: break
        }
        switch Method(rawValue: Int32(truncatingIfNeeded: method)) {
        case .put: try put(body, answer)
        case .deleteRange: try delete(body, answer)
        case .txn: try transact(body, answer)
        case .compact: try compact(body, answer)
        case .leaseGrant: try grantLease(body, answer)
        case .leaseRevoke: try revokeLease(body, answer)
        case .leaseKeepAlive: try keepAlive(body, answer)
        case .memberReplace: try replaceMember(body, answer)
        default: throw .unknownMethod(method)
        }
    }
}

extension Wire::Method {
    fileprivate var number: UInt32 { UInt32(bitPattern: rawValue) }
}

/// The commands themselves.
extension Store {
    private mutating func put(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let view = try PutView(request: body)
        var options: PutOptions = []
        if view.previous && answer { options.insert(.previous) }
        if view.ignoreValue { options.insert(.ignoreValue) }
        if view.ignoreLease { options.insert(.ignoreLease) }
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
            result = try mvcc.transact(transaction)
        } catch {
            throw Refusal(error)
        }
        guard answer else { return }
        TxnResponse(result, header: header).encode(into: &effects.bytes)
    }

    private mutating func compact(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let request = try CompactRequest(request: body)
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

    private func isExpired(_ lease: LeaseID) -> Bool {
        do throws(MVCC::Failure) {
            return try mvcc.timeToLive(lease).remaining <= 0
        } catch {
            return false
        }
    }

    /// Ends the named leases, but only those that are over by the time of this very batch: one that
    /// was kept alive by an earlier entry lives on, on every member alike.
    private mutating func endLeases(_ body: Bytes) {
        clusterClock.expiring = false
        for offset in stride(from: 0, to: body.count - 7, by: 8) {
            let lease = LeaseID(rawValue: body.little(at: offset))
            guard isExpired(lease) else { continue }
            do throws(MVCC::Failure) {
                _ = try mvcc.revoke(lease)
            } catch {
                preconditionFailure("a lease that has expired can be revoked: \(error)")
            }
        }
    }
}
