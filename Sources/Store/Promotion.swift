internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Learners on their way to a vote.
struct Promotion {
    /// Who has caught up, and since when without a gap.
    private var caughtUp: [Entry] = []
    /// Not before this does the leader change members by itself.
    var due = Instant.zero

    private struct Entry {
        var id: MemberID
        var since: Instant
    }

    mutating func note(_ id: MemberID, _ hasCaughtUp: Bool, at now: Instant) {
        let place = caughtUp.firstIndex { $0.id == id }
        switch (hasCaughtUp, place) {
        case (true, nil): caughtUp.append(Entry(id: id, since: now))
        case (false, let place?): caughtUp.remove(at: place)
        case (true, _?), (false, nil): break
        }
    }

    func isRipe(_ id: MemberID, at now: Instant) -> Bool {
        guard let entry = caughtUp.first(where: { $0.id == id }) else { return false }
        return now.since(entry.since) >= Limits.promotionPatience
    }

    mutating func forget() { caughtUp.removeAll() }
}

/// What a leader does about members without being asked, one change at a time.
extension Store {
    mutating func tendMembership() {
        settleAddresses()
        guard raft.role == .leader else { return promotion.forget() }
        noteOwnBirth()
        for member in raft.membership.members {
            let isLearner = raft.membership.isLearner(member.id)
            promotion.note(member.id, isLearner && raft.hasCaughtUp(member.id), at: now)
        }
        guard now >= promotion.due, administration.pending == nil, !raft.membership.isJoint else {
            return
        }
        if advanceReplacement() || adoptAddress() || promoteLearner() {
            promotion.due = now + Limits.tendingInterval
        }
    }

    /// Gives the next learner that is ripe its vote.
    private mutating func promoteLearner() -> Bool {
        let next = raft.membership.members.first {
            raft.membership.isLearner($0.id) && promotion.isRipe($0.id, at: now)
                && !MemberMessage(member: $0).standing
                && $0.id.rawValue != replacement?.newID
        }
        guard let next else { return false }
        raftStep(.change(.promote(next.id)))
        return true
    }
}
