import MVCC
import Testing
import Units

/// Counts are held against a walk through all keys, whatever was written and kept before.
@Suite struct CensusTests {
    @Test(arguments: 1...8) func countsWhatIsThere(_ seed: Int) throws {
        var chance = Chance(seed: UInt64(seed), name: "census")
        var tables = MemoryTables()
        var store = MVCC(tables: tables)
        let shared = seed % 2 == 0 ? "" : "a/shared/beginning/"
        var present: Set<String> = []
        for round in 0..<6_000 {
            let key = shared + "\(chance.below(seed % 3 == 0 ? 1_500 : 6_000))"
            if chance.below(10) < (round < 4_000 ? 9 : 3) {
                try store.put(key, "v")
                present.insert(key)
            } else {
                try store.delete(.single(bytes(key)))
                present.remove(key)
            }
            if round % 1_700 == 1_699 { store.checkpoint(into: tables) }
            if round % 2_500 == 2_499 {
                store.checkpoint(into: tables)
                store = MVCC(tables: tables)
            }
            if round % 97 == 0 { try compare(store, present, shared, &chance) }
        }
        // Whole districts go at once.
        try store.delete(.prefix(bytes(shared + "1")))
        present = present.filter { !$0.hasPrefix(shared + "1") }
        for _ in 0..<20 { try compare(store, present, shared, &chance) }
        let copy = MemoryTables()
        store.checkpoint(into: tables)
        var cursor: SnapshotCodec.Cursor?
        while let chunk = SnapshotCodec.next(
            from: tables, after: &cursor, limit: Limits.snapshotChunk)
        {
            try SnapshotCodec.restore(chunk: chunk.span, into: copy)
        }
        tables = copy
        store = MVCC(tables: copy)
        for _ in 0..<20 { try compare(store, present, shared, &chance) }
    }

    private func compare(
        _ store: MVCC, _ present: Set<String>, _ shared: String, _ chance: inout Chance
    ) throws {
        let ends = [shared + "\(chance.below(7_000))", shared + "\(chance.below(7_000))"].sorted()
        let ranges: [KeyRange] = [
            .all, .prefix(bytes(shared + "\(chance.below(10))")), .prefix(bytes("zz")),
            KeyRange(lower: bytes(ends[0]), extent: .toEnd),
            ends[0] == ends[1]
                ? .single(bytes(ends[0]))
                : KeyRange(lower: bytes(ends[0]), extent: .below(bytes(ends[1]))),
        ]
        for range in ranges {
            let expected = present.count { range.contains(bytes($0).span) }
            let query = RangeQuery(range, countOnly: true)
            #expect(try store.range(query) { _, _, _ in true }.count == expected, "\(range)")
            let limited = RangeQuery(range, limit: 1)
            #expect(try store.range(limited) { _, _, _ in true }.count == expected)
        }
    }

    /// State that was written before there were districts is counted when it is opened.
    @Test func isMadeAnew() throws {
        let tables = MemoryTables()
        var store = MVCC(tables: tables)
        for number in 0..<3_000 { try store.put("k\(number)", "v") }
        store.checkpoint(into: tables)
        var fences: [[UInt8]] = []
        tables.scan(.census, from: Bytes(), to: nil, descending: false) { key, _ in
            fences.append(key.array)
            return true
        }
        #expect(fences.count > 4)
        for fence in fences { tables.delete(.census, fence.span) }
        store = MVCC(tables: tables)
        let query = RangeQuery(.prefix(bytes("k1")), countOnly: true)
        #expect(try store.range(query) { _, _, _ in true }.count == 1_111)
        for number in 3_000..<4_000 { try store.put("k\(number)", "v") }
        #expect(
            try store.range(RangeQuery(.all, countOnly: true)) { _, _, _ in true }.count == 4_000)
    }

    /// In a transaction, what it wrote before counts too.
    @Test func countsWhatIsPending() throws {
        var store = MVCC(tables: MemoryTables())
        for number in 1_000..<3_000 { try store.put("k\(number)", "v") }
        let result = try store.transact(
            Transaction(success: [
                .delete(.prefix(bytes("k1")), previous: false),
                .put(Transaction.Put(key: bytes("k1"), value: [])),
                .put(Transaction.Put(key: bytes("k2000"), value: [])),
                .range(RangeQuery(.all, countOnly: true)),
                .range(RangeQuery(.prefix(bytes("k")), limit: 1)),
            ]))
        guard case .range(_, let all) = result.responses[3],
            case .range(_, let cut) = result.responses[4]
        else {
            Issue.record("no ranges")
            return
        }
        #expect(all.count == 1_001 && cut.count == 1_001 && cut.more)
    }
}

@Suite struct SortingTests {
    /// Any order, target, filter and limit against the sorted list of all pairs.
    @Test(arguments: 1...12) func agreesWithAPlainSort(_ seed: Int) throws {
        var chance = Chance(seed: UInt64(seed), name: "sorting")
        let tables = MemoryTables()
        var store = MVCC(tables: tables)
        for round in 0..<900 {
            let key = "k\(chance.below(300))"
            if chance.below(8) == 0 { try store.delete(.single(bytes(key))) }
            try store.put(key, "value \(chance.below(20))")
            if round % 400 == 0 { store.checkpoint(into: tables) }
        }
        for _ in 0..<200 { try compare(store, &chance) }
    }

    private func compare(_ store: MVCC, _ chance: inout Chance) throws {
        let ends = ["k\(chance.below(300))", "k\(chance.below(300))x"].sorted()
        var query = RangeQuery(
            KeyRange(lower: bytes(ends[0]), extent: .below(bytes(ends[1]))),
            revision: Revision(rawValue: [0, 500, 800][Int(chance.below(3))]),
            limit: Int(chance.below(3)) * 7)
        query.target = [.key, .version, .create, .mod, .value][Int(chance.below(5))]
        query.descending = chance.below(2) == 0
        if chance.below(2) == 0 {
            query.filter.minMod = Revision(rawValue: Int64(chance.below(900)))
            query.filter.maxCreate = Revision(rawValue: Int64(chance.below(900)))
        }
        if chance.below(3) == 0 { query.limitBytes = 60 }
        let all = try store.all(query.range, at: query.revision.rawValue)
        let wanted = all.filter { admits(query.filter, $0.facts) }.sorted {
            precedes($0, $1, query)
        }
        var expected: [Record] = []
        var size = 0
        for record in wanted {
            size += record.key.count + record.value.count
            let isFull =
                (query.limit > 0 && expected.count == query.limit)
                || (query.limitBytes > 0 && !expected.isEmpty && size > query.limitBytes)
            if isFull { break }
            expected.append(record)
        }
        var found: [Record] = []
        let summary = try store.range(query) { key, value, facts in
            found.append(Record(key: key.array, value: value.array, facts: facts))
            return true
        }
        #expect(found == expected, "\(query)")
        #expect(summary.more == (expected.count < wanted.count), "\(query)")
        #expect(summary.count == all.count, "\(query)")
    }

    private func admits(_ filter: RangeQuery.Filter, _ facts: Facts) -> Bool {
        facts.mod >= filter.minMod && facts.create >= filter.minCreate
            && (filter.maxMod == .zero || facts.mod <= filter.maxMod)
            && (filter.maxCreate == .zero || facts.create <= filter.maxCreate)
    }

    private func precedes(_ left: Record, _ right: Record, _ query: RangeQuery) -> Bool {
        func number(_ record: Record) -> Int64 {
            switch query.target {
            case .version: record.facts.version
            case .create: record.facts.create.rawValue
            case .mod: record.facts.mod.rawValue
            case .key, .value: 0
            }
        }
        if number(left) != number(right) {
            return (number(left) < number(right)) != query.descending
        }
        if query.target == .value, left.value != right.value {
            return left.value.lexicographicallyPrecedes(right.value) != query.descending
        }
        let isBefore = left.key.lexicographicallyPrecedes(right.key)
        return query.target == .key ? isBefore != query.descending : isBefore
    }

    @Test func tooMuchIsRefused() throws {
        var store = MVCC(tables: MemoryTables())
        for number in 0...Limits.lookedAtOnce { try store.put("k\(number)", "") }
        var query = RangeQuery(.all)
        query.target = .mod
        let failure = Failure.tooManyToSort(limit: Limits.lookedAtOnce)
        #expect(throws: failure) { try store.range(query) { _, _, _ in true } }
        query.target = .key
        query.filter.minMod = Revision(rawValue: 90_000)
        #expect(throws: failure) { try store.range(query) { _, _, _ in true } }
        query.lookLimit = 1_000
        #expect(try store.range(query) { _, _, _ in true }.stoppedAt != nil)
    }

    @Test func whatIsSortedByHasALimit() throws {
        var store = MVCC(tables: MemoryTables())
        let large = [UInt8](repeating: 7, count: Limits.value)
        for number in 0..<66 { try store.put(key: [UInt8(number)].span, value: large.span) }
        var query = RangeQuery(.all)
        query.target = .value
        #expect(throws: Failure.sortTooLarge(limit: Limits.sorting)) {
            try store.range(query) { _, _, _ in true }
        }
        query.target = .create
        #expect(try store.range(query) { _, _, _ in true }.count == 66)
    }
}

@Suite struct GlobTests {
    static let cases: [(String, yes: [String], no: [String])] = [
        ("a", ["a"], ["", "b", "aa"]), ("*", ["", "a", "abc"], ["a/b", "/"]),
        ("**", ["", "a/b/c"], []), ("a/*", ["a/", "a/b"], ["a", "a/b/c", "b/a"]),
        ("a/**", ["a/", "a/b/c"], ["a", "b/a/c"]), ("**/x", ["/x", "a/b/x"], ["x", "a/xy"]),
        ("?", ["a", "*"], ["", "/", "ab"]), ("[a-c]1", ["a1", "c1"], ["d1", "a2", "1"]),
        ("[!a-c]1", ["d1", "-1"], ["a1", "/1"]), ("[]]", ["]"], ["["]),
        ("[a-]", ["a", "-"], ["b"]),
        ("\\*", ["*"], ["a", "\\*"]), ("a*b*c", ["abc", "axxbyyc"], ["ab", "abcd", "a/bc"]),
        ("*.example", [".example", "x.example"], ["x.example2"]),
        ("***", ["a/b"], []), ("[!]]", ["a"], ["]"]),
    ]

    @Test(arguments: cases.indices) func matchesAsAWhole(_ index: Int) throws {
        let (pattern, yes, no) = Self.cases[index]
        let glob = try Glob(bytes(pattern))
        for key in yes + no {
            let matches = glob.matches(bytes(key).span)
            #expect(matches == yes.contains(key), "\(pattern) \(key)")
        }
    }

    @Test func refusesWhatIsNone() {
        #expect(throws: Glob.Fault.badSet(at: 1)) { try Glob(bytes("a[bc")) }
        #expect(throws: Glob.Fault.badSet(at: 0)) { try Glob(bytes("[]")) }
        #expect(throws: Glob.Fault.badSet(at: 0)) { try Glob(bytes("[z-a]")) }
        #expect(throws: Glob.Fault.danglingEscape) { try Glob(bytes("a\\")) }
        let long = [UInt8](repeating: 97, count: Limits.glob + 1)
        #expect(throws: Glob.Fault.tooLong(limit: Limits.glob)) { try Glob(long) }
        #expect(throws: Never.self) { try Glob(Array(long.dropLast())) }
    }

    /// Against a matcher that simply tries everything.
    @Test func agreesWithAPlainMatcher() {
        var chance = Chance(seed: 7, name: "glob")
        let letters = bytes("aab/*?")
        var hits = 0
        for _ in 0..<4_000 {
            let pattern = (0..<chance.below(7)).map { _ in letters[Int(chance.below(6))] }
            let key = (0..<chance.below(7)).map { _ in letters[Int(chance.below(4))] }
            guard let glob = try? Glob(pattern) else { continue }
            let expected = plain(pattern[...], key[...])
            hits += expected ? 1 : 0
            let matches = glob.matches(key.span)
            #expect(matches == expected, "\(pattern) \(key)")
        }
        #expect(hits > 100)
    }

    private func plain(_ pattern: ArraySlice<UInt8>, _ key: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return key.isEmpty }
        if first == UInt8(ascii: "*") {
            let isDouble = pattern.dropFirst().first == first
            var rest = pattern
            while rest.first == first { rest = rest.dropFirst() }
            for count in 0...key.count {
                if !isDouble && key.prefix(count).contains(UInt8(ascii: "/")) { break }
                if plain(rest, key.dropFirst(count)) { return true }
            }
            return false
        }
        guard let byte = key.first else { return false }
        let matches = first == UInt8(ascii: "?") ? byte != UInt8(ascii: "/") : byte == first
        return matches && plain(pattern.dropFirst(), key.dropFirst())
    }
}
