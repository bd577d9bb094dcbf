internal import Journal
internal import Raft
internal import Units
internal import Wire

/// Between Raft and the rest: what Raft asks for is done here, in the order in which it asks.
extension Store {
    mutating func raftStep(_ event: Raft.Event) {
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

    private mutating func perform(_ effect: Raft.Effect) {
        switch effect {
        case .saveHardState(let state): save(state)
        case .append(let entries): queue(entries)
        case .send(let message, let member): send(message, to: member)
        case .commit(let entries): backlog.append(entries)
        case .sendSnapshot(let member): beginTransfer(to: member)
        case .readReady(let id, let index): readReady(id, index)
        case .readRefused(let id): readRefused(id)
        case .roleChanged(let role, let term, let leader): roleChanged(role, term, leader)
        case .membershipChanged: effects.membershipChanged = true
        case .proposalRefused: proposals.refused = true
        case .changeRefused(let refusal): changeRefused(refusal)
        }
    }

    private mutating func roleChanged(_ role: Raft.Role, _ term: Term, _ leader: MemberID?) {
        effects.leaderChanged = true
        clusterClock.lead(role == .leader, at: now, newest: mvcc.clusterTime)
        if role != .leader { endTransfers() }
        administrationSaw(leader: leader)
    }

    /// The member is about to stop: leadership goes to the best follower first.
    mutating func retire() {
        if raft.role == .leader { raftStep(.transfer(to: nil)) }
    }
}

/// What is on its way to the disk.
struct Persistence {
    /// Entries that Raft appended and no group holds yet.
    var unwritten: [Record] = []
    /// Last entry of the group in flight.
    var inFlight: (index: LogIndex, term: Term)?
    /// Everything up to here is durable.
    var durable = LogIndex.zero
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
        guard persistence.inFlight == nil, let last = persistence.unwritten.last else { return }
        var writes: [Write] = []
        journal.append(persistence.unwritten, into: &writes)
        persistence.unwritten.removeAll(keepingCapacity: true)
        persistence.inFlight = (LogIndex(rawValue: last.index), Term(rawValue: last.term))
        effects.log.append(.write(writes))
    }

    mutating func logWritten() {
        guard let mark = persistence.inFlight else {
            preconditionFailure("a log write completed that was never asked for")
        }
        persistence.inFlight = nil
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
        effects.log.append(.save(Slots(hardState: wanted, durable: persistence.durable)))
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
