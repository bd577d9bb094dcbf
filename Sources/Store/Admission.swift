internal import MVCC
internal import Units
internal import Wire

/// Who is let in when there is more than can be done.
///
/// Picture the door of a surgery. While half the chairs are free everybody walks in. Then each family
/// gets its share of the chairs and no more, so that one with forty children does not keep the others
/// out; and the last chairs are kept: some for those who make room for others (deletions,
/// compaction), the very last for those who would otherwise lose what they hold (leases). Heartbeats
/// between members never stand in this line at all.
enum Urgency: Int, Comparable {
    case write
    /// Makes things smaller.
    case relief
    /// Keeps a lease alive, or ends it.
    case lease

    static func < (left: Urgency, right: Urgency) -> Bool { left.rawValue < right.rawValue }

    init(_ method: UInt32) {
        switch Method(rawValue: Int32(truncatingIfNeeded: method)) {
        case .leaseKeepAlive, .leaseKeepAliveMany, .leaseRevoke: self = .lease
        case .deleteRange, .compact: self = .relief
        default: self = .write
        }
    }

    /// How much of a queue it may fill, in percent. Reads have a queue of their own.
    var ceiling: Int {
        switch self {
        case .write: Limits.writeShare
        case .relief: Limits.reliefShare
        case .lease: 100
        }
    }
}

/// What each connection has waiting, while it matters.
///
/// Nothing is kept while the queue is less than half full: then counting would cost everybody for
/// nothing. When it fills, all that waits is counted once, and from then on each that comes and goes.
struct Shares: Equatable {
    struct Holding: Equatable {
        var count = 0
        var bytes = 0
    }

    private var table: [SessionID: Holding]?

    var isCounting: Bool { table != nil }

    mutating func begin() { table = [:] }
    mutating func end() { table = nil }

    mutating func add(_ session: SessionID, _ bytes: Int) {
        guard table != nil else { return }
        table![session, default: Holding()].count += 1
        table![session]!.bytes += bytes
    }

    mutating func remove(_ session: SessionID, _ bytes: Int) {
        guard var holding = table?[session] else { return }
        holding.count -= 1
        holding.bytes -= bytes
        table![session] = holding.count > 0 ? holding : nil
    }

    /// Whether the connection may have one more waiting: all who wait have equal parts of the whole.
    func admit(_ session: SessionID, _ more: Int, of count: Int, _ bytes: Int) -> Bool {
        guard let table, let mine = table[session] else { return true }
        let parties = max(1, table.count)
        return mine.count < max(Limits.leastShare, count / parties)
            && mine.bytes + more <= max(Limits.request, bytes / parties)
    }
}

/// How fast commands are carried out, for telling how long the line is.
struct Throughput {
    private var since = Instant.zero
    private var count = 0
    private var perSecond = 0

    mutating func note(_ more: Int, at now: Instant) {
        count += more
        let span = now.since(since)
        guard span >= Limits.paceWindow else { return }
        let isFresh = span.nanoseconds < 2 * Limits.paceWindow.nanoseconds
        perSecond = isFresh ? Int(UInt64(count) * 1_000_000_000 / span.nanoseconds) : 0
        since = now
        count = 0
    }

    /// Milliseconds after which half of what waits will be done.
    func hint(waiting: Int) -> UInt32 {
        guard perSecond > 0 else { return Limits.retryAfter }
        let milliseconds = waiting * 500 / perSecond
        return UInt32(min(Int(Limits.longestRetry), max(Int(Limits.shortestRetry), milliseconds)))
    }
}

extension Store {
    /// How full the line of commands is, in percent: by number, by bytes, and by what is committed
    /// and not carried out.
    var pressure: Int {
        let bytes = proposals.bytes + proposals.open.bytes.count
        return max(
            proposals.waiters.count * 100 / settings.waitingCommands,
            bytes * 100 / settings.waitingBytes,
            backlog.bytes * 100 / Limits.applyLag)
    }

    /// Lets a command in, or says why not.
    mutating func admit(_ method: UInt32, _ size: Int, _ session: SessionID) throws(Refusal) {
        let pressure = pressure
        guard pressure >= Limits.calm else {
            if proposals.shares.isCounting, pressure < Limits.calm / 2 { proposals.shares.end() }
            return
        }
        if !proposals.shares.isCounting { proposals.countShares() }
        let urgency = Urgency(method)
        guard pressure < urgency.ceiling else {
            throw overloaded("this member is full: \(waitingWords)")
        }
        let ceiling = urgency.ceiling
        guard
            proposals.shares.admit(
                session, size, of: settings.waitingCommands * ceiling / 100,
                settings.waitingBytes * ceiling / 100)
        else { throw overloaded("this connection has its share waiting, of \(waitingWords)") }
    }

    private var waitingWords: String {
        "\(proposals.waiters.count) commands, \(proposals.bytes) bytes, "
            + "\(backlog.bytes) bytes not carried out"
    }

    private func overloaded(_ words: String) -> Refusal {
        let hint = pace.hint(waiting: proposals.waiters.count)
        var refusal = Refusal(.overloaded, "\(words); try again in \(hint) ms")
        refusal.error.retryAfterMs = hint
        return refusal
    }

    /// The same for a read that has to wait.
    mutating func admit(read size: Int, _ session: SessionID) throws(Refusal) {
        let count = reads.count * 100 / settings.waitingReads
        let bytes = reads.bytes * 100 / Limits.waitingReadBytes
        let pressure = max(count, bytes, backlog.bytes * 100 / Limits.applyLag)
        guard pressure >= Limits.calm else {
            if reads.shares.isCounting, pressure < Limits.calm / 2 { reads.shares.end() }
            return
        }
        if !reads.shares.isCounting { reads.countShares() }
        guard pressure < 100 else {
            throw overloaded("too many reads are waiting (\(reads.count), \(reads.bytes) bytes)")
        }
        guard
            reads.shares.admit(
                session, size, of: settings.waitingReads, Limits.waitingReadBytes)
        else {
            throw overloaded("this connection has its share of the \(reads.count) reads waiting")
        }
    }
}

extension Proposals {
    /// Begins to count by connection.
    mutating func countShares() {
        shares.begin()
        for position in 0..<waiters.count where !waiters[position].isGone {
            shares.add(waiters[position].session, Int(waiters[position].size))
        }
    }
}

extension Reads {
    mutating func countShares() {
        shares.begin()
        for read in collecting { shares.add(read.call.session, read.body.count) }
        for round in rounds {
            for read in round.reads { shares.add(read.call.session, read.body.count) }
        }
    }

    mutating func add(_ read: Waiting) {
        collecting.append(read)
        count += 1
        bytes += read.body.count
        shares.add(read.call.session, read.body.count)
    }

    /// It was answered, or is refused.
    mutating func leave(_ read: Waiting) {
        count -= 1
        bytes -= read.body.count
        shares.remove(read.call.session, read.body.count)
    }
}
