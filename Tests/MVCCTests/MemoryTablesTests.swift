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
            let key = key()
            if chance.below(3) == 0 {
                tables.delete(.current, key.span)
                list[key] = nil
            } else {
                tables.put(.current, key.span, bytes("\(step)").span)
                list[key] = bytes("\(step)")
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
            tables.scan(
                .current, from: ends[0].span, to: ends[1].span, descending: descending
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
        let tables = MemoryTables()
        tables.put(.meta, bytes("a").span, bytes("1").span)
        let copy = tables.copy()
        copy.put(.meta, bytes("a").span, bytes("2").span)
        #expect(tables.get(.meta, bytes("a").span) { $0?.array } == bytes("1"))
    }
}
