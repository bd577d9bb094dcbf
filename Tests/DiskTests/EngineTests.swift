import CLMDB
import MVCC
import Testing
import Units

@testable import Disk

/// Tables on disk behave as tables in memory, and outlive what kills the process.
@Suite struct EngineTests {
    static let map = 64 << 20
    let scratch = Scratch()

    func open() throws(DiskFailure) -> Engine { try Engine(scratch.path, mapBytes: Self.map) }

    typealias Pair = (key: [UInt8], value: [UInt8])

    static func scan(
        _ tables: some Tables, _ table: Table, from: [UInt8] = [], to: [UInt8]? = nil,
        descending: Bool = false, limit: Int = .max
    ) -> [[[UInt8]]] {
        var pairs: [[[UInt8]]] = []
        let visit = { (key: Bytes, value: Bytes) -> Bool in
            pairs.append([key.array, value.array])
            return pairs.count < limit
        }
        if let to {
            tables.scan(table, from: from.span, to: to.span, descending: descending, visit)
        } else {
            tables.scan(table, from: from.span, to: nil, descending: descending, visit)
        }
        return pairs
    }

    static func get(_ tables: some Tables, _ table: Table, _ key: [UInt8]) -> [UInt8]? {
        tables.get(table, key.span) { value in
            guard let value else { return nil }
            return value.array
        }
    }

    @Test func emptyState() throws {
        let tables = try open().tables()
        for table in Table.allCases {
            #expect(Self.get(tables, table, [1]) == nil)
            #expect(Self.scan(tables, table).isEmpty)
            #expect(Self.scan(tables, table, descending: true).isEmpty)
        }
        #expect(scratch.names == ["state", "state-lock"])
    }

    @Test func tablesAreApart() throws {
        let engine = try open()
        try engine.transact { writer in
            for table in Table.allCases { writer.put(table, [7].span, [table.rawValue].span) }
        }
        let tables = try engine.tables()
        for table in Table.allCases { #expect(Self.get(tables, table, [7]) == [table.rawValue]) }
    }

    /// Keys that share long beginnings, of lengths around those where labels end.
    static func key(_ chance: inout Chance) -> [UInt8] {
        let lengths = [1, 2, 8, 499, 500, 501, 502, 999, 1000, 1001, 1500, 1501, 4096]
        let length = lengths[Int(chance.below(UInt64(lengths.count)))]
        var key = [UInt8](repeating: UInt8(chance.below(2)) * 255, count: length)
        for _ in 0..<chance.below(3) {
            let places = [
                0, min(1, length - 1), length - 1, length / 2, min(499, length - 1),
                min(500, length - 1),
            ]
            key[places[Int(chance.below(6))]] = UInt8(chance.below(4)) * 85
        }
        return key
    }

    /// The same changes to both, then the same questions to both.
    @Test(arguments: UInt64(1)...4)
    func equalToTablesInMemory(seed: UInt64) throws {
        var chance = Chance(seed: seed, name: "engine")
        let engine = try open()
        let model = MemoryTables()
        let view = try engine.tables()
        for _ in 0..<4 {
            try engine.transact { writer in
                for _ in 0..<80 { Self.change(&chance, writer, model) }
                Self.compare(&chance, writer, model)
            }
            try view.renew()
            Self.compare(&chance, view, model)
        }
    }

    static func change(_ chance: inout Chance, _ writer: LMDBWriter, _ model: MemoryTables) {
        let key = key(&chance)
        if chance.below(5) < 2 {
            let found = scan(model, .current, from: key, limit: 1).first?[0] ?? key
            writer.delete(.current, found.span)
            model.delete(.current, found.span)
        } else {
            let value = [UInt8](repeating: UInt8(chance.below(256)), count: Int(chance.below(50)))
            writer.put(.current, key.span, value.span)
            model.put(.current, key.span, value.span)
        }
    }

    static func compare(_ chance: inout Chance, _ tables: some Tables, _ model: MemoryTables) {
        #expect(scan(tables, .current) == scan(model, .current))
        for _ in 0..<15 {
            let key = key(&chance)
            #expect(get(tables, .current, key) == get(model, .current, key))
            let to: [UInt8]? = chance.below(4) == 0 ? nil : Self.key(&chance)
            let limit = chance.below(2) == 0 ? 3 : Int.max
            for descending in [false, true] {
                let from = chance.below(5) == 0 ? [] : key
                let found = scan(
                    tables, .current, from: from, to: to, descending: descending, limit: limit)
                let expected = scan(
                    model, .current, from: from, to: to, descending: descending, limit: limit)
                #expect(found == expected, "\(from.count) \(to?.count ?? -1) \(descending)")
            }
        }
    }

    @Test func foldersOfLongKeysGoWithTheirLastKey() throws {
        let engine = try open()
        let keys = [501, 600, 1001, 4096].map { [UInt8](repeating: 9, count: $0) }
        try engine.transact { writer in
            for key in keys { writer.put(.current, key.span, [1].span) }
        }
        try engine.transact { writer in
            for key in keys { writer.delete(.current, key.span) }
            let first = keys[0]
            writer.delete(.current, first.span)
        }
        let transaction = try engine.environment.begin(writing: false)
        for database in [engine.databases.long, engine.databases[.current]] {
            guard var cursor = transaction.cursor(database) else {
                Issue.record("no cursor")
                continue
            }
            cursor.first()
            let isEmpty = !cursor.isValid
            #expect(isEmpty)
        }
    }

    @Test func viewsSeeWhatWasThereWhenTheyWereRenewed() throws {
        let engine = try open()
        let view = try engine.tables()
        try engine.transact { $0.put(.meta, [1].span, [1].span) }
        #expect(Self.get(view, .meta, [1]) == nil)
        #expect(Self.get(try engine.tables(), .meta, [1]) == [1])
        try view.renew()
        #expect(Self.get(view, .meta, [1]) == [1])
    }

    @Test func viewOutlivesItsEngine() throws {
        var engine: Engine? = try open()
        try engine?.transact { $0.put(.meta, [1].span, [1].span) }
        let view = try #require(try engine?.tables())
        engine = nil
        #expect(Self.get(view, .meta, [1]) == [1])
    }

    @Test func openedAgain() throws {
        do { try open().transact { $0.put(.history, [1, 2].span, [3].span) } }
        #expect(Self.get(try open().tables(), .history, [1, 2]) == [3])
    }

    @Test func fullMapLeavesTheStateAsItWasAndMayBeTriedAgain() throws {
        let engine = try Engine(scratch.path, mapBytes: 1 << 20)
        try engine.transact { $0.put(.meta, [1].span, [1].span) }
        let value = [UInt8](repeating: 7, count: 100_000)
        func grow() throws(DiskFailure) {
            try engine.transact { writer in
                writer.put(.meta, [1].span, [2].span)
                for number in UInt8(0)..<20 { writer.put(.current, [number].span, value.span) }
                writer.delete(.meta, [1].span)
                _ = Self.scan(writer, .current)
            }
        }
        let fault = DiskFailure.Fault(
            action: "write to", path: scratch.path("state"), code: MDB_MAP_FULL)
        #expect(throws: DiskFailure.noSpace(fault)) { try grow() }
        #expect(throws: DiskFailure.noSpace(fault)) { try grow() }
        let tables = try engine.tables()
        #expect(Self.get(tables, .meta, [1]) == [1])
        #expect(Self.scan(tables, .current).isEmpty)
        try engine.transact { $0.put(.meta, [1].span, [3].span) }
    }

    @Test func mapIsWidenedAtOpening() throws {
        let value = [UInt8](repeating: 7, count: 100_000)
        func fill(_ numbers: Range<UInt8>) throws {
            let engine = try Engine(scratch.path, mapBytes: 1 << 20)
            try engine.transact { writer in
                for number in numbers { writer.put(.current, [number].span, value.span) }
            }
        }
        try fill(0..<7)
        try fill(7..<20)
        #expect(throws: DiskFailure.self) { try fill(20..<120) }
    }

    @Test func mapIsNarrowerWhereAddressesAreFew() throws {
        let engine = try Engine(scratch.path, mapBytes: 1 << 48)
        try engine.transact { $0.put(.meta, [1].span, [1].span) }
        #expect(Self.get(try engine.tables(), .meta, [1]) == [1])
    }

    @Test func mapIsWideFromTheStartAndTheFileSmall() throws {
        let engine = try Engine(scratch.path)
        try engine.transact { $0.put(.meta, [1].span, [1].span) }
        #expect(Scratch.read(scratch.path("state")).count < 1 << 20)
    }

    @Test func interruptedRestoreIsRemoved() throws {
        do { try open().transact { $0.put(.meta, [1].span, [1].span) } }
        do { _ = try StateRestore(scratch.path, mapBytes: Self.map) }
        #expect(scratch.names.contains("state.new"))
        #expect(Self.get(try open().tables(), .meta, [1]) == [1])
        #expect(scratch.names == ["state", "state-lock"])
    }

    @Test func notAStateFile() {
        Scratch.write(scratch.path("state"), [UInt8](repeating: 1, count: 8192))
        let fault = DiskFailure.Fault(
            action: "open", path: scratch.path("state"), code: MDB_INVALID)
        #expect(throws: DiskFailure.io(fault)) { try open() }
        #expect(DiskFailure.io(fault).description.contains("not an LMDB file"))
    }

    @Test func largeValues() throws {
        let engine = try open()
        let value = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 >> 8) }
        try engine.transact { $0.put(.current, [1].span, value.span) }
        #expect(Self.get(try engine.tables(), .current, [1]) == value)
    }

    @Test func snapshotStaysWhileOthersCommit() throws {
        let engine = try open()
        try engine.transact { writer in
            for number in UInt8(0)..<200 { writer.put(.current, [number].span, [1].span) }
        }
        let snapshot = try engine.snapshot()
        try engine.transact { writer in
            for number in UInt8(0)..<200 { writer.put(.current, [number].span, [2].span) }
        }
        #expect(Self.scan(snapshot.tables, .current).allSatisfy { $0[1] == [1] })
    }
}
