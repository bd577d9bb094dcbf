import MVCC
import Testing
import Units

@Suite struct PutTests {
    @Test func countsRevisionsFromTwo() throws {
        var store = MVCC(tables: MemoryTables())
        #expect(store.revision.rawValue == 1)
        #expect(try store.put("a", "1") == 2)
        #expect(try store.put("a", "2") == 3)
        let found = try #require(store.get("a"))
        #expect(
            found.facts
                == Facts(
                    create: Revision(rawValue: 2), mod: Revision(rawValue: 3), version: 2,
                    lease: .none))
        #expect(store.keyCount == 1)
    }

    @Test func versionsStartAgainAfterDeletion() throws {
        var store = MVCC(tables: MemoryTables())
        try store.put("a", "1")
        #expect(try store.delete(.single(bytes("a"))).count == 1)
        #expect(store.get("a") == nil)
        try store.put("a", "2")
        let facts = try #require(store.get("a")).facts
        #expect(facts.create.rawValue == 4 && facts.version == 1)
    }

    @Test func handsOutWhatItReplaced() throws {
        var store = MVCC(tables: MemoryTables())
        try store.put("a", "1", options: .previous)
        #expect(store.replaced == nil)
        try store.put("a", "2", options: .previous)
        #expect(store.replaced?.value == bytes("1"))
        try store.put("a", "3")
        #expect(store.replaced == nil)
    }

    @Test func keepsValueOrLease() throws {
        var store = MVCC(tables: MemoryTables())
        try store.grant(LeaseID(rawValue: 7), ttl: 10)
        try store.put("a", "1", lease: 7)
        try store.put("a", "", options: .ignoreValue)
        #expect(store.get("a")?.value == bytes("1"))
        #expect(store.get("a")?.facts.lease == LeaseID.none)
        try store.put("a", "1", lease: 7)
        try store.put("a", "2", options: .ignoreLease)
        #expect(store.get("a")?.value == bytes("2"))
        #expect(store.keys(of: LeaseID(rawValue: 7)) == [bytes("a")])
    }

    static let refusals: [(key: Int, value: Int, lease: Int64, options: PutOptions, Failure)] = [
        (0, 1, 0, [], .keyEmpty),
        (Limits.key + 1, 1, 0, [], .keyTooLong(limit: Limits.key)),
        (1, Limits.value + 1, 0, [], .valueTooLarge(limit: Limits.value)),
        (1, 1, 9, [], .leaseNotFound(LeaseID(rawValue: 9))),
        (1, 0, 0, .ignoreValue, .keyNotFound),
        (1, 1, 0, .ignoreLease, .keyNotFound),
        (1, 1, 0, .ignoreValue, .valueGiven),
        (1, 1, 9, .ignoreLease, .leaseGiven),
    ]

    @Test(arguments: refusals.indices)
    func refuses(index: Int) throws {
        let (keyCount, valueCount, lease, options, failure) = Self.refusals[index]
        var store = MVCC(tables: MemoryTables())
        let key = [UInt8](repeating: 1, count: keyCount)
        let value = [UInt8](repeating: 1, count: valueCount)
        let digest = store.digest
        #expect(throws: failure) {
            try store.put(
                key: key.span, value: value.span, lease: LeaseID(rawValue: lease),
                options: options)
        }
        #expect(store.revision == .first && store.digest == digest && store.keyCount == 0)
        #expect(failure.description.first?.isLowercase == true)
    }

    @Test func takesTheLargest() throws {
        let tables = MemoryTables()
        var store = MVCC(tables: tables)
        let key = [UInt8](repeating: 0xFF, count: Limits.key)
        let value = [UInt8](repeating: 1, count: Limits.value)
        for _ in 0..<6 { try store.put(key: key.span, value: value.span) }
        store.checkpoint(into: tables)
        #expect(store.get(key.span)?.value == value)
        #expect(try store.seen(from: 2).count == 6)
    }

    @Test func aCopyIsIndependent() throws {
        var store = MVCC(tables: MemoryTables())
        for number in 0..<200 { try store.put("k\(number)", "1") }
        var copy = store
        try copy.put("k7", "copy")
        try copy.delete(.prefix(bytes("k1")))
        try store.put("k8", "original")
        #expect(store.get("k7")?.value == bytes("1"))
        #expect(copy.get("k8")?.value == bytes("1"))
        #expect(store.keyCount == 200 && copy.keyCount == 89)
        #expect(store.digest != copy.digest)
    }
}

/// Keys of all shapes, in all orders, come back sorted.
@Suite struct KeyOrderTests {
    static let shapes = ["short", "shared", "binary", "nested", "long"]

    static func keys(_ shape: String, _ chance: inout Chance) -> [[UInt8]] {
        (0..<3000).map { number in
            switch shape {
            case "short": return bytes(String(number))
            case "shared": return bytes("a/very/long/shared/prefix/of/all/\(number)")
            case "binary":
                return (0...chance.below(6)).map { _ in [0, 0xFF, 1][Int(chance.below(3))] }
            case "nested": return [UInt8](repeating: 0x61, count: 1 + number % 700)
            default: return [UInt8](repeating: UInt8(number % 7), count: 500) + bytes("\(number)")
            }
        }
    }

    @Test(arguments: shapes, ["ascending", "descending", "random"])
    func sorts(shape: String, order: String) throws {
        var chance = Chance(seed: 3, name: shape)
        let keys = Self.keys(shape, &chance)
        let sorted = Set(keys).sorted(by: precedes)
        var store = MVCC(tables: MemoryTables())
        let arrival =
            switch order {
            case "ascending": sorted
            case "descending": Array(sorted.reversed())
            default: sorted.shuffled(using: &chance)
            }
        for key in arrival { try store.put(key: key.span, value: key.span) }
        #expect(try store.all().map(\.key) == sorted)
        #expect(sorted.allSatisfy { store.get($0.span)?.key == $0 })
        let absent = sorted.map { $0 + [0, 7] }
        #expect(absent.allSatisfy { store.get($0.span) == nil })
        let middle = sorted[sorted.count / 2]
        let upper = KeyRange(lower: middle, extent: .toEnd)
        #expect(try store.all(upper).count == sorted.count - sorted.count / 2)
    }
}
