/// Agreement on one log among the members of a cluster.
///
/// Picture a village council that keeps one minute book. In each term at most one of them holds the
/// pen. What the writer dictates, the others copy into books of their own, and a line counts once a
/// majority has it in ink. Whoever wants the pen must first show that nothing that counts is missing
/// from their book; whoever holds it lays it down when a majority no longer answers.
///
/// The room is Diego Ongaro's dissertation "Consensus: Bridging Theory and Practice" (the section
/// numbers everywhere are his) as one value. It is given events and answers with effects; it reads
/// no clock and sends nothing. What depends on something being durable is held back here, until the
/// shell reports that it is.
///
/// What always holds:
/// - one leader a term; a vote and a term are durable before anyone hears of them;
/// - terms and the commit index never fall, nor is anything at or below the latter taken back;
/// - two logs with an entry of the same index and term are equal up to there;
/// - a follower answers for what is durable, and a leader counts itself only as far;
/// - only entries of the leader's own term are committed by counting (section 3.6.2);
/// - the newest membership in the log is in force, committed or not.
///
/// To find the way: `Election` and `Vote` make a leader, `Leader` and `Replication` are its day,
/// `Commit` its aim; `Follower` copies; `ReadIndex`, `Transfer`, `MembershipChange` and `Snapshot`
/// are one concern each. `Log`, `Memberships`, `Durability` and `Progress` hold what they work on.
///
/// Imports: `Units`. Never: Wire, MVCC, clocks, files, sockets, threads.
package import Units

package struct Raft: Equatable {
    package let settings: Settings
    package internal(set) var role = Role.follower
    package internal(set) var term: Term
    /// Who leads this term, if that is known.
    package internal(set) var leader: MemberID?
    package internal(set) var commitIndex: LogIndex
    package internal(set) var appliedIndex: LogIndex
    /// The newest checkpoint.
    package internal(set) var snapshot: SnapshotMark

    var vote: MemberID?
    var log: Log
    var memberships: Memberships
    var durability: Durability
    var reads: Reads
    var chance: Chance
    var now: Instant

    /// When we last heard from the leader, voted or stood.
    var electionStart: Instant
    /// How long we wait from then on: drawn anew for every wait.
    var electionSpan: Instant.Span
    /// When the leader of this term was last heard; never: not yet.
    var leaderHeard: Instant?

    /// Whether votes may be given.
    var fitness: Fitness
    /// Which life of the log this is: grows whenever entries that were written may be lost.
    let life: UInt64

    var ballot = Ballot()
    var acknowledgement = Acknowledgement()
    var leadership = Leadership()
    /// What has been told in effects so far.
    private var told: Told

    /// - Parameters:
    ///   - snapshot: the checkpoint on disk; for a new cluster index 0, term 0 and who founds it.
    ///   - log: what the log on disk holds, ascending. Entries at or below the snapshot are
    ///     welcome: the one at its index tells whether the rest follows from it.
    ///   - applied: how far the state on disk has come; not below the snapshot.
    ///   - life: of the log; higher than ever before when entries of it may be lost, never lower.
    ///   - isLogWhole: false when it may lack entries that were acknowledged; see `Fitness`.
    ///   - chance: seeded differently at every start of every member.
    package init(
        settings: Settings, hardState: HardState, snapshot: SnapshotMark, log: [Entry],
        applied: LogIndex, life: UInt64 = 0, isLogWhole: Bool = true, chance: Chance, now: Instant
    ) {
        self.settings = settings
        self.life = life
        fitness = Fitness(log: isLogWhole ? .whole : .lost)
        self.snapshot = snapshot
        self.chance = chance
        self.now = now
        self.log = Log(base: snapshot.index, term: snapshot.term)
        memberships = Memberships(snapshot.membership, at: snapshot.index)
        for entry in Raft.following(snapshot, in: log) {
            self.log.append(entry)
            if case .membership(let newer) = entry.body {
                memberships.append(newer, at: entry.index)
            }
        }
        precondition(applied >= snapshot.index, "the state holds at least the snapshot")
        precondition(applied <= self.log.lastIndex, "the state holds no more than the log")
        term = max(hardState.term, self.log.lastTerm)
        vote = hardState.term == term ? hardState.vote : nil
        commitIndex = applied
        appliedIndex = applied
        durability = Durability(
            hardState: hardState, index: self.log.lastIndex, floor: snapshot.index)
        electionStart = now
        electionSpan = settings.election
        reads = Reads(nextAttempt: self.chance.next())
        told = Told(
            hardState: hardState, role: .follower, term: term, leader: nil, commit: applied,
            memberships: memberships.changes, isRecovering: !isLogWhole)
        drawElectionSpan()
    }

    /// The entries of a log that go on after the snapshot. When the log has another entry at the
    /// snapshot's index, then it is older than the snapshot, and all of it is void.
    private static func following(_ snapshot: SnapshotMark, in log: [Entry]) -> ArraySlice<Entry> {
        let first = log.firstIndex { $0.index >= snapshot.index } ?? log.endIndex
        let rest = log[first...]
        guard let meeting = rest.first else { return [] }
        if meeting.index == snapshot.index {
            return meeting.term == snapshot.term ? rest.dropFirst() : []
        }
        precondition(meeting.index == snapshot.index.next, "the log goes on after the snapshot")
        return rest
    }

    package mutating func step(_ event: Event, at now: Instant, into effects: inout [Effect]) {
        precondition(told.commit == commitIndex, "all that was committed was told")
        self.now = max(self.now, now)
        take(event, into: &effects)
        endRecoveryIfReached()
        checkInvariants()
        tell(into: &effects)
        precondition(told.commit == commitIndex, "all that is committed is told")
        precondition(told.hardState == hardState, "all that must be saved is told")
    }

    private mutating func take(_ event: Event, into effects: inout [Effect]) {
        switch event {
        case .tick: tick(into: &effects)
        case .received(let message, let from): receive(message, from: from, into: &effects)
        case .propose(let payload): propose(payload, into: &effects)
        case .persisted(let index, let term): persisted(index, term, into: &effects)
        case .hardStatePersisted(let state): persisted(state, into: &effects)
        case .applied(let index): applied(index)
        case .read(let id): read(id, into: &effects)
        case .transfer(let target): transfer(to: target, into: &effects)
        case .change(let change): self.change(change, into: &effects)
        case .compacted(let index, let mark): compacted(index, mark)
        case .snapshotInstalled(let mark): installed(mark, into: &effects)
        case .snapshotReported(let member, let report): reported(report, of: member, into: &effects)
        case .unreachable(let member): unreachable(member)
        case .campaign: campaign(into: &effects)
        case .suspend(let isSuspended): suspend(isSuspended, into: &effects)
        }
    }

    private mutating func tick(into effects: inout [Effect]) {
        precondition(role == .leader || leadership.progress.isEmpty, "only leaders track others")
        expireReads(into: &effects)
        switch role {
        case .leader: leaderTick(into: &effects)
        case .follower, .preCandidate, .candidate:
            if mayLead && now >= electionDue { campaign(into: &effects) }
        }
    }

    private mutating func applied(_ index: LogIndex) {
        precondition(index >= appliedIndex, "the state goes forward")
        precondition(index <= commitIndex, "only what is committed is applied")
        appliedIndex = index
    }

    private func checkInvariants() {
        precondition(term >= told.term, "terms never fall")
        precondition(commitIndex <= log.lastIndex, "what is committed is in the log")
        precondition(commitIndex >= log.base, "what is forgotten was committed")
        precondition(appliedIndex <= commitIndex, "what is applied was committed")
        precondition(log.lastTerm <= term, "the log knows no later term than we do")
        precondition(durability.index <= log.lastIndex, "what is durable is in the log")
        precondition(memberships.index <= log.lastIndex, "what is in force is in the log")
        precondition(snapshot.index <= appliedIndex, "a checkpoint holds what was applied")
        precondition(log.base <= snapshot.index, "what is forgotten is in a checkpoint")
        precondition(role != .leader || leader == settings.id, "a leader knows that it leads")
        precondition(role != .candidate || vote == settings.id, "a candidate votes for itself")
        precondition(role == .leader || leader != settings.id, "only leaders lead")
        precondition(role == .leader || reads.rounds.isEmpty, "only leaders hold rounds")
        precondition(role == .follower || reads.attempt == nil, "only followers ask")
        precondition(role == .leader || leadership.progress.isEmpty, "only leaders track others")
        precondition(role == .follower || fitness.mayVote, "who may not vote does not lead")
    }
}

extension Raft {
    package var lastIndex: LogIndex { log.lastIndex }
    package var lastTerm: Term { log.lastTerm }
    /// The oldest entry in memory.
    package var firstIndex: LogIndex { log.base.next }
    /// The log is durable up to here.
    package var durableIndex: LogIndex { durability.index }
    package var membership: Membership { memberships.current }
    package var hardState: HardState { HardState(term: term, vote: vote) }

    /// The term of the entry at `index`, unless it is forgotten or yet to come.
    package func term(at index: LogIndex) -> Term? { log.term(at: index) }

    /// The entry at `index`, which must be in memory.
    package func entry(at index: LogIndex) -> Entry { log[index] }

    /// What was in force at `index`, which must not be below the start of the log.
    package func membership(at index: LogIndex) -> Membership { memberships.at(index) }

    /// When it wants the next tick at the latest.
    package var deadline: Instant {
        switch role {
        case .leader: min(leadership.heartbeatDue, leadership.transfer?.due ?? .never)
        case .follower, .preCandidate, .candidate:
            min(mayLead ? electionDue : .never, reads.due(settings))
        }
    }

    /// A leader's view of the members, by id; empty on others.
    package var progress: [MemberProgress] {
        leadership.progress.map {
            MemberProgress(id: $0.id, match: $0.match, reachable: isInTouch($0))
        }
    }
}

// MARK: - What changed in a step, told once

extension Raft {
    private struct Told: Equatable {
        var hardState: HardState
        var role: Role
        var term: Term
        var leader: MemberID?
        var commit: LogIndex
        var memberships: Int
        var isRecovering: Bool
    }

    private mutating func tell(into effects: inout [Effect]) {
        precondition(told.commit <= commitIndex, "the commit index never falls")
        if told.hardState != hardState {
            precondition(hardState.term >= told.hardState.term, "terms are saved in order")
            told.hardState = hardState
            effects.append(.saveHardState(hardState))
        }
        if told.memberships != memberships.changes {
            told.memberships = memberships.changes
            effects.append(.membershipChanged(membership))
        }
        if (told.role, told.term) != (role, term) || told.leader != leader {
            (told.role, told.term, told.leader) = (role, term, leader)
            effects.append(.roleChanged(role, term: term, leader: leader))
        }
        if told.isRecovering != isRecovering {
            told.isRecovering = isRecovering
            effects.append(.recovered)
        }
        if told.commit != commitIndex {
            effects.append(.commit(log.entries(after: told.commit, through: commitIndex)))
            told.commit = commitIndex
        }
    }

    /// The state was replaced by one that stands at `index`.
    mutating func stateReplaced(at index: LogIndex) {
        precondition(index <= commitIndex, "a snapshot holds what is committed")
        precondition(index >= log.base, "what follows it is still there to be applied")
        told.commit = index
        appliedIndex = index
    }
}
