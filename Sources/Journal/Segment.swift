internal import Units

/// The first sector of a segment: whose it is, and where the log stood when it was begun. Durable
/// before the segment's first group is written.
struct SegmentHeader: Equatable {
    var identity: Journal.Identity
    var number: UInt64
    var size: Int
    /// The newest group before this segment, its checksum, and the last index after it.
    var sequence: UInt64
    var chain: UInt32
    var lastIndex: UInt64

    static let magic: UInt64 = 0x4753_544C_5452_414D  // "MARTLTSG"
    static let bytes = 72

    /// What the first sector of a file may say.
    enum Reading: Equatable {
        case header(SegmentHeader)
        /// Never written, torn, or damaged: the sector alone cannot tell.
        case unreadable
        case newerFormat(UInt32)
    }

    /// `magic 8, format 4, zero 4, cluster 8, member 8, number 8, size 8, sequence 8, last index 8,
    /// chain 4, crc32c of all before 4`
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(little: SegmentHeader.magic)
        bytes.append(little: UInt64(Journal.Limits.format))
        bytes.append(little: identity.cluster)
        bytes.append(little: identity.member)
        bytes.append(little: number)
        bytes.append(little: UInt64(size))
        bytes.append(little: sequence)
        bytes.append(little: lastIndex)
        bytes.append(little: chain)
        bytes.append(little: CRC32C.of(bytes))
        return bytes
    }

    /// Every format keeps the layout of this header, so that an older program can name a newer one.
    static func read(_ bytes: Bytes) -> Reading {
        guard bytes.count >= Self.bytes, bytes.little(UInt64.self, at: 0) == magic,
            CRC32C.of(bytes.extracting(0..<68)) == bytes.little(UInt32.self, at: 68)
        else { return .unreadable }
        let format = bytes.little(UInt32.self, at: 8)
        guard format <= Journal.Limits.format else { return .newerFormat(format) }
        let identity = Journal.Identity(
            cluster: bytes.little(at: 16), member: bytes.little(at: 24))
        let size = bytes.little(UInt64.self, at: 40)
        guard size >= UInt64(Journal.Limits.smallestSegmentBytes), size <= UInt64(UInt32.max) else {
            return .unreadable
        }
        return .header(
            SegmentHeader(
                identity: identity, number: bytes.little(at: 32), size: Int(size),
                sequence: bytes.little(at: 48), chain: bytes.little(at: 64),
                lastIndex: bytes.little(at: 56)))
    }
}
