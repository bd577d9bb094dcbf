// Made by proto/generate from proto/upkeep.proto. Do not edit.

internal import CProtobuf
package import Units

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
