package import Journal
package import MVCC
package import Raft
package import Units
internal import Wire

/// Who this member is; never changes for a data directory.
package struct Identity: Equatable, Sendable {
    package var cluster: UInt64
    package var member: MemberID
    package var name: String
    /// Program version, for status.
    package var version: String
    /// Drawn when the data directory was made; 0 says nothing.
    package var birth: UInt64

    package init(
        cluster: UInt64, member: MemberID, name: String, version: String, birth: UInt64 = 0
    ) {
        self.cluster = cluster
        self.member = member
        self.name = name
        self.version = version
        self.birth = birth
    }
}

/// A member of the cluster, with where it is reached.
package struct Member: Equatable, Sendable {
    package var id: MemberID
    package var name: String
    package var peerAddress: String
    package var clientAddresses: [String]
    package var isLearner: Bool
    /// A learner that stays one.
    package var isStanding: Bool

    package init(
        id: MemberID, name: String, peerAddress: String, clientAddresses: [String] = [],
        isLearner: Bool = false, isStanding: Bool = false
    ) {
        self.id = id
        self.name = name
        self.peerAddress = peerAddress
        self.clientAddresses = clientAddresses
        self.isLearner = isLearner
        self.isStanding = isStanding
    }
}

/// What an operator may choose.
package struct Settings: Equatable, Sendable {
    /// Least time without a leader before an election; the actual one is drawn up to twice of it.
    package var election: Instant.Span
    package var heartbeat: Instant.Span
    /// Bytes of state that make a checkpoint due.
    package var checkpointBytes: Int
    /// Bytes of log that are kept below a checkpoint, for members that lag.
    package var trailingLogBytes: Int
    /// How long a write may wait when its caller sets no deadline.
    package var proposalTimeout: Instant.Span
    /// Between progress marks of an idle watch.
    package var progressInterval: Instant.Span
    /// Bytes a second that snapshots for other members may take; 0: no limit.
    package var snapshotRate: UInt64
    /// An operation that takes this long or longer is told of, with its cause.
    package var slowOperation = Instant.Span.milliseconds(100)
    /// Bytes that the flight recorder may hold; 0 turns it off.
    package var recordingBytes = 16 << 20
    /// Processes of this machine that are the user "root", by uid.
    package var unixRoots: [UInt32] = [0]
    /// Those that are other users; looked at first.
    package var unixUsers: [UnixUser] = []

    /// Commands and bytes of them that may wait, and linearizable reads.
    package var waitingCommands = Limits.waitingCommands
    package var waitingBytes = Limits.waitingBytes
    package var waitingReads = Limits.waitingReads
    /// Which deeds of clients are told.
    package var audit = AuditLevel.admin

    package struct UnixUser: Equatable, Sendable {
        package var uid: UInt32
        package var user: String

        package init(uid: UInt32, user: String) {
            self.uid = uid
            self.user = user
        }
    }
    /// The newest cluster version that it admits to; the log is held below what is newer.
    package var supportedVersion = ClusterVersion.newest
    /// Where it is reached, if that is to replace what the membership says.
    package var peerAddress: String?
    package var clientAddresses: [String]?
    /// Bytes of state above which what adds to it is refused; 0: as much as the disk takes.
    package var quotaBytes: UInt64 = 0
    /// Free bytes on the disk below which it counts as full; more than the reserve and a checkpoint.
    package var spaceFloor: UInt64 = 192 << 20
    /// What was overwritten longer ago is compacted.
    package var compactionAge: Instant.Span?
    /// This many revisions are kept, and older ones compacted.
    package var compactionRevisions: UInt64?
    /// Applied entries after which the members' digests are compared.
    package var digestEntries: UInt64
    /// The same, when there is less traffic.
    package var digestInterval: Instant.Span
    /// How fast the disk is read again.
    package var scrub: Scrubbing

    package enum Scrubbing: Equatable, Sendable {
        case off
        /// All of it once a day.
        case daily
        case bytesPerSecond(UInt64)
    }

    package init(
        election: Instant.Span = .milliseconds(250), heartbeat: Instant.Span = .milliseconds(50),
        checkpointBytes: Int = 64 << 20, trailingLogBytes: Int = 16 << 20,
        proposalTimeout: Instant.Span = .seconds(5), progressInterval: Instant.Span = .seconds(10),
        snapshotRate: UInt64 = Limits.snapshotRate,
        digestEntries: UInt64 = Limits.digestEntries,
        digestInterval: Instant.Span = Limits.digestInterval, scrub: Scrubbing = .off
    ) {
        self.election = election
        self.heartbeat = heartbeat
        self.checkpointBytes = checkpointBytes
        self.trailingLogBytes = trailingLogBytes
        self.proposalTimeout = proposalTimeout
        self.progressInterval = progressInterval
        self.snapshotRate = snapshotRate
        self.digestEntries = digestEntries
        self.digestInterval = digestInterval
        self.scrub = scrub
    }

    func raft(for member: MemberID) -> Raft::Settings {
        Raft::Settings(id: member, election: election, heartbeat: heartbeat)
    }
}

/// What a member finds on its disk.
package struct Recovered {
    package var journal: Journal
    package var records: [Journal.Record]
    package var hardState: HardState
    /// The state of the last checkpoint.
    package var tables: any Tables
    /// The log's life, where it is not the journal's own: when a recording is done again.
    package var life: UInt64?

    package init(
        journal: Journal, records: [Journal.Record], hardState: HardState, tables: any Tables
    ) {
        self.journal = journal
        self.records = records
        self.hardState = hardState
        self.tables = tables
    }

    /// Somebody else votes, from whom what was lost can be had.
    package func hasOtherVoters(than member: MemberID) -> Bool {
        var membership = MembershipMessage.raft(decoding: MVCC(tables: tables).membership)
        for record in records {
            if case .membership(let newer) = Entry(record: record).body { membership = newer }
        }
        return membership.voters.contains { $0 != member }
    }

    /// A log may hold entries of a term that the slots do not know yet; no vote was told in it.
    var newestHardState: HardState {
        guard let last = records.last, last.term > hardState.term.rawValue else { return hardState }
        return HardState(term: Term(rawValue: last.term), vote: nil)
    }

    /// The log that Raft goes on from: what the journal has without a gap up to its end, if that
    /// reaches the checkpoint; else nothing above the checkpoint.
    func log(above state: MVCC) -> (mark: SnapshotMark, entries: [Entry]) {
        let membership = MembershipMessage.raft(decoding: state.membership)
        let checkpoint = SnapshotMark(
            index: LogIndex(rawValue: state.mark.index), term: Term(rawValue: state.mark.term),
            membership: membership)
        guard let first = records.first, let last = records.last,
            last.index >= state.mark.index, first.index <= state.mark.index
        else {
            let above = records.drop { $0.index <= state.mark.index }
            return (checkpoint, above.map(Entry.init(record:)))
        }
        let mark = SnapshotMark(
            index: LogIndex(rawValue: first.index), term: Term(rawValue: first.term),
            membership: membership)
        return (mark, records.dropFirst().map(Entry.init(record:)))
    }
}

extension Entry {
    private enum Kind: UInt8 {
        case empty = 0
        case commands = 1
        case membership = 2
    }

    /// A newer program's log may hold others.
    static func knows(kind: UInt8) -> Bool { Kind(rawValue: kind) != nil }

    init(record: Journal.Record) {
        let body: Body
        switch Kind(rawValue: record.kind) {
        case .empty: body = .empty
        case .commands: body = .commands(record.payload)
        case .membership: body = .membership(MembershipMessage.raft(decoding: record.payload))
        case nil: preconditionFailure("log entry of an unknown kind \(record.kind)")
        }
        self.init(
            term: Term(rawValue: record.term), index: LogIndex(rawValue: record.index), body: body)
    }

    func record(cluster: UInt64) -> Journal.Record {
        let (kind, payload): (Kind, [UInt8]) =
            switch body {
            case .empty: (.empty, [])
            case .commands(let bytes): (.commands, bytes)
            case .membership(let membership):
                (.membership, MembershipMessage(membership, cluster: cluster).encoded)
            }
        return Journal.Record(
            kind: kind.rawValue, term: term.rawValue, index: index.rawValue, payload: payload)
    }
}
