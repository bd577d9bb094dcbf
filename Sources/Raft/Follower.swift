/// How far a follower's log is known to be the leader's, and whether that must still be told.
struct Acknowledgement: Equatable {
    var target = LogIndex.zero
    var isOwed = false
    var told = LogIndex.zero
}

/// Copying the leader's log: section 3.5.
extension Raft {
    mutating func receive(
        _ request: AppendRequest, from sender: MemberID, into effects: inout [Effect]
    ) {
        hear(sender, into: &effects)
        guard let request = trimmed(request) else { return acknowledgeCommitted(into: &effects) }
        guard log.term(at: request.previousIndex) == request.previousTerm else {
            return refuse(request, from: sender, into: &effects)
        }
        take(request.entries, into: &effects)
        let last = request.previousIndex + request.entries.count
        commit(to: min(request.commit, last))
        acknowledgement.target = max(acknowledgement.target, last)
        acknowledgement.isOwed = true
        acknowledgeIfDurable(into: &effects)
    }

    mutating func receive(
        _ heartbeat: Heartbeat, from sender: MemberID, into effects: inout [Effect]
    ) {
        hear(sender, into: &effects)
        if heartbeat.commit <= log.lastIndex { commit(to: believed(heartbeat.commit)) }
        let answer = HeartbeatResponse(term: term, readRound: heartbeat.readRound)
        effects.append(.send(.heartbeatResponse(answer), to: sender))
    }

    /// The leader of our term spoke.
    private mutating func hear(_ sender: MemberID, into effects: inout [Effect]) {
        precondition(role != .leader, "one leader a term")
        precondition(role != .follower || leader == nil || leader == sender, "one leader a term")
        follow(sender, into: &effects)
        leaderHeard = now
        electionStart = now
        askForFloor(into: &effects)
    }

    /// Leaves out what is committed here, which every leader has; nothing, if that is all.
    private func trimmed(_ request: AppendRequest) -> AppendRequest? {
        precondition(commitIndex <= log.lastIndex, "what is committed is in the log")
        guard request.previousIndex < commitIndex else { return request }
        let known = commitIndex.after(request.previousIndex)
        guard known <= request.entries.count, let term = log.term(at: commitIndex) else {
            return nil
        }
        precondition(request.entries[known - 1].term == term, "what is committed is the same")
        var request = request
        request.previousIndex = commitIndex
        request.previousTerm = term
        request.entries.removeFirst(known)
        return request
    }

    private mutating func acknowledgeCommitted(into effects: inout [Effect]) {
        precondition(role == .follower, "only followers answer")
        precondition(commitIndex <= log.lastIndex, "what is committed is in the log")
        acknowledgement.target = max(acknowledgement.target, commitIndex)
        acknowledgement.isOwed = true
        acknowledgeIfDurable(into: &effects)
    }

    /// Section 3.5: the highest place whose term the leader may have too.
    private func refuse(
        _ request: AppendRequest, from sender: MemberID, into effects: inout [Effect]
    ) {
        let place = log.last(
            atMost: min(request.previousIndex, log.lastIndex), term: request.previousTerm)
        precondition(place >= commitIndex, "what is committed is the same everywhere")
        precondition(place <= request.previousIndex, "the hint leads back")
        let answer = AppendResponse(
            term: term, matched: false, index: request.previousIndex, hintIndex: place,
            hintTerm: log.term(at: place) ?? .zero, life: life)
        effects.append(.send(.appendResponse(answer), to: sender))
    }

    /// Keeps what is there already, takes back what contradicts, adds what is new.
    private mutating func take(_ entries: [Entry], into effects: inout [Effect]) {
        precondition(role == .follower, "only followers copy")
        guard let first = entries.firstIndex(where: { log.term(at: $0.index) != $0.term }) else {
            return
        }
        let fresh = first == 0 ? entries : Array(entries[first...])
        if fresh[0].index <= log.lastIndex { takeBack(after: fresh[0].index.previous) }
        write(fresh, into: &effects)
    }

    private mutating func takeBack(after index: LogIndex) {
        precondition(role != .leader, "a leader takes nothing back (section 3.5)")
        precondition(index >= commitIndex, "what is committed is never taken back")
        precondition(index >= acknowledgement.target, "a leader never contradicts itself")
        log.truncate(after: index)
        memberships.truncate(after: index)
    }

    /// Adds entries to our log and asks for them to be written.
    mutating func write(_ entries: [Entry], into effects: inout [Effect]) {
        precondition(!entries.isEmpty, "there is something to write")
        for entry in entries {
            precondition(entry.term <= term, "no entry comes from a later term")
            log.append(entry)
            if case .membership(let newer) = entry.body {
                memberships.append(newer, at: entry.index)
            }
        }
        durability.wrote(entries[0].index, through: log.lastIndex, term: log.lastTerm)
        effects.append(.append(entries))
    }

    mutating func commit(to index: LogIndex) {
        precondition(index <= log.lastIndex, "what is committed is in the log")
        commitIndex = max(commitIndex, index)
        precondition(commitIndex >= log.base, "what is forgotten was committed")
    }

    // MARK: Answering

    /// The log reached the disk.
    mutating func persisted(_ index: LogIndex, _ term: Term, into effects: inout [Effect]) {
        precondition(durability.index <= log.lastIndex, "what is durable is in the log")
        let before = durability.index
        durability.persisted(upTo: index, term: term, inMemory: log.term(at: index))
        guard durability.index > before else { return }
        precondition(durability.index <= log.lastIndex, "what is durable is in the log")
        if role == .leader { countOurselves(into: &effects) } else { acknowledge(into: &effects) }
    }

    private mutating func acknowledgeIfDurable(into effects: inout [Effect]) {
        precondition(acknowledgement.isOwed, "somebody waits for an answer")
        precondition(
            acknowledgement.target <= log.lastIndex,
            "nothing is acknowledged before it is here")
        if durability.index >= acknowledgement.target { acknowledge(into: &effects) }
    }

    /// Tells the leader how much of its log is durable here, and in which term: a member that lost
    /// the term in a crash could take entries from a leader of the past (section 3.8).
    mutating func acknowledge(into effects: inout [Effect]) {
        guard acknowledgement.isOwed, role == .follower, let leader else { return }
        guard durability.hardState.term == term else { return }
        let index = min(acknowledgement.target, durability.index)
        let isAll = index == acknowledgement.target
        guard isAll || index > acknowledgement.told else { return }
        precondition(index <= log.lastIndex, "nothing is acknowledged before it is here")
        precondition(leader != settings.id, "nobody answers themselves")
        acknowledgement.told = index
        acknowledgement.isOwed = !isAll
        let answer = AppendResponse(term: term, matched: true, index: index, life: life)
        effects.append(.send(.appendResponse(answer), to: leader))
    }
}
