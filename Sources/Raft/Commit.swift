/// What the leader counts, and what follows from it: sections 3.6.2, 4.2.2 and 4.3.
extension Raft {
    /// Our own log reached the disk: one more that holds it.
    mutating func countOurselves(into effects: inout [Effect]) {
        precondition(durability.index <= log.lastIndex, "what is durable is in the log")
        precondition(role == .leader, "only leaders count")
        advanceCommit(into: &effects)
        guard role == .leader else { return }
        handOverIfReady(into: &effects)
    }

    /// Commits what a majority holds, if the newest of it is of our own term: an older one may
    /// still be replaced although a majority holds it (figure 3.7).
    mutating func advanceCommit(into effects: inout [Effect]) {
        precondition(role == .leader, "only leaders commit by counting")
        if let own = leadership.position(of: settings.id) {
            leadership.progress[own].persisted(durability.index)
        }
        let index = leadership.majorityMatch(above: commitIndex)
        guard index > commitIndex, log.term(at: index) == term else { return }
        leadership.uncommitted -= log.size(after: commitIndex, through: index)
        precondition(leadership.uncommitted >= 0, "bytes are counted both ways")
        commit(to: index)
        followUp(into: &effects)
    }

    private mutating func followUp(into effects: inout [Effect]) {
        precondition(role == .leader, "only leaders follow up")
        precondition(hasCommittedInTerm, "what was committed is of our term")
        startRound(into: &effects)
        if membership.isJoint && memberships.index <= commitIndex {
            leaveJoint(into: &effects)
        }
        replicateToAll(into: &effects)
        guard memberships.index <= commitIndex, !membership.isJoint else { return }
        leadership.prune(to: membership, keeping: settings.id)
        if !hasSeat { leave(into: &effects) }
    }

    /// Until then a leader does not know what is committed (section 6.4).
    var hasCommittedInTerm: Bool {
        precondition(commitIndex >= log.base, "the commit index is in reach")
        return role == .leader && log.term(at: commitIndex) == term
    }

    /// The membership without us is committed, or we may not go on: somebody else does (section
    /// 4.2.2).
    mutating func leave(into effects: inout [Effect]) {
        precondition(role == .leader, "only leaders leave the lead")
        precondition(!mayLead, "we have no vote any more")
        if let heir = bestFollower { tellToStand(heir, into: &effects) }
        follow(nil, into: &effects)
    }
}
