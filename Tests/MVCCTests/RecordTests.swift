import MVCC
import Testing
import Units

@Suite struct RecordTests {
    /// Random writes, checkpoints and walks beside a dictionary that is sorted.
    @Test(arguments: 1...20) func areWhatWasWritten(_ seed: Int) {
        var chance = Chance(seed: UInt64(seed), name: "records")
        let tables = MemoryTables()
        var store = MVCC(tables: tables)
        var model: [String: String] = [:]
        var frozen: Checkpoint?
        for round in 0..<600 {
            let key = "k\(chance.next() % 60)"
            switch chance.next() % 10 {
            case 0..<5:
                model[key] = "\(round)"
                store.setRecord(.tree, bytes(key).span, bytes("\(round)"))
            case 5..<7:
                model[key] = nil
                store.setRecord(.tree, bytes(key).span, nil)
            case 7:
                if let checkpoint = frozen {
                    checkpoint.write(into: tables)
                    store.thaw(tables: tables)
                    frozen = nil
                } else {
                    frozen = store.freeze()
                }
            default:
                let ends = [key, "k\(chance.next() % 60)"].sorted()
                compare(store, model, from: ends[0], to: chance.next() % 4 == 0 ? nil : ends[1])
            }
            let known = store.record(.tree, bytes(key).span)
            #expect(known == model[key].map { bytes($0) })
        }
        frozen?.write(into: tables)
        if frozen != nil { store.thaw(tables: tables) }
        store.freeze().write(into: tables)
        let again = MVCC(tables: tables)
        #expect(walk(again, from: "", to: nil, descending: false) == sorted(model))
        #expect(again.digest == store.digest)
        #expect(tables.count(.tree) == model.count)
        #expect(tables.count(.access) == 0)
    }

    @Test func everyChangeMovesTheDigest() {
        var store = MVCC(tables: MemoryTables())
        var seen = [store.digest]
        for (table, value) in [(Table.tree, "a"), (.access, "a"), (.tree, "b"), (.tree, "")] {
            store.setRecord(table, bytes("key").span, bytes(value))
            seen.append(store.digest)
        }
        store.setRecord(.tree, bytes("key").span, nil)
        seen.append(store.digest)
        #expect(Set(seen).count == seen.count)
    }

    @Test func walksStopWhenToldTo() {
        let tables = MemoryTables()
        var store = MVCC(tables: tables)
        for number in 0..<10 { store.setRecord(.facts, bytes("\(number)").span, [1]) }
        store.freeze().write(into: tables)
        store.thaw(tables: tables)
        for number in 3..<6 { store.setRecord(.facts, bytes("\(number)").span, [2]) }
        for limit in 1...10 {
            var seen = 0
            store.scanRecords(.facts, from: bytes("0").span, to: nil) { _, _ in
                seen += 1
                return seen < limit
            }
            #expect(seen == limit)
        }
    }

    private func compare(_ store: MVCC, _ model: [String: String], from: String, to: String?) {
        let expected = sorted(model).filter { pair in
            let key = pair.split(separator: "=")[0]
            return key >= from && (to.map { key < $0 } ?? true)
        }
        #expect(walk(store, from: from, to: to, descending: false) == expected)
        #expect(walk(store, from: from, to: to, descending: true) == expected.reversed())
    }

    private func sorted(_ model: [String: String]) -> [String] {
        model.keys.sorted().map { "\($0)=\(model[$0]!)" }
    }

    private func walk(
        _ store: MVCC, from: String, to: String?, descending: Bool
    ) -> [String] {
        var found: [String] = []
        let from = bytes(from)
        let to = to.map { bytes($0) }
        store.scanRecords(.tree, from: from.span, to: to?.span, descending: descending) {
            found.append(String(decoding: $0.array + [0x3D] + $1.array, as: UTF8.self))
            return true
        }
        return found
    }
}
