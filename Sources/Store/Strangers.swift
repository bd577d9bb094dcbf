internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Who is not, or no longer, who they say.
///
/// Picture the doorkeeper's book: the names of those who were dismissed, and beside each name that is
/// still good what its owner looked like on the first day. The book is part of the replicated state.
struct Strangers {
    private var births: [Birth] = []
    private var removed: [MemberID] = []
    /// Births that this leader has proposed, and in which term.
    var proposed: (term: Term, ids: [MemberID]) = (.zero, [])

    private struct Birth {
        var id: MemberID
        var birth: UInt64
    }

    init() {}

    init(_ state: MVCC) {
        for fact in state.facts(Fact.births) where fact.value.count == 8 {
            let id = Fact.id(at: Fact.births.count, in: fact.key.span)
            births.append(Birth(id: id, birth: fact.value.span.little(at: 0)))
        }
        for fact in state.facts(Fact.removals) {
            removed.append(Fact.id(at: Fact.removals.count, in: fact.key.span))
        }
    }

    func birth(of id: MemberID) -> UInt64? { births.first { $0.id == id }?.birth }
    func wasRemoved(_ id: MemberID) -> Bool { removed.contains(id) }
}

extension Store {
    /// Whether a message counts; its sender is dismissed when it must not go on.
    mutating func isWelcome(_ sender: MemberID, _ message: PeerMessage) -> Bool {
        if let dismissal = dismissal(of: sender, version: message.version, birth: message.birth) {
            effects.dismissals.append(dismissal)
            return false
        }
        versions.hear(ClusterVersion(rawValue: max(1, message.version)), of: sender)
        noteBirth(message.birth, of: sender)
        return true
    }

    private func dismissal(of id: MemberID, version: UInt32, birth: UInt64) -> Dismissal? {
        if strangers.wasRemoved(id) {
            return Dismissal(
                member: id, code: .memberRemoved,
                words: "this member was removed from the cluster; to take part again, empty its "
                    + "data directory and join anew")
        }
        if let known = strangers.birth(of: id), birth != 0, birth != known {
            return Dismissal(
                member: id, code: .identityLost,
                words: "this member's data is not what it had: with what is lost it may have "
                    + "promised votes, so it must not come back under its old id. Replace it: "
                    + "'martlet store member replace \(plainName(of: id)) …', then start it with an "
                    + "empty data directory and --join")
        }
        guard ClusterVersion(rawValue: max(1, version)) >= versions.cluster else {
            return Dismissal(
                member: id, code: .versionTooLow,
                words: "the cluster is at version \(versions.cluster.name), and this program "
                    + "knows only up to 0.\(max(1, version)); install the newer one")
        }
        return nil
    }

    func plainName(of id: MemberID) -> String {
        members.first { $0.id == id }?.name ?? hex(id)
    }

    /// The leader has each member's birth written down, its own among them, the first time that it
    /// hears of it.
    private mutating func noteBirth(_ birth: UInt64, of id: MemberID) {
        guard raft.role == .leader, birth != 0, versions.cluster >= .second,
            strangers.birth(of: id) == nil, raft.membership[id] != nil
        else { return }
        if strangers.proposed.term != raft.term { strangers.proposed = (raft.term, []) }
        guard !strangers.proposed.ids.contains(id) else { return }
        strangers.proposed.ids.append(id)
        var body: [UInt8] = []
        body.append(little: id.rawValue)
        body.append(little: birth)
        proposeInternally(InternalMethod.birth, body)
    }

    mutating func noteOwnBirth() { noteBirth(identity.birth, of: identity.member) }

    /// The first birth that is written down of a member holds.
    mutating func recordBirth(_ body: Bytes) {
        guard body.count == 16 else { return }
        let id = MemberID(rawValue: body.little(at: 0))
        let isMember = MembershipMessage.raft(decoding: mvcc.membership)[id] != nil
        guard isMember, strangers.birth(of: id) == nil else { return }
        mvcc.setRecord(.facts, Fact.birth(id).key.span, body.extracting(8...).array)
        strangers.reread(mvcc)
    }

    /// Who has left is remembered, so that it can be told when it comes back.
    mutating func rememberRemoved(from old: Membership, to new: Membership, at index: LogIndex) {
        guard versions.cluster >= .second else { return }
        for member in old.members where new[member.id] == nil {
            mvcc.setRecord(.facts, Fact.birth(member.id).key.span, nil)
            var value: [UInt8] = []
            value.append(little: index.rawValue)
            mvcc.setRecord(.facts, Fact.removed(member.id).key.span, value)
        }
        forgetOldest()
        strangers.reread(mvcc)
    }

    private mutating func forgetOldest() {
        let all = mvcc.facts(Fact.removals)
        guard all.count > Limits.removedMembers else { return }
        let oldest = all.min { one, other in
            one.value.span.little(UInt64.self, at: 0) < other.value.span.little(UInt64.self, at: 0)
        }
        if let oldest { mvcc.setRecord(.facts, oldest.key.span, nil) }
    }

    /// An entry of a kind that only newer programs know; the member must not go on beside it.
    mutating func haltsAt(_ append: Wire::AppendRequest) -> Bool {
        for entry in append.entries {
            guard case .unrecognized(let kind) = entry.kind else { continue }
            halt(at: LogIndex(rawValue: entry.index), "a kind of entry \(kind)")
            return true
        }
        return false
    }
}

extension Strangers {
    mutating func reread(_ state: MVCC) {
        let proposed = proposed
        self = Strangers(state)
        self.proposed = proposed
    }
}
