import Glibc
import Journal
import MVCC
import Testing
import Units

@testable import Disk

/// What a full disk does to log, checkpoint, snapshot and reserve: nothing that is not put right when
/// there is space again.
@Suite struct FullDiskTests {
    let scratch = Scratch()

    @Test func theReserveIsTakenAndGivenBack() {
        let reserve = Reserve(scratch.path, bytes: 1 << 20)
        #expect(!reserve.isHeld && !reserve.release())
        #expect(reserve.hold() && reserve.isHeld)
        #expect(scratch.names == ["reserve"])
        #expect(reserve.hold())
        #expect(reserve.release() && !reserve.isHeld)
    }

    /// It is not taken from a disk that has no plenty.
    @Test func theReserveIsNotTheLast() {
        let reserve = Reserve(scratch.path, bytes: 1 << 60)
        #expect(!reserve.hold() && !reserve.isHeld)
        #expect(scratch.names.isEmpty)
    }

    /// A state that does not fit is dropped, and leaves nothing behind; the old one is as it was.
    @Test func aFullDiskDuringASnapshotLeavesTheOldState() throws {
        let engine = try Engine(scratch.path, mapBytes: 4 << 20)
        try engine.transact { $0.put(.current, [1].span, [2].span) }
        let source = MemoryTables()
        var state = MVCC(tables: source)
        for number in 0..<3_000 {
            let key = Array("key \(number)".utf8)
            let value = [UInt8](repeating: 7, count: 1_000)
            _ = try state.put(key: key.span, value: value.span, lease: .none, options: [])
        }
        state.freeze().write(into: source)
        let restore = try StateRestore(scratch.path, mapBytes: 1 << 20)
        var cursor: SnapshotCodec.Cursor?
        var failure: StateRestore.Failure?
        while failure == nil,
            let chunk = SnapshotCodec.next(
                from: source, after: &cursor, limit: MVCC::Limits.snapshotChunk)
        {
            do throws(StateRestore.Failure) { try restore.add(chunk.span) } catch {
                failure = error
            }
        }
        if failure == nil {
            do throws(StateRestore.Failure) { _ = try restore.tables() } catch { failure = error }
        }
        guard case .disk(.noSpace) = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        try restore.discard()
        #expect(scratch.names == ["state", "state-lock"])
        #expect(EngineTests.get(try engine.tables(), .current, [1]) == [2])
    }

    @Test func bytesInUseAreThoseOfThePages() throws {
        let engine = try Engine(scratch.path, mapBytes: 64 << 20)
        let empty = try engine.tables().usedBytes
        try engine.transact { writer in
            for number in 0..<2_000 {
                writer.put(
                    .current, Array("key \(number)".utf8).span,
                    [UInt8](repeating: 1, count: 900).span)
            }
        }
        let tables = try engine.tables()
        let full = tables.usedBytes
        #expect(full > empty + 1_800_000)
        try engine.transact { writer in
            for number in 0..<2_000 { writer.delete(.current, Array("key \(number)".utf8).span) }
        }
        try tables.renew()
        #expect(tables.usedBytes < full / 10)
    }

    @Test(arguments: [ENOSPC, EDQUOT, EFBIG]) func isNoReasonToStop(code: Int32) {
        guard case .noSpace = DiskFailure.of("write to", "x", code) else {
            Issue.record("error \(code) stops the member")
            return
        }
    }

    /// One that was started before starts again, to be cleaned up.
    @Test func aMemberStartsOnAFullDisk() throws {
        let path = scratch.path("data")
        do {
            let directory = try DataDirectory(path, reserve: 0)
            try directory.claim(Journal.Identity(cluster: 1, member: 2))
        }
        _ = try DataDirectory(path, reserve: .max)
    }
}
