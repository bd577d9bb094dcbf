/// Who belongs to the cluster. The newest one in the log is in force, committed or not.
///
/// While `isJoint`, two sets of voters are in force and everything needs a majority of each
/// (section 4.3): the coming voters are those seated as voters, the outgoing ones are marked.
package struct Membership: Equatable, Sendable {
    package enum Seat: UInt8, Equatable, Sendable {
        /// Leaves when the joint membership ends.
        case none
        case voter
        /// Receives the log, counts for nothing.
        case learner
    }

    package struct Member: Equatable, Sendable {
        package var id: MemberID
        package var seat: Seat
        /// A voter of the outgoing set, while two are in force.
        package var outgoing: Bool
        /// The shell's own: a name, addresses.
        package var context: [UInt8]

        package init(
            id: MemberID, seat: Seat = .voter, outgoing: Bool = false, context: [UInt8] = []
        ) {
            self.id = id
            self.seat = seat
            self.outgoing = outgoing
            self.context = context
        }
    }

    /// Ordered by id, each once.
    package var members: [Member]
    package var isJoint: Bool

    package init(members: [Member] = [], isJoint: Bool = false) {
        precondition(
            zip(members, members.dropFirst()).allSatisfy { $0.id < $1.id },
            "members are ordered by id")
        precondition(
            isJoint || members.allSatisfy { !$0.outgoing }, "only a joint membership has outgoing")
        self.members = members
        self.isJoint = isJoint
    }
}

extension Membership {
    package subscript(id: MemberID) -> Member? { members.first { $0.id == id } }

    package func isVoter(_ id: MemberID) -> Bool {
        guard let member = self[id] else { return false }
        return member.seat == .voter || member.outgoing
    }

    package func isLearner(_ id: MemberID) -> Bool {
        guard let member = self[id] else { return false }
        return member.seat == .learner && !member.outgoing
    }

    /// The voters to come, or the only ones.
    package var voters: [MemberID] { members.filter { $0.seat == .voter }.map(\.id) }

    /// What it weighs in a message.
    var size: Int {
        members.reduce(0) { $0 + $1.context.count + Limits.entryOverhead }
    }
}
