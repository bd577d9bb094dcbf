internal import MVCC
internal import Units
internal import Wire

/// One thing that somebody must be permitted for an operation to be done.
enum Need: Equatable {
    enum Mode: Equatable { case read, write }

    /// Nothing: not even to be somebody.
    case nothing
    /// To be a user, whichever.
    case user
    /// To be this user, or to have the role "root".
    case own(String)
    /// To have this role, or the role "root".
    case bearer(String)
    case keys(KeyRange, Mode)
    /// On every key that hangs on the lease.
    case lease(LeaseID, Mode)
    /// Paths of the directory tree.
    case paths(KeyRange, Mode)
    case right(ClusterRight)
    /// To have the role "root".
    case root
}

/// What each operation needs: the one place where that is said.
///
/// The whole tree of an operation is opened: transactions inside transactions, on the path that will
/// be taken and on the other; what compares look at; what is answered besides.
enum Needs {
    /// - Throws: the refusal of a request that does not parse or names an impossible range, and of a
    ///   method that is not known.
    static func of(_ method: UInt32, _ body: Bytes) throws(Refusal) -> [Need] {
        switch Method(rawValue: Int32(truncatingIfNeeded: method)) {
        case .put: try put(body)
        case .range: try range(RangeRequest(request: body))
        case .deleteRange: try delete(DeleteRangeRequest(request: body))
        case .txn: try transaction(TxnRequest(request: body))
        case .watch: try watch(WatchRequest(request: body))
        case .watchProgress: [.user]
        case .leaseGrant: [.user]
        case .leaseRevoke: [.lease(try LeaseRevokeRequest(request: body).id, .write)]
        case .leaseKeepAlive: [.lease(try LeaseKeepAliveRequest(request: body).id, .write)]
        case .leaseTimeToLive: [.lease(try LeaseTimeToLiveRequest(request: body).id, .read)]
        case .leaseKeepAliveMany: [.root]
        case .sessionOpen, .sessionClose, .once, .lock, .unlock, .campaign, .proclaim, .resign,
            .electionLeader, .electionObserve:
            [.root]
        case .tree, .treeWatch: [.root]
        case .status: [.user]
        case .leaseList, .memberList, .treeStatistics, .digest, .metrics, .slowOperations:
            [.right(.inspect)]
        case .memberAdd, .memberRemove, .memberPromote, .memberUpdate, .memberReplace, .moveLeader:
            [.right(.members)]
        case .compact, .alarms, .clusterVersion, .scrub: [.right(.upkeep)]
        case .backup, .recording: [.right(.backups)]
        case .quotaList: [.right(.inspect)]
        case .authenticate, .authStatus: [.nothing]
        case .userGet: [.own(try UserGetRequest(request: body).name)]
        case .userPassword: [.own(try UserPasswordRequest(request: body).name)]
        case .roleGet: [.bearer(try RoleGetRequest(request: body).name)]
        case .authEnable, .authDisable, .userAdd, .userList, .userDelete, .userGrantRole,
            .userRevokeRole, .roleAdd, .roleList, .roleDelete, .roleGrant, .roleRevoke, .quotaSet:
            [.root]
        // Members speak at a door of their own.
        case .none, .peer, .unrecognized: throw .unknownMethod(method)
        }
    }

    private static func put(_ body: Bytes) throws(Refusal) -> [Need] {
        let view = try PutView(request: body)
        return put(
            body.extracting(view.key).array, lease: view.lease,
            reads: view.previous || view.ignoreValue)
    }

    private static func put(_ key: [UInt8], lease: Int64, reads: Bool) -> [Need] {
        let range = KeyRange.single(key)
        var needs = [Need.keys(range, .write)]
        if reads { needs.append(.keys(range, .read)) }
        if lease != 0 { needs.append(.lease(lease, .write)) }
        return needs
    }

    private static func range(_ request: RangeRequest) throws(Refusal) -> [Need] {
        [.keys(try KeyRange(request.key, request.rangeEnd), .read)]
    }

    private static func delete(_ request: DeleteRangeRequest) throws(Refusal) -> [Need] {
        let range = try KeyRange(request.key, request.rangeEnd)
        return [.keys(range, .write)] + (request.previous ? [.keys(range, .read)] : [])
    }

    private static func watch(_ request: WatchRequest) throws(Refusal) -> [Need] {
        [.keys(try KeyRange(request.key, request.rangeEnd), .read)]
    }

    private static func transaction(_ request: TxnRequest) throws(Refusal) -> [Need] {
        var needs = [Need.user]
        for compare in request.compare {
            needs.append(.keys(try KeyRange(compare.key, compare.rangeEnd), .read))
        }
        for operation in request.success + request.failure {
            needs += try of(operation)
        }
        return needs
    }

    private static func of(_ operation: Operation) throws(Refusal) -> [Need] {
        switch operation.operation {
        case .range(let request): try range(request)
        case .put(let request):
            put(request.key, lease: request.lease, reads: request.previous || request.ignoreValue)
        case .deleteRange(let request): try delete(request)
        case .txn(let request): try transaction(request)
        case nil: throw .invalid("an operation of the transaction is empty")
        }
    }
}

extension Need {
    fileprivate static func lease(_ id: Int64, _ mode: Mode) -> Need {
        .lease(LeaseID(rawValue: id), mode)
    }
}
