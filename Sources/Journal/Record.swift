internal import Units

extension Journal {
    /// One entry of the log. What `kind` and `payload` mean is the caller's affair.
    package struct Record: Equatable, Sendable {
        package var kind: UInt8
        package var term: UInt64
        package var index: UInt64
        package var payload: [UInt8]

        package init(kind: UInt8, term: UInt64, index: UInt64, payload: [UInt8]) {
            self.kind = kind
            self.term = term
            self.index = index
            self.payload = payload
        }
    }
}

extension Journal.Record {
    /// The bytes it takes in a group.
    var size: Int { Journal.Limits.recordHeaderBytes + Journal.aligned(payload.count) }

    /// `length 4, kind 1, zero 3, term 8, index 8, payload, zeros up to the alignment`
    func encode(into bytes: inout [UInt8]) {
        bytes.append(little: UInt64(payload.count) | UInt64(kind) << 32)
        bytes.append(little: term)
        bytes.append(little: index)
        bytes.append(contentsOf: payload)
        for _ in payload.count..<Journal.aligned(payload.count) { bytes.append(0) }
    }

    /// The record at `offset` and where the next one begins; nil when it is not well formed.
    static func decode(_ bytes: Bytes, at offset: Int) -> (record: Journal.Record, next: Int)? {
        let start = offset + Journal.Limits.recordHeaderBytes
        guard start <= bytes.count else { return nil }
        let head = bytes.little(UInt64.self, at: offset)
        let length = Int(head & 0xFFFF_FFFF)
        let next = start + Journal.aligned(length)
        guard head >> 40 == 0, length <= Journal.Limits.recordBytes, next <= bytes.count else {
            return nil
        }
        let record = Journal.Record(
            kind: UInt8(head >> 32), term: bytes.little(at: offset + 8),
            index: bytes.little(at: offset + 16),
            payload: bytes.extracting(start..<start + length).array)
        return (record, next)
    }
}

extension Journal {
    static func aligned(_ count: Int) -> Int {
        (count + Limits.alignment - 1) & ~(Limits.alignment - 1)
    }
}
