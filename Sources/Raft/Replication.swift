/// Keeping followers at the leader's heels: sections 3.5 and 10.2.1.
extension Raft {
    mutating func replicateToAll(into effects: inout [Effect]) {
        precondition(leadership.transfer?.target != settings.id, "the lead goes to somebody else")
        precondition(role == .leader, "only leaders replicate")
        for place in leadership.progress.indices {
            replicate(to: place, into: &effects)
        }
    }

    /// Sends what the window has room for, and the commit index when that alone is news.
    mutating func replicate(
        to place: Int, evenNothing: Bool = false, into effects: inout [Effect]
    ) {
        precondition(role == .leader, "only leaders replicate")
        precondition(
            leadership.progress[place].match <= log.lastIndex,
            "nobody holds more than we do")
        guard leadership.progress[place].id != settings.id else { return }
        var isDue = evenNothing || isCommitNews(to: place)
        while isDue || hasEntries(for: place) {
            guard maySend(to: place) || (isDue && isPipeline(place)) else { return }
            sendAppend(to: place, into: &effects)
            isDue = false
        }
    }

    private func isPipeline(_ place: Int) -> Bool { leadership.progress[place].phase == .pipeline }

    private func hasEntries(for place: Int) -> Bool {
        leadership.progress[place].next <= log.lastIndex
    }

    private func isCommitNews(to place: Int) -> Bool {
        precondition(
            leadership.progress[place].commitTold <= commitIndex,
            "only what is committed is told")
        let member = leadership.progress[place]
        precondition(member.next > .zero, "the first entry has index 1")
        return member.phase == .pipeline
            && member.commitTold < min(commitIndex, member.next.previous)
    }

    private func maySend(to place: Int) -> Bool {
        switch leadership.progress[place].phase {
        case .probe: true
        case .pipeline: leadership.progress[place].hasRoom(settings)
        case .probed, .snapshot: false
        }
    }

    private mutating func sendAppend(to place: Int, into effects: inout [Effect]) {
        precondition(leadership.progress[place].id != settings.id, "we send nothing to ourselves")
        let previous = leadership.progress[place].next.previous
        precondition(previous <= log.lastIndex, "nothing is sent that is not there")
        guard let previousTerm = log.term(at: previous) else {
            return askForSnapshot(to: place, into: &effects)
        }
        let hasRoom = leadership.progress[place].hasRoom(settings)
        let (entries, size) =
            hasRoom
            ? log.entries(after: previous, weighing: settings.maximumAppendBytes) : ([], 0)
        leadership.progress[place].sent(entries.count, size: size, commit: commitIndex)
        let request = AppendRequest(
            term: term, previousIndex: previous, previousTerm: previousTerm,
            commit: commitIndex, entries: entries)
        effects.append(.send(.appendRequest(request), to: leadership.progress[place].id))
    }

    /// The log starts too late for this member (section 5). Not for one that is out of touch.
    private mutating func askForSnapshot(to place: Int, into effects: inout [Effect]) {
        let member = leadership.progress[place]
        precondition(member.next <= log.base, "the log does not reach back that far")
        precondition(snapshot.index >= log.base, "what is forgotten is in the snapshot")
        guard isInTouch(member) else { return leadership.progress[place].lost() }
        leadership.progress[place].awaitSnapshot()
        effects.append(.sendSnapshot(to: member.id))
    }

    mutating func receive(
        _ response: AppendResponse, from member: MemberID, into effects: inout [Effect]
    ) {
        precondition(member != settings.id, "we answer nobody but others")
        guard role == .leader, let place = leadership.position(of: member) else { return }
        precondition(response.term == term, "other terms were sorted out before")
        leadership.progress[place].heard = now
        guard isCurrent(response.life, of: place, into: &effects) else { return }
        if response.matched {
            matched(response.index, at: place, into: &effects)
        } else {
            refused(response, at: place, into: &effects)
        }
    }

    private mutating func matched(
        _ index: LogIndex, at place: Int, into effects: inout [Effect]
    ) {
        precondition(role == .leader, "only leaders count")
        guard index <= log.lastIndex else { return }
        let before = leadership.progress[place].match
        guard leadership.progress[place].matched(index) else { return }
        leaveSnapshotIfReached(place)
        precondition(leadership.progress[place].match >= before, "what is there stays there")
        let member = leadership.progress[place].id
        advanceCommit(into: &effects)
        guard role == .leader, let place = leadership.position(of: member) else { return }
        replicate(to: place, into: &effects)
        handOverIfReady(into: &effects)
    }

    /// It came far enough by other ways.
    private mutating func leaveSnapshotIfReached(_ place: Int) {
        precondition(role == .leader, "only leaders send snapshots")
        precondition(
            leadership.progress[place].match <= log.lastIndex,
            "nobody holds more than we do")
        let member = leadership.progress[place]
        guard member.phase == .snapshot, member.match >= log.base else { return }
        leadership.progress[place].snapshotEnded(at: member.match)
    }

    /// Section 3.5: skips back over what cannot fit, a term at a time.
    private mutating func refused(
        _ response: AppendResponse, at place: Int, into effects: inout [Effect]
    ) {
        guard response.hintIndex <= response.index, response.index <= log.lastIndex else { return }
        let fit = log.last(atMost: response.hintIndex, term: response.hintTerm)
        precondition(fit <= response.hintIndex, "the search goes back")
        guard leadership.progress[place].refused(previous: response.index, place: fit) else {
            return
        }
        precondition(leadership.progress[place].phase == .probe, "a refusal leads to a probe")
        replicate(to: place, evenNothing: true, into: &effects)
    }
}
