// Made by proto/generate from proto/tree.proto. Do not edit.

internal import CProtobuf
package import Units

package enum TreeAction: RawRepresentable, Hashable, Sendable {
    case get
    /// Puts a file, or an empty directory, over whatever file was there. 102 over a directory, 104,
    /// 107.
    case set
    /// Puts what must not be there yet. 104, 105, 107.
    case create
    /// Creates a child of `path` with the new index as its name, in twenty digits. 104, 105.
    case createInOrder
    /// Changes a node that must be there: value and time to live of a file, time to live of a
    /// directory
    /// (102 if there is a value). The event about a directory shows the new index, the directory
    /// itself
    /// keeps its old one. 100, 104, 107.
    case update
    /// UPDATE of a file, if it is as given. 100, 101, 102, 104, 107.
    case compareAndSwap
    /// DELETE of a file, if it is as given. 100, 101, 102, 104.
    case compareAndDelete
    /// 100, 102 (a directory, and neither `directory` nor `recursive`), 104, 107, 108.
    case delete
    /// Of events only: the node's time was over.
    case expire
    /// A number that this version has no name for.
    case unrecognized(Int32)

    package init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .get
        case 1: self = .set
        case 2: self = .create
        case 3: self = .createInOrder
        case 4: self = .update
        case 5: self = .compareAndSwap
        case 6: self = .compareAndDelete
        case 7: self = .delete
        case 8: self = .expire
        default: self = .unrecognized(rawValue)
        }
    }

    package var rawValue: Int32 {
        switch self {
        case .get: 0
        case .set: 1
        case .create: 2
        case .createInOrder: 3
        case .update: 4
        case .compareAndSwap: 5
        case .compareAndDelete: 6
        case .delete: 7
        case .expire: 8
        case .unrecognized(let number): number
        }
    }
}

/// One look or change. GET is linearizable unless `serializable`; all others go through the log.
package struct TreeRequest: WireMessage {
    package var action: TreeAction
    package var path: [UInt8]
    package var value: [UInt8]
    /// SET, CREATE, CREATE_IN_ORDER: make a directory; the value is not used. DELETE: also a
    /// directory,
    /// if it is empty.
    package var directory: Bool
    /// GET: all that is below, not the children alone. DELETE: a directory with all that is in it.
    package var recursive: Bool
    /// The node ends after `ttl` seconds, 0 being at once. Without it, it stays, even if it was to
    /// end.
    package var expires: Bool
    package var ttl: UInt64
    /// What the caller's clock will show then, in nanoseconds since 1970; for people.
    package var expiration: Int64
    /// SET, UPDATE, COMPARE_AND_SWAP: keep the value, which must not be given, and tell no watches.
    package var refresh: Bool
    /// COMPARE_AND_…: the value is this, if it is not empty; the last change has this index, if it
    /// is
    /// not 0. With neither, any file will do.
    package var previousValue: [UInt8]
    package var previousIndex: UInt64
    /// GET: what this member has now, without asking the others; may be old.
    package var serializable: Bool
    /// GET: answered by a stream of `nodes`, and a last answer with `node`. One answer of more than
    /// 2 MiB is refused with FRAME_TOO_LARGE, a stream of more than 64 MiB too. All parts show the
    /// tree
    /// at one index.
    package var chunked: Bool

    package init() { self.init(action: TreeAction(rawValue: 0)) }

    package init(
        action: TreeAction = TreeAction(rawValue: 0),
        path: [UInt8] = [],
        value: [UInt8] = [],
        directory: Bool = false,
        recursive: Bool = false,
        expires: Bool = false,
        ttl: UInt64 = 0,
        expiration: Int64 = 0,
        refresh: Bool = false,
        previousValue: [UInt8] = [],
        previousIndex: UInt64 = 0,
        serializable: Bool = false,
        chunked: Bool = false
    ) {
        self.action = action
        self.path = path
        self.value = value
        self.directory = directory
        self.recursive = recursive
        self.expires = expires
        self.ttl = ttl
        self.expiration = expiration
        self.refresh = refresh
        self.previousValue = previousValue
        self.previousIndex = previousIndex
        self.serializable = serializable
        self.chunked = chunked
    }
}

extension TreeRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension TreeRequest: @unsafe Packed {
    static var name: StaticString { "TreeRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Tree__TreeRequest>) {
        unsafe martlet__tree__tree_request__init(raw)
    }

    init(unpacking raw: Martlet__Tree__TreeRequest) {
        self.init()
        action = unsafe TreeAction(rawValue: Int32(bitPattern: raw.action.rawValue))
        path = unsafe [UInt8](unpacking: raw.path)
        value = unsafe [UInt8](unpacking: raw.value)
        directory = unsafe raw.directory != 0
        recursive = unsafe raw.recursive != 0
        expires = unsafe raw.expires != 0
        ttl = unsafe raw.ttl
        expiration = unsafe raw.expiration
        refresh = unsafe raw.refresh != 0
        previousValue = unsafe [UInt8](unpacking: raw.previous_value)
        previousIndex = unsafe raw.previous_index
        serializable = unsafe raw.serializable != 0
        chunked = unsafe raw.chunked != 0
    }

    func pack(into raw: inout Martlet__Tree__TreeRequest, _ arena: Arena) {
        unsafe raw.action = .init(rawValue: UInt32(bitPattern: action.rawValue))
        unsafe raw.path = arena.copy(path)
        unsafe raw.value = arena.copy(value)
        unsafe raw.directory = directory ? 1 : 0
        unsafe raw.recursive = recursive ? 1 : 0
        unsafe raw.expires = expires ? 1 : 0
        unsafe raw.ttl = ttl
        unsafe raw.expiration = expiration
        unsafe raw.refresh = refresh ? 1 : 0
        unsafe raw.previous_value = arena.copy(previousValue)
        unsafe raw.previous_index = previousIndex
        unsafe raw.serializable = serializable ? 1 : 0
        unsafe raw.chunked = chunked ? 1 : 0
    }
}

package struct TreeNode: WireMessage {
    /// Empty for the root.
    package var key: [UInt8]
    package var value: [UInt8]
    /// Directories have none, nor has what is gone.
    package var hasValue: Bool
    package var directory: Bool
    /// The node ends after `ttl` seconds; 0 is at once.
    package var expires: Bool
    package var ttl: Int64
    package var expiration: Int64
    /// Index of the last change, and of the creation. SET creates anew. 0 for the root.
    package var modifiedIndex: UInt64
    package var createdIndex: UInt64

    package init() { self.init(key: []) }

    package init(
        key: [UInt8] = [],
        value: [UInt8] = [],
        hasValue: Bool = false,
        directory: Bool = false,
        expires: Bool = false,
        ttl: Int64 = 0,
        expiration: Int64 = 0,
        modifiedIndex: UInt64 = 0,
        createdIndex: UInt64 = 0
    ) {
        self.key = key
        self.value = value
        self.hasValue = hasValue
        self.directory = directory
        self.expires = expires
        self.ttl = ttl
        self.expiration = expiration
        self.modifiedIndex = modifiedIndex
        self.createdIndex = createdIndex
    }
}

extension TreeNode {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension TreeNode: @unsafe Packed {
    static var name: StaticString { "TreeNode" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Tree__TreeNode>) {
        unsafe martlet__tree__tree_node__init(raw)
    }

    init(unpacking raw: Martlet__Tree__TreeNode) {
        self.init()
        key = unsafe [UInt8](unpacking: raw.key)
        value = unsafe [UInt8](unpacking: raw.value)
        hasValue = unsafe raw.has_value != 0
        directory = unsafe raw.directory != 0
        expires = unsafe raw.expires != 0
        ttl = unsafe raw.ttl
        expiration = unsafe raw.expiration
        modifiedIndex = unsafe raw.modified_index
        createdIndex = unsafe raw.created_index
    }

    func pack(into raw: inout Martlet__Tree__TreeNode, _ arena: Arena) {
        unsafe raw.key = arena.copy(key)
        unsafe raw.value = arena.copy(value)
        unsafe raw.has_value = hasValue ? 1 : 0
        unsafe raw.directory = directory ? 1 : 0
        unsafe raw.expires = expires ? 1 : 0
        unsafe raw.ttl = ttl
        unsafe raw.expiration = expiration
        unsafe raw.modified_index = modifiedIndex
        unsafe raw.created_index = createdIndex
    }
}

package struct TreeFailure: WireMessage {
    /// 100 to 401, as above.
    package var code: UInt32
    package var message: String
    /// Bytes, as paths and values are.
    package var cause: [UInt8]
    package var index: UInt64

    package init() { self.init(code: 0) }

    package init(code: UInt32 = 0, message: String = "", cause: [UInt8] = [], index: UInt64 = 0) {
        self.code = code
        self.message = message
        self.cause = cause
        self.index = index
    }
}

extension TreeFailure {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension TreeFailure: @unsafe Packed {
    static var name: StaticString { "TreeFailure" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Tree__TreeFailure>) {
        unsafe martlet__tree__tree_failure__init(raw)
    }

    init(unpacking raw: Martlet__Tree__TreeFailure) {
        self.init()
        code = unsafe raw.code
        message = unsafe String(unpacking: raw.message)
        cause = unsafe [UInt8](unpacking: raw.cause)
        index = unsafe raw.index
    }

    func pack(into raw: inout Martlet__Tree__TreeFailure, _ arena: Arena) {
        unsafe raw.code = code
        unsafe raw.message = arena.copy(message)
        unsafe raw.cause = arena.copy(cause)
        unsafe raw.index = index
    }
}

package struct TreeResponse: WireMessage {
    package var clusterID: UInt64
    /// The member that answered.
    package var memberID: UInt64
    package var raftTerm: UInt64
    package var raftIndex: UInt64
    /// The tree's index as the answer was made; of a change, its own.
    package var index: UInt64
    package var action: TreeAction
    package var node: TreeNode?
    /// As it was before the change.
    package var previous: TreeNode?
    /// Of a listing, in order of their names; each directory before what is in it.
    package var nodes: [TreeNode]
    /// The first answer of a watch: it is there. No event.
    package var created: Bool
    /// Why nothing was done. Then there are no nodes.
    package var failure: TreeFailure?

    package init() { self.init(clusterID: 0) }

    package init(
        clusterID: UInt64 = 0,
        memberID: UInt64 = 0,
        raftTerm: UInt64 = 0,
        raftIndex: UInt64 = 0,
        index: UInt64 = 0,
        action: TreeAction = TreeAction(rawValue: 0),
        node: TreeNode? = nil,
        previous: TreeNode? = nil,
        nodes: [TreeNode] = [],
        created: Bool = false,
        failure: TreeFailure? = nil
    ) {
        self.clusterID = clusterID
        self.memberID = memberID
        self.raftTerm = raftTerm
        self.raftIndex = raftIndex
        self.index = index
        self.action = action
        self.node = node
        self.previous = previous
        self.nodes = nodes
        self.created = created
        self.failure = failure
    }
}

extension TreeResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension TreeResponse: @unsafe Packed {
    static var name: StaticString { "TreeResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Tree__TreeResponse>) {
        unsafe martlet__tree__tree_response__init(raw)
    }

    init(unpacking raw: Martlet__Tree__TreeResponse) {
        self.init()
        clusterID = unsafe raw.cluster_id
        memberID = unsafe raw.member_id
        raftTerm = unsafe raw.raft_term
        raftIndex = unsafe raw.raft_index
        index = unsafe raw.index
        action = unsafe TreeAction(rawValue: Int32(bitPattern: raw.action.rawValue))
        node = unsafe TreeNode?(unpacking: raw.node)
        previous = unsafe TreeNode?(unpacking: raw.previous)
        nodes = unsafe Array(unpacking: raw.nodes, raw.n_nodes)
        created = unsafe raw.created != 0
        failure = unsafe TreeFailure?(unpacking: raw.failure)
    }

    func pack(into raw: inout Martlet__Tree__TreeResponse, _ arena: Arena) {
        unsafe raw.cluster_id = clusterID
        unsafe raw.member_id = memberID
        unsafe raw.raft_term = raftTerm
        unsafe raw.raft_index = raftIndex
        unsafe raw.index = index
        unsafe raw.action = .init(rawValue: UInt32(bitPattern: action.rawValue))
        unsafe raw.node = arena.copy(node)
        unsafe raw.previous = arena.copy(previous)
        unsafe raw.n_nodes = nodes.count
        unsafe raw.nodes = arena.copy(nodes)
        unsafe raw.created = created ? 1 : 0
        unsafe raw.failure = arena.copy(failure)
    }
}

/// Tells of events, one in each answer, from an index on: first of those that are remembered (the
/// last
/// 10,000, or fewer if they are over 64 MiB, but always 1,000), then as they happen. What happens
/// at
/// `path` is told of, and what happens below it if `recursive`; and the end of a directory above,
/// with
/// that directory's event. Refreshes are not told of.
///
/// The first answer is `created`, with the index at that time. A slow reader loses nothing while
/// what it has not seen is remembered; after that the stream ends, as one does that begins too
/// early,
/// with a last answer that holds failure 401: look again, and watch from that index + 1.
package struct TreeWatchRequest: WireMessage {
    package var path: [UInt8]
    package var recursive: Bool
    /// The first index that is wanted; 0 from now on. One that is to come is waited for.
    package var waitIndex: UInt64
    /// The first event ends the stream, as its last answer.
    package var once: Bool

    package init() { self.init(path: []) }

    package init(
        path: [UInt8] = [], recursive: Bool = false, waitIndex: UInt64 = 0, once: Bool = false
    ) {
        self.path = path
        self.recursive = recursive
        self.waitIndex = waitIndex
        self.once = once
    }
}

extension TreeWatchRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension TreeWatchRequest: @unsafe Packed {
    static var name: StaticString { "TreeWatchRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Tree__TreeWatchRequest>) {
        unsafe martlet__tree__tree_watch_request__init(raw)
    }

    init(unpacking raw: Martlet__Tree__TreeWatchRequest) {
        self.init()
        path = unsafe [UInt8](unpacking: raw.path)
        recursive = unsafe raw.recursive != 0
        waitIndex = unsafe raw.wait_index
        once = unsafe raw.once != 0
    }

    func pack(into raw: inout Martlet__Tree__TreeWatchRequest, _ arena: Arena) {
        unsafe raw.path = arena.copy(path)
        unsafe raw.recursive = recursive ? 1 : 0
        unsafe raw.wait_index = waitIndex
        unsafe raw.once = once ? 1 : 0
    }
}

package struct TreeStatisticsRequest: WireMessage {

    package init() {}
}

extension TreeStatisticsRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension TreeStatisticsRequest: @unsafe Packed {
    static var name: StaticString { "TreeStatisticsRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Tree__TreeStatisticsRequest>) {
        unsafe martlet__tree__tree_statistics_request__init(raw)
    }

    init(unpacking raw: Martlet__Tree__TreeStatisticsRequest) {
        self.init()
    }

    func pack(into raw: inout Martlet__Tree__TreeStatisticsRequest, _ arena: Arena) {
    }
}

/// What was done how often. Looks and watches are this member's since its start; the others are the
/// cluster's since it was founded.
package struct TreeStatisticsResponse: WireMessage {
    package var index: UInt64
    package var getsSuccess: UInt64
    package var getsFail: UInt64
    package var setsSuccess: UInt64
    package var setsFail: UInt64
    package var updateSuccess: UInt64
    package var updateFail: UInt64
    package var createSuccess: UInt64
    package var createFail: UInt64
    package var deleteSuccess: UInt64
    package var deleteFail: UInt64
    package var compareAndSwapSuccess: UInt64
    package var compareAndSwapFail: UInt64
    package var compareAndDeleteSuccess: UInt64
    package var compareAndDeleteFail: UInt64
    package var expireCount: UInt64
    package var watchers: UInt64

    package init() { self.init(index: 0) }

    package init(
        index: UInt64 = 0,
        getsSuccess: UInt64 = 0,
        getsFail: UInt64 = 0,
        setsSuccess: UInt64 = 0,
        setsFail: UInt64 = 0,
        updateSuccess: UInt64 = 0,
        updateFail: UInt64 = 0,
        createSuccess: UInt64 = 0,
        createFail: UInt64 = 0,
        deleteSuccess: UInt64 = 0,
        deleteFail: UInt64 = 0,
        compareAndSwapSuccess: UInt64 = 0,
        compareAndSwapFail: UInt64 = 0,
        compareAndDeleteSuccess: UInt64 = 0,
        compareAndDeleteFail: UInt64 = 0,
        expireCount: UInt64 = 0,
        watchers: UInt64 = 0
    ) {
        self.index = index
        self.getsSuccess = getsSuccess
        self.getsFail = getsFail
        self.setsSuccess = setsSuccess
        self.setsFail = setsFail
        self.updateSuccess = updateSuccess
        self.updateFail = updateFail
        self.createSuccess = createSuccess
        self.createFail = createFail
        self.deleteSuccess = deleteSuccess
        self.deleteFail = deleteFail
        self.compareAndSwapSuccess = compareAndSwapSuccess
        self.compareAndSwapFail = compareAndSwapFail
        self.compareAndDeleteSuccess = compareAndDeleteSuccess
        self.compareAndDeleteFail = compareAndDeleteFail
        self.expireCount = expireCount
        self.watchers = watchers
    }
}

extension TreeStatisticsResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension TreeStatisticsResponse: @unsafe Packed {
    static var name: StaticString { "TreeStatisticsResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Tree__TreeStatisticsResponse>) {
        unsafe martlet__tree__tree_statistics_response__init(raw)
    }

    init(unpacking raw: Martlet__Tree__TreeStatisticsResponse) {
        self.init()
        index = unsafe raw.index
        getsSuccess = unsafe raw.gets_success
        getsFail = unsafe raw.gets_fail
        setsSuccess = unsafe raw.sets_success
        setsFail = unsafe raw.sets_fail
        updateSuccess = unsafe raw.update_success
        updateFail = unsafe raw.update_fail
        createSuccess = unsafe raw.create_success
        createFail = unsafe raw.create_fail
        deleteSuccess = unsafe raw.delete_success
        deleteFail = unsafe raw.delete_fail
        compareAndSwapSuccess = unsafe raw.compare_and_swap_success
        compareAndSwapFail = unsafe raw.compare_and_swap_fail
        compareAndDeleteSuccess = unsafe raw.compare_and_delete_success
        compareAndDeleteFail = unsafe raw.compare_and_delete_fail
        expireCount = unsafe raw.expire_count
        watchers = unsafe raw.watchers
    }

    func pack(into raw: inout Martlet__Tree__TreeStatisticsResponse, _ arena: Arena) {
        unsafe raw.index = index
        unsafe raw.gets_success = getsSuccess
        unsafe raw.gets_fail = getsFail
        unsafe raw.sets_success = setsSuccess
        unsafe raw.sets_fail = setsFail
        unsafe raw.update_success = updateSuccess
        unsafe raw.update_fail = updateFail
        unsafe raw.create_success = createSuccess
        unsafe raw.create_fail = createFail
        unsafe raw.delete_success = deleteSuccess
        unsafe raw.delete_fail = deleteFail
        unsafe raw.compare_and_swap_success = compareAndSwapSuccess
        unsafe raw.compare_and_swap_fail = compareAndSwapFail
        unsafe raw.compare_and_delete_success = compareAndDeleteSuccess
        unsafe raw.compare_and_delete_fail = compareAndDeleteFail
        unsafe raw.expire_count = expireCount
        unsafe raw.watchers = watchers
    }
}
