import MVCC
import Testing
import Units

@Suite struct SnapshotTests {
    /// Tables with records of every kind, some of them large.
    static func tables() throws -> MemoryTables {
        let tables = MemoryTables()
        var store = MVCC(tables: tables)
        store.membership = bytes("members")
        try store.grant(LeaseID(rawValue: 3), ttl: 10)
        let large = [UInt8](repeating: 9, count: Limits.value)
        for key in (0..<4).map({ bytes("\($0)") }) {
            try store.put(key: key.span, value: large.span)
        }
        for number in 0..<300 { try store.put("key \(number % 90)", "\(number)", lease: 3) }
        store.checkpoint(into: tables)
        try store.put("0", "small")
        try store.delete(.prefix(bytes("key 1")))
        store.checkpoint(into: tables)
        return tables
    }

    static func chunks(_ tables: MemoryTables) -> [[UInt8]] {
        var cursor: SnapshotCodec.Cursor?
        var chunks: [[UInt8]] = []
        while let chunk = SnapshotCodec.next(
            from: tables, after: &cursor, limit: Limits.snapshotChunk)
        {
            chunks.append(chunk)
        }
        return chunks
    }

    @Test func roundTrip() throws {
        let tables = try Self.tables()
        let chunks = Self.chunks(tables)
        #expect(chunks.count > 3 && chunks.allSatisfy { $0.count <= Limits.snapshotChunk })
        let copy = MemoryTables()
        for chunk in chunks { try SnapshotCodec.restore(chunk: chunk.span, into: copy) }
        let (first, second) = (MVCC(tables: tables), MVCC(tables: copy))
        #expect(first.digest == second.digest && first.membership == second.membership)
        #expect(first.leases == second.leases)
        for at in stride(from: 1, through: first.revision.rawValue, by: 25) {
            #expect(try first.all(at: at) == second.all(at: at))
        }
        #expect(try first.seen(from: 2, previous: true) == second.seen(from: 2, previous: true))
        #expect(Self.chunks(copy) == chunks)
    }

    @Test func emptyTablesHaveNoChunks() {
        #expect(Self.chunks(MemoryTables()).isEmpty)
    }

    static func record(_ table: UInt8, _ key: [UInt8], _ value: [UInt8]) -> [UInt8] {
        var record = [table]
        record.append(little: UInt32(key.count))
        record.append(little: UInt32(value.count))
        return record + key + value
    }

    static let faults: [([UInt8], SnapshotCodec.Fault)] = [
        ([1, 2, 3], .truncated(at: 0)),
        (Array(record(4, Array(1...8), Array(1...16)).dropLast()), .truncated(at: 0)),
        ([0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .truncated(at: 0)),
        (record(200, [1], [1]), .unknownTable(200, at: 0)),
        (record(7, [], [1]), .badRecord(.tree, at: 0)),
        (record(0, bytes("state"), [1]), .badRecord(.meta, at: 0)),
        (record(0, bytes("other"), []), .badRecord(.meta, at: 0)),
        (record(1, [], Array(repeating: 0, count: 37)), .badRecord(.current, at: 0)),
        (record(1, [1], Array(repeating: 0, count: 36)), .badRecord(.current, at: 0)),
        (record(1, [1], Array(repeating: 9, count: 37)), .badRecord(.current, at: 0)),
        (record(2, [1], Array(repeating: 0, count: 50)), .badRecord(.history, at: 0)),
        (
            record(2, Array(repeating: 0, count: 20), Array(repeating: 0, count: 41)),
            .badRecord(.history, at: 0)
        ),
        (record(3, Array(repeating: 0, count: 12), [0]), .badRecord(.events, at: 0)),
        (record(3, Array(repeating: 0, count: 12), [2, 1]), .badRecord(.events, at: 0)),
        (record(4, [1], Array(1...16)), .badRecord(.leases, at: 0)),
        (record(5, Array(repeating: 0, count: 20), []), .badRecord(.attachments, at: 0)),
        (
            record(4, Array(1...8), Array(1...16)) + record(201, [], []), .unknownTable(201, at: 33)
        ),
    ]

    @Test(arguments: faults.indices)
    func refuses(index: Int) {
        let (chunk, fault) = Self.faults[index]
        #expect(throws: fault) {
            try SnapshotCodec.restore(chunk: chunk.span, into: MemoryTables())
        }
    }

    /// Whatever the bytes, reading stays inside them, and what was taken in can be handed out.
    @Test func survivesMutation() throws {
        var chance = Chance(seed: 5, name: "SnapshotFuzz")
        let tables = MemoryTables()
        var store = MVCC(tables: tables)
        try store.grant(LeaseID(rawValue: 3), ttl: 10)
        for number in 0..<30 { try store.put("key \(number % 9)", "\(number)", lease: 3) }
        store.checkpoint(into: tables)
        let good = try #require(Self.chunks(tables).first)
        for _ in 0..<1500 {
            var chunk = good
            for _ in 0...chance.below(4) {
                let place = Int(chance.below(UInt64(chunk.count)))
                switch chance.below(3) {
                case 0: chunk[place] = UInt8(chance.below(256))
                case 1: chunk.removeLast(min(chunk.count - 1, Int(chance.below(40))))
                default: chunk[place] ^= 1 << UInt8(chance.below(8))
                }
            }
            let copy = MemoryTables()
            guard (try? SnapshotCodec.restore(chunk: chunk.span, into: copy)) != nil else {
                continue
            }
            #expect(!Self.chunks(copy).isEmpty)
        }
    }
}
