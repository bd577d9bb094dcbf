/// Who belongs: chapter 4. Every wish becomes the membership wanted in the end; there is one way to
/// get there.
extension Raft {
    mutating func change(_ change: MembershipChange, into effects: inout [Effect]) {
        precondition(role != .leader || !leadership.progress.isEmpty, "a leader tracks the members")
        switch wanted(by: change) {
        case .failure(let refusal): effects.append(.changeRefused(refusal))
        case .success(let wanted): enter(wanted, into: &effects)
        }
    }

    /// Through a joint membership when other members vote than before (section 4.3), at once when
    /// not. Either is in force as soon as it is in the log.
    private mutating func enter(_ wanted: Membership, into effects: inout [Effect]) {
        precondition(!membership.isJoint, "one change at a time")
        precondition(!wanted.voters.isEmpty, "somebody votes")
        let isJoint = wanted.voters != membership.voters
        appoint(isJoint ? joint(to: wanted) : wanted, into: &effects)
        replicateToAll(into: &effects)
        advanceCommit(into: &effects)
    }

    /// Both memberships at once: those that only were voters are kept as outgoing.
    private func joint(to wanted: Membership) -> Membership {
        precondition(!membership.isJoint && !wanted.isJoint, "one change at a time")
        var members = wanted.members
        for place in members.indices {
            members[place].outgoing = membership.isVoter(members[place].id)
        }
        for old in membership.members where old.seat == .voter && wanted[old.id] == nil {
            var leaving = old
            leaving.seat = .none
            leaving.outgoing = true
            members.append(leaving)
        }
        members.sort { $0.id < $1.id }
        precondition(members.count { $0.outgoing } == membership.voters.count, "old voters stay")
        return Membership(members: members, isJoint: true)
    }

    /// The joint membership is committed: the outgoing voters go.
    mutating func leaveJoint(into effects: inout [Effect]) {
        precondition(membership.isJoint, "there are two to choose from")
        precondition(memberships.index <= commitIndex, "the joint membership is committed first")
        var members = membership.members.filter { $0.seat != .none }
        for place in members.indices { members[place].outgoing = false }
        appoint(Membership(members: members), into: &effects)
    }

    private mutating func appoint(_ membership: Membership, into effects: inout [Effect]) {
        precondition(self.membership != membership || !membership.isJoint, "something changes")
        precondition(role == .leader, "only leaders appoint")
        write(.membership(membership), into: &effects)
        leadership.seat(membership, next: log.lastIndex, now: now)
        precondition(self.membership == membership, "the newest one is in force")
        withdrawTransfer(into: &effects)
    }

    // MARK: What is wanted, and why not

    private func wanted(by change: MembershipChange) -> Result<Membership, ChangeRefusal> {
        guard role == .leader else { return .failure(.notLeader) }
        guard hasCommittedInTerm, memberships.index <= commitIndex, !membership.isJoint,
            leadership.transfer == nil
        else { return .failure(.busy) }
        precondition(membership.members.allSatisfy { !$0.outgoing }, "nobody is on the way out")
        return target(of: change).flatMap(checked)
    }

    private func target(of change: MembershipChange) -> Result<Membership, ChangeRefusal> {
        switch change {
        case .add(let id, let context): adding(id, context)
        case .promote(let id): seating(id, .voter)
        case .demote(let id): seating(id, .learner)
        case .remove(let id): editing(id) { $0.seat = .none }
        case .update(let id, let context): editing(id) { $0.context = context }
        case .set(let voters, let learners): seating(voters, learners)
        }
    }

    private func adding(
        _ id: MemberID, _ context: [UInt8]
    ) -> Result<Membership, ChangeRefusal> {
        guard id != .none else { return .failure(.unknownMember) }
        guard membership[id] == nil else { return .failure(.alreadyMember) }
        guard membership.members.count < Limits.members else { return .failure(.tooManyMembers) }
        let member = Membership.Member(id: id, seat: .learner, context: context)
        let members = membership.members + [member]
        return .success(Membership(members: members.sorted { $0.id < $1.id }))
    }

    private func seating(
        _ id: MemberID, _ seat: Membership.Seat
    ) -> Result<Membership, ChangeRefusal> {
        guard membership[id]?.seat != seat else { return .failure(.alreadyMember) }
        return editing(id) { $0.seat = seat }
    }

    private func editing(
        _ id: MemberID, _ edit: (inout Membership.Member) -> Void
    ) -> Result<Membership, ChangeRefusal> {
        guard let place = membership.members.firstIndex(where: { $0.id == id }) else {
            return .failure(.unknownMember)
        }
        var members = membership.members
        edit(&members[place])
        return .success(Membership(members: members.filter { $0.seat != .none }))
    }

    private func seating(
        _ voters: [MemberID], _ learners: [MemberID]
    ) -> Result<Membership, ChangeRefusal> {
        guard (voters + learners).allSatisfy({ membership[$0] != nil }) else {
            return .failure(.unknownMember)
        }
        var members = membership.members
        for place in members.indices {
            let id = members[place].id
            members[place].seat =
                voters.contains(id) ? .voter : learners.contains(id) ? .learner : .none
        }
        members.removeAll { $0.seat == .none }
        guard members != membership.members else { return .failure(.alreadyMember) }
        return .success(Membership(members: members))
    }

    /// Whether the cluster would go on as wanted: new voters have caught up (section 4.2.1), and
    /// enough of all voters to come are in touch.
    private func checked(_ wanted: Membership) -> Result<Membership, ChangeRefusal> {
        precondition(!wanted.isJoint, "what is wanted in the end is simple")
        guard wanted.voters != membership.voters else { return .success(wanted) }
        let new = wanted.voters.filter { !membership.isVoter($0) }
        guard new.allSatisfy(hasCaughtUp) else { return .failure(.notCaughtUp) }
        guard wanted.hasMajority(isInTouch) else { return .failure(.quorumAtRisk) }
        precondition(!wanted.voters.isEmpty, "a majority is somebody")
        return .success(wanted)
    }

    /// Whether a member lacks so little of the log that it could vote; only a leader can tell.
    package func hasCaughtUp(_ id: MemberID) -> Bool {
        guard role == .leader else { return false }
        guard let member = leadership[id], isInTouch(member) else { return false }
        precondition(member.match <= log.lastIndex, "a member holds nothing that we do not")
        return member.phase == .pipeline
            && log.lastIndex.after(member.match) <= settings.promotionLag
    }
}

extension ChangeRefusal: Error {}
