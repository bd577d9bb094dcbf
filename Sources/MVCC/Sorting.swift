internal import Units

/// The keys of a range in an order that is not their own: gathered a slice at a time, then handed out.
///
/// With a limit it never holds many more keys than that. What it sorts by is taken as of one
/// revision, so the keys can be looked up later at the same one.
package struct Sorting: Equatable, Sendable {
    private struct Entry: Equatable, Sendable {
        var number: Int64
        var value: [UInt8]
        var key: [UInt8]
    }

    private let target: RangeQuery.Target
    private let descending: Bool
    private let filter: RangeQuery.Filter
    private let limit: Int
    /// What was not looked at yet.
    private var rest: KeyRange?
    /// When done: the last is the next to be handed out.
    private var entries: [Entry] = []
    private var bytes = 0
    /// Keys that were looked at.
    package private(set) var looked = 0
    /// More were found than the limit lets through.
    package private(set) var isCut = false

    package init(_ query: RangeQuery) {
        target = query.target
        descending = query.descending
        filter = query.filter
        limit = query.limit
        rest = query.range
    }

    package var isTooLarge: Bool { bytes > Limits.sorting }

    /// Looks at up to `limit` keys more; true when all were looked at. It never is when it holds too
    /// much.
    package mutating func collect(_ state: MVCC, at view: Revision, limit slice: Int) -> Bool {
        guard let range = rest else { return true }
        let end = looked + slice
        var next: [UInt8]?
        state.layers.walk(range, at: view) { key, facts, value in
            guard looked < end, !isTooLarge else {
                next = key.array
                return false
            }
            looked += 1
            if filter == .none || filter.admits(facts) { add(key, facts, value) }
            return true
        }
        rest = next.map { range.from($0) }
        return next == nil && !isTooLarge
    }

    private mutating func add(_ key: Bytes, _ facts: Facts, _ value: Bytes) {
        let number: Int64 =
            switch target {
            case .version: facts.version
            case .create: facts.create.rawValue
            case .mod: facts.mod.rawValue
            case .key, .value: 0
            }
        let entry = Entry(
            number: number, value: target == .value ? value.array : [], key: key.array)
        bytes += size(entry)
        entries.append(entry)
        if limit > 0, entries.count >= 2 * limit + 1_000 { cut() }
    }

    private func size(_ entry: Entry) -> Int {
        entry.key.count + entry.value.count + Limits.resultOverhead
    }

    private mutating func cut() {
        entries.sort(by: precedes)
        guard limit > 0, entries.count > limit else { return }
        isCut = true
        for entry in entries[limit...] { bytes -= size(entry) }
        entries.removeLast(entries.count - limit)
    }

    /// All were looked at.
    package mutating func finish() {
        cut()
        entries.reverse()
    }

    /// The next key to be handed out.
    package var next: [UInt8]? { entries.last?.key }

    package mutating func removeNext() { entries.removeLast() }

    private func precedes(_ left: Entry, _ right: Entry) -> Bool {
        if left.number != right.number { return (left.number < right.number) != descending }
        let order = left.value.span.compared(to: right.value.span)
        if order != 0 { return (order < 0) != descending }
        let isBefore = left.key.span.compared(to: right.key.span) < 0
        return target == .key ? isBefore != descending : isBefore
    }
}
