package import Archive
package import Journal
package import MVCC
internal import Raft
package import Units
internal import Wire

/// A log that is carried out away from its cluster, as every member carried it out.
///
/// Copies are independent, and cheap right after `thaw`.
package struct Replay {
    private var store: Store

    /// Goes on from the state in `tables`.
    package init(cluster: UInt64, tables: any Tables) {
        let state = MVCC(tables: tables)
        let identity = Identity(
            cluster: cluster, member: MemberID(rawValue: .max), name: "replay", version: "")
        let recovered = Recovered(
            journal: Journal(identity: Journal.Identity(cluster: cluster, member: .max)),
            records: [],
            hardState: HardState(term: Term(rawValue: state.mark.term), vote: nil), tables: tables)
        // No member has this incarnation: nobody waits for an answer here.
        store = Store(
            identity: identity, settings: Settings(), recovered: recovered, incarnation: .max,
            seed: 0, now: .zero)
    }

    package var mark: Mark { store.mvcc.mark }
    package var revision: Revision { store.mvcc.revision }
    package var digest: UInt64 { store.mvcc.digest }
    package var keyCount: Int { store.mvcc.keyCount }
    package var clusterTime: Instant { store.mvcc.clusterTime }
    package var overlayBytes: Int { store.mvcc.overlayBytes }
    package var membership: [UInt8] { store.mvcc.membership }
    /// Who belongs to the cluster at this place of the log.
    package var members: [Member] {
        MembershipMessage.raft(decoding: store.mvcc.membership).members.map(Member.init)
    }

    /// Carries out the entry that follows `mark`; it must be sound.
    package mutating func apply(_ record: Archive.LogRecord) {
        store.apply(Entry(archived: record))
        store.effects.clear()
    }

    /// Changes the state beside the log, as a deed of its operator.
    package mutating func change<R>(_ body: (inout MVCC) -> R) -> R { body(&store.mvcc) }

    package mutating func freeze() -> Checkpoint { store.mvcc.freeze() }

    package mutating func thaw(tables: any Tables) { store.mvcc.thaw(tables: tables) }
}

/// What comes from outside.
extension Replay {
    /// Whether a state says who the members are, so that a log can go on from it.
    package static func isSound(_ tables: any Tables) -> Bool {
        let membership = MVCC(tables: tables).membership
        return !membership.isEmpty && MembershipMessage.checked(membership) != nil
    }

    /// Whether an entry that comes from outside can be carried out at all.
    package static func isSound(_ record: Archive.LogRecord) -> Bool {
        switch record.kind {
        case 0: return record.payload.isEmpty
        case 1:
            guard let header = BatchHeader(record.payload.span) else { return false }
            return commandCount(of: record) == Int(header.count)
        case 2: return MembershipMessage.checked(record.payload) != nil
        default: return false
        }
    }

    /// Seconds since 1970 at which a leader stamped the entry; nil when it did not.
    package static func wallSeconds(of record: Archive.LogRecord) -> UInt64? {
        guard record.kind == 1, let header = BatchHeader(record.payload.span),
            header.wallSeconds > 0
        else { return nil }
        return UInt64(header.wallSeconds)
    }

    /// What of a member's log goes on from its state; nil when there is a gap between them. Where the
    /// log has another entry at the state's mark it is older than the state, and all of it is void.
    package static func following(
        _ mark: Mark, in records: [Journal.Record]
    ) -> [Archive.LogRecord]? {
        var rest = records.drop { $0.index < mark.index }
        guard let first = rest.first else { return [] }
        if first.index == mark.index {
            guard first.term == mark.term else { return [] }
            rest = rest.dropFirst()
        } else if first.index != mark.index + 1 {
            return nil
        }
        return rest.map {
            Archive.LogRecord(
                kind: $0.kind, term: $0.term, index: $0.index, payload: $0.payload)
        }
    }

    package static func commandCount(of record: Archive.LogRecord) -> Int {
        guard record.kind == 1 else { return 0 }
        var cursor = BatchCursor()
        var count = 0
        while cursor.next(in: record.payload.span) != nil { count += 1 }
        return count
    }

    /// The entry with its first commands alone.
    package static func prefix(
        _ count: Int, of record: Archive.LogRecord
    ) -> Archive.LogRecord {
        guard record.kind == 1, count < commandCount(of: record) else { return record }
        var cursor = BatchCursor()
        var end = Batch.headerSize
        for _ in 0..<count { end = cursor.next(in: record.payload.span)?.body.upperBound ?? end }
        var record = record
        record.payload.removeLast(record.payload.count - end)
        record.payload.set(little: UInt32(count), at: 24)
        return record
    }
}

extension Entry {
    init(archived record: Archive.LogRecord) {
        self.init(
            record: Journal.Record(
                kind: record.kind, term: record.term, index: record.index,
                payload: record.payload))
    }
}

extension Member {
    init(_ member: Membership.Member) {
        let message = MemberMessage(member: member)
        self.init(
            id: member.id, name: message.name, peerAddress: message.peerAddress,
            clientAddresses: message.clientAddresses, isLearner: member.seat == .learner,
            isStanding: message.standing)
    }
}
