/// One member of the store, as a value.
///
/// Picture a notary's office. Requests come in at the counter and are written into the day's book in
/// bundles (`Batch`); the book is copied to the other offices (`Raft`) and put into the safe
/// (`Journal`); only when a majority has a bundle in their safes is it carried out on the shelves
/// (`MVCC`) and the people at the counter get their answers. Nobody in this office owns a pen, a clock
/// or a telephone: they say what is to be written, sent or answered (`Effects`), and are told what
/// came of it (`Event`).
///
/// Invariants:
/// - A write is answered only after its entry is committed and applied here.
/// - One log write is in flight at a time, and one slots write; what depends on them waits in Raft.
/// - State never runs ahead of the durable log into a checkpoint.
/// - A command is carried out at most once: it is proposed again only when it is certain that the
///   earlier attempt can never commit.
///
/// Imports: `Raft`, `MVCC`, `Journal`, `Wire`, `Units`. Never: files, sockets, clocks, threads.

internal import Journal
package import MVCC
package import Raft
package import Units
internal import Wire

/// One member: events in, effects out; see above.
package struct Store {
    package let identity: Identity
    package let settings: Settings

    /// Kept up to date by the shell, for status.
    package var process = ProcessFacts()

    var raft: Raft
    var mvcc: MVCC
    var journal: Journal
    var chance: Chance
    var now: Instant

    /// Someone wants to see every entry that is applied.
    package var isWitnessed = false

    /// What the shell is to do, in order within each kind. The shell takes it after every turn.
    package var effects = Effects()

    var raftEffects: [Raft::Effect] = []
    var performing = false
    var persistence = Persistence()
    var proposals: Proposals
    var reads = Reads()
    var sessions = Sessions()
    /// Range streams that may have something to send.
    var ranges: [(SessionID, UInt32)] = []
    var watches = Watches()
    var clusterClock = ClusterClock()
    var keepAlives = KeepAlives()
    var sessionClock = SessionClock()
    var lines = Lines()
    var applying = Applying()
    var checkpointing = Checkpointing()
    var transfers: Transfers
    var digests: Digests
    var digestWalks: [DigestWalk] = []
    var repair = Repair()
    var scrub = Scrub()
    var administration = Administration()
    var access: Access
    var passwords = Passwords()
    var quotas: Quotas
    var pace = Throughput()
    /// The command of a user that is being carried out.
    var carrying: OnBehalf?
    var directory = Directory()
    /// Committed entries that are not applied yet, oldest first.
    var backlog = Backlog()
    var awakening: Awakening

    /// A member that goes on from what its disk holds.
    ///
    /// - Parameters:
    ///   - recovered: what the journal, the slots and the checkpoint gave.
    ///   - incarnation: different at every start of every member; names the commands taken here.
    package init(
        identity: Identity, settings: Settings, recovered: Recovered, incarnation: UInt64,
        seed: UInt64, now: Instant
    ) {
        let mvcc = MVCC(tables: recovered.tables)
        self.identity = identity
        self.settings = settings
        self.mvcc = mvcc
        self.now = now
        journal = recovered.journal
        chance = Chance(seed: seed, name: "store")
        proposals = Proposals(origin: incarnation)
        access = Access(mvcc)
        quotas = Quotas(mvcc)
        transfers = Transfers(next: incarnation)
        digests = Digests(applied: mvcc.mark.index)
        let log = recovered.log(above: mvcc)
        raft = Raft(
            settings: settings.raft(for: identity.member), hardState: recovered.newestHardState,
            snapshot: log.mark, log: log.entries, applied: LogIndex(rawValue: mvcc.mark.index),
            life: journal.life, isLogWhole: journal.abandoned.isEmpty,
            chance: Chance(seed: seed, name: "raft"), now: now)
        awakening = Awakening(at: now, &chance)
        persistence.durable = raft.lastIndex
        for record in recovered.records where record.index > log.mark.index.rawValue {
            checkpointing.grew(record.index, record.payload.count)
        }
        persistence.durableGroup = journal.lastGroup
        if journal.lastIndex < log.mark.index.rawValue { persistence.restart = log.mark.index }
        watches.delivered = mvcc.revision.rawValue
        lines.followed = mvcc.revision.rawValue
        directory.watches.delivered = mvcc.treeIndex
        clusterClock.observe(mvcc.clusterTime)
        checkpointing.durable = mvcc.mark.index
        if settings.scrub != .off { scrub.due = now + Limits.scrubPause }
        doubtIfAlarmed()
    }

    // MARK: Facts

    package var role: Raft::Role { raft.role }
    package var leader: MemberID? { raft.leader }
    package var term: Term { raft.term }
    package var revision: Revision { mvcc.revision }
    package var digest: UInt64 { mvcc.digest }
    package var appliedIndex: LogIndex { LogIndex(rawValue: mvcc.mark.index) }
    package var commitIndex: LogIndex { raft.commitIndex }
    package var members: [Member] { membership.members }
    package var clusterTime: Instant { clusterClock.time(at: now, applied: mvcc.clusterTime) }

    /// When `tick` is wanted at the latest.
    package var deadline: Instant {
        var next = min(raft.deadline, proposals.deadline, reads.deadline)
        next = min(next, watches.deadline, administration.deadline)
        next = min(next, awakening.due)
        next = min(next, keepAlives.deadline, lines.deadline)
        next = min(next, digestDeadline, repair.deadline, scrubDeadline)
        if raft.role == .leader, !clusterClock.isEndingSessions {
            next = min(next, clusterClock.local(for: sessionClock.next, at: now))
        }
        if raft.role == .leader, let expiry = mvcc.nextExpiry, clusterClock.expiryCommands == 0 {
            next = min(next, clusterClock.local(for: expiry, at: now))
        }
        next = min(next, treeDeadline)
        return next
    }

    /// There is more to do at once: another turn is wanted.
    package var wantsTurn: Bool {
        let isServing =
            repair.isSound
            && (reads.isReady(at: appliedIndex) || !ranges.isEmpty || !watches.waking.isEmpty
                || directory.wantsTurn)
        return mayApply || isServing || !digestWalks.isEmpty
    }

    // MARK: Entry points

    /// Takes one event. Effects are complete only after `endTurn`.
    package mutating func step(_ event: Event, at now: Instant) {
        self.now = max(self.now, now)
        switch event {
        case .tick: tick()
        case .opened(let session, let streamCredit, let connectionCredit):
            sessions.open(session, streamCredit: streamCredit, connectionCredit: connectionCredit)
        case .identified(let session, let caller): sessions[session]?.caller = caller
        case .closed(let session): close(session)
        case .credit(let session, let stream, let bytes): credit(session, stream, bytes)
        case .cancelled(let session, let stream): cancel(session, stream)
        case .peerLost(let member): raftStep(.unreachable(member))
        case .logWritten: logWritten()
        case .slotsSaved: slotsSaved()
        case .checkpointed(let tables): checkpointed(tables)
        case .snapshot(let event): snapshot(event)
        case .passwordDerived(let job, let verifier): passwordDerived(job, verifier)
        case .passwordVerified(let job, let matches): passwordVerified(job, matches)
        case .scrubbed(let found, let end): scrubbed(found, end)
        case .stateDamaged(let words): stateIsDamaged(words)
        case .retiring: retire()
        }
    }

    /// Ends a turn: proposes what was collected, writes, applies, answers. Call it once after all
    /// events of a turn were taken, then perform `effects`.
    package mutating func endTurn(at now: Instant) {
        self.now = max(self.now, now)
        submitKeepAlives()
        submitBatch()
        resubmit()
        startReads()
        writeLog()
        applyBacklog()
        reviewStreams()
        followUp()
        serve()
        considerCheckpoint()
        considerDigest()
        submitBatch()
        writeLog()
    }

    private mutating func serve() {
        advanceDigestWalks()
        guard repair.isSound else { return }
        serveReads()
        tendLines()
        deliverEvents()
        deliverTreeEvents()
        advanceStreams()
    }

    /// What was applied makes room for more.
    private mutating func followUp() {
        if clusterClock.hasRoom {
            clusterClock.hasRoom = false
            expireLeases()
        }
        windSessionClock()
        expireSessions()
        submitKeepAlives()
        tendLines()
        submitBatch()
        startReads()
    }

    private mutating func tick() {
        raftStep(.tick)
        standEarly()
        expireProposals()
        expireReads()
        expireKeepAlives()
        expireLeases()
        expireSessions()
        expireStanding()
        expireTree()
        expireAdministration()
        markProgress()
        tendTransfers()
        tendDigests()
        tendRepair()
        tendScrub()
    }
}
