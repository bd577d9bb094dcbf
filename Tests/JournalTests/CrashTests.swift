import Journal
import Testing
import Units

/// Power cuts at any step, any number of times: all that was synced is there, nothing is damaged.
@Suite struct CrashTests {
    @Test(arguments: UInt64(1)...40)
    func powerCuts(seed: UInt64) throws {
        var life = Life(seed: seed)
        for _ in 0..<120 { try life.step() }
        #expect(life.crashes > 0)
    }

    /// A log that is written, cut off and read back.
    struct Life {
        var notebook = Notebook()
        var chance: Chance
        var crashes = 0

        init(seed: UInt64) {
            chance = Chance(seed: seed, name: "life")
            notebook.disk = SimulatedDisk(seed: seed)
        }

        mutating func step() throws {
            let before = notebook
            var writes: [Journal.Write] = []
            var added: [Journal.Record] = []
            switch chance.below(20) {
            case 0: notebook.journal.release(through: released(), into: &writes)
            case 1: notebook.journal.restart(after: restartPoint(), into: &writes)
            default:
                added = records()
                notebook.journal.append(added, into: &writes)
            }
            for record in added { notebook.records.follow(record) }
            let present = notebook.journal.firstIndex..<notebook.journal.lastIndex + 1
            notebook.records.removeAll { !present.contains($0.index) }
            if chance.below(6) == 0 {
                try crash(before, writes)
            } else {
                notebook.disk.perform(writes)
            }
        }

        /// The log is then as it was before, or as it is after some of the groups.
        private mutating func crash(_ before: Notebook, _ writes: [Journal.Write]) throws {
            crashes += 1
            let steps = Int(chance.below(UInt64(writes.count + 1)))
            notebook.disk.perform(writes.prefix(steps))
            notebook.disk.crash()
            let recovery = notebook.disk.recover(knownDurable: before.journal.lastGroup)
            let found = try #require(recovery.ready, "\(recovery)")
            if found.journal.lastGroup == before.journal.lastGroup {
                let kept = before.records.filter { $0.index >= found.journal.firstIndex }
                #expect(found.records == kept)
            } else if found.journal.lastGroup == notebook.journal.lastGroup {
                #expect(found.records == notebook.records)
            } else {
                // Some of several groups: the records go on from what there was.
                #expect(found.journal.lastGroup < notebook.journal.lastGroup)
            }
            notebook.journal = found.journal
            notebook.records = found.records
        }

        private mutating func released() -> UInt64 {
            notebook.journal.firstIndex + chance.below(30)
        }

        private mutating func restartPoint() -> UInt64 {
            notebook.journal.lastIndex + chance.below(100)
        }

        private mutating func records() -> [Journal.Record] {
            let journal = notebook.journal
            var index = journal.lastIndex + 1
            if chance.below(5) == 0, index > journal.firstIndex {
                index -= chance.below(min(index - journal.firstIndex, 8) + 1)
            }
            let count = 1 + chance.below(6)
            let term = chance.next()
            return (0..<count).map { offset in
                let bytes = chance.below(10) == 0 ? chance.below(9000) : chance.below(600)
                return .sample(index + offset, term: term, bytes: Int(bytes))
            }
        }
    }

    /// The same crash point by point: every number of steps of one append that rolls over.
    @Test func everyStepOfARoll() throws {
        for steps in 0...5 {
            for seed in UInt64(1)...30 {
                var notebook = Notebook()
                notebook.disk = SimulatedDisk(seed: seed)
                notebook.append(1...4, bytes: 2900)
                var writes: [Journal.Write] = []
                notebook.journal.append([.sample(5, bytes: 2900)], into: &writes)
                notebook.disk.perform(writes.prefix(steps))
                notebook.disk.crash()
                let found = try #require(notebook.disk.recover(knownDurable: 1).ready)
                #expect(found.records.count == (steps == 5 ? 5 : found.records.count))
                #expect(found.records.prefix(4).elementsEqual(notebook.records))
            }
        }
    }
}
