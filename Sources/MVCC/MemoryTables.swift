package import Units

/// Tables in memory, for tests and the simulator.
package final class MemoryTables: WritableTables {
    /// A list of short sorted runs: what a large sorted array is, without its long moves.
    fileprivate struct Sorted {
        var runs: [[Pair]] = []
    }

    fileprivate struct Pair {
        var key: [UInt8]
        var value: [UInt8]

        func compared(to other: Bytes) -> Int { key.span.compared(to: other) }
    }

    fileprivate struct Place {
        var run: Int
        var index: Int
        var found: Bool
    }

    fileprivate static let runLimit = 256
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
        tables[Int(table.rawValue)].runs.reduce(0) { $0 + $1.count }
    }

    package func get<R>(_ table: Table, _ key: Bytes, _ body: (Bytes?) -> R) -> R {
        let sorted = tables[Int(table.rawValue)]
        let place = sorted.place(of: key)
        guard place.found else { return body(nil) }
        let pair = sorted.runs[place.run][place.index]
        return body(pair.value.span)
    }

    package func put(_ table: Table, _ key: Bytes, _ value: Bytes) {
        tables[Int(table.rawValue)].put(Pair(key: key.array, value: value.array))
    }

    package func delete(_ table: Table, _ key: Bytes) {
        tables[Int(table.rawValue)].delete(key)
    }

    package func scan(
        _ table: Table, from: Bytes, to: Bytes?, descending: Bool,
        _ visit: (_ key: Bytes, _ value: Bytes) -> Bool
    ) {
        if descending {
            tables[Int(table.rawValue)].scanDown(from: from, to: to, visit)
        } else {
            tables[Int(table.rawValue)].scanUp(from: from, to: to, visit)
        }
    }
}

extension MemoryTables.Sorted {
    /// Where `key` is, or would be put.
    func place(of key: Bytes) -> MemoryTables.Place {
        let after = runs.partition { $0[0].compared(to: key) > 0 }
        guard after > 0 else { return .init(run: 0, index: 0, found: false) }
        let run = runs[after - 1]
        let index = run.partition { $0.compared(to: key) >= 0 }
        let found = index < run.count && run[index].compared(to: key) == 0
        return .init(run: after - 1, index: index, found: found)
    }

    mutating func put(_ pair: MemoryTables.Pair) {
        guard !runs.isEmpty else { return runs.append([pair]) }
        let place = place(of: pair.key.span)
        guard !place.found else {
            runs[place.run][place.index].value = pair.value
            return
        }
        runs[place.run].insert(pair, at: place.index)
        guard runs[place.run].count > MemoryTables.runLimit else { return }
        let middle = MemoryTables.runLimit / 2
        runs.insert(Array(runs[place.run][middle...]), at: place.run + 1)
        runs[place.run].removeSubrange(middle...)
    }

    mutating func delete(_ key: Bytes) {
        let place = place(of: key)
        guard place.found else { return }
        runs[place.run].remove(at: place.index)
        if runs[place.run].isEmpty { runs.remove(at: place.run) }
    }

    func scanUp(from: Bytes, to: Bytes?, _ visit: (Bytes, Bytes) -> Bool) {
        var place = place(of: from)
        while place.run < runs.count {
            let run = runs[place.run]
            while place.index < run.count {
                let pair = run[place.index]
                if let to, pair.compared(to: to) >= 0 { return }
                guard visit(pair.key.span, pair.value.span) else { return }
                place.index += 1
            }
            place = .init(run: place.run + 1, index: 0, found: false)
        }
    }

    func scanDown(from: Bytes, to: Bytes?, _ visit: (Bytes, Bytes) -> Bool) {
        var place = MemoryTables.Place(
            run: runs.count - 1, index: runs.last?.count ?? 0, found: false)
        if let to { place = self.place(of: to) }
        while place.run >= 0 && place.run < runs.count {
            let run = runs[place.run]
            while place.index > 0 {
                place.index -= 1
                let pair = run[place.index]
                guard pair.compared(to: from) >= 0 else { return }
                guard visit(pair.key.span, pair.value.span) else { return }
            }
            place.run -= 1
            place.index = place.run >= 0 ? runs[place.run].count : 0
        }
    }
}

extension Array {
    /// The first index whose element is `after`, when all those before are not.
    fileprivate func partition(after: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if after(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
