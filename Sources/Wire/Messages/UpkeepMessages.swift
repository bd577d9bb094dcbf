// Made by proto/generate from proto/upkeep.proto. Do not edit.

internal import CProtobuf
package import Units

/// ALARMS. An alarm is part of the replicated state: every member knows of every member's. It is
/// raised
/// by the member that has the trouble and taken back by the same member when it is over; the leader
/// takes back the alarms of members that are gone. Nobody has to disarm anything.
package enum AlarmKind: RawRepresentable, Hashable, Sendable {
    case noAlarm
    /// the state holds as much as its quota allows; `used` of `limit`, in bytes
    case quota
    /// the disk has hardly any space left; `used` of `limit`, in bytes
    case disk
    /// data that does not verify, or that differs from other members'
    case damage
    /// A number that this version has no name for.
    case unrecognized(Int32)

    package init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .noAlarm
        case 1: self = .quota
        case 2: self = .disk
        case 3: self = .damage
        default: self = .unrecognized(rawValue)
        }
    }

    package var rawValue: Int32 {
        switch self {
        case .noAlarm: 0
        case .quota: 1
        case .disk: 2
        case .damage: 3
        case .unrecognized(let number): number
        }
    }
}

package struct Alarm: WireMessage {
    package var memberID: UInt64
    package var kind: AlarmKind
    package var used: Int64
    package var limit: Int64
    /// For people, one line; may be empty.
    package var message: String

    package init() { self.init(memberID: 0) }

    package init(
        memberID: UInt64 = 0,
        kind: AlarmKind = AlarmKind(rawValue: 0),
        used: Int64 = 0,
        limit: Int64 = 0,
        message: String = ""
    ) {
        self.memberID = memberID
        self.kind = kind
        self.used = used
        self.limit = limit
        self.message = message
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
        memberID = unsafe raw.member_id
        kind = unsafe AlarmKind(rawValue: Int32(bitPattern: raw.kind.rawValue))
        used = unsafe raw.used
        limit = unsafe raw.limit
        message = unsafe String(unpacking: raw.message)
    }

    func pack(into raw: inout Martlet__Upkeep__Alarm, _ arena: Arena) {
        unsafe raw.member_id = memberID
        unsafe raw.kind = .init(rawValue: UInt32(bitPattern: kind.rawValue))
        unsafe raw.used = used
        unsafe raw.limit = limit
        unsafe raw.message = arena.copy(message)
    }
}

/// Which alarms are in force. While a voter has QUOTA or DISK, what adds to the state (puts,
/// leases,
/// sessions, …) is refused with NO_SPACE; reads, deletes, compaction, keepalives and changes of
/// members
/// go on. It ends by itself when less than 90 % of the limit is in use.
package struct AlarmsRequest: WireMessage {

    package init() {}
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
    }

    func pack(into raw: inout Martlet__Upkeep__AlarmsRequest, _ arena: Arena) {
    }
}

package struct AlarmsResponse: WireMessage {
    package var header: ResponseHeader?
    package var alarms: [Alarm]

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil, alarms: [Alarm] = []) {
        self.header = header
        self.alarms = alarms
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
    }

    func pack(into raw: inout Martlet__Upkeep__AlarmsResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.n_alarms = alarms.count
        unsafe raw.alarms = arena.copy(alarms)
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
