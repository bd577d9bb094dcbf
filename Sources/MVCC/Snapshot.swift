package import Units

/// State as a row of records, `[1 table][4 key length][4 value length][key][value]`, little endian,
/// cut into chunks; one record is never split.
package enum SnapshotCodec {
    /// How far a reader has come: what it handed out last.
    package struct Cursor: Equatable, Sendable {
        package var table: Table
        package var key: [UInt8]

        package init(table: Table, key: [UInt8]) {
            self.table = table
            self.key = key
        }
    }

    /// Why a chunk was not restored.
    package enum Fault: Swift.Error, Equatable, Sendable {
        case truncated(at: Int)
        case unknownTable(UInt8, at: Int)
        case badRecord(Table, at: Int)
    }

    static let headerSize = 9

    /// The next records, at most `limit` bytes of them (see `Limits.snapshotChunk`), moving `cursor`
    /// (nil: at the start); nil when there are no more. The tables must not change meanwhile.
    package static func next(
        from tables: any Tables, after cursor: inout Cursor?, limit: Int
    ) -> [UInt8]? {
        precondition(limit >= Limits.snapshotChunk, "a chunk must hold any record")
        var chunk: [UInt8] = []
        var at = cursor ?? Cursor(table: Table.allCases[0], key: [])
        var isFull = false
        for table in Table.allCases where table.rawValue >= at.table.rawValue {
            if table != at.table { at = Cursor(table: table, key: []) }
            let from = at.key.isEmpty ? [] : at.key + [0]
            tables.scan(table, from: from.span, to: nil, descending: false) { key, value in
                isFull = chunk.count + headerSize + key.count + value.count > limit
                guard !isFull else { return false }
                append(table, key, value, to: &chunk)
                at.key = key.array
                return true
            }
            if isFull { break }
        }
        cursor = at
        return chunk.isEmpty ? nil : chunk
    }

    private static func append(
        _ table: Table, _ key: Bytes, _ value: Bytes, to chunk: inout [UInt8]
    ) {
        chunk.append(table.rawValue)
        chunk.append(little: UInt32(key.count))
        chunk.append(little: UInt32(value.count))
        chunk.append(key)
        chunk.append(value)
    }

    /// Writes the records of one chunk. When it throws, the tables hold part of the chunk: drop them.
    package static func restore(chunk: Bytes, into tables: some WritableTables) throws(Fault) {
        var offset = 0
        while offset < chunk.count {
            guard chunk.count - offset >= headerSize else { throw .truncated(at: offset) }
            guard let table = Table(rawValue: chunk[offset]) else {
                throw .unknownTable(chunk[offset], at: offset)
            }
            let keyCount = Int(chunk.little(UInt32.self, at: offset + 1))
            let valueCount = Int(chunk.little(UInt32.self, at: offset + 5))
            let start = offset + headerSize
            guard chunk.count - start >= keyCount + valueCount else {
                throw .truncated(at: offset)
            }
            let key = chunk.extracting(start..<(start + keyCount))
            let value = chunk.extracting((start + keyCount)..<(start + keyCount + valueCount))
            guard Layout.isWellFormed(table, key, value) else {
                throw .badRecord(table, at: offset)
            }
            tables.put(table, key, value)
            offset = start + keyCount + valueCount
        }
    }
}

extension Layout {
    /// Whether a record can be read without running past its ends.
    static func isWellFormed(_ table: Table, _ key: Bytes, _ value: Bytes) -> Bool {
        switch table {
        case .meta: isMeta(key, value)
        case .current: isKey(key) && isVersion(value)
        case .history: key.count == 20 && isSuperseded(value)
        case .events:
            key.count == Order.size && value.count > 1 && EventKind(rawValue: value[0]) != nil
                && value.count - 1 <= Limits.key
        case .leases: key.count == 8 && value.count == Leases.recordSize
        case .attachments: key.count == 20 && isKey(value)
        case .census: !key.isEmpty && key.count <= Limits.key + 1 && value.count == 8
        case .tree: TreeLayout.isNode(key, value)
        case .treeEvents: TreeLayout.isEvent(key, value)
        case .sessions, .access, .facts:
            (1...Limits.recordKey).contains(key.count) && value.count <= Limits.record
        }
    }

    private static func isMeta(_ key: Bytes, _ value: Bytes) -> Bool {
        let (state, membership) = (Meta.key, Meta.membershipKey)
        if key.compared(to: state.span) == 0 { return Meta.isWellFormed(value) }
        return key.compared(to: membership.span) == 0 && value.count <= Limits.membership
    }

    private static func isKey(_ key: Bytes) -> Bool { !key.isEmpty && key.count <= Limits.key }

    private static func isVersion(_ value: Bytes) -> Bool {
        value.count >= Header.size && value.count - Header.size <= Limits.value
            && EventKind(rawValue: value[36]) != nil
    }

    private static func isSuperseded(_ value: Bytes) -> Bool {
        guard value.count >= Header.size + 4, EventKind(rawValue: value[36]) != nil else {
            return false
        }
        let keyCount = Int(value.little(UInt32.self, at: Header.size))
        let rest = value.count - Header.size - 4
        return (1...Limits.key).contains(keyCount) && rest >= keyCount
            && rest - keyCount <= Limits.value
    }
}
