internal import Units

/// What only a leader has. Empty on everyone else.
struct Leadership: Equatable {
    struct Transfer: Equatable {
        var target: MemberID
        /// When it is given up.
        var due: Instant
        var told = false
    }

    /// Ordered by id; ourselves included.
    var progress: [Progress] = []
    var isJoint = false
    /// Bytes of entries after the commit index.
    var uncommitted = 0
    var heartbeatDue = Instant.never
    var transfer: Transfer?

    func position(of id: MemberID) -> Int? { progress.firstIndex { $0.id == id } }

    subscript(id: MemberID) -> Progress? { progress.first { $0.id == id } }

    /// Takes up new members and marks voters. Who has left stays until `prune`, to hear of it.
    mutating func seat(_ membership: Membership, next: LogIndex, now: Instant) {
        precondition(membership.members.contains { $0.seat == .voter }, "somebody votes")
        precondition(membership.members.count <= Limits.members, "a membership has its limit")
        isJoint = membership.isJoint
        for member in membership.members where position(of: member.id) == nil {
            let place = progress.firstIndex { $0.id > member.id } ?? progress.count
            progress.insert(Progress(id: member.id, next: next, now: now), at: place)
        }
        for place in progress.indices {
            let member = membership[progress[place].id]
            progress[place].isComing = member?.seat == .voter
            progress[place].isOutgoing = member?.outgoing == true
        }
    }

    mutating func prune(to membership: Membership, keeping own: MemberID) {
        precondition(
            !membership.isJoint && !isJoint,
            "nobody leaves while two memberships are in force")
        progress.removeAll { membership[$0.id] == nil && $0.id != own }
        precondition(progress.count <= Limits.members + 1, "no more than the members")
    }

    /// The highest index that a majority has, of both sets while there are two.
    func majorityMatch(above floor: LogIndex) -> LogIndex {
        precondition(!progress.isEmpty, "a leader tracks the members")
        var best = floor
        for candidate in progress where candidate.match > best {
            guard candidate.isComing || candidate.isOutgoing else { continue }
            if holdsMajority(candidate.match) { best = candidate.match }
        }
        precondition(best >= floor, "a majority never falls back")
        return best
    }

    private func holdsMajority(_ index: LogIndex) -> Bool {
        var coming = 0
        var comingHave = 0
        var outgoing = 0
        var outgoingHave = 0
        for member in progress {
            let has = member.match >= index ? 1 : 0
            if member.isComing {
                coming += 1
                comingHave += has
            }
            if member.isOutgoing {
                outgoing += 1
                outgoingHave += has
            }
        }
        precondition(coming > 0, "somebody votes")
        return comingHave > coming / 2 && (!isJoint || outgoingHave > outgoing / 2)
    }
}
