// Made by proto/generate from proto/raft.proto. Do not edit.

internal import CProtobuf
package import Units

package enum EntryKind: RawRepresentable, Hashable, Sendable {
    /// the first entry of a leader's term (section 3.6.2)
    case empty
    /// payload: a batch of client commands; see "Batch" below
    case commands
    /// payload: Membership
    case membership
    /// A number that this version has no name for.
    case unrecognized(Int32)

    package init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .empty
        case 1: self = .commands
        case 2: self = .membership
        default: self = .unrecognized(rawValue)
        }
    }

    package var rawValue: Int32 {
        switch self {
        case .empty: 0
        case .commands: 1
        case .membership: 2
        case .unrecognized(let number): number
        }
    }
}

package enum Seat: RawRepresentable, Hashable, Sendable {
    /// leaves when the joint configuration ends
    case noSeat
    case voter
    case learner
    /// A number that this version has no name for.
    case unrecognized(Int32)

    package init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .noSeat
        case 1: self = .voter
        case 2: self = .learner
        default: self = .unrecognized(rawValue)
        }
    }

    package var rawValue: Int32 {
        switch self {
        case .noSeat: 0
        case .voter: 1
        case .learner: 2
        case .unrecognized(let number): number
        }
    }
}

/// One message from member to member. Exactly one of the body's fields is set.
package struct PeerMessage: WireMessage {
    package var from: UInt64
    package var to: UInt64
    /// The sender's term. A receiver with a lower term adopts it, except for pre-votes (section
    /// 9.6).
    package var term: UInt64
    /// The newest cluster version that the sender's program knows; 0 means 1. See CLUSTER VERSION
    /// below.
    package var version: UInt32
    /// Drawn when the sender's data directory was made; 0 when it says nothing. See BIRTH below.
    package var birth: UInt64
    package var body: Choice?

    package enum Choice: Equatable, Sendable {
        case voteRequest(VoteRequest)
        case voteResponse(VoteResponse)
        case appendRequest(AppendRequest)
        case appendResponse(AppendResponse)
        case heartbeat(Heartbeat)
        case heartbeatResponse(HeartbeatResponse)
        case timeoutNow(TimeoutNow)
        case readIndexRequest(ReadIndexRequest)
        case readIndexResponse(ReadIndexResponse)
        case snapshotChunk(SnapshotChunk)
        case snapshotChunkResponse(SnapshotChunkResponse)
        case forwardRequest(ForwardRequest)
        case forwardRefusal(ForwardRefusal)
        case digestReport(DigestReport)
        case digestQuery(DigestQuery)
        case repairRequest(RepairRequest)
        case announcement(Announcement)
    }

    package init() { self.init(from: 0) }

    package init(
        from: UInt64 = 0,
        to: UInt64 = 0,
        term: UInt64 = 0,
        version: UInt32 = 0,
        birth: UInt64 = 0,
        body: Choice? = nil
    ) {
        self.from = from
        self.to = to
        self.term = term
        self.version = version
        self.birth = birth
        self.body = body
    }
}

extension PeerMessage {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension PeerMessage: @unsafe Packed {
    static var name: StaticString { "PeerMessage" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Raft__PeerMessage>) {
        unsafe martlet__raft__peer_message__init(raw)
    }

    init(unpacking raw: Martlet__Raft__PeerMessage) {
        self.init()
        from = unsafe raw.from
        to = unsafe raw.to
        term = unsafe raw.term
        version = unsafe raw.version
        birth = unsafe raw.birth
        switch unsafe raw.body_case.rawValue {
        case 4:
            body = unsafe .voteRequest(.init(unpacking: raw.vote_request))
        case 5:
            body = unsafe .voteResponse(.init(unpacking: raw.vote_response))
        case 6:
            body = unsafe .appendRequest(.init(unpacking: raw.append_request))
        case 7:
            body = unsafe .appendResponse(.init(unpacking: raw.append_response))
        case 8:
            body = unsafe .heartbeat(.init(unpacking: raw.heartbeat))
        case 9:
            body = unsafe .heartbeatResponse(.init(unpacking: raw.heartbeat_response))
        case 10:
            body = unsafe .timeoutNow(.init(unpacking: raw.timeout_now))
        case 11:
            body = unsafe .readIndexRequest(.init(unpacking: raw.read_index_request))
        case 12:
            body = unsafe .readIndexResponse(.init(unpacking: raw.read_index_response))
        case 13:
            body = unsafe .snapshotChunk(.init(unpacking: raw.snapshot_chunk))
        case 14:
            body = unsafe .snapshotChunkResponse(.init(unpacking: raw.snapshot_chunk_response))
        case 15:
            body = unsafe .forwardRequest(.init(unpacking: raw.forward_request))
        case 16:
            body = unsafe .forwardRefusal(.init(unpacking: raw.forward_refusal))
        case 20:
            body = unsafe .digestReport(.init(unpacking: raw.digest_report))
        case 21:
            body = unsafe .digestQuery(.init(unpacking: raw.digest_query))
        case 22:
            body = unsafe .repairRequest(.init(unpacking: raw.repair_request))
        case 34:
            body = unsafe .announcement(.init(unpacking: raw.announcement))
        default: break
        }
    }

    func pack(into raw: inout Martlet__Raft__PeerMessage, _ arena: Arena) {
        unsafe raw.from = from
        unsafe raw.to = to
        unsafe raw.term = term
        unsafe raw.version = version
        unsafe raw.birth = birth
        switch body {
        case nil: break
        case .voteRequest(let value):
            unsafe raw.body_case.rawValue = 4
            unsafe raw.vote_request = arena.copy(value)
        case .voteResponse(let value):
            unsafe raw.body_case.rawValue = 5
            unsafe raw.vote_response = arena.copy(value)
        case .appendRequest(let value):
            unsafe raw.body_case.rawValue = 6
            unsafe raw.append_request = arena.copy(value)
        case .appendResponse(let value):
            unsafe raw.body_case.rawValue = 7
            unsafe raw.append_response = arena.copy(value)
        case .heartbeat(let value):
            unsafe raw.body_case.rawValue = 8
            unsafe raw.heartbeat = arena.copy(value)
        case .heartbeatResponse(let value):
            unsafe raw.body_case.rawValue = 9
            unsafe raw.heartbeat_response = arena.copy(value)
        case .timeoutNow(let value):
            unsafe raw.body_case.rawValue = 10
            unsafe raw.timeout_now = arena.copy(value)
        case .readIndexRequest(let value):
            unsafe raw.body_case.rawValue = 11
            unsafe raw.read_index_request = arena.copy(value)
        case .readIndexResponse(let value):
            unsafe raw.body_case.rawValue = 12
            unsafe raw.read_index_response = arena.copy(value)
        case .snapshotChunk(let value):
            unsafe raw.body_case.rawValue = 13
            unsafe raw.snapshot_chunk = arena.copy(value)
        case .snapshotChunkResponse(let value):
            unsafe raw.body_case.rawValue = 14
            unsafe raw.snapshot_chunk_response = arena.copy(value)
        case .forwardRequest(let value):
            unsafe raw.body_case.rawValue = 15
            unsafe raw.forward_request = arena.copy(value)
        case .forwardRefusal(let value):
            unsafe raw.body_case.rawValue = 16
            unsafe raw.forward_refusal = arena.copy(value)
        case .digestReport(let value):
            unsafe raw.body_case.rawValue = 20
            unsafe raw.digest_report = arena.copy(value)
        case .digestQuery(let value):
            unsafe raw.body_case.rawValue = 21
            unsafe raw.digest_query = arena.copy(value)
        case .repairRequest(let value):
            unsafe raw.body_case.rawValue = 22
            unsafe raw.repair_request = arena.copy(value)
        case .announcement(let value):
            unsafe raw.body_case.rawValue = 34
            unsafe raw.announcement = arena.copy(value)
        }
    }
}

/// The sender is reached at another place than the membership says. Told to every member once a
/// second
/// until the membership says so.
package struct Announcement: WireMessage {
    package var peerAddress: String
    package var clientAddresses: [String]

    package init() { self.init(peerAddress: "") }

    package init(peerAddress: String = "", clientAddresses: [String] = []) {
        self.peerAddress = peerAddress
        self.clientAddresses = clientAddresses
    }
}

extension Announcement {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension Announcement: @unsafe Packed {
    static var name: StaticString { "Announcement" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Raft__Announcement>) {
        unsafe martlet__raft__announcement__init(raw)
    }

    init(unpacking raw: Martlet__Raft__Announcement) {
        self.init()
        peerAddress = unsafe String(unpacking: raw.peer_address)
        clientAddresses = unsafe Array(unpacking: raw.client_addresses, raw.n_client_addresses)
    }

    func pack(into raw: inout Martlet__Raft__Announcement, _ arena: Arena) {
        unsafe raw.peer_address = arena.copy(peerAddress)
        unsafe raw.n_client_addresses = clientAddresses.count
        unsafe raw.client_addresses = arena.copy(clientAddresses)
    }
}

/// One entry of the replicated log.
///
/// Batch, the payload of COMMANDS: 32 bytes of header, then `count` commands.
/// offset size
/// 0    8 origin        the incarnation of the member that took these commands from clients
/// 8    8 first         number of the first command at that origin; the rest follow by one
/// 16    8 cluster time  nanoseconds, stamped by the leader; leases live by it
/// 24    4 count
/// 28    4 wall clock    seconds since 1970 by the leader's clock, 0 when it did not look; tells
/// people
/// when an entry was (restoring up to a point in time), and nothing else
/// and each command: 4 bytes length of body, 4 bytes method (wire.Method), then the body, which is
/// the
/// client's request message as it was received. All little endian. Methods from 0x1000 on are the
/// leader's own, but for 0x1002: a client's command with the user who gave it, while rights are
/// asked for:
/// offset size
/// 0    8 revision      of users and roles, by which it was let in
/// 8    4 method        the client's
/// 12    2 length        of the user's name
/// 14      name          then the client's request message
/// Rights are looked at again when it is carried out.
package struct EntryMessage: WireMessage {
    package var term: UInt64
    package var index: UInt64
    package var kind: EntryKind
    package var payload: [UInt8]

    package init() { self.init(term: 0) }

    package init(
        term: UInt64 = 0,
        index: UInt64 = 0,
        kind: EntryKind = EntryKind(rawValue: 0),
        payload: [UInt8] = []
    ) {
        self.term = term
        self.index = index
        self.kind = kind
        self.payload = payload
    }
}

extension EntryMessage {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension EntryMessage: @unsafe Packed {
    static var name: StaticString { "Entry" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Raft__Entry>) {
        unsafe martlet__raft__entry__init(raw)
    }

    init(unpacking raw: Martlet__Raft__Entry) {
        self.init()
        term = unsafe raw.term
        index = unsafe raw.index
        kind = unsafe EntryKind(rawValue: Int32(bitPattern: raw.kind.rawValue))
        payload = unsafe [UInt8](unpacking: raw.payload)
    }

    func pack(into raw: inout Martlet__Raft__Entry, _ arena: Arena) {
        unsafe raw.term = term
        unsafe raw.index = index
        unsafe raw.kind = .init(rawValue: UInt32(bitPattern: kind.rawValue))
        unsafe raw.payload = arena.copy(payload)
    }
}

/// Section 3.4 and 9.6. The reply is held until the vote is durable.
package struct VoteRequest: WireMessage {
    package var lastIndex: UInt64
    package var lastTerm: UInt64
    /// Asks whether a vote would be given, and changes no term (section 9.6).
    package var preVote: Bool
    /// The leader asked for this election, so that followers must not hold it off (section 4.2.3).
    package var transfer: Bool

    package init() { self.init(lastIndex: 0) }

    package init(
        lastIndex: UInt64 = 0, lastTerm: UInt64 = 0, preVote: Bool = false, transfer: Bool = false
    ) {
        self.lastIndex = lastIndex
        self.lastTerm = lastTerm
        self.preVote = preVote
        self.transfer = transfer
    }
}

extension VoteRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension VoteRequest: @unsafe Packed {
    static var name: StaticString { "VoteRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Raft__VoteRequest>) {
        unsafe martlet__raft__vote_request__init(raw)
    }

    init(unpacking raw: Martlet__Raft__VoteRequest) {
        self.init()
        lastIndex = unsafe raw.last_index
        lastTerm = unsafe raw.last_term
        preVote = unsafe raw.pre_vote != 0
        transfer = unsafe raw.transfer != 0
    }

    func pack(into raw: inout Martlet__Raft__VoteRequest, _ arena: Arena) {
        unsafe raw.last_index = lastIndex
        unsafe raw.last_term = lastTerm
        unsafe raw.pre_vote = preVote ? 1 : 0
        unsafe raw.transfer = transfer ? 1 : 0
    }
}

package struct VoteResponse: WireMessage {
    package var granted: Bool
    package var preVote: Bool

    package init() { self.init(granted: false) }

    package init(granted: Bool = false, preVote: Bool = false) {
        self.granted = granted
        self.preVote = preVote
    }
}

extension VoteResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension VoteResponse: @unsafe Packed {
    static var name: StaticString { "VoteResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Raft__VoteResponse>) {
        unsafe martlet__raft__vote_response__init(raw)
    }

    init(unpacking raw: Martlet__Raft__VoteResponse) {
        self.init()
        granted = unsafe raw.granted != 0
        preVote = unsafe raw.pre_vote != 0
    }

    func pack(into raw: inout Martlet__Raft__VoteResponse, _ arena: Arena) {
        unsafe raw.granted = granted ? 1 : 0
        unsafe raw.pre_vote = preVote ? 1 : 0
    }
}

/// Section 3.5. Entries follow previous_index without a gap.
package struct AppendRequest: WireMessage {
    package var previousIndex: UInt64
    package var previousTerm: UInt64
    package var commit: UInt64
    package var entries: [EntryMessage]

    package init() { self.init(previousIndex: 0) }

    package init(
        previousIndex: UInt64 = 0,
        previousTerm: UInt64 = 0,
        commit: UInt64 = 0,
        entries: [EntryMessage] = []
    ) {
        self.previousIndex = previousIndex
        self.previousTerm = previousTerm
        self.commit = commit
        self.entries = entries
    }
}

extension AppendRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension AppendRequest: @unsafe Packed {
    static var name: StaticString { "AppendRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Raft__AppendRequest>) {
        unsafe martlet__raft__append_request__init(raw)
    }

    init(unpacking raw: Martlet__Raft__AppendRequest) {
        self.init()
        previousIndex = unsafe raw.previous_index
        previousTerm = unsafe raw.previous_term
        commit = unsafe raw.commit
        entries = unsafe Array(unpacking: raw.entries, raw.n_entries)
    }

    func pack(into raw: inout Martlet__Raft__AppendRequest, _ arena: Arena) {
        unsafe raw.previous_index = previousIndex
        unsafe raw.previous_term = previousTerm
        unsafe raw.commit = commit
        unsafe raw.n_entries = entries.count
        unsafe raw.entries = arena.copy(entries)
    }
}

package struct AppendResponse: WireMessage {
    /// True: everything up to `index` is durable and equal to the leader's log.
    package var matched: Bool
    package var index: UInt64
    /// When not matched: the follower's hint where to try, section 3.5 (the end of its log, or the
    /// first
    /// index of the conflicting term), and the term there.
    package var hintIndex: UInt64
    package var hintTerm: UInt64
    /// Which life of the sender's log this is said of: a number that grows whenever entries that
    /// were
    /// written may be lost, and never falls. A leader forgets what was acknowledged in an earlier
    /// life
    /// as soon as it hears of a later one, and takes nothing more from the earlier.
    package var life: UInt64

    package init() { self.init(matched: false) }

    package init(
        matched: Bool = false,
        index: UInt64 = 0,
        hintIndex: UInt64 = 0,
        hintTerm: UInt64 = 0,
        life: UInt64 = 0
    ) {
        self.matched = matched
        self.index = index
        self.hintIndex = hintIndex
        self.hintTerm = hintTerm
        self.life = life
    }
}

extension AppendResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension AppendResponse: @unsafe Packed {
    static var name: StaticString { "AppendResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Raft__AppendResponse>) {
        unsafe martlet__raft__append_response__init(raw)
    }

    init(unpacking raw: Martlet__Raft__AppendResponse) {
        self.init()
        matched = unsafe raw.matched != 0
        index = unsafe raw.index
        hintIndex = unsafe raw.hint_index
        hintTerm = unsafe raw.hint_term
        life = unsafe raw.life
    }

    func pack(into raw: inout Martlet__Raft__AppendResponse, _ arena: Arena) {
        unsafe raw.matched = matched ? 1 : 0
        unsafe raw.index = index
        unsafe raw.hint_index = hintIndex
        unsafe raw.hint_term = hintTerm
        unsafe raw.life = life
    }
}

/// Keeps the leader known, tells the commit index, and confirms reads (section 6.4).
package struct Heartbeat: WireMessage {
    package var commit: UInt64
    /// Number of the newest read round that this heartbeat confirms; 0 for none.
    package var readRound: UInt64

    package init() { self.init(commit: 0) }

    package init(commit: UInt64 = 0, readRound: UInt64 = 0) {
        self.commit = commit
        self.readRound = readRound
    }
}

extension Heartbeat {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension Heartbeat: @unsafe Packed {
    static var name: StaticString { "Heartbeat" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Raft__Heartbeat>) {
        unsafe martlet__raft__heartbeat__init(raw)
    }

    init(unpacking raw: Martlet__Raft__Heartbeat) {
        self.init()
        commit = unsafe raw.commit
        readRound = unsafe raw.read_round
    }

    func pack(into raw: inout Martlet__Raft__Heartbeat, _ arena: Arena) {
        unsafe raw.commit = commit
        unsafe raw.read_round = readRound
    }
}

package struct HeartbeatResponse: WireMessage {
    package var readRound: UInt64

    package init() { self.init(readRound: 0) }

    package init(readRound: UInt64 = 0) {
        self.readRound = readRound
    }
}

extension HeartbeatResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension HeartbeatResponse: @unsafe Packed {
    static var name: StaticString { "HeartbeatResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Raft__HeartbeatResponse>) {
        unsafe martlet__raft__heartbeat_response__init(raw)
    }

    init(unpacking raw: Martlet__Raft__HeartbeatResponse) {
        self.init()
        readRound = unsafe raw.read_round
    }

    func pack(into raw: inout Martlet__Raft__HeartbeatResponse, _ arena: Arena) {
        unsafe raw.read_round = readRound
    }
}

/// Start an election at once (section 3.10).
package struct TimeoutNow: WireMessage {

    package init() {}
}

extension TimeoutNow {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension TimeoutNow: @unsafe Packed {
    static var name: StaticString { "TimeoutNow" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Raft__TimeoutNow>) {
        unsafe martlet__raft__timeout_now__init(raw)
    }

    init(unpacking raw: Martlet__Raft__TimeoutNow) {
        self.init()
    }

    func pack(into raw: inout Martlet__Raft__TimeoutNow, _ arena: Arena) {
    }
}

/// A follower asks for an index at which it may serve a linearizable read (section 6.4).
package struct ReadIndexRequest: WireMessage {
    package var id: UInt64
    /// As in AppendResponse. A member whose log may have lost what it acknowledged asks in this way
    /// how far
    /// the leader has committed; it gives no votes until it holds everything up to there.
    package var life: UInt64

    package init() { self.init(id: 0) }

    package init(id: UInt64 = 0, life: UInt64 = 0) {
        self.id = id
        self.life = life
    }
}

extension ReadIndexRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension ReadIndexRequest: @unsafe Packed {
    static var name: StaticString { "ReadIndexRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Raft__ReadIndexRequest>) {
        unsafe martlet__raft__read_index_request__init(raw)
    }

    init(unpacking raw: Martlet__Raft__ReadIndexRequest) {
        self.init()
        id = unsafe raw.id
        life = unsafe raw.life
    }

    func pack(into raw: inout Martlet__Raft__ReadIndexRequest, _ arena: Arena) {
        unsafe raw.id = id
        unsafe raw.life = life
    }
}

package struct ReadIndexResponse: WireMessage {
    package var id: UInt64
    package var index: UInt64
    /// The receiver is not leader, or has not committed in its term yet: ask again.
    package var refused: Bool

    package init() { self.init(id: 0) }

    package init(id: UInt64 = 0, index: UInt64 = 0, refused: Bool = false) {
        self.id = id
        self.index = index
        self.refused = refused
    }
}

extension ReadIndexResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension ReadIndexResponse: @unsafe Packed {
    static var name: StaticString { "ReadIndexResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Raft__ReadIndexResponse>) {
        unsafe martlet__raft__read_index_response__init(raw)
    }

    init(unpacking raw: Martlet__Raft__ReadIndexResponse) {
        self.init()
        id = unsafe raw.id
        index = unsafe raw.index
        refused = unsafe raw.refused != 0
    }

    func pack(into raw: inout Martlet__Raft__ReadIndexResponse, _ arena: Arena) {
        unsafe raw.id = id
        unsafe raw.index = index
        unsafe raw.refused = refused ? 1 : 0
    }
}

/// Part of a state too old for the log to bring up to date (section 5).
package struct SnapshotChunk: WireMessage {
    package var lastIndex: UInt64
    package var lastTerm: UInt64
    package var membership: MembershipMessage?
    /// Which transfer this belongs to; a new transfer starts at sequence 0.
    package var transfer: UInt64
    package var sequence: UInt64
    package var last: Bool
    /// Records of the state: 1 byte table, 4 bytes key length, 4 bytes value length, key, value;
    /// little
    /// endian, as many as fit.
    package var records: [UInt8]
    /// On the last chunk: the digest of the whole state.
    package var digest: UInt64
    /// A hash of all records up to here, each chunk's seeded by that of the one before
    /// (martlet_hash64 in
    /// Sources/CChecksum); 0: not told. A receiver that comes to another one refuses the transfer.
    package var recordsHash: UInt64

    package init() { self.init(lastIndex: 0) }

    package init(
        lastIndex: UInt64 = 0,
        lastTerm: UInt64 = 0,
        membership: MembershipMessage? = nil,
        transfer: UInt64 = 0,
        sequence: UInt64 = 0,
        last: Bool = false,
        records: [UInt8] = [],
        digest: UInt64 = 0,
        recordsHash: UInt64 = 0
    ) {
        self.lastIndex = lastIndex
        self.lastTerm = lastTerm
        self.membership = membership
        self.transfer = transfer
        self.sequence = sequence
        self.last = last
        self.records = records
        self.digest = digest
        self.recordsHash = recordsHash
    }
}

extension SnapshotChunk {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension SnapshotChunk: @unsafe Packed {
    static var name: StaticString { "SnapshotChunk" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Raft__SnapshotChunk>) {
        unsafe martlet__raft__snapshot_chunk__init(raw)
    }

    init(unpacking raw: Martlet__Raft__SnapshotChunk) {
        self.init()
        lastIndex = unsafe raw.last_index
        lastTerm = unsafe raw.last_term
        membership = unsafe MembershipMessage?(unpacking: raw.membership)
        transfer = unsafe raw.transfer
        sequence = unsafe raw.sequence
        last = unsafe raw.last != 0
        records = unsafe [UInt8](unpacking: raw.records)
        digest = unsafe raw.digest
        recordsHash = unsafe raw.records_hash
    }

    func pack(into raw: inout Martlet__Raft__SnapshotChunk, _ arena: Arena) {
        unsafe raw.last_index = lastIndex
        unsafe raw.last_term = lastTerm
        unsafe raw.membership = arena.copy(membership)
        unsafe raw.transfer = transfer
        unsafe raw.sequence = sequence
        unsafe raw.last = last ? 1 : 0
        unsafe raw.records = arena.copy(records)
        unsafe raw.digest = digest
        unsafe raw.records_hash = recordsHash
    }
}

package struct SnapshotChunkResponse: WireMessage {
    package var transfer: UInt64
    /// The chunk that is expected next; one less or equal to the last sent means: send again from
    /// here.
    package var nextSequence: UInt64
    package var installed: Bool
    /// The transfer cannot go on: start anew.
    package var refused: Bool

    package init() { self.init(transfer: 0) }

    package init(
        transfer: UInt64 = 0,
        nextSequence: UInt64 = 0,
        installed: Bool = false,
        refused: Bool = false
    ) {
        self.transfer = transfer
        self.nextSequence = nextSequence
        self.installed = installed
        self.refused = refused
    }
}

extension SnapshotChunkResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension SnapshotChunkResponse: @unsafe Packed {
    static var name: StaticString { "SnapshotChunkResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Raft__SnapshotChunkResponse>) {
        unsafe martlet__raft__snapshot_chunk_response__init(raw)
    }

    init(unpacking raw: Martlet__Raft__SnapshotChunkResponse) {
        self.init()
        transfer = unsafe raw.transfer
        nextSequence = unsafe raw.next_sequence
        installed = unsafe raw.installed != 0
        refused = unsafe raw.refused != 0
    }

    func pack(into raw: inout Martlet__Raft__SnapshotChunkResponse, _ arena: Arena) {
        unsafe raw.transfer = transfer
        unsafe raw.next_sequence = nextSequence
        unsafe raw.installed = installed ? 1 : 0
        unsafe raw.refused = refused ? 1 : 0
    }
}

/// A batch of client commands that a follower hands to the leader.
package struct ForwardRequest: WireMessage {
    package var payload: [UInt8]

    package init() { self.init(payload: []) }

    package init(payload: [UInt8] = []) {
        self.payload = payload
    }
}

extension ForwardRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension ForwardRequest: @unsafe Packed {
    static var name: StaticString { "ForwardRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Raft__ForwardRequest>) {
        unsafe martlet__raft__forward_request__init(raw)
    }

    init(unpacking raw: Martlet__Raft__ForwardRequest) {
        self.init()
        payload = unsafe [UInt8](unpacking: raw.payload)
    }

    func pack(into raw: inout Martlet__Raft__ForwardRequest, _ arena: Arena) {
        unsafe raw.payload = arena.copy(payload)
    }
}

/// The leader that was asked is none; commands from `first` on, of this origin, were not proposed.
package struct ForwardRefusal: WireMessage {
    package var origin: UInt64
    package var first: UInt64
    package var count: UInt32

    package init() { self.init(origin: 0) }

    package init(origin: UInt64 = 0, first: UInt64 = 0, count: UInt32 = 0) {
        self.origin = origin
        self.first = first
        self.count = count
    }
}

extension ForwardRefusal {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension ForwardRefusal: @unsafe Packed {
    static var name: StaticString { "ForwardRefusal" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Raft__ForwardRefusal>) {
        unsafe martlet__raft__forward_refusal__init(raw)
    }

    init(unpacking raw: Martlet__Raft__ForwardRefusal) {
        self.init()
        origin = unsafe raw.origin
        first = unsafe raw.first
        count = unsafe raw.count
    }

    func pack(into raw: inout Martlet__Raft__ForwardRefusal, _ arena: Arena) {
        unsafe raw.origin = origin
        unsafe raw.first = first
        unsafe raw.count = count
    }
}

/// What a member's state was, as a number, when it had applied everything before the mark at this
/// entry.
/// To the leader, which compares.
package struct DigestReport: WireMessage {
    package var index: UInt64
    package var digest: UInt64
    /// The member passed the mark without looking, by a snapshot or a restart, and cannot tell.
    package var unknown: Bool

    package init() { self.init(index: 0) }

    package init(index: UInt64 = 0, digest: UInt64 = 0, unknown: Bool = false) {
        self.index = index
        self.digest = digest
        self.unknown = unknown
    }
}

extension DigestReport {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension DigestReport: @unsafe Packed {
    static var name: StaticString { "DigestReport" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Raft__DigestReport>) {
        unsafe martlet__raft__digest_report__init(raw)
    }

    init(unpacking raw: Martlet__Raft__DigestReport) {
        self.init()
        index = unsafe raw.index
        digest = unsafe raw.digest
        unknown = unsafe raw.unknown != 0
    }

    func pack(into raw: inout Martlet__Raft__DigestReport, _ arena: Arena) {
        unsafe raw.index = index
        unsafe raw.digest = digest
        unsafe raw.unknown = unknown ? 1 : 0
    }
}

/// The leader has not heard a member's report for the mark at this entry.
package struct DigestQuery: WireMessage {
    package var index: UInt64

    package init() { self.init(index: 0) }

    package init(index: UInt64 = 0) {
        self.index = index
    }
}

extension DigestQuery {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension DigestQuery: @unsafe Packed {
    static var name: StaticString { "DigestQuery" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Raft__DigestQuery>) {
        unsafe martlet__raft__digest_query__init(raw)
    }

    init(unpacking raw: Martlet__Raft__DigestQuery) {
        self.init()
        index = unsafe raw.index
    }

    func pack(into raw: inout Martlet__Raft__DigestQuery, _ arena: Arena) {
        unsafe raw.index = index
    }
}

/// A member's state, which has applied everything up to `applied`, is damaged: it wants a newer
/// one. Its
/// log is whole.
package struct RepairRequest: WireMessage {
    package var applied: UInt64

    package init() { self.init(applied: 0) }

    package init(applied: UInt64 = 0) {
        self.applied = applied
    }
}

extension RepairRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension RepairRequest: @unsafe Packed {
    static var name: StaticString { "RepairRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Raft__RepairRequest>) {
        unsafe martlet__raft__repair_request__init(raw)
    }

    init(unpacking raw: Martlet__Raft__RepairRequest) {
        self.init()
        applied = unsafe raw.applied
    }

    func pack(into raw: inout Martlet__Raft__RepairRequest, _ arena: Arena) {
        unsafe raw.applied = applied
    }
}

package struct MemberMessage: WireMessage {
    package var id: UInt64
    /// In the configuration that is coming, or the only one.
    package var seat: Seat
    /// A voter of the outgoing configuration, while two are in force (section 4.3).
    package var outgoing: Bool
    package var name: String
    /// Where other members reach it: "host:port".
    package var peerAddress: String
    /// Where clients reach it: "host:port" or "unix:/path".
    package var clientAddresses: [String]
    /// A learner that stays one.
    package var standing: Bool

    package init() { self.init(id: 0) }

    package init(
        id: UInt64 = 0,
        seat: Seat = Seat(rawValue: 0),
        outgoing: Bool = false,
        name: String = "",
        peerAddress: String = "",
        clientAddresses: [String] = [],
        standing: Bool = false
    ) {
        self.id = id
        self.seat = seat
        self.outgoing = outgoing
        self.name = name
        self.peerAddress = peerAddress
        self.clientAddresses = clientAddresses
        self.standing = standing
    }
}

extension MemberMessage {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension MemberMessage: @unsafe Packed {
    static var name: StaticString { "Member" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Raft__Member>) {
        unsafe martlet__raft__member__init(raw)
    }

    init(unpacking raw: Martlet__Raft__Member) {
        self.init()
        id = unsafe raw.id
        seat = unsafe Seat(rawValue: Int32(bitPattern: raw.seat.rawValue))
        outgoing = unsafe raw.outgoing != 0
        name = unsafe String(unpacking: raw.name)
        peerAddress = unsafe String(unpacking: raw.peer_address)
        clientAddresses = unsafe Array(unpacking: raw.client_addresses, raw.n_client_addresses)
        standing = unsafe raw.standing != 0
    }

    func pack(into raw: inout Martlet__Raft__Member, _ arena: Arena) {
        unsafe raw.id = id
        unsafe raw.seat = .init(rawValue: UInt32(bitPattern: seat.rawValue))
        unsafe raw.outgoing = outgoing ? 1 : 0
        unsafe raw.name = arena.copy(name)
        unsafe raw.peer_address = arena.copy(peerAddress)
        unsafe raw.n_client_addresses = clientAddresses.count
        unsafe raw.client_addresses = arena.copy(clientAddresses)
        unsafe raw.standing = standing ? 1 : 0
    }
}

/// Who belongs to the cluster. The only source of truth is the newest one in the log.
package struct MembershipMessage: WireMessage {
    package var clusterID: UInt64
    package var members: [MemberMessage]
    /// Two configurations are in force.
    package var joint: Bool

    package init() { self.init(clusterID: 0) }

    package init(clusterID: UInt64 = 0, members: [MemberMessage] = [], joint: Bool = false) {
        self.clusterID = clusterID
        self.members = members
        self.joint = joint
    }
}

extension MembershipMessage {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension MembershipMessage: @unsafe Packed {
    static var name: StaticString { "Membership" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Raft__Membership>) {
        unsafe martlet__raft__membership__init(raw)
    }

    init(unpacking raw: Martlet__Raft__Membership) {
        self.init()
        clusterID = unsafe raw.cluster_id
        members = unsafe Array(unpacking: raw.members, raw.n_members)
        joint = unsafe raw.joint != 0
    }

    func pack(into raw: inout Martlet__Raft__Membership, _ arena: Arena) {
        unsafe raw.cluster_id = clusterID
        unsafe raw.n_members = members.count
        unsafe raw.members = arena.copy(members)
        unsafe raw.joint = joint ? 1 : 0
    }
}
