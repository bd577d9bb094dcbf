import Disk
import MVCC
import Store
import Units

/// What the state's thread owns: the engine's writing side, snapshots being sent, and the one that
/// comes in.
final class StateThread {
    private var engine: Engine
    private let directory: String
    private let reserve: Reserve
    private var snapshots: [UInt64: StateSnapshot] = [:]
    private var restore: (transfer: UInt64, state: StateRestore)?

    init(_ engine: Engine, directory: String) {
        self.engine = engine
        self.directory = directory
        reserve = Reserve(directory)
    }

    /// What came of a job; the shell makes an event of it.
    enum Outcome: Sendable {
        case done
        case checkpointed
        case opened(transfer: UInt64, mark: Mark, membership: [UInt8], digest: UInt64)
        case read(transfer: UInt64, records: [UInt8], last: Bool)
        case stored(transfer: UInt64)
        case restored(transfer: UInt64, Engine)
        case failed(transfer: UInt64, String)
        /// The state that was to be sent is damaged.
        case damaged(transfer: UInt64, String)
        /// The member cannot go on.
        case broken(DiskFailure)
    }

    func perform(_ job: StateJob) -> Outcome {
        switch job {
        case .checkpoint(let checkpoint): commit(checkpoint)
        case .openSnapshot(let transfer): open(transfer)
        case .readSnapshot(let transfer, let limit): read(transfer, limit)
        case .closeSnapshot(let transfer): close(transfer)
        case .beginRestore(let transfer): begin(transfer)
        case .restore(let transfer, let records): store(transfer, records)
        case .abandonRestore(let transfer): abandon(transfer)
        case .endRestore(let transfer, let mark, let digest): end(transfer, mark, digest)
        }
    }

    private func commit(_ checkpoint: Checkpoint) -> Outcome {
        do throws(DiskFailure) {
            do throws(DiskFailure) {
                try engine.commit(checkpoint)
                reserve.hold()
            } catch {
                // The checkpoint that frees space needs some first.
                guard case .noSpace = error, reserve.release() else { throw error }
                try engine.commit(checkpoint)
            }
            return .checkpointed
        } catch {
            return .broken(error)
        }
    }

    private func open(_ transfer: UInt64) -> Outcome {
        do throws(DiskFailure) {
            let snapshot = try engine.snapshot()
            let state = MVCC(tables: snapshot.tables)
            snapshots[transfer] = snapshot
            return .opened(
                transfer: transfer, mark: state.mark, membership: state.membership,
                digest: state.digest)
        } catch {
            return .failed(transfer: transfer, error.description)
        }
    }

    private func read(_ transfer: UInt64, _ limit: Int) -> Outcome {
        guard let snapshot = snapshots[transfer] else { return .done }
        let records = snapshot.next(limit: max(limit, MVCC::Limits.snapshotChunk))
        guard !snapshot.isDamaged else {
            snapshots[transfer] = nil
            return .damaged(
                transfer: transfer, "a record of the state fails its checksum; it was not sent on")
        }
        return .read(transfer: transfer, records: records ?? [], last: records == nil)
    }

    func scrub(from place: [UInt8], limit: Int) -> (ScrubFound, ScrubEnd) {
        do throws(DiskFailure) {
            let found = try engine.scrub(from: place, limit: limit)
            return (ScrubFound(found), .state(next: found.next))
        } catch {
            return (ScrubFound(), .failed)
        }
    }

    private func close(_ transfer: UInt64) -> Outcome {
        snapshots[transfer] = nil
        return .done
    }

    private func begin(_ transfer: UInt64) -> Outcome {
        restore = nil
        do throws(DiskFailure) {
            restore = (transfer, try StateRestore(directory))
            return .done
        } catch {
            return .failed(transfer: transfer, error.description)
        }
    }

    private func store(_ transfer: UInt64, _ records: [UInt8]) -> Outcome {
        guard let restore, restore.transfer == transfer else {
            return .failed(transfer: transfer, "the transfer was not begun")
        }
        do throws(StateRestore.Failure) {
            try restore.state.add(records.span)
            return .stored(transfer: transfer)
        } catch {
            _ = abandon(transfer)
            return .failed(transfer: transfer, words(error))
        }
    }

    /// Gives the space back that a transfer took: a full disk must not stay so because of it.
    private func abandon(_ transfer: UInt64) -> Outcome {
        guard let restore, restore.transfer == transfer else { return .done }
        self.restore = nil
        try? restore.state.discard()
        return .done
    }

    private func words(_ failure: StateRestore.Failure) -> String {
        switch failure {
        case .disk(let failure): failure.description
        case .chunk(let fault): "a record that came makes no sense (\(fault))"
        }
    }

    private func end(_ transfer: UInt64, _ mark: Mark, _ digest: UInt64) -> Outcome {
        guard let restore, restore.transfer == transfer else {
            return .failed(transfer: transfer, "the transfer was not begun")
        }
        self.restore = nil
        do throws(StateRestore.Failure) {
            let state = MVCC(tables: try restore.state.tables())
            guard state.mark == mark, state.digest == digest else {
                try? restore.state.discard()
                return .failed(
                    transfer: transfer, "the state that came in is not the one that was sent")
            }
            engine = try restore.state.finish()
            return .restored(transfer: transfer, engine)
        } catch {
            try? restore.state.discard()
            return .failed(transfer: transfer, words(error))
        }
    }
}
