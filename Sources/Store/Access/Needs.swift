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
    /// To read the path, and, where it is a directory, what is in it.
    case listing(Tree.Path)
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
        case .leaseKeepAliveMany:
            try LeaseKeepAliveManyRequest(request: body).ids.map { .lease($0, .write) } + [.user]
        case .sessionOpen, .sessionClose: [.user]
        case .once: try once(body)
        case .lock:
            try line(LockRequest(request: body).name, .write)
        case .campaign: try line(CampaignRequest(request: body).name, .write)
        case .electionLeader: try line(ElectionLeaderRequest(request: body).name, .read)
        case .electionObserve: try line(ElectionObserveRequest(request: body).name, .read)
        case .unlock: [.keys(.single(try UnlockRequest(request: body).key), .write)]
        case .proclaim: [.keys(.single(try ProclaimRequest(request: body).key), .write)]
        case .resign: [.keys(.single(try ResignRequest(request: body).key), .write)]
        case .tree: try tree(TreeRequest(request: body))
        case .treeWatch: try tree(TreeWatchRequest(request: body))
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

    /// What the request inside needs. What cannot be wrapped is denied, whatever it is.
    private static func once(_ body: Bytes) throws(Refusal) -> [Need] {
        let request = try OnceRequest(request: body)
        guard request.method != 0 else { return [.user] }
        switch Method(rawValue: Int32(truncatingIfNeeded: request.method)) {
        case .put, .deleteRange, .txn, .compact, .leaseGrant, .leaseRevoke, .unlock, .proclaim,
            .resign, .tree:
            let inner = request.body
            return [.user] + (try of(request.method, inner.span))
        default: throw .invalid("method \(request.method) cannot be carried out by a session")
        }
    }

    /// A lock, and an election, is all keys that stand in its line.
    static func line(_ name: [UInt8], _ mode: Need.Mode) -> [Need] {
        [.keys(.prefix(Store.prefix(of: name)), mode)]
    }

    /// Every answer but those of creations shows what was there before.
    private static func tree(_ request: TreeRequest) throws(Refusal) -> [Need] {
        let path = try Tree.Path(request: request.path)
        switch request.action {
        case .get: return request.recursive ? below(path, .read) : [.listing(path)]
        case .create: return [.paths(.single(path.bytes), .write)]
        case .createInOrder: return below(path, .write)
        case .delete where request.recursive: return below(path, .write) + below(path, .read)
        default: return [.paths(.single(path.bytes), .write), .paths(.single(path.bytes), .read)]
        }
    }

    private static func tree(_ request: TreeWatchRequest) throws(Refusal) -> [Need] {
        watch(of: try Tree.Path(request: request.path), recursive: request.recursive)
    }

    static func watch(of path: Tree.Path, recursive: Bool) -> [Need] {
        recursive ? below(path, .read) : [.paths(.single(path.bytes), .read)]
    }

    /// On the path and on everything below it.
    static func below(_ path: Tree.Path, _ mode: Need.Mode) -> [Need] {
        [.paths(.single(path.bytes), mode), .paths(path.below, mode)]
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

extension Tree.Path {
    /// All paths below it.
    var below: KeyRange {
        let slash = UInt8(ascii: "/")
        return .prefix(bytes.last == slash ? bytes : bytes + [slash])
    }
}

extension Need {
    fileprivate static func lease(_ id: Int64, _ mode: Mode) -> Need {
        .lease(LeaseID(rawValue: id), mode)
    }
}
