/// What is safe on this member's disk, as far as it has been told.
///
/// Writes reach the disk in order and each replaces everything from its first entry on. So one
/// report proves the writes up to the oldest that ends as reported, and of those only what no later
/// write replaces: an entry that was written, replaced and written again is not taken for durable
/// because the first of the three writes was.
struct Durability: Equatable {
    private struct Write: Equatable {
        var first: LogIndex
        var last: LogIndex
        var term: Term
    }

    private struct Held: Equatable {
        var message: Message
        var to: MemberID
    }

    private(set) var hardState: HardState
    /// The log in memory and the one on disk agree up to here.
    private(set) var index: LogIndex
    /// A checkpoint or snapshot holds everything up to here.
    private var floor: LogIndex
    /// Under way, oldest first.
    private var writes: [Write] = []
    /// Waiting for the newest hard state.
    private var held: [Held] = []

    init(hardState: HardState, index: LogIndex, floor: LogIndex) {
        precondition(hardState.vote != MemberID.none, "a vote is for somebody")
        precondition(index >= floor, "the log reaches at least to the checkpoint")
        self.hardState = hardState
        self.index = index
        self.floor = floor
    }

    /// Entries went to the log.
    mutating func wrote(_ first: LogIndex, through last: LogIndex, term: Term) {
        precondition(term > .zero, "every entry has a term")
        precondition(first <= last && first > floor, "a write holds entries, none of them saved")
        index = min(index, first.previous)
        writes.append(Write(first: first, last: last, term: term))
    }

    /// The log on disk ends with this entry. `inMemory`: the term of our entry at that index.
    mutating func persisted(upTo last: LogIndex, term: Term, inMemory: Term?) {
        precondition(index >= floor, "what is saved is durable")
        precondition(term > .zero || last == .zero, "every entry has a term")
        let found = writes.firstIndex { $0.last == last && $0.term == term }
        if let found {
            writes.removeFirst(found + 1)
            reached(last)
        } else if inMemory == term, let part = writes.firstIndex(where: { $0.last >= last }) {
            guard writes[part].first <= last else { return }
            writes.removeFirst(part)
            writes[0].first = last.next
            reached(last)
        }
    }

    private mutating func reached(_ last: LogIndex) {
        let before = index
        let replaced = writes.reduce(last) { min($0, $1.first.previous) }
        index = max(index, replaced, floor)
        precondition(index >= before, "what is durable stays durable")
        precondition(index <= max(last, before, floor), "nothing is durable before it is written")
    }

    /// Everything up to `index` is in a saved state.
    mutating func saved(through index: LogIndex) {
        precondition(floor <= self.index, "what is saved is durable")
        floor = max(floor, index)
        self.index = max(self.index, floor)
        precondition(self.index >= floor && floor >= index, "checkpoints go forward")
    }

    /// The log on disk begins anew after `mark`.
    mutating func restart(at mark: SnapshotMark) {
        precondition(mark.term > .zero, "every entry has a term")
        precondition(mark.index > floor, "the log restarts further on")
        floor = mark.index
        index = floor
        writes.append(Write(first: mark.index, last: mark.index, term: mark.term))
    }

    mutating func saved(_ state: HardState) {
        precondition(state.term >= hardState.term, "terms reach the disk in order")
        precondition(
            state.term > hardState.term || hardState.vote == nil || state.vote == hardState.vote,
            "a vote is never changed")
        hardState = state
    }

    mutating func hold(_ message: Message, to member: MemberID) {
        precondition(member != .none, "somebody waits")
        precondition(held.count <= 2 * Limits.members, "few messages wait for a hard state")
        let item = Held(message: message, to: member)
        if !held.contains(item) { held.append(item) }
    }

    /// What was held for the hard state that is durable now.
    mutating func release(into effects: inout [Effect]) {
        precondition(held.isEmpty || hardState.vote != nil, "only votes wait")
        for item in held { effects.append(.send(item.message, to: item.to)) }
        held.removeAll()
    }

    /// The term moved on: nobody waits for those any more.
    mutating func drop() { held.removeAll() }
}
