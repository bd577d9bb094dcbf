import Foundation
import Journal
import Synchronization
import Testing
import Units

@testable import Disk

/// A journal on real files.
@Suite struct SegmentFilesTests {
    static let size = 16384
    let scratch = Scratch()
    let faults = Faults()

    func open() throws(DiskFailure) -> SegmentFiles {
        try SegmentFiles(scratch.path, segmentBytes: Self.size, calls: faults.calls)
    }

    func recover(knownDurable: UInt64 = 0) throws -> Journal.Recovery {
        let files = try open()
        return try Journal.recover(
            identity: .init(cluster: 1, member: 1), segmentBytes: Self.size,
            segments: files.numbers, knownDurable: knownDurable, load: files.load)
    }

    /// A log with one record of 2,900 bytes a group, four groups a segment.
    struct Writer {
        var journal = Journal(
            identity: .init(cluster: 1, member: 1), segmentBytes: SegmentFilesTests.size)
        var records: [Journal.Record] = []

        mutating func next() -> [Journal.Write] {
            let index = journal.lastIndex + 1
            let payload = [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: 2900)
            let record = Journal.Record(kind: 1, term: 2, index: index, payload: payload)
            records.append(record)
            var writes: [Journal.Write] = []
            journal.append([record], into: &writes)
            return writes
        }

        mutating func release(_ index: UInt64) -> [Journal.Write] {
            var writes: [Journal.Write] = []
            journal.release(through: index, into: &writes)
            return writes
        }
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let files = try open()
        var writer = Writer()
        for _ in 0..<10 { try files.perform(writer.next()) }
        #expect(
            scratch.names == [
                "segment-0000000000000001", "segment-0000000000000002", "segment-0000000000000003",
            ])
        #expect(try recover(knownDurable: 10) == .ready(writer.journal, writer.records, cut: nil))
    }

    @Test func emptyDirectory() throws {
        #expect(try open().numbers == [])
        #expect(try recover().isReady)
    }

    @Test func sparesAreMadeAheadAndTaken() throws {
        let files = try open()
        #expect(try files.spares.prefill())
        #expect(try files.spares.prefill())
        #expect(try !files.spares.prefill())
        #expect(files.spares.count == Disk.Limits.spareSegments)
        let made = faults.syncs
        var writer = Writer()
        try files.perform(writer.next())
        #expect(files.spares.count == Disk.Limits.spareSegments - 1)
        // The directory, the header and the group.
        #expect(faults.syncs - made == 3)
        #expect(Scratch.read(scratch.path("segment-0000000000000001")).count == Self.size)
    }

    @Test func oneGroupIsOneSync() throws {
        let files = try open()
        var writer = Writer()
        try files.perform(writer.next())
        let before = faults.syncs
        try files.perform(writer.next())
        #expect(faults.syncs == before + 1)
    }

    @Test func releasedSegmentsAreRecycled() throws {
        let files = try open()
        var writer = Writer()
        for _ in 0..<20 { try files.perform(writer.next()) }
        try files.perform(writer.release(100))
        #expect(files.spares.count == Disk.Limits.spareSegments)
        #expect(scratch.names.count == 1 + Disk.Limits.spareSegments)
        for _ in 0..<8 { try files.perform(writer.next()) }
        #expect(files.spares.count == 0)
        let expected = Array(writer.records.suffix(from: 16))
        #expect(try recover(knownDurable: 28) == .ready(writer.journal, expected, cut: nil))
    }

    @Test func remainsAreTidiedUp() throws {
        Scratch.write(scratch.path("spare-0000000000000001.new"), [1, 2, 3])
        Scratch.write(scratch.path("spare-0000000000000002"), [1, 2, 3])
        for number in 3...6 {
            Scratch.write(
                scratch.path("spare-000000000000000\(number)"),
                [UInt8](repeating: 1, count: Self.size))
        }
        Scratch.write(scratch.path("segment-notes"), [1])
        Scratch.write(scratch.path("segment-1"), [1])
        let files = try open()
        #expect(files.numbers == [])
        #expect(
            scratch.names == [
                "segment-1", "segment-notes", "spare-0000000000000003", "spare-0000000000000004",
            ])
        var writer = Writer()
        for _ in 0..<9 { try files.perform(writer.next()) }
        #expect(try recover() == .ready(writer.journal, writer.records, cut: nil))
    }

    @Test func helperMayFillWhileTheLogIsWritten() throws {
        let files = try open()
        let spares = files.spares
        let helper = Thread { for _ in 0..<20 { _ = try? spares.prefill() } }
        helper.start()
        var writer = Writer()
        for _ in 0..<40 { try files.perform(writer.next()) }
        while !helper.isFinished { try files.perform(writer.next()) }
        #expect(try recover() == .ready(writer.journal, writer.records, cut: nil))
    }

    @Test func syncErrorIsFinal() throws {
        let files = try open()
        var writer = Writer()
        try files.perform(writer.next())
        faults.set { $0.sync = EIO }
        let fault = DiskFailure.Fault(
            action: "sync", path: scratch.path("segment-0000000000000001"), code: EIO)
        #expect(throws: DiskFailure.syncFailed(fault)) { try files.perform(writer.next()) }
        faults.set { $0.sync = 0 }
        let before = faults.syncs
        #expect(throws: DiskFailure.syncFailed(fault)) { try files.perform(writer.next()) }
        #expect(faults.syncs == before)
        #expect(
            DiskFailure.syncFailed(fault).description
                == "cannot sync '\(fault.path)': Input/output error; what was written may be lost, "
                + "so this member has to stop")
    }

    @Test func fullDiskMayBeTriedAgain() throws {
        let files = try open()
        var writer = Writer()
        for _ in 0..<4 { try files.perform(writer.next()) }
        let writes = writer.next()
        for left in 0...2 {
            faults.set {
                $0.write = ENOSPC
                $0.writesLeft = left
            }
            #expect(throws: DiskFailure.self) { try files.perform(writes) }
            #expect(files.failure == nil)
        }
        faults.set { $0.write = 0 }
        try files.perform(writes)
        try files.perform(writer.next())
        #expect(try recover(knownDurable: 6) == .ready(writer.journal, writer.records, cut: nil))
        #expect(!scratch.names.contains { $0.hasSuffix(".new") })
    }

    @Test func otherErrorsAreFinal() throws {
        let files = try open()
        var writer = Writer()
        try files.perform(writer.next())
        faults.set { $0.write = EIO }
        let fault = DiskFailure.Fault(
            action: "write to", path: scratch.path("segment-0000000000000001"), code: EIO)
        #expect(throws: DiskFailure.io(fault)) { try files.perform(writer.next()) }
        #expect(files.failure == .io(fault))
    }

    @Test func shortAndInterruptedWritesGoOn() throws {
        let turns = Mutex(0)
        let calls = FileCalls(
            write: { file, bytes, offset in
                let turn = turns.withLock { turn in
                    turn += 1
                    return turn
                }
                if turn % 2 == 1 { return -Int(EINTR) }
                let count = min(bytes.count, 1000)
                return FileCalls.system.write(file, bytes.extracting(0..<count), offset)
            }, sync: FileCalls.system.sync)
        let file = try Descriptor(opening: scratch.path("f"), O_RDWR | O_CREAT, calls: calls)
        let bytes = (0..<2999).map { UInt8(truncatingIfNeeded: $0) }
        try file.write(bytes.span, at: 5)
        #expect(try file.read(limit: 5000).suffix(2999).elementsEqual(bytes))
    }

    @Test func missingDirectoryAndFile() throws {
        #expect(throws: DiskFailure.self) { try SegmentFiles(scratch.path("nowhere")) }
        #expect(throws: DiskFailure.self) { try open().load(9) }
    }
}

extension Journal.Recovery {
    var isReady: Bool {
        if case .ready = self { true } else { false }
    }
}
