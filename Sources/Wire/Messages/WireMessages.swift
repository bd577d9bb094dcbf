// Made by proto/generate from proto/wire.proto. Do not edit.

internal import CProtobuf
package import Units

package enum FrameType: UInt8, CaseIterable, Hashable, Sendable {
    /// body: Hello
    case hello = 1
    /// body: the method's request message
    case request = 2
    /// body: the method's response message; ends the call
    case response = 3
    /// body: the method's response message; more may follow
    case stream = 4
    /// body: Credit
    case credit = 5
    /// no body
    case cancel = 6
    /// body: up to 64 bytes, returned as they are
    case ping = 7
    /// body: Goaway
    case goaway = 8
    /// body: Error; ends the call, or the connection on stream 0
    case error = 9
}

package struct FrameFlags: OptionSet, Hashable, Sendable {
    package var rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// REQUEST: no answer is wanted
    package static let oneWay = FrameFlags(rawValue: 1)
    /// PING: this is the echo
    package static let ack = FrameFlags(rawValue: 2)
}

/// The calls. The comment names request → response; "stream" means STREAM frames come first.
package enum Method: RawRepresentable, Hashable, Sendable {
    case none
    /// Keys (store.proto)
    case put
    /// RangeRequest → RangeResponse; with `chunked`: a stream of RangeResponse
    case range
    /// DeleteRangeRequest → DeleteRangeResponse
    case deleteRange
    /// TxnRequest → TxnResponse
    case txn
    /// CompactRequest → CompactResponse
    case compact
    /// WatchRequest → stream of WatchResponse
    case watch
    /// WatchProgressRequest → WatchProgressResponse
    case watchProgress
    /// Leases (store.proto)
    case leaseGrant
    /// LeaseRevokeRequest → LeaseRevokeResponse
    case leaseRevoke
    /// LeaseKeepAliveRequest → LeaseKeepAliveResponse
    case leaseKeepAlive
    /// LeaseTimeToLiveRequest → LeaseTimeToLiveResponse
    case leaseTimeToLive
    /// LeaseListRequest → LeaseListResponse
    case leaseList
    /// LeaseKeepAliveManyRequest → LeaseKeepAliveManyResponse
    case leaseKeepAliveMany
    /// Coordination (coordination.proto)
    case sessionOpen
    /// SessionCloseRequest → SessionCloseResponse
    case sessionClose
    /// OnceRequest → OnceResponse
    case once
    /// LockRequest → LockResponse
    case lock
    /// UnlockRequest → UnlockResponse
    case unlock
    /// CampaignRequest → CampaignResponse
    case campaign
    /// ProclaimRequest → ProclaimResponse
    case proclaim
    /// ResignRequest → ResignResponse
    case resign
    /// Cluster (store.proto)
    case status
    /// MemberListRequest → MemberListResponse
    case memberList
    /// MemberAddRequest → MemberListResponse
    case memberAdd
    /// MemberRemoveRequest → MemberListResponse
    case memberRemove
    /// MemberPromoteRequest → MemberListResponse
    case memberPromote
    /// MoveLeaderRequest → MoveLeaderResponse
    case moveLeader
    /// MemberUpdateRequest → MemberListResponse
    case memberUpdate
    /// MemberReplaceRequest → MemberListResponse
    case memberReplace
    /// ElectionLeaderRequest → ElectionLeaderResponse (coordination.proto)
    case electionLeader
    /// ElectionObserveRequest → stream of ElectionLeaderResponse (the same)
    case electionObserve
    /// Between members (raft.proto)
    case peer
    /// Directory tree (tree.proto)
    case tree
    /// TreeWatchRequest → stream of TreeResponse
    case treeWatch
    /// TreeStatisticsRequest → TreeStatisticsResponse
    case treeStatistics
    /// Who may do what (access.proto)
    case authenticate
    /// AuthEnableRequest → AuthStatusResponse
    case authEnable
    /// AuthDisableRequest → AuthStatusResponse
    case authDisable
    /// AuthStatusRequest → AuthStatusResponse
    case authStatus
    /// UserAddRequest → UserResponse
    case userAdd
    /// UserGetRequest → UserResponse
    case userGet
    /// UserListRequest → UserListResponse
    case userList
    /// UserDeleteRequest → UserListResponse
    case userDelete
    /// UserPasswordRequest → UserResponse
    case userPassword
    /// UserGrantRoleRequest → UserResponse
    case userGrantRole
    /// UserRevokeRoleRequest → UserResponse
    case userRevokeRole
    /// RoleAddRequest → RoleResponse
    case roleAdd
    /// RoleGetRequest → RoleResponse
    case roleGet
    /// RoleListRequest → RoleListResponse
    case roleList
    /// RoleDeleteRequest → RoleListResponse
    case roleDelete
    /// RoleGrantRequest → RoleResponse
    case roleGrant
    /// RoleRevokeRequest → RoleResponse
    case roleRevoke
    /// QuotaSetRequest → QuotaListResponse
    case quotaSet
    /// QuotaListRequest → QuotaListResponse
    case quotaList
    /// Upkeep (upkeep.proto)
    case alarms
    /// DigestRequest → DigestResponse
    case digest
    /// MetricsRequest → MetricsResponse
    case metrics
    /// SlowOperationsRequest → SlowOperationsResponse
    case slowOperations
    /// RecordingRequest → stream of RecordingResponse
    case recording
    /// BackupRequest → stream of BackupResponse
    case backup
    /// ClusterVersionRequest → ClusterVersionResponse
    case clusterVersion
    /// ScrubRequest → ScrubResponse
    case scrub
    /// A number that this version has no name for.
    case unrecognized(Int32)

    package init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .none
        case 1: self = .put
        case 2: self = .range
        case 3: self = .deleteRange
        case 4: self = .txn
        case 5: self = .compact
        case 6: self = .watch
        case 7: self = .watchProgress
        case 16: self = .leaseGrant
        case 17: self = .leaseRevoke
        case 18: self = .leaseKeepAlive
        case 19: self = .leaseTimeToLive
        case 20: self = .leaseList
        case 21: self = .leaseKeepAliveMany
        case 24: self = .sessionOpen
        case 25: self = .sessionClose
        case 26: self = .once
        case 27: self = .lock
        case 28: self = .unlock
        case 29: self = .campaign
        case 30: self = .proclaim
        case 31: self = .resign
        case 32: self = .status
        case 33: self = .memberList
        case 34: self = .memberAdd
        case 35: self = .memberRemove
        case 36: self = .memberPromote
        case 37: self = .moveLeader
        case 38: self = .memberUpdate
        case 39: self = .memberReplace
        case 40: self = .electionLeader
        case 41: self = .electionObserve
        case 64: self = .peer
        case 80: self = .tree
        case 81: self = .treeWatch
        case 82: self = .treeStatistics
        case 96: self = .authenticate
        case 97: self = .authEnable
        case 98: self = .authDisable
        case 99: self = .authStatus
        case 100: self = .userAdd
        case 101: self = .userGet
        case 102: self = .userList
        case 103: self = .userDelete
        case 104: self = .userPassword
        case 105: self = .userGrantRole
        case 106: self = .userRevokeRole
        case 107: self = .roleAdd
        case 108: self = .roleGet
        case 109: self = .roleList
        case 110: self = .roleDelete
        case 111: self = .roleGrant
        case 112: self = .roleRevoke
        case 113: self = .quotaSet
        case 114: self = .quotaList
        case 128: self = .alarms
        case 129: self = .digest
        case 130: self = .metrics
        case 131: self = .slowOperations
        case 132: self = .recording
        case 133: self = .backup
        case 134: self = .clusterVersion
        case 135: self = .scrub
        default: self = .unrecognized(rawValue)
        }
    }

    package var rawValue: Int32 {
        switch self {
        case .none: 0
        case .put: 1
        case .range: 2
        case .deleteRange: 3
        case .txn: 4
        case .compact: 5
        case .watch: 6
        case .watchProgress: 7
        case .leaseGrant: 16
        case .leaseRevoke: 17
        case .leaseKeepAlive: 18
        case .leaseTimeToLive: 19
        case .leaseList: 20
        case .leaseKeepAliveMany: 21
        case .sessionOpen: 24
        case .sessionClose: 25
        case .once: 26
        case .lock: 27
        case .unlock: 28
        case .campaign: 29
        case .proclaim: 30
        case .resign: 31
        case .status: 32
        case .memberList: 33
        case .memberAdd: 34
        case .memberRemove: 35
        case .memberPromote: 36
        case .moveLeader: 37
        case .memberUpdate: 38
        case .memberReplace: 39
        case .electionLeader: 40
        case .electionObserve: 41
        case .peer: 64
        case .tree: 80
        case .treeWatch: 81
        case .treeStatistics: 82
        case .authenticate: 96
        case .authEnable: 97
        case .authDisable: 98
        case .authStatus: 99
        case .userAdd: 100
        case .userGet: 101
        case .userList: 102
        case .userDelete: 103
        case .userPassword: 104
        case .userGrantRole: 105
        case .userRevokeRole: 106
        case .roleAdd: 107
        case .roleGet: 108
        case .roleList: 109
        case .roleDelete: 110
        case .roleGrant: 111
        case .roleRevoke: 112
        case .quotaSet: 113
        case .quotaList: 114
        case .alarms: 128
        case .digest: 129
        case .metrics: 130
        case .slowOperations: 131
        case .recording: 132
        case .backup: 133
        case .clusterVersion: 134
        case .scrub: 135
        case .unrecognized(let number): number
        }
    }
}

/// Each code is one way in which a caller can react.
package enum ErrorCode: RawRepresentable, Hashable, Sendable {
    case none
    /// The frame layer: the connection ends.
    case badMagic
    /// another major version of the framing
    case badVersion
    /// damaged on its way: connect again
    case badChecksum
    /// a body over the receiver's maximum_frame
    case frameTooLarge
    /// what "WHAT BELONGS WHERE" refuses
    case badFrame
    /// more STREAM bytes than there was credit for
    case creditOverrun
    /// a required feature bit that the receiver does not know
    case unknownFeature
    /// the receiver belongs to another cluster
    case clusterMismatch
    /// the receiver is another member
    case memberMismatch
    /// Between members, in a GOAWAY: calling again will not help.
    case memberRemoved
    /// the caller's data is not the data that this member had
    case identityLost
    /// another process that is alive says it is this member
    case identityTaken
    /// The request is wrong: sending it again will not help.
    case unknownMethod
    /// the body is not the message of its frame: see "MESSAGES"
    case badMessage
    /// parsed, but a value is out of range; the message names it
    case invalidArgument
    case keyEmpty
    /// over 4,096 bytes
    case keyTooLong
    /// over 1 MiB
    case valueTooLarge
    case leaseNotFound
    /// the id asked for is taken
    case leaseExists
    /// the revision asked for is older than compacted_revision
    case compacted
    /// the revision asked for has not been written yet
    case futureRevision
    /// ignore_value or ignore_lease on a key that does not exist
    case keyNotFound
    case tooManyOperations
    /// a transaction that writes one key twice
    case duplicateKey
    case memberNotFound
    case memberExists
    /// a change of members that could leave the cluster without a majority
    case quorumAtRisk
    /// not for this caller
    case notPermitted
    /// the caller did not say who it is, or not truly
    case unauthenticated
    /// the session of a client has ended: what it did before is done
    case sessionNotFound
    /// the answer to this sequence was given up by the client itself
    case sequencePassed
    /// the lock or the leadership is not held, or no longer
    case notHeld
    case userNotFound
    case userExists
    case roleNotFound
    case roleExists
    /// the quota of a user or of a prefix
    case quotaExceeded
    /// kept for later: failures of the tree are answers, see tree.proto
    case treeFailed
    /// not until every member runs a program that knows this
    case versionTooLow
    /// The request is right, but not now: try again, here or at another member.
    case notLeader
    case noLeader
    /// outcome unknown for writes
    case deadlineExceeded
    /// retry_after_ms tells when
    case overloaded
    /// the disk is full: reads, deletes and compaction still work
    case noSpace
    /// this member stops: try another
    case shuttingDown
    /// another change of members is under way
    case membershipBusy
    /// The call ended on request.
    case cancelled
    /// The write may or may not have happened: the leader changed while it was on its way.
    case outcomeUnknown
    /// A fault of the server's own, named in the message.
    case `internal`
    /// A number that this version has no name for.
    case unrecognized(Int32)

    package init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .none
        case 1: self = .badMagic
        case 2: self = .badVersion
        case 3: self = .badChecksum
        case 4: self = .frameTooLarge
        case 5: self = .badFrame
        case 6: self = .creditOverrun
        case 7: self = .unknownFeature
        case 8: self = .clusterMismatch
        case 9: self = .memberMismatch
        case 10: self = .memberRemoved
        case 11: self = .identityLost
        case 12: self = .identityTaken
        case 16: self = .unknownMethod
        case 17: self = .badMessage
        case 18: self = .invalidArgument
        case 19: self = .keyEmpty
        case 20: self = .keyTooLong
        case 21: self = .valueTooLarge
        case 22: self = .leaseNotFound
        case 23: self = .leaseExists
        case 24: self = .compacted
        case 25: self = .futureRevision
        case 26: self = .keyNotFound
        case 27: self = .tooManyOperations
        case 28: self = .duplicateKey
        case 29: self = .memberNotFound
        case 30: self = .memberExists
        case 31: self = .quorumAtRisk
        case 32: self = .notPermitted
        case 33: self = .unauthenticated
        case 34: self = .sessionNotFound
        case 35: self = .sequencePassed
        case 36: self = .notHeld
        case 37: self = .userNotFound
        case 38: self = .userExists
        case 39: self = .roleNotFound
        case 40: self = .roleExists
        case 41: self = .quotaExceeded
        case 42: self = .treeFailed
        case 43: self = .versionTooLow
        case 48: self = .notLeader
        case 49: self = .noLeader
        case 50: self = .deadlineExceeded
        case 51: self = .overloaded
        case 52: self = .noSpace
        case 53: self = .shuttingDown
        case 54: self = .membershipBusy
        case 64: self = .cancelled
        case 65: self = .outcomeUnknown
        case 66: self = .`internal`
        default: self = .unrecognized(rawValue)
        }
    }

    package var rawValue: Int32 {
        switch self {
        case .none: 0
        case .badMagic: 1
        case .badVersion: 2
        case .badChecksum: 3
        case .frameTooLarge: 4
        case .badFrame: 5
        case .creditOverrun: 6
        case .unknownFeature: 7
        case .clusterMismatch: 8
        case .memberMismatch: 9
        case .memberRemoved: 10
        case .identityLost: 11
        case .identityTaken: 12
        case .unknownMethod: 16
        case .badMessage: 17
        case .invalidArgument: 18
        case .keyEmpty: 19
        case .keyTooLong: 20
        case .valueTooLarge: 21
        case .leaseNotFound: 22
        case .leaseExists: 23
        case .compacted: 24
        case .futureRevision: 25
        case .keyNotFound: 26
        case .tooManyOperations: 27
        case .duplicateKey: 28
        case .memberNotFound: 29
        case .memberExists: 30
        case .quorumAtRisk: 31
        case .notPermitted: 32
        case .unauthenticated: 33
        case .sessionNotFound: 34
        case .sequencePassed: 35
        case .notHeld: 36
        case .userNotFound: 37
        case .userExists: 38
        case .roleNotFound: 39
        case .roleExists: 40
        case .quotaExceeded: 41
        case .treeFailed: 42
        case .versionTooLow: 43
        case .notLeader: 48
        case .noLeader: 49
        case .deadlineExceeded: 50
        case .overloaded: 51
        case .noSpace: 52
        case .shuttingDown: 53
        case .membershipBusy: 54
        case .cancelled: 64
        case .outcomeUnknown: 65
        case .`internal`: 66
        case .unrecognized(let number): number
        }
    }
}

/// Who is calling, and what it can do. Sent once by each side.
package struct Hello: WireMessage {
    /// Features that the other side must know or part. Bit 0: the caller is a member of a cluster
    /// at
    /// version 2 or later (raft.proto).
    package var requiredFeatures: UInt64
    /// Features that may be used where both sides have the bit.
    package var optionalFeatures: UInt64
    /// The longest body this side accepts, in bytes. 0, or more than 2 MiB, means 2 MiB.
    package var maximumFrame: UInt32
    /// Bytes of STREAM body that the other side may send on each call before credit is given. With
    /// 0
    /// in either account nothing is streamed until a CREDIT frame.
    package var streamCredit: UInt32
    /// The same for all calls of the connection together.
    package var connectionCredit: UInt32
    /// The cluster this side belongs to or wants; 0 when it does not care. A mismatch between two
    /// non-zero values is refused with CLUSTER_MISMATCH.
    package var clusterID: UInt64
    /// The member that is calling; 0 for clients.
    package var memberID: UInt64
    /// The member that the caller believes it is calling; 0 when it does not care. A member that is
    /// called by another's id refuses with MEMBER_MISMATCH.
    package var targetID: UInt64
    /// Program and version, for logs: "martlet/0.2.0".
    package var software: String
    /// Of a member: drawn at each start. Two that are alive with one member_id are told apart by
    /// it.
    package var incarnation: UInt64

    package init() { self.init(requiredFeatures: 0) }

    package init(
        requiredFeatures: UInt64 = 0,
        optionalFeatures: UInt64 = 0,
        maximumFrame: UInt32 = 0,
        streamCredit: UInt32 = 0,
        connectionCredit: UInt32 = 0,
        clusterID: UInt64 = 0,
        memberID: UInt64 = 0,
        targetID: UInt64 = 0,
        software: String = "",
        incarnation: UInt64 = 0
    ) {
        self.requiredFeatures = requiredFeatures
        self.optionalFeatures = optionalFeatures
        self.maximumFrame = maximumFrame
        self.streamCredit = streamCredit
        self.connectionCredit = connectionCredit
        self.clusterID = clusterID
        self.memberID = memberID
        self.targetID = targetID
        self.software = software
        self.incarnation = incarnation
    }
}

extension Hello {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension Hello: @unsafe Packed {
    static var name: StaticString { "Hello" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Wire__Hello>) {
        unsafe martlet__wire__hello__init(raw)
    }

    init(unpacking raw: Martlet__Wire__Hello) {
        self.init()
        requiredFeatures = unsafe raw.required_features
        optionalFeatures = unsafe raw.optional_features
        maximumFrame = unsafe raw.maximum_frame
        streamCredit = unsafe raw.stream_credit
        connectionCredit = unsafe raw.connection_credit
        clusterID = unsafe raw.cluster_id
        memberID = unsafe raw.member_id
        targetID = unsafe raw.target_id
        software = unsafe String(unpacking: raw.software)
        incarnation = unsafe raw.incarnation
    }

    func pack(into raw: inout Martlet__Wire__Hello, _ arena: Arena) {
        unsafe raw.required_features = requiredFeatures
        unsafe raw.optional_features = optionalFeatures
        unsafe raw.maximum_frame = maximumFrame
        unsafe raw.stream_credit = streamCredit
        unsafe raw.connection_credit = connectionCredit
        unsafe raw.cluster_id = clusterID
        unsafe raw.member_id = memberID
        unsafe raw.target_id = targetID
        unsafe raw.software = arena.copy(software)
        unsafe raw.incarnation = incarnation
    }
}

/// More bytes of STREAM body may be sent.
package struct Credit: WireMessage {
    package var bytes: UInt32

    package init() { self.init(bytes: 0) }

    package init(bytes: UInt32 = 0) {
        self.bytes = bytes
    }
}

extension Credit {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension Credit: @unsafe Packed {
    static var name: StaticString { "Credit" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Wire__Credit>) {
        unsafe martlet__wire__credit__init(raw)
    }

    init(unpacking raw: Martlet__Wire__Credit) {
        self.init()
        bytes = unsafe raw.bytes
    }

    func pack(into raw: inout Martlet__Wire__Credit, _ arena: Arena) {
        unsafe raw.bytes = bytes
    }
}

/// No new call is taken on this connection.
package struct Goaway: WireMessage {
    package var code: ErrorCode
    /// For people, one line.
    package var message: String
    /// Calls above this number were not looked at.
    package var lastStream: UInt32

    package init() { self.init(code: ErrorCode(rawValue: 0)) }

    package init(
        code: ErrorCode = ErrorCode(rawValue: 0), message: String = "", lastStream: UInt32 = 0
    ) {
        self.code = code
        self.message = message
        self.lastStream = lastStream
    }
}

extension Goaway {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension Goaway: @unsafe Packed {
    static var name: StaticString { "Goaway" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Wire__Goaway>) {
        unsafe martlet__wire__goaway__init(raw)
    }

    init(unpacking raw: Martlet__Wire__Goaway) {
        self.init()
        code = unsafe ErrorCode(rawValue: Int32(bitPattern: raw.code.rawValue))
        message = unsafe String(unpacking: raw.message)
        lastStream = unsafe raw.last_stream
    }

    func pack(into raw: inout Martlet__Wire__Goaway, _ arena: Arena) {
        unsafe raw.code = .init(rawValue: UInt32(bitPattern: code.rawValue))
        unsafe raw.message = arena.copy(message)
        unsafe raw.last_stream = lastStream
    }
}

/// Why a call or a connection ended.
package struct WireError: WireMessage {
    package var code: ErrorCode
    /// For people: what failed, on what, why, and what to do. One line.
    package var message: String
    /// With NOT_LEADER.
    package var leaderID: UInt64
    package var leaderAddress: String
    /// With OVERLOADED and NO_LEADER.
    package var retryAfterMs: UInt32
    /// With COMPACTED: the oldest revision that can still be asked for. With FUTURE_REVISION: the
    /// newest.
    package var revision: Int64

    package init() { self.init(code: ErrorCode(rawValue: 0)) }

    package init(
        code: ErrorCode = ErrorCode(rawValue: 0),
        message: String = "",
        leaderID: UInt64 = 0,
        leaderAddress: String = "",
        retryAfterMs: UInt32 = 0,
        revision: Int64 = 0
    ) {
        self.code = code
        self.message = message
        self.leaderID = leaderID
        self.leaderAddress = leaderAddress
        self.retryAfterMs = retryAfterMs
        self.revision = revision
    }
}

extension WireError {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension WireError: @unsafe Packed {
    static var name: StaticString { "Error" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Wire__Error>) {
        unsafe martlet__wire__error__init(raw)
    }

    init(unpacking raw: Martlet__Wire__Error) {
        self.init()
        code = unsafe ErrorCode(rawValue: Int32(bitPattern: raw.code.rawValue))
        message = unsafe String(unpacking: raw.message)
        leaderID = unsafe raw.leader_id
        leaderAddress = unsafe String(unpacking: raw.leader_address)
        retryAfterMs = unsafe raw.retry_after_ms
        revision = unsafe raw.revision
    }

    func pack(into raw: inout Martlet__Wire__Error, _ arena: Arena) {
        unsafe raw.code = .init(rawValue: UInt32(bitPattern: code.rawValue))
        unsafe raw.message = arena.copy(message)
        unsafe raw.leader_id = leaderID
        unsafe raw.leader_address = arena.copy(leaderAddress)
        unsafe raw.retry_after_ms = retryAfterMs
        unsafe raw.revision = revision
    }
}
