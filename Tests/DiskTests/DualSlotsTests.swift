import Glibc
import Journal
import Testing
import Units

@testable import Disk

/// The vote is neither lost nor taken back.
@Suite struct DualSlotsTests {
    let scratch = Scratch()
    let mine = Journal.Identity(cluster: 3, member: 7)
    let faults = Faults()
    var path: String { scratch.path("hardstate") }

    init() {
        Scratch.write(path, DualSlots.initial(mine))
    }

    func open() throws(DirectoryRefusal) -> DualSlots {
        try DualSlots(path, identity: mine, calls: faults.calls)
    }

    func content(_ number: UInt64) -> DualSlots.Content {
        .init(term: number, vote: number % 5, knownDurable: number * 3, wallClock: number << 40)
    }

    @Test func freshOneIsEmpty() throws {
        #expect(try open().content == DualSlots.Content())
    }

    @Test func newestIsFound() throws {
        for number in UInt64(1)...9 {
            try open().save(content(number))
            #expect(try open().content == content(number))
        }
    }

    @Test func manySavesThroughOneHandle() throws {
        let slots = try open()
        for number in UInt64(1)...9 { try slots.save(content(number)) }
        #expect(slots.content == content(9))
        #expect(try open().content == content(9))
    }

    /// A crash during a save leaves any of its sectors: the old or the new content, no third.
    @Test func tornSaves() throws {
        var chance = Chance(seed: 5, name: "torn")
        for number in UInt64(1)...200 {
            let before = Scratch.read(path)
            let old = try open().content
            try open().save(content(number))
            let after = Scratch.read(path)
            var torn = before
            for sector in 0..<torn.count / 512 where chance.below(2) == 0 {
                let range = sector * 512..<(sector + 1) * 512
                torn.replaceSubrange(range, with: after[range])
            }
            Scratch.write(path, torn)
            let found = try open().content
            #expect(found == old || found == content(number))
        }
    }

    @Test func oneRottenCopyTakesNothingBack() throws {
        try open().save(content(1))
        try open().save(content(2))
        for block in 0..<4 {
            let whole = Scratch.read(path)
            Scratch.change(path) { $0[block * 4096 + 50] ^= 4 }
            #expect(try open().content == content(2))
            Scratch.write(path, whole)
        }
    }

    @Test func allBadIsRefused() throws {
        Scratch.change(path) { for block in 0..<4 { $0[block * 4096 + 50] ^= 4 } }
        #expect(
            throws: DirectoryRefusal.lostPromises(
                path: path, what: "neither copy of the member's vote verifies")
        ) { try open() }
        Scratch.write(path, [])
        #expect(throws: DirectoryRefusal.self) { try open() }
    }

    @Test func anotherMembersSlotsAreRefused() {
        #expect(throws: DirectoryRefusal.self) {
            try DualSlots(path, identity: Journal.Identity(cluster: 3, member: 8))
        }
    }

    @Test func newerFormat() {
        Scratch.change(path) { bytes in
            bytes[8] = 9
            let checksum = CRC32C.of(bytes.span.extracting(0..<76))
            bytes.replaceSubrange(76..<80, with: withUnsafeBytes(of: checksum) { Array($0) })
        }
        #expect(
            throws: DirectoryRefusal.newerFormat(path: path, found: 9, known: Disk.Limits.format)
        ) { try open() }
    }

    @Test func syncErrorIsFinal() throws {
        let slots = try open()
        faults.set { $0.sync = EIO }
        let failure = DiskFailure.syncFailed(.init(action: "sync", path: path, code: EIO))
        #expect(throws: failure) { try slots.save(content(1)) }
        faults.set { $0.sync = 0 }
        #expect(throws: failure) { try slots.save(content(1)) }
        #expect(slots.content == DualSlots.Content())
    }

    @Test func noSpaceMayBeTriedAgain() throws {
        let slots = try open()
        faults.set { $0.write = ENOSPC }
        #expect(throws: DiskFailure.self) { try slots.save(content(1)) }
        faults.set { $0.write = 0 }
        try slots.save(content(1))
        #expect(try open().content == content(1))
    }
}
