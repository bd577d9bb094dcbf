internal import Journal
internal import MVCC
package import Raft
internal import Units
internal import Wire

/// Changes of members and of leadership: one at a time, answered when they are in force.
struct Administration {
    enum Task {
        /// Answered when this entry, or the one that ends its joint membership, is applied.
        case change(LogIndex, added: MemberID?)
        case move(to: MemberID?, term: Term)
        /// Leadership goes on before its holder is removed by the next leader.
        case moveAway
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

    func memberList(added: UInt64 = 0) -> MemberListResponse {
        MemberListResponse(
            header: header, members: members.map(memberInfo),
            leaderID: raft.leader?.rawValue ?? 0, replacement: replacement, addedID: added)
    }

    private mutating func answerMembers(_ call: Call, added: MemberID? = nil) {
        let start = effects.bytes.count
        memberList(added: added?.rawValue ?? 0).encode(into: &effects.bytes)
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
                ? raft.durableIndex.rawValue : progress?.match.rawValue ?? 0,
            standing: member.isStanding)
    }

    mutating func addMember(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try MemberAddRequest(request: body)
        guard !request.name.isEmpty, !request.peerAddress.isEmpty else {
            throw .invalid("a member needs a name and a peer address")
        }
        try checkSizes(request.name, request.peerAddress, request.clientAddresses)
        try requireLeadership()
        try checkVersion(of: request)
        if let known = try admitted(request) { return answerMembers(call, added: known) }
        let id = MemberID(rawValue: request.id == 0 ? chance.next() | 1 : request.id)
        guard !strangers.wasRemoved(id) else {
            throw Refusal(
                .memberExists, "the id \(hex(id)) was a member's that was removed; take another")
        }
        if request.standing { try require(.second, for: "a standing learner") }
        let message = MemberMessage(
            id: id.rawValue, seat: .learner, name: request.name, peerAddress: request.peerAddress,
            clientAddresses: request.clientAddresses, standing: request.standing)
        try change(call, .add(id, context: message.raft.context), added: id)
    }

    /// The member that this one is, if it was admitted before and nobody has heard of it since.
    private func admitted(_ request: MemberAddRequest) throws(Refusal) -> MemberID? {
        let other = members.first {
            $0.id.rawValue != request.id
                && ($0.name == request.name || $0.peerAddress == request.peerAddress)
        }
        guard let other else { return nil }
        // The same machine comes in place of one that still has its seat.
        if request.id == 0, let plan = replacement, plan.name == request.name,
            plan.peerAddress == request.peerAddress, !plan.givenUp
        {
            return try admitted(by: plan)
        }
        if request.id == 0, other.name == request.name, other.peerAddress == request.peerAddress,
            versions.cluster >= .second, strangers.birth(of: other.id) == nil
        {
            return other.id
        }
        throw Refusal(
            .memberExists,
            "member '\(other.name)' exists already at \(other.peerAddress), and what it promised "
                + "cannot be promised anew. If its data is lost: 'martlet store member replace "
                + "\(other.name) …', or remove it first")
    }

    private func admitted(by plan: Replacement) throws(Refusal) -> MemberID {
        let id = MemberID(rawValue: plan.newID)
        guard raft.membership[id] != nil, strangers.birth(of: id) == nil else {
            throw Refusal(
                .membershipBusy,
                "member '\(plan.name)' is about to be let in, or has been started before")
        }
        return id
    }

    /// A program that is older than what the log may hold would not keep up with the others.
    private func checkVersion(of request: MemberAddRequest) throws(Refusal) {
        guard request.version != 0, request.version < versions.cluster.rawValue else { return }
        throw Refusal(
            .versionTooLow,
            "the cluster is at version \(versions.cluster.name), and the program that wants to "
                + "join knows only up to 0.\(request.version); install the newer one")
    }

    func checkSizes(
        _ name: String, _ address: String, _ clients: [String]
    ) throws(Refusal) {
        guard name.utf8.count <= Limits.memberName else {
            throw .invalid("a member's name has at most \(Limits.memberName) bytes")
        }
        guard ([address] + clients).allSatisfy({ $0.utf8.count <= Limits.address }) else {
            throw .invalid("an address has at most \(Limits.address) bytes")
        }
        guard clients.count <= Limits.clientAddresses else {
            throw .invalid("a member has at most \(Limits.clientAddresses) client addresses")
        }
    }

    mutating func updateMember(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try MemberUpdateRequest(request: body)
        try checkSizes(request.name, request.peerAddress, request.clientAddresses)
        try requireLeadership()
        let id = MemberID(rawValue: request.id)
        guard let member = raft.membership[id] else {
            throw Refusal(.memberNotFound, "no member has the id \(hex(id))")
        }
        var message = MemberMessage(member: member)
        if !request.name.isEmpty { message.name = request.name }
        if !request.peerAddress.isEmpty { message.peerAddress = request.peerAddress }
        if !request.clientAddresses.isEmpty { message.clientAddresses = request.clientAddresses }
        let other = members.first {
            $0.id != id && ($0.name == message.name || $0.peerAddress == message.peerAddress)
        }
        if let other {
            throw Refusal(
                .memberExists,
                "member '\(other.name)' has that name or address (\(other.peerAddress)) already")
        }
        guard message.raft.context != member.context else { return answerMembers(call) }
        try change(call, .update(id, context: message.raft.context))
    }

    mutating func removeMember(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try MemberRemoveRequest(request: body)
        let id = MemberID(rawValue: request.id)
        if let plan = replacement, plan.newID == request.id, raft.membership.isLearner(id) {
            throw Refusal(
                .membershipBusy,
                "member '\(plan.name)' is to replace '\(plan.oldName)'; give that up first")
        }
        if id == identity.member, raft.role == .leader { return try moveAway(call) }
        try change(call, .remove(id))
    }

    /// The leader does not remove itself: the next one does, without a gap in service.
    private mutating func moveAway(_ call: Call) throws(Refusal) {
        guard raft.membership.voters != [identity.member] else {
            throw Refusal(
                .quorumAtRisk, "it is the only member that votes; add another and let it catch up")
        }
        guard administration.pending == nil else {
            throw Refusal(.membershipBusy, "another change of members is under way")
        }
        administration.pending = (call, .moveAway, now + Administration.patience)
        raftStep(.transfer(to: nil))
    }

    mutating func promoteMember(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try MemberPromoteRequest(request: body)
        let id = MemberID(rawValue: request.id)
        try requireLeadership()
        // It may have been promoted by itself meanwhile.
        if raft.membership[id]?.seat == .voter, !raft.membership.isJoint {
            return answerMembers(call)
        }
        try change(call, .promote(id))
    }

    private func requireLeadership() throws(Refusal) {
        guard raft.role != .leader else { return }
        guard let leader = members.first(where: { $0.id == raft.leader }) else {
            throw Refusal(.noLeader, "no leader is known; try again shortly")
        }
        throw Refusal(.notLeader, "member '\(leader.name)' leads; ask it")
    }

    private mutating func change(
        _ call: Call, _ change: MembershipChange, added: MemberID? = nil
    ) throws(Refusal) {
        try requireLeadership()
        guard administration.pending == nil else {
            throw Refusal(.membershipBusy, "another change of members is under way")
        }
        administration.refusal = nil
        let index = raft.lastIndex.next
        raftStep(.change(change))
        if let refusal = administration.refusal {
            throw refusal == .quorumAtRisk ? atRisk(change) : Refusal(refusal)
        }
        administration.pending = (
            call, .change(index, added: added), now + Administration.patience
        )
    }

    /// Says with numbers why a change could leave the cluster without a majority.
    private func atRisk(_ change: MembershipChange) -> Refusal {
        var voters = raft.membership.voters
        switch change {
        case .remove(let id), .demote(let id): voters.removeAll { $0 == id }
        case .promote(let id): voters.append(id)
        case .set(let wanted, _): voters = wanted
        case .add, .update: break
        }
        let away = voters.filter { id in
            id != identity.member && raft.progress.first { $0.id == id }?.reachable != true
        }
        let names = away.map { "'\(plainName(of: $0))'" }.joined(separator: ", ")
        return Refusal(
            .quorumAtRisk,
            "of the \(voters.count) voters after it only \(voters.count - away.count) would be in "
                + "touch, and \(voters.count / 2 + 1) are needed"
                + (away.isEmpty ? "" : "; away: \(names)"))
    }

    mutating func changeRefused(_ refusal: ChangeRefusal) { administration.refusal = refusal }

    /// A membership came into force here by being applied. Who joins and reads the log from its
    /// beginning is not in it for a while, and was not removed.
    mutating func administrationApplied(
        _ membership: Membership, after before: Membership, at index: LogIndex
    ) {
        if !membership.isJoint, membership[identity.member] == nil, before[identity.member] != nil {
            effects.removed = true
        }
        guard case (let call, .change(let wanted, let added), _)? = administration.pending,
            !membership.isJoint, index >= wanted
        else { return }
        administration.pending = nil
        answerMembers(call, added: added)
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
        switch administration.pending {
        case (let call, .move, _)?, (let call, .moveAway, _)?:
            administration.pending = nil
            refuse(call.session, call.stream, call.method, Refusal(refusal))
        case (_, .change, _)?, nil: break
        }
    }

    /// Leadership was seen to change.
    mutating func administrationSaw(leader: MemberID?) {
        if case (let call, .moveAway, _)? = administration.pending, let leader,
            leader != identity.member
        {
            administration.pending = nil
            let words = "member '\(plainName(of: leader))' leads now; ask it"
            return refuse(call.session, call.stream, call.method, .notLeader, words)
        }
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
