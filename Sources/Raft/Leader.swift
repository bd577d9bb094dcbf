internal import Units

/// The leader's day: sections 3.4, 3.5 and 6.2 (CheckQuorum).
extension Raft {
    /// Takes up the pen. The first entry is empty: by committing it, everything before it commits.
    mutating func lead(into effects: inout [Effect]) {
        precondition(role == .candidate, "only candidates win")
        precondition(durability.hardState == hardState, "our own vote is durable")
        role = .leader
        leader = settings.id
        ballot = Ballot()
        leadership = Leadership()
        leadership.seat(membership, next: log.lastIndex.next, now: now)
        leadership.uncommitted = log.size(after: commitIndex, through: log.lastIndex)
        leadership.heartbeatDue = now + settings.heartbeat
        write(.empty, into: &effects)
        replicateToAll(into: &effects)
    }

    /// Lays down the pen.
    mutating func resign(into effects: inout [Effect]) {
        precondition(role == .leader, "only leaders resign")
        refuseRounds(into: &effects)
        leadership = Leadership()
        precondition(reads.rounds.isEmpty, "no read waits for a round any more")
    }

    mutating func propose(_ payload: [UInt8], into effects: inout [Effect]) {
        precondition(role == .leader || leadership.transfer == nil, "only leaders hand over")
        if let refusal = refusal(of: payload) {
            return effects.append(.proposalRefused(refusal))
        }
        write(.commands(payload), into: &effects)
        replicateToAll(into: &effects)
    }

    private func refusal(of payload: [UInt8]) -> ProposalRefusal? {
        guard role == .leader else { return .notLeader }
        guard leadership.transfer == nil else { return .transferring }
        precondition(leadership.uncommitted >= 0, "bytes are counted both ways")
        let size = leadership.uncommitted + payload.count + Limits.entryOverhead
        let fits = leadership.uncommitted == 0 || size <= settings.maximumUncommittedBytes
        return fits ? nil : .tooMuchUncommitted
    }

    /// Adds an entry of our own term to the log.
    mutating func write(_ body: Entry.Body, into effects: inout [Effect]) {
        precondition(role == .leader, "only leaders write entries of their own")
        let entry = Entry(term: term, index: log.lastIndex.next, body: body)
        leadership.uncommitted += entry.size
        write([entry], into: &effects)
        precondition(log.lastTerm == term, "the newest entry is ours")
    }

    mutating func leaderTick(into effects: inout [Effect]) {
        precondition(leader == settings.id, "a leader knows that it leads")
        precondition(role == .leader, "only leaders beat")
        expireTransfer(into: &effects)
        guard now >= leadership.heartbeatDue else { return }
        guard membership.hasMajority(isInTouch) else { return follow(nil, into: &effects) }
        leadership.heartbeatDue = now + settings.heartbeat
        sendHeartbeats(into: &effects) { _ in true }
    }

    /// Heard within the shortest time after which others may elect somebody else.
    func isInTouch(_ member: Progress) -> Bool {
        member.id == settings.id || now < member.heard + settings.election
    }

    func isInTouch(_ id: MemberID) -> Bool {
        precondition(role == .leader, "only leaders keep track")
        return leadership[id].map(isInTouch) ?? false
    }

    mutating func sendHeartbeats(
        into effects: inout [Effect], to isMeant: (Progress) -> Bool
    ) {
        precondition(role == .leader, "only leaders beat")
        for member in leadership.progress where member.id != settings.id && isMeant(member) {
            let commit = min(member.match, commitIndex)
            precondition(commit <= log.lastIndex, "a member holds nothing that we do not")
            let beat = Heartbeat(term: term, commit: commit, readRound: reads.rounds.number)
            effects.append(.send(.heartbeat(beat), to: member.id))
        }
    }

    mutating func receive(
        _ response: HeartbeatResponse, from member: MemberID, into effects: inout [Effect]
    ) {
        precondition(member != settings.id, "only others answer")
        guard role == .leader, let place = leadership.position(of: member) else { return }
        precondition(response.term == term, "other terms were sorted out before")
        leadership.progress[place].heard = now
        confirm(response.readRound, by: place, into: &effects)
        if leadership.progress[place].alive(last: log.lastIndex) {
            replicate(to: place, evenNothing: true, into: &effects)
        }
    }

    mutating func unreachable(_ member: MemberID) {
        precondition(member != .none, "a link has two ends")
        precondition(member != settings.id, "we are always in touch with ourselves")
        guard let place = leadership.position(of: member) else { return }
        leadership.progress[place].lost()
        precondition(leadership.progress[place].phase != .pipeline, "what was lost is probed for")
    }
}
