import Testing
import Units

@Suite struct ChecksumTests {
    @Test(
        arguments: [("", 0), ("123456789", 0xE306_9283), ("a", 0xC1D0_4330)] as [(String, UInt32)])
    func knownValues(text: String, expected: UInt32) {
        #expect(CRC32C.of(Array(text.utf8)) == expected)
    }

    @Test func goesOnFromASeed() {
        let whole = Array("left and right".utf8)
        let left = CRC32C.of(Array(whole[..<5]))
        #expect(CRC32C.of(Array(whole[5...]), seed: left) == CRC32C.of(whole))
    }

    @Test func hashTellsLengthsApart() {
        #expect(Hash64.of([0]) != Hash64.of([0, 0]))
        #expect(Hash64.of([]) != Hash64.of([0]))
    }
}

@Suite struct ChanceTests {
    @Test func sameSeedAndNameRepeat() {
        var first = Chance(seed: 7, name: "network")
        var second = Chance(seed: 7, name: "network")
        #expect((0..<100).map { _ in first.next() } == (0..<100).map { _ in second.next() })
    }

    @Test func namesAreApart() {
        var first = Chance(seed: 7, name: "network")
        var second = Chance(seed: 7, name: "disk")
        #expect(first.next() != second.next())
    }

    @Test func belowStaysBelow() {
        var chance = Chance(seed: 1, name: "below")
        #expect((0..<1000).allSatisfy { _ in chance.below(3) < 3 })
    }
}

@Suite struct InstantTests {
    @Test func neverIsTheEnd() {
        #expect(Instant.never + .seconds(1) == .never)
        #expect(Instant.zero.since(.never) == .milliseconds(0))
    }
}

@Suite struct BytesTests {
    @Test func littleEndian() {
        var bytes: [UInt8] = [9]
        bytes.append(little: UInt32(0x0403_0201))
        #expect(bytes == [9, 1, 2, 3, 4])
        #expect(bytes.span.little(UInt32.self, at: 1) == 0x0403_0201)
    }

    @Test(
        arguments: [([], [], 0), ([1], [], 1), ([1, 2], [1, 3], -1), ([255], [1, 2], 1)]
            as [([UInt8], [UInt8], Int)])
    func order(left: [UInt8], right: [UInt8], expected: Int) {
        #expect(left.span.compared(to: right.span).signum() == expected)
    }
}
