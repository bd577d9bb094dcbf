import MVCC
import Testing
import Units

@testable import Store

@Suite struct TerritoryTests {
    private static func range(_ key: String, _ end: String = "") throws -> KeyRange {
        try KeyRange(key: Array(key.utf8), rangeEnd: Array(end.utf8))
    }

    @Test func rangesThatTouchCountAsOne() throws {
        let territory = Territory([try Self.range("a", "b"), try Self.range("b", "c")])
        #expect(territory.covers(try Self.range("a", "c")))
        #expect(!territory.covers(try Self.range("a", "c\0")))
        #expect(!territory.covers(.all))
    }

    @Test func aSingleKeyCoversNothingBeside() throws {
        let territory = Territory([try Self.range("a")])
        #expect(territory.covers(try Self.range("a")))
        #expect(territory.covers(try Self.range("a", "a\0")))
        #expect(!territory.covers(try Self.range("a", "a\0\0")))
        #expect(!territory.covers(try Self.range("a", "\0")))
        #expect(!territory.covers(try Self.range("a\0")))
    }

    @Test func everythingBeginsAtTheFirstKeyThereCanBe() throws {
        #expect(Territory([.all]).isEverything)
        #expect(Territory([try Self.range("\0", "\0")]).isEverything)
        #expect(Territory([try Self.range("", "\0")]).covers(.prefix([])))
        #expect(!Territory([try Self.range("\0\0", "\0")]).isEverything)
        #expect(!Territory().covers(.all))
    }

    /// Against asking each key of a small world one by one.
    @Test(arguments: 0..<8) func agreesWithCounting(seed: UInt64) {
        var chance = Chance(seed: seed, name: "territory")
        let world = Self.world
        for _ in 0..<100 {
            let ranges = (0..<chance.below(5)).map { _ in Self.random(&chance) }
            let territory = Territory(ranges)
            let asked = Self.random(&chance)
            let wanted = world.filter { asked.contains($0.span) }
            let all = wanted.allSatisfy { key in ranges.contains { $0.contains(key.span) } }
            #expect(territory.covers(asked) == all, "\(ranges) \(asked)")
            for key in world {
                let isIn = ranges.contains { $0.contains(key.span) }
                #expect(territory.covers(key: key.span) == isIn)
            }
        }
    }

    /// All keys of one to three of the letters that ranges below are made of, so dense that every
    /// gap between ranges has a key of its own; and one beyond each.
    private static let world: [[UInt8]] = {
        // 3 is where the prefix 2 ends.
        let letters: [UInt8] = [0, 1, 2, 3, 255]
        let one = letters.map { [$0] }
        let two = one.flatMap { head in letters.map { head + [$0] } }
        let three = two.flatMap { head in letters.map { head + [$0] } }
        return one + two + three
    }()

    private static func random(_ chance: inout Chance) -> KeyRange {
        func key() -> [UInt8] {
            (0...chance.below(2)).map { _ in [0, 1, 2, 255][Int(chance.below(4))] }
        }
        let first = key()
        switch chance.below(5) {
        case 0: return .single(first)
        case 1: return KeyRange(lower: first, extent: .toEnd)
        case 2: return .prefix(first)
        default:
            let second = key()
            let order = first.span.compared(to: second.span)
            if order == 0 { return .single(first) }
            return KeyRange(
                lower: order < 0 ? first : second, extent: .below(order < 0 ? second : first))
        }
    }
}
