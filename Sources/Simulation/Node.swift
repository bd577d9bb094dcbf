import Journal
import MVCC
import Raft
import Store
import Units

/// One machine with a member on it: the real `Store`, a simulated log disk, slots and state engine,
/// and the two threads that serve them, one job after the other.
final class Node {
    let index: Int
    let identity: Identity
    let settings: Store::Settings
    /// What it joined with, for its first start.
    private(set) var clock = LocalClock(offset: 0)
    /// How often it was started; tells what belongs to an earlier life.
    private(set) var life: UInt64 = 0
    /// Nil while it is down.
    var store: Store?
    /// Removed from the cluster, and never started again.
    var isRetired = false

    var log = LogDisk()
    var slots = SlotsFile()
    var engine: StateEngine
    private(set) var logJobs: [LogJob] = []
    private(set) var stateJobs: [StateJob] = []

    var turnPlanned = false
    var tick: (at: Moment, number: UInt64) = (.zero, 0)
    /// Ticks since the deadline last moved into the future.
    var idleTicks = 0
    var frozenUntil = Moment.zero
    /// Frozen events are put back one after the other.
    var thawing: UInt64 = 0
    /// Sessions that this life serves.
    var sessions: [Int] = []

    init(index: Int, identity: Identity, settings: Store::Settings, members: [Member], chunk: Int) {
        self.index = index
        self.identity = identity
        self.settings = settings
        engine = StateEngine(
            Node.emptyState(members, cluster: identity.cluster), chunk: chunk)
    }

    var isUp: Bool { store != nil }

    private static func emptyState(_ members: [Member], cluster: UInt64) -> MemoryTables {
        let tables = MemoryTables()
        var state = MVCC(tables: tables)
        state.membership = encodedMembership(members, cluster: cluster)
        state.freeze().write(into: tables)
        return tables
    }

    private var journalIdentity: Journal.Identity {
        Journal.Identity(cluster: identity.cluster, member: identity.member.rawValue)
    }

    /// Starts the member from what its disk holds; says why when it cannot.
    func start(at now: Moment, _ chance: inout Chance) -> String? {
        life += 1
        clock = LocalClock(offset: chance.draw(1_000_000_000...9_000_000_000_000))
        let recovery = Journal.recover(
            identity: journalIdentity, segmentBytes: Limits.segmentBytes, segments: log.segments,
            knownDurable: slots.value?.durableGroup ?? 0, load: { log.contents(of: $0) })
        guard case .ready(let journal, let records, _) = recovery else {
            return "member \(identity.name) cannot read its log after a crash: \(recovery)"
        }
        let recovered = Recovered(
            journal: journal, records: records,
            hardState: slots.value?.hardState ?? HardState(term: .zero, vote: nil),
            tables: engine.durable)
        store = Store(
            identity: identity, settings: settings, recovered: recovered,
            incarnation: chance.next() | 1, seed: chance.next(), now: clock.instant(at: now))
        store!.isWitnessed = true
        return nil
    }

    /// Power goes: what was under way is half done, what waited is forgotten.
    func crash(_ chance: inout Chance) {
        crashLog(&chance)
        engine.crash(during: stateJobs.first, &chance)
        logJobs.removeAll()
        stateJobs.removeAll()
        store = nil
        turnPlanned = false
        tick.at = .zero
        idleTicks = 0
        frozenUntil = .zero
        sessions.removeAll()
    }

    private func crashLog(_ chance: inout Chance) {
        switch logJobs.first {
        case .write(let writes), .tidy(let writes): log.crash(during: writes, &chance)
        case .save(let value):
            slots.crash(during: value, &chance)
            log.crash(during: [], &chance)
        case nil: log.crash(during: [], &chance)
        }
    }

    /// True when the thread was idle and begins with this job now.
    func queue(_ job: LogJob) -> Bool {
        logJobs.append(job)
        return logJobs.count == 1
    }

    func queue(_ job: StateJob) -> Bool {
        stateJobs.append(job)
        return stateJobs.count == 1
    }

    /// The log thread is done with its job: what to tell the store.
    func finishLogJob() -> Store::Event? {
        switch logJobs.removeFirst() {
        case .write(let writes):
            log.perform(writes)
            return .logWritten
        case .tidy(let writes):
            log.perform(writes)
            return nil
        case .save(let value):
            slots.save(value)
            return .slotsSaved
        }
    }

    func finishStateJob() -> Store::Event? { engine.perform(stateJobs.removeFirst()) }
}
