/// What members tell each other; the fields are those of proto/raft.proto. Each carries the
/// sender's term, except a pre-vote, which carries the term that is asked about.
package enum Message: Equatable, Sendable {
    case voteRequest(VoteRequest)
    case voteResponse(VoteResponse)
    case appendRequest(AppendRequest)
    case appendResponse(AppendResponse)
    case heartbeat(Heartbeat)
    case heartbeatResponse(HeartbeatResponse)
    case timeoutNow(TimeoutNow)
    case readIndexRequest(ReadIndexRequest)
    case readIndexResponse(ReadIndexResponse)
}

/// Sections 3.4 and 9.6.
package struct VoteRequest: Equatable, Sendable {
    package var term: Term
    package var lastIndex: LogIndex
    package var lastTerm: Term
    /// Asks whether a vote would be given; changes no term.
    package var preVote: Bool
    /// The leader asked for this election; nobody holds it off.
    package var transfer: Bool

    package init(
        term: Term, lastIndex: LogIndex, lastTerm: Term, preVote: Bool = false,
        transfer: Bool = false
    ) {
        self.term = term
        self.lastIndex = lastIndex
        self.lastTerm = lastTerm
        self.preVote = preVote
        self.transfer = transfer
    }
}

/// A granted pre-vote carries the term that was asked about.
package struct VoteResponse: Equatable, Sendable {
    package var term: Term
    package var granted: Bool
    package var preVote: Bool

    package init(term: Term, granted: Bool, preVote: Bool = false) {
        self.term = term
        self.granted = granted
        self.preVote = preVote
    }
}

/// Section 3.5. Entries follow `previousIndex` without a gap.
package struct AppendRequest: Equatable, Sendable {
    package var term: Term
    package var previousIndex: LogIndex
    package var previousTerm: Term
    package var commit: LogIndex
    package var entries: [Entry]

    package init(
        term: Term, previousIndex: LogIndex, previousTerm: Term, commit: LogIndex,
        entries: [Entry] = []
    ) {
        self.term = term
        self.previousIndex = previousIndex
        self.previousTerm = previousTerm
        self.commit = commit
        self.entries = entries
    }
}

package struct AppendResponse: Equatable, Sendable {
    package var term: Term
    /// Everything up to `index` is durable and equal to the leader's log.
    package var matched: Bool
    /// When not matched: the previous index of the request that did not fit.
    package var index: LogIndex
    /// When not matched: the highest place that may fit, and the term there.
    package var hintIndex: LogIndex
    package var hintTerm: Term
    /// The life of the sender's log: what it said in an earlier one holds no longer.
    package var life: UInt64

    package init(
        term: Term, matched: Bool, index: LogIndex, hintIndex: LogIndex = .zero,
        hintTerm: Term = .zero, life: UInt64 = 0
    ) {
        self.term = term
        self.matched = matched
        self.index = index
        self.hintIndex = hintIndex
        self.hintTerm = hintTerm
        self.life = life
    }
}

package struct Heartbeat: Equatable, Sendable {
    package var term: Term
    /// Never above what the receiver is known to hold.
    package var commit: LogIndex
    /// The newest read round; 0 for none.
    package var readRound: UInt64

    package init(term: Term, commit: LogIndex, readRound: UInt64 = 0) {
        self.term = term
        self.commit = commit
        self.readRound = readRound
    }
}

package struct HeartbeatResponse: Equatable, Sendable {
    package var term: Term
    package var readRound: UInt64

    package init(term: Term, readRound: UInt64 = 0) {
        self.term = term
        self.readRound = readRound
    }
}

/// Section 3.10: start an election at once.
package struct TimeoutNow: Equatable, Sendable {
    package var term: Term

    package init(term: Term) { self.term = term }
}

/// Section 6.4. `id` is fresh for every attempt.
package struct ReadIndexRequest: Equatable, Sendable {
    package var term: Term
    package var id: UInt64
    /// The life of the sender's log.
    package var life: UInt64

    package init(term: Term, id: UInt64, life: UInt64 = 0) {
        self.term = term
        self.id = id
        self.life = life
    }
}

package struct ReadIndexResponse: Equatable, Sendable {
    package var term: Term
    package var id: UInt64
    package var index: LogIndex
    package var refused: Bool

    package init(term: Term, id: UInt64, index: LogIndex, refused: Bool = false) {
        self.term = term
        self.id = id
        self.index = index
        self.refused = refused
    }
}

extension Message {
    package var term: Term {
        switch self {
        case .voteRequest(let body): body.term
        case .voteResponse(let body): body.term
        case .appendRequest(let body): body.term
        case .appendResponse(let body): body.term
        case .heartbeat(let body): body.term
        case .heartbeatResponse(let body): body.term
        case .timeoutNow(let body): body.term
        case .readIndexRequest(let body): body.term
        case .readIndexResponse(let body): body.term
        }
    }
}
