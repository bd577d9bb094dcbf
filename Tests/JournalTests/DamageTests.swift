import Journal
import Testing
import Units

/// What recovery makes of files that are not as they were left.
@Suite struct DamageTests {
    /// Twelve groups in three full segments and a fourth.
    func notebook() -> Notebook {
        var notebook = Notebook()
        for index in UInt64(1)...13 { notebook.append(index...index, bytes: 2900) }
        return notebook
    }

    func check(
        _ notebook: Notebook, _ reason: Journal.Damage.Reason, segment: UInt64,
        groups: ClosedRange<UInt64>, knownDurable: UInt64 = 0,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let damage = notebook.disk.recover(knownDurable: knownDurable).damage
        #expect(damage?.reason == reason, sourceLocation: sourceLocation)
        #expect(damage?.segment == segment, sourceLocation: sourceLocation)
        #expect(damage?.groups == groups, sourceLocation: sourceLocation)
    }

    @Test func emptyDirectoryOfAMemberThatHadALog() {
        let disk = SimulatedDisk(seed: 1)
        #expect(disk.recover().ready != nil)
        let damage = disk.recover(knownDurable: 5).damage
        #expect(damage?.reason == .groupsMissing)
        #expect(damage?.groups == 1...5)
    }

    @Test func segmentMissingInTheMiddle() {
        var notebook = notebook()
        notebook.disk.lose(2)
        check(notebook, .segmentMissing, segment: 2, groups: 5...5)
    }

    @Test func newestSegmentMissing() {
        var notebook = notebook()
        notebook.disk.lose(4)
        #expect(notebook.disk.recover().ready?.records.count == 12)
        check(notebook, .groupsMissing, segment: 3, groups: 13...13, knownDurable: 13)
    }

    @Test func segmentTwice() {
        let notebook = notebook()
        let found = Journal.recover(
            identity: .mine, segmentBytes: Journal.small, segments: [1, 2, 2, 3, 4],
            knownDurable: 0
        ) { notebook.disk.files[$0]!.seen }
        #expect(found.damage?.reason == .segmentTwice)
    }

    @Test func copyUnderAnotherNumberSaysNothing() {
        var notebook = notebook()
        notebook.disk.copy(4, to: 5)
        #expect(notebook.disk.recover().ready?.records == notebook.records)
        notebook.disk.copy(2, to: 4)
        check(notebook, .badHeader, segment: 4, groups: 13...13)
    }

    @Test func preparedButUnused() throws {
        var notebook = Notebook()
        notebook.append(1...4, bytes: 2900)
        var journal = notebook.journal
        var writes: [Journal.Write] = []
        journal.append([.sample(5, bytes: 2900)], into: &writes)
        #expect(writes.count == 5)
        for steps in 1...3 {
            var disk = notebook.disk
            disk.perform(writes.prefix(steps))
            let found = try #require(disk.recover(knownDurable: 1).ready)
            #expect(found.records == notebook.records)
            // It goes on, in whichever segment, and is read back again.
            var again = Notebook(journal: found.journal, disk: disk, records: found.records)
            again.append(5...9, bytes: 2000)
            #expect(again.disk.recover(knownDurable: 2).ready?.records == again.records)
        }
    }

    @Test func tornHeaderOfTheFirstSegment() throws {
        var notebook = Notebook()
        notebook.append(1...1)
        notebook.disk.change(1) { $0 = [UInt8](repeating: 0, count: $0.count) }
        let found = try #require(notebook.disk.recover().ready)
        #expect(found.journal == Journal(identity: .mine, segmentBytes: Journal.small))
        #expect(found.cut == Journal.TornTail(segment: 1, offset: 0))
        check(notebook, .groupsMissing, segment: 1, groups: 1...1, knownDurable: 1)
    }

    @Test func badHeaderWithGroups() {
        for number in UInt64(1)...4 {
            var notebook = notebook()
            notebook.disk.change(number) { $0[20] ^= 1 }
            let first = (number - 1) * 4 + 1
            let isFirst = number == 1
            check(
                notebook, .badHeader, segment: number,
                groups: isFirst ? 1...1 : first...first)
        }
    }

    @Test func onlyASegmentThatIsNotTheFirst() {
        var notebook = notebook()
        notebook.disk.change(4) { $0 = [UInt8](repeating: 0, count: $0.count) }
        for number in UInt64(1)...3 { notebook.disk.lose(number) }
        #expect(notebook.disk.recover().damage?.reason == .badHeader)
    }

    @Test func foreignClusterOrMember() {
        let notebook = notebook()
        for identity in [
            Journal.Identity(cluster: 1, member: 7), Journal.Identity(cluster: 0xC0FFEE, member: 8),
        ] {
            #expect(notebook.disk.recover(identity) == .foreign(.mine))
        }
    }

    @Test func newerFormat() {
        var notebook = notebook()
        notebook.disk.change(1) {
            $0[8] = 2
            let checksum = CRC32C.of($0.span.extracting(0..<68))
            $0.replaceSubrange(68..<72, with: withUnsafeBytes(of: checksum) { Array($0) })
        }
        #expect(notebook.disk.recover() == .newerFormat(2))
    }

    @Test func fileShort() {
        var notebook = notebook()
        notebook.disk.change(2) { $0.removeLast() }
        #expect(notebook.disk.recover().damage?.reason == .fileShort)
        notebook.disk.change(2) { $0.removeAll() }
        #expect(notebook.disk.recover().damage?.reason == .badHeader)
    }

    @Test func badGroupInTheMiddle() {
        var notebook = notebook()
        notebook.disk.change(2) { $0[4096 + 64 + 1000] ^= 0x10 }
        check(notebook, .badGroup, segment: 2, groups: 5...8)
        var last = self.notebook()
        last.append(14...15, bytes: 2900)
        last.disk.change(4) { $0[4096 + 64 + 1000] ^= 0x10 }
        check(last, .badGroup, segment: 4, groups: 13...13)
    }

    @Test func badNewestGroupIsATornTailUnlessItWasDurable() throws {
        var notebook = notebook()
        notebook.disk.change(4) { $0[4096 + 64 + 1000] ^= 0x10 }
        let found = try #require(notebook.disk.recover(knownDurable: 12).ready)
        #expect(found.records == notebook.records.dropLast())
        #expect(found.cut == Journal.TornTail(segment: 4, offset: 4096))
        check(notebook, .groupsMissing, segment: 4, groups: 13...13, knownDurable: 13)
    }

    @Test func staleContentsOfRecycledSegmentsNeverVerify() throws {
        var notebook = notebook()
        let old = notebook.disk.files[2]!.seen
        notebook.release(through: 8)
        var writes: [Journal.Write] = []
        for index in UInt64(14)...17 {
            notebook.journal.append([.sample(index, bytes: 2900)], into: &writes)
        }
        // Segment 5 lies over the old segment 2, whose groups are where its own will be.
        for write in writes {
            notebook.disk.perform([write])
            if case .prepare(let segment, _) = write { notebook.disk.change(segment) { $0 = old } }
        }
        let found = try #require(notebook.disk.recover(knownDurable: 17).ready)
        #expect(found.journal == notebook.journal)
        #expect(found.records.map(\.index) == Array(9...17))
    }

    @Test func payloadThatLooksLikeALogIsNotTakenForOne() throws {
        var notebook = Notebook()
        notebook.append(1...3)
        let image = Array(notebook.disk.files[1]!.seen[4096..<4096 + 1000])
        notebook.append([.init(kind: 0, term: 1, index: 4, payload: image)])
        var torn = notebook
        let tail = torn.tail(1)
        torn.disk.change(1) { $0[tail] ^= 1 }
        let found = try #require(torn.disk.recover().ready)
        #expect(found.records.count == 3)
        #expect(notebook.disk.recover().ready?.records == notebook.records)
    }

    @Test func wordsForPeople() {
        var notebook = notebook()
        notebook.disk.change(2) { $0[4096 + 64 + 1000] ^= 0x10 }
        #expect(
            notebook.disk.recover().damage?.description
                == "log segment 2 is damaged at byte 4096: a group fails its checksum although newer "
                + "data follows; groups 5 to 8 are lost, entries after index 4 are in doubt")
    }

    /// One wrong bit anywhere: nothing that was durable is ever silently missing or different.
    @Test(arguments: [UInt64(1), 2, 3])
    func flippedBits(seed: UInt64) throws {
        var chance = Chance(seed: seed, name: "flips")
        let notebook = notebook()
        for _ in 0..<400 {
            var broken = notebook
            let segment = 1 + chance.below(4)
            let place = Int(chance.below(UInt64(Journal.small)))
            broken.disk.change(segment) { $0[place] ^= 1 << UInt8(chance.below(8)) }
            for known in [UInt64(0), 13] {
                switch broken.disk.recover(knownDurable: known) {
                case .ready(_, let records, _):
                    let isTail = segment == 4 && known == 0
                    #expect(
                        records == notebook.records
                            || (isTail && records == notebook.records.dropLast()))
                case .damaged: break
                case .foreign, .newerFormat: Issue.record("a flipped bit was taken at its word")
                }
            }
        }
    }
}

extension Notebook {
    /// The last byte of the newest group, which is in this segment.
    func tail(_ segment: UInt64) -> Int {
        disk.files[segment]!.seen.lastIndex { $0 != 0 }!
    }
}
