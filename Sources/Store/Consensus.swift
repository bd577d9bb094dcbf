internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Between Raft and the rest: what Raft asks for is done here, in the order in which it asks.
extension Store {
    mutating func raftStep(_ event: Raft::Event) {
        raft.step(event, at: now, into: &raftEffects)
        guard !performing else { return }
        performing = true
        var position = 0
        while position < raftEffects.count {
            perform(raftEffects[position])
            position += 1
        }
        raftEffects.removeAll(keepingCapacity: true)
        performing = false
    }

    private mutating func perform(_ effect: Raft::Effect) {
        switch effect {
        case .saveHardState(let state): save(state)
        case .append(let entries): queue(entries)
        case .send(let message, let member): send(message, to: member)
        case .commit(let entries): backlog.append(entries)
        case .restartLog(let mark): restartLog(after: mark.index)
        case .sendSnapshot(let member): beginTransfer(to: member)
        case .readReady(let id, let index): readReady(id, index)
        case .readRefused(let id): readRefused(id)
        case .roleChanged(let role, let term, let leader): roleChanged(role, term, leader)
        case .membershipChanged: effects.membershipChanged = true
        case .proposalRefused: proposals.refused = true
        case .changeRefused(let refusal): changeRefused(refusal)
        case .transferRefused(let refusal): transferRefused(refusal)
        case .recovered: recovered()
        }
    }

    private mutating func roleChanged(_ role: Raft::Role, _ term: Term, _ leader: MemberID?) {
        effects.leaderChanged = true
        if leader != nil { awakening.end() }
        clusterClock.lead(role == .leader, at: now, newest: mvcc.clusterTime)
        directory.isExpiring = false
        if role != .leader { endTransfers() }
        digests.lead(at: now, every: settings.digestInterval)
        administrationSaw(leader: leader)
    }

    /// All that the log may have lost is in it again, and durable.
    private mutating func recovered() {
        effects.healthChanged = true
        var writes: [Journal.Write] = []
        journal.abandon(into: &writes)
        if !writes.isEmpty { effects.log.append(.tidy(writes)) }
    }

    /// The member is about to stop: leadership goes to the best follower first.
    mutating func retire() {
        if raft.role == .leader { raftStep(.transfer(to: nil)) }
    }
}

/// What is on its way to the disk.
struct Persistence {
    /// Entries that Raft appended and no group holds yet.
    var unwritten: [Journal.Record] = []
    /// The log begins anew after this index, before `unwritten`.
    var restart: LogIndex?
    /// Last entry of the groups in flight, and the number of the last group.
    var inFlight: (index: LogIndex, term: Term, group: UInt64)?
    /// Everything up to here is durable.
    var durable = LogIndex.zero
    /// The same as a number of the journal's, which never falls.
    var durableGroup: UInt64 = 0
    var wantedHardState: HardState?
    var savingHardState: HardState?
}

extension Store {
    private mutating func queue(_ entries: [Entry]) {
        for entry in entries {
            let record = entry.record(cluster: identity.cluster)
            checkpointing.grew(record.index, record.payload.count)
            persistence.unwritten.append(record)
        }
        if let first = entries.first, first.index <= persistence.durable {
            persistence.durable = LogIndex(rawValue: first.index.rawValue - 1)
        }
    }

    /// Starts a group commit with all that waits, unless one is in flight.
    mutating func writeLog() {
        guard persistence.inFlight == nil,
            persistence.restart != nil || !persistence.unwritten.isEmpty
        else { return }
        var writes: [Journal.Write] = []
        var last = (index: LogIndex.zero, term: Term.zero)
        if let index = persistence.restart {
            journal.restart(after: index.rawValue, into: &writes)
            persistence.restart = nil
        }
        if let record = persistence.unwritten.last {
            journal.append(persistence.unwritten, into: &writes)
            persistence.unwritten.removeAll(keepingCapacity: true)
            last = (LogIndex(rawValue: record.index), Term(rawValue: record.term))
        }
        persistence.inFlight = (last.index, last.term, journal.lastGroup)
        effects.log.append(.write(writes))
    }

    private mutating func restartLog(after index: LogIndex) {
        persistence.unwritten.removeAll { $0.index <= index.rawValue }
        persistence.restart = index
        persistence.durable = index
        checkpointing.restart()
    }

    mutating func logWritten() {
        guard let mark = persistence.inFlight else {
            preconditionFailure("a log write completed that was never asked for")
        }
        persistence.inFlight = nil
        persistence.durableGroup = mark.group
        guard mark.index > .zero else { return }
        persistence.durable = max(persistence.durable, mark.index)
        if let first = persistence.unwritten.first, first.index <= persistence.durable.rawValue {
            persistence.durable = LogIndex(rawValue: first.index - 1)
        }
        raftStep(.persisted(upTo: mark.index, term: mark.term))
    }

    private mutating func save(_ state: HardState) {
        persistence.wantedHardState = state
        saveSlots()
    }

    private mutating func saveSlots() {
        guard persistence.savingHardState == nil, let wanted = persistence.wantedHardState else {
            return
        }
        persistence.savingHardState = wanted
        persistence.wantedHardState = nil
        effects.log.append(.save(Slots(hardState: wanted, durableGroup: persistence.durableGroup)))
    }

    mutating func slotsSaved() {
        guard let saved = persistence.savingHardState else {
            preconditionFailure("slots were saved that were never asked for")
        }
        persistence.savingHardState = nil
        raftStep(.hardStatePersisted(saved))
        saveSlots()
    }
}
