package import Units

extension Archive {
    /// An entry of the log in an increment: `length 4, kind 1, zero 3, term 8, index 8, payload`.
    /// Kinds and payloads are those of proto/raft.proto, Entry.
    package struct LogRecord: Equatable, Sendable {
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

        static let headBytes = 24

        /// The bytes it takes.
        package var size: Int { LogRecord.headBytes + payload.count }

        package func encode(into bytes: inout [UInt8]) {
            bytes.append(little: UInt64(payload.count) | UInt64(kind) << 32)
            bytes.append(little: term)
            bytes.append(little: index)
            bytes.append(contentsOf: payload)
        }

        /// All entries of a box, or the offset in it of the first that is not well formed.
        package static func decode(_ box: Bytes) -> Result<[LogRecord], BadEntry> {
            var records: [LogRecord] = []
            var offset = 0
            while offset < box.count {
                guard let record = decode(box, at: offset) else {
                    return .failure(BadEntry(offset: offset))
                }
                records.append(record)
                offset += record.size
            }
            return .success(records)
        }

        package struct BadEntry: Error, Equatable {
            package var offset: Int
        }

        private static func decode(_ box: Bytes, at offset: Int) -> LogRecord? {
            let start = offset + headBytes
            guard start <= box.count else { return nil }
            let head = box.little(UInt64.self, at: offset)
            let length = Int(head & 0xFFFF_FFFF)
            guard head >> 40 == 0, length <= Limits.payload, length <= box.count - start else {
                return nil
            }
            return LogRecord(
                kind: UInt8(head >> 32), term: box.little(at: offset + 8),
                index: box.little(at: offset + 16),
                payload: box.extracting(start..<start + length).array)
        }
    }
}
