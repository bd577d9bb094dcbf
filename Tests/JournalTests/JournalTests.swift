import Journal
import Testing
import Units

/// What is appended, replaced and released is what is read back.
@Suite struct JournalTests {
    /// The one way to look at a log: read back, it says what was written, and goes on the same.
    func check(_ notebook: Notebook, sourceLocation: SourceLocation = #_sourceLocation) {
        let found = notebook.disk.recover(knownDurable: notebook.journal.lastGroup)
        let expected = Journal.Recovery.ready(notebook.journal, notebook.records, cut: nil)
        #expect(found == expected, sourceLocation: sourceLocation)
    }

    @Test func nothingYet() {
        let notebook = Notebook()
        check(notebook)
        #expect(notebook.journal.firstIndex == 1)
        #expect(notebook.journal.lastIndex == 0)
    }

    @Test(arguments: [0, 1, 7, 8, 100, 511, 512, 4000])
    func recordsOfAnySize(bytes: Int) {
        var notebook = Notebook()
        notebook.append(1...3, bytes: bytes)
        notebook.append(4...4, bytes: bytes)
        check(notebook)
        #expect(notebook.journal.lastIndex == 4)
        #expect(notebook.journal.lastGroup >= 2)
    }

    @Test func oneAppendIsOneWriteAndOneSync() {
        var notebook = Notebook()
        notebook.append(1...1)
        var writes: [Journal.Write] = []
        notebook.journal.append([.sample(2), .sample(3)], into: &writes)
        #expect(writes.count == 2)
        guard case .write(1, let offset, let bytes) = writes[0] else {
            Issue.record("no write")
            return
        }
        #expect(offset % 8 == 0)
        #expect(bytes.count % 8 == 0)
        #expect(writes[1] == .sync(segment: 1))
    }

    @Test func appendOfNothingWritesNothing() {
        var writes: [Journal.Write] = []
        var journal = Journal(identity: .mine)
        journal.append([], into: &writes)
        #expect(writes.isEmpty)
        #expect(journal.lastGroup == 0)
    }

    @Test func rollsToTheNextSegment() {
        var notebook = Notebook()
        for index in UInt64(1)...20 { notebook.append(index...index, bytes: 2900) }
        #expect(notebook.journal.segments == [1, 2, 3, 4, 5])
        check(notebook)
    }

    @Test func headerIsDurableBeforeTheFirstGroup() {
        var writes: [Journal.Write] = []
        var journal = Journal(identity: .mine, segmentBytes: Journal.small)
        journal.append([.sample(1)], into: &writes)
        #expect(writes.count == 5)
        #expect(writes[0] == .prepare(segment: 1, bytes: Journal.small))
        #expect(writes[2] == .sync(segment: 1))
    }

    @Test func groupThatFillsASegmentToTheLastByte() {
        var notebook = Notebook()
        let bytes = Journal.small - 4096 - 64 - 24
        notebook.append(1...2, bytes: bytes)
        #expect(notebook.journal.segments == [1, 2])
        check(notebook)
        notebook.append(3...3, bytes: 0)
        #expect(notebook.journal.segments == [1, 2, 3])
        check(notebook)
    }

    @Test func moreThanASegmentBecomesSeveralGroups() {
        var notebook = Notebook()
        notebook.append(1...50, bytes: 1000)
        #expect(notebook.journal.lastGroup == notebook.journal.segments.last)
        #expect(notebook.journal.segments.count > 3)
        check(notebook)
    }

    @Test func largestRecord() {
        var writes: [Journal.Write] = []
        var journal = Journal(identity: .mine)
        let record = Journal.Record.sample(1, bytes: Journal.Limits.recordBytes)
        journal.append([record], into: &writes)
        var disk = SimulatedDisk(seed: 1)
        disk.perform(writes)
        let found = Journal.recover(identity: .mine, segments: [1], knownDurable: 1) {
            disk.files[$0]!.seen
        }
        #expect(found == .ready(journal, [record], cut: nil))
    }

    @Test func tooLargeARecordIsABug() async {
        await #expect(processExitsWith: .failure) {
            var writes: [Journal.Write] = []
            var journal = Journal(identity: .init(cluster: 1, member: 1))
            let payload = [UInt8](repeating: 0, count: Journal.Limits.recordBytes + 1)
            journal.append([.init(kind: 0, term: 1, index: 1, payload: payload)], into: &writes)
        }
    }

    @Test func gapIsABug() async {
        await #expect(processExitsWith: .failure) {
            var writes: [Journal.Write] = []
            var journal = Journal(identity: .init(cluster: 1, member: 1))
            journal.append([.init(kind: 0, term: 1, index: 2, payload: [])], into: &writes)
        }
    }

    @Test func laterRecordsReplaceFromTheirIndexOn() {
        var notebook = Notebook()
        notebook.append(1...10)
        notebook.append(6...7, term: 2)
        check(notebook)
        #expect(notebook.journal.lastIndex == 7)
        notebook.append(1...1, term: 3)
        check(notebook)
        notebook.append([.sample(2, term: 3), .sample(3, term: 3), .sample(2, term: 4)])
        check(notebook)
        #expect(notebook.journal.lastIndex == 2)
    }

    @Test func releaseDropsWholeSegmentsOnly() {
        var notebook = Notebook()
        for index in UInt64(1)...20 { notebook.append(index...index, bytes: 2900) }
        #expect(notebook.release(through: 3).isEmpty)
        #expect(notebook.release(through: 4) == [.drop(segment: 1)])
        #expect(notebook.journal.firstIndex == 5)
        check(notebook)
        #expect(
            notebook.release(through: 1000)
                == [.drop(segment: 2), .drop(segment: 3), .drop(segment: 4)])
        #expect(notebook.journal.segments == [5])
        check(notebook)
    }

    @Test func replacedSegmentsAreReleasedEarly() {
        var notebook = Notebook()
        for index in UInt64(1)...12 { notebook.append(index...index, bytes: 2900) }
        for index in UInt64(5)...9 { notebook.append(index...index, term: 2, bytes: 2900) }
        #expect(notebook.journal.segments == [1, 2, 3, 4, 5])
        check(notebook)
        #expect(
            notebook.release(through: 4)
                == [.drop(segment: 1), .drop(segment: 2), .drop(segment: 3)])
        #expect(notebook.journal.firstIndex == 5)
        check(notebook)
    }

    @Test func restartVoidsAllBefore() {
        var notebook = Notebook()
        for index in UInt64(1)...9 { notebook.append(index...index, bytes: 2900) }
        notebook.restart(after: 1000)
        #expect(notebook.journal.firstIndex == 1001)
        #expect(notebook.journal.lastIndex == 1000)
        check(notebook)
        notebook.append(1001...1002, term: 2)
        check(notebook)
        #expect(notebook.release(through: 1000) == [.drop(segment: 1), .drop(segment: 2)])
        check(notebook)
    }

    @Test func freshLogMayRestartFirst() {
        var notebook = Notebook()
        notebook.restart(after: 5000)
        check(notebook)
        notebook.append(5001...5002)
        check(notebook)
    }

    @Test func recordsBeforeTheCheckpointAreCheckedButNotKept() throws {
        var notebook = Notebook()
        notebook.append(1...20)
        notebook.append(15...30, term: 2)
        let found = try #require(notebook.disk.recover(after: 17).ready)
        #expect(found.records == notebook.records.filter { $0.index > 17 })
        #expect(found.journal == notebook.journal)
        let none = try #require(notebook.disk.recover(after: 100).ready)
        #expect(none.records.isEmpty)
    }

    @Test func goesOnAfterItWasReadBack() throws {
        var notebook = Notebook()
        for round in UInt64(0)..<20 {
            notebook.append(round * 3 + 1...round * 3 + 3, bytes: 700)
            notebook.journal = try #require(notebook.disk.recover().ready).journal
        }
        check(notebook)
    }

    @Test func loadErrorsPassThrough() {
        struct Unreadable: Error {}
        #expect(throws: Unreadable.self) {
            try Journal.recover(identity: .mine, segments: [1], knownDurable: 0) {
                (_: UInt64) throws(Unreadable) -> [UInt8] in throw Unreadable()
            }
        }
    }
}
