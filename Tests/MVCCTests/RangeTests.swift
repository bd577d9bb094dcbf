import MVCC
import Testing
import Units

@Suite struct RangeTests {
    static func store() throws -> MVCC {
        var store = MVCC(tables: MemoryTables())
        for key in ["a", "b", "ba", "bb", "c", "d"] { try store.put(key, key) }
        return store
    }

    static let ranges: [(key: String, end: String, String)] = [
        ("b", "", "b"), ("x", "", ""), ("b", "c", "b ba bb"), ("b", "\0", "b ba bb c d"),
        ("", "\0", "a b ba bb c d"), ("", "b", "a"), ("ba", "bb", "ba"), ("e", "f", ""),
    ]

    @Test(arguments: ranges.indices)
    func finds(index: Int) throws {
        let (key, end, expected) = Self.ranges[index]
        let found = try Self.store().all(range(key, end))
        let text = found.map { String(decoding: $0.key, as: UTF8.self) }.joined(separator: " ")
        #expect(text == expected)
    }

    static let prefixes: [([UInt8], KeyRange.Extent)] = [
        ([], .toEnd), ([0xFF, 0xFF], .toEnd), ([1], .below([2])), ([1, 0xFF], .below([2])),
        ([1, 2, 0xFF, 0xFF], .below([1, 3])),
    ]

    @Test(arguments: prefixes.indices)
    func endsPrefixes(index: Int) {
        #expect(KeyRange.prefix(Self.prefixes[index].0).extent == Self.prefixes[index].1)
    }

    static let refusals: [(key: Int, end: Int, Failure)] = [
        (0, 0, .keyEmpty), (2, 2, .invalidRange), (2, 1, .invalidRange),
        (Limits.key + 1, 0, .keyTooLong(limit: Limits.key)),
        (1, Limits.key + 2, .keyTooLong(limit: Limits.key)),
    ]

    @Test(arguments: refusals.indices)
    func refuses(index: Int) {
        let (key, end, failure) = Self.refusals[index]
        #expect(throws: failure) {
            try KeyRange(
                key: [UInt8](repeating: 7, count: key), rangeEnd: [UInt8](repeating: 7, count: end))
        }
    }

    @Test func readsTheTimesBefore() throws {
        var store = MVCC(tables: MemoryTables())
        try store.put("a", "1")
        try store.put("b", "1")
        try store.put("a", "2")
        try store.delete(.single(bytes("b")))
        #expect(try store.text(at: 1) == [])
        #expect(try store.text(at: 2) == ["a=1"])
        #expect(try store.text(at: 3) == ["a=1", "b=1"])
        #expect(try store.text(at: 4) == ["a=2", "b=1"])
        #expect(try store.text(at: 5) == ["a=2"])
        #expect(throws: Failure.futureRevision(newest: store.revision)) { try store.text(at: 6) }
        #expect(throws: Failure.compacted(below: .first)) { try store.text(at: -1) }
    }

    @Test func limitsAndCounts() throws {
        let store = try Self.store()
        var query = RangeQuery(try range("b", "\0"), limit: 2)
        var keys: [[UInt8]] = []
        var summary = try store.range(query) { key, _, _ in
            keys.append(key.array)
            return true
        }
        #expect(keys == [bytes("b"), bytes("ba")])
        #expect(summary == RangeSummary(count: 5, more: true, revision: store.revision))
        query.counted = false
        summary = try store.range(query) { _, _, _ in true }
        #expect(summary.count == 2 && summary.more)
        query.countOnly = true
        summary = try store.range(query) { _, _, _ in
            Issue.record("nothing is handed out")
            return true
        }
        #expect(summary.count == 5 && !summary.more)
    }

    @Test func countsAll() throws {
        let store = try Self.store()
        let now = try store.range(RangeQuery(.all, countOnly: true)) { _, _, _ in true }
        #expect(now.count == 6)
        let before = RangeQuery(.all, revision: Revision(rawValue: 4), countOnly: true)
        #expect(try store.range(before) { _, _, _ in true }.count == 3)
    }

    @Test func aPairThatIsNotTakenIsMore() throws {
        let store = try Self.store()
        let summary = try store.range(RangeQuery(.all)) { key, _, _ in
            key.compared(to: bytes("bb").span) < 0
        }
        #expect(summary.count == 6 && summary.more)
    }

    @Test func keysOnlyHidesValues() throws {
        let query = RangeQuery(.all, keysOnly: true)
        _ = try Self.store().range(query) { _, value, _ in
            #expect(value.array == [])
            return true
        }
    }

    @Test(arguments: [1, 2, 3, 7])
    func pages(size: Int) throws {
        let store = try Self.store()
        var rest: KeyRange? = .all
        var keys: [[UInt8]] = []
        while let range = rest {
            let query = RangeQuery(range, revision: store.revision, limit: size, counted: false)
            let summary = try store.range(query) { key, _, _ in
                keys.append(key.array)
                return true
            }
            rest = summary.more ? range.after(keys.last!) : nil
        }
        #expect(try keys == store.all().map(\.key))
    }
}
