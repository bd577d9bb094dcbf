/// The log's front gives way to saved states: chapter 5. The states themselves are the shell's.
extension Raft {
    /// Whether a snapshot with this mark would tell something new. Ask when it begins to arrive. If
    /// not, and `durableIndex` is at or above the mark, it is as good as delivered.
    package func needs(_ mark: SnapshotMark) -> Bool { mark.index > commitIndex }

    mutating func compacted(_ index: LogIndex, _ mark: SnapshotMark) {
        precondition(index <= mark.index, "only what a checkpoint holds is forgotten")
        precondition(mark.index <= appliedIndex, "a checkpoint holds what was applied")
        precondition(mark.index >= snapshot.index, "checkpoints go forward")
        precondition(log.term(at: mark.index) == mark.term, "a checkpoint comes from this log")
        snapshot = mark
        durability.saved(through: mark.index)
        log.forget(through: index)
        memberships.forget(through: log.base)
    }

    /// The state is a snapshot's now. What our log holds beyond it stays when the two agree
    /// (figure 5.3), or else goes. It may come from a term that we have not heard of yet.
    mutating func installed(_ mark: SnapshotMark, into effects: inout [Effect]) {
        precondition(mark.term > .zero, "every entry has a term")
        precondition(mark.index > snapshot.index, "snapshots go forward")
        if mark.term > term { follow(in: mark.term, into: &effects) }
        snapshot = mark
        if log.term(at: mark.index) == mark.term {
            keep(after: mark)
        } else {
            restart(at: mark, into: &effects)
        }
        stateReplaced(at: mark.index)
        acknowledgement.target = max(acknowledgement.target, mark.index)
        acknowledgement.isOwed = true
        acknowledge(into: &effects)
    }

    private mutating func keep(after mark: SnapshotMark) {
        precondition(log.term(at: mark.index) == mark.term, "the snapshot comes from this log")
        precondition(mark.index <= log.lastIndex, "the log reaches to the snapshot")
        if role == .leader && mark.index > commitIndex {
            leadership.uncommitted -= log.size(after: commitIndex, through: mark.index)
        }
        commit(to: mark.index)
        log.forget(through: mark.index)
        memberships.forget(through: mark.index)
        durability.saved(through: mark.index)
        precondition(log.base == mark.index, "the log goes on after the snapshot")
    }

    private mutating func restart(at mark: SnapshotMark, into effects: inout [Effect]) {
        precondition(role != .leader, "a leader's log agrees with every snapshot")
        precondition(mark.index > commitIndex, "what is committed agrees with every snapshot")
        precondition(mark.term >= log.baseTerm, "terms never fall along the log")
        log.restart(at: mark)
        memberships.restart(mark.membership, at: mark.index)
        durability.restart(at: mark)
        commit(to: mark.index)
        effects.append(.restartLog(mark))
    }

    /// A transfer to a follower ended.
    mutating func reported(
        _ report: SnapshotReport, of member: MemberID, into effects: inout [Effect]
    ) {
        guard let place = leadership.position(of: member) else { return }
        precondition(member != settings.id, "nobody sends a snapshot to themselves")
        switch report {
        case .delivered(let index):
            precondition(index <= commitIndex, "a snapshot holds what is committed")
            leadership.progress[place].snapshotEnded(at: index)
            replicate(to: place, evenNothing: true, into: &effects)
        case .failed:
            leadership.progress[place].snapshotEnded(at: nil)
        }
    }
}
