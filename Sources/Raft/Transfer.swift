internal import Units

/// Handing over the lead: section 3.10.
extension Raft {
    mutating func transfer(to wanted: MemberID?, into effects: inout [Effect]) {
        precondition(role == .leader || leadership.transfer == nil, "only leaders hand over")
        guard role == .leader else { return effects.append(.transferRefused(.notLeader)) }
        guard wanted != settings.id else {
            return effects.append(.transferRefused(.alreadyLeader))
        }
        guard let target = wanted ?? bestFollower, isComingVoter(target) else {
            return effects.append(.transferRefused(.noCandidate))
        }
        guard leadership.transfer?.target != target else { return }
        precondition(target != settings.id, "the lead goes to somebody else")
        leadership.transfer = Leadership.Transfer(target: target, due: now + settings.election)
        handOverIfReady(into: &effects)
    }

    private func isComingVoter(_ member: MemberID) -> Bool {
        membership[member]?.seat == .voter
    }

    /// The voter in touch that has most of the log; of equals the first.
    var bestFollower: MemberID? {
        precondition(role == .leader, "only leaders know")
        var best: Progress?
        for member in leadership.progress where member.id != settings.id && isInTouch(member) {
            guard member.isComing else { continue }
            if best.map({ member.match > $0.match }) ?? true { best = member }
        }
        return best?.id
    }

    /// Once the target holds the whole log, it need not wait for its timer.
    mutating func handOverIfReady(into effects: inout [Effect]) {
        precondition(leadership.transfer?.target != settings.id, "the lead goes to somebody else")
        precondition(role == .leader, "only leaders hand over")
        guard let transfer = leadership.transfer, !transfer.told else { return }
        guard leadership[transfer.target]?.match == log.lastIndex else { return }
        leadership.transfer?.told = true
        tellToStand(transfer.target, into: &effects)
    }

    func tellToStand(_ member: MemberID, into effects: inout [Effect]) {
        precondition(member != settings.id, "the lead goes to somebody else")
        precondition(membership.isVoter(member), "only voters stand")
        effects.append(.send(.timeoutNow(TimeoutNow(term: term)), to: member))
    }

    /// It did not work out: proposals are welcome again.
    mutating func expireTransfer(into effects: inout [Effect]) {
        precondition(leadership.transfer?.target != settings.id, "the lead goes to somebody else")
        precondition(role == .leader, "only leaders hand over")
        guard let transfer = leadership.transfer, now >= transfer.due else { return }
        leadership.transfer = nil
        effects.append(.transferRefused(.timedOut))
    }

    /// The target votes no longer.
    mutating func withdrawTransfer(into effects: inout [Effect]) {
        precondition(leadership.transfer?.target != settings.id, "the lead goes to somebody else")
        precondition(role == .leader, "only leaders hand over")
        guard let transfer = leadership.transfer, !isComingVoter(transfer.target) else { return }
        leadership.transfer = nil
        effects.append(.transferRefused(.noCandidate))
    }

    /// The leader wants us to stand: no pre-vote, and nobody holds it off.
    mutating func receiveTimeoutNow(from sender: MemberID, into effects: inout [Effect]) {
        precondition(sender != settings.id, "nobody tells themselves")
        guard role == .follower, mayLead, leader == sender || leader == nil else { return }
        precondition(leader != settings.id, "a follower does not lead")
        stand(transfer: true, into: &effects)
    }
}
