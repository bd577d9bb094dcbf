/// What should happen, in this order.
package enum Effect: Equatable, Sendable {
    /// Make durable, then tell `hardStatePersisted`.
    case saveHardState(HardState)
    /// Write to the log, then tell `persisted`. The first index may be at or below the last one
    /// written: everything from there on is replaced.
    case append([Entry])
    /// The log on disk is void and begins anew after this mark, whose state is installed. Best
    /// written as a record with the mark's index and term. Nothing waits for it.
    case restartLog(SnapshotMark)
    /// Safe to send now.
    case send(Message, to: MemberID)
    /// Apply, in order. May come before the entries are durable here.
    case commit([Entry])
    /// The log no longer reaches back to what this member needs: transfer a snapshot and tell
    /// `snapshotReported`, whatever the outcome.
    case sendSnapshot(to: MemberID)
    /// Serve once the state is applied up to `index`.
    case readReady(id: UInt64, index: LogIndex)
    /// No leader, or lost it: ask again.
    case readRefused(id: UInt64)
    case roleChanged(Role, term: Term, leader: MemberID?)
    /// In force now, committed or not.
    case membershipChanged(Membership)
    case proposalRefused(ProposalRefusal)
    case changeRefused(ChangeRefusal)
    case transferRefused(TransferRefusal)
    /// The log holds again all that it may have lost: votes are given from now on.
    case recovered
}

package enum Role: UInt8, Equatable, Sendable {
    /// → `preCandidate` when no leader is heard of.
    case follower
    /// → `candidate` when a majority would vote for it, → `follower` when not or on a leader.
    case preCandidate
    /// → `leader` with a majority, → `follower` when beaten.
    case candidate
    /// → `follower` on a higher term, without a majority in touch, or when removed.
    case leader
}

package enum ProposalRefusal: Equatable, Sendable {
    case notLeader
    /// Ask again when something has committed.
    case tooMuchUncommitted
    /// Ask the next leader, or again when the transfer has failed.
    case transferring
}

package enum ChangeRefusal: Equatable, Sendable {
    case notLeader
    /// Another change, a transfer or the start of this reign is under way: ask again.
    case busy
    case unknownMember
    /// The member already has the seat that was asked for.
    case alreadyMember
    /// Too few of the voters to come are in touch.
    case quorumAtRisk
    /// A learner is too far behind to vote.
    case notCaughtUp
    case tooManyMembers
}

package enum TransferRefusal: Equatable, Sendable {
    case notLeader
    case alreadyLeader
    /// Not a voter, or there is no other one in touch.
    case noCandidate
    /// The target did not take over in time; this member leads on.
    case timedOut
}
