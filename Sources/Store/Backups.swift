internal import Archive
internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// State and log on their way to clients that keep them.
///
/// A full backup forces a checkpoint that holds all that was applied when it was asked for, and then
/// streams a snapshot of it, as transfers between members do. An increment streams entries that are
/// still in memory. Both wait for the reader's credit and keep to its pace.
struct Backups {
    struct Backup {
        let id: UInt64
        let call: Call
        var pace: Pace
        var phase: Phase
        var parts: UInt64 = 0
        var bytes: UInt64 = 0
        var lastProgress: Instant
    }

    enum Phase {
        /// Until a checkpoint holds this entry. → `opening`
        case waiting(for: LogIndex)
        /// A snapshot of that checkpoint is being opened. → `reading`
        case opening(BackupHead)
        /// The next records are being read. → `holding`
        case reading(BackupHead)
        /// Until credit and pace allow. → `reading`, gone after the last.
        case holding(BackupHead, records: [UInt8], last: Bool)
        /// Entries, of which those before `next` were sent. Gone after the last.
        case log(BackupHead, [Entry], next: Int)
    }

    var open: [Backup] = []
    /// Those that may be able to send.
    var waking: [UInt64] = []
    /// When the pace lets the first of those go on that wait for it alone.
    var deadline = Instant.never

    func position(_ id: UInt64) -> Int? { open.firstIndex { $0.id == id } }
}

extension Store {
    mutating func backup(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try BackupRequest(request: body)
        try read(call, body, serializable: request.serializable)
    }

    /// What was acknowledged before the request came is applied here.
    mutating func openBackup(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try BackupRequest(request: body)
        guard backups.open.count < Limits.backups else {
            throw Refusal(
                .overloaded, "\(backups.open.count) backups of this member are under way")
        }
        let phase =
            request.sinceIndex == 0
            ? Backups.Phase.waiting(for: appliedIndex) : try increment(request)
        let id = transfers.number()
        guard sessions.add(call.stream, to: call.session, .backup(id)) else { return }
        backups.open.append(
            .init(
                id: id, call: call, pace: Pace(request.bytesPerSecond), phase: phase,
                lastProgress: now))
        if request.sinceIndex == 0 { checkpointing.isDue = true }
        backups.waking.append(id)
    }

    private func increment(_ request: BackupRequest) throws(Refusal) -> Backups.Phase {
        let since = LogIndex(rawValue: request.sinceIndex)
        guard since <= appliedIndex else {
            throw .invalid(
                "the earlier backup ends with entry \(since.rawValue), but this log with "
                    + "\(appliedIndex.rawValue): it is of another history. Take a full backup")
        }
        guard let term = raft.logTerm(at: since),
            let entries = raft.logEntries(after: since, through: appliedIndex)
        else {
            throw Refusal(
                .compacted,
                "the log no longer reaches back to entry \(since.rawValue), where the earlier "
                    + "backup ends. Take a full backup")
        }
        guard term.rawValue == request.sinceTerm else {
            throw .invalid(
                "entry \(since.rawValue) is not the one with which the earlier backup ends: it is "
                    + "of another history. Take a full backup")
        }
        var head = backupHead
        head.expectedBytes = entries.reduce(0) { $0 + UInt64($1.archived(in: 0).size) }
        return .log(head, entries, next: 0)
    }

    /// As things are now.
    private var backupHead: BackupHead {
        BackupHead(
            index: mvcc.mark.index, term: mvcc.mark.term, revision: mvcc.revision.rawValue,
            digest: mvcc.digest, clusterTime: mvcc.clusterTime.nanoseconds,
            wallTime: process.wallClock)
    }

    /// What the checkpoint that begins now will hold, for whoever waits for it.
    mutating func noteBackups() {
        guard !backups.open.isEmpty else { return }
        checkpointing.head = backupHead
    }

    /// A checkpoint is durable: opens it for those that waited for it.
    mutating func openBackups() {
        guard let head = checkpointing.head.take() else { return wantCheckpoint() }
        for position in backups.open.indices {
            guard case .waiting(let index) = backups.open[position].phase,
                index.rawValue <= head.index
            else { continue }
            backups.open[position].phase = .opening(head)
            effects.state.append(.openSnapshot(transfer: backups.open[position].id))
        }
        wantCheckpoint()
    }

    /// The checkpoint that just ended came too early for somebody.
    private mutating func wantCheckpoint() {
        let waits = backups.open.contains {
            if case .waiting = $0.phase { true } else { false }
        }
        if waits { checkpointing.isDue = true }
    }

    /// Whether it was one of ours.
    mutating func backupOpened(_ id: UInt64, _ mark: Mark) -> Bool {
        guard let position = backups.position(id) else { return false }
        guard case .opening(let head) = backups.open[position].phase else { return true }
        guard head.index == mark.index, head.term == mark.term else {
            // A state from the leader took the checkpoint's place.
            effects.state.append(.closeSnapshot(transfer: id))
            backups.open[position].phase = .waiting(for: appliedIndex)
            checkpointing.isDue = true
            return true
        }
        readBackup(position, head)
        return true
    }

    private mutating func readBackup(_ position: Int, _ head: BackupHead) {
        backups.open[position].phase = .reading(head)
        effects.state.append(
            .readSnapshot(transfer: backups.open[position].id, limit: Limits.snapshotChunk))
    }

    mutating func backupRead(_ id: UInt64, _ records: [UInt8], _ last: Bool) -> Bool {
        guard let position = backups.position(id) else { return false }
        guard case .reading(let head) = backups.open[position].phase else { return true }
        backups.open[position].phase = .holding(head, records: records, last: last)
        backups.waking.append(id)
        return true
    }

    mutating func backupFailed(_ id: UInt64) -> Bool {
        guard let position = backups.position(id) else { return false }
        endBackup(position, Refusal(.internal, "the state could not be read; see the member's log"))
        return true
    }
}

/// Sending.
extension Store {
    mutating func advanceBackups() {
        var due: [UInt64] = []
        swap(&due, &backups.waking)
        for id in due {
            guard let position = backups.position(id) else { continue }
            advanceBackup(position)
        }
    }

    private mutating func advanceBackup(_ position: Int) {
        switch backups.open[position].phase {
        case .waiting, .opening, .reading: break
        case .holding(let head, let records, let last):
            guard records.isEmpty || sendPart(position, head, records) else { return }
            if last { return finishBackup(position) }
            readBackup(position, head)
        case .log(let head, let entries, let next):
            let (records, rest) = gather(entries, from: next)
            guard sendPart(position, head, records) else { return }
            if rest == entries.count { return finishBackup(position) }
            backups.open[position].phase = .log(head, entries, next: rest)
            backups.waking.append(backups.open[position].id)
        }
    }

    private func gather(_ entries: [Entry], from next: Int) -> (records: [UInt8], rest: Int) {
        var records: [UInt8] = []
        var place = next
        while place < entries.count, records.isEmpty || records.count < Limits.chunk {
            entries[place].archived(in: identity.cluster).encode(into: &records)
            place += 1
        }
        return (records, place)
    }

    /// Whether it could be sent; if not, credit or time will wake the backup again.
    private mutating func sendPart(
        _ position: Int, _ head: BackupHead, _ records: [UInt8]
    ) -> Bool {
        let backup = backups.open[position]
        let (session, stream) = (backup.call.session, backup.call.stream)
        guard backup.pace.allows(at: now) else {
            backups.deadline = min(backups.deadline, backup.pace.due)
            return false
        }
        let start = effects.bytes.count
        let part = BackupResponse(
            header: header, head: backup.parts == 0 ? head : nil, records: records)
        part.encode(into: &effects.bytes)
        let size = effects.bytes.count - start
        guard size <= sessions.allowance(session, stream) else {
            effects.bytes.removeLast(size)
            if sessions.isWindowOpen(session, stream) { endBackup(position, tooNarrow) }
            return false
        }
        emit(.stream, session, stream, backup.call.method, from: start)
        sessions.spend(size, session, stream)
        backups.open[position].pace.spend(size, at: now)
        backups.open[position].parts += 1
        backups.open[position].bytes += UInt64(records.count)
        backups.open[position].lastProgress = now
        return true
    }

    private var tooNarrow: Refusal {
        .invalid(
            "a part does not fit into this stream's credit; ask again with at least "
                + "\(Limits.widestWindow) bytes")
    }

    private mutating func finishBackup(_ position: Int) {
        let backup = backups.open[position]
        forgetBackup(position)
        sessions.remove(backup.call.stream, from: backup.call.session)
        let start = effects.bytes.count
        BackupResponse(header: header, parts: backup.parts, bytes: backup.bytes)
            .encode(into: &effects.bytes)
        emit(.response, backup.call.session, backup.call.stream, backup.call.method, from: start)
    }

    private mutating func endBackup(_ position: Int, _ refusal: Refusal) {
        let call = backups.open[position].call
        forgetBackup(position)
        sessions.remove(call.stream, from: call.session)
        refuse(call.session, call.stream, call.method, refusal)
    }

    private mutating func forgetBackup(_ position: Int) {
        let backup = backups.open.remove(at: position)
        switch backup.phase {
        case .opening, .reading, .holding:
            effects.state.append(.closeSnapshot(transfer: backup.id))
        case .waiting, .log: break
        }
    }

    /// The caller cancelled it, or is gone.
    mutating func dropBackup(_ id: UInt64, _ refusal: Refusal?) {
        guard let position = backups.position(id) else { return }
        if let refusal { endBackup(position, refusal) } else { forgetBackup(position) }
    }

    /// Time has passed: wakes those that waited for it, and parts with readers that take nothing, as
    /// an open snapshot keeps old pages from being used again.
    mutating func tendBackups() {
        if backups.deadline <= now {
            backups.deadline = .never
            backups.waking += backups.open.map(\.id)
        }
        let stalled = backups.open.filter {
            now.since(max($0.lastProgress, $0.pace.due)) >= Limits.backupPatience
        }
        for backup in stalled {
            dropBackup(
                backup.id, Refusal(.deadlineExceeded, "the reader took nothing for too long"))
        }
    }
}

extension Entry {
    /// As it stands in an increment.
    func archived(in cluster: UInt64) -> Archive.LogRecord {
        let record = record(cluster: cluster)
        return Archive.LogRecord(
            kind: record.kind, term: record.term, index: record.index, payload: record.payload)
    }
}
