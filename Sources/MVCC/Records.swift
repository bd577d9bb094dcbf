package import Units

/// Records that are kept with the state beside the keys: sessions of clients, users and roles, the
/// directory tree, alarms. They have no revisions: of each the newest is all there is.
///
/// Writes are final at once: a command that may fail looks first and writes afterwards.
struct Records: Sendable {
    /// By table, what was written; nil: removed.
    struct Sheet: Sendable {
        private var tables: [SortedRuns<[UInt8]?>] = Table.records.map { _ in SortedRuns() }
        private(set) var byteCount = 0

        var isEmpty: Bool { tables.allSatisfy(\.isEmpty) }

        subscript(table: Table) -> SortedRuns<[UInt8]?> { tables[table.shelf] }

        mutating func put(_ table: Table, _ key: Bytes, _ value: [UInt8]?) {
            let old = tables[table.shelf].put(key, value)
            byteCount += (value?.count ?? 0) - ((old ?? nil)?.count ?? 0)
            if old == nil { byteCount += key.count + Limits.recordOverhead }
        }

        func write(into target: some WritableTables) {
            for table in Table.records {
                tables[table.shelf].scanUp(from: Bytes(), to: nil) { key, value in
                    if let value {
                        target.put(table, key, value.span)
                    } else {
                        target.delete(table, key)
                    }
                    return true
                }
            }
        }
    }

    /// Written since the last checkpoint began.
    var active = Sheet()
    /// What that checkpoint is writing.
    var frozen = Sheet()
}

extension Table {
    /// Those that hold records.
    package static let records: [Table] = [.sessions, .tree, .treeEvents, .access, .facts]

    fileprivate var shelf: Int {
        guard let place = Table.records.firstIndex(of: self) else {
            preconditionFailure("\(self) holds no records")
        }
        return place
    }
}

extension MVCC {
    /// The record of this key; nil when there is none.
    package func record(_ table: Table, _ key: Bytes) -> [UInt8]? {
        if let known = records.active[table][key] { return known }
        if let known = records.frozen[table][key] { return known }
        return layers.tables.get(table, key) { value in
            guard let value else { return nil }
            return value.array
        }
    }

    /// Sets a record, or removes it with nil. Part of the replicated state: the digest goes on.
    package mutating func setRecord(_ table: Table, _ key: Bytes, _ value: [UInt8]?) {
        precondition((1...Limits.recordKey).contains(key.count), "a record's key is out of size")
        precondition((value?.count ?? 0) <= Limits.record, "a record is too large")
        records.active.put(table, key, value)
        meta.digest.absorb(table, key: key, value: value)
    }

    /// Visits the records of [from, to) in order, or from its end; `to` nil: to the last. Stops when
    /// `visit` returns false.
    package func scanRecords(
        _ table: Table, from: Bytes, to: Bytes?, descending: Bool = false,
        _ visit: (_ key: Bytes, _ value: Bytes) -> Bool
    ) {
        var upper = RecordMerge(
            active: records.active[table], frozen: records.frozen[table], from: from, to: to,
            descending: descending)
        var goesOn = true
        layers.tables.scan(table, from: from, to: to, descending: descending) { key, value in
            goesOn = upper.emit(before: key, visit)
            if goesOn, !upper.covers(key) { goesOn = visit(key, value) }
            return goesOn
        }
        if goesOn { _ = upper.emit(before: nil, visit) }
    }
}

/// The two sheets as one, walked in step with the tables below.
private struct RecordMerge: ~Escapable {
    typealias Runs = SortedRuns<[UInt8]?>

    let active: Runs
    let frozen: Runs
    let from: Bytes
    let to: Bytes?
    let descending: Bool
    var places: (active: Runs.Place, frozen: Runs.Place)

    @_lifetime(copy from, copy to)
    init(active: Runs, frozen: Runs, from: Bytes, to: Bytes?, descending: Bool) {
        self.active = active
        self.frozen = frozen
        self.from = from
        self.to = to
        self.descending = descending
        if descending {
            places = (active.start(before: to), frozen.start(before: to))
        } else {
            places = (active.start(from: from), frozen.start(from: from))
        }
    }

    /// Visits what comes before `key`, or all that is left; false when `visit` has had enough.
    mutating func emit(before key: Bytes?, _ visit: (Bytes, Bytes) -> Bool) -> Bool {
        while let pair = next(before: key) {
            if let value = pair.value, !visit(pair.key.span, value.span) { return false }
        }
        return true
    }

    /// Whether the sheets know of `key`; then what the tables say of it is old.
    func covers(_ key: Bytes) -> Bool { active[key] != nil || frozen[key] != nil }

    private mutating func next(before key: Bytes?) -> Runs.Pair? {
        let upper = inside(active.pair(at: places.active), key)
        let lower = inside(frozen.pair(at: places.frozen), key)
        guard let upper else {
            if lower != nil { places.frozen = step(frozen, places.frozen) }
            return lower
        }
        let order = lower.map { upper.key.span.compared(to: $0.key.span) } ?? -1
        guard descending && lower != nil ? order >= 0 : order <= 0 else {
            places.frozen = step(frozen, places.frozen)
            return lower
        }
        if order == 0, lower != nil { places.frozen = step(frozen, places.frozen) }
        places.active = step(active, places.active)
        return upper
    }

    private func step(_ runs: Runs, _ place: Runs.Place) -> Runs.Place {
        descending ? runs.place(before: place) : runs.place(after: place)
    }

    /// The pair, if it lies in the range and, in the direction of the walk, not after `key`.
    private func inside(_ pair: Runs.Pair?, _ key: Bytes?) -> Runs.Pair? {
        guard let pair else { return nil }
        if descending {
            guard pair.compared(to: from) >= 0 else { return nil }
            if let key, pair.compared(to: key) < 0 { return nil }
        } else {
            if let to, pair.compared(to: to) >= 0 { return nil }
            if let key, pair.compared(to: key) > 0 { return nil }
        }
        return pair
    }
}
