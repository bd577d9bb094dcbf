internal import Raft
internal import Units

/// Where each entry has been on its way through this member: log, disk, majority.
struct Stages {
    struct Trail: Equatable {
        /// Given to the log's thread.
        var handed: Instant?
        var durable: Instant?
        var committed: Instant?
        /// Whose word made the majority; nil for this member's own disk, or when it leads not.
        var last: MemberID?
    }

    /// Of entries that are not carried out yet, in order of their indices.
    private var trails = Deque<Trail>()
    /// The index of the first.
    private var first: UInt64 = 1
    private var handed: UInt64 = 0
    private var durable: UInt64 = 0
    private var committed: UInt64 = 0
    /// Whose message is being dealt with.
    var speaker: MemberID?

    subscript(index: LogIndex) -> Trail? {
        guard index.rawValue >= first, index.rawValue < end else { return nil }
        return trails[Int(index.rawValue - first)]
    }

    private var end: UInt64 { first + UInt64(trails.count) }

    /// An entry joins the log; what was there at or above its index is void.
    mutating func joined(_ index: LogIndex) {
        if index.rawValue > end || index.rawValue < first { restart(at: index) }
        while end > index.rawValue { trails.remove(at: trails.count - 1) }
        handed = min(handed, index.rawValue - 1)
        durable = min(durable, index.rawValue - 1)
        trails.append(Trail())
    }

    private mutating func restart(at index: LogIndex) {
        trails.removeAll()
        first = index.rawValue
        handed = first - 1
        durable = first - 1
        committed = first - 1
    }

    /// Entries up to here go to the disk now.
    mutating func handed(through index: LogIndex, at now: Instant) {
        for position in positions(after: handed, through: index) { trails[position].handed = now }
        handed = max(handed, index.rawValue)
    }

    mutating func durable(
        through index: LogIndex, at now: Instant, into times: inout Histogram
    ) {
        for position in positions(after: durable, through: index) {
            trails[position].durable = now
            if let start = trails[position].handed { times.observe(now.since(start)) }
        }
        durable = max(durable, index.rawValue)
    }

    mutating func committed(
        through index: LogIndex, at now: Instant, into times: inout Histogram
    ) {
        for position in positions(after: committed, through: index) {
            trails[position].committed = now
            trails[position].last = speaker
            if let start = trails[position].handed { times.observe(now.since(start)) }
        }
        committed = max(committed, index.rawValue)
    }

    private func positions(after mark: UInt64, through index: LogIndex) -> Range<Int> {
        let from = max(mark + 1, first)
        let to = min(index.rawValue + 1, end)
        return from < to ? Int(from - first)..<Int(to - first) : 0..<0
    }

    /// The entry is carried out, and those before it.
    mutating func left(_ index: LogIndex) {
        while !trails.isEmpty, first <= index.rawValue {
            trails.removeFirst()
            first += 1
        }
    }
}

extension Store {
    /// Commands that were taken here are carried out by the entry at `index`.
    mutating func timed(_ batch: Proposals.Outgoing, at index: LogIndex) {
        let trail = stages[index]
        let queued = raft.role == .leader ? trail?.handed ?? batch.taken : batch.taken
        if let queued { metrics.queue.observe(queued.since(batch.arrived)) }
        metrics.writes.observe(now.since(batch.arrived), times: UInt64(batch.count))
        noteIfSlow(batch, trail)
    }
}
