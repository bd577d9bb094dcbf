import MVCC
import Testing
import Units

@Suite struct EventTests {
    @Test func tellsEachLayer() throws {
        let tables = MemoryTables()
        var store = MVCC(tables: tables)
        try store.put("a", "1")
        store.checkpoint(into: tables)
        try store.put("a", "2")
        let checkpoint = store.freeze()
        try store.delete(.single(bytes("a")))
        let seen = try store.seen(from: 2, previous: true)
        #expect(seen.map(\.record.value) == [bytes("1"), bytes("2"), []])
        #expect(seen.map(\.previous?.value) == [nil, bytes("1"), bytes("2")])
        #expect(seen.map(\.kind) == [.put, .put, .delete])
        #expect(
            seen[2].record.facts
                == Facts(
                    create: .zero, mod: Revision(rawValue: 4), version: 0, lease: .none))
        checkpoint.write(into: tables)
        store.thaw(tables: tables)
        store.checkpoint(into: tables)
        #expect(try store.seen(from: 2, previous: true) == seen)
    }

    @Test func stopsWhereItIsTold() throws {
        var store = MVCC(tables: MemoryTables())
        for _ in 0..<9 { try store.put("a", "1") }
        #expect(try store.seen(from: 3, through: 5).map(\.record.facts.mod.rawValue) == [3, 4, 5])
        #expect(try store.seen(from: 11).isEmpty)
        #expect(try store.seen(from: 5, through: 4).isEmpty)
        var count = 0
        try store.events(from: .first, through: store.revision) { _ in
            count += 1
            return count < 4
        }
        #expect(count == 4)
    }

    @Test func compactedRevisionsAreGone() throws {
        var store = MVCC(tables: MemoryTables())
        for _ in 0..<5 { try store.put("a", "1") }
        try store.compact(to: Revision(rawValue: 4))
        let failure = Failure.compacted(below: Revision(rawValue: 4))
        #expect(throws: failure) { try store.seen(from: 3) }
        let seen = try store.seen(from: 4, previous: true)
        #expect(seen.map(\.previous?.facts.version) == [nil, 3, 4])
    }
}

@Suite struct WatcherTests {
    func match(_ watchers: Watchers, _ key: String) -> [WatcherID] {
        let key = bytes(key)
        return watchers.match(key.span)
    }

    @Test func matchesInOrder() throws {
        var watchers = Watchers()
        let ids = [
            try watchers.add(.all), try watchers.add(.single(bytes("b"))),
            try watchers.add(.prefix(bytes("b"))), try watchers.add(.single(bytes("b"))),
            try watchers.add(range("a", "b")), try watchers.add(range("bb", "\0")),
        ]
        #expect(match(watchers, "b") == [ids[0], ids[1], ids[2], ids[3]])
        #expect(match(watchers, "bb") == [ids[0], ids[2], ids[5]])
        watchers.remove(ids[2])
        watchers.remove(ids[2])
        watchers.remove(ids[1])
        #expect(match(watchers, "b") == [ids[0], ids[3]])
        #expect(watchers.count == 4)
    }

    @Test(arguments: 0..<8)
    func agreesWithAList(seed: UInt64) throws {
        var chance = Chance(seed: seed, name: "watchers")
        var watchers = Watchers()
        var list: [(WatcherID, KeyRange)] = []
        func key() -> [UInt8] { (0...chance.below(3)).map { _ in UInt8(chance.below(4)) } }
        for _ in 0..<1500 {
            if chance.below(3) == 0, !list.isEmpty {
                let gone = list.remove(at: Int(chance.below(UInt64(list.count))))
                watchers.remove(gone.0)
            } else {
                let ends = [key(), key()].sorted(by: precedes)
                let extents: [KeyRange.Extent] = [.single, .toEnd, .below(ends[1])]
                let range = KeyRange(lower: ends[0], extent: extents[Int(chance.below(3))])
                list.append((try watchers.add(range), range))
            }
            let key = key()
            #expect(
                watchers.match(key.span) == list.filter { $0.1.contains(key.span) }.map(\.0))
        }
    }
}
