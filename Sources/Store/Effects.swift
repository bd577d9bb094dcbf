package import Journal
package import MVCC
package import Raft
internal import Units
package import Wire

/// What a turn asks of the shell. Frames and messages name their bodies as ranges of `bytes`, so
/// that a turn with a thousand answers makes no thousand arrays.
package struct Effects {
    /// Bodies of `frames` and `messages`.
    package var bytes: [UInt8] = []
    /// To clients, in order.
    package var frames: [OutgoingFrame] = []
    /// To members; each body is a PeerMessage.
    package var messages: [OutgoingMessage] = []
    /// For the log's thread, in order.
    package var log: [LogJob] = []
    /// For the state's thread, in order.
    package var state: [StateJob] = []
    /// For a thread of their own, in order.
    package var passwords: [PasswordJob] = []
    /// Deeds of clients, in order; and how many more there were than are told.
    package var audit: [AuditLine] = []
    package var auditSkipped = 0
    /// Parts of the disk to read again: one at a time.
    package var scrub: [ScrubJob] = []
    /// The members, or their addresses, have changed: see `Store.members`.
    package var membershipChanged = false
    /// Who leads has changed.
    package var leaderChanged = false
    /// This member was removed from the cluster.
    package var removed = false
    /// Slow operations that the log should tell of.
    package var slow: [LoggedSlowness] = []
    /// Members whose connections are to be ended with these words: they must not go on.
    package var dismissals: [Dismissal] = []
    /// The cluster version was raised: see `Store.clusterVersion`.
    package var versionRaised = false
    /// This member must stop: the log holds what it does not know.
    package var halted: String?
    /// What this member thinks of itself has changed: see `Store.health`.
    package var healthChanged = false
    /// Alarms that were raised (or told anew) or cleared, in order.
    package var alarms: [(alarm: Alarm, stands: Bool)] = []
    /// The entries that were applied, if `Store.isWitnessed`.
    package var applied: [Entry] = []

    package init() {}

    package var isEmpty: Bool {
        frames.isEmpty && messages.isEmpty && log.isEmpty && state.isEmpty && !membershipChanged
            && !leaderChanged && !removed && !healthChanged && alarms.isEmpty && scrub.isEmpty
            && slow.isEmpty && passwords.isEmpty && audit.isEmpty
            && dismissals.isEmpty && !versionRaised && halted == nil
    }

    /// Empties it, keeping its memory.
    package mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        frames.removeAll(keepingCapacity: true)
        messages.removeAll(keepingCapacity: true)
        log.removeAll(keepingCapacity: true)
        state.removeAll(keepingCapacity: true)
        passwords.removeAll()
        audit.removeAll()
        auditSkipped = 0
        membershipChanged = false
        leaderChanged = false
        removed = false
        slow.removeAll(keepingCapacity: true)
        dismissals.removeAll(keepingCapacity: true)
        versionRaised = false
        halted = nil
        healthChanged = false
        scrub.removeAll()
        alarms.removeAll()
        applied.removeAll(keepingCapacity: true)
    }
}

/// Who calls and must not, and why.
package struct Dismissal: Equatable, Sendable {
    package var member: MemberID
    package var code: ErrorCode
    package var words: String
}

package struct OutgoingFrame {
    package var session: SessionID
    package var type: FrameType
    package var stream: UInt32
    package var method: UInt32
    package var body: Range<Int>
}

package struct OutgoingMessage {
    package var to: MemberID
    package var lane: Lane
    package var body: Range<Int>

    /// Bulk has a connection of its own, so that heartbeats never wait behind it.
    package enum Lane { case small, bulk }
}

package enum LogJob {
    /// Answered by `Event.logWritten` when the last write is durable.
    case write([Journal.Write])
    /// Nothing waits for these.
    case tidy([Journal.Write])
    /// Answered by `Event.slotsSaved`.
    case save(Slots)
}

/// What is kept beside the log in two alternating slots.
package struct Slots: Equatable, Sendable {
    package var hardState: HardState
    /// The journal's group that was durable when the slots were written.
    package var durableGroup: UInt64

    package init(hardState: HardState, durableGroup: UInt64) {
        self.hardState = hardState
        self.durableGroup = durableGroup
    }
}

package enum StateJob {
    /// Answered by `Event.checkpointed`.
    case checkpoint(Checkpoint)
    /// Answered by `SnapshotEvent.opened`.
    case openSnapshot(transfer: UInt64)
    /// Answered by `SnapshotEvent.read` with at most so many bytes.
    case readSnapshot(transfer: UInt64, limit: Int)
    case closeSnapshot(transfer: UInt64)
    /// Begins a new state, forgetting one that was under construction.
    case beginRestore(transfer: UInt64)
    /// Answered by `SnapshotEvent.stored`.
    case restore(transfer: UInt64, records: [UInt8])
    /// Forgets the state under construction, and gives back its space.
    case abandonRestore(transfer: UInt64)
    /// Puts the new state in place if its mark and digest are these; answered by `restored`.
    case endRestore(transfer: UInt64, mark: Mark, digest: UInt64)
}
