package import Units

/// State as a row of records, `[1 table][4 key length][4 value length][key][value]`, little endian,
/// cut into chunks; one record is never split.
package enum SnapshotCodec {
    /// How far a reader has come: what it sent last.
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

    /// The next records, at most `limit` bytes of them, moving `cursor` (nil: at the start); nil when
    /// there are no more.
    package static func next(
        from tables: any Tables, after cursor: inout Cursor?, limit: Int
    ) -> [UInt8]? { fatalError() }

    /// Writes the records of one chunk. When it throws, the tables hold part of the chunk: drop them.
    package static func restore(chunk: Bytes, into tables: some WritableTables) throws(Fault) {}
}
