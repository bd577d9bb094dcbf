internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// The first moments of a member's life. When a whole cluster starts, nobody leads, and waiting for a
/// leader's sign of life, as an election does, is waiting for nobody. So a member that hears of no
/// leader asks early, a few times, whether it could be elected. Where a leader lives, the others say no
/// to a pre-vote, and nothing is disturbed (section 9.6). A sole voter does not wait anyway.
struct Awakening: Equatable {
    private(set) var due: Instant
    private var left = Limits.earlyCampaigns

    init(at now: Instant, _ chance: inout Chance) { due = now + Awakening.pause(&chance) }

    private static func pause(_ chance: inout Chance) -> Instant.Span {
        let longest = Limits.earlyCampaign.nanoseconds
        return Instant.Span(nanoseconds: longest / 4 + chance.below(longest * 3 / 4))
    }

    /// Whether it is time to ask; each time once.
    mutating func comes(at now: Instant, _ chance: inout Chance) -> Bool {
        guard now >= due else { return false }
        left -= 1
        due = left > 0 ? now + Awakening.pause(&chance) : .never
        return true
    }

    /// Somebody leads.
    mutating func end() { due = .never }
}

extension Store {
    mutating func standEarly() {
        guard awakening.comes(at: now, &chance), raft.leader == nil, raft.role != .candidate else {
            return
        }
        raftStep(.campaign)
    }
}
