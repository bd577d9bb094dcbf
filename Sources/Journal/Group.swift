internal import Units

/// The records of one group commit, written and synced as one and believed or refused as one.
///
/// It names its own segment and offset and carries the checksum of the group before it, and its
/// checksum is seeded by the cluster and member: what a recycled file still holds, a copy that lies
/// elsewhere, or a value that looks like a group never verifies.
struct Group: Equatable {
    var flags: UInt16 = 0
    var length: Int
    var count: Int
    var sequence: UInt64
    var segment: UInt64
    var first: UInt64
    var last: UInt64
    var offset: Int
    var chain: UInt32
    var payloadChecksum: UInt32
    /// The header's own, which covers all of the above; the next group's `chain`.
    var checksum: UInt32 = 0

    static let magic: UInt32 = 0x474A_544D  // "MTJG"
    /// This group holds no records: the log begins anew after index `last`.
    static let restart: UInt16 = 1

    var end: Int { offset + Journal.Limits.groupHeaderBytes + length }
    var payload: Range<Int> { offset + Journal.Limits.groupHeaderBytes..<end }
}

extension Group {
    /// `magic 4, format 2, flags 2, length 4, count 4, sequence 8, segment 8, first 8, last 8,
    /// offset 4, chain 4, payload crc32c 4, crc32c of all before 4`; sets `checksum`.
    mutating func encode(seed: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Journal.Limits.groupHeaderBytes)
        bytes.append(little: Group.magic)
        bytes.append(little: UInt16(Journal.Limits.format))
        bytes.append(little: flags)
        bytes.append(little: UInt32(length))
        bytes.append(little: UInt32(count))
        for word in [sequence, segment, first, last] { bytes.append(little: word) }
        for word in [UInt32(offset), chain, payloadChecksum] { bytes.append(little: word) }
        checksum = CRC32C.of(bytes, seed: seed)
        bytes.append(little: checksum)
        return bytes
    }

    /// The header at `offset` of `segment`, or nil when there is none that verifies there. Says
    /// nothing yet about the payload.
    static func header(
        in bytes: Bytes, at offset: Int, of segment: UInt64, seed: UInt32
    ) -> Group? {
        let end = offset + Journal.Limits.groupHeaderBytes
        guard end <= bytes.count, bytes.little(UInt32.self, at: offset) == magic else { return nil }
        return header(
            bytes.extracting(offset..<end), at: offset, of: segment, seed: seed, size: bytes.count)
    }

    /// The same from the bytes of the header alone; `size` is the segment's.
    static func header(
        _ bytes: Bytes, at offset: Int, of segment: UInt64, seed: UInt32, size: Int
    ) -> Group? {
        let length = Journal.Limits.groupHeaderBytes
        guard bytes.count == length, bytes.little(UInt32.self, at: 0) == magic,
            bytes.little(UInt64.self, at: 24) == segment
        else { return nil }
        let checksum = CRC32C.of(bytes.extracting(0..<length - 4), seed: seed)
        guard checksum == bytes.little(UInt32.self, at: 60),
            UInt32(bytes.little(UInt16.self, at: 4)) <= Journal.Limits.format,
            Int(bytes.little(UInt32.self, at: 48)) == offset
        else { return nil }
        let group = Group(
            flags: bytes.little(at: 6), length: Int(bytes.little(UInt32.self, at: 8)),
            count: Int(bytes.little(UInt32.self, at: 12)), sequence: bytes.little(at: 16),
            segment: segment, first: bytes.little(at: 32), last: bytes.little(at: 40),
            offset: offset, chain: bytes.little(at: 52), payloadChecksum: bytes.little(at: 56),
            checksum: checksum)
        let fits = group.length % Journal.Limits.alignment == 0 && group.end <= size
        return fits ? group : nil
    }

    /// Whether the payload is the one that was written.
    func verifies(in bytes: Bytes) -> Bool {
        CRC32C.of(bytes.extracting(payload)) == payloadChecksum
    }

    /// The records, or nil when the payload is not made of `count` of them.
    func records(in bytes: Bytes) -> [Journal.Record]? {
        let bytes = bytes.extracting(payload)
        var records: [Journal.Record] = []
        var offset = 0
        while offset < bytes.count {
            guard let (record, next) = Journal.Record.decode(bytes, at: offset) else { return nil }
            records.append(record)
            offset = next
        }
        guard records.count == count else { return nil }
        if flags == Group.restart { return records.isEmpty && first == last ? [] : nil }
        guard flags == 0, records.first?.index == first, records.last?.index == last else {
            return nil
        }
        return records
    }
}
