// Made by proto/generate from proto/upkeep.proto. Do not edit.

internal import CProtobuf
package import Units

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
