import CLMDB
import Glibc
import Journal
import MVCC
import Testing
import Units

@testable import Disk

/// What the disk forgot or changed is seen when it is read again.
@Suite struct ScrubTests {
    static let map = 64 << 20
    let scratch = Scratch()

    private func open() throws -> Engine { try Engine(scratch.path, mapBytes: Self.map) }

    /// Some records of each kind, one with a key beyond LMDB's limit.
    private func fill(_ engine: Engine) throws {
        try engine.transact { writer in
            for table in Table.allCases {
                for number in UInt8(1)...20 {
                    let value = [UInt8](repeating: number, count: Int(number) * 40)
                    writer.put(table, [table.rawValue, number].span, value.span)
                }
            }
            let long = [UInt8](repeating: 7, count: 1200)
            writer.put(.current, long.span, Array("a long key's value".utf8).span)
            writer.put(.facts, [99].span, Bytes())
        }
    }

    private func pass(_ engine: Engine, limit: Int = 1 << 20) throws -> (Scrubbed, parts: Int) {
        var total = Scrubbed()
        var place: [UInt8] = []
        var parts = 0
        repeat {
            let part = try engine.scrub(from: place, limit: limit)
            total.bytes += part.bytes
            total.checked += part.checked
            total.damaged += part.damaged
            if total.words.isEmpty { total.words = part.words }
            place = part.next
            parts += 1
        } while !place.isEmpty
        return (total, parts)
    }

    @Test func findsNothingWhereNothingIsWrong() throws {
        let engine = try open()
        #expect(try pass(engine).0.checked == 0)
        try fill(engine)
        let (whole, _) = try pass(engine)
        #expect(whole.damaged == 0)
        // Every record, the empty one, the long one, and the two labels that lead to it.
        #expect(whole.checked == Table.allCases.count * 20 + 1 + 1 + 2)
        let (pieces, parts) = try pass(engine, limit: 1000)
        #expect(pieces.checked == whole.checked && pieces.bytes == whole.bytes && parts > 20)
    }

    /// Where a byte is repeated so often.
    private static func run(of byte: UInt8, length: Int, in bytes: [UInt8]) -> Int? {
        var count = 0
        for (place, found) in bytes.enumerated() {
            count = found == byte ? count + 1 : 0
            if count == length { return place - length + 1 }
        }
        return nil
    }

    @Test func aChangedByteInAValueIsFound() throws {
        try fill(try open())
        let bytes = Scratch.read(scratch.path + "/state")
        let place = try #require(Self.run(of: 19, length: 19 * 40, in: bytes))
        Scratch.change(scratch.path + "/state") { $0[place + 300] ^= 0x20 }
        let engine = try open()
        let (found, _) = try pass(engine)
        #expect(found.damaged == 1)
        #expect(found.words.hasPrefix("a record of table '"))
        // Who sends a snapshot looks, too.
        let snapshot = try engine.snapshot()
        while snapshot.next(limit: MVCC::Limits.snapshotChunk) != nil {}
        #expect(snapshot.isDamaged)
    }

    @Test func aSoundStateIsSentAsSound() throws {
        let engine = try open()
        try fill(engine)
        let snapshot = try engine.snapshot()
        while snapshot.next(limit: MVCC::Limits.snapshotChunk) != nil {}
        #expect(!snapshot.isDamaged)
    }

    /// A file of an earlier program is copied once, and has checksums from then on.
    @Test func anOldStateGetsChecksums() throws {
        do {
            let folder = try Folder(scratch.path)
            let environment = try Environment(folder.path(of: "state"), mapBytes: Self.map)
            environment.bearsChecksums = false
            let transaction = try environment.begin(writing: true)
            let databases = try Databases(transaction, checked: false)
            for number in UInt8(1)...50 {
                var record = [UInt8](repeating: 0, count: 37)
                record[36] = EventKind.put.rawValue
                transaction.put(databases[.current], [number].span, (record + [number]).span)
            }
            try transaction.commit()
        }
        let engine = try open()
        let tables = try engine.tables()
        #expect(EngineTests.scan(tables, .current).count == 50)
        #expect(EngineTests.get(tables, .current, [9])?.last == 9)
        #expect(engine.environment.bearsChecksums)
        #expect(try pass(engine).0.checked == 50)
        #expect(try pass(engine).0.damaged == 0)
        #expect(try pass(try open()).0.checked == 50)
    }

    @Test func aDirectoryOfAnEarlierProgramIsMarkedAsNewer() throws {
        let mine = Journal.Identity(cluster: 1, member: 2)
        let directory = try DataDirectory(scratch.path + "/d", reserve: 0)
        try directory.claim(mine)
        Scratch.write(scratch.path + "/d/identity", IdentityFile.text(mine, format: 1))
        try directory.claim(mine)
        #expect(Scratch.read(scratch.path + "/d/identity") == IdentityFile.text(mine))
    }

    // MARK: The log

    private func log() throws -> (SegmentScrub, Journal, String) {
        let path = scratch.path + "/log"
        mkdir(path, 0o700)
        let identity = Journal.Identity(cluster: 1, member: 2)
        let files = try SegmentFiles(path, segmentBytes: 65_536)
        var journal = Journal(identity: identity, segmentBytes: 65_536)
        for index in UInt64(1)...40 {
            var writes: [Journal.Write] = []
            let payload = [UInt8](repeating: UInt8(index), count: 3000)
            journal.append([.init(kind: 1, term: 1, index: index, payload: payload)], into: &writes)
            try files.perform(writes)
        }
        return (SegmentScrub(path, identity: identity), journal, path)
    }

    private func check(
        _ scrub: SegmentScrub, _ journal: Journal, limit: Int = 10_000
    ) throws -> (checked: Int, damaged: Int) {
        var checked = 0
        var damaged = 0
        for part in journal.contents {
            var place: SegmentPlace?
            repeat {
                let step = try scrub.scrub(
                    part.segment, from: place, through: part.through, limit: limit)
                checked += step.found.checked
                damaged += step.found.damaged
                place = step.found.damaged > 0 ? nil : step.next
            } while place != nil
        }
        return (checked, damaged)
    }

    @Test(arguments: [1, 10_000, 1 << 20]) func readsEveryGroupOfTheLog(limit: Int) throws {
        let (scrub, journal, _) = try log()
        #expect(journal.segments.count == 3)
        #expect(try check(scrub, journal, limit: limit) == (40, 0))
    }

    @Test(arguments: UInt64(1)...20) func aFlippedBitInAGroupIsFound(seed: UInt64) throws {
        var chance = Chance(seed: seed, name: "scrub")
        let (scrub, journal, path) = try log()
        let segment = journal.segments[Int(chance.below(2))]
        let place = 4096 + Int(chance.below(50_000))
        Scratch.change("\(path)/\(SegmentFiles.name(segment))") {
            $0[place] ^= 1 << UInt8(chance.below(8))
        }
        #expect(try check(scrub, journal).damaged == 1)
    }

    @Test func aSegmentThatWasDroppedIsNotDamaged() throws {
        let (scrub, journal, path) = try log()
        unlink("\(path)/\(SegmentFiles.name(1))")
        #expect(try check(scrub, journal).damaged == 0)
    }
}

/// A process that dies in the middle of a commit leaves the checkpoint before or the one after.
@Suite struct KilledCommitTests {
    let scratch = Scratch()

    private static func value(_ engine: Engine) throws -> (UInt8, Int) {
        let tables = try engine.tables()
        let rows = EngineTests.scan(tables, .current)
        return (rows.first?[1].first ?? 0, rows.count)
    }

    /// What the file holds at any time while commits go on, as a reader that comes after a crash of
    /// the program would see it: a copy of its pages in the order in which they were written.
    @Test(arguments: UInt64(1)...8) func aCopyTakenAtAnyTimeIsOneOrTheOther(seed: UInt64) throws {
        let engine = try Engine(scratch.path, mapBytes: ScrubTests.map)
        func commit(_ generation: UInt8) throws {
            try engine.transact { writer in
                for number in 0..<200 {
                    let key = [UInt8(number / 100), UInt8(number % 100)]
                    writer.put(.current, key.span, [UInt8](repeating: generation, count: 500).span)
                }
            }
        }
        for generation in UInt8(1)...UInt8(1 + seed) { try commit(generation) }
        let before = Scratch.read(scratch.path + "/state")
        try commit(100)
        let after = Scratch.read(scratch.path + "/state")
        // LMDB writes data pages first, syncs, then the meta page: the data of the new one with the
        // meta pages of the old one is what a kill in between leaves.
        var torn = after
        torn.replaceSubrange(0..<8192, with: before[0..<8192])
        for (name, bytes, expected) in [
            ("before", before, UInt8(1 + seed)), ("torn", torn, UInt8(1 + seed)),
            ("after", after, UInt8(100)),
        ] {
            let folder = scratch.path + "/" + name
            mkdir(folder, 0o700)
            Scratch.write(folder + "/state", bytes)
            let opened = try Engine(folder, mapBytes: ScrubTests.map)
            let (generation, count) = try Self.value(opened)
            #expect(generation == expected && count == 200)
            #expect(try opened.scrub(from: [], limit: 1 << 30).damaged == 0)
        }
    }
}
