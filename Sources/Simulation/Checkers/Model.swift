import Units
import Wire

/// The state as it should be: every command of the log carried out once more, in the plainest way that
/// can be written down, with all of history kept.
struct Model: Equatable {
    struct Lease: Equatable {
        var ttl: Int64
        var expiry: UInt64
    }

    private struct Version: Equatable {
        var revision: Int64
        var pair: KeyValue?
    }

    private(set) var revision: Int64 = 1
    private(set) var compacted: Int64 = 0
    private(set) var clusterTime: UInt64 = 0
    private var versions: [[UInt8]: [Version]] = [:]
    /// Every key that ever was, in order.
    private var order: [[UInt8]] = []
    private(set) var leases: [Int64: Lease] = [:]
    /// What happened at revision 2, 3, …
    private var happened: [[Wire::Event]] = []

    /// What a command answers, with headers that hold nothing but the revision.
    typealias Outcome = Result<Reply, Refused>

    struct Refused: Error, Equatable {
        var code: ErrorCode

        init(_ code: ErrorCode) { self.code = code }
    }

    var header: ResponseHeader { ResponseHeader(revision: revision) }

    // MARK: What was

    /// The pair as of a revision.
    func pair(_ key: [UInt8], at revision: Int64) -> KeyValue? {
        guard let versions = versions[key] else { return nil }
        var low = 0
        var high = versions.count
        while low < high {
            let middle = (low + high) / 2
            if versions[middle].revision <= revision { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : versions[low - 1].pair
    }

    /// Every pair of the range as of a revision.
    func pairs(_ range: Interval, at revision: Int64) -> [KeyValue] {
        order.lazy.filter(range.contains).compactMap { pair($0, at: revision) }
    }

    func keys(of lease: Int64, at revision: Int64) -> [[UInt8]] {
        order.filter { pair($0, at: revision)?.lease == lease }
    }

    /// What happened at a revision, nothing if it has not come yet.
    func events(at revision: Int64) -> [Wire::Event] {
        guard revision >= 2, revision <= self.revision else { return [] }
        return happened[Int(revision) - 2]
    }

    // MARK: Commands

    mutating func begin(clusterTime time: UInt64) { clusterTime = max(clusterTime, time) }

    mutating func put(_ request: PutRequest) -> Outcome {
        attempt { (draft, model) throws(Refused) in
            let previous = try draft.put(request, model)
            return { .put(PutResponse(header: $0, previous: previous)) }
        }
    }

    mutating func delete(_ request: DeleteRangeRequest) -> Outcome {
        attempt { (draft, model) throws(Refused) in
            let gone = draft.delete(Interval(request.key, request.rangeEnd), model)
            return {
                .delete(
                    DeleteRangeResponse(
                        header: $0, deleted: Int64(gone.count),
                        previous: request.previous ? gone : []))
            }
        }
    }

    mutating func transact(_ request: TxnRequest) -> Outcome {
        attempt { (draft, model) throws(Refused) in
            guard request.putKeys != nil else { throw Refused(.duplicateKey) }
            var response = try draft.run(request, model)
            return {
                response.stamp($0)
                return .txn(response)
            }
        }
    }

    /// What a transaction that only reads answers as of a revision.
    func read(_ request: TxnRequest, at revision: Int64) -> Outcome {
        var draft = Draft(base: revision, sparesCompacted: true)
        do {
            var response = try draft.run(request, self)
            response.stamp(ResponseHeader(revision: revision))
            return .success(.txn(response))
        } catch {
            return .failure(error)
        }
    }

    /// What a range answers while `newest` is the newest revision. What was compacted since then does
    /// not make an answer wrong.
    func range(_ request: RangeRequest, at newest: Int64) -> Outcome {
        do {
            let draft = Draft(base: newest, sparesCompacted: true)
            var response = try draft.range(request, self)
            response.header = ResponseHeader(revision: newest)
            return .success(.range(response))
        } catch {
            return .failure(error)
        }
    }

    mutating func compact(_ request: CompactRequest) -> Outcome {
        guard request.revision > compacted else { return .failure(Refused(.compacted)) }
        guard request.revision <= revision else { return .failure(Refused(.futureRevision)) }
        compacted = request.revision
        return .success(.compact(CompactResponse(header: header)))
    }

    mutating func grant(_ request: LeaseGrantRequest) -> Outcome {
        guard leases[request.id] == nil else { return .failure(Refused(.leaseExists)) }
        leases[request.id] = Lease(ttl: request.ttl, expiry: expiry(request.ttl))
        return .success(
            .grant(LeaseGrantResponse(header: header, id: request.id, ttl: request.ttl)))
    }

    mutating func keepAlive(_ request: LeaseKeepAliveRequest) -> Outcome {
        guard let lease = leases[request.id] else { return .failure(Refused(.leaseNotFound)) }
        leases[request.id]!.expiry = expiry(lease.ttl)
        return .success(
            .keepAlive(LeaseKeepAliveResponse(header: header, id: request.id, ttl: lease.ttl)))
    }

    mutating func revoke(_ request: LeaseRevokeRequest) -> Outcome {
        guard end(request.id) else { return .failure(Refused(.leaseNotFound)) }
        return .success(.revoke(LeaseRevokeResponse(header: header)))
    }

    /// Ends a lease whose time is over; true when it was.
    mutating func expire(_ id: Int64) -> Bool {
        guard let lease = leases[id], lease.expiry <= clusterTime else { return false }
        return end(id)
    }

    private mutating func end(_ id: Int64) -> Bool {
        guard leases[id] != nil else { return false }
        var draft = Draft(base: revision)
        for key in keys(of: id, at: revision) { draft.delete(key, self) }
        commit(draft)
        leases[id] = nil
        return true
    }

    private func expiry(_ seconds: Int64) -> UInt64 {
        clusterTime + UInt64(seconds) * 1_000_000_000
    }

    private mutating func attempt(
        _ body: (inout Draft, Model) throws(Refused) -> ((ResponseHeader) -> Reply)
    ) -> Outcome {
        var draft = Draft(base: revision)
        do {
            let reply = try body(&draft, self)
            commit(draft)
            return .success(reply(header))
        } catch {
            return .failure(error)
        }
    }

    private mutating func commit(_ draft: Draft) {
        guard !draft.events.isEmpty else { return }
        revision += 1
        happened.append(draft.events)
        for key in draft.written {
            if versions[key] == nil {
                let place = order.firstIndex { key.lexicographicallyPrecedes($0) } ?? order.count
                order.insert(key, at: place)
            }
            versions[key, default: []].append(
                Version(revision: revision, pair: draft.pending[key]!))
        }
    }
}

/// Writes of one command that are not made yet.
struct Draft {
    let base: Int64
    var pending: [[UInt8]: KeyValue?] = [:]
    /// Keys of `pending`, each once.
    var written: [[UInt8]] = []
    var events: [Wire::Event] = []

    /// Answers from history that is compacted by now, too.
    let sparesCompacted: Bool

    private var revision: Int64 { base + 1 }

    init(base: Int64, sparesCompacted: Bool = false) {
        self.base = base
        self.sparesCompacted = sparesCompacted
    }

    private func pair(_ key: [UInt8], _ model: Model) -> KeyValue? {
        pending[key] ?? model.pair(key, at: base)
    }

    private func pairs(_ range: Interval, _ model: Model) -> [KeyValue] {
        let known = model.pairs(range, at: base).filter { pending[$0.key] == nil }
        let fresh = written.filter(range.contains).compactMap { pending[$0]! }
        guard !fresh.isEmpty else { return known }
        return (known + fresh).sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }

    private mutating func write(_ key: [UInt8], _ pair: KeyValue?) {
        if pending.updateValue(pair, forKey: key) == nil { written.append(key) }
    }

    mutating func put(_ request: PutRequest, _ model: Model) throws(Model.Refused) -> KeyValue? {
        if request.ignoreValue && !request.value.isEmpty { throw .init(.invalidArgument) }
        if request.ignoreLease && request.lease != 0 { throw .init(.invalidArgument) }
        if request.lease != 0 && model.leases[request.lease] == nil { throw .init(.leaseNotFound) }
        let old = pair(request.key, model)
        if old == nil && (request.ignoreValue || request.ignoreLease) { throw .init(.keyNotFound) }
        let new = KeyValue(
            key: request.key, createRevision: old?.createRevision ?? revision,
            modRevision: revision, version: (old?.version ?? 0) + 1,
            value: request.ignoreValue ? old!.value : request.value,
            lease: request.ignoreLease ? old!.lease : request.lease)
        write(request.key, new)
        events.append(Wire::Event(type: .put, kv: new, previous: old))
        return request.previous ? old : nil
    }

    mutating func delete(_ range: Interval, _ model: Model) -> [KeyValue] {
        let gone = pairs(range, model)
        for pair in gone { delete(pair.key, model) }
        return gone
    }

    mutating func delete(_ key: [UInt8], _ model: Model) {
        let old = pair(key, model)
        write(key, nil)
        events.append(
            Wire::Event(
                type: .delete, kv: KeyValue(key: key, modRevision: revision), previous: old))
    }

    func range(
        _ request: RangeRequest, _ model: Model
    ) throws(Model.Refused) -> RangeResponse {
        let range = Interval(request.key, request.rangeEnd)
        var found: [KeyValue]
        if request.revision == 0 {
            found = pairs(range, model)
        } else {
            guard sparesCompacted || request.revision >= max(model.compacted, 1) else {
                throw .init(.compacted)
            }
            guard request.revision <= base else { throw .init(.futureRevision) }
            found = model.pairs(range, at: request.revision)
        }
        var response = RangeResponse(count: Int64(found.count))
        if request.countOnly { return response }
        if request.limit > 0, found.count > request.limit {
            found.removeLast(found.count - Int(request.limit))
            response.more = true
        }
        if request.keysOnly { for place in found.indices { found[place].value = [] } }
        response.kvs = found
        return response
    }

    mutating func run(
        _ request: TxnRequest, _ model: Model
    ) throws(Model.Refused) -> TxnResponse {
        let succeeded = request.compare.allSatisfy { holds($0, model) }
        var response = TxnResponse(succeeded: succeeded)
        for operation in succeeded ? request.success : request.failure {
            response.responses.append(try run(operation, model))
        }
        return response
    }

    private mutating func run(
        _ operation: Wire::Operation, _ model: Model
    ) throws(Model.Refused) -> OperationResponse {
        switch operation.operation {
        case .range(let request):
            return OperationResponse(response: .range(try range(request, model)))
        case .put(let request):
            let previous = try put(request, model)
            return OperationResponse(response: .put(PutResponse(previous: previous)))
        case .deleteRange(let request):
            let gone = delete(Interval(request.key, request.rangeEnd), model)
            return OperationResponse(
                response: .deleteRange(
                    DeleteRangeResponse(
                        deleted: Int64(gone.count), previous: request.previous ? gone : [])))
        case .txn(let request):
            return OperationResponse(response: .txn(try run(request, model)))
        case nil: throw .init(.invalidArgument)
        }
    }

    private func holds(_ compare: Compare, _ model: Model) -> Bool {
        let found = pairs(Interval(compare.key, compare.rangeEnd), model)
        guard !found.isEmpty else {
            return compare.target != .value && holds(compare, KeyValue(key: compare.key))
        }
        return found.allSatisfy { holds(compare, $0) }
    }

    private func holds(_ compare: Compare, _ pair: KeyValue) -> Bool {
        switch compare.target {
        case .version: holds(compare, pair.version, compare.number)
        case .create: holds(compare, pair.createRevision, compare.number)
        case .mod: holds(compare, pair.modRevision, compare.number)
        case .lease: holds(compare, pair.lease, compare.number)
        default:
            holds(
                compare,
                pair.value.lexicographicallyPrecedes(compare.value)
                    ? -1 : pair.value == compare.value ? 0 : 1, 0)
        }
    }

    private func holds(_ compare: Compare, _ left: Int64, _ right: Int64) -> Bool {
        switch compare.result {
        case .greater: left > right
        case .less: left < right
        case .notEqual: left != right
        default: left == right
        }
    }
}

extension TxnRequest {
    /// The keys that either path may put; nil when one path puts one twice.
    fileprivate var putKeys: Set<[UInt8]>? {
        guard let success = Self.putKeys(of: success), let failure = Self.putKeys(of: failure)
        else { return nil }
        return success.union(failure)
    }

    private static func putKeys(of path: [Wire::Operation]) -> Set<[UInt8]>? {
        var keys: Set<[UInt8]> = []
        for operation in path {
            var more: Set<[UInt8]> = []
            switch operation.operation {
            case .put(let put): more = [put.key]
            case .txn(let nested):
                guard let inner = nested.putKeys else { return nil }
                more = inner
            case .range, .deleteRange, nil: break
            }
            guard keys.isDisjoint(with: more) else { return nil }
            keys.formUnion(more)
        }
        return keys
    }
}

/// Keys from `key` up to but not including `end`, as in proto/store.proto "RANGES".
struct Interval: Equatable {
    var key: [UInt8]
    var end: [UInt8]

    init(_ key: [UInt8], _ end: [UInt8]) {
        self.key = key
        self.end = end
    }

    func contains(_ other: [UInt8]) -> Bool {
        if end.isEmpty { return other == key }
        guard !other.lexicographicallyPrecedes(key) else { return false }
        return end == [0] || other.lexicographicallyPrecedes(end)
    }
}
