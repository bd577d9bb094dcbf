import Raft
import Units

/// A member with a disk that forgets what was not synced when it crashes.
struct Node {
    enum Write: Equatable {
        case entries([Entry])
        case restart(SnapshotMark)
    }

    struct Checkpoint: Equatable {
        var mark: SnapshotMark
        var digest: UInt64
    }

    let id: MemberID
    var raft: Raft?
    /// On the platter.
    var journal: [Entry] = []
    var hardState = HardState(term: .zero, vote: nil)
    var checkpoint: Checkpoint
    /// On the way there, oldest first; each kind in a file of its own.
    var writes: [Write] = []
    var states: [HardState] = []
    /// The state machine: a hash of everything applied.
    var digest: UInt64 = 0
    var appliedTerm = Term.zero
    var isDiskSlow = false
    var lives: UInt64 = 0
    /// Of its log, and whether that is whole.
    var logLife: UInt64 = 0
    var isLogWhole = true

    /// Finishes the oldest write. What must be told of it, if anything.
    mutating func sync() -> Event? {
        switch writes.removeFirst() {
        case .entries(let entries):
            journal.removeAll { $0.index >= entries[0].index }
            journal += entries
            let last = entries[entries.count - 1]
            return .persisted(upTo: last.index, term: last.term)
        case .restart(let mark):
            journal = [Entry(term: mark.term, index: mark.index, body: .empty)]
            return nil
        }
    }

    mutating func syncState() -> Event {
        hardState = states.removeFirst()
        return .hardStatePersisted(hardState)
    }
}

struct Mail: Equatable {
    var from: MemberID
    var to: MemberID
    var message: Message
}

/// A cluster in a box: links and disks move only when told to, and every rule that can be checked
/// from above is checked after every step.
final class Cluster {
    var nodes: [Node] = []
    var mail: [Mail] = []
    var snapshotsWanted: [(from: MemberID, to: MemberID)] = []
    var now = Instant(nanoseconds: 1)
    var seed: UInt64 = 1
    var settings = { (id: MemberID) in
        Settings(id: id, election: .milliseconds(100), heartbeat: .milliseconds(10))
    }
    /// Told of every effect.
    var onEffect: (MemberID, Effect) -> Void = { _, _ in }
    /// Told of every broken rule.
    var onBreach: (String) -> Void = { preconditionFailure($0) }

    private var leaders: [Term: MemberID] = [:]
    /// By index from 1: what was committed, and the state after it.
    private(set) var committed: [(term: Term, digest: UInt64)] = []
    private var commits: [MemberID: LogIndex] = [:]

    func position(_ id: MemberID) -> Int {
        guard let place = nodes.firstIndex(where: { $0.id == id }) else {
            preconditionFailure("no member \(id.rawValue)")
        }
        return place
    }

    subscript(id: MemberID) -> Node {
        get { nodes[position(id)] }
        set { nodes[position(id)] = newValue }
    }

    func raft(_ id: MemberID) -> Raft {
        guard let raft = self[id].raft else { preconditionFailure("\(id.rawValue) is down") }
        return raft
    }

    var leader: MemberID? {
        nodes.compactMap(\.raft).filter { $0.role == .leader }.max { $0.term < $1.term }?
            .settings.id
    }

    // MARK: Life and death

    func found(_ id: MemberID, _ membership: Membership) {
        let mark = SnapshotMark(index: .zero, term: .zero, membership: membership)
        nodes.append(Node(id: id, checkpoint: Node.Checkpoint(mark: mark, digest: 0)))
        nodes.sort { $0.id < $1.id }
        restart(id)
    }

    /// Power goes; the first of the unfinished writes made it.
    func crash(_ id: MemberID, writes: Int = 0, states: Int = 0) {
        let place = position(id)
        for _ in 0..<min(writes, nodes[place].writes.count) { _ = nodes[place].sync() }
        for _ in 0..<min(states, nodes[place].states.count) { _ = nodes[place].syncState() }
        nodes[place].writes = []
        nodes[place].states = []
        nodes[place].raft = nil
        snapshotsWanted.removeAll { $0.from == id }
    }

    func restart(_ id: MemberID) {
        let place = position(id)
        nodes[place].lives += 1
        let checkpoint = nodes[place].checkpoint
        nodes[place].digest = checkpoint.digest
        nodes[place].appliedTerm = checkpoint.mark.term
        let name = "\(id.rawValue).\(nodes[place].lives)"
        nodes[place].raft = Raft(
            settings: settings(id), hardState: nodes[place].hardState,
            snapshot: checkpoint.mark, log: nodes[place].journal,
            applied: checkpoint.mark.index, life: nodes[place].logLife,
            isLogWhole: nodes[place].isLogWhole, chance: Chance(seed: seed, name: name), now: now)
        commits[id] = checkpoint.mark.index
    }

    /// The disk of a member that is down loses the entries after `index`: those that a checkpoint
    /// does not hold.
    func damage(_ id: MemberID, after index: LogIndex) {
        let place = position(id)
        nodes[place].journal.removeAll { $0.index > index }
        if let last = nodes[place].journal.last, last.index < nodes[place].checkpoint.mark.index {
            nodes[place].journal = []
        }
        nodes[place].logLife += 1
        nodes[place].isLogWhole = false
    }

    // MARK: Steps

    func step(_ id: MemberID, _ event: Event) {
        let place = position(id)
        guard nodes[place].raft != nil else { return }
        var effects: [Effect] = []
        nodes[place].raft?.step(event, at: now, into: &effects)
        check(id)
        for effect in effects { perform(effect, at: place) }
    }

    private func perform(_ effect: Effect, at place: Int) {
        let id = nodes[place].id
        onEffect(id, effect)
        if case .recovered = effect { nodes[place].isLogWhole = true }
        switch effect {
        case .saveHardState(let state): nodes[place].states.append(state)
        case .append(let entries): nodes[place].writes.append(.entries(entries))
        case .restartLog(let mark): nodes[place].writes.append(.restart(mark))
        case .send(let message, let to): mail.append(Mail(from: id, to: to, message: message))
        case .commit(let entries): apply(entries, at: place)
        case .sendSnapshot(let to): snapshotsWanted.append((id, to))
        case .readReady, .readRefused, .roleChanged, .membershipChanged, .proposalRefused,
            .changeRefused, .transferRefused, .recovered:
            break
        }
    }

    private func apply(_ entries: [Entry], at place: Int) {
        for entry in entries {
            var bytes: [UInt8] = []
            bytes.append(little: entry.index.rawValue)
            bytes.append(little: entry.term.rawValue)
            if case .commands(let payload) = entry.body { bytes += payload }
            nodes[place].digest = Hash64.of(bytes, seed: nodes[place].digest)
            nodes[place].appliedTerm = entry.term
            noteCommitted(entry, nodes[place])
        }
        guard let last = entries.last else { return onBreach("an empty commit") }
        step(nodes[place].id, .applied(upTo: last.index))
    }

    /// Finishes the oldest write of a member and tells it; a member that is down has none.
    func sync(_ id: MemberID) {
        guard !self[id].writes.isEmpty else { return }
        if let event = self[id].sync() { step(id, event) }
    }

    func syncState(_ id: MemberID) {
        guard !self[id].states.isEmpty else { return }
        step(id, self[id].syncState())
    }

    /// All writes at once; only the last is told of.
    func syncTogether(_ id: MemberID) {
        while !self[id].states.isEmpty { syncState(id) }
        var last: Event?
        while !self[id].writes.isEmpty { last = self[id].sync() ?? last }
        if let last { step(id, last) }
    }

    func syncAll(_ id: MemberID) {
        while !self[id].states.isEmpty { syncState(id) }
        while !self[id].writes.isEmpty { sync(id) }
    }

    // MARK: Snapshots

    func checkpoint(_ id: MemberID, keeping count: Int) {
        let place = position(id)
        let raft = raft(id)
        let index = raft.appliedIndex
        guard index > nodes[place].checkpoint.mark.index else { return }
        let mark = SnapshotMark(
            index: index, term: nodes[place].appliedTerm,
            membership: raft.membership(at: index))
        nodes[place].checkpoint = Node.Checkpoint(mark: mark, digest: nodes[place].digest)
        let kept = index.rawValue > UInt64(count) ? index - count : .zero
        let upTo = max(kept, raft.firstIndex.previous)
        nodes[place].journal.removeAll { $0.index <= upTo && $0.index < index }
        step(id, .compacted(upTo: upTo, mark: mark))
    }

    /// Carries a snapshot that was wanted; false: it came to nothing.
    func carry(from: MemberID, to: MemberID, fails: Bool) -> Bool {
        snapshotsWanted.removeAll { $0.from == from && $0.to == to }
        guard let receiver = self[to].raft, self[from].raft != nil, !fails else {
            step(from, .snapshotReported(to: to, .failed))
            return false
        }
        let checkpoint = self[from].checkpoint
        if receiver.needs(checkpoint.mark) {
            let place = position(to)
            nodes[place].checkpoint = checkpoint
            nodes[place].digest = checkpoint.digest
            nodes[place].appliedTerm = checkpoint.mark.term
            step(to, .snapshotInstalled(checkpoint.mark))
        } else if receiver.durableIndex < checkpoint.mark.index {
            step(from, .snapshotReported(to: to, .failed))
            return false
        }
        step(from, .snapshotReported(to: to, .delivered(checkpoint.mark.index)))
        return true
    }

    // MARK: Rules

    private func noteCommitted(_ entry: Entry, _ node: Node) {
        let place = Int(entry.index.rawValue) - 1
        if place < committed.count {
            if committed[place] != (entry.term, node.digest) {
                onBreach("\(node.id.rawValue) applied another entry \(entry.index.rawValue)")
            }
            return
        }
        if place > committed.count { onBreach("entry \(entry.index.rawValue) skips some") }
        committed.append((entry.term, node.digest))
        checkDurable(entry, node.id)
    }

    /// An entry that counts is on the disks of a majority.
    private func checkDurable(_ entry: Entry, _ id: MemberID) {
        let membership = raft(id).membership
        let holds = { (member: MemberID) in
            guard let node = self.nodes.first(where: { $0.id == member }) else { return false }
            return node.checkpoint.mark.index >= entry.index
                || node.journal.contains { $0.index == entry.index && $0.term == entry.term }
        }
        for voters in [
            membership.voters, membership.members.filter { $0.outgoing }.map(\.id),
        ] where !voters.isEmpty && voters.count(where: holds) <= voters.count / 2 {
            onBreach("entry \(entry.index.rawValue) is committed but not safe")
        }
    }

    private func check(_ id: MemberID) {
        let raft = raft(id)
        if raft.commitIndex < commits[id] ?? .zero { onBreach("\(id.rawValue) forgot a commit") }
        commits[id] = raft.commitIndex
        guard raft.role == .leader else { return }
        if let other = leaders[raft.term] {
            if other != id { onBreach("two leaders in term \(raft.term.rawValue)") }
            return
        }
        leaders[raft.term] = id
        checkCompleteness(raft)
    }

    /// A new leader holds everything that was ever committed.
    private func checkCompleteness(_ raft: Raft) {
        for place in committed.indices {
            let index = LogIndex(UInt64(place + 1))
            guard index >= raft.firstIndex else { continue }
            if raft.term(at: index) != committed[place].term {
                onBreach("leader \(raft.settings.id.rawValue) lacks entry \(place + 1)")
            }
        }
    }

    /// Entries of the same index and term are the same, and so is all before them.
    func checkLogsMatch() {
        let running = nodes.compactMap(\.raft)
        for (place, left) in running.enumerated() {
            for right in running[(place + 1)...] {
                checkMatch(left, right)
            }
        }
    }

    private func checkMatch(_ left: Raft, _ right: Raft) {
        let first = max(left.firstIndex, right.firstIndex)
        var index = min(left.lastIndex, right.lastIndex)
        var isShared = false
        while index >= first {
            let same = left.term(at: index) == right.term(at: index)
            if isShared && !same { onBreach("logs part below a shared entry") }
            if same && left.entry(at: index) != right.entry(at: index) {
                onBreach("entry \(index.rawValue) differs in one term")
            }
            isShared = isShared || same
            index = index.previous
        }
    }
}
