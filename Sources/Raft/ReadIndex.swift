internal import Units

/// Linearizable reads without a log entry: section 6.4.
///
/// Picture a ferry: passengers board while it is away, one crossing serves all who stood on the
/// pier when it left. A leader's crossing is a round of heartbeats; a follower's is a question to
/// the leader. A number is never used for two crossings, and one is good for one term only, so that
/// a late answer confirms nothing that came after it.
struct Reads: Equatable {
    /// Who asked.
    enum Asker: Equatable {
        case here(UInt64)
        case member(MemberID, UInt64)
    }

    /// A leader's rounds.
    struct Rounds: Equatable {
        /// Of the newest round; never reused, whatever the term.
        var number: UInt64 = 0
        /// The commit index when it started.
        var index = LogIndex.zero
        var underWay: [Asker] = []
        var waiting: [Asker] = []

        var isEmpty: Bool { underWay.isEmpty && waiting.isEmpty }
    }

    /// A follower's question to the leader.
    struct Attempt: Equatable {
        var number: UInt64
        var leader: MemberID
        var since: Instant
        var ids: [UInt64]
    }

    var rounds = Rounds()
    var attempt: Attempt?
    /// Came while an attempt was under way.
    var queued: [UInt64] = []
    /// Drawn by chance at the start, so that no answer to an earlier life fits.
    var nextAttempt: UInt64

    init(nextAttempt: UInt64) {
        self.nextAttempt = nextAttempt
    }

    var isFull: Bool {
        rounds.waiting.count + queued.count >= Limits.waitingReads
    }

    func due(_ settings: Settings) -> Instant {
        attempt.map { $0.since + settings.election } ?? .never
    }
}

extension Raft {
    mutating func read(_ id: UInt64, into effects: inout [Effect]) {
        precondition(role == .leader || reads.rounds.isEmpty, "only leaders hold rounds")
        precondition(role == .follower || reads.attempt == nil, "only followers ask")
        guard !reads.isFull else { return effects.append(.readRefused(id: id)) }
        if role == .leader {
            reads.rounds.waiting.append(.here(id))
            startRound(into: &effects)
        } else if leader != nil {
            reads.queued.append(id)
            startAttempt(into: &effects)
        } else {
            effects.append(.readRefused(id: id))
        }
    }

    // MARK: The leader's side

    /// Asks the voters whether we still lead, for all who wait; one round at a time.
    mutating func startRound(into effects: inout [Effect]) {
        guard hasCommittedInTerm, reads.rounds.underWay.isEmpty else { return }
        guard !reads.rounds.waiting.isEmpty else { return }
        swap(&reads.rounds.underWay, &reads.rounds.waiting)
        reads.rounds.number += 1
        reads.rounds.index = commitIndex
        precondition(reads.rounds.waiting.isEmpty, "all who waited are aboard")
        precondition(reads.rounds.index >= appliedIndex, "a read sees what was applied")
        sendHeartbeats(into: &effects) { $0.isComing || $0.isOutgoing }
        finishRound(into: &effects)
    }

    /// A member answered a heartbeat that left with this round or a later one.
    mutating func confirm(_ round: UInt64, by place: Int, into effects: inout [Effect]) {
        precondition(role == .leader, "only leaders hold rounds")
        precondition(leadership.progress[place].id != settings.id, "only others confirm")
        guard round > leadership.progress[place].round else { return }
        guard round <= reads.rounds.number else { return }
        leadership.progress[place].round = round
        finishRound(into: &effects)
    }

    private mutating func finishRound(into effects: inout [Effect]) {
        precondition(role == .leader, "only leaders hold rounds")
        guard !reads.rounds.underWay.isEmpty else { return }
        let isConfirmed = membership.hasMajority {
            $0 == settings.id || (leadership[$0]?.round ?? 0) >= reads.rounds.number
        }
        guard isConfirmed else { return }
        let index = reads.rounds.index
        precondition(index <= commitIndex, "a read waits for what is committed")
        for asker in reads.rounds.underWay { answer(asker, index, into: &effects) }
        reads.rounds.underWay.removeAll(keepingCapacity: true)
        startRound(into: &effects)
    }

    private func answer(
        _ asker: Reads.Asker, _ index: LogIndex?, into effects: inout [Effect]
    ) {
        switch asker {
        case .here(let id):
            effects.append(index.map { .readReady(id: id, index: $0) } ?? .readRefused(id: id))
        case .member(let member, let id):
            precondition(member != settings.id, "we do not write to ourselves")
            let response = ReadIndexResponse(
                term: term, id: id, index: index ?? .zero, refused: index == nil)
            effects.append(.send(.readIndexResponse(response), to: member))
        }
    }

    /// The lead is lost: nobody's round will be finished.
    mutating func refuseRounds(into effects: inout [Effect]) {
        precondition(reads.attempt == nil, "a leader asks nobody")
        precondition(role == .leader, "only leaders hold rounds")
        for asker in reads.rounds.underWay { answer(asker, nil, into: &effects) }
        for asker in reads.rounds.waiting { answer(asker, nil, into: &effects) }
        reads.rounds.underWay.removeAll()
        reads.rounds.waiting.removeAll()
    }

    mutating func receive(
        _ request: ReadIndexRequest, from member: MemberID, into effects: inout [Effect]
    ) {
        precondition(member != settings.id, "only others are answered")
        precondition(request.term == term, "other terms were sorted out before")
        if role == .leader, let place = leadership.position(of: member) {
            guard isCurrent(request.life, of: place, into: &effects) else { return }
        }
        guard role == .leader, !reads.isFull else {
            return answer(.member(member, request.id), nil, into: &effects)
        }
        reads.rounds.waiting.append(.member(member, request.id))
        startRound(into: &effects)
    }

    // MARK: The follower's side

    /// Asks the leader once for all reads that wait here.
    mutating func startAttempt(into effects: inout [Effect]) {
        guard reads.attempt == nil, !reads.queued.isEmpty, let leader else { return }
        precondition(role == .follower, "only followers ask")
        precondition(leader != settings.id, "only others are asked")
        reads.nextAttempt &+= 1
        let number = reads.nextAttempt
        reads.attempt = .init(number: number, leader: leader, since: now, ids: reads.queued)
        reads.queued.removeAll()
        let request = ReadIndexRequest(term: term, id: number, life: life)
        effects.append(.send(.readIndexRequest(request), to: leader))
    }

    mutating func receive(
        _ response: ReadIndexResponse, from member: MemberID, into effects: inout [Effect]
    ) {
        precondition(role != .leader || reads.attempt == nil, "a leader asks nobody")
        guard let attempt = reads.attempt, attempt.number == response.id else { return }
        guard attempt.leader == member else { return }
        precondition(role == .follower && leader == member, "an attempt ends with its leader")
        reads.attempt = nil
        for id in attempt.ids {
            if id == Fitness.question {
                if !response.refused { floorTold(response.index) }
                continue
            }
            effects.append(
                response.refused
                    ? .readRefused(id: id) : .readReady(id: id, index: response.index))
        }
        startAttempt(into: &effects)
    }

    /// The question or its answer was lost.
    mutating func expireReads(into effects: inout [Effect]) {
        precondition(role == .follower || reads.attempt == nil, "only followers ask")
        guard let attempt = reads.attempt, now >= reads.due(settings) else { return }
        precondition(role == .follower, "an attempt ends with its leader")
        reads.attempt = nil
        refuse(attempt.ids, into: &effects)
        startAttempt(into: &effects)
    }

    /// There is nobody left to answer.
    mutating func refuseAttempts(into effects: inout [Effect]) {
        precondition(reads.attempt?.leader != settings.id, "nobody asks themselves")
        precondition(reads.queued.count <= Limits.waitingReads, "waiting has its limit")
        refuse((reads.attempt?.ids ?? []) + reads.queued, into: &effects)
        reads.attempt = nil
        reads.queued.removeAll()
    }

    private func refuse(_ ids: [UInt64], into effects: inout [Effect]) {
        for id in ids where id != Fitness.question { effects.append(.readRefused(id: id)) }
    }
}
