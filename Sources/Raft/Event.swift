/// What may happen to a member.
package enum Event: Equatable, Sendable {
    /// Time passed; wanted at `Raft.deadline` at the latest, harmless at any other time.
    case tick
    case received(Message, from: MemberID)
    /// Leader only: one entry of commands.
    case propose([UInt8])
    /// The log is durable up to the entry with this index and term. In the order of the writes.
    case persisted(upTo: LogIndex, term: Term)
    /// This is durable. In the order of the writes; only the newest of several need be told.
    case hardStatePersisted(HardState)
    case applied(upTo: LogIndex)
    /// A linearizable read is wanted; any member may ask. `id` comes back in the answer.
    case read(id: UInt64)
    /// Leader only. Without a member: to the best follower.
    case transfer(to: MemberID?)
    case change(MembershipChange)
    /// Entries up to `upTo` may be forgotten; `mark` is the newest checkpoint, at or above.
    case compacted(upTo: LogIndex, mark: SnapshotMark)
    /// The state was replaced by a snapshot and is durable. Only for a mark `needs` said yes to, or
    /// above what is applied when the present state is void.
    case snapshotInstalled(SnapshotMark)
    /// Leader: the transfer asked for by `sendSnapshot` ended.
    case snapshotReported(to: MemberID, SnapshotReport)
    /// The link to a member broke: what was under way is probably lost. A snapshot under way is not
    /// meant: it has its own report.
    case unreachable(MemberID)
    /// Stand for election now, by way of a pre-vote.
    case campaign
    /// What the state machine holds is doubted, or no longer: whoever is suspended neither votes nor
    /// leads, and copies the log as before.
    case suspend(Bool)
}

package enum SnapshotReport: Equatable, Sendable {
    /// The follower's state is durable at this index.
    case delivered(LogIndex)
    case failed
}

/// What an operator may ask for. Every one becomes the membership wanted in the end; when the
/// voters differ, the way there leads through a joint membership, which ends by itself.
package enum MembershipChange: Equatable, Sendable {
    /// As a learner.
    case add(MemberID, context: [UInt8])
    /// A learner that has caught up becomes a voter.
    case promote(MemberID)
    /// A voter becomes a learner.
    case demote(MemberID)
    case remove(MemberID)
    case update(MemberID, context: [UInt8])
    /// Exactly these, all of them members already.
    case set(voters: [MemberID], learners: [MemberID])
}
