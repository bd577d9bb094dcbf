internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// State on its way from a leader to a member that the log can no longer bring up to date.
struct Transfers {
    struct Outgoing {
        let id: UInt64
        let to: MemberID
        var head: Head?
        /// Chunks that were sent and not confirmed, oldest first.
        var unconfirmed: [SnapshotChunk] = []
        var sequence: UInt64 = 0
        var isReading = false
        var isRead = false
        /// Of all records so far.
        var hash: UInt64 = 0
        var lastProgress: Instant
        var lastSent: Instant
        /// How long to wait for a word before what is unconfirmed is sent again; grows while none
        /// comes, so that a slow line is not filled with doubles.
        var resend = Limits.forwardPatience
    }

    struct Head {
        var mark: Mark
        var membership: [UInt8]
        var digest: UInt64
    }

    struct Incoming {
        let id: UInt64
        let from: MemberID
        let mark: SnapshotMark
        let began: Instant
        /// The chunk that is wanted next.
        var sequence: UInt64 = 0
        var isStoring = false
        /// Chunks that came before their turn, at most a window of them.
        var early: [SnapshotChunk] = []
        /// Of all records so far.
        var hash: UInt64 = 0
        /// Set by the last chunk.
        var digest: UInt64?
    }

    private var next: UInt64
    var outgoing: [Outgoing] = []
    var incoming: Incoming?
    /// The new state is being put in place: nothing may be applied to the old one.
    var isInstalling = false
    /// For all that go out together.
    var pace: Pace
    /// When the pace lets those go on that wait for it.
    var deadline = Instant.never
    /// Members whose last transfer came to nothing, and when the next may begin.
    var paused: [(member: MemberID, until: Instant)] = []

    init(next: UInt64, rate: UInt64) {
        self.next = next
        pace = Pace(rate)
    }

    mutating func number() -> UInt64 {
        next &+= 1
        return next
    }
}

/// The sending side.
extension Store {
    mutating func beginTransfer(to member: MemberID) {
        guard !transfers.outgoing.contains(where: { $0.to == member }) else { return }
        guard !isPaused(member) else { return raftStep(.snapshotReported(to: member, .failed)) }
        let id = transfers.number()
        transfers.outgoing.append(.init(id: id, to: member, lastProgress: now, lastSent: now))
        effects.state.append(.openSnapshot(transfer: id))
    }

    /// Whether its last transfer failed only just now, for want of space perhaps.
    private mutating func isPaused(_ member: MemberID) -> Bool {
        transfers.paused.removeAll { $0.until <= now }
        return transfers.paused.contains { $0.member == member }
    }

    mutating func snapshot(_ event: SnapshotEvent) {
        switch event {
        case .opened(let id, let mark, let membership, let digest):
            guard !backupOpened(id, mark) else { return }
            opened(id, Transfers.Head(mark: mark, membership: membership, digest: digest))
        case .read(let id, let records, let last):
            guard !backupRead(id, records, last) else { return }
            didRead(id, records, last)
        case .stored(let id): stored(id)
        case .restored(let id, let tables): restored(id, tables)
        case .failed(let id): failed(id)
        }
    }

    private func outgoing(_ id: UInt64) -> Int? {
        transfers.outgoing.firstIndex { $0.id == id }
    }

    private mutating func opened(_ id: UInt64, _ head: Transfers.Head) {
        guard let position = outgoing(id) else {
            return effects.state.append(.closeSnapshot(transfer: id))
        }
        transfers.outgoing[position].head = head
        readMore(position)
    }

    private mutating func readMore(_ position: Int) {
        let transfer = transfers.outgoing[position]
        guard transfer.head != nil, !transfer.isReading, !transfer.isRead,
            transfer.unconfirmed.count < Limits.snapshotWindow
        else { return }
        guard transfers.pace.allows(at: now) else {
            transfers.deadline = min(transfers.deadline, transfers.pace.due)
            return
        }
        transfers.outgoing[position].isReading = true
        effects.state.append(
            .readSnapshot(transfer: transfer.id, limit: Limits.snapshotChunk))
    }

    private mutating func didRead(_ id: UInt64, _ records: [UInt8], _ last: Bool) {
        guard let position = outgoing(id), let head = transfers.outgoing[position].head else {
            return
        }
        let transfer = transfers.outgoing[position]
        let membership = MembershipMessage.raft(decoding: head.membership)
        let hash = Hash64.of(records, seed: transfer.hash)
        let chunk = SnapshotChunk(
            lastIndex: head.mark.index, lastTerm: head.mark.term,
            membership: MembershipMessage(membership, cluster: identity.cluster), transfer: id,
            sequence: transfer.sequence, last: last, records: records, digest: head.digest,
            recordsHash: hash)
        transfers.pace.spend(records.count, at: now)
        transfers.outgoing[position].hash = hash
        transfers.outgoing[position].isReading = false
        transfers.outgoing[position].isRead = last
        transfers.outgoing[position].sequence += 1
        transfers.outgoing[position].unconfirmed.append(chunk)
        transfers.outgoing[position].lastSent = now
        send(.snapshotChunk(chunk), to: transfer.to, term: raft.term, lane: .bulk)
        readMore(position)
    }

    mutating func confirmed(_ response: SnapshotChunkResponse, from member: MemberID) {
        guard let position = outgoing(response.transfer),
            transfers.outgoing[position].to == member
        else { return }
        if response.refused { return end(position, .failed) }
        if response.installed {
            let index = transfers.outgoing[position].head?.mark.index ?? 0
            return end(position, .delivered(LogIndex(rawValue: index)))
        }
        transfers.outgoing[position].unconfirmed.removeAll {
            $0.sequence < response.nextSequence
        }
        transfers.outgoing[position].lastProgress = now
        transfers.outgoing[position].resend = Limits.forwardPatience
        readMore(position)
    }

    private mutating func end(_ position: Int, _ report: SnapshotReport) {
        let transfer = transfers.outgoing.remove(at: position)
        switch report {
        case .delivered: metrics.snapshotsSent += 1
        case .failed: metrics.snapshotsFailed += 1
        }
        if case .delivered = report, alarm(.corrupt, transfer.to.rawValue) != nil {
            digests.isWanted = true
        }
        effects.state.append(.closeSnapshot(transfer: transfer.id))
        if report == .failed {
            transfers.paused.append((transfer.to, now + Limits.transferPause))
        }
        raftStep(.snapshotReported(to: transfer.to, report))
    }

    mutating func endTransfers() {
        while !transfers.outgoing.isEmpty {
            let transfer = transfers.outgoing.removeLast()
            effects.state.append(.closeSnapshot(transfer: transfer.id))
        }
    }

    /// Sends again what was not confirmed; gives up on a member that says nothing.
    mutating func tendTransfers() {
        if transfers.deadline <= now { transfers.deadline = .never }
        var position = 0
        while position < transfers.outgoing.count {
            let transfer = transfers.outgoing[position]
            if now.since(transfer.lastProgress) >= Limits.transferPatience, transfer.head != nil {
                end(position, .failed)
                continue
            }
            if now.since(transfer.lastSent) >= transfer.resend { sendAgain(position) }
            readMore(position)
            position += 1
        }
    }
}

extension Store {
    private mutating func sendAgain(_ position: Int) {
        let transfer = transfers.outgoing[position]
        transfers.outgoing[position].lastSent = now
        let doubled = Instant.Span(nanoseconds: transfer.resend.nanoseconds * 2)
        transfers.outgoing[position].resend = min(doubled, Limits.longestResend)
        for chunk in transfer.unconfirmed {
            send(.snapshotChunk(chunk), to: transfer.to, term: raft.term, lane: .bulk)
        }
    }
}

/// The receiving side.
extension Store {
    mutating func received(_ chunk: SnapshotChunk, from member: MemberID, term: Term) {
        guard term >= raft.term, !transfers.isInstalling else { return }
        guard chunk.lastIndex > mvcc.mark.index else {
            return confirm(chunk.transfer, to: member, next: chunk.sequence, installed: true)
        }
        if transfers.incoming?.id != chunk.transfer {
            guard chunk.sequence == 0 else {
                return confirm(chunk.transfer, to: member, next: 0, refused: true)
            }
            begin(chunk, from: member)
        }
        take(chunk, from: member)
    }

    private mutating func take(_ chunk: SnapshotChunk, from member: MemberID) {
        guard let incoming = transfers.incoming else { return }
        guard chunk.sequence >= incoming.sequence else {
            return confirm(chunk.transfer, to: member, next: incoming.sequence)
        }
        if chunk.sequence == incoming.sequence {
            if !incoming.isStoring { store(chunk) }
        } else if chunk.sequence - incoming.sequence <= UInt64(Limits.snapshotWindow),
            !incoming.early.contains(where: { $0.sequence == chunk.sequence })
        {
            transfers.incoming!.early.append(chunk)
        }
    }

    private mutating func store(_ chunk: SnapshotChunk) {
        transfers.incoming!.isStoring = true
        let hash = Hash64.of(chunk.records, seed: transfers.incoming!.hash)
        // A member of an earlier version sends none.
        guard chunk.recordsHash == 0 || chunk.recordsHash == hash else {
            return abandon(chunk.transfer, to: transfers.incoming!.from)
        }
        transfers.incoming!.hash = hash
        transfers.incoming!.digest = chunk.last ? chunk.digest : nil
        effects.state.append(.restore(transfer: chunk.transfer, records: chunk.records))
    }

    private mutating func begin(_ chunk: SnapshotChunk, from member: MemberID) {
        guard let membership = MembershipMessage.checked(chunk.membership?.encoded ?? []) else {
            return
        }
        transfers.incoming = .init(
            id: chunk.transfer, from: member,
            mark: SnapshotMark(
                index: LogIndex(rawValue: chunk.lastIndex), term: Term(rawValue: chunk.lastTerm),
                membership: membership), began: now)
        effects.state.append(.beginRestore(transfer: chunk.transfer))
    }

    private mutating func stored(_ id: UInt64) {
        guard let incoming = transfers.incoming, incoming.id == id, incoming.isStoring else {
            return
        }
        transfers.incoming!.isStoring = false
        transfers.incoming!.sequence += 1
        guard let digest = incoming.digest else {
            confirm(id, to: incoming.from, next: incoming.sequence + 1)
            return storeNext(incoming.sequence + 1)
        }
        guard isWanted(incoming.mark) else { return abandon(id, to: incoming.from) }
        // A checkpoint that is being written is done before: the state's jobs come in order.
        transfers.isInstalling = true
        let mark = Mark(index: incoming.mark.index.rawValue, term: incoming.mark.term.rawValue)
        effects.state.append(.endRestore(transfer: id, mark: mark, digest: digest))
    }

    /// When our own state is void, one that is newer will do although our log has all of it.
    private func isWanted(_ mark: SnapshotMark) -> Bool {
        raft.needs(mark) || (!repair.isSound && mark.index > appliedIndex)
    }

    private mutating func storeNext(_ sequence: UInt64) {
        guard let early = transfers.incoming?.early,
            let place = early.firstIndex(where: { $0.sequence == sequence })
        else { return }
        store(transfers.incoming!.early.remove(at: place))
    }

    private mutating func restored(_ id: UInt64, _ tables: any Tables) {
        guard let incoming = transfers.incoming, incoming.id == id else {
            preconditionFailure("a state was put in place that nobody asked for")
        }
        transfers.incoming = nil
        transfers.isInstalling = false
        metrics.snapshotsReceived += 1
        metrics.restores.observe(now.since(incoming.began))
        replaceState(tables)
        raftStep(.snapshotInstalled(incoming.mark))
        believe(stateAt: incoming.mark.index.rawValue)
        confirm(id, to: incoming.from, next: incoming.sequence, installed: true)
    }

    private mutating func replaceState(_ tables: any Tables) {
        mvcc = MVCC(tables: tables)
        access = Access(mvcc)
        quotas = Quotas(mvcc)
        access.hasChanged = true
        readFacts()
        effects.versionRaised = true
        // Raft tells again of all that is committed beyond the snapshot.
        backlog.removeAll()
        digests.restart(at: mvcc.mark.index)
        scrub.stateReplaced()
        checkpointing.durable = mvcc.mark.index
        persistence.durable = max(persistence.durable, appliedIndex)
        abandonSent()
        restartWatches()
        restartLines()
        sessionClock.isStale = true
        restartTreeWatches()
        effects.membershipChanged = true
    }

    private mutating func failed(_ id: UInt64) {
        if backupFailed(id) { return }
        if let position = outgoing(id) { return end(position, .failed) }
        guard let incoming = transfers.incoming, incoming.id == id else { return }
        transfers.isInstalling = false
        abandon(id, to: incoming.from)
    }

    /// What came so far is void: the sender begins anew.
    private mutating func abandon(_ id: UInt64, to member: MemberID) {
        transfers.incoming = nil
        effects.state.append(.abandonRestore(transfer: id))
        confirm(id, to: member, next: 0, refused: true)
    }

    private mutating func confirm(
        _ transfer: UInt64, to member: MemberID, next: UInt64, installed: Bool = false,
        refused: Bool = false
    ) {
        let response = SnapshotChunkResponse(
            transfer: transfer, nextSequence: next, installed: installed, refused: refused)
        send(.snapshotChunkResponse(response), to: member, term: raft.term)
    }
}
