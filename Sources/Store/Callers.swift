package import Raft
internal import Units
internal import Wire

/// Which processes call as members, so that two with one identity are noticed.
///
/// The one that was there first stays; it is the shell's to find out soon that a connection is dead.
struct Callers {
    private var calling: [(member: MemberID, incarnation: UInt64, connection: UInt64)] = []

    /// Whether another life of this member calls, too.
    func isTaken(_ member: MemberID, besides incarnation: UInt64) -> Bool {
        calling.contains { $0.member == member && $0.incarnation != incarnation }
    }

    mutating func add(_ member: MemberID, _ incarnation: UInt64, _ connection: UInt64) {
        calling.append((member, incarnation, connection))
    }

    mutating func remove(_ connection: UInt64) {
        calling.removeAll { $0.connection == connection }
    }
}

extension Store {
    /// A member has connected: why it is not let in, if so.
    ///
    /// - Parameters:
    ///   - incarnation: of its Hello; 0 when it says none.
    ///   - connection: the shell's number, never used twice; to be given back by `calledOff`.
    package mutating func called(
        by member: MemberID, incarnation: UInt64, connection: UInt64
    ) -> Dismissal? {
        guard incarnation != 0 else { return nil }
        let isOurs = member == identity.member && incarnation != proposals.origin
        guard !isOurs, !callers.isTaken(member, besides: incarnation) else {
            return Dismissal(
                member: member, code: .identityTaken,
                words: "another process that is alive says that it is member "
                    + "'\(plainName(of: member))': stop one of the two; a copy of a data directory must "
                    + "never be started")
        }
        callers.add(member, incarnation, connection)
        return nil
    }

    package mutating func calledOff(connection: UInt64) { callers.remove(connection) }
}
