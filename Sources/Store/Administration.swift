internal import Journal
internal import MVCC
package import Raft
internal import Units
internal import Wire

/// Changes of members and of leadership: one at a time, answered when they are in force.
struct Administration {
    enum Task {
        case change
        case move(to: MemberID?, term: Term)
    }

    var pending: (call: Call, task: Task, until: Instant)?
    var refusal: ChangeRefusal?

    var deadline: Instant { pending?.until ?? .never }
    static let patience = Instant.Span.seconds(10)
}

extension Store {
    mutating func listMembers(_ call: Call, _ body: Bytes) throws(Refusal) {
        _ = try MemberListRequest(request: body)
        answerMembers(call)
    }

    private mutating func answerMembers(_ call: Call) {
        let start = effects.bytes.count
        MemberListResponse(
            header: header, members: members.map(memberInfo),
            leaderID: raft.leader?.rawValue ?? 0
        ).encode(into: &effects.bytes)
        answer(call.session, call.stream, call.method, from: start)
    }

    private func memberInfo(_ member: Member) -> MemberInfo {
        let isSelf = member.id == identity.member
        let progress = raft.progress.first { $0.id == member.id }
        return MemberInfo(
            id: member.id.rawValue, name: member.name, peerAddress: member.peerAddress,
            clientAddresses: member.clientAddresses, learner: member.isLearner,
            reachable: isSelf || (progress?.reachable ?? false),
            matchIndex: isSelf
                ? raft.durableIndex.rawValue : progress?.match.rawValue ?? 0)
    }

    mutating func addMember(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try MemberAddRequest(request: body)
        guard !request.name.isEmpty, !request.peerAddress.isEmpty else {
            throw .invalid("a member needs a name and a peer address")
        }
        if let other = members.first(where: {
            $0.name == request.name && $0.id.rawValue != request.id
        }) {
            throw Refusal(
                .memberExists, "member '\(request.name)' exists already at \(other.peerAddress)")
        }
        let id = request.id == 0 ? chance.next() | 1 : request.id
        let message = MemberMessage(
            id: id, seat: .learner, name: request.name, peerAddress: request.peerAddress,
            clientAddresses: request.clientAddresses)
        let member = message.raft
        try change(call, .add(member.id, context: member.context))
    }

    mutating func removeMember(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try MemberRemoveRequest(request: body)
        try change(call, .remove(MemberID(rawValue: request.id)))
    }

    mutating func promoteMember(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try MemberPromoteRequest(request: body)
        try change(call, .promote(MemberID(rawValue: request.id)))
    }

    private func requireLeadership() throws(Refusal) {
        guard raft.role != .leader else { return }
        guard let leader = members.first(where: { $0.id == raft.leader }) else {
            throw Refusal(.noLeader, "no leader is known; try again shortly")
        }
        throw Refusal(.notLeader, "member '\(leader.name)' leads; ask it")
    }

    private mutating func change(_ call: Call, _ change: MembershipChange) throws(Refusal) {
        try requireLeadership()
        guard administration.pending == nil else {
            throw Refusal(.membershipBusy, "another change of members is under way")
        }
        administration.refusal = nil
        raftStep(.change(change))
        if let refusal = administration.refusal { throw Refusal(refusal) }
        administration.pending = (call, .change, now + Administration.patience)
    }

    mutating func changeRefused(_ refusal: ChangeRefusal) { administration.refusal = refusal }

    /// A membership came into force here by being applied. Who joins and reads the log from its
    /// beginning is not in it for a while, and was not removed.
    mutating func administrationApplied(_ membership: Membership, after before: Membership) {
        if !membership.isJoint, membership[identity.member] == nil, before[identity.member] != nil {
            effects.removed = true
        }
        guard case (let call, .change, _)? = administration.pending, !membership.isJoint else {
            return
        }
        administration.pending = nil
        answerMembers(call)
    }

    mutating func moveLeader(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try MoveLeaderRequest(request: body)
        try requireLeadership()
        guard administration.pending == nil else {
            throw Refusal(.membershipBusy, "another change is under way")
        }
        let target = request.targetID == 0 ? nil : MemberID(rawValue: request.targetID)
        if let target {
            guard let member = members.first(where: { $0.id == target }) else {
                throw Refusal(.memberNotFound, "no member has the id \(hex(target))")
            }
            guard !member.isLearner else {
                throw .invalid("member '\(member.name)' is a learner; promote it first")
            }
        }
        administration.pending = (
            call, .move(to: target, term: raft.term), now + Administration.patience
        )
        if target == identity.member { return administrationSaw(leader: target) }
        raftStep(.transfer(to: target))
    }

    mutating func transferRefused(_ refusal: TransferRefusal) {
        guard case (let call, .move, _)? = administration.pending else { return }
        administration.pending = nil
        refuse(call.session, call.stream, call.method, Refusal(refusal))
    }

    /// Leadership was seen to change.
    mutating func administrationSaw(leader: MemberID?) {
        guard case (let call, .move(let target, let term), _)? = administration.pending,
            let leader
        else { return }
        guard leader == target || (target == nil && raft.term > term) else { return }
        administration.pending = nil
        let start = effects.bytes.count
        MoveLeaderResponse(header: header, leaderID: leader.rawValue).encode(into: &effects.bytes)
        answer(call.session, call.stream, call.method, from: start)
    }

    mutating func expireAdministration() {
        guard let pending = administration.pending, pending.until <= now else { return }
        administration.pending = nil
        refuse(
            pending.call.session, pending.call.stream, pending.call.method, .deadlineExceeded,
            "the change was not confirmed in time; look at the members to see whether it was made")
    }
}

extension Refusal {
    init(_ refusal: TransferRefusal) {
        switch refusal {
        case .notLeader: self.init(.noLeader, "leadership was lost; try again")
        case .alreadyLeader: self.init(.invalidArgument, "the member leads already")
        case .noCandidate:
            self.init(.quorumAtRisk, "no other voter is in touch that could take over")
        case .timedOut:
            self.init(
                .deadlineExceeded, "the member did not take over in time; the leader is unchanged")
        }
    }

    init(_ refusal: ChangeRefusal) {
        switch refusal {
        case .notLeader: self.init(.noLeader, "leadership was lost; try again")
        case .busy: self.init(.membershipBusy, "another change of members is under way")
        case .unknownMember: self.init(.memberNotFound, "no such member")
        case .alreadyMember: self.init(.memberExists, "it is a member already")
        case .quorumAtRisk:
            self.init(.quorumAtRisk, "the change could leave the cluster without a majority")
        case .tooManyMembers:
            self.init(.invalidArgument, "the cluster has as many members as it may have")
        case .notCaughtUp:
            self.init(
                .quorumAtRisk, "the learner has not caught up with the log yet; try again shortly")
        }
    }
}

/// As ids are shown to people: sixteen hexadecimal digits.
package func hex(_ id: MemberID) -> String {
    let digits = String(id.rawValue, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
