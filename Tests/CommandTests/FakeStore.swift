import EventLoop
import RPC
import Units
import Wire

/// A store of one member that lives in memory and forgets nothing; enough of one to show what the
/// CLI prints. Each answer comes at once.
final class FakeStore {
    let server: Server
    let address: Address
    private var history: [Event] = []
    private var pairs: [[UInt8]: KeyValue] = [:]
    private var leases: [Int64: Int64] = [:]
    private var watches: [(connection: Connection, stream: UInt32, request: WatchRequest)] = []
    var revision: Int64 = 1
    private var compacted: Int64 = 0
    var members = [
        MemberInfo(id: 0xA, name: "a", peerAddress: "10.0.0.1:2380", reachable: true),
        MemberInfo(id: 0xB, name: "b", peerAddress: "10.0.0.2:2380", learner: true),
    ]
    var leader: UInt64 = 0xA
    var alarms: [Alarm] = []
    /// What is refused, and how: looked at first.
    var refusal: ((Wire.Method, [UInt8]) -> WireError?)?
    private(set) var puts: [PutRequest] = []
    /// Callers that stand in line, oldest first.
    private var standing: [(ask: Ask, key: [UInt8])] = []
    private var observers: [Ask] = []
    private var once: [Int64: [UInt8]] = [:]
    /// So many answers to ONCE get lost with their connections.
    var dropsOnce = 0
    var onLocked: () -> Void = {}
    var onWaiting: () -> Void = {}
    var isRecordingDamaged = false
    var slow = SlowOperationsResponse(limitUs: 100_000)
    var metrics = """
        # HELP etcd_server_has_leader Whether a leader is known.
        # TYPE etcd_server_has_leader gauge
        etcd_server_has_leader 1
        # HELP process_cpu_seconds_total Processor time.
        # TYPE process_cpu_seconds_total counter
        process_cpu_seconds_total 12345.678901234
        # HELP martlet_store_requests_total Calls that ended.
        # TYPE martlet_store_requests_total counter
        martlet_store_requests_total{method="put",outcome="ok"} 1234567
        martlet_store_requests_total{method="put",outcome="key_empty"} 2
        # HELP martlet_store_stage_seconds The stages of a write.
        # TYPE martlet_store_stage_seconds histogram
        martlet_store_stage_seconds_bucket{stage="queue",le="0.001"} 90
        martlet_store_stage_seconds_bucket{stage="queue",le="0.002"} 100
        martlet_store_stage_seconds_bucket{stage="queue",le="+Inf"} 100
        martlet_store_stage_seconds_sum{stage="queue"} 0.0612
        martlet_store_stage_seconds_count{stage="queue"} 100
        martlet_store_stage_seconds_bucket{stage="sync",le="0.001"} 0
        martlet_store_stage_seconds_bucket{stage="sync",le="+Inf"} 0
        martlet_store_stage_seconds_sum{stage="sync"} 0
        martlet_store_stage_seconds_count{stage="sync"} 0

        """
    private var access = FakeAccess()
    private(set) var transactions: [TxnRequest] = []
    var cluster: UInt64 = 0xC1
    var residentBytes: Int64 = 12_345_678
    /// After each change.
    var onWrite: (() -> Void)?
    /// Keeps the answer of a put back.
    var hold: ((@escaping () -> Void) -> Void)?
    var tree: ((TreeRequest) -> TreeResponse)?
    var treeEvents: [TreeResponse] = []

    init(on loop: Loop) {
        server = Server(on: loop, Settings(software: "fake/1"))
        address = try! server.listen(on: .host("127.0.0.1", port: 0)).address
        members[0].clientAddresses = [address.description]
        server.onConnection = { [unowned self] connection in
            connection.onCancel = { [unowned self] connection, stream in
                watches.removeAll { $0.connection === connection && $0.stream == stream }
                let method = cancelled(connection, stream)
                connection.fail(stream, method, WireError(code: .cancelled))
            }
            connection.onFrame = { [unowned self] connection, header, body in
                handle(Ask(connection: connection, header: header, body: body.array))
            }
        }
    }

    private struct Ask {
        var connection: Connection
        var header: FrameHeader
        var body: [UInt8]

        func read<Message: WireMessage>() -> Message { try! Message(decoding: body.span) }

        func send(_ type: FrameType = .response, _ message: some WireMessage) {
            connection.send(
                type, stream: header.stream, method: header.method, body: message.encoded.span)
        }

        func fail(_ code: ErrorCode, _ message: String, revision: Int64 = 0) {
            connection.fail(
                header.stream, header.method,
                WireError(code: code, message: message, revision: revision))
        }
    }

    private var head: ResponseHeader {
        ResponseHeader(clusterID: cluster, memberID: 0xA, revision: revision, raftTerm: 3)
    }

    private func handle(_ ask: Ask) {
        if let error = refusal?(ask.header.method, ask.body) {
            ask.connection.fail(ask.header.stream, ask.header.method, error)
            return
        }
        switch try? access.answer(ask.header.method, ask.body) {
        case .success(let body):
            _ = ask.connection.send(
                .response, stream: ask.header.stream, method: ask.header.method, body: body.span)
            return
        case .failure(let error):
            _ = ask.connection.fail(ask.header.stream, ask.header.method, error)
            return
        case nil: break
        }
        switch ask.header.method {
        case .put: put(ask)
        case .range: range(ask)
        case .deleteRange: ask.send(.response, delete(ask.read()))
        case .txn:
            transactions.append(ask.read())
            ask.send(.response, txn(ask.read()))
            onWrite?()
        case .compact: compact(ask)
        case .watch: watch(ask)
        case .tree: tree(ask)
        case .treeWatch: watchTree(ask)
        case .leaseGrant, .leaseRevoke, .leaseKeepAlive, .leaseTimeToLive, .leaseList: lease(ask)
        case .leaseKeepAliveMany:
            let request: LeaseKeepAliveManyRequest = ask.read()
            let ttls = request.ids.map { leases[$0] ?? 0 }
            ask.send(.response, LeaseKeepAliveManyResponse(header: head, ttls: ttls))
        case .lock, .campaign, .electionObserve: coordinate(ask)
        case .sessionOpen, .sessionClose, .once: session(ask)
        default: cluster(ask)
        }
    }

    // MARK: Keys

    private func put(_ ask: Ask) {
        let request: PutRequest = ask.read()
        puts.append(request)
        let answer = put(request)
        if let hold { hold { ask.send(.response, answer) } } else { ask.send(.response, answer) }
        onWrite?()
    }

    private func put(_ request: PutRequest, at fixed: Int64? = nil) -> PutResponse {
        if fixed == nil { revision += 1 }
        let old = pairs[request.key]
        let pair = KeyValue(
            key: request.key, createRevision: old?.createRevision ?? revision,
            modRevision: revision, version: (old?.version ?? 0) + 1,
            value: request.ignoreValue ? old!.value : request.value, lease: request.lease)
        pairs[request.key] = pair
        tell(Event(type: .put, kv: pair, previous: old))
        return PutResponse(header: head, previous: request.previous ? old : nil)
    }

    private func found(_ key: [UInt8], _ end: [UInt8]) -> [KeyValue] {
        pairs.keys.sorted { $0.lexicographicallyPrecedes($1) }.filter {
            contains($0, key, end)
        }.map { pairs[$0]! }
    }

    private func contains(_ candidate: [UInt8], _ key: [UInt8], _ end: [UInt8]) -> Bool {
        if end.isEmpty { return candidate == key }
        guard !candidate.lexicographicallyPrecedes(key) else { return false }
        return end == [0] || candidate.lexicographicallyPrecedes(end)
    }

    private func range(_ ask: Ask) {
        let request: RangeRequest = ask.read()
        guard request.revision <= revision else {
            let message = "revision \(request.revision) is not written yet"
            return ask.fail(.futureRevision, message, revision: revision)
        }
        guard request.revision == 0 || request.revision >= compacted else {
            return ask.fail(.compacted, "it was compacted", revision: compacted)
        }
        var answer = range(request)
        guard request.chunked else { return ask.send(.response, answer) }
        for start in stride(from: 0, to: answer.kvs.count, by: 2) {
            let part = Array(answer.kvs[start..<min(start + 2, answer.kvs.count)])
            ask.send(.stream, RangeResponse(header: head, kvs: part))
        }
        answer.kvs = []
        ask.send(.response, answer)
    }

    private func range(_ request: RangeRequest) -> RangeResponse {
        var kvs = found(request.key, request.rangeEnd)
        let count = Int64(kvs.count)
        if request.limit > 0 { kvs = Array(kvs.prefix(Int(request.limit))) }
        let more = Int64(kvs.count) < count
        if request.countOnly { kvs = [] }
        if request.keysOnly { for index in kvs.indices { kvs[index].value = [] } }
        return RangeResponse(header: head, kvs: kvs, more: more, count: count)
    }

    private func delete(_ request: DeleteRangeRequest, at fixed: Int64? = nil)
        -> DeleteRangeResponse
    {
        let gone = found(request.key, request.rangeEnd)
        if !gone.isEmpty, fixed == nil { revision += 1 }
        for pair in gone {
            pairs[pair.key] = nil
            let kv = KeyValue(key: pair.key, modRevision: revision)
            tell(Event(type: .delete, kv: kv, previous: pair))
        }
        return DeleteRangeResponse(
            header: head, deleted: Int64(gone.count), previous: request.previous ? gone : [])
    }

    private func txn(_ request: TxnRequest) -> TxnResponse {
        let holds = request.compare.allSatisfy { compare in
            let pair = pairs[compare.key] ?? KeyValue()
            switch compare.target {
            case .value:
                return (pair.value == compare.value) == (compare.result == .equal)
            default:
                let number = compare.target == .version ? pair.version : pair.modRevision
                return (number == compare.number) == (compare.result == .equal)
            }
        }
        let operations = holds ? request.success : request.failure
        let isRead = operations.allSatisfy {
            if case .range = $0.operation { true } else { false }
        }
        if !isRead { revision += 1 }
        let responses = operations.map { operation -> OperationResponse in
            switch operation.operation {
            case .put(let request): .init(response: .put(put(request, at: revision)))
            case .range(let request): .init(response: .range(range(request)))
            case .deleteRange(let request):
                .init(response: .deleteRange(delete(request, at: revision)))
            case .txn(let request): .init(response: .txn(txn(request)))
            case nil: .init()
            }
        }
        return TxnResponse(header: head, succeeded: holds, responses: responses)
    }

    private func compact(_ ask: Ask) {
        let request: CompactRequest = ask.read()
        guard request.revision <= revision else {
            return ask.fail(.futureRevision, "revision \(request.revision) is not written yet")
        }
        compacted = request.revision
        ask.send(.response, CompactResponse(header: head))
    }

    // MARK: Without a client

    /// "key=value", in order.
    var contents: [String] {
        found([0], [0]).map {
            String(decoding: $0.key, as: UTF8.self) + "="
                + String(decoding: $0.value, as: UTF8.self)
        }
    }

    func write(_ key: String, _ value: String) {
        _ = put(PutRequest(key: Array(key.utf8), value: Array(value.utf8)))
    }

    func remove(_ key: String) { _ = delete(DeleteRangeRequest(key: Array(key.utf8))) }

    /// All at one revision.
    func writeTogether(_ pairs: [(String, String)]) {
        revision += 1
        let listeners = watches
        watches = []
        let start = history.count
        for (key, value) in pairs {
            _ = put(PutRequest(key: Array(key.utf8), value: Array(value.utf8)), at: revision)
        }
        watches = listeners
        for watch in watches {
            let events = history[start...].filter {
                contains($0.kv!.key, watch.request.key, watch.request.rangeEnd)
            }
            let answer = WatchResponse(header: head, events: events)
            watch.connection.send(
                .stream, stream: watch.stream, method: .watch, body: answer.encoded.span)
        }
    }

    // MARK: The tree

    private func tree(_ ask: Ask) {
        let request: TreeRequest = ask.read()
        guard var answer = tree?(request) else { return ask.fail(.unknownMethod, "no tree") }
        if request.chunked {
            for node in answer.nodes { ask.send(.stream, TreeResponse(nodes: [node])) }
            answer.nodes = []
        }
        ask.send(.response, answer)
    }

    private func watchTree(_ ask: Ask) {
        ask.send(.stream, TreeResponse(index: 3, created: true))
        for event in treeEvents {
            ask.send(event.failure == nil ? .stream : .response, event)
        }
    }

    // MARK: Watches

    private func watch(_ ask: Ask) {
        let request: WatchRequest = ask.read()
        guard request.startRevision == 0 || request.startRevision >= compacted else {
            return ask.fail(.compacted, "it was compacted", revision: compacted)
        }
        ask.send(.stream, WatchResponse(header: head, created: true))
        if request.startRevision > 0 {
            for event in history where event.kv!.modRevision >= request.startRevision {
                send(event, ask.connection, ask.header.stream, request)
            }
        }
        if request.progress { ask.send(.stream, WatchResponse(header: head)) }
        watches.append((ask.connection, ask.header.stream, request))
    }

    private func tell(_ event: Event) {
        history.append(event)
        for watch in watches { send(event, watch.connection, watch.stream, watch.request) }
    }

    private func send(
        _ event: Event, _ connection: Connection, _ stream: UInt32, _ request: WatchRequest
    ) {
        guard contains(event.kv!.key, request.key, request.rangeEnd) else { return }
        var event = event
        if !request.previous { event.previous = nil }
        let answer = WatchResponse(header: head, events: [event])
        connection.send(.stream, stream: stream, method: .watch, body: answer.encoded.span)
    }

    /// Breaks every line.
    func hangUp() {
        let all = watches
        watches = []
        for watch in all { watch.connection.close() }
    }

    // MARK: Leases and members

    private func lease(_ ask: Ask) {
        switch ask.header.method {
        case .leaseGrant:
            let request: LeaseGrantRequest = ask.read()
            let id = request.id == 0 ? 0x10 : request.id
            leases[id] = request.ttl
            ask.send(.response, LeaseGrantResponse(header: head, id: id, ttl: request.ttl))
        case .leaseList:
            ask.send(.response, LeaseListResponse(header: head, ids: leases.keys.sorted()))
        case .leaseRevoke:
            let request: LeaseRevokeRequest = ask.read()
            guard leases.removeValue(forKey: request.id) != nil else { return noLease(ask) }
            for pair in pairs.values.filter({ $0.lease == request.id }) { remove(pair.key) }
            ask.send(.response, LeaseRevokeResponse(header: head))
        case .leaseKeepAlive:
            let request: LeaseKeepAliveRequest = ask.read()
            guard let ttl = leases[request.id] else { return noLease(ask) }
            ask.send(.response, LeaseKeepAliveResponse(header: head, id: request.id, ttl: ttl))
        default:
            let request: LeaseTimeToLiveRequest = ask.read()
            guard let ttl = leases[request.id] else { return noLease(ask) }
            let keys = pairs.values.filter { $0.lease == request.id }.map(\.key)
            ask.send(
                .response,
                LeaseTimeToLiveResponse(
                    header: head, id: request.id, ttl: ttl - 1, grantedTtl: ttl,
                    keys: keys.sorted { $0.lexicographicallyPrecedes($1) }))
        }
    }

    // MARK: Locks and sessions

    private func coordinate(_ ask: Ask) {
        switch ask.header.method {
        case .lock:
            let request: LockRequest = ask.read()
            stand(ask, request.name, request.lease, [], mayWait: !request.noWait)
        case .campaign:
            let request: CampaignRequest = ask.read()
            stand(ask, request.name, request.lease, request.value, mayWait: !request.noWait)
        default:
            observers.append(ask)
            tellObservers()
        }
    }

    private func stand(
        _ ask: Ask, _ name: [UInt8], _ lease: Int64, _ value: [UInt8], mayWait: Bool
    ) {
        let key = name + Array("/\(String(lease, radix: 16))".utf8)
        let isFree = line(name).isEmpty || line(name).first?.key == key
        guard isFree || mayWait else { return ask.fail(.notHeld, "another holds it") }
        if pairs[key] == nil { _ = put(PutRequest(key: key, value: value, lease: lease)) }
        standing.append((ask, key))
        if isFree { onLocked() } else { onWaiting() }
        moveOn()
    }

    private func line(_ name: [UInt8]) -> [KeyValue] {
        let prefix = name + [47]
        return pairs.values.filter { $0.key.starts(with: prefix) }.sorted {
            $0.createRevision < $1.createRevision
        }
    }

    /// Answers those whose turn it is.
    private func moveOn() {
        standing.removeAll { ask, key in
            let name = Array(key[..<key.lastIndex(of: 47)!])
            guard let first = line(name).first, first.key == key else { return false }
            if ask.header.method == .lock {
                ask.send(
                    .response, LockResponse(header: head, key: key, token: first.createRevision))
            } else {
                ask.send(
                    .response, CampaignResponse(header: head, key: key, token: first.createRevision)
                )
            }
            return true
        }
        tellObservers()
    }

    private func tellObservers() {
        for ask in observers {
            let request: ElectionObserveRequest = ask.read()
            ask.send(
                .stream, ElectionLeaderResponse(header: head, leader: line(request.name).first))
        }
    }

    private func remove(_ key: [UInt8]) {
        _ = delete(DeleteRangeRequest(key: key))
        moveOn()
    }

    func hold(_ key: String, value: String = "") {
        _ = put(PutRequest(key: Array(key.utf8), value: Array(value.utf8)))
    }

    /// Deletes the key of a lock.
    func take(_ key: String) { remove(Array(key.utf8)) }

    func isFree(_ name: String) -> Bool { line(Array(name.utf8)).isEmpty }

    private func cancelled(_ connection: Connection, _ stream: UInt32) -> Wire.Method {
        let isAsked = { (ask: Ask) in
            ask.connection === connection && ask.header.stream == stream
        }
        let method = (standing.map(\.ask) + observers).first(where: isAsked)?.header.method
        let gone = standing.filter { isAsked($0.ask) }.map(\.key)
        standing.removeAll { isAsked($0.ask) }
        observers.removeAll(where: isAsked)
        for key in gone { remove(key) }
        return method ?? .watch
    }

    private func session(_ ask: Ask) {
        switch ask.header.method {
        case .sessionOpen:
            let request: SessionOpenRequest = ask.read()
            once = [:]
            ask.send(.response, SessionOpenResponse(header: head, id: request.id, ttl: request.ttl))
        case .sessionClose: ask.send(.response, SessionCloseResponse(header: head))
        default:
            let request: OnceRequest = ask.read()
            let answer = once[request.sequence] ?? carryOut(request)
            once[request.sequence] = answer
            dropsOnce -= 1
            guard dropsOnce < 0 else { return ask.connection.close() }
            ask.send(.response, OnceResponse(header: head, answer: answer))
        }
    }

    private func carryOut(_ request: OnceRequest) -> [UInt8] {
        switch Wire.Method(rawValue: Int32(request.method)) {
        case .put: return put(try! PutRequest(decoding: request.body.span)).encoded
        case .txn: return txn(try! TxnRequest(decoding: request.body.span)).encoded
        default:
            return delete(try! DeleteRangeRequest(decoding: request.body.span)).encoded
        }
    }

    private func noLease(_ ask: Ask) { ask.fail(.leaseNotFound, "there is no such lease") }

    private func cluster(_ ask: Ask) {
        switch ask.header.method {
        case .status: ask.send(.response, status)
        case .metrics:
            ask.send(.response, MetricsResponse(header: head, text: Array(metrics.utf8)))
        case .slowOperations: ask.send(.response, slow)
        case .recording:
            let parts = [Array("MART".utf8), Array("REC1".utf8)]
            for part in parts { ask.send(.stream, RecordingResponse(part: part)) }
            let whole = parts.flatMap { $0 }
            ask.send(
                .response,
                RecordingResponse(
                    header: head, bytes: UInt64(whole.count),
                    checksum: CRC32C.of(whole) ^ (isRecordingDamaged ? 1 : 0)))
        case .alarms:
            let request: AlarmsRequest = ask.read()
            if request.action == .clear {
                alarms.removeAll { $0.kind == request.kind && $0.member == request.member }
            }
            ask.send(
                .response,
                AlarmsResponse(header: head, alarms: alarms, clusterTime: 90_000_000_000))
        case .scrub:
            ask.send(
                .response,
                ScrubResponse(
                    header: head, name: "a", passes: 2, secondsAgo: 60, bytes: 1 << 20,
                    checked: 1234, damaged: 1, damage: ["log segment 3 is damaged at byte 4096"]))
        case .digest:
            let request: DigestRequest = ask.read()
            ask.send(
                .response,
                DigestResponse(
                    header: head, appliedIndex: 7, digest: 0xD, revision: request.revision,
                    keys: Int64(pairs.count), keysDigest: 0xD1, name: "a"))
        case .memberList: ask.send(.response, list)
        case .memberAdd:
            let request: MemberAddRequest = ask.read()
            members.append(
                MemberInfo(
                    id: 0xD, name: request.name, peerAddress: request.peerAddress,
                    clientAddresses: request.clientAddresses, learner: true))
            ask.send(.response, list)
        case .memberRemove:
            let request: MemberRemoveRequest = ask.read()
            members.removeAll { $0.id == request.id }
            ask.send(.response, list)
        case .memberPromote:
            let request: MemberPromoteRequest = ask.read()
            for index in members.indices where members[index].id == request.id {
                members[index].learner = false
            }
            ask.send(.response, list)
        case .memberUpdate:
            let request: MemberUpdateRequest = ask.read()
            for index in members.indices where members[index].id == request.id {
                if !request.name.isEmpty { members[index].name = request.name }
                if !request.peerAddress.isEmpty { members[index].peerAddress = request.peerAddress }
            }
            ask.send(.response, list)
        case .memberReplace:
            let request: MemberReplaceRequest = ask.read()
            var answer = list
            answer.addedID = 0xE
            let old = members.first { $0.id == request.oldID }
            if !request.giveUp {
                answer.replacement = Replacement(
                    oldID: request.oldID, oldName: old?.name ?? "", newID: 0xE, name: request.name,
                    peerAddress: request.peerAddress)
            }
            ask.send(.response, answer)
        case .clusterVersion:
            let request: ClusterVersionRequest = ask.read()
            ask.send(
                .response,
                ClusterVersionResponse(
                    header: head, clusterVersion: 2,
                    members: [
                        MemberVersion(memberID: 0xA, name: "a", supported: 2),
                        MemberVersion(memberID: 0xB, name: "b"),
                    ], objection: request.downgradeTo == 1 ? "the data is of version 0.2" : ""))
        case .moveLeader:
            let request: MoveLeaderRequest = ask.read()
            leader = request.targetID == 0 ? 0xB : request.targetID
            ask.send(.response, MoveLeaderResponse(header: head, leaderID: leader))
        default: ask.fail(.unknownMethod, "method \(ask.header.method.rawValue) is not known")
        }
    }

    private var list: MemberListResponse {
        MemberListResponse(header: head, members: members, leaderID: leader)
    }

    private var status: StatusResponse {
        StatusResponse(
            header: head, version: "0.1.0", name: "a", role: leader == 0xA ? .leader : .follower,
            leaderID: leader, commitIndex: 12, appliedIndex: 12, durableIndex: 12,
            compactedRevision: compacted, keys: Int64(pairs.count), leases: Int64(leases.count),
            watchers: Int64(watches.count), diskBytes: 67_108_864, residentBytes: residentBytes,
            proposals: 9, digest: 0xD1, uptimeSeconds: 3_725)
    }
}
