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

package enum AlarmKind: RawRepresentable, Hashable, Sendable {
    case none
    /// the member's state is as large as its quota allows
    case quota
    /// the member's state differs from the others', or is damaged
    case corrupt
    /// the member's state could not be compared for too long
    case digestUnchecked
    /// the member's disk has hardly any space left
    case disk
    /// A number that this version has no name for.
    case unrecognized(Int32)

    package init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .none
        case 1: self = .quota
        case 2: self = .corrupt
        case 3: self = .digestUnchecked
        case 4: self = .disk
        default: self = .unrecognized(rawValue)
        }
    }

    package var rawValue: Int32 {
        switch self {
        case .none: 0
        case .quota: 1
        case .corrupt: 2
        case .digestUnchecked: 3
        case .disk: 4
        case .unrecognized(let number): number
        }
    }
}

package enum AlarmAction: RawRepresentable, Hashable, Sendable {
    case list
    /// the alarms of this kind and member; it comes back if its cause remains
    case clear
    /// A number that this version has no name for.
    case unrecognized(Int32)

    package init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .list
        case 1: self = .clear
        default: self = .unrecognized(rawValue)
        }
    }

    package var rawValue: Int32 {
        switch self {
        case .list: 0
        case .clear: 1
        case .unrecognized(let number): number
        }
    }
}

package enum Health: RawRepresentable, Hashable, Sendable {
    case sound
    /// the log lost entries; it gives no votes until it has them again
    case recovering
    /// the state is damaged; a fresh one is on its way
    case suspect
    /// A number that this version has no name for.
    case unrecognized(Int32)

    package init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .sound
        case 1: self = .recovering
        case 2: self = .suspect
        default: self = .unrecognized(rawValue)
        }
    }

    package var rawValue: Int32 {
        switch self {
        case .sound: 0
        case .recovering: 1
        case .suspect: 2
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

package struct Alarm: WireMessage {
    package var kind: AlarmKind
    /// Whom it is about; 0 when nobody knows, or the whole cluster.
    package var member: UInt64
    /// When it was raised, in nanoseconds of the time by which leases live.
    package var since: UInt64
    /// For people: one line.
    package var words: String
    /// The entry of the log that raised it last.
    package var index: UInt64

    package init() { self.init(kind: AlarmKind(rawValue: 0)) }

    package init(
        kind: AlarmKind = AlarmKind(rawValue: 0),
        member: UInt64 = 0,
        since: UInt64 = 0,
        words: String = "",
        index: UInt64 = 0
    ) {
        self.kind = kind
        self.member = member
        self.since = since
        self.words = words
        self.index = index
    }
}

extension Alarm {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension Alarm: @unsafe Packed {
    static var name: StaticString { "Alarm" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Upkeep__Alarm>) {
        unsafe martlet__upkeep__alarm__init(raw)
    }

    init(unpacking raw: Martlet__Upkeep__Alarm) {
        self.init()
        kind = unsafe AlarmKind(rawValue: Int32(bitPattern: raw.kind.rawValue))
        member = unsafe raw.member
        since = unsafe raw.since
        words = unsafe String(unpacking: raw.words)
        index = unsafe raw.index
    }

    func pack(into raw: inout Martlet__Upkeep__Alarm, _ arena: Arena) {
        unsafe raw.kind = .init(rawValue: UInt32(bitPattern: kind.rawValue))
        unsafe raw.member = member
        unsafe raw.since = since
        unsafe raw.words = arena.copy(words)
        unsafe raw.index = index
    }
}

package struct AlarmsRequest: WireMessage {
    package var action: AlarmAction
    /// With CLEAR.
    package var kind: AlarmKind
    package var member: UInt64

    package init() { self.init(action: AlarmAction(rawValue: 0)) }

    package init(
        action: AlarmAction = AlarmAction(rawValue: 0),
        kind: AlarmKind = AlarmKind(rawValue: 0),
        member: UInt64 = 0
    ) {
        self.action = action
        self.kind = kind
        self.member = member
    }
}

extension AlarmsRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension AlarmsRequest: @unsafe Packed {
    static var name: StaticString { "AlarmsRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Upkeep__AlarmsRequest>) {
        unsafe martlet__upkeep__alarms_request__init(raw)
    }

    init(unpacking raw: Martlet__Upkeep__AlarmsRequest) {
        self.init()
        action = unsafe AlarmAction(rawValue: Int32(bitPattern: raw.action.rawValue))
        kind = unsafe AlarmKind(rawValue: Int32(bitPattern: raw.kind.rawValue))
        member = unsafe raw.member
    }

    func pack(into raw: inout Martlet__Upkeep__AlarmsRequest, _ arena: Arena) {
        unsafe raw.action = .init(rawValue: UInt32(bitPattern: action.rawValue))
        unsafe raw.kind = .init(rawValue: UInt32(bitPattern: kind.rawValue))
        unsafe raw.member = member
    }
}

package struct AlarmsResponse: WireMessage {
    package var header: ResponseHeader?
    /// By kind, then by member.
    package var alarms: [Alarm]
    /// The time by which leases live, now: how old an alarm is.
    package var clusterTime: UInt64

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil, alarms: [Alarm] = [], clusterTime: UInt64 = 0) {
        self.header = header
        self.alarms = alarms
        self.clusterTime = clusterTime
    }
}

extension AlarmsResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension AlarmsResponse: @unsafe Packed {
    static var name: StaticString { "AlarmsResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Upkeep__AlarmsResponse>) {
        unsafe martlet__upkeep__alarms_response__init(raw)
    }

    init(unpacking raw: Martlet__Upkeep__AlarmsResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        alarms = unsafe Array(unpacking: raw.alarms, raw.n_alarms)
        clusterTime = unsafe raw.cluster_time
    }

    func pack(into raw: inout Martlet__Upkeep__AlarmsResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.n_alarms = alarms.count
        unsafe raw.alarms = arena.copy(alarms)
        unsafe raw.cluster_time = clusterTime
    }
}

/// Of the member that is asked, whether it is in touch with others or not.
package struct DigestRequest: WireMessage {
    /// Reads all pairs at `revision` (0: the newest) and digests them too. Comparable between
    /// members
    /// whatever they have applied since. COMPACTED, FUTURE_REVISION; OVERLOADED when too many are
    /// under way.
    package var keys: Bool
    package var revision: Int64

    package init() { self.init(keys: false) }

    package init(keys: Bool = false, revision: Int64 = 0) {
        self.keys = keys
        self.revision = revision
    }
}

extension DigestRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension DigestRequest: @unsafe Packed {
    static var name: StaticString { "DigestRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Upkeep__DigestRequest>) {
        unsafe martlet__upkeep__digest_request__init(raw)
    }

    init(unpacking raw: Martlet__Upkeep__DigestRequest) {
        self.init()
        keys = unsafe raw.keys != 0
        revision = unsafe raw.revision
    }

    func pack(into raw: inout Martlet__Upkeep__DigestRequest, _ arena: Arena) {
        unsafe raw.keys = keys ? 1 : 0
        unsafe raw.revision = revision
    }
}

package struct DigestResponse: WireMessage {
    package var header: ResponseHeader?
    /// The digest of everything that was applied up to this entry.
    package var appliedIndex: UInt64
    package var digest: UInt64
    package var compactedRevision: Int64
    /// With `keys`: the revision, how many pairs there were, and their digest.
    package var revision: Int64
    package var keys: Int64
    package var keysDigest: UInt64
    /// The newest mark that this member passed, and its digest there; 0 when it passed none.
    package var markIndex: UInt64
    package var markDigest: UInt64
    package var name: String

    package init() { self.init(header: nil) }

    package init(
        header: ResponseHeader? = nil,
        appliedIndex: UInt64 = 0,
        digest: UInt64 = 0,
        compactedRevision: Int64 = 0,
        revision: Int64 = 0,
        keys: Int64 = 0,
        keysDigest: UInt64 = 0,
        markIndex: UInt64 = 0,
        markDigest: UInt64 = 0,
        name: String = ""
    ) {
        self.header = header
        self.appliedIndex = appliedIndex
        self.digest = digest
        self.compactedRevision = compactedRevision
        self.revision = revision
        self.keys = keys
        self.keysDigest = keysDigest
        self.markIndex = markIndex
        self.markDigest = markDigest
        self.name = name
    }
}

extension DigestResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension DigestResponse: @unsafe Packed {
    static var name: StaticString { "DigestResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Upkeep__DigestResponse>) {
        unsafe martlet__upkeep__digest_response__init(raw)
    }

    init(unpacking raw: Martlet__Upkeep__DigestResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        appliedIndex = unsafe raw.applied_index
        digest = unsafe raw.digest
        compactedRevision = unsafe raw.compacted_revision
        revision = unsafe raw.revision
        keys = unsafe raw.keys
        keysDigest = unsafe raw.keys_digest
        markIndex = unsafe raw.mark_index
        markDigest = unsafe raw.mark_digest
        name = unsafe String(unpacking: raw.name)
    }

    func pack(into raw: inout Martlet__Upkeep__DigestResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.applied_index = appliedIndex
        unsafe raw.digest = digest
        unsafe raw.compacted_revision = compactedRevision
        unsafe raw.revision = revision
        unsafe raw.keys = keys
        unsafe raw.keys_digest = keysDigest
        unsafe raw.mark_index = markIndex
        unsafe raw.mark_digest = markDigest
        unsafe raw.name = arena.copy(name)
    }
}

package struct ScrubRequest: WireMessage {
    /// Begins a pass at once, unless one is under way, and goes through it quickly.
    package var now: Bool

    package init() { self.init(now: false) }

    package init(now: Bool = false) {
        self.now = now
    }
}

extension ScrubRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension ScrubRequest: @unsafe Packed {
    static var name: StaticString { "ScrubRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Upkeep__ScrubRequest>) {
        unsafe martlet__upkeep__scrub_request__init(raw)
    }

    init(unpacking raw: Martlet__Upkeep__ScrubRequest) {
        self.init()
        now = unsafe raw.now != 0
    }

    func pack(into raw: inout Martlet__Upkeep__ScrubRequest, _ arena: Arena) {
        unsafe raw.now = now ? 1 : 0
    }
}

/// What a member found out about its own disk.
package struct ScrubResponse: WireMessage {
    package var header: ResponseHeader?
    package var name: String
    /// A pass is under way, and how far it is.
    package var running: Bool
    package var bytesDone: UInt64
    /// Passes that ended since the member started.
    package var passes: UInt64
    /// Of the last pass: how long ago it ended, what it read, how many records and groups, and
    /// damage.
    package var secondsAgo: UInt64
    package var bytes: UInt64
    package var checked: UInt64
    package var damaged: UInt64
    /// What was found since the member started, newest last, at most 16; one line each.
    package var damage: [String]
    /// Bytes per second in the background; 0 when it is off.
    package var rate: UInt64
    package var health: Health

    package init() { self.init(header: nil) }

    package init(
        header: ResponseHeader? = nil,
        name: String = "",
        running: Bool = false,
        bytesDone: UInt64 = 0,
        passes: UInt64 = 0,
        secondsAgo: UInt64 = 0,
        bytes: UInt64 = 0,
        checked: UInt64 = 0,
        damaged: UInt64 = 0,
        damage: [String] = [],
        rate: UInt64 = 0,
        health: Health = Health(rawValue: 0)
    ) {
        self.header = header
        self.name = name
        self.running = running
        self.bytesDone = bytesDone
        self.passes = passes
        self.secondsAgo = secondsAgo
        self.bytes = bytes
        self.checked = checked
        self.damaged = damaged
        self.damage = damage
        self.rate = rate
        self.health = health
    }
}

extension ScrubResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension ScrubResponse: @unsafe Packed {
    static var name: StaticString { "ScrubResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Upkeep__ScrubResponse>) {
        unsafe martlet__upkeep__scrub_response__init(raw)
    }

    init(unpacking raw: Martlet__Upkeep__ScrubResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        name = unsafe String(unpacking: raw.name)
        running = unsafe raw.running != 0
        bytesDone = unsafe raw.bytes_done
        passes = unsafe raw.passes
        secondsAgo = unsafe raw.seconds_ago
        bytes = unsafe raw.bytes
        checked = unsafe raw.checked
        damaged = unsafe raw.damaged
        damage = unsafe Array(unpacking: raw.damage, raw.n_damage)
        rate = unsafe raw.rate
        health = unsafe Health(rawValue: Int32(bitPattern: raw.health.rawValue))
    }

    func pack(into raw: inout Martlet__Upkeep__ScrubResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.name = arena.copy(name)
        unsafe raw.running = running ? 1 : 0
        unsafe raw.bytes_done = bytesDone
        unsafe raw.passes = passes
        unsafe raw.seconds_ago = secondsAgo
        unsafe raw.bytes = bytes
        unsafe raw.checked = checked
        unsafe raw.damaged = damaged
        unsafe raw.n_damage = damage.count
        unsafe raw.damage = arena.copy(damage)
        unsafe raw.rate = rate
        unsafe raw.health = .init(rawValue: UInt32(bitPattern: health.rawValue))
    }
}

/// Asks for a backup. Every acknowledged write that came before the request is in it, unless
/// `serializable` is set. OVERLOADED when too many backups are under way on this member; COMPACTED
/// when
/// the log no longer reaches back to `since_index`, and INVALID_ARGUMENT when it was never part of
/// this
/// log: then only a full backup helps.
package struct BackupRequest: WireMessage {
    /// Only the log after this entry, which an earlier backup ended with. 0: the whole state.
    package var sinceIndex: UInt64
    package var sinceTerm: UInt64
    /// At most so many bytes a second; 0: as fast as they are taken.
    package var bytesPerSecond: UInt64
    /// What this member has, without asking the others: works without a majority, may be old.
    package var serializable: Bool

    package init() { self.init(sinceIndex: 0) }

    package init(
        sinceIndex: UInt64 = 0,
        sinceTerm: UInt64 = 0,
        bytesPerSecond: UInt64 = 0,
        serializable: Bool = false
    ) {
        self.sinceIndex = sinceIndex
        self.sinceTerm = sinceTerm
        self.bytesPerSecond = bytesPerSecond
        self.serializable = serializable
    }
}

extension BackupRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension BackupRequest: @unsafe Packed {
    static var name: StaticString { "BackupRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Upkeep__BackupRequest>) {
        unsafe martlet__upkeep__backup_request__init(raw)
    }

    init(unpacking raw: Martlet__Upkeep__BackupRequest) {
        self.init()
        sinceIndex = unsafe raw.since_index
        sinceTerm = unsafe raw.since_term
        bytesPerSecond = unsafe raw.bytes_per_second
        serializable = unsafe raw.serializable != 0
    }

    func pack(into raw: inout Martlet__Upkeep__BackupRequest, _ arena: Arena) {
        unsafe raw.since_index = sinceIndex
        unsafe raw.since_term = sinceTerm
        unsafe raw.bytes_per_second = bytesPerSecond
        unsafe raw.serializable = serializable ? 1 : 0
    }
}

/// Part of a backup. The first one has `head`. The RESPONSE that ends the call has `parts` and
/// `bytes`, and nothing else: what came before is whole only with it. When the call is made again,
/// on
/// another connection or with another member, it begins anew, with another head.
package struct BackupResponse: WireMessage {
    package var header: ResponseHeader?
    package var head: BackupHead?
    /// Whole backups: records of the state, as many as fit: 1 byte table, 4 bytes key length, 4
    /// bytes
    /// value length, key, value. Increments: entries of the log: 4 bytes payload length, 1 byte
    /// kind,
    /// 3 bytes zero, 8 bytes term, 8 bytes index, payload; kinds and payloads as in raft.Entry. All
    /// little
    /// endian; none is ever split.
    package var records: [UInt8]
    /// How many parts with records came, and how many bytes they held together.
    package var parts: UInt64
    package var bytes: UInt64

    package init() { self.init(header: nil) }

    package init(
        header: ResponseHeader? = nil,
        head: BackupHead? = nil,
        records: [UInt8] = [],
        parts: UInt64 = 0,
        bytes: UInt64 = 0
    ) {
        self.header = header
        self.head = head
        self.records = records
        self.parts = parts
        self.bytes = bytes
    }
}

extension BackupResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension BackupResponse: @unsafe Packed {
    static var name: StaticString { "BackupResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Upkeep__BackupResponse>) {
        unsafe martlet__upkeep__backup_response__init(raw)
    }

    init(unpacking raw: Martlet__Upkeep__BackupResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        head = unsafe BackupHead?(unpacking: raw.head)
        records = unsafe [UInt8](unpacking: raw.records)
        parts = unsafe raw.parts
        bytes = unsafe raw.bytes
    }

    func pack(into raw: inout Martlet__Upkeep__BackupResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.head = arena.copy(head)
        unsafe raw.records = arena.copy(records)
        unsafe raw.parts = parts
        unsafe raw.bytes = bytes
    }
}

/// As of when the backup is.
package struct BackupHead: WireMessage {
    /// The last entry whose effect is in it.
    package var index: UInt64
    package var term: UInt64
    /// Of the state after that entry.
    package var revision: Int64
    package var digest: UInt64
    /// Nanoseconds by which leases live, after that entry.
    package var clusterTime: UInt64
    /// The member's clock on the wall, nanoseconds since 1970.
    package var wallTime: UInt64
    /// Increments: bytes of entries that will come. 0 when nobody knows yet.
    package var expectedBytes: UInt64

    package init() { self.init(index: 0) }

    package init(
        index: UInt64 = 0,
        term: UInt64 = 0,
        revision: Int64 = 0,
        digest: UInt64 = 0,
        clusterTime: UInt64 = 0,
        wallTime: UInt64 = 0,
        expectedBytes: UInt64 = 0
    ) {
        self.index = index
        self.term = term
        self.revision = revision
        self.digest = digest
        self.clusterTime = clusterTime
        self.wallTime = wallTime
        self.expectedBytes = expectedBytes
    }
}

extension BackupHead {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension BackupHead: @unsafe Packed {
    static var name: StaticString { "BackupHead" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Upkeep__BackupHead>) {
        unsafe martlet__upkeep__backup_head__init(raw)
    }

    init(unpacking raw: Martlet__Upkeep__BackupHead) {
        self.init()
        index = unsafe raw.index
        term = unsafe raw.term
        revision = unsafe raw.revision
        digest = unsafe raw.digest
        clusterTime = unsafe raw.cluster_time
        wallTime = unsafe raw.wall_time
        expectedBytes = unsafe raw.expected_bytes
    }

    func pack(into raw: inout Martlet__Upkeep__BackupHead, _ arena: Arena) {
        unsafe raw.index = index
        unsafe raw.term = term
        unsafe raw.revision = revision
        unsafe raw.digest = digest
        unsafe raw.cluster_time = clusterTime
        unsafe raw.wall_time = wallTime
        unsafe raw.expected_bytes = expectedBytes
    }
}

/// What the cluster agreed upon (raft.proto, CLUSTER VERSION), and who knows what.
package struct ClusterVersionRequest: WireMessage {
    /// When set: whether programs of this version could take over the data.
    package var downgradeTo: UInt32

    package init() { self.init(downgradeTo: 0) }

    package init(downgradeTo: UInt32 = 0) {
        self.downgradeTo = downgradeTo
    }
}

extension ClusterVersionRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension ClusterVersionRequest: @unsafe Packed {
    static var name: StaticString { "ClusterVersionRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Upkeep__ClusterVersionRequest>) {
        unsafe martlet__upkeep__cluster_version_request__init(raw)
    }

    init(unpacking raw: Martlet__Upkeep__ClusterVersionRequest) {
        self.init()
        downgradeTo = unsafe raw.downgrade_to
    }

    func pack(into raw: inout Martlet__Upkeep__ClusterVersionRequest, _ arena: Arena) {
        unsafe raw.downgrade_to = downgradeTo
    }
}

package struct MemberVersion: WireMessage {
    package var memberID: UInt64
    package var name: String
    /// The newest that its program knows; 0 when the member that is asked has not heard it say so.
    /// The
    /// leader hears all, another member perhaps only the leader.
    package var supported: UInt32

    package init() { self.init(memberID: 0) }

    package init(memberID: UInt64 = 0, name: String = "", supported: UInt32 = 0) {
        self.memberID = memberID
        self.name = name
        self.supported = supported
    }
}

extension MemberVersion {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension MemberVersion: @unsafe Packed {
    static var name: StaticString { "MemberVersion" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Upkeep__MemberVersion>) {
        unsafe martlet__upkeep__member_version__init(raw)
    }

    init(unpacking raw: Martlet__Upkeep__MemberVersion) {
        self.init()
        memberID = unsafe raw.member_id
        name = unsafe String(unpacking: raw.name)
        supported = unsafe raw.supported
    }

    func pack(into raw: inout Martlet__Upkeep__MemberVersion, _ arena: Arena) {
        unsafe raw.member_id = memberID
        unsafe raw.name = arena.copy(name)
        unsafe raw.supported = supported
    }
}

package struct ClusterVersionResponse: WireMessage {
    package var header: ResponseHeader?
    package var clusterVersion: UInt32
    package var members: [MemberVersion]
    /// With downgrade_to: empty when it is possible, else why not and what to do, in one line.
    package var objection: String

    package init() { self.init(header: nil) }

    package init(
        header: ResponseHeader? = nil,
        clusterVersion: UInt32 = 0,
        members: [MemberVersion] = [],
        objection: String = ""
    ) {
        self.header = header
        self.clusterVersion = clusterVersion
        self.members = members
        self.objection = objection
    }
}

extension ClusterVersionResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension ClusterVersionResponse: @unsafe Packed {
    static var name: StaticString { "ClusterVersionResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Upkeep__ClusterVersionResponse>) {
        unsafe martlet__upkeep__cluster_version_response__init(raw)
    }

    init(unpacking raw: Martlet__Upkeep__ClusterVersionResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        clusterVersion = unsafe raw.cluster_version
        members = unsafe Array(unpacking: raw.members, raw.n_members)
        objection = unsafe String(unpacking: raw.objection)
    }

    func pack(into raw: inout Martlet__Upkeep__ClusterVersionResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.cluster_version = clusterVersion
        unsafe raw.n_members = members.count
        unsafe raw.members = arena.copy(members)
        unsafe raw.objection = arena.copy(objection)
    }
}
