import RPC
import Testing
import Units

struct TableTests {
    @Test(arguments: 0..<8) func itIsADictionary(seed: UInt64) {
        var chance = Chance(seed: seed, name: "table")
        var table = Table<Int>()
        var model: [UInt32: Int] = [:]
        let span = [8, 64, 1_000, UInt64(UInt32.max)][Int(seed % 4)]
        for step in 0..<5_000 {
            let key = UInt32(chance.below(span)) + (span > 1_000 ? 0 : 1)
            guard key != 0 else { continue }
            switch chance.below(3) {
            case 0: #expect(table.remove(key) == model.removeValue(forKey: key))
            case 1:
                table.insert(key, step)
                model[key] = step
            default:
                #expect(table[key] == model[key])
                let changed: Void? = table.update(key) { $0 += 1 }
                #expect((changed != nil) == (model[key] != nil))
                if let value = model[key] { model[key] = value + 1 }
            }
            #expect(table.count == model.count)
        }
        #expect(table.numbers == model.keys.sorted())
        for (key, value) in model { #expect(table[key] == value) }
        for key in model.keys { #expect(table.remove(key) != nil) }
        #expect(table.isEmpty && table.numbers.isEmpty)
    }

    @Test func pausesGrowAndAreNotAllTheSame() {
        var one = Backoff(
            first: .milliseconds(50), longest: .seconds(1), chance: Chance(seed: 1, name: "a"))
        var two = Backoff(
            first: .milliseconds(50), longest: .seconds(1), chance: Chance(seed: 2, name: "a"))
        var whole: UInt64 = 50_000_000
        var same = 0
        for _ in 0..<20 {
            let pause = one.pause().nanoseconds
            #expect(pause <= whole && pause >= whole / 2)
            same += pause == two.pause().nanoseconds ? 1 : 0
            whole = min(2 * whole, 1_000_000_000)
        }
        #expect(same < 3)
        one.reset()
        #expect(one.pause() <= .milliseconds(50))
    }
}
