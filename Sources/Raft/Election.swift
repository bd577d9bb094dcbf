internal import Units

/// Who said what in the election under way.
struct Ballot: Equatable {
    private struct Vote: Equatable {
        var from: MemberID
        var granted: Bool
    }

    private var votes: [Vote] = []
    /// Whether the election was asked for by the leader.
    var isTransfer = false

    /// The first word counts.
    mutating func note(_ granted: Bool, from member: MemberID) {
        precondition(member != .none, "somebody votes")
        guard self[member] == nil else { return }
        precondition(votes.count < 2 * Limits.members, "no more votes than members")
        votes.append(Vote(from: member, granted: granted))
    }

    subscript(member: MemberID) -> Bool? { votes.first { $0.from == member }?.granted }
}

/// Standing for election: sections 3.4 and 9.6.
extension Raft {
    /// Only voters stand; a learner or one that was removed keeps quiet. One whose removal is not
    /// known to be committed still stands, since it may be the only one that can (section 4.2.2).
    var mayLead: Bool { fitness.mayVote && hasSeat }

    var hasSeat: Bool {
        membership.isVoter(settings.id) || memberships.at(commitIndex).isVoter(settings.id)
    }

    var electionDue: Instant { electionStart + electionSpan }

    /// A sole voter has nobody to wait for; but once it stands, for its own vote to be durable.
    mutating func drawElectionSpan() {
        precondition(role != .leader, "a leader does not wait for an election")
        let least = settings.election.nanoseconds
        let more = chance.below(least)
        let waits = !isSoleVoter || role == .candidate
        electionSpan = Instant.Span(nanoseconds: waits ? least + more : 0)
        precondition(electionSpan.nanoseconds < 2 * least, "the wait has its bounds")
    }

    var isSoleVoter: Bool {
        mayLead && membership.hasMajority { $0 == settings.id }
    }

    /// Asks whether an election could be won, before anybody's term is disturbed.
    mutating func campaign(into effects: inout [Effect]) {
        precondition(role != .leader || leader == settings.id, "a leader knows that it leads")
        guard mayLead, role != .leader else { return }
        become(.preCandidate, into: &effects)
        ballot.note(true, from: settings.id)
        precondition(leader == nil, "who stands follows nobody")
        let request = VoteRequest(
            term: term.next, lastIndex: log.lastIndex, lastTerm: log.lastTerm, preVote: true)
        for voter in otherVoters { effects.append(.send(.voteRequest(request), to: voter)) }
        countPreVotes(into: &effects)
    }

    /// Stands in a new term. The requests leave once our own vote is durable: a member that
    /// forgot it in a crash might stand again in the same term with a shorter log.
    mutating func stand(transfer: Bool, into effects: inout [Effect]) {
        precondition(mayLead, "only voters stand")
        precondition(role != .leader, "a leader has won already")
        adopt(term.next)
        vote = settings.id
        become(.candidate, into: &effects)
        ballot.isTransfer = transfer
        let request = VoteRequest(
            term: term, lastIndex: log.lastIndex, lastTerm: log.lastTerm, transfer: transfer)
        for voter in otherVoters { durability.hold(.voteRequest(request), to: voter) }
    }

    private var otherVoters: [MemberID] {
        membership.members.map(\.id).filter { $0 != settings.id && membership.isVoter($0) }
    }

    private mutating func become(_ role: Role, into effects: inout [Effect]) {
        precondition(role == .preCandidate || role == .candidate, "who stands is a candidate")
        precondition(self.role != .leader, "a leader does not stand")
        self.role = role
        forgetLeader(into: &effects)
        ballot = Ballot()
        electionStart = now
        drawElectionSpan()
    }

    private var outcome: Membership.Outcome { membership.outcome { ballot[$0] } }

    mutating func countPreVotes(into effects: inout [Effect]) {
        precondition(leader == nil, "who stands follows nobody")
        precondition(role == .preCandidate, "pre-votes are counted before standing")
        switch outcome {
        case .won: stand(transfer: false, into: &effects)
        case .lost: follow(nil, into: &effects)
        case .open: break
        }
    }

    mutating func countVotes(into effects: inout [Effect]) {
        precondition(role == .candidate, "votes are for candidates")
        precondition(vote == settings.id, "a candidate votes for itself")
        switch outcome {
        case .won: lead(into: &effects)
        case .lost: follow(nil, into: &effects)
        case .open: break
        }
    }

    /// Our hard state reached the disk.
    mutating func persisted(_ state: HardState, into effects: inout [Effect]) {
        precondition(
            state.term < term || state.vote == nil || state.vote == vote,
            "a vote is never changed")
        precondition(state.term <= term, "only what was asked for is saved")
        durability.saved(state)
        guard state == hardState else { return }
        durability.release(into: &effects)
        acknowledge(into: &effects)
        guard role == .candidate else { return }
        ballot.note(true, from: settings.id)
        countVotes(into: &effects)
    }

    // MARK: Changing sides

    /// Enters a later term, as nobody in particular yet.
    mutating func adopt(_ later: Term) {
        precondition(later > term, "terms never fall")
        precondition(role != .leader, "a leader lays down the pen first")
        term = later
        vote = nil
        leader = nil
        leaderHeard = nil
        durability.drop()
        acknowledgement = Acknowledgement()
    }

    /// A later term was seen.
    mutating func follow(in later: Term, into effects: inout [Effect]) {
        precondition(later > term, "this is about later terms")
        follow(nil, into: &effects)
        adopt(later)
        precondition(term == later && vote == nil, "a later term starts without a vote")
    }

    /// Follows `leader`, or waits for one.
    mutating func follow(_ leader: MemberID?, into effects: inout [Effect]) {
        precondition(leader != settings.id, "nobody follows themselves")
        precondition(
            leader == nil || self.leader == nil || role != .follower || self.leader == leader,
            "one leader a term")
        if role == .leader { resign(into: &effects) }
        if role != .follower {
            role = .follower
            ballot = Ballot()
            electionStart = now
            drawElectionSpan()
        }
        if self.leader != leader { forgetLeader(into: &effects) }
        self.leader = leader
    }

    /// What hung on the leader has to be asked for again.
    private mutating func forgetLeader(into effects: inout [Effect]) {
        leader = nil
        leaderHeard = nil
        refuseAttempts(into: &effects)
        precondition(reads.attempt == nil && reads.queued.isEmpty, "nobody waits for nobody")
        precondition(role != .leader, "a leader resigns first")
    }
}
