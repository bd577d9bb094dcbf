// Made by proto/generate from proto/upkeep.proto. Do not edit.

internal import CProtobuf
package import Units

package enum SlowCause: RawRepresentable, Hashable, Sendable {
    case none
    /// nobody led
    case slowNoLeader
    /// other writes went to the disk first, or too much was under way
    case slowQueue
    /// the member's own disk was the last of the majority
    case slowSync
    /// another member was: `member_id`, or 0 when only the leader knows
    case slowQuorum
    /// carrying it out, with `commands` and `reads` in the same turn
    case slowWork
    /// the caller gave no credit for the answer
    case slowCredit
    /// A number that this version has no name for.
    case unrecognized(Int32)

    package init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .none
        case 1: self = .slowNoLeader
        case 2: self = .slowQueue
        case 3: self = .slowSync
        case 4: self = .slowQuorum
        case 5: self = .slowWork
        case 6: self = .slowCredit
        default: self = .unrecognized(rawValue)
        }
    }

    package var rawValue: Int32 {
        switch self {
        case .none: 0
        case .slowNoLeader: 1
        case .slowQueue: 2
        case .slowSync: 3
        case .slowQuorum: 4
        case .slowWork: 5
        case .slowCredit: 6
        case .unrecognized(let number): number
        }
    }
}

/// What the member counts and times.
package struct MetricsRequest: WireMessage {

    package init() {}
}

extension MetricsRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension MetricsRequest: @unsafe Packed {
    static var name: StaticString { "MetricsRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Upkeep__MetricsRequest>) {
        unsafe martlet__upkeep__metrics_request__init(raw)
    }

    init(unpacking raw: Martlet__Upkeep__MetricsRequest) {
        self.init()
    }

    func pack(into raw: inout Martlet__Upkeep__MetricsRequest, _ arena: Arena) {
    }
}

package struct MetricsResponse: WireMessage {
    package var header: ResponseHeader?
    /// In the Prometheus text format 0.0.4: UTF-8, lines that end with a line feed. For each family
    /// "# HELP name text", "# TYPE name counter|gauge|histogram", then a line for each sample,
    /// "name{label=\"value\",…} number". Histograms are in seconds, with cumulative buckets by
    /// powers of
    /// two: 0.0009765625 ms to 32,768 ms.
    package var text: [UInt8]

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil, text: [UInt8] = []) {
        self.header = header
        self.text = text
    }
}

extension MetricsResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension MetricsResponse: @unsafe Packed {
    static var name: StaticString { "MetricsResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Upkeep__MetricsResponse>) {
        unsafe martlet__upkeep__metrics_response__init(raw)
    }

    init(unpacking raw: Martlet__Upkeep__MetricsResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        text = unsafe [UInt8](unpacking: raw.text)
    }

    func pack(into raw: inout Martlet__Upkeep__MetricsResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.text = arena.copy(text)
    }
}

/// The last operations that took longer than the member's --slow-operation, at most 128.
package struct SlowOperationsRequest: WireMessage {

    package init() {}
}

extension SlowOperationsRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension SlowOperationsRequest: @unsafe Packed {
    static var name: StaticString { "SlowOperationsRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Upkeep__SlowOperationsRequest>) {
        unsafe martlet__upkeep__slow_operations_request__init(raw)
    }

    init(unpacking raw: Martlet__Upkeep__SlowOperationsRequest) {
        self.init()
    }

    func pack(into raw: inout Martlet__Upkeep__SlowOperationsRequest, _ arena: Arena) {
    }
}

package struct SlowOperationInfo: WireMessage {
    /// Counts from 1 since the member's start.
    package var number: UInt64
    /// Microseconds since it was over.
    package var agoUs: UInt64
    /// wire.Method of the first.
    package var method: UInt32
    /// How many fared alike: commands of one entry, reads of one round.
    package var operations: UInt32
    /// The first bytes of the first one's key.
    package var key: [UInt8]
    package var totalUs: UInt64
    package var cause: SlowCause
    /// The part of total_us that the cause took.
    package var waitedUs: UInt64
    package var memberID: UInt64
    package var commands: UInt64
    package var reads: UInt64
    /// All of it as one line for people.
    package var words: String

    package init() { self.init(number: 0) }

    package init(
        number: UInt64 = 0,
        agoUs: UInt64 = 0,
        method: UInt32 = 0,
        operations: UInt32 = 0,
        key: [UInt8] = [],
        totalUs: UInt64 = 0,
        cause: SlowCause = SlowCause(rawValue: 0),
        waitedUs: UInt64 = 0,
        memberID: UInt64 = 0,
        commands: UInt64 = 0,
        reads: UInt64 = 0,
        words: String = ""
    ) {
        self.number = number
        self.agoUs = agoUs
        self.method = method
        self.operations = operations
        self.key = key
        self.totalUs = totalUs
        self.cause = cause
        self.waitedUs = waitedUs
        self.memberID = memberID
        self.commands = commands
        self.reads = reads
        self.words = words
    }
}

extension SlowOperationInfo {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension SlowOperationInfo: @unsafe Packed {
    static var name: StaticString { "SlowOperationInfo" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Upkeep__SlowOperationInfo>) {
        unsafe martlet__upkeep__slow_operation_info__init(raw)
    }

    init(unpacking raw: Martlet__Upkeep__SlowOperationInfo) {
        self.init()
        number = unsafe raw.number
        agoUs = unsafe raw.ago_us
        method = unsafe raw.method
        operations = unsafe raw.operations
        key = unsafe [UInt8](unpacking: raw.key)
        totalUs = unsafe raw.total_us
        cause = unsafe SlowCause(rawValue: Int32(bitPattern: raw.cause.rawValue))
        waitedUs = unsafe raw.waited_us
        memberID = unsafe raw.member_id
        commands = unsafe raw.commands
        reads = unsafe raw.reads
        words = unsafe String(unpacking: raw.words)
    }

    func pack(into raw: inout Martlet__Upkeep__SlowOperationInfo, _ arena: Arena) {
        unsafe raw.number = number
        unsafe raw.ago_us = agoUs
        unsafe raw.method = method
        unsafe raw.operations = operations
        unsafe raw.key = arena.copy(key)
        unsafe raw.total_us = totalUs
        unsafe raw.cause = .init(rawValue: UInt32(bitPattern: cause.rawValue))
        unsafe raw.waited_us = waitedUs
        unsafe raw.member_id = memberID
        unsafe raw.commands = commands
        unsafe raw.reads = reads
        unsafe raw.words = arena.copy(words)
    }
}

/// Oldest first.
package struct SlowOperationsResponse: WireMessage {
    package var header: ResponseHeader?
    package var operations: [SlowOperationInfo]
    /// From how long on an operation is slow; 0 when nothing is.
    package var limitUs: UInt64

    package init() { self.init(header: nil) }

    package init(
        header: ResponseHeader? = nil, operations: [SlowOperationInfo] = [], limitUs: UInt64 = 0
    ) {
        self.header = header
        self.operations = operations
        self.limitUs = limitUs
    }
}

extension SlowOperationsResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension SlowOperationsResponse: @unsafe Packed {
    static var name: StaticString { "SlowOperationsResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Upkeep__SlowOperationsResponse>) {
        unsafe martlet__upkeep__slow_operations_response__init(raw)
    }

    init(unpacking raw: Martlet__Upkeep__SlowOperationsResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        operations = unsafe Array(unpacking: raw.operations, raw.n_operations)
        limitUs = unsafe raw.limit_us
    }

    func pack(into raw: inout Martlet__Upkeep__SlowOperationsResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.n_operations = operations.count
        unsafe raw.operations = arena.copy(operations)
        unsafe raw.limit_us = limitUs
    }
}

/// What the member's flight recorder holds: the last 65,536 events that its core was given, in at
/// most
/// 16 MiB. It holds keys and values as clients sent them; words that are secret are left out.
package struct RecordingRequest: WireMessage {

    package init() {}
}

extension RecordingRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension RecordingRequest: @unsafe Packed {
    static var name: StaticString { "RecordingRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Upkeep__RecordingRequest>) {
        unsafe martlet__upkeep__recording_request__init(raw)
    }

    init(unpacking raw: Martlet__Upkeep__RecordingRequest) {
        self.init()
    }

    func pack(into raw: inout Martlet__Upkeep__RecordingRequest, _ arena: Arena) {
    }
}

/// A piece of the recording: STREAM frames have `part`, and the parts one after the other are the
/// file
/// that Sources/Store/Recording.swift describes. The RESPONSE has `bytes` and `checksum` of the
/// whole.
/// OVERLOADED while others are being sent.
package struct RecordingResponse: WireMessage {
    package var header: ResponseHeader?
    package var part: [UInt8]
    package var bytes: UInt64
    /// CRC-32C.
    package var checksum: UInt32

    package init() { self.init(header: nil) }

    package init(
        header: ResponseHeader? = nil, part: [UInt8] = [], bytes: UInt64 = 0, checksum: UInt32 = 0
    ) {
        self.header = header
        self.part = part
        self.bytes = bytes
        self.checksum = checksum
    }
}

extension RecordingResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension RecordingResponse: @unsafe Packed {
    static var name: StaticString { "RecordingResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Upkeep__RecordingResponse>) {
        unsafe martlet__upkeep__recording_response__init(raw)
    }

    init(unpacking raw: Martlet__Upkeep__RecordingResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        part = unsafe [UInt8](unpacking: raw.part)
        bytes = unsafe raw.bytes
        checksum = unsafe raw.checksum
    }

    func pack(into raw: inout Martlet__Upkeep__RecordingResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.part = arena.copy(part)
        unsafe raw.bytes = bytes
        unsafe raw.checksum = checksum
    }
}
