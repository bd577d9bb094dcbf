/// The entries that are still in memory, and where they start.
///
/// Picture a paper roll in a till: new lines are printed at one end, the other end is torn off now
/// and then, and the number of the last line torn off is remembered.
struct Log {
    /// Torn-off lines at the front, not yet swept away, then the live ones.
    private var slots: [Entry] = []
    private var dead = 0
    /// The last entry torn off; zero when none ever was.
    private(set) var base: LogIndex
    private(set) var baseTerm: Term

    init(base: LogIndex, term: Term) {
        precondition((base == .zero) == (term == .zero), "only the start of time has term 0")
        self.base = base
        baseTerm = term
    }

    var count: Int { slots.count - dead }
    var lastIndex: LogIndex { base + count }
    var lastTerm: Term { count == 0 ? baseTerm : slots[slots.count - 1].term }

    subscript(index: LogIndex) -> Entry {
        precondition(index > base, "entry \(index.rawValue) is forgotten")
        precondition(index <= lastIndex, "entry \(index.rawValue) is yet to come")
        return slots[slot(of: index)]
    }

    /// The term of the entry at `index`, if it is known: one before the first may be.
    func term(at index: LogIndex) -> Term? {
        if index == base { return baseTerm }
        guard index > base, index <= lastIndex else { return nil }
        return slots[slot(of: index)].term
    }

    /// The highest place at or below `index` whose term is not above `term`; below the base when
    /// that is not known.
    func last(atMost index: LogIndex, term: Term) -> LogIndex {
        precondition(lastTerm >= baseTerm, "terms never fall along the log")
        precondition(index <= lastIndex, "the search starts inside the log")
        guard index >= base else { return index }
        guard baseTerm <= term else { return base == .zero ? .zero : base.previous }
        var low = base
        var high = index
        while low < high {
            let middle = high - high.after(low) / 2
            if slots[slot(of: middle)].term <= term { low = middle } else { high = middle.previous }
        }
        return low
    }

    /// The entries after `index` up to `last`.
    func entries(after index: LogIndex, through last: LogIndex) -> [Entry] {
        precondition(index >= base && index <= last, "the entries are in memory, in order")
        precondition(last <= lastIndex, "the entries are there")
        return Array(slots[slot(of: index.next)..<slot(of: last.next)])
    }

    /// As many entries after `index` as weigh no more than `limit`, but at least one if there is.
    func entries(after index: LogIndex, weighing limit: Int) -> (entries: [Entry], size: Int) {
        precondition(limit > 0, "at least one entry fits")
        precondition(index >= base && index <= lastIndex, "the entries are in memory")
        var size = 0
        var last = index
        while last < lastIndex {
            let next = slots[slot(of: last.next)].size
            if last > index && size + next > limit { break }
            size += next
            last = last.next
        }
        return (entries(after: index, through: last), size)
    }

    /// What the entries after `index` up to `last` weigh.
    func size(after index: LogIndex, through last: LogIndex) -> Int {
        precondition(index >= base && index <= last, "the entries are in memory, in order")
        precondition(last <= lastIndex, "the entries are there")
        return slots[slot(of: index.next)..<slot(of: last.next)].reduce(0) { $0 + $1.size }
    }

    mutating func append(_ entry: Entry) {
        precondition(entry.index == lastIndex.next, "the log has no gaps")
        precondition(entry.term >= lastTerm, "terms never fall along the log")
        slots.append(entry)
    }

    /// Takes back everything after `index`.
    mutating func truncate(after index: LogIndex) {
        precondition(index >= base, "what is forgotten is not taken back")
        precondition(index <= lastIndex, "there is something to take back")
        slots.removeLast(lastIndex.after(index))
    }

    /// Tears off everything up to `index`.
    mutating func forget(through index: LogIndex) {
        precondition(index <= lastIndex, "only what is there can be forgotten")
        guard index > base else { return }
        baseTerm = self[index].term
        let count = index.after(base)
        for slot in dead..<dead + count { slots[slot].body = .empty }
        dead += count
        base = index
        sweep()
        precondition(lastIndex >= base, "the log goes on after what was forgotten")
    }

    /// Forgets all and goes on after `mark`.
    mutating func restart(at mark: SnapshotMark) {
        precondition(mark.term >= baseTerm, "terms never fall along the log")
        precondition(mark.index > base, "the log restarts further on")
        self = Log(base: mark.index, term: mark.term)
    }

    /// Sweeps when most of the array is dead, so that each entry is moved about once.
    private mutating func sweep() {
        precondition(dead <= slots.count, "no more is dead than there is")
        guard dead > Limits.deadEntries && dead > slots.count / 2 else { return }
        slots.removeFirst(dead)
        dead = 0
        precondition(dead == 0, "what was dead is gone")
    }

    private func slot(of index: LogIndex) -> Int { dead + index.after(base) - 1 }
}

extension Log: Equatable {
    static func == (left: Log, right: Log) -> Bool {
        left.base == right.base && left.baseTerm == right.baseTerm
            && left.slots[left.dead...] == right.slots[right.dead...]
    }
}
