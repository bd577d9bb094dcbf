internal import Journal
internal import MVCC
internal import Raft
package import Units
internal import Wire

/// The counter: every request of a client comes in here.
extension Store {
    /// Takes a request of a client.
    ///
    /// - Parameters:
    ///   - method: the header's number; unknown ones are refused.
    ///   - deadline: when the caller stops waiting, nil for never.
    ///   - body: the request message; not kept.
    package mutating func request(
        session: SessionID, stream: UInt32, method: UInt32, deadline: Instant?, body: Bytes,
        at now: Instant
    ) {
        self.now = max(self.now, now)
        metrics.came(body.count)
        let call = Call(
            session: session, stream: stream, method: method, deadline: deadline,
            arrived: self.now)
        recorder.note(process, at: self.now)
        recorder.note(request: call, body, at: self.now)
        do throws(Refusal) {
            try Request.check(length: body, of: method)
            try checkHealth(method)
            if access.isEnabled { try authorise(call, body) }
            try dispatch(call, body)
            if !Request.isLogged(method) { audit(session, method, body, .none) }
        } catch {
            audit(session, method, body, error.error.code)
            refuse(session, stream, method, error)
        }
    }

    private mutating func dispatch(_ call: Call, _ body: Bytes) throws(Refusal) {
        if !alarms.isEmpty { try checkSpace(call.method, body) }
        switch Method(rawValue: Int32(truncatingIfNeeded: call.method)) {
        case .put:
            try Request.check(put: body)
            propose(call, body)
        case .deleteRange:
            try Request.check(delete: body)
            propose(call, body)
        case .txn: try transact(call, body)
        case .compact:
            try Request.check(compact: body, mvcc)
            propose(call, body)
        case .leaseGrant: try grant(call, body)
        case .leaseRevoke:
            _ = try LeaseRevokeRequest(request: body)
            propose(call, body)
        case .leaseKeepAlive where versions.cluster < .second:
            _ = try LeaseKeepAliveRequest(request: body)
            propose(call, body)
        case .leaseKeepAlive: try keepAlive(call, body)
        case .leaseKeepAliveMany:
            try checkKeepAliveMany(body)
            propose(call, body)
        case .sessionOpen: try openSession(call, body)
        case .sessionClose: try closeSession(call, body)
        case .once: try once(call, body)
        case .lock:
            try Request.check(lock: body)
            askForPlace(call, body)
        case .campaign:
            try Request.check(campaign: body)
            askForPlace(call, body)
        case .unlock:
            try Request.check(unlock: body)
            propose(call, body)
        case .proclaim:
            try Request.check(proclaim: body)
            propose(call, body)
        case .resign:
            try Request.check(resign: body)
            propose(call, body)
        case .electionLeader, .electionObserve: try readElection(call, body)
        case .range: try range(call, body)
        case .watch: try watch(call, body)
        case .watchProgress: try requestProgress(call, body)
        case .leaseTimeToLive: try timeToLive(call, body)
        case .leaseList: try listLeases(call, body)
        case .status: try status(call, body)
        case .backup: try backup(call, body)
        case .metrics: try tellMetrics(call, body)
        case .slowOperations: try tellSlow(call, body)
        case .recording: try tellRecording(call, body)
        case .memberList: try listMembers(call, body)
        case .memberAdd: try addMember(call, body)
        case .memberRemove: try removeMember(call, body)
        case .memberPromote: try promoteMember(call, body)
        case .memberUpdate: try updateMember(call, body)
        case .memberReplace: try beginReplacement(call, body)
        case .clusterVersion: try answerVersion(call, body)
        case .moveLeader: try moveLeader(call, body)
        case .authenticate: try authenticate(call, body)
        case .authStatus: try accessStatus(call, body)
        case .authEnable: try enableAccess(call, body)
        case .userAdd: try prepareUser(call, body)
        case .userPassword: try preparePassword(call, body)
        case .roleAdd:
            try Access.check(name: RoleAddRequest(request: body).name, of: "role")
            propose(call, body)
        case .authDisable, .userDelete, .userGrantRole, .userRevokeRole, .roleDelete, .roleGrant,
            .roleRevoke, .quotaSet:
            propose(call, body)
        case .userGet, .userList, .roleGet, .roleList, .quotaList:
            try read(call, body, serializable: false)
        case .tree: try tree(call, body)
        case .treeWatch: try watchTree(call, body)
        case .treeStatistics: try treeStatistics(call, body)
        case .alarms: try alarms(call, body)
        case .digest: try digest(call, body)
        case .scrub:
            // How far it is, nobody records.
            recorder.isPrivate = true
            try scrub(call, body)
        default: throw .unknownMethod(call.method)
        }
    }

    mutating func propose(_ call: Call, _ body: Bytes) {
        propose(
            call.method, body, session: call.session, stream: call.stream, deadline: call.deadline)
    }

    /// A transaction that only reads needs no entry; the rest goes through the log.
    private mutating func transact(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try TxnRequest(request: body)
        let transaction = try Transaction(request)
        if transaction.writes {
            propose(call, body)
        } else {
            try read(call, body, serializable: false)
        }
    }

    private mutating func grant(_ call: Call, _ body: Bytes) throws(Refusal) {
        var request = try LeaseGrantRequest(request: body)
        try Request.check(request)
        if request.id == 0 { request.id = Int64(chance.next() >> 1) | 1 }
        propose(call, request.encoded.span)
    }
}

/// Who asked, and how long they wait.
struct Call {
    var session: SessionID
    var stream: UInt32
    var method: UInt32
    var deadline: Instant?
    var arrived = Instant.zero
}

extension Request {
    /// Commands of the log are told of when they are carried out, and passwords when they are
    /// checked; other changes when they are begun.
    static func isLogged(_ method: UInt32) -> Bool {
        switch Method(rawValue: Int32(truncatingIfNeeded: method)) {
        case .memberAdd, .memberRemove, .memberPromote, .memberUpdate, .memberReplace, .moveLeader,
            .alarms, .scrub, .backup, .recording, .clusterVersion:
            false
        default: true
        }
    }
}

/// What can be said of a request from its bytes alone, before it costs a log entry.
enum Request {
    /// What is too long says so by its longest part.
    static func check(length body: Bytes, of method: UInt32) throws(Refusal) {
        guard body.count > Limits.request else { return }
        if method == UInt32(bitPattern: Method.put.rawValue) {
            do throws(Refusal) {
                try check(put: body)
            } catch {
                if error.error.code == .valueTooLarge { throw error }
            }
        }
        throw .invalid("request of \(body.count) bytes is over the limit of \(Limits.request)")
    }

    static func check(put body: Bytes) throws(Refusal) {
        let view = try PutView(request: body)
        try check(key: view.key.count)
        guard view.value.count <= MVCC::Limits.value else {
            throw Refusal(MVCC::Failure.valueTooLarge(limit: MVCC::Limits.value))
        }
    }

    static func check(key length: Int) throws(Refusal) {
        guard length > 0 else { throw Refusal(MVCC::Failure.keyEmpty) }
        guard length <= MVCC::Limits.key else {
            throw Refusal(MVCC::Failure.keyTooLong(limit: MVCC::Limits.key))
        }
    }

    static func check(delete body: Bytes) throws(Refusal) {
        let request = try DeleteRangeRequest(request: body)
        _ = try KeyRange(request.key, request.rangeEnd)
    }

    static func check(compact body: Bytes, _ state: MVCC) throws(Refusal) {
        let request = try CompactRequest(request: body)
        guard request.revision > 0 else {
            throw .invalid("compaction to revision \(request.revision): revisions begin at 1")
        }
    }

    static func check(_ request: LeaseGrantRequest) throws(Refusal) {
        guard MVCC::Limits.timeToLive.contains(request.ttl) else {
            throw Refusal(MVCC::Failure.invalidTTL(MVCC::Limits.timeToLive))
        }
        guard request.id >= 0 else { throw .invalid("lease id \(request.id) is negative") }
    }
}
