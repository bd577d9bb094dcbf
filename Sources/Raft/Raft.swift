/// Agreement on one log.
package import Units

package struct Raft: Equatable {
    package let settings: Settings
    package private(set) var role = Role.follower
    package private(set) var term: Term
    package private(set) var leader: MemberID?
    package var lastIndex: LogIndex { .zero }
    package private(set) var commitIndex: LogIndex
    package private(set) var appliedIndex: LogIndex
    package var durableIndex: LogIndex { .zero }
    package var membership: Membership
    package var deadline: Instant { .never }
    package var progress: [MemberProgress] { [] }

    package init(
        settings: Settings, hardState: HardState, snapshot: SnapshotMark, log: [Entry],
        applied: LogIndex, chance: Chance, now: Instant
    ) {
        self.settings = settings
        term = hardState.term
        commitIndex = applied
        appliedIndex = applied
        membership = snapshot.membership
    }

    /// Whether a snapshot with this mark would tell something new; ask before installing one.
    package func needs(_ mark: SnapshotMark) -> Bool { mark.index > commitIndex }

    package mutating func step(_ event: Event, at now: Instant, into effects: inout [Effect]) {
    }
}

/// What a leader knows of a member.
package struct MemberProgress: Equatable, Sendable {
    package var id: MemberID
    package var match: LogIndex
    package var reachable: Bool
}
