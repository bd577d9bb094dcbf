/// The memberships that the log holds, so that taking back entries brings back the older one.
struct Memberships: Equatable {
    private struct Place: Equatable {
        var index: LogIndex
        var membership: Membership
    }

    /// Ascending; the first is the newest one at or below the start of the log.
    private var places: [Place]
    /// Moves with every change of the one in force.
    private(set) var changes = 0

    init(_ membership: Membership, at index: LogIndex) {
        precondition(membership.members.count <= Limits.members, "a membership has its limit")
        places = [Place(index: index, membership: membership)]
    }

    var current: Membership { places[places.count - 1].membership }
    /// Where the one in force stands.
    var index: LogIndex { places[places.count - 1].index }

    func at(_ index: LogIndex) -> Membership {
        precondition(places[0].index <= index, "older memberships are forgotten")
        return places.last { $0.index <= index }?.membership ?? current
    }

    mutating func append(_ membership: Membership, at index: LogIndex) {
        precondition(index > self.index, "memberships follow each other in the log")
        precondition(membership.members.count <= Limits.members, "a membership has its limit")
        places.append(Place(index: index, membership: membership))
        changes += 1
    }

    /// The log lost everything after `index`.
    mutating func truncate(after index: LogIndex) {
        precondition(!places.isEmpty, "one membership is always in force")
        precondition(places[0].index <= index, "a committed membership stays")
        while self.index > index {
            places.removeLast()
            changes += 1
        }
        precondition(self.index <= index, "what is in force is in the log")
    }

    /// The log starts after `index`.
    mutating func forget(through index: LogIndex) {
        let older = places.count { $0.index <= index }
        precondition(older > 0, "one membership is always in force")
        places.removeFirst(older - 1)
        precondition(
            places[0].index <= index || places.count == 1,
            "the log never grows at its front")
    }

    mutating func restart(_ membership: Membership, at index: LogIndex) {
        precondition(membership.members.count <= Limits.members, "a membership has its limit")
        precondition(index >= places[0].index, "a snapshot is never older than the log's start")
        places = [Place(index: index, membership: membership)]
        changes += 1
    }
}
