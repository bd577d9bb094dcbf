import Testing
import Units

@testable import Journal

/// What is made of a log that is damaged.
@Suite struct SalvageTests {
    /// Twelve groups in three full segments and a thirteenth in the fourth.
    func notebook() -> Notebook {
        var notebook = Notebook()
        for index in UInt64(1)...13 { notebook.append(index...index, bytes: 2900) }
        return notebook
    }

    func salvage(
        _ notebook: Notebook, knownDurable: UInt64 = 0, covered: UInt64 = 0
    ) -> Journal.Salvage {
        Journal.salvage(
            identity: .mine, segmentBytes: Journal.small, segments: notebook.disk.segments,
            knownDurable: knownDurable, covered: covered
        ) { notebook.disk.files[$0]!.seen }
    }

    @Test func damageBelowTheCheckpointIsDropped() throws {
        var notebook = notebook()
        notebook.disk.change(2) { $0[4096 + 64 + 1000] ^= 0x10 }
        guard case .whole(let journal, let records, let drops) = salvage(notebook, covered: 8)
        else { return #expect(Bool(false), "it is whole above the checkpoint") }
        #expect(records.map(\.index) == Array(9...13))
        #expect(drops == [.drop(segment: 1), .drop(segment: 2)])
        notebook.disk.perform(drops)
        let again = try #require(notebook.disk.recover(knownDurable: 13).ready)
        #expect(again.journal == journal && again.records == records)
        #expect(journal.life > 0 && journal.abandoned.isEmpty)
    }

    @Test func damageAboveTheCheckpointIsNot() {
        var notebook = notebook()
        notebook.disk.change(2) { $0[4096 + 64 + 1000] ^= 0x10 }
        guard case .part(_, let records, _) = salvage(notebook, covered: 7) else {
            return #expect(Bool(false), "entry 8 is lost")
        }
        #expect(records.isEmpty)
        guard case .part(_, let more, _) = salvage(notebook, covered: 3) else {
            return #expect(Bool(false), "entry 8 is lost")
        }
        #expect(more.map(\.index) == Array(1...4))
    }

    /// Until it has everything, the new log lies beside the damaged one, and a member that starts
    /// again sees the damage again.
    @Test func theDamagedLogStaysUntilTheNewOneIsComplete() throws {
        var notebook = notebook()
        notebook.disk.change(2) { $0[4096 + 64 + 1000] ^= 0x10 }
        guard case .part(var journal, let records, let writes) = salvage(notebook, knownDurable: 13)
        else { return #expect(Bool(false), "entries are lost") }
        #expect(records.map(\.index) == Array(1...4))
        #expect(journal.abandoned == [1, 2, 3, 4] && journal.segments.first == 5)
        #expect(journal.life >= Journal.Limits.leap && journal.lastIndex == 4)
        // However far the writes came.
        for count in 0...writes.count {
            var disk = notebook.disk
            disk.perform(writes.prefix(count))
            #expect(disk.recover(knownDurable: 13).damage?.segment == 2)
        }
        notebook.disk.perform(writes)
        var more: [Journal.Write] = []
        journal.append((5...13).map { .sample($0, term: 2, bytes: 2000) }, into: &more)
        notebook.disk.perform(more)
        #expect(notebook.disk.recover(knownDurable: journal.lastGroup).damage?.segment == 2)
        // A second attempt is of a later life than the first.
        guard
            case .part(let second, let kept, _) = salvage(notebook, knownDurable: journal.lastGroup)
        else { return #expect(Bool(false), "entries are lost still") }
        #expect(kept.map(\.index) == Array(1...4) && second.life > journal.life)
        // Complete: the damaged one goes, in whatever part it is gone when power is cut.
        var drops: [Journal.Write] = []
        journal.abandon(into: &drops)
        #expect(drops.count == 4 && journal.abandoned.isEmpty)
        for count in 1..<drops.count {
            var disk = notebook.disk
            disk.perform(drops.prefix(count))
            #expect(disk.recover(knownDurable: journal.lastGroup).damage != nil)
        }
        notebook.disk.perform(drops)
        let found = try #require(notebook.disk.recover(knownDurable: journal.lastGroup).ready)
        #expect(found.journal == journal)
        #expect(found.records.map(\.index) == Array(1...13))
        #expect(
            found.records.map(\.term) == Array(repeating: 1, count: 4)
                + Array(repeating: 2, count: 9))
    }

    /// The half-made log of an earlier attempt is not taken for what follows the damage.
    @Test func anEarlierAttemptIsNotTakenForTheRest() {
        var notebook = notebook()
        notebook.disk.change(4) { $0[4096 + 64 + 1000] ^= 0x10 }
        guard case .part(_, _, let writes) = salvage(notebook, knownDurable: 13, covered: 4) else {
            return #expect(Bool(false), "entry 13 is lost")
        }
        notebook.disk.perform(writes)
        guard case .part = salvage(notebook, knownDurable: 13 + Journal.Limits.leap, covered: 4)
        else { return #expect(Bool(false), "entry 13 is lost still") }
    }

    @Test func allFilesMissing() throws {
        let notebook = Notebook()
        guard
            case .part(let journal, let records, let writes) = salvage(
                notebook, knownDurable: 9, covered: 5)
        else { return #expect(Bool(false), "all is lost") }
        #expect(records.isEmpty && journal.lastIndex == 5 && !writes.isEmpty)
        #expect(journal.life > 9)
    }

    /// One wrong bit anywhere, and any checkpoint: what is called whole is, and what is kept in part
    /// was written so.
    @Test(arguments: UInt64(1)...4) func flippedBits(seed: UInt64) {
        var chance = Chance(seed: seed, name: "salvage")
        let notebook = notebook()
        for _ in 0..<150 {
            var broken = notebook
            let segment = 1 + chance.below(4)
            let place = Int(chance.below(UInt64(Journal.small)))
            let covered = chance.below(14)
            broken.disk.change(segment) { $0[place] ^= 1 << UInt8(chance.below(8)) }
            guard broken.disk.recover(knownDurable: 13).damage != nil else { continue }
            switch salvage(broken, knownDurable: 13, covered: covered) {
            case .whole(let journal, let records, _):
                #expect(journal.lastIndex == 13)
                #expect(records == Array(notebook.records[Int(records[0].index - 1)...]))
                #expect(records[0].index <= covered + 1)
            case .part(let journal, let records, let writes):
                #expect(records == Array(notebook.records.prefix(records.count)))
                #expect(
                    journal.lastIndex == max(UInt64(records.count), records.isEmpty ? covered : 0))
                broken.disk.perform(writes)
                #expect(broken.disk.recover(knownDurable: 13).damage != nil)
            }
        }
    }
}

/// The rule of facts: torn only if nothing valid follows, and beyond what is known to be durable.
@Suite struct TornTailTests {
    func torn(after groups: Int = 2, records: Int = 5) -> (Notebook, Int) {
        var notebook = Notebook()
        for index in 1...UInt64(groups) { notebook.append(index...index) }
        let start = notebook.journal.offset
        let first = UInt64(groups) + 1
        notebook.append(first...first + UInt64(records) - 1)
        return (notebook, start)
    }

    @Test(arguments: [1, 2, 40]) func aGroupOfSeveralRecordsIsCutAsOne(records: Int) throws {
        var (notebook, start) = torn(records: records)
        notebook.disk.change(1) { $0[start + 64 + 24] ^= 1 }
        let found = try #require(notebook.disk.recover(knownDurable: 2).ready)
        #expect(found.records.map(\.index) == [1, 2])
        #expect(found.cut == Journal.TornTail(segment: 1, offset: start))
    }

    @Test func aValidGroupLaterMakesItDamage() {
        var (notebook, start) = torn()
        notebook.append(8...8)
        notebook.disk.change(1) { $0[start + 64 + 24] ^= 1 }
        #expect(notebook.disk.recover(knownDurable: 2).damage?.reason == .badGroup)
    }

    @Test func aValidSegmentLaterMakesItDamage() {
        var (notebook, start) = torn()
        notebook.append((8...9).map { .sample($0, bytes: 10_000) })
        #expect(notebook.journal.segments.count > 1)
        notebook.disk.change(1) { $0[start + 64 + 24] ^= 1 }
        #expect(notebook.disk.recover(knownDurable: 2).damage != nil)
    }

    @Test func belowTheKnownDurableItIsDamage() {
        var (notebook, start) = torn()
        notebook.disk.change(1) { $0[start + 64 + 24] ^= 1 }
        #expect(notebook.disk.recover(knownDurable: 3).damage?.groups == 3...3)
        #expect(notebook.disk.recover(knownDurable: 2).damage == nil)
    }

    /// What is cut does not come back: the next groups go over it.
    @Test func whatWasCutStaysCut() throws {
        var (notebook, start) = torn()
        notebook.disk.change(1) { $0[start + 64 + 24] ^= 1 }
        let found = try #require(notebook.disk.recover(knownDurable: 2).ready)
        var again = Notebook(journal: found.journal, disk: notebook.disk, records: found.records)
        again.append(3...3, term: 2)
        #expect(again.disk.recover(knownDurable: 3).ready?.records == again.records)
    }
}
