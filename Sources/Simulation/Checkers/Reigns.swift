import Raft
import Store
import Units
import Wire

/// Who leads when, and who votes for whom.
struct Reigns {
    private struct Reign: Equatable {
        var member: UInt64
        var life: UInt64
    }

    private struct Ballot: Hashable {
        var term: UInt64
        var voter: UInt64
    }

    private var leaders: [UInt64: Reign] = [:]
    private var votes: [Ballot: UInt64] = [:]
    private(set) var count = 0

    /// A member is leader of this term. True when that is news.
    mutating func leads(
        _ member: MemberID, life: UInt64, term: Term
    ) throws(Violation) -> Bool {
        let reign = Reign(member: member.rawValue, life: life)
        guard let known = leaders[term.rawValue] else {
            leaders[term.rawValue] = reign
            count += 1
            return true
        }
        guard known == reign else {
            throw Violation(
                "term \(term.rawValue) has two leaders: member \(known.member) in its life "
                    + "\(known.life), member \(member.rawValue) in its life \(life)")
        }
        return false
    }

    /// A message leaves a member whose slots hold this.
    mutating func sends(
        _ message: PeerMessage, durable: HardState?
    ) throws(Violation) {
        guard case .voteResponse(let vote)? = message.body, vote.granted, !vote.preVote else {
            return
        }
        let ballot = Ballot(term: message.term, voter: message.from)
        if let other = votes[ballot], other != message.to {
            throw Violation(
                "member \(message.from) voted for \(other) and for \(message.to) in term "
                    + "\(message.term)")
        }
        votes[ballot] = message.to
        let held = durable.map { ($0.term.rawValue, $0.vote?.rawValue) }
        guard let held, held.0 > message.term || held == (message.term, message.to) else {
            throw Violation(
                "member \(message.from) tells its vote for \(message.to) in term \(message.term) "
                    + "before it is durable")
        }
    }
}

/// What one member may never take back while it lives.
struct Progress {
    private var commit = LogIndex.zero
    private var applied = LogIndex.zero

    mutating func stands(
        commit: LogIndex, applied: LogIndex, _ name: String
    ) throws(Violation) {
        guard commit >= self.commit, applied >= self.applied else {
            throw Violation(
                "member \(name) went back from commit \(self.commit.rawValue), applied "
                    + "\(self.applied.rawValue) to \(commit.rawValue), \(applied.rawValue)")
        }
        guard applied <= commit else {
            throw Violation(
                "member \(name) applied \(applied.rawValue) beyond commit \(commit.rawValue)")
        }
        self.commit = commit
        self.applied = applied
    }
}
