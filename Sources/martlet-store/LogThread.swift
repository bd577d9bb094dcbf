import Disk
import Journal
import Raft
import Store

/// What the log's thread owns: the segment files and the slots. Nothing else writes to them.
final class LogThread {
    private let files: SegmentFiles
    private let slots: DualSlots

    init(_ files: SegmentFiles, _ slots: DualSlots) {
        self.files = files
        self.slots = slots
    }

    /// Nil when it was done and is durable.
    func perform(_ job: LogJob, wallClock: UInt64) -> DiskFailure? {
        do throws(DiskFailure) {
            switch job {
            case .write(let writes), .tidy(let writes): try files.perform(writes)
            case .save(let content):
                try slots.save(
                    DualSlots.Content(
                        term: content.hardState.term.rawValue,
                        vote: content.hardState.vote?.rawValue ?? 0,
                        knownDurable: content.durableGroup, wallClock: wallClock))
            }
            return nil
        } catch {
            return error
        }
    }
}
