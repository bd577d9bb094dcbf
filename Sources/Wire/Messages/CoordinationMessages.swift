// Made by proto/generate from proto/coordination.proto. Do not edit.

internal import CProtobuf
package import Units

/// Begins a session. INVALID_ARGUMENT for a ttl out of range, OVERLOADED when there are 100,000.
package struct SessionOpenRequest: WireMessage {
    /// Seconds that it lives without being used, 1 to 86,400.
    package var ttl: Int64
    /// The id that is wanted; 0 lets the store choose. One that exists is answered as if it were
    /// new, so
    /// that asking twice for the same is as good as asking once.
    package var id: Int64

    package init() { self.init(ttl: 0) }

    package init(ttl: Int64 = 0, id: Int64 = 0) {
        self.ttl = ttl
        self.id = id
    }
}

extension SessionOpenRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension SessionOpenRequest: @unsafe Packed {
    static var name: StaticString { "SessionOpenRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Coordination__SessionOpenRequest>) {
        unsafe martlet__coordination__session_open_request__init(raw)
    }

    init(unpacking raw: Martlet__Coordination__SessionOpenRequest) {
        self.init()
        ttl = unsafe raw.ttl
        id = unsafe raw.id
    }

    func pack(into raw: inout Martlet__Coordination__SessionOpenRequest, _ arena: Arena) {
        unsafe raw.ttl = ttl
        unsafe raw.id = id
    }
}

package struct SessionOpenResponse: WireMessage {
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

extension SessionOpenResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension SessionOpenResponse: @unsafe Packed {
    static var name: StaticString { "SessionOpenResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Coordination__SessionOpenResponse>) {
        unsafe martlet__coordination__session_open_response__init(raw)
    }

    init(unpacking raw: Martlet__Coordination__SessionOpenResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        id = unsafe raw.id
        ttl = unsafe raw.ttl
    }

    func pack(into raw: inout Martlet__Coordination__SessionOpenResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.id = id
        unsafe raw.ttl = ttl
    }
}

/// Ends a session, with all answers that were kept for it. SESSION_NOT_FOUND.
package struct SessionCloseRequest: WireMessage {
    package var id: Int64

    package init() { self.init(id: 0) }

    package init(id: Int64 = 0) {
        self.id = id
    }
}

extension SessionCloseRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension SessionCloseRequest: @unsafe Packed {
    static var name: StaticString { "SessionCloseRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Coordination__SessionCloseRequest>) {
        unsafe martlet__coordination__session_close_request__init(raw)
    }

    init(unpacking raw: Martlet__Coordination__SessionCloseRequest) {
        self.init()
        id = unsafe raw.id
    }

    func pack(into raw: inout Martlet__Coordination__SessionCloseRequest, _ arena: Arena) {
        unsafe raw.id = id
    }
}

package struct SessionCloseResponse: WireMessage {
    package var header: ResponseHeader?

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil) {
        self.header = header
    }
}

extension SessionCloseResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension SessionCloseResponse: @unsafe Packed {
    static var name: StaticString { "SessionCloseResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Coordination__SessionCloseResponse>) {
        unsafe martlet__coordination__session_close_response__init(raw)
    }

    init(unpacking raw: Martlet__Coordination__SessionCloseResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
    }

    func pack(into raw: inout Martlet__Coordination__SessionCloseResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
    }
}

/// Carries out a write, unless this session has had it carried out already. The errors are those of
/// the
/// write, and: SESSION_NOT_FOUND, SEQUENCE_PASSED when the answer was acknowledged before,
/// INVALID_ARGUMENT for a method that cannot be wrapped, OVERLOADED when the session has 1,024
/// answers, or
/// 4 MiB of them, that were not acknowledged. A refusal of the write is kept and repeated as an
/// answer is,
/// but for those that only say "not now" (OVERLOADED, NO_SPACE): then the number is still free.
package struct OnceRequest: WireMessage {
    package var session: Int64
    /// 1 or more; each number is carried out once.
    package var sequence: Int64
    /// The caller has the answers to all lower numbers. Never more than sequence. It only rises: a
    /// lower
    /// one than before says nothing.
    package var acknowledgedBelow: Int64
    /// One of wire.Method: PUT, DELETE_RANGE, TXN, COMPACT, LEASE_GRANT, LEASE_REVOKE, UNLOCK,
    /// PROCLAIM,
    /// RESIGN, TREE. 0 with sequence 0: only renew the session and acknowledge.
    package var method: UInt32
    /// The request message of the method.
    package var body: [UInt8]

    package init() { self.init(session: 0) }

    package init(
        session: Int64 = 0,
        sequence: Int64 = 0,
        acknowledgedBelow: Int64 = 0,
        method: UInt32 = 0,
        body: [UInt8] = []
    ) {
        self.session = session
        self.sequence = sequence
        self.acknowledgedBelow = acknowledgedBelow
        self.method = method
        self.body = body
    }
}

extension OnceRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension OnceRequest: @unsafe Packed {
    static var name: StaticString { "OnceRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Coordination__OnceRequest>) {
        unsafe martlet__coordination__once_request__init(raw)
    }

    init(unpacking raw: Martlet__Coordination__OnceRequest) {
        self.init()
        session = unsafe raw.session
        sequence = unsafe raw.sequence
        acknowledgedBelow = unsafe raw.acknowledged_below
        method = unsafe raw.method
        body = unsafe [UInt8](unpacking: raw.body)
    }

    func pack(into raw: inout Martlet__Coordination__OnceRequest, _ arena: Arena) {
        unsafe raw.session = session
        unsafe raw.sequence = sequence
        unsafe raw.acknowledged_below = acknowledgedBelow
        unsafe raw.method = method
        unsafe raw.body = arena.copy(body)
    }
}

package struct OnceResponse: WireMessage {
    package var header: ResponseHeader?
    /// The response message of the method, as it was when the write was carried out: its header has
    /// the
    /// revision of then, no member_id, and the term of the write. Of an answer over 256 KiB only
    /// the first
    /// asker hears; whoever repeats the request is told FRAME_TOO_LARGE, and that it was carried
    /// out.
    package var answer: [UInt8]
    /// It had been carried out before.
    package var repeated: Bool

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil, answer: [UInt8] = [], repeated: Bool = false) {
        self.header = header
        self.answer = answer
        self.repeated = repeated
    }
}

extension OnceResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension OnceResponse: @unsafe Packed {
    static var name: StaticString { "OnceResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Coordination__OnceResponse>) {
        unsafe martlet__coordination__once_response__init(raw)
    }

    init(unpacking raw: Martlet__Coordination__OnceResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        answer = unsafe [UInt8](unpacking: raw.answer)
        repeated = unsafe raw.repeated != 0
    }

    func pack(into raw: inout Martlet__Coordination__OnceResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.answer = arena.copy(answer)
        unsafe raw.repeated = repeated ? 1 : 0
    }
}

/// Stands in line for a lock and waits for it. LEASE_NOT_FOUND, also when the lease ends while it
/// waits;
/// NOT_HELD when the key is deleted while it waits, or with no_wait when another has the lock.
package struct LockRequest: WireMessage {
    /// 1 to 1,024 bytes.
    package var name: [UInt8]
    package var lease: Int64
    /// Do not stand in line: where a line is, leave no key.
    package var noWait: Bool

    package init() { self.init(name: []) }

    package init(name: [UInt8] = [], lease: Int64 = 0, noWait: Bool = false) {
        self.name = name
        self.lease = lease
        self.noWait = noWait
    }
}

extension LockRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension LockRequest: @unsafe Packed {
    static var name: StaticString { "LockRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Coordination__LockRequest>) {
        unsafe martlet__coordination__lock_request__init(raw)
    }

    init(unpacking raw: Martlet__Coordination__LockRequest) {
        self.init()
        name = unsafe [UInt8](unpacking: raw.name)
        lease = unsafe raw.lease
        noWait = unsafe raw.no_wait != 0
    }

    func pack(into raw: inout Martlet__Coordination__LockRequest, _ arena: Arena) {
        unsafe raw.name = arena.copy(name)
        unsafe raw.lease = lease
        unsafe raw.no_wait = noWait ? 1 : 0
    }
}

package struct LockResponse: WireMessage {
    package var header: ResponseHeader?
    package var key: [UInt8]
    /// create_revision of the key; see "THE FENCING TOKEN".
    package var token: Int64

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil, key: [UInt8] = [], token: Int64 = 0) {
        self.header = header
        self.key = key
        self.token = token
    }
}

extension LockResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension LockResponse: @unsafe Packed {
    static var name: StaticString { "LockResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Coordination__LockResponse>) {
        unsafe martlet__coordination__lock_response__init(raw)
    }

    init(unpacking raw: Martlet__Coordination__LockResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        key = unsafe [UInt8](unpacking: raw.key)
        token = unsafe raw.token
    }

    func pack(into raw: inout Martlet__Coordination__LockResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.key = arena.copy(key)
        unsafe raw.token = token
    }
}

/// Gives a lock back, or leaves its line. NOT_HELD.
package struct UnlockRequest: WireMessage {
    package var key: [UInt8]
    /// If not 0, the key must have this token.
    package var token: Int64

    package init() { self.init(key: []) }

    package init(key: [UInt8] = [], token: Int64 = 0) {
        self.key = key
        self.token = token
    }
}

extension UnlockRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension UnlockRequest: @unsafe Packed {
    static var name: StaticString { "UnlockRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Coordination__UnlockRequest>) {
        unsafe martlet__coordination__unlock_request__init(raw)
    }

    init(unpacking raw: Martlet__Coordination__UnlockRequest) {
        self.init()
        key = unsafe [UInt8](unpacking: raw.key)
        token = unsafe raw.token
    }

    func pack(into raw: inout Martlet__Coordination__UnlockRequest, _ arena: Arena) {
        unsafe raw.key = arena.copy(key)
        unsafe raw.token = token
    }
}

package struct UnlockResponse: WireMessage {
    package var header: ResponseHeader?

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil) {
        self.header = header
    }
}

extension UnlockResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension UnlockResponse: @unsafe Packed {
    static var name: StaticString { "UnlockResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Coordination__UnlockResponse>) {
        unsafe martlet__coordination__unlock_response__init(raw)
    }

    init(unpacking raw: Martlet__Coordination__UnlockResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
    }

    func pack(into raw: inout Martlet__Coordination__UnlockResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
    }
}

/// Stands for election and waits until it is won. A second one with the same lease changes the
/// value.
/// Errors as LOCK has them.
package struct CampaignRequest: WireMessage {
    /// 1 to 1,024 bytes.
    package var name: [UInt8]
    package var lease: Int64
    /// What the others see of the leader: an address, perhaps.
    package var value: [UInt8]
    /// Stand only if nobody else does.
    package var noWait: Bool

    package init() { self.init(name: []) }

    package init(name: [UInt8] = [], lease: Int64 = 0, value: [UInt8] = [], noWait: Bool = false) {
        self.name = name
        self.lease = lease
        self.value = value
        self.noWait = noWait
    }
}

extension CampaignRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension CampaignRequest: @unsafe Packed {
    static var name: StaticString { "CampaignRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Coordination__CampaignRequest>) {
        unsafe martlet__coordination__campaign_request__init(raw)
    }

    init(unpacking raw: Martlet__Coordination__CampaignRequest) {
        self.init()
        name = unsafe [UInt8](unpacking: raw.name)
        lease = unsafe raw.lease
        value = unsafe [UInt8](unpacking: raw.value)
        noWait = unsafe raw.no_wait != 0
    }

    func pack(into raw: inout Martlet__Coordination__CampaignRequest, _ arena: Arena) {
        unsafe raw.name = arena.copy(name)
        unsafe raw.lease = lease
        unsafe raw.value = arena.copy(value)
        unsafe raw.no_wait = noWait ? 1 : 0
    }
}

package struct CampaignResponse: WireMessage {
    package var header: ResponseHeader?
    package var key: [UInt8]
    /// create_revision of the key.
    package var token: Int64

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil, key: [UInt8] = [], token: Int64 = 0) {
        self.header = header
        self.key = key
        self.token = token
    }
}

extension CampaignResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension CampaignResponse: @unsafe Packed {
    static var name: StaticString { "CampaignResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Coordination__CampaignResponse>) {
        unsafe martlet__coordination__campaign_response__init(raw)
    }

    init(unpacking raw: Martlet__Coordination__CampaignResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        key = unsafe [UInt8](unpacking: raw.key)
        token = unsafe raw.token
    }

    func pack(into raw: inout Martlet__Coordination__CampaignResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.key = arena.copy(key)
        unsafe raw.token = token
    }
}

/// Changes the leader's value. NOT_HELD.
package struct ProclaimRequest: WireMessage {
    package var key: [UInt8]
    package var token: Int64
    package var value: [UInt8]

    package init() { self.init(key: []) }

    package init(key: [UInt8] = [], token: Int64 = 0, value: [UInt8] = []) {
        self.key = key
        self.token = token
        self.value = value
    }
}

extension ProclaimRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension ProclaimRequest: @unsafe Packed {
    static var name: StaticString { "ProclaimRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Coordination__ProclaimRequest>) {
        unsafe martlet__coordination__proclaim_request__init(raw)
    }

    init(unpacking raw: Martlet__Coordination__ProclaimRequest) {
        self.init()
        key = unsafe [UInt8](unpacking: raw.key)
        token = unsafe raw.token
        value = unsafe [UInt8](unpacking: raw.value)
    }

    func pack(into raw: inout Martlet__Coordination__ProclaimRequest, _ arena: Arena) {
        unsafe raw.key = arena.copy(key)
        unsafe raw.token = token
        unsafe raw.value = arena.copy(value)
    }
}

package struct ProclaimResponse: WireMessage {
    package var header: ResponseHeader?

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil) {
        self.header = header
    }
}

extension ProclaimResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension ProclaimResponse: @unsafe Packed {
    static var name: StaticString { "ProclaimResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Coordination__ProclaimResponse>) {
        unsafe martlet__coordination__proclaim_response__init(raw)
    }

    init(unpacking raw: Martlet__Coordination__ProclaimResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
    }

    func pack(into raw: inout Martlet__Coordination__ProclaimResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
    }
}

/// Gives leadership up, or leaves the line. NOT_HELD.
package struct ResignRequest: WireMessage {
    package var key: [UInt8]
    package var token: Int64

    package init() { self.init(key: []) }

    package init(key: [UInt8] = [], token: Int64 = 0) {
        self.key = key
        self.token = token
    }
}

extension ResignRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension ResignRequest: @unsafe Packed {
    static var name: StaticString { "ResignRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Coordination__ResignRequest>) {
        unsafe martlet__coordination__resign_request__init(raw)
    }

    init(unpacking raw: Martlet__Coordination__ResignRequest) {
        self.init()
        key = unsafe [UInt8](unpacking: raw.key)
        token = unsafe raw.token
    }

    func pack(into raw: inout Martlet__Coordination__ResignRequest, _ arena: Arena) {
        unsafe raw.key = arena.copy(key)
        unsafe raw.token = token
    }
}

package struct ResignResponse: WireMessage {
    package var header: ResponseHeader?

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil) {
        self.header = header
    }
}

extension ResignResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension ResignResponse: @unsafe Packed {
    static var name: StaticString { "ResignResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Coordination__ResignResponse>) {
        unsafe martlet__coordination__resign_response__init(raw)
    }

    init(unpacking raw: Martlet__Coordination__ResignResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
    }

    func pack(into raw: inout Martlet__Coordination__ResignResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
    }
}

/// Who leads, linearizably.
package struct ElectionLeaderRequest: WireMessage {
    package var name: [UInt8]

    package init() { self.init(name: []) }

    package init(name: [UInt8] = []) {
        self.name = name
    }
}

extension ElectionLeaderRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension ElectionLeaderRequest: @unsafe Packed {
    static var name: StaticString { "ElectionLeaderRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Coordination__ElectionLeaderRequest>) {
        unsafe martlet__coordination__election_leader_request__init(raw)
    }

    init(unpacking raw: Martlet__Coordination__ElectionLeaderRequest) {
        self.init()
        name = unsafe [UInt8](unpacking: raw.name)
    }

    func pack(into raw: inout Martlet__Coordination__ElectionLeaderRequest, _ arena: Arena) {
        unsafe raw.name = arena.copy(name)
    }
}

package struct ElectionLeaderResponse: WireMessage {
    package var header: ResponseHeader?
    /// The oldest key of the election; not set when nobody leads.
    package var leader: KeyValue?

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil, leader: KeyValue? = nil) {
        self.header = header
        self.leader = leader
    }
}

extension ElectionLeaderResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension ElectionLeaderResponse: @unsafe Packed {
    static var name: StaticString { "ElectionLeaderResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Coordination__ElectionLeaderResponse>) {
        unsafe martlet__coordination__election_leader_response__init(raw)
    }

    init(unpacking raw: Martlet__Coordination__ElectionLeaderResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        leader = unsafe KeyValue?(unpacking: raw.leader)
    }

    func pack(into raw: inout Martlet__Coordination__ElectionLeaderResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.leader = arena.copy(leader)
    }
}

/// Follows an election, one STREAM frame of ElectionLeaderResponse at a time: at once, and whenever
/// another leads, the leader's value changes, or nobody leads any more. Whoever reads slowly gets
/// the
/// newest and not all that was between. Ends when cancelled; after a lost connection, ask anew.
package struct ElectionObserveRequest: WireMessage {
    package var name: [UInt8]

    package init() { self.init(name: []) }

    package init(name: [UInt8] = []) {
        self.name = name
    }
}

extension ElectionObserveRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension ElectionObserveRequest: @unsafe Packed {
    static var name: StaticString { "ElectionObserveRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Coordination__ElectionObserveRequest>) {
        unsafe martlet__coordination__election_observe_request__init(raw)
    }

    init(unpacking raw: Martlet__Coordination__ElectionObserveRequest) {
        self.init()
        name = unsafe [UInt8](unpacking: raw.name)
    }

    func pack(into raw: inout Martlet__Coordination__ElectionObserveRequest, _ arena: Arena) {
        unsafe raw.name = arena.copy(name)
    }
}
