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

    private mutating func apply(_ entry: Entry) {
        precondition(
            entry.index.rawValue == mvcc.mark.index + 1,
            "entries are applied in order, each once: \(entry.index) after \(mvcc.mark)")
        switch entry.body {
        case .empty: reviveLost(before: entry.term)
        case .commands(let payload):
            applying.term = entry.term
            apply(payload)
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
            applying.command = own ? number : nil
            apply(command.method, bytes.extracting(command.body), for: waiter)
            if own { proposals.leave(number) }
            number += 1
        }
        applying.command = nil
    }

    /// Carries out one command and answers whoever waits for it here. What it does to the state
    /// depends on the log alone.
    private mutating func apply(_ method: UInt32, _ body: Bytes, for waiter: Proposals.Waiter?) {
        applying.waiter = waiter
        applying.start = effects.bytes.count
        applying.isDeferred = false
        do throws(Refusal) {
            let isAwaited = (waiter?.stream ?? 0) != 0
            try carryOut(method, body, answer: isAwaited)
            proposals.acknowledged += isAwaited ? 1 : 0
        } catch {
            effects.bytes.removeLast(effects.bytes.count - applying.start)
            if let waiter { refuse(waiter, error) }
            return
        }
        if let waiter, waiter.stream != 0, !applying.isDeferred {
            answer(waiter.session, waiter.stream, method, from: applying.start)
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
        if method > 0xFFF { return try carryOut(internal: method, body) }
        switch Method(rawValue: Int32(truncatingIfNeeded: method)) {
        case .put: try put(body, answer)
        case .deleteRange: try delete(body, answer)
        case .txn: try transact(body, answer)
        case .compact: try compact(body, answer)
        case .leaseGrant: try grantLease(body, answer)
        case .leaseRevoke: try revokeLease(body, answer)
        case .leaseKeepAlive: try keepAlive(body, answer)
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
    private mutating func carryOut(internal method: UInt32, _ body: Bytes) throws(Refusal) {
        switch method {
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
        // What watches were not told of yet must not be forgotten first.
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
