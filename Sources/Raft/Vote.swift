internal import Units

/// Giving votes: sections 3.4, 3.6.1, 4.2.3 and 9.6.
extension Raft {
    /// A leader in touch is not disturbed by those who miss it (section 4.2.3).
    var isSticky: Bool {
        if role == .leader { return true }
        guard leader != nil, let leaderHeard else { return false }
        return now < leaderHeard + settings.election
    }

    /// A request in our own term or, if it is a pre-vote, about any term.
    mutating func receive(
        _ request: VoteRequest, from candidate: MemberID, into effects: inout [Effect]
    ) {
        precondition(request.preVote || request.term <= term, "a later term is adopted first")
        let isFresh = request.term > term || (request.term == term && !request.preVote)
        let granted =
            fitness.mayVote && isFresh && isUpToDate(request)
            && (request.preVote || mayVote(candidate))
        let answer = VoteResponse(
            term: granted ? request.term : term, granted: granted, preVote: request.preVote)
        guard granted && !request.preVote else {
            return effects.append(.send(.voteResponse(answer), to: candidate))
        }
        grant(answer, to: candidate, into: &effects)
    }

    /// Section 3.6.1: whoever leads must hold everything that is committed.
    private func isUpToDate(_ request: VoteRequest) -> Bool {
        (request.lastTerm, request.lastIndex) >= (log.lastTerm, log.lastIndex)
    }

    private func mayVote(_ candidate: MemberID) -> Bool {
        vote == candidate || (vote == nil && leader == nil)
    }

    /// The answer leaves when the vote is durable.
    private mutating func grant(
        _ answer: VoteResponse, to candidate: MemberID, into effects: inout [Effect]
    ) {
        precondition(answer.term == term, "a vote is for this term")
        precondition(vote == nil || vote == candidate, "one vote a term")
        vote = candidate
        electionStart = now
        if durability.hardState == hardState {
            effects.append(.send(.voteResponse(answer), to: candidate))
        } else {
            durability.hold(.voteResponse(answer), to: candidate)
        }
    }

    mutating func receive(
        _ response: VoteResponse, from voter: MemberID, into effects: inout [Effect]
    ) {
        precondition(role == .leader || leader != settings.id, "only leaders lead")
        guard membership.isVoter(voter) else { return }
        switch role {
        case .preCandidate where response.preVote:
            guard response.granted ? response.term == term.next : true else { return }
            ballot.note(response.granted, from: voter)
            countPreVotes(into: &effects)
        case .candidate where !response.preVote:
            precondition(response.term == term, "other terms were sorted out before")
            ballot.note(response.granted, from: voter)
            countVotes(into: &effects)
        case .follower, .preCandidate, .candidate, .leader:
            break
        }
    }
}
