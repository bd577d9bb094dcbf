// Made by proto/generate from proto/store.proto. Do not edit.

internal import CProtobuf
package import Units

package enum SortOrder: RawRepresentable, Hashable, Sendable {
    case unsorted
    case ascending
    case descending
    /// A number that this version has no name for.
    case unrecognized(Int32)

    package init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .unsorted
        case 1: self = .ascending
        case 2: self = .descending
        default: self = .unrecognized(rawValue)
        }
    }

    package var rawValue: Int32 {
        switch self {
        case .unsorted: 0
        case .ascending: 1
        case .descending: 2
        case .unrecognized(let number): number
        }
    }
}

package enum SortTarget: RawRepresentable, Hashable, Sendable {
    case byKey
    case byVersion
    case byCreate
    case byMod
    case byValue
    /// A number that this version has no name for.
    case unrecognized(Int32)

    package init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .byKey
        case 1: self = .byVersion
        case 2: self = .byCreate
        case 3: self = .byMod
        case 4: self = .byValue
        default: self = .unrecognized(rawValue)
        }
    }

    package var rawValue: Int32 {
        switch self {
        case .byKey: 0
        case .byVersion: 1
        case .byCreate: 2
        case .byMod: 3
        case .byValue: 4
        case .unrecognized(let number): number
        }
    }
}

package enum CompareResult: RawRepresentable, Hashable, Sendable {
    case equal
    case greater
    case less
    case notEqual
    /// A number that this version has no name for.
    case unrecognized(Int32)

    package init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .equal
        case 1: self = .greater
        case 2: self = .less
        case 3: self = .notEqual
        default: self = .unrecognized(rawValue)
        }
    }

    package var rawValue: Int32 {
        switch self {
        case .equal: 0
        case .greater: 1
        case .less: 2
        case .notEqual: 3
        case .unrecognized(let number): number
        }
    }
}

package enum CompareTarget: RawRepresentable, Hashable, Sendable {
    case version
    case create
    case mod
    case value
    case lease
    /// A number that this version has no name for.
    case unrecognized(Int32)

    package init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .version
        case 1: self = .create
        case 2: self = .mod
        case 3: self = .value
        case 4: self = .lease
        default: self = .unrecognized(rawValue)
        }
    }

    package var rawValue: Int32 {
        switch self {
        case .version: 0
        case .create: 1
        case .mod: 2
        case .value: 3
        case .lease: 4
        case .unrecognized(let number): number
        }
    }
}

package enum EventType: RawRepresentable, Hashable, Sendable {
    case put
    case delete
    /// A number that this version has no name for.
    case unrecognized(Int32)

    package init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .put
        case 1: self = .delete
        default: self = .unrecognized(rawValue)
        }
    }

    package var rawValue: Int32 {
        switch self {
        case .put: 0
        case .delete: 1
        case .unrecognized(let number): number
        }
    }
}

package enum Role: RawRepresentable, Hashable, Sendable {
    case follower
    case candidate
    case leader
    case learner
    /// A number that this version has no name for.
    case unrecognized(Int32)

    package init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .follower
        case 1: self = .candidate
        case 2: self = .leader
        case 3: self = .learner
        default: self = .unrecognized(rawValue)
        }
    }

    package var rawValue: Int32 {
        switch self {
        case .follower: 0
        case .candidate: 1
        case .leader: 2
        case .learner: 3
        case .unrecognized(let number): number
        }
    }
}

/// Stands in every answer.
package struct ResponseHeader: WireMessage {
    package var clusterID: UInt64
    /// The member that answered.
    package var memberID: UInt64
    /// The store's newest revision as the answer was made.
    package var revision: Int64
    package var raftTerm: UInt64

    package init() { self.init(clusterID: 0) }

    package init(
        clusterID: UInt64 = 0, memberID: UInt64 = 0, revision: Int64 = 0, raftTerm: UInt64 = 0
    ) {
        self.clusterID = clusterID
        self.memberID = memberID
        self.revision = revision
        self.raftTerm = raftTerm
    }
}

extension ResponseHeader {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension ResponseHeader: @unsafe Packed {
    static var name: StaticString { "ResponseHeader" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__ResponseHeader>) {
        unsafe martlet__store__response_header__init(raw)
    }

    init(unpacking raw: Martlet__Store__ResponseHeader) {
        self.init()
        clusterID = unsafe raw.cluster_id
        memberID = unsafe raw.member_id
        revision = unsafe raw.revision
        raftTerm = unsafe raw.raft_term
    }

    func pack(into raw: inout Martlet__Store__ResponseHeader, _ arena: Arena) {
        unsafe raw.cluster_id = clusterID
        unsafe raw.member_id = memberID
        unsafe raw.revision = revision
        unsafe raw.raft_term = raftTerm
    }
}

package struct KeyValue: WireMessage {
    package var key: [UInt8]
    package var createRevision: Int64
    package var modRevision: Int64
    /// 1 when created, then up by one with every put. In events of deletion: 0.
    package var version: Int64
    package var value: [UInt8]
    /// The lease whose end deletes this key; 0 for none.
    package var lease: Int64

    package init() { self.init(key: []) }

    package init(
        key: [UInt8] = [],
        createRevision: Int64 = 0,
        modRevision: Int64 = 0,
        version: Int64 = 0,
        value: [UInt8] = [],
        lease: Int64 = 0
    ) {
        self.key = key
        self.createRevision = createRevision
        self.modRevision = modRevision
        self.version = version
        self.value = value
        self.lease = lease
    }
}

extension KeyValue {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension KeyValue: @unsafe Packed {
    static var name: StaticString { "KeyValue" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__KeyValue>) {
        unsafe martlet__store__key_value__init(raw)
    }

    init(unpacking raw: Martlet__Store__KeyValue) {
        self.init()
        key = unsafe [UInt8](unpacking: raw.key)
        createRevision = unsafe raw.create_revision
        modRevision = unsafe raw.mod_revision
        version = unsafe raw.version
        value = unsafe [UInt8](unpacking: raw.value)
        lease = unsafe raw.lease
    }

    func pack(into raw: inout Martlet__Store__KeyValue, _ arena: Arena) {
        unsafe raw.key = arena.copy(key)
        unsafe raw.create_revision = createRevision
        unsafe raw.mod_revision = modRevision
        unsafe raw.version = version
        unsafe raw.value = arena.copy(value)
        unsafe raw.lease = lease
    }
}

/// Sets one key: a new revision, even when the value is the same. VALUE_TOO_LARGE, LEASE_NOT_FOUND,
/// KEY_NOT_FOUND (see ignore_value).
package struct PutRequest: WireMessage {
    package var key: [UInt8]
    package var value: [UInt8]
    package var lease: Int64
    /// Answer with the pair that was replaced.
    package var previous: Bool
    /// Keep the present value; the key must exist.
    package var ignoreValue: Bool
    /// Keep the present lease; the key must exist.
    package var ignoreLease: Bool

    package init() { self.init(key: []) }

    package init(
        key: [UInt8] = [],
        value: [UInt8] = [],
        lease: Int64 = 0,
        previous: Bool = false,
        ignoreValue: Bool = false,
        ignoreLease: Bool = false
    ) {
        self.key = key
        self.value = value
        self.lease = lease
        self.previous = previous
        self.ignoreValue = ignoreValue
        self.ignoreLease = ignoreLease
    }
}

extension PutRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension PutRequest: @unsafe Packed {
    static var name: StaticString { "PutRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__PutRequest>) {
        unsafe martlet__store__put_request__init(raw)
    }

    init(unpacking raw: Martlet__Store__PutRequest) {
        self.init()
        key = unsafe [UInt8](unpacking: raw.key)
        value = unsafe [UInt8](unpacking: raw.value)
        lease = unsafe raw.lease
        previous = unsafe raw.previous != 0
        ignoreValue = unsafe raw.ignore_value != 0
        ignoreLease = unsafe raw.ignore_lease != 0
    }

    func pack(into raw: inout Martlet__Store__PutRequest, _ arena: Arena) {
        unsafe raw.key = arena.copy(key)
        unsafe raw.value = arena.copy(value)
        unsafe raw.lease = lease
        unsafe raw.previous = previous ? 1 : 0
        unsafe raw.ignore_value = ignoreValue ? 1 : 0
        unsafe raw.ignore_lease = ignoreLease ? 1 : 0
    }
}

package struct PutResponse: WireMessage {
    package var header: ResponseHeader?
    /// What was replaced, when asked for and there was something.
    package var previous: KeyValue?

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil, previous: KeyValue? = nil) {
        self.header = header
        self.previous = previous
    }
}

extension PutResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension PutResponse: @unsafe Packed {
    static var name: StaticString { "PutResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__PutResponse>) {
        unsafe martlet__store__put_response__init(raw)
    }

    init(unpacking raw: Martlet__Store__PutResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        previous = unsafe KeyValue?(unpacking: raw.previous)
    }

    func pack(into raw: inout Martlet__Store__PutResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.previous = arena.copy(previous)
    }
}

/// Reads. INVALID_ARGUMENT for a negative limit or revision, COMPACTED, FUTURE_REVISION. The pairs
/// of a
/// linearizable read include every write that was answered, anywhere, before the read was sent.
///
/// Pairs come in ascending order of key unless sort_order or sort_target say otherwise; pairs that
/// are
/// equal in what they are sorted by come in ascending order of key. A range of any length can be
/// sorted
/// and sifted, a part at a time so that others have their turn; what is sorted by must fit into 64
/// MiB.
/// Inside a transaction it may be of at most 100,000 keys. Both INVALID_ARGUMENT.
package struct RangeRequest: WireMessage {
    package var key: [UInt8]
    package var rangeEnd: [UInt8]
    /// At most so many pairs; 0 for all.
    package var limit: Int64
    /// As of this revision; 0 for the newest.
    package var revision: Int64
    /// False: linearizable. True: what this member has now, without asking the others; may be old.
    package var serializable: Bool
    /// Pairs without their values.
    package var keysOnly: Bool
    /// No pairs at all.
    package var countOnly: Bool
    /// Answer by STREAM frames, each a RangeResponse with part of the pairs, then a RESPONSE
    /// without pairs
    /// but with the count; header.revision there is the one revision at which all pairs were read.
    /// Needed
    /// when the pairs exceed one frame.
    package var chunked: Bool
    /// UNSORTED is ASCENDING.
    package var sortOrder: SortOrder
    package var sortTarget: SortTarget
    /// Only pairs that were last written at or after this revision; 0 for all. So the next three.
    package var minModRevision: Int64
    package var maxModRevision: Int64
    package var minCreateRevision: Int64
    package var maxCreateRevision: Int64
    /// At most so many bytes of keys and values, but at least one pair; 0 for all.
    package var limitBytes: Int64

    package init() { self.init(key: []) }

    package init(
        key: [UInt8] = [],
        rangeEnd: [UInt8] = [],
        limit: Int64 = 0,
        revision: Int64 = 0,
        serializable: Bool = false,
        keysOnly: Bool = false,
        countOnly: Bool = false,
        chunked: Bool = false,
        sortOrder: SortOrder = SortOrder(rawValue: 0),
        sortTarget: SortTarget = SortTarget(rawValue: 0),
        minModRevision: Int64 = 0,
        maxModRevision: Int64 = 0,
        minCreateRevision: Int64 = 0,
        maxCreateRevision: Int64 = 0,
        limitBytes: Int64 = 0
    ) {
        self.key = key
        self.rangeEnd = rangeEnd
        self.limit = limit
        self.revision = revision
        self.serializable = serializable
        self.keysOnly = keysOnly
        self.countOnly = countOnly
        self.chunked = chunked
        self.sortOrder = sortOrder
        self.sortTarget = sortTarget
        self.minModRevision = minModRevision
        self.maxModRevision = maxModRevision
        self.minCreateRevision = minCreateRevision
        self.maxCreateRevision = maxCreateRevision
        self.limitBytes = limitBytes
    }
}

extension RangeRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension RangeRequest: @unsafe Packed {
    static var name: StaticString { "RangeRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__RangeRequest>) {
        unsafe martlet__store__range_request__init(raw)
    }

    init(unpacking raw: Martlet__Store__RangeRequest) {
        self.init()
        key = unsafe [UInt8](unpacking: raw.key)
        rangeEnd = unsafe [UInt8](unpacking: raw.range_end)
        limit = unsafe raw.limit
        revision = unsafe raw.revision
        serializable = unsafe raw.serializable != 0
        keysOnly = unsafe raw.keys_only != 0
        countOnly = unsafe raw.count_only != 0
        chunked = unsafe raw.chunked != 0
        sortOrder = unsafe SortOrder(rawValue: Int32(bitPattern: raw.sort_order.rawValue))
        sortTarget = unsafe SortTarget(rawValue: Int32(bitPattern: raw.sort_target.rawValue))
        minModRevision = unsafe raw.min_mod_revision
        maxModRevision = unsafe raw.max_mod_revision
        minCreateRevision = unsafe raw.min_create_revision
        maxCreateRevision = unsafe raw.max_create_revision
        limitBytes = unsafe raw.limit_bytes
    }

    func pack(into raw: inout Martlet__Store__RangeRequest, _ arena: Arena) {
        unsafe raw.key = arena.copy(key)
        unsafe raw.range_end = arena.copy(rangeEnd)
        unsafe raw.limit = limit
        unsafe raw.revision = revision
        unsafe raw.serializable = serializable ? 1 : 0
        unsafe raw.keys_only = keysOnly ? 1 : 0
        unsafe raw.count_only = countOnly ? 1 : 0
        unsafe raw.chunked = chunked ? 1 : 0
        unsafe raw.sort_order = .init(rawValue: UInt32(bitPattern: sortOrder.rawValue))
        unsafe raw.sort_target = .init(rawValue: UInt32(bitPattern: sortTarget.rawValue))
        unsafe raw.min_mod_revision = minModRevision
        unsafe raw.max_mod_revision = maxModRevision
        unsafe raw.min_create_revision = minCreateRevision
        unsafe raw.max_create_revision = maxCreateRevision
        unsafe raw.limit_bytes = limitBytes
    }
}

package struct RangeResponse: WireMessage {
    package var header: ResponseHeader?
    package var kvs: [KeyValue]
    /// There are more pairs than the limits, or, not chunked, more than fit into one frame.
    package var more: Bool
    /// How many pairs are in the range, whatever the limits, and whether or not their revisions are
    /// wanted. With `chunked`: in the last frame only. For the newest revision nothing is scanned
    /// for it.
    package var count: Int64

    package init() { self.init(header: nil) }

    package init(
        header: ResponseHeader? = nil, kvs: [KeyValue] = [], more: Bool = false, count: Int64 = 0
    ) {
        self.header = header
        self.kvs = kvs
        self.more = more
        self.count = count
    }
}

extension RangeResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension RangeResponse: @unsafe Packed {
    static var name: StaticString { "RangeResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__RangeResponse>) {
        unsafe martlet__store__range_response__init(raw)
    }

    init(unpacking raw: Martlet__Store__RangeResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        kvs = unsafe Array(unpacking: raw.kvs, raw.n_kvs)
        more = unsafe raw.more != 0
        count = unsafe raw.count
    }

    func pack(into raw: inout Martlet__Store__RangeResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.n_kvs = kvs.count
        unsafe raw.kvs = arena.copy(kvs)
        unsafe raw.more = more ? 1 : 0
        unsafe raw.count = count
    }
}

/// Deletes all keys of the range at one revision; deleting nothing makes none.
package struct DeleteRangeRequest: WireMessage {
    package var key: [UInt8]
    package var rangeEnd: [UInt8]
    package var previous: Bool

    package init() { self.init(key: []) }

    package init(key: [UInt8] = [], rangeEnd: [UInt8] = [], previous: Bool = false) {
        self.key = key
        self.rangeEnd = rangeEnd
        self.previous = previous
    }
}

extension DeleteRangeRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension DeleteRangeRequest: @unsafe Packed {
    static var name: StaticString { "DeleteRangeRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__DeleteRangeRequest>) {
        unsafe martlet__store__delete_range_request__init(raw)
    }

    init(unpacking raw: Martlet__Store__DeleteRangeRequest) {
        self.init()
        key = unsafe [UInt8](unpacking: raw.key)
        rangeEnd = unsafe [UInt8](unpacking: raw.range_end)
        previous = unsafe raw.previous != 0
    }

    func pack(into raw: inout Martlet__Store__DeleteRangeRequest, _ arena: Arena) {
        unsafe raw.key = arena.copy(key)
        unsafe raw.range_end = arena.copy(rangeEnd)
        unsafe raw.previous = previous ? 1 : 0
    }
}

package struct DeleteRangeResponse: WireMessage {
    package var header: ResponseHeader?
    package var deleted: Int64
    /// What was deleted, in order of key, when asked for.
    package var previous: [KeyValue]

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil, deleted: Int64 = 0, previous: [KeyValue] = []) {
        self.header = header
        self.deleted = deleted
        self.previous = previous
    }
}

extension DeleteRangeResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension DeleteRangeResponse: @unsafe Packed {
    static var name: StaticString { "DeleteRangeResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__DeleteRangeResponse>) {
        unsafe martlet__store__delete_range_response__init(raw)
    }

    init(unpacking raw: Martlet__Store__DeleteRangeResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        deleted = unsafe raw.deleted
        previous = unsafe Array(unpacking: raw.previous, raw.n_previous)
    }

    func pack(into raw: inout Martlet__Store__DeleteRangeResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.deleted = deleted
        unsafe raw.n_previous = previous.count
        unsafe raw.previous = arena.copy(previous)
    }
}

/// A key that does not exist has version, create and mod 0, lease 0, and no value: a compare of
/// VALUE
/// with it is false.
package struct Compare: WireMessage {
    package var result: CompareResult
    package var target: CompareTarget
    package var key: [UInt8]
    /// With a range, the compare holds when it holds for every key in it.
    package var rangeEnd: [UInt8]
    /// For VERSION, CREATE, MOD, LEASE.
    package var number: Int64
    /// For VALUE.
    package var value: [UInt8]

    package init() { self.init(result: CompareResult(rawValue: 0)) }

    package init(
        result: CompareResult = CompareResult(rawValue: 0),
        target: CompareTarget = CompareTarget(rawValue: 0),
        key: [UInt8] = [],
        rangeEnd: [UInt8] = [],
        number: Int64 = 0,
        value: [UInt8] = []
    ) {
        self.result = result
        self.target = target
        self.key = key
        self.rangeEnd = rangeEnd
        self.number = number
        self.value = value
    }
}

extension Compare {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension Compare: @unsafe Packed {
    static var name: StaticString { "Compare" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__Compare>) {
        unsafe martlet__store__compare__init(raw)
    }

    init(unpacking raw: Martlet__Store__Compare) {
        self.init()
        result = unsafe CompareResult(rawValue: Int32(bitPattern: raw.result.rawValue))
        target = unsafe CompareTarget(rawValue: Int32(bitPattern: raw.target.rawValue))
        key = unsafe [UInt8](unpacking: raw.key)
        rangeEnd = unsafe [UInt8](unpacking: raw.range_end)
        number = unsafe raw.number
        value = unsafe [UInt8](unpacking: raw.value)
    }

    func pack(into raw: inout Martlet__Store__Compare, _ arena: Arena) {
        unsafe raw.result = .init(rawValue: UInt32(bitPattern: result.rawValue))
        unsafe raw.target = .init(rawValue: UInt32(bitPattern: target.rawValue))
        unsafe raw.key = arena.copy(key)
        unsafe raw.range_end = arena.copy(rangeEnd)
        unsafe raw.number = number
        unsafe raw.value = arena.copy(value)
    }
}

package struct Operation: WireMessage {
    package var operation: Choice?

    package enum Choice: Equatable, Sendable {
        case range(RangeRequest)
        case put(PutRequest)
        case deleteRange(DeleteRangeRequest)
        case txn(TxnRequest)
    }

    package init() { self.init(operation: nil) }

    package init(operation: Choice? = nil) {
        self.operation = operation
    }
}

extension Operation {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension Operation: @unsafe Packed {
    static var name: StaticString { "Operation" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__Operation>) {
        unsafe martlet__store__operation__init(raw)
    }

    init(unpacking raw: Martlet__Store__Operation) {
        self.init()
        switch unsafe raw.operation_case.rawValue {
        case 1:
            operation = unsafe .range(.init(unpacking: raw.range))
        case 2:
            operation = unsafe .put(.init(unpacking: raw.put))
        case 3:
            operation = unsafe .deleteRange(.init(unpacking: raw.delete_range))
        case 4:
            operation = unsafe .txn(.init(unpacking: raw.txn))
        default: break
        }
    }

    func pack(into raw: inout Martlet__Store__Operation, _ arena: Arena) {
        switch operation {
        case nil: break
        case .range(let value):
            unsafe raw.operation_case.rawValue = 1
            unsafe raw.range = arena.copy(value)
        case .put(let value):
            unsafe raw.operation_case.rawValue = 2
            unsafe raw.put = arena.copy(value)
        case .deleteRange(let value):
            unsafe raw.operation_case.rawValue = 3
            unsafe raw.delete_range = arena.copy(value)
        case .txn(let value):
            unsafe raw.operation_case.rawValue = 4
            unsafe raw.txn = arena.copy(value)
        }
    }
}

package struct OperationResponse: WireMessage {
    package var response: Choice?

    package enum Choice: Equatable, Sendable {
        case range(RangeResponse)
        case put(PutResponse)
        case deleteRange(DeleteRangeResponse)
        case txn(TxnResponse)
    }

    package init() { self.init(response: nil) }

    package init(response: Choice? = nil) {
        self.response = response
    }
}

extension OperationResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension OperationResponse: @unsafe Packed {
    static var name: StaticString { "OperationResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__OperationResponse>) {
        unsafe martlet__store__operation_response__init(raw)
    }

    init(unpacking raw: Martlet__Store__OperationResponse) {
        self.init()
        switch unsafe raw.response_case.rawValue {
        case 1:
            response = unsafe .range(.init(unpacking: raw.range))
        case 2:
            response = unsafe .put(.init(unpacking: raw.put))
        case 3:
            response = unsafe .deleteRange(.init(unpacking: raw.delete_range))
        case 4:
            response = unsafe .txn(.init(unpacking: raw.txn))
        default: break
        }
    }

    func pack(into raw: inout Martlet__Store__OperationResponse, _ arena: Arena) {
        switch response {
        case nil: break
        case .range(let value):
            unsafe raw.response_case.rawValue = 1
            unsafe raw.range = arena.copy(value)
        case .put(let value):
            unsafe raw.response_case.rawValue = 2
            unsafe raw.put = arena.copy(value)
        case .deleteRange(let value):
            unsafe raw.response_case.rawValue = 3
            unsafe raw.delete_range = arena.copy(value)
        case .txn(let value):
            unsafe raw.response_case.rawValue = 4
            unsafe raw.txn = arena.copy(value)
        }
    }
}

/// If all compares hold then `success`, else `failure`; all at one revision, all or nothing. At
/// most
/// 128 operations, and no key may be put twice. An operation sees what those before it did.
/// Transactions
/// may nest fifteen deep, as messages nest at most 32. TOO_MANY_OPERATIONS, DUPLICATE_KEY, and
/// those of
/// the operations.
package struct TxnRequest: WireMessage {
    package var compare: [Compare]
    package var success: [Operation]
    package var failure: [Operation]

    package init() { self.init(compare: []) }

    package init(compare: [Compare] = [], success: [Operation] = [], failure: [Operation] = []) {
        self.compare = compare
        self.success = success
        self.failure = failure
    }
}

extension TxnRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension TxnRequest: @unsafe Packed {
    static var name: StaticString { "TxnRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__TxnRequest>) {
        unsafe martlet__store__txn_request__init(raw)
    }

    init(unpacking raw: Martlet__Store__TxnRequest) {
        self.init()
        compare = unsafe Array(unpacking: raw.compare, raw.n_compare)
        success = unsafe Array(unpacking: raw.success, raw.n_success)
        failure = unsafe Array(unpacking: raw.failure, raw.n_failure)
    }

    func pack(into raw: inout Martlet__Store__TxnRequest, _ arena: Arena) {
        unsafe raw.n_compare = compare.count
        unsafe raw.compare = arena.copy(compare)
        unsafe raw.n_success = success.count
        unsafe raw.success = arena.copy(success)
        unsafe raw.n_failure = failure.count
        unsafe raw.failure = arena.copy(failure)
    }
}

package struct TxnResponse: WireMessage {
    package var header: ResponseHeader?
    /// Whether the compares held.
    package var succeeded: Bool
    /// One for each operation that was done, in their order.
    package var responses: [OperationResponse]

    package init() { self.init(header: nil) }

    package init(
        header: ResponseHeader? = nil, succeeded: Bool = false, responses: [OperationResponse] = []
    ) {
        self.header = header
        self.succeeded = succeeded
        self.responses = responses
    }
}

extension TxnResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension TxnResponse: @unsafe Packed {
    static var name: StaticString { "TxnResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__TxnResponse>) {
        unsafe martlet__store__txn_response__init(raw)
    }

    init(unpacking raw: Martlet__Store__TxnResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        succeeded = unsafe raw.succeeded != 0
        responses = unsafe Array(unpacking: raw.responses, raw.n_responses)
    }

    func pack(into raw: inout Martlet__Store__TxnResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.succeeded = succeeded ? 1 : 0
        unsafe raw.n_responses = responses.count
        unsafe raw.responses = arena.copy(responses)
    }
}

/// Forget what was before `revision`, except what is still current at it: reading at `revision`
/// goes on,
/// below it ends with COMPACTED. COMPACTED when that has been done already, FUTURE_REVISION.
package struct CompactRequest: WireMessage {
    package var revision: Int64

    package init() { self.init(revision: 0) }

    package init(revision: Int64 = 0) {
        self.revision = revision
    }
}

extension CompactRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension CompactRequest: @unsafe Packed {
    static var name: StaticString { "CompactRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__CompactRequest>) {
        unsafe martlet__store__compact_request__init(raw)
    }

    init(unpacking raw: Martlet__Store__CompactRequest) {
        self.init()
        revision = unsafe raw.revision
    }

    func pack(into raw: inout Martlet__Store__CompactRequest, _ arena: Arena) {
        unsafe raw.revision = revision
    }
}

package struct CompactResponse: WireMessage {
    package var header: ResponseHeader?

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil) {
        self.header = header
    }
}

extension CompactResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension CompactResponse: @unsafe Packed {
    static var name: StaticString { "CompactResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__CompactResponse>) {
        unsafe martlet__store__compact_response__init(raw)
    }

    init(unpacking raw: Martlet__Store__CompactResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
    }

    func pack(into raw: inout Martlet__Store__CompactResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
    }
}

/// Follows a range, one STREAM frame of WatchResponse at a time, until cancelled or the connection
/// ends. COMPACTED, at the start or later: a watcher that waited for credit so long that what it
/// has not
/// seen is gone. One connection carries any number of watches, each a call of its own.
package struct WatchRequest: WireMessage {
    package var key: [UInt8]
    package var rangeEnd: [UInt8]
    /// The first revision whose events are wanted; 0 from now on.
    package var startRevision: Int64
    /// Events carry the pair that was replaced or deleted.
    package var previous: Bool
    /// Leave out events of this kind.
    package var noPut: Bool
    /// Leave out events of this kind.
    package var noDelete: Bool
    /// Now and then an answer without events whose header.revision says: everything up to it was
    /// sent.
    package var progress: Bool
    /// Events without values, of the previous pair too.
    package var keysOnly: Bool
    /// Only events of keys that this pattern matches as a whole: `*` stands for any bytes but '/',
    /// `**` for
    /// any bytes, `?` for one byte but '/', `[a-z]` and `[!a-z]` for one byte of a set, `\` takes
    /// the next
    /// byte as it is. At most 1,024 bytes (INVALID_ARGUMENT, as for a set without end). Empty: all.
    package var glob: [UInt8]
    /// Milliseconds between the answers that `progress` asks for; 0 lets the store choose. At least
    /// 100.
    package var progressIntervalMs: UInt32

    package init() { self.init(key: []) }

    package init(
        key: [UInt8] = [],
        rangeEnd: [UInt8] = [],
        startRevision: Int64 = 0,
        previous: Bool = false,
        noPut: Bool = false,
        noDelete: Bool = false,
        progress: Bool = false,
        keysOnly: Bool = false,
        glob: [UInt8] = [],
        progressIntervalMs: UInt32 = 0
    ) {
        self.key = key
        self.rangeEnd = rangeEnd
        self.startRevision = startRevision
        self.previous = previous
        self.noPut = noPut
        self.noDelete = noDelete
        self.progress = progress
        self.keysOnly = keysOnly
        self.glob = glob
        self.progressIntervalMs = progressIntervalMs
    }
}

extension WatchRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension WatchRequest: @unsafe Packed {
    static var name: StaticString { "WatchRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__WatchRequest>) {
        unsafe martlet__store__watch_request__init(raw)
    }

    init(unpacking raw: Martlet__Store__WatchRequest) {
        self.init()
        key = unsafe [UInt8](unpacking: raw.key)
        rangeEnd = unsafe [UInt8](unpacking: raw.range_end)
        startRevision = unsafe raw.start_revision
        previous = unsafe raw.previous != 0
        noPut = unsafe raw.no_put != 0
        noDelete = unsafe raw.no_delete != 0
        progress = unsafe raw.progress != 0
        keysOnly = unsafe raw.keys_only != 0
        glob = unsafe [UInt8](unpacking: raw.glob)
        progressIntervalMs = unsafe raw.progress_interval_ms
    }

    func pack(into raw: inout Martlet__Store__WatchRequest, _ arena: Arena) {
        unsafe raw.key = arena.copy(key)
        unsafe raw.range_end = arena.copy(rangeEnd)
        unsafe raw.start_revision = startRevision
        unsafe raw.previous = previous ? 1 : 0
        unsafe raw.no_put = noPut ? 1 : 0
        unsafe raw.no_delete = noDelete ? 1 : 0
        unsafe raw.progress = progress ? 1 : 0
        unsafe raw.keys_only = keysOnly ? 1 : 0
        unsafe raw.glob = arena.copy(glob)
        unsafe raw.progress_interval_ms = progressIntervalMs
    }
}

/// Asks for such an answer now: one without events, on the stream of a watch of this connection, as
/// soon
/// as everything before it was sent. stream 0: on all watches of this connection. INVALID_ARGUMENT
/// when
/// the stream is no watch.
package struct WatchProgressRequest: WireMessage {
    package var stream: UInt32

    package init() { self.init(stream: 0) }

    package init(stream: UInt32 = 0) {
        self.stream = stream
    }
}

extension WatchProgressRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension WatchProgressRequest: @unsafe Packed {
    static var name: StaticString { "WatchProgressRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__WatchProgressRequest>) {
        unsafe martlet__store__watch_progress_request__init(raw)
    }

    init(unpacking raw: Martlet__Store__WatchProgressRequest) {
        self.init()
        stream = unsafe raw.stream
    }

    func pack(into raw: inout Martlet__Store__WatchProgressRequest, _ arena: Arena) {
        unsafe raw.stream = stream
    }
}

package struct WatchProgressResponse: WireMessage {
    package var header: ResponseHeader?
    /// On how many watches it will come.
    package var watches: Int64

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil, watches: Int64 = 0) {
        self.header = header
        self.watches = watches
    }
}

extension WatchProgressResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension WatchProgressResponse: @unsafe Packed {
    static var name: StaticString { "WatchProgressResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__WatchProgressResponse>) {
        unsafe martlet__store__watch_progress_response__init(raw)
    }

    init(unpacking raw: Martlet__Store__WatchProgressResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        watches = unsafe raw.watches
    }

    func pack(into raw: inout Martlet__Store__WatchProgressResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.watches = watches
    }
}

package struct Event: WireMessage {
    package var type: EventType
    /// The pair as it is now. Of a deletion: the key, and mod_revision, the revision that deleted
    /// it.
    package var kv: KeyValue?
    /// The pair as it was, when asked for, there was one, and it is not compacted.
    package var previous: KeyValue?

    package init() { self.init(type: EventType(rawValue: 0)) }

    package init(
        type: EventType = EventType(rawValue: 0), kv: KeyValue? = nil, previous: KeyValue? = nil
    ) {
        self.type = type
        self.kv = kv
        self.previous = previous
    }
}

extension Event {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension Event: @unsafe Packed {
    static var name: StaticString { "Event" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__Event>) {
        unsafe martlet__store__event__init(raw)
    }

    init(unpacking raw: Martlet__Store__Event) {
        self.init()
        type = unsafe EventType(rawValue: Int32(bitPattern: raw.type.rawValue))
        kv = unsafe KeyValue?(unpacking: raw.kv)
        previous = unsafe KeyValue?(unpacking: raw.previous)
    }

    func pack(into raw: inout Martlet__Store__Event, _ arena: Arena) {
        unsafe raw.type = .init(rawValue: UInt32(bitPattern: type.rawValue))
        unsafe raw.kv = arena.copy(kv)
        unsafe raw.previous = arena.copy(previous)
    }
}

/// The events of one revision stand in one answer, unless they do not fit into a frame or into the
/// stream's credit: then `fragment` is set on every answer but the last of that revision. The first
/// answer of a watch has `created`, no events, and header.revision: with start_revision 0, events
/// begin
/// after it. To resume after a lost connection, watch again from the last revision that was seen
/// whole
/// plus one. A watch that asks for a compacted revision ends with ERROR COMPACTED.
package struct WatchResponse: WireMessage {
    package var header: ResponseHeader?
    package var created: Bool
    package var events: [Event]
    /// More events of the last event's revision follow in the next answer.
    package var fragment: Bool

    package init() { self.init(header: nil) }

    package init(
        header: ResponseHeader? = nil,
        created: Bool = false,
        events: [Event] = [],
        fragment: Bool = false
    ) {
        self.header = header
        self.created = created
        self.events = events
        self.fragment = fragment
    }
}

extension WatchResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension WatchResponse: @unsafe Packed {
    static var name: StaticString { "WatchResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__WatchResponse>) {
        unsafe martlet__store__watch_response__init(raw)
    }

    init(unpacking raw: Martlet__Store__WatchResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        created = unsafe raw.created != 0
        events = unsafe Array(unpacking: raw.events, raw.n_events)
        fragment = unsafe raw.fragment != 0
    }

    func pack(into raw: inout Martlet__Store__WatchResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.created = created ? 1 : 0
        unsafe raw.n_events = events.count
        unsafe raw.events = arena.copy(events)
        unsafe raw.fragment = fragment ? 1 : 0
    }
}

/// Begins a lease: when it is not kept alive for ttl seconds, its keys are deleted, at one
/// revision;
/// without keys it ends without one. The time that is left survives elections and restarts.
/// OVERLOADED when there are 4,000,000.
/// INVALID_ARGUMENT for a ttl out of range, LEASE_EXISTS.
package struct LeaseGrantRequest: WireMessage {
    /// Seconds, 1 to 9,000,000,000.
    package var ttl: Int64
    /// The id that is wanted; 0 lets the store choose.
    package var id: Int64

    package init() { self.init(ttl: 0) }

    package init(ttl: Int64 = 0, id: Int64 = 0) {
        self.ttl = ttl
        self.id = id
    }
}

extension LeaseGrantRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension LeaseGrantRequest: @unsafe Packed {
    static var name: StaticString { "LeaseGrantRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__LeaseGrantRequest>) {
        unsafe martlet__store__lease_grant_request__init(raw)
    }

    init(unpacking raw: Martlet__Store__LeaseGrantRequest) {
        self.init()
        ttl = unsafe raw.ttl
        id = unsafe raw.id
    }

    func pack(into raw: inout Martlet__Store__LeaseGrantRequest, _ arena: Arena) {
        unsafe raw.ttl = ttl
        unsafe raw.id = id
    }
}

package struct LeaseGrantResponse: WireMessage {
    package var header: ResponseHeader?
    package var id: Int64
    package var ttl: Int64

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil, id: Int64 = 0, ttl: Int64 = 0) {
        self.header = header
        self.id = id
        self.ttl = ttl
    }
}

extension LeaseGrantResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension LeaseGrantResponse: @unsafe Packed {
    static var name: StaticString { "LeaseGrantResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__LeaseGrantResponse>) {
        unsafe martlet__store__lease_grant_response__init(raw)
    }

    init(unpacking raw: Martlet__Store__LeaseGrantResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        id = unsafe raw.id
        ttl = unsafe raw.ttl
    }

    func pack(into raw: inout Martlet__Store__LeaseGrantResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.id = id
        unsafe raw.ttl = ttl
    }
}

/// Ends the lease now and deletes its keys, at one revision. LEASE_NOT_FOUND.
package struct LeaseRevokeRequest: WireMessage {
    package var id: Int64

    package init() { self.init(id: 0) }

    package init(id: Int64 = 0) {
        self.id = id
    }
}

extension LeaseRevokeRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension LeaseRevokeRequest: @unsafe Packed {
    static var name: StaticString { "LeaseRevokeRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__LeaseRevokeRequest>) {
        unsafe martlet__store__lease_revoke_request__init(raw)
    }

    init(unpacking raw: Martlet__Store__LeaseRevokeRequest) {
        self.init()
        id = unsafe raw.id
    }

    func pack(into raw: inout Martlet__Store__LeaseRevokeRequest, _ arena: Arena) {
        unsafe raw.id = id
    }
}

package struct LeaseRevokeResponse: WireMessage {
    package var header: ResponseHeader?

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil) {
        self.header = header
    }
}

extension LeaseRevokeResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension LeaseRevokeResponse: @unsafe Packed {
    static var name: StaticString { "LeaseRevokeResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__LeaseRevokeResponse>) {
        unsafe martlet__store__lease_revoke_response__init(raw)
    }

    init(unpacking raw: Martlet__Store__LeaseRevokeResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
    }

    func pack(into raw: inout Martlet__Store__LeaseRevokeResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
    }
}

/// Starts the lease's time anew. LEASE_NOT_FOUND when it has ended. Those that come in together
/// share one
/// command of the log.
package struct LeaseKeepAliveRequest: WireMessage {
    package var id: Int64

    package init() { self.init(id: 0) }

    package init(id: Int64 = 0) {
        self.id = id
    }
}

extension LeaseKeepAliveRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension LeaseKeepAliveRequest: @unsafe Packed {
    static var name: StaticString { "LeaseKeepAliveRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__LeaseKeepAliveRequest>) {
        unsafe martlet__store__lease_keep_alive_request__init(raw)
    }

    init(unpacking raw: Martlet__Store__LeaseKeepAliveRequest) {
        self.init()
        id = unsafe raw.id
    }

    func pack(into raw: inout Martlet__Store__LeaseKeepAliveRequest, _ arena: Arena) {
        unsafe raw.id = id
    }
}

package struct LeaseKeepAliveResponse: WireMessage {
    package var header: ResponseHeader?
    package var id: Int64
    /// Seconds that it lives from now.
    package var ttl: Int64

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil, id: Int64 = 0, ttl: Int64 = 0) {
        self.header = header
        self.id = id
        self.ttl = ttl
    }
}

extension LeaseKeepAliveResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension LeaseKeepAliveResponse: @unsafe Packed {
    static var name: StaticString { "LeaseKeepAliveResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__LeaseKeepAliveResponse>) {
        unsafe martlet__store__lease_keep_alive_response__init(raw)
    }

    init(unpacking raw: Martlet__Store__LeaseKeepAliveResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        id = unsafe raw.id
        ttl = unsafe raw.ttl
    }

    func pack(into raw: inout Martlet__Store__LeaseKeepAliveResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.id = id
        unsafe raw.ttl = ttl
    }
}

/// Starts the time of many leases anew, in one request and one command of the log.
package struct LeaseKeepAliveManyRequest: WireMessage {
    /// 1 to 100,000.
    package var ids: [Int64]

    package init() { self.init(ids: []) }

    package init(ids: [Int64] = []) {
        self.ids = ids
    }
}

extension LeaseKeepAliveManyRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension LeaseKeepAliveManyRequest: @unsafe Packed {
    static var name: StaticString { "LeaseKeepAliveManyRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__LeaseKeepAliveManyRequest>) {
        unsafe martlet__store__lease_keep_alive_many_request__init(raw)
    }

    init(unpacking raw: Martlet__Store__LeaseKeepAliveManyRequest) {
        self.init()
        ids = unsafe Array(unpacking: raw.ids, raw.n_ids)
    }

    func pack(into raw: inout Martlet__Store__LeaseKeepAliveManyRequest, _ arena: Arena) {
        unsafe raw.n_ids = ids.count
        unsafe raw.ids = arena.copy(ids)
    }
}

package struct LeaseKeepAliveManyResponse: WireMessage {
    package var header: ResponseHeader?
    /// Seconds that each lives from now, in the order of the request; 0 for one that has ended.
    package var ttls: [Int64]

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil, ttls: [Int64] = []) {
        self.header = header
        self.ttls = ttls
    }
}

extension LeaseKeepAliveManyResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension LeaseKeepAliveManyResponse: @unsafe Packed {
    static var name: StaticString { "LeaseKeepAliveManyResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__LeaseKeepAliveManyResponse>) {
        unsafe martlet__store__lease_keep_alive_many_response__init(raw)
    }

    init(unpacking raw: Martlet__Store__LeaseKeepAliveManyResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        ttls = unsafe Array(unpacking: raw.ttls, raw.n_ttls)
    }

    func pack(into raw: inout Martlet__Store__LeaseKeepAliveManyResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.n_ttls = ttls.count
        unsafe raw.ttls = arena.copy(ttls)
    }
}

/// Asks how long a lease has left. LEASE_NOT_FOUND when it has ended.
package struct LeaseTimeToLiveRequest: WireMessage {
    package var id: Int64
    /// Answer with the keys that it holds.
    package var keys: Bool

    package init() { self.init(id: 0) }

    package init(id: Int64 = 0, keys: Bool = false) {
        self.id = id
        self.keys = keys
    }
}

extension LeaseTimeToLiveRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension LeaseTimeToLiveRequest: @unsafe Packed {
    static var name: StaticString { "LeaseTimeToLiveRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__LeaseTimeToLiveRequest>) {
        unsafe martlet__store__lease_time_to_live_request__init(raw)
    }

    init(unpacking raw: Martlet__Store__LeaseTimeToLiveRequest) {
        self.init()
        id = unsafe raw.id
        keys = unsafe raw.keys != 0
    }

    func pack(into raw: inout Martlet__Store__LeaseTimeToLiveRequest, _ arena: Arena) {
        unsafe raw.id = id
        unsafe raw.keys = keys ? 1 : 0
    }
}

package struct LeaseTimeToLiveResponse: WireMessage {
    package var header: ResponseHeader?
    package var id: Int64
    /// Seconds left, rounded up.
    package var ttl: Int64
    package var grantedTtl: Int64
    package var keys: [[UInt8]]

    package init() { self.init(header: nil) }

    package init(
        header: ResponseHeader? = nil,
        id: Int64 = 0,
        ttl: Int64 = 0,
        grantedTtl: Int64 = 0,
        keys: [[UInt8]] = []
    ) {
        self.header = header
        self.id = id
        self.ttl = ttl
        self.grantedTtl = grantedTtl
        self.keys = keys
    }
}

extension LeaseTimeToLiveResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension LeaseTimeToLiveResponse: @unsafe Packed {
    static var name: StaticString { "LeaseTimeToLiveResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__LeaseTimeToLiveResponse>) {
        unsafe martlet__store__lease_time_to_live_response__init(raw)
    }

    init(unpacking raw: Martlet__Store__LeaseTimeToLiveResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        id = unsafe raw.id
        ttl = unsafe raw.ttl
        grantedTtl = unsafe raw.granted_ttl
        keys = unsafe Array(unpacking: raw.keys, raw.n_keys)
    }

    func pack(into raw: inout Martlet__Store__LeaseTimeToLiveResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.id = id
        unsafe raw.ttl = ttl
        unsafe raw.granted_ttl = grantedTtl
        unsafe raw.n_keys = keys.count
        unsafe raw.keys = arena.copy(keys)
    }
}

/// The leases, in order of id, by pages: ask again after the last one while there are more.
package struct LeaseListRequest: WireMessage {
    /// Those with a higher id than this; 0 for the first page.
    package var after: Int64
    /// At most so many; 0, or more than 100,000, means 100,000.
    package var limit: Int64

    package init() { self.init(after: 0) }

    package init(after: Int64 = 0, limit: Int64 = 0) {
        self.after = after
        self.limit = limit
    }
}

extension LeaseListRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension LeaseListRequest: @unsafe Packed {
    static var name: StaticString { "LeaseListRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__LeaseListRequest>) {
        unsafe martlet__store__lease_list_request__init(raw)
    }

    init(unpacking raw: Martlet__Store__LeaseListRequest) {
        self.init()
        after = unsafe raw.after
        limit = unsafe raw.limit
    }

    func pack(into raw: inout Martlet__Store__LeaseListRequest, _ arena: Arena) {
        unsafe raw.after = after
        unsafe raw.limit = limit
    }
}

package struct LeaseListResponse: WireMessage {
    package var header: ResponseHeader?
    package var ids: [Int64]
    /// There are leases beyond the last of these.
    package var more: Bool

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil, ids: [Int64] = [], more: Bool = false) {
        self.header = header
        self.ids = ids
        self.more = more
    }
}

extension LeaseListResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension LeaseListResponse: @unsafe Packed {
    static var name: StaticString { "LeaseListResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__LeaseListResponse>) {
        unsafe martlet__store__lease_list_response__init(raw)
    }

    init(unpacking raw: Martlet__Store__LeaseListResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        ids = unsafe Array(unpacking: raw.ids, raw.n_ids)
        more = unsafe raw.more != 0
    }

    func pack(into raw: inout Martlet__Store__LeaseListResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.n_ids = ids.count
        unsafe raw.ids = arena.copy(ids)
        unsafe raw.more = more ? 1 : 0
    }
}

/// How the member that is asked is doing. Asks no other, so it answers without a leader.
package struct StatusRequest: WireMessage {

    package init() {}
}

extension StatusRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension StatusRequest: @unsafe Packed {
    static var name: StaticString { "StatusRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__StatusRequest>) {
        unsafe martlet__store__status_request__init(raw)
    }

    init(unpacking raw: Martlet__Store__StatusRequest) {
        self.init()
    }

    func pack(into raw: inout Martlet__Store__StatusRequest, _ arena: Arena) {
    }
}

package struct StatusResponse: WireMessage {
    package var header: ResponseHeader?
    /// Program version: "0.2.0".
    package var version: String
    package var name: String
    package var role: Role
    /// 0 when none is known.
    package var leaderID: UInt64
    package var commitIndex: UInt64
    package var appliedIndex: UInt64
    package var durableIndex: UInt64
    package var compactedRevision: Int64
    package var keys: Int64
    package var leases: Int64
    package var watchers: Int64
    /// Bytes on disk: log and state together.
    package var diskBytes: Int64
    package var residentBytes: Int64
    /// Commands that were acknowledged by this member since it started.
    package var proposals: UInt64
    /// Digest of the state at applied_index: equal on every member at an equal index.
    package var digest: UInt64
    package var uptimeSeconds: Int64
    /// Bytes of state that it may hold, 0 for as much as the disk takes; and that it holds. Space
    /// that
    /// deletes and compaction gave back is not counted.
    package var quotaBytes: Int64
    package var spaceBytes: Int64
    /// Bytes that its disk still takes.
    package var freeBytes: Int64
    /// Alarms in force, of any member (ALARMS, upkeep.proto).
    package var alarms: UInt32
    /// What the cluster agreed upon, and the newest that this member's program knows (raft.proto).
    package var clusterVersion: UInt32
    package var supportedVersion: UInt32

    package init() { self.init(header: nil) }

    package init(
        header: ResponseHeader? = nil,
        version: String = "",
        name: String = "",
        role: Role = Role(rawValue: 0),
        leaderID: UInt64 = 0,
        commitIndex: UInt64 = 0,
        appliedIndex: UInt64 = 0,
        durableIndex: UInt64 = 0,
        compactedRevision: Int64 = 0,
        keys: Int64 = 0,
        leases: Int64 = 0,
        watchers: Int64 = 0,
        diskBytes: Int64 = 0,
        residentBytes: Int64 = 0,
        proposals: UInt64 = 0,
        digest: UInt64 = 0,
        uptimeSeconds: Int64 = 0,
        quotaBytes: Int64 = 0,
        spaceBytes: Int64 = 0,
        freeBytes: Int64 = 0,
        alarms: UInt32 = 0,
        clusterVersion: UInt32 = 0,
        supportedVersion: UInt32 = 0
    ) {
        self.header = header
        self.version = version
        self.name = name
        self.role = role
        self.leaderID = leaderID
        self.commitIndex = commitIndex
        self.appliedIndex = appliedIndex
        self.durableIndex = durableIndex
        self.compactedRevision = compactedRevision
        self.keys = keys
        self.leases = leases
        self.watchers = watchers
        self.diskBytes = diskBytes
        self.residentBytes = residentBytes
        self.proposals = proposals
        self.digest = digest
        self.uptimeSeconds = uptimeSeconds
        self.quotaBytes = quotaBytes
        self.spaceBytes = spaceBytes
        self.freeBytes = freeBytes
        self.alarms = alarms
        self.clusterVersion = clusterVersion
        self.supportedVersion = supportedVersion
    }
}

extension StatusResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension StatusResponse: @unsafe Packed {
    static var name: StaticString { "StatusResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__StatusResponse>) {
        unsafe martlet__store__status_response__init(raw)
    }

    init(unpacking raw: Martlet__Store__StatusResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        version = unsafe String(unpacking: raw.version)
        name = unsafe String(unpacking: raw.name)
        role = unsafe Role(rawValue: Int32(bitPattern: raw.role.rawValue))
        leaderID = unsafe raw.leader_id
        commitIndex = unsafe raw.commit_index
        appliedIndex = unsafe raw.applied_index
        durableIndex = unsafe raw.durable_index
        compactedRevision = unsafe raw.compacted_revision
        keys = unsafe raw.keys
        leases = unsafe raw.leases
        watchers = unsafe raw.watchers
        diskBytes = unsafe raw.disk_bytes
        residentBytes = unsafe raw.resident_bytes
        proposals = unsafe raw.proposals
        digest = unsafe raw.digest
        uptimeSeconds = unsafe raw.uptime_seconds
        quotaBytes = unsafe raw.quota_bytes
        spaceBytes = unsafe raw.space_bytes
        freeBytes = unsafe raw.free_bytes
        alarms = unsafe raw.alarms
        clusterVersion = unsafe raw.cluster_version
        supportedVersion = unsafe raw.supported_version
    }

    func pack(into raw: inout Martlet__Store__StatusResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.version = arena.copy(version)
        unsafe raw.name = arena.copy(name)
        unsafe raw.role = .init(rawValue: UInt32(bitPattern: role.rawValue))
        unsafe raw.leader_id = leaderID
        unsafe raw.commit_index = commitIndex
        unsafe raw.applied_index = appliedIndex
        unsafe raw.durable_index = durableIndex
        unsafe raw.compacted_revision = compactedRevision
        unsafe raw.keys = keys
        unsafe raw.leases = leases
        unsafe raw.watchers = watchers
        unsafe raw.disk_bytes = diskBytes
        unsafe raw.resident_bytes = residentBytes
        unsafe raw.proposals = proposals
        unsafe raw.digest = digest
        unsafe raw.uptime_seconds = uptimeSeconds
        unsafe raw.quota_bytes = quotaBytes
        unsafe raw.space_bytes = spaceBytes
        unsafe raw.free_bytes = freeBytes
        unsafe raw.alarms = alarms
        unsafe raw.cluster_version = clusterVersion
        unsafe raw.supported_version = supportedVersion
    }
}

/// Who belongs to the cluster.
package struct MemberListRequest: WireMessage {

    package init() {}
}

extension MemberListRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension MemberListRequest: @unsafe Packed {
    static var name: StaticString { "MemberListRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__MemberListRequest>) {
        unsafe martlet__store__member_list_request__init(raw)
    }

    init(unpacking raw: Martlet__Store__MemberListRequest) {
        self.init()
    }

    func pack(into raw: inout Martlet__Store__MemberListRequest, _ arena: Arena) {
    }
}

package struct MemberInfo: WireMessage {
    package var id: UInt64
    package var name: String
    package var peerAddress: String
    package var clientAddresses: [String]
    package var learner: Bool
    /// As the leader sees it; false and 0 from others.
    package var reachable: Bool
    package var matchIndex: UInt64
    /// A learner that stays one.
    package var standing: Bool

    package init() { self.init(id: 0) }

    package init(
        id: UInt64 = 0,
        name: String = "",
        peerAddress: String = "",
        clientAddresses: [String] = [],
        learner: Bool = false,
        reachable: Bool = false,
        matchIndex: UInt64 = 0,
        standing: Bool = false
    ) {
        self.id = id
        self.name = name
        self.peerAddress = peerAddress
        self.clientAddresses = clientAddresses
        self.learner = learner
        self.reachable = reachable
        self.matchIndex = matchIndex
        self.standing = standing
    }
}

extension MemberInfo {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension MemberInfo: @unsafe Packed {
    static var name: StaticString { "MemberInfo" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__MemberInfo>) {
        unsafe martlet__store__member_info__init(raw)
    }

    init(unpacking raw: Martlet__Store__MemberInfo) {
        self.init()
        id = unsafe raw.id
        name = unsafe String(unpacking: raw.name)
        peerAddress = unsafe String(unpacking: raw.peer_address)
        clientAddresses = unsafe Array(unpacking: raw.client_addresses, raw.n_client_addresses)
        learner = unsafe raw.learner != 0
        reachable = unsafe raw.reachable != 0
        matchIndex = unsafe raw.match_index
        standing = unsafe raw.standing != 0
    }

    func pack(into raw: inout Martlet__Store__MemberInfo, _ arena: Arena) {
        unsafe raw.id = id
        unsafe raw.name = arena.copy(name)
        unsafe raw.peer_address = arena.copy(peerAddress)
        unsafe raw.n_client_addresses = clientAddresses.count
        unsafe raw.client_addresses = arena.copy(clientAddresses)
        unsafe raw.learner = learner ? 1 : 0
        unsafe raw.reachable = reachable ? 1 : 0
        unsafe raw.match_index = matchIndex
        unsafe raw.standing = standing ? 1 : 0
    }
}

/// One member in place of another, step by step: the new one joins as learner, and when it has
/// caught
/// up, it gets the old one's seat in one change (both memberships are in force meanwhile, so that a
/// quorum is never lost by it). Kept in the replicated state: it goes on whoever leads.
package struct Replacement: WireMessage {
    package var oldID: UInt64
    package var oldName: String
    package var newID: UInt64
    package var name: String
    package var peerAddress: String
    package var clientAddresses: [String]
    /// It was given up: the new one leaves again, if it has no vote yet.
    package var givenUp: Bool

    package init() { self.init(oldID: 0) }

    package init(
        oldID: UInt64 = 0,
        oldName: String = "",
        newID: UInt64 = 0,
        name: String = "",
        peerAddress: String = "",
        clientAddresses: [String] = [],
        givenUp: Bool = false
    ) {
        self.oldID = oldID
        self.oldName = oldName
        self.newID = newID
        self.name = name
        self.peerAddress = peerAddress
        self.clientAddresses = clientAddresses
        self.givenUp = givenUp
    }
}

extension Replacement {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension Replacement: @unsafe Packed {
    static var name: StaticString { "Replacement" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__Replacement>) {
        unsafe martlet__store__replacement__init(raw)
    }

    init(unpacking raw: Martlet__Store__Replacement) {
        self.init()
        oldID = unsafe raw.old_id
        oldName = unsafe String(unpacking: raw.old_name)
        newID = unsafe raw.new_id
        name = unsafe String(unpacking: raw.name)
        peerAddress = unsafe String(unpacking: raw.peer_address)
        clientAddresses = unsafe Array(unpacking: raw.client_addresses, raw.n_client_addresses)
        givenUp = unsafe raw.given_up != 0
    }

    func pack(into raw: inout Martlet__Store__Replacement, _ arena: Arena) {
        unsafe raw.old_id = oldID
        unsafe raw.old_name = arena.copy(oldName)
        unsafe raw.new_id = newID
        unsafe raw.name = arena.copy(name)
        unsafe raw.peer_address = arena.copy(peerAddress)
        unsafe raw.n_client_addresses = clientAddresses.count
        unsafe raw.client_addresses = arena.copy(clientAddresses)
        unsafe raw.given_up = givenUp ? 1 : 0
    }
}

package struct MemberListResponse: WireMessage {
    package var header: ResponseHeader?
    package var members: [MemberInfo]
    package var leaderID: UInt64
    /// The one that is under way.
    package var replacement: Replacement?
    /// With MEMBER_ADD and MEMBER_REPLACE: who was added.
    package var addedID: UInt64

    package init() { self.init(header: nil) }

    package init(
        header: ResponseHeader? = nil,
        members: [MemberInfo] = [],
        leaderID: UInt64 = 0,
        replacement: Replacement? = nil,
        addedID: UInt64 = 0
    ) {
        self.header = header
        self.members = members
        self.leaderID = leaderID
        self.replacement = replacement
        self.addedID = addedID
    }
}

extension MemberListResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension MemberListResponse: @unsafe Packed {
    static var name: StaticString { "MemberListResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__MemberListResponse>) {
        unsafe martlet__store__member_list_response__init(raw)
    }

    init(unpacking raw: Martlet__Store__MemberListResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        members = unsafe Array(unpacking: raw.members, raw.n_members)
        leaderID = unsafe raw.leader_id
        replacement = unsafe Replacement?(unpacking: raw.replacement)
        addedID = unsafe raw.added_id
    }

    func pack(into raw: inout Martlet__Store__MemberListResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.n_members = members.count
        unsafe raw.members = arena.copy(members)
        unsafe raw.leader_id = leaderID
        unsafe raw.replacement = arena.copy(replacement)
        unsafe raw.added_id = addedID
    }
}

/// A new member joins as learner. The leader gives it a vote by itself when it has caught up and
/// stayed
/// so for a second, unless it is a standing learner. Changes of members are made one at a time
/// (MEMBERSHIP_BUSY). MEMBER_EXISTS for an id, a name or a peer_address that is taken; but the same
/// name and peer_address again, before that member has ever been heard of, is answered as the first
/// was,
/// so that a machine can be admitted first and join later. VERSION_TOO_LOW for a program that is
/// older
/// than the cluster version.
package struct MemberAddRequest: WireMessage {
    package var name: String
    package var peerAddress: String
    package var clientAddresses: [String]
    /// The id of a member that joins by address; 0 lets the store choose. Ids of members that were
    /// removed are not taken again.
    package var id: UInt64
    /// It stays a learner until MEMBER_PROMOTE.
    package var standing: Bool
    /// The newest cluster version that the joining program knows; 0 when an operator asks.
    package var version: UInt32

    package init() { self.init(name: "") }

    package init(
        name: String = "",
        peerAddress: String = "",
        clientAddresses: [String] = [],
        id: UInt64 = 0,
        standing: Bool = false,
        version: UInt32 = 0
    ) {
        self.name = name
        self.peerAddress = peerAddress
        self.clientAddresses = clientAddresses
        self.id = id
        self.standing = standing
        self.version = version
    }
}

extension MemberAddRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension MemberAddRequest: @unsafe Packed {
    static var name: StaticString { "MemberAddRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__MemberAddRequest>) {
        unsafe martlet__store__member_add_request__init(raw)
    }

    init(unpacking raw: Martlet__Store__MemberAddRequest) {
        self.init()
        name = unsafe String(unpacking: raw.name)
        peerAddress = unsafe String(unpacking: raw.peer_address)
        clientAddresses = unsafe Array(unpacking: raw.client_addresses, raw.n_client_addresses)
        id = unsafe raw.id
        standing = unsafe raw.standing != 0
        version = unsafe raw.version
    }

    func pack(into raw: inout Martlet__Store__MemberAddRequest, _ arena: Arena) {
        unsafe raw.name = arena.copy(name)
        unsafe raw.peer_address = arena.copy(peerAddress)
        unsafe raw.n_client_addresses = clientAddresses.count
        unsafe raw.client_addresses = arena.copy(clientAddresses)
        unsafe raw.id = id
        unsafe raw.standing = standing ? 1 : 0
        unsafe raw.version = version
    }
}

/// A member leaves; it stops by itself when it learns of it. The leader hands leadership on first,
/// and
/// answers NOT_LEADER with the address of the next one. MEMBER_NOT_FOUND, QUORUM_AT_RISK when too
/// few
/// of the voters that stay are in touch.
package struct MemberRemoveRequest: WireMessage {
    package var id: UInt64

    package init() { self.init(id: 0) }

    package init(id: UInt64 = 0) {
        self.id = id
    }
}

extension MemberRemoveRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension MemberRemoveRequest: @unsafe Packed {
    static var name: StaticString { "MemberRemoveRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__MemberRemoveRequest>) {
        unsafe martlet__store__member_remove_request__init(raw)
    }

    init(unpacking raw: Martlet__Store__MemberRemoveRequest) {
        self.init()
        id = unsafe raw.id
    }

    func pack(into raw: inout Martlet__Store__MemberRemoveRequest, _ arena: Arena) {
        unsafe raw.id = id
    }
}

/// A learner becomes a voter, now. MEMBER_NOT_FOUND, QUORUM_AT_RISK when it has not caught up yet.
/// A
/// voter stays one.
package struct MemberPromoteRequest: WireMessage {
    package var id: UInt64

    package init() { self.init(id: 0) }

    package init(id: UInt64 = 0) {
        self.id = id
    }
}

extension MemberPromoteRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension MemberPromoteRequest: @unsafe Packed {
    static var name: StaticString { "MemberPromoteRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__MemberPromoteRequest>) {
        unsafe martlet__store__member_promote_request__init(raw)
    }

    init(unpacking raw: Martlet__Store__MemberPromoteRequest) {
        self.init()
        id = unsafe raw.id
    }

    func pack(into raw: inout Martlet__Store__MemberPromoteRequest, _ arena: Arena) {
        unsafe raw.id = id
    }
}

/// A member is called otherwise, or is reached elsewhere. What is empty stays as it is.
/// MEMBER_NOT_FOUND, MEMBER_EXISTS for a name or peer_address that is taken.
package struct MemberUpdateRequest: WireMessage {
    package var id: UInt64
    package var name: String
    package var peerAddress: String
    package var clientAddresses: [String]

    package init() { self.init(id: 0) }

    package init(
        id: UInt64 = 0, name: String = "", peerAddress: String = "", clientAddresses: [String] = []
    ) {
        self.id = id
        self.name = name
        self.peerAddress = peerAddress
        self.clientAddresses = clientAddresses
    }
}

extension MemberUpdateRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension MemberUpdateRequest: @unsafe Packed {
    static var name: StaticString { "MemberUpdateRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__MemberUpdateRequest>) {
        unsafe martlet__store__member_update_request__init(raw)
    }

    init(unpacking raw: Martlet__Store__MemberUpdateRequest) {
        self.init()
        id = unsafe raw.id
        name = unsafe String(unpacking: raw.name)
        peerAddress = unsafe String(unpacking: raw.peer_address)
        clientAddresses = unsafe Array(unpacking: raw.client_addresses, raw.n_client_addresses)
    }

    func pack(into raw: inout Martlet__Store__MemberUpdateRequest, _ arena: Arena) {
        unsafe raw.id = id
        unsafe raw.name = arena.copy(name)
        unsafe raw.peer_address = arena.copy(peerAddress)
        unsafe raw.n_client_addresses = clientAddresses.count
        unsafe raw.client_addresses = arena.copy(clientAddresses)
    }
}

/// Begins a Replacement, or gives the one up that is under way. The answer comes when it is written
/// down, not when it is done. MEMBER_NOT_FOUND, MEMBER_EXISTS, MEMBERSHIP_BUSY when one is under
/// way;
/// VERSION_TOO_LOW. Name and peer_address may be the old member's.
package struct MemberReplaceRequest: WireMessage {
    package var oldID: UInt64
    package var name: String
    package var peerAddress: String
    package var clientAddresses: [String]
    /// The id of the new one; 0 lets the store choose.
    package var newID: UInt64
    /// All else is ignored then.
    package var giveUp: Bool

    package init() { self.init(oldID: 0) }

    package init(
        oldID: UInt64 = 0,
        name: String = "",
        peerAddress: String = "",
        clientAddresses: [String] = [],
        newID: UInt64 = 0,
        giveUp: Bool = false
    ) {
        self.oldID = oldID
        self.name = name
        self.peerAddress = peerAddress
        self.clientAddresses = clientAddresses
        self.newID = newID
        self.giveUp = giveUp
    }
}

extension MemberReplaceRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension MemberReplaceRequest: @unsafe Packed {
    static var name: StaticString { "MemberReplaceRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__MemberReplaceRequest>) {
        unsafe martlet__store__member_replace_request__init(raw)
    }

    init(unpacking raw: Martlet__Store__MemberReplaceRequest) {
        self.init()
        oldID = unsafe raw.old_id
        name = unsafe String(unpacking: raw.name)
        peerAddress = unsafe String(unpacking: raw.peer_address)
        clientAddresses = unsafe Array(unpacking: raw.client_addresses, raw.n_client_addresses)
        newID = unsafe raw.new_id
        giveUp = unsafe raw.give_up != 0
    }

    func pack(into raw: inout Martlet__Store__MemberReplaceRequest, _ arena: Arena) {
        unsafe raw.old_id = oldID
        unsafe raw.name = arena.copy(name)
        unsafe raw.peer_address = arena.copy(peerAddress)
        unsafe raw.n_client_addresses = clientAddresses.count
        unsafe raw.client_addresses = arena.copy(clientAddresses)
        unsafe raw.new_id = newID
        unsafe raw.give_up = giveUp ? 1 : 0
    }
}

/// Another member becomes leader, without a gap in service. MEMBER_NOT_FOUND.
package struct MoveLeaderRequest: WireMessage {
    /// 0 lets the leader choose.
    package var targetID: UInt64

    package init() { self.init(targetID: 0) }

    package init(targetID: UInt64 = 0) {
        self.targetID = targetID
    }
}

extension MoveLeaderRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension MoveLeaderRequest: @unsafe Packed {
    static var name: StaticString { "MoveLeaderRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__MoveLeaderRequest>) {
        unsafe martlet__store__move_leader_request__init(raw)
    }

    init(unpacking raw: Martlet__Store__MoveLeaderRequest) {
        self.init()
        targetID = unsafe raw.target_id
    }

    func pack(into raw: inout Martlet__Store__MoveLeaderRequest, _ arena: Arena) {
        unsafe raw.target_id = targetID
    }
}

package struct MoveLeaderResponse: WireMessage {
    package var header: ResponseHeader?
    package var leaderID: UInt64

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil, leaderID: UInt64 = 0) {
        self.header = header
        self.leaderID = leaderID
    }
}

extension MoveLeaderResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension MoveLeaderResponse: @unsafe Packed {
    static var name: StaticString { "MoveLeaderResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Store__MoveLeaderResponse>) {
        unsafe martlet__store__move_leader_response__init(raw)
    }

    init(unpacking raw: Martlet__Store__MoveLeaderResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        leaderID = unsafe raw.leader_id
    }

    func pack(into raw: inout Martlet__Store__MoveLeaderResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.leader_id = leaderID
    }
}
