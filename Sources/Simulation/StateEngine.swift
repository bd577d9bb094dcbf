import MVCC
import Store
import Units

/// The state's engine as a model: a checkpoint is there as a whole or not at all. What was handed out
/// for reading never changes.
struct StateEngine {
    private(set) var durable: MemoryTables
    private var snapshots: [(transfer: UInt64, tables: MemoryTables, cursor: SnapshotCodec.Cursor?)]
        = []
    private var building: (transfer: UInt64, tables: MemoryTables)?
    /// Bytes of a snapshot chunk at most, whatever is asked for.
    let chunk: Int

    init(_ tables: MemoryTables, chunk: Int) {
        durable = tables
        self.chunk = chunk
    }

    /// What the job is answered with, if it is.
    mutating func perform(_ job: StateJob) -> Store::Event? {
        switch job {
        case .checkpoint(let checkpoint): .checkpointed(commit(checkpoint))
        case .openSnapshot(let transfer): .snapshot(open(transfer))
        case .readSnapshot(let transfer, let limit): .snapshot(read(transfer, limit))
        case .closeSnapshot(let transfer): close(transfer)
        case .beginRestore(let transfer): begin(transfer)
        case .restore(let transfer, let records): .snapshot(restore(transfer, records))
        case .endRestore(let transfer, let mark, let digest):
            .snapshot(finish(transfer, mark, digest))
        }
    }

    private mutating func commit(_ checkpoint: Checkpoint) -> MemoryTables {
        let next = durable.copy()
        checkpoint.write(into: next)
        durable = next
        return next
    }

    private mutating func open(_ transfer: UInt64) -> SnapshotEvent {
        let state = MVCC(tables: durable)
        snapshots.append((transfer, durable, nil))
        return .opened(
            transfer: transfer, mark: state.mark, membership: state.membership,
            digest: state.digest)
    }

    private mutating func read(_ transfer: UInt64, _ limit: Int) -> SnapshotEvent {
        guard let place = snapshots.firstIndex(where: { $0.transfer == transfer }) else {
            return .failed(transfer: transfer)
        }
        let records = SnapshotCodec.next(
            from: snapshots[place].tables, after: &snapshots[place].cursor,
            limit: min(limit, chunk))
        var rest = snapshots[place].cursor
        let last =
            records == nil
            || SnapshotCodec.next(from: snapshots[place].tables, after: &rest, limit: limit) == nil
        return .read(transfer: transfer, records: records ?? [], last: last)
    }

    private mutating func close(_ transfer: UInt64) -> Store::Event? {
        snapshots.removeAll { $0.transfer == transfer }
        return nil
    }

    private mutating func begin(_ transfer: UInt64) -> Store::Event? {
        building = (transfer, MemoryTables())
        return nil
    }

    private func restore(_ transfer: UInt64, _ records: [UInt8]) -> SnapshotEvent {
        guard let building, building.transfer == transfer else {
            return .failed(transfer: transfer)
        }
        do {
            try SnapshotCodec.restore(chunk: records.span, into: building.tables)
            return .stored(transfer: transfer)
        } catch {
            return .failed(transfer: transfer)
        }
    }

    private mutating func finish(
        _ transfer: UInt64, _ mark: Mark, _ digest: UInt64
    ) -> SnapshotEvent {
        guard let built = building, built.transfer == transfer else {
            return .failed(transfer: transfer)
        }
        building = nil
        let state = MVCC(tables: built.tables)
        guard state.mark == mark, state.digest == digest else {
            return .failed(transfer: transfer)
        }
        durable = built.tables
        return .restored(transfer: transfer, tables: built.tables)
    }

    /// Power goes while this job was being performed: it was, or was not.
    mutating func crash(during job: StateJob?, _ chance: inout Chance) {
        if let job, chance.coin() { _ = perform(job) }
        snapshots.removeAll()
        building = nil
    }
}
