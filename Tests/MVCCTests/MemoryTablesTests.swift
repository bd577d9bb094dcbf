import MVCC
import Testing
import Units

@Suite struct MemoryTablesTests {
    @Test(arguments: 0..<4)
    func agreesWithAList(seed: UInt64) {
        var chance = Chance(seed: seed, name: "tables")
        let tables = MemoryTables()
        var list: [[UInt8]: [UInt8]] = [:]
        func key() -> [UInt8] { bytes(String(chance.below(seed == 0 ? 30 : 2000))) }
        for step in 0..<4000 {
            let (key, value) = (key(), bytes("\(step)"))
            if chance.below(3) == 0 {
                tables.delete(.current, key.span)
                list[key] = nil
            } else {
                tables.put(.current, key.span, value.span)
                list[key] = value
            }
            #expect(tables.get(.current, key.span) { $0?.array } == list[key])
            if step % 97 == 0 { scan(tables, list, &chance) }
        }
    }

    func scan(_ tables: MemoryTables, _ list: [[UInt8]: [UInt8]], _ chance: inout Chance) {
        let ends = [bytes("\(chance.below(99))"), bytes("\(chance.below(99))")].sorted(by: precedes)
        let range = KeyRange(lower: ends[0], extent: .below(ends[1]))
        for descending in [false, true] {
            var keys: [[UInt8]] = []
            let (from, to) = (ends[0], ends[1])
            tables.scan(
                .current, from: from.span, to: to.span, descending: descending
            ) { key, value in
                keys.append(key.array)
                return value.array == list[key.array]
            }
            let expected = list.keys.filter { range.contains($0.span) }.sorted(by: precedes)
            #expect(keys == (descending ? expected.reversed() : expected))
        }
        var all = 0
        tables.scan(.current, from: Bytes(), to: nil, descending: true) { _, _ in
            all += 1
            return true
        }
        #expect(all == list.count && tables.count(.current) == list.count)
    }

    @Test func copiesAreIndependent() {
        let (key, old, new) = (bytes("a"), bytes("1"), bytes("2"))
        let tables = MemoryTables()
        tables.put(.meta, key.span, old.span)
        let copy = tables.copy()
        copy.put(.meta, key.span, new.span)
        #expect(tables.get(.meta, key.span) { $0?.array } == old)
    }
}
