/// Sorting messages by their term before anyone looks inside (section 3.3).
extension Raft {
    mutating func receive(
        _ message: Message, from sender: MemberID, into effects: inout [Effect]
    ) {
        precondition(sender != settings.id, "nobody writes to themselves")
        precondition(sender != .none, "a message has a sender")
        if message.term < term { return answerOld(message, from: sender, into: &effects) }
        guard isHeard(message) else { return }
        if message.term > term && changesTerm(message) { follow(in: message.term, into: &effects) }
        dispatch(message, from: sender, into: &effects)
    }

    /// Elections are not heard while a leader is, unless it asked for them itself.
    private func isHeard(_ message: Message) -> Bool {
        guard case .voteRequest(let request) = message else { return true }
        return request.transfer || !isSticky
    }

    /// Pre-votes, and answers that grant them, speak of a term that may never come.
    private func changesTerm(_ message: Message) -> Bool {
        switch message {
        case .voteRequest(let request): !request.preVote
        case .voteResponse(let response): !(response.preVote && response.granted)
        case .appendRequest, .appendResponse, .heartbeat, .heartbeatResponse, .timeoutNow,
            .readIndexRequest, .readIndexResponse:
            true
        }
    }

    private mutating func dispatch(
        _ message: Message, from sender: MemberID, into effects: inout [Effect]
    ) {
        precondition(sender != settings.id, "nobody writes to themselves")
        switch message {
        case .voteRequest(let body): receive(body, from: sender, into: &effects)
        case .voteResponse(let body): receive(body, from: sender, into: &effects)
        case .appendRequest(let body): receive(body, from: sender, into: &effects)
        case .appendResponse(let body): receive(body, from: sender, into: &effects)
        case .heartbeat(let body): receive(body, from: sender, into: &effects)
        case .heartbeatResponse(let body): receive(body, from: sender, into: &effects)
        case .timeoutNow: receiveTimeoutNow(from: sender, into: &effects)
        case .readIndexRequest(let body): receive(body, from: sender, into: &effects)
        case .readIndexResponse(let body): receive(body, from: sender, into: &effects)
        }
    }

    /// Whoever lives in an earlier term is told of ours, or else a leader could go on for ever
    /// beside a member that once stood in vain and now takes nothing from it.
    private func answerOld(
        _ message: Message, from sender: MemberID, into effects: inout [Effect]
    ) {
        precondition(sender != settings.id, "nobody writes to themselves")
        precondition(message.term < term, "this is about earlier terms")
        switch message {
        case .voteRequest(let request):
            guard request.transfer || !isSticky else { return }
            let answer = VoteResponse(term: term, granted: false, preVote: request.preVote)
            effects.append(.send(.voteResponse(answer), to: sender))
        case .appendRequest, .heartbeat:
            let answer = AppendResponse(term: term, matched: false, index: .zero, life: life)
            effects.append(.send(.appendResponse(answer), to: sender))
        case .readIndexRequest(let request):
            let answer = ReadIndexResponse(term: term, id: request.id, index: .zero, refused: true)
            effects.append(.send(.readIndexResponse(answer), to: sender))
        case .voteResponse, .appendResponse, .heartbeatResponse, .timeoutNow, .readIndexResponse:
            break
        }
    }
}
