internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// A bundle of commands of one origin: the payload of one log entry. Layout in proto/raft.proto.
struct Batch: Equatable {
    static let headerSize = 32

    private(set) var bytes = [UInt8](repeating: 0, count: headerSize)
    private(set) var count: UInt32 = 0

    mutating func append(_ method: UInt32, _ body: Bytes) {
        bytes.append(little: UInt32(body.count))
        bytes.append(little: method)
        bytes.append(body)
        count += 1
    }

    /// The finished payload. The leader stamps the cluster time later.
    consuming func payload(origin: UInt64, first: UInt64) -> [UInt8] {
        var bytes = bytes
        bytes.set(little: origin, at: 0)
        bytes.set(little: first, at: 8)
        bytes.set(little: count, at: 24)
        return bytes
    }
}

/// What the header of a payload says.
struct BatchHeader: Equatable {
    var origin: UInt64
    var first: UInt64
    var clusterTime: Instant
    var count: UInt32
    /// Seconds since 1970 on the leader's wall clock; 0 when it did not look. The state does not
    /// depend on it: it tells people when an entry was.
    var wallSeconds: UInt32

    /// Nil when the payload is no batch.
    init?(_ payload: Bytes) {
        guard payload.count >= Batch.headerSize else { return nil }
        origin = payload.little(at: 0)
        first = payload.little(at: 8)
        clusterTime = Instant(nanoseconds: payload.little(at: 16))
        count = payload.little(at: 24)
        wallSeconds = payload.little(at: 28)
    }

    /// Writes what only the leader knows: cluster time, and the seconds on its wall clock.
    static func stamp(_ payload: inout [UInt8], _ time: Instant, wallClock: UInt64) {
        payload.set(little: time.nanoseconds, at: 16)
        payload.set(little: UInt32(truncatingIfNeeded: wallClock / 1_000_000_000), at: 28)
    }
}

/// Walks the commands of a payload.
struct BatchCursor {
    private var offset = Batch.headerSize

    /// The next command's method and where its body lies; nil at the end.
    mutating func next(in payload: Bytes) -> (method: UInt32, body: Range<Int>)? {
        guard payload.count - offset >= 8 else { return nil }
        let length = Int(payload.little(UInt32.self, at: offset))
        let start = offset + 8
        guard length <= payload.count - start else { return nil }
        offset = start + length
        return (payload.little(at: start - 4), start..<offset)
    }
}

extension [UInt8] {
    mutating func set<Word: FixedWidthInteger & BitwiseCopyable>(little word: Word, at offset: Int)
    {
        var rest = word
        for position in offset..<(offset + MemoryLayout<Word>.size) {
            self[position] = UInt8(truncatingIfNeeded: rest)
            rest >>= 8
        }
    }
}

/// Commands that no client can send: the leader's own.
enum InternalMethod {
    /// Body: 8 bytes for each lease that is to end.
    static let expireLeases: UInt32 = 0x1000
    /// The least of them: what is below comes from clients.
    static let first: UInt32 = 0x1000
    /// Body: 8 bytes for each lease that is kept alive.
    static let renewLeases: UInt32 = 0x1001
    /// A client's command with the user who gave it: see `OnBehalf`.
    static let onBehalf: UInt32 = 0x1002
    /// Body: 8 bytes for each session that is to end.
    static let expireSessions: UInt32 = 0x1003
    /// No body: nodes of the tree end by the time of the batch.
    static let expireTree: UInt32 = 0x1004
    /// Body: 4 bytes, the version that all members know.
    static let clusterVersion: UInt32 = 0x1005
    /// No body: every member notes its digest here. See `Digests`.
    static let digestMark: UInt32 = 0x1006
    /// Raises or clears an alarm: see `AlarmRecord`.
    static let alarm: UInt32 = 0x1007
    /// Body: 8 bytes a member, 8 bytes its birth.
    static let birth: UInt32 = 0x1009
    /// Body: 8 bytes, the new member of the replacement that is done.
    static let endReplacement: UInt32 = 0x100A
    /// Those that this program knows.
    static let known: ClosedRange<UInt32> = 0x1000...0x100A
}
