package import Units

/// Tables in memory, for tests and the simulator.
package final class MemoryTables: WritableTables {
    private typealias Sorted = SortedRuns<[UInt8]>
    private var tables: [Sorted]

    package init() {
        tables = Table.allCases.map { _ in Sorted() }
    }

    private init(_ tables: [Sorted]) {
        self.tables = tables
    }

    /// An independent copy, made in no time.
    package func copy() -> MemoryTables { MemoryTables(tables) }

    package func count(_ table: Table) -> Int {
        tables[Int(table.rawValue)].count
    }

    package func get<R>(_ table: Table, _ key: Bytes, _ body: (Bytes?) -> R) -> R {
        let value = tables[Int(table.rawValue)][key]
        guard let value else { return body(nil) }
        return body(value.span)
    }

    package func put(_ table: Table, _ key: Bytes, _ value: Bytes) {
        tables[Int(table.rawValue)].put(key, value.array)
    }

    package func delete(_ table: Table, _ key: Bytes) {
        tables[Int(table.rawValue)].delete(key)
    }

    package func scan(
        _ table: Table, from: Bytes, to: Bytes?, descending: Bool,
        _ visit: (_ key: Bytes, _ value: Bytes) -> Bool
    ) {
        if descending {
            tables[Int(table.rawValue)].scanDown(from: from, to: to) { visit($0, $1.span) }
        } else {
            tables[Int(table.rawValue)].scanUp(from: from, to: to) { visit($0, $1.span) }
        }
    }
}
