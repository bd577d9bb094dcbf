import Testing
import Units

@Suite struct ArenaTests {
    @Test func keepsPiecesOfAllSizes() {
        var arena = Arena()
        var pieces: [(Arena.Offset, [UInt8])] = []
        var chance = Chance(seed: 1, name: "arena")
        for step in 0..<300 {
            let size = step % 50 == 0 ? Arena.chunk - Int(chance.below(9)) : Int(chance.below(5000))
            let piece = [UInt8](repeating: UInt8(step & 0xFF), count: size)
            pieces.append((arena.append(piece.span), piece))
        }
        for (offset, piece) in pieces {
            #expect(arena.bytes(at: offset, count: piece.count).compared(to: piece.span) == 0)
        }
        arena.removeAll()
        #expect(arena.count == 0)
        let piece: [UInt8] = [1, 2]
        let again = arena.append(piece.span)
        #expect(arena.bytes(at: again, count: 2).array == piece)
    }

    @Test func copiesAreIndependent() {
        let (old, left, right): ([UInt8], [UInt8], [UInt8]) = ([1, 2, 3], [4], [5])
        var arena = Arena()
        let first = arena.append(old.span)
        var copy = arena
        let mine = arena.append(left.span)
        let theirs = copy.append(right.span)
        #expect(arena.bytes(at: mine, count: 1).array == left)
        #expect(copy.bytes(at: theirs, count: 1).array == right)
        #expect(copy.bytes(at: first, count: 3).array == old)
    }
}

@Suite struct PagesTests {
    @Test func holdsWhatAnArrayHolds() {
        var pages = Pages<UInt64>()
        var array: [UInt64] = []
        for number in 0..<100_000 as Range<UInt64> {
            pages.append(number)
            array.append(number)
        }
        for index in stride(from: 0, to: 100_000, by: 7) {
            pages[index] *= 3
            array[index] *= 3
        }
        #expect(array.indices.allSatisfy { pages[$0] == array[$0] })
        #expect(pages.count == array.count && pages.byteCount == 800_000)
    }

    @Test func shiftsWithinABlock() {
        var pages = Pages<UInt32>()
        for number in 0..<64 as Range<UInt32> { pages.append(number) }
        pages.shift(99, at: 3, count: 5)
        #expect((0..<10).map { pages[$0] } == [0, 1, 2, 99, 3, 4, 5, 6, 8, 9])
        pages.shift(98, at: 63, count: 1)
        #expect(pages[63] == 98 && pages[62] == 62)
        let block = pages.block(at: 0, count: 64)
        #expect(block.count == 64 && block[3] == 99)
    }

    @Test func copiesAreIndependent() {
        var pages = Pages<UInt8>()
        for _ in 0..<300 { pages.append(repeating: 1, count: 1024) }
        var copy = pages
        copy[307_199] = 2
        pages.append(3)
        #expect(pages[307_199] == 1 && copy[307_199] == 2 && copy.count == 307_200)
        pages.removeAll()
        #expect(pages.count == 0 && copy[0] == 1)
    }
}

@Suite struct HeadTests {
    @Test(
        arguments: [
            ([], 0, 0), ([1], 0, 0x0100_0000_0000_0000), ([1, 2], 1, 0x0200_0000_0000_0000),
            ([0, 1, 2, 3, 4, 5, 6, 7, 8], 1, 0x0102_0304_0506_0708), ([1], 9, 0),
        ] as [([UInt8], Int, UInt64)])
    func heads(bytes: [UInt8], offset: Int, expected: UInt64) {
        #expect(bytes.span.head(at: offset) == expected)
    }

    @Test(
        arguments: [([], [], 0), ([1, 2], [1, 3], 1), ([1], [1, 3], 1)] as [([UInt8], [UInt8], Int)]
    )
    func sharedPrefix(left: [UInt8], right: [UInt8], expected: Int) {
        #expect(left.span.sharedPrefix(with: right.span) == expected)
    }
}
