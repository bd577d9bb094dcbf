import MVCC
import Store
import Units

/// The state's engine as a model: a checkpoint is there as a whole or not at all. What was handed out
/// for reading never changes.
struct StateEngine {
    private(set) var durable: MemoryTables
    /// What is still to be sent of each snapshot, newest chunk first.
    private var snapshots: [(transfer: UInt64, chunks: [[UInt8]])] = []
    private var building: (transfer: UInt64, tables: MemoryTables)?
    /// Bytes at which a snapshot chunk may end.
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
        case .readSnapshot(let transfer, _): .snapshot(read(transfer))
        case .closeSnapshot(let transfer): close(transfer)
        case .beginRestore(let transfer): begin(transfer)
        case .restore(let transfer, let records): .snapshot(restore(transfer, records))
        case .abandonRestore(let transfer): abandon(transfer)
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
        snapshots.append((transfer, chunks()))
        return .opened(
            transfer: transfer, mark: state.mark, membership: state.membership,
            digest: state.digest)
    }

    /// Short pieces, so that a transfer takes a while; not too many, so that it ends.
    private func chunks() -> [[UInt8]] {
        var cursor: SnapshotCodec.Cursor?
        var chunks: [[UInt8]] = []
        while let records = SnapshotCodec.next(
            from: durable, after: &cursor, limit: MVCC::Limits.snapshotChunk)
        {
            split(records.span, by: max(chunk, records.count / 16), into: &chunks)
        }
        return chunks.reversed()
    }

    /// Between records only: 1 byte table, 4 key length, 4 value length, key, value.
    private func split(_ records: Bytes, by size: Int, into chunks: inout [[UInt8]]) {
        var start = 0
        var end = 0
        while end < records.count {
            let length =
                Int(records.little(UInt32.self, at: end + 1))
                + Int(records.little(UInt32.self, at: end + 5))
            end += 9 + length
            guard end - start >= size || end == records.count else { continue }
            chunks.append(records.extracting(start..<end).array)
            start = end
        }
    }

    private mutating func read(_ transfer: UInt64) -> SnapshotEvent {
        guard let place = snapshots.firstIndex(where: { $0.transfer == transfer }) else {
            return .failed(transfer: transfer)
        }
        let records = snapshots[place].chunks.popLast() ?? []
        return .read(
            transfer: transfer, records: records, last: snapshots[place].chunks.isEmpty)
    }

    private mutating func close(_ transfer: UInt64) -> Store::Event? {
        snapshots.removeAll { $0.transfer == transfer }
        return nil
    }

    private mutating func begin(_ transfer: UInt64) -> Store::Event? {
        building = (transfer, MemoryTables())
        return nil
    }

    private mutating func abandon(_ transfer: UInt64) -> Store::Event? {
        if building?.transfer == transfer { building = nil }
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
