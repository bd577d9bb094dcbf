internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// The directory tree at the counter: who looks, who waits. What it holds is in `MVCC`.
struct Directory {
    /// A command that ends nodes is on its way.
    var isExpiring = false
    /// Of this member since its start.
    var looks = Tree.Statistics.Tally()
    var watches = DirectoryWatches()
    /// Listings that may have something to send.
    var listings: [(SessionID, UInt32)] = []
    /// Bytes of listings that are not sent yet.
    var listingBytes = 0

    var wantsTurn: Bool { !listings.isEmpty || !watches.waking.isEmpty }
}

extension Tree.Path {
    init(request bytes: [UInt8]) throws(Refusal) {
        do throws(Unfit) {
            try self.init(bytes)
        } catch {
            if case .tooLong = error { throw Refusal(.keyTooLong, "\(error)") }
            throw .invalid("\(error)")
        }
    }
}

extension Tree.Command {
    init(_ request: TreeRequest) throws(Refusal) {
        guard let action = Tree.Action(request.action) else {
            throw .invalid("action \(request.action.rawValue) is not one that changes the tree")
        }
        guard request.value.count <= MVCC::Limits.treeValue else {
            throw Refusal(MVCC::Failure.valueTooLarge(limit: MVCC::Limits.treeValue))
        }
        self.init(action, try Tree.Path(request: request.path), value: request.value)
        isDirectory = request.directory
        ttl = request.expires ? request.ttl : nil
        expiration = request.expiration
        recursive = request.recursive
        refresh = request.refresh
        previousValue = request.previousValue
        previousIndex = request.previousIndex
    }
}

extension Tree.Action {
    init?(_ action: TreeAction) {
        switch action {
        case .set: self = .set
        case .create: self = .create
        case .createInOrder: self = .createInOrder
        case .update: self = .update
        case .compareAndSwap: self = .compareAndSwap
        case .compareAndDelete: self = .compareAndDelete
        case .delete: self = .delete
        case .get, .expire, .unrecognized: return nil
        }
    }

    var message: TreeAction { TreeAction(rawValue: Int32(rawValue)) }
}

extension TreeNode {
    init(_ node: Tree.Node) {
        self.init(
            key: node.key, value: node.value ?? [], hasValue: node.value != nil,
            directory: node.isDirectory, expires: node.expires, ttl: node.ttl,
            expiration: node.expiration, modifiedIndex: node.modified, createdIndex: node.created)
    }
}

extension TreeResponse {
    mutating func fail(_ failure: Tree.Failure) {
        self.failure = TreeFailure(
            code: failure.code.rawValue, message: failure.code.message, cause: failure.cause,
            index: failure.index)
    }

    mutating func tell(_ event: Tree.Event) {
        action = event.action.message
        node = TreeNode(event.node)
        previous = event.previous.map(TreeNode.init)
    }
}

/// Commands.
extension Store {
    var treeResponse: TreeResponse {
        TreeResponse(
            clusterID: identity.cluster, memberID: identity.member.rawValue,
            raftTerm: raft.term.rawValue, raftIndex: raft.commitIndex.rawValue,
            index: mvcc.treeIndex)
    }

    mutating func tree(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try TreeRequest(request: body)
        guard request.action != .get else {
            _ = try Tree.Path(request: request.path)
            return try read(call, body, serializable: request.serializable)
        }
        let command = try Tree.Command(request)
        do throws(Tree.Failure) {
            try command.check()
        } catch {
            return answerTree(call, failure: error)
        }
        propose(
            call.method, body, session: call.session, stream: call.stream, deadline: call.deadline)
    }

    private mutating func answerTree(_ call: Call, failure: Tree.Failure) {
        let start = effects.bytes.count
        var response = treeResponse
        response.fail(failure)
        response.encode(into: &effects.bytes)
        answer(call.session, call.stream, call.method, from: start)
    }

    mutating func changeTree(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let command = try Tree.Command(TreeRequest(request: body))
        if mvcc.treeIndex - directory.watches.delivered >= Limits.treeUntold { deliverTreeEvents() }
        let outcome: Result<Tree.Event, Tree.Failure>
        do throws(Tree.Failure) {
            outcome = .success(try mvcc.tree(command))
        } catch {
            outcome = .failure(error)
        }
        guard answer else { return }
        var response = treeResponse
        switch outcome {
        case .success(let event): response.tell(event)
        case .failure(let failure): response.fail(failure)
        }
        response.encode(into: &effects.bytes)
    }

    mutating func treeStatistics(_ call: Call, _ body: Bytes) throws(Refusal) {
        _ = try TreeStatisticsRequest(request: body)
        let counts = mvcc.treeStatistics
        let start = effects.bytes.count
        TreeStatisticsResponse(
            index: mvcc.treeIndex,
            getsSuccess: directory.looks.success, getsFail: directory.looks.fail,
            setsSuccess: counts.sets.success, setsFail: counts.sets.fail,
            updateSuccess: counts.updates.success, updateFail: counts.updates.fail,
            createSuccess: counts.creates.success, createFail: counts.creates.fail,
            deleteSuccess: counts.deletes.success, deleteFail: counts.deletes.fail,
            compareAndSwapSuccess: counts.compareAndSwaps.success,
            compareAndSwapFail: counts.compareAndSwaps.fail,
            compareAndDeleteSuccess: counts.compareAndDeletes.success,
            compareAndDeleteFail: counts.compareAndDeletes.fail, expireCount: counts.expired,
            watchers: UInt64(directory.watches.count)
        ).encode(into: &effects.bytes)
        answer(call.session, call.stream, call.method, from: start)
    }
}

/// Expiry: the leader says when, the log says it to all.
extension Store {
    /// When this member is to look at the calendar.
    var treeDeadline: Instant {
        guard raft.role == .leader, !directory.isExpiring, let end = mvcc.nextTreeExpiry else {
            return .never
        }
        return clusterClock.local(for: end, at: now)
    }

    mutating func expireTree() {
        guard raft.role == .leader, !directory.isExpiring, let end = mvcc.nextTreeExpiry,
            end <= clusterTime
        else { return }
        directory.isExpiring = true
        proposeInternally(InternalMethod.expireTree, [])
    }

    /// Ends what is over by the time of this very batch: what was refreshed by an earlier entry lives
    /// on, on every member alike.
    mutating func endTreeNodes() {
        directory.isExpiring = false
        for _ in 0..<Limits.treeExpiringRounds {
            deliverTreeEvents()
            guard mvcc.expireTree() == MVCC::Limits.treeExpiring else { return }
        }
    }
}
