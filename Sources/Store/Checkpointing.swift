internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// From overlay to tables, and what the log may then forget.
struct Checkpointing {
    /// Wanted, and waiting until nothing applied is ahead of the durable log.
    var isDue = false
    /// On the state's thread: what it holds.
    var inFlight: SnapshotMark?
    /// The same for backups, if there are any.
    var head: BackupHead?
    /// When that began.
    var began = Instant.zero
    /// When a checkpoint may be made only to remove what was compacted.
    var removalDue = Instant.zero
    /// What the newest one holds.
    var durable: UInt64 = 0
    /// Sizes of the entries that the log still has, oldest first.
    private var sizes = Deque<(index: UInt64, bytes: Int)>()
    private var total = 0
    /// Bytes that came into the log since the last checkpoint began.
    var grown = 0

    mutating func grew(_ index: UInt64, _ bytes: Int) {
        while let last = sizes.last, last.index >= index { removeLast() }
        sizes.append((index, bytes))
        total += bytes
        grown += bytes
    }

    private mutating func removeLast() {
        total -= sizes[sizes.count - 1].bytes
        sizes.remove(at: sizes.count - 1)
    }

    /// The newest entry at or below `mark` whose removal leaves at least `bytes` of log; forgets it
    /// and what is older.
    mutating func trim(through mark: UInt64, keeping bytes: Int) -> UInt64? {
        var released: UInt64?
        while let first = sizes.first, first.index <= mark, total - first.bytes >= bytes {
            total -= first.bytes
            released = first.index
            sizes.removeFirst()
        }
        return released
    }

    mutating func restart() {
        sizes.removeAll()
        total = 0
    }
}

extension Store {
    mutating func considerCheckpoint() {
        guard checkpointing.inFlight == nil, !transfers.isInstalling, repair.isSound else {
            return
        }
        // Some commands grow nothing but the log: keep-alives, for one.
        if mvcc.overlayBytes >= settings.checkpointBytes
            || checkpointing.grown >= 2 * settings.checkpointBytes
        {
            checkpointing.isDue = true
        }
        guard checkpointing.isDue, appliedIndex <= persistence.durable else { return }
        checkpointing.isDue = false
        checkpointing.grown = 0
        checkpointing.inFlight = SnapshotMark(
            index: appliedIndex, term: Term(rawValue: mvcc.mark.term),
            membership: MembershipMessage.raft(decoding: mvcc.membership))
        noteBackups()
        checkpointing.began = now
        metrics.checkpointBytes += UInt64(mvcc.overlayBytes)
        effects.state.append(.checkpoint(mvcc.freeze()))
    }

    /// What was compacted leaves although nobody writes, a bounded part at a time; and so does what
    /// was deleted while there is no space.
    mutating func tendRemoval() {
        guard now >= checkpointing.removalDue, checkpointing.inFlight == nil else { return }
        checkpointing.removalDue = now + Limits.removalInterval
        let isShort = (hasAlarm(.quota) || hasAlarm(.disk)) && mvcc.overlayBytes > 0
        if isShort || mvcc.awaitsRemoval { checkpointing.isDue = true }
    }

    mutating func checkpointed(_ tables: any Tables) {
        guard let mark = checkpointing.inFlight else {
            preconditionFailure("a checkpoint completed that was never asked for")
        }
        checkpointing.inFlight = nil
        metrics.checkpoints.observe(now.since(checkpointing.began))
        checkpointing.durable = mark.index.rawValue
        mvcc.thaw(tables: tables)
        openBackups()
        dropDamagedLog(below: mark)
        guard
            let released = checkpointing.trim(
                through: mark.index.rawValue, keeping: settings.trailingLogBytes)
        else { return }
        raftStep(.compacted(upTo: LogIndex(rawValue: released), mark: mark))
        releaseLog(through: released)
    }

    mutating func releaseLog(through index: UInt64) {
        var writes: [Journal.Write] = []
        journal.release(through: index, into: &writes)
        if !writes.isEmpty { effects.log.append(.tidy(writes)) }
    }
}
