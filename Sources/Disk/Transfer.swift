internal import Glibc
package import MVCC
package import Units

/// One checkpoint on its way to a peer, chunk by chunk, while later ones are committed. Belongs to
/// one thread at a time.
package final class StateSnapshot: @unchecked Sendable {
    /// What it reads from: its mark and membership are to be found there.
    package let tables: LMDBTables
    /// After which record the next chunk begins; set it to go on where a transfer was cut off, as
    /// long as it is the same snapshot.
    package var cursor: SnapshotCodec.Cursor?

    init(_ tables: LMDBTables) {
        self.tables = tables
        tables.isVerifying = true
    }

    /// A record that was read did not verify: what was read must not be passed on.
    package var isDamaged: Bool { tables.damage > 0 }

    /// At most about `limit` bytes of records; nil at the end.
    package func next(limit: Int) -> [UInt8]? {
        SnapshotCodec.next(from: tables, after: &cursor, limit: limit)
    }
}

/// A state that comes in from a peer, beside the present one until it is whole.
package final class StateRestore: @unchecked Sendable {
    /// Why it cannot go on; drop it.
    package enum Failure: Error, Equatable, Sendable {
        case disk(DiskFailure)
        case chunk(SnapshotCodec.Fault)
    }

    private let folder: Folder
    private let engine: Engine
    private var pending: [UInt8] = []

    /// Begins `state.new`, in place of one that was begun before.
    package init(
        _ directory: String, mapBytes: Int = Disk.Limits.mapBytes
    ) throws(DiskFailure) {
        folder = try Folder(directory)
        try Engine.removeRemains(in: folder)
        engine = try Engine(file: Engine.newName, in: folder, mapBytes: mapBytes)
    }

    package func add(_ chunk: Bytes) throws(Failure) {
        pending.append(chunk)
        if pending.count >= Disk.Limits.restoreBytes { try flush() }
    }

    /// A view of what came in so far, to check it before it takes the old one's place.
    package func tables() throws(Failure) -> LMDBTables {
        try flush()
        do throws(DiskFailure) { return try engine.tables() } catch { throw .disk(error) }
    }

    /// Puts the new state in the place of the old one, durably, and hands it out. Views of the old
    /// one stay good until they are dropped.
    package func finish() throws(Failure) -> Engine {
        try flush()
        do throws(DiskFailure) {
            try folder.rename(Engine.newName, to: Engine.name)
            try folder.remove(Engine.newName + "-lock")
        } catch {
            throw .disk(error)
        }
        return engine
    }

    /// Gives up: what came in so far is removed. So it is, too, when an engine or another restore
    /// is opened.
    package func discard() throws(DiskFailure) { try Engine.removeRemains(in: folder) }

    /// Writes what was gathered: one sync for many chunks.
    private func flush() throws(Failure) {
        let gathered = pending
        pending = []
        var fault: SnapshotCodec.Fault?
        do throws(DiskFailure) {
            try engine.transact { writer in
                do throws(SnapshotCodec.Fault) {
                    try SnapshotCodec.restore(chunk: gathered.span, into: writer)
                } catch {
                    fault = error
                }
            }
        } catch {
            throw .disk(error)
        }
        if let fault { throw .chunk(fault) }
    }
}
