internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// One member in place of another. The plan is part of the replicated state, so that whoever leads goes
/// on with it; each step is read off the membership, so that none is done twice.
///
/// The new one joins as learner. When it has caught up it takes the old one's seat in one joint change:
/// that needs a majority of those that live with the old one and of those that live with the new one,
/// never more than before or after.
extension Store {
    static func replacement(of state: MVCC) -> Replacement? {
        guard let record = state.record(.facts, Fact.replacement.key.span) else { return nil }
        return try? Replacement(decoding: record.span)
    }

    private mutating func keep(_ plan: Replacement?) {
        mvcc.setRecord(.facts, Fact.replacement.key.span, plan?.encoded)
        replacement = plan
    }

    // MARK: Asked for

    mutating func beginReplacement(_ call: Call, _ body: Bytes) throws(Refusal) {
        var request = try MemberReplaceRequest(request: body)
        if !request.giveUp {
            try check(request)
            if request.newID == 0 { request.newID = chance.next() | 1 }
        }
        propose(call, request.encoded.span)
    }

    private func check(_ request: MemberReplaceRequest) throws(Refusal) {
        guard !request.name.isEmpty, !request.peerAddress.isEmpty else {
            throw .invalid("the new member needs a name and a peer address")
        }
        try checkSizes(request.name, request.peerAddress, request.clientAddresses)
    }

    /// Carried out: from now on the plan stands, and the leader goes to work.
    mutating func replaceMember(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let request = try MemberReplaceRequest(request: body)
        let membership = MembershipMessage.raft(decoding: mvcc.membership)
        if request.giveUp {
            guard var plan = replacement else {
                throw Refusal(.memberNotFound, "no member is being replaced")
            }
            plan.givenUp = true
            keep(plan)
        } else {
            keep(try plan(request, membership))
        }
        guard answer else { return }
        memberList(added: request.newID).encode(into: &effects.bytes)
    }

    private func plan(
        _ request: MemberReplaceRequest, _ membership: Membership
    ) throws(Refusal) -> Replacement {
        try check(request)
        if let plan = replacement {
            throw Refusal(
                .membershipBusy,
                "member '\(plan.oldName)' is being replaced by '\(plan.name)'; wait, or give it up")
        }
        let old = MemberID(rawValue: request.oldID)
        guard let leaving = membership[old].map(MemberMessage.init(member:)) else {
            throw Refusal(.memberNotFound, "no member has the id \(hex(old))")
        }
        let new = MemberID(rawValue: request.newID)
        let others = membership.members.filter { $0.id != old }.map(MemberMessage.init(member:))
        let isTaken = others.contains {
            $0.name == request.name || $0.peerAddress == request.peerAddress
        }
        guard !isTaken, new != .none, membership[new] == nil, !strangers.wasRemoved(new) else {
            throw Refusal(
                .memberExists,
                "another member has the name '\(request.name)', the address "
                    + "\(request.peerAddress) or that id")
        }
        return Replacement(
            oldID: old.rawValue, oldName: leaving.name, newID: new.rawValue, name: request.name,
            peerAddress: request.peerAddress, clientAddresses: request.clientAddresses)
    }

    mutating func endReplacement(_ body: Bytes) {
        guard body.count == 8, replacement?.newID == body.little(at: 0) else { return }
        keep(nil)
    }

    // MARK: Step by step

    /// Takes the next step of the plan; false when there is none to take now.
    mutating func advanceReplacement() -> Bool {
        guard let plan = replacement else { return false }
        let (old, new) = (MemberID(rawValue: plan.oldID), MemberID(rawValue: plan.newID))
        guard !plan.givenUp else { return withdraw(new) }
        guard let newcomer = raft.membership[new] else { return admit(plan) }
        guard let leaving = raft.membership[old] else {
            guard newcomer.seat == .learner, !MemberMessage(member: newcomer).standing else {
                return conclude(new)
            }
            return whenRipe(new) { $0.raftStep(.change(.promote(new))) }
        }
        if newcomer.seat == .voter || leaving.seat == .learner {
            return whenRipe(new) { $0.leave(old) }
        }
        return whenRipe(new) { $0.exchange(old, new) }
    }

    private mutating func whenRipe(_ new: MemberID, _ step: (inout Store) -> Void) -> Bool {
        guard raft.membership.isVoter(new) || promotion.isRipe(new, at: now) else { return false }
        step(&self)
        return true
    }

    private mutating func admit(_ plan: Replacement) -> Bool {
        let isStanding = raft.membership[MemberID(rawValue: plan.oldID)]
            .map { $0.seat == .learner && MemberMessage(member: $0).standing }
        let member = MemberMessage(
            id: plan.newID, seat: .learner, name: plan.name, peerAddress: plan.peerAddress,
            clientAddresses: plan.clientAddresses, standing: isStanding ?? false
        ).raft
        raftStep(.change(.add(member.id, context: member.context)))
        return true
    }

    private mutating func exchange(_ old: MemberID, _ new: MemberID) {
        if old == identity.member { return raftStep(.transfer(to: nil)) }
        let members = raft.membership.members
        let voters = raft.membership.voters.filter { $0 != old } + [new]
        let learners = members.map(\.id).filter { !voters.contains($0) && $0 != old }
        raftStep(.change(.set(voters: voters, learners: learners)))
    }

    private mutating func leave(_ old: MemberID) {
        if old == identity.member { return raftStep(.transfer(to: nil)) }
        raftStep(.change(.remove(old)))
    }

    /// It was given up: a newcomer without a vote goes again, one that votes stays.
    private mutating func withdraw(_ new: MemberID) -> Bool {
        guard raft.membership.isLearner(new) else { return conclude(new) }
        raftStep(.change(.remove(new)))
        return true
    }

    /// All is done as far as the log is committed: the plan is struck out.
    private mutating func conclude(_ new: MemberID) -> Bool {
        var body: [UInt8] = []
        body.append(little: new.rawValue)
        proposeInternally(InternalMethod.endReplacement, body)
        return true
    }
}
