internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// The flight recorder: what the store was given lately, so that it can be seen, or even be done, again.
///
/// It is a ring of blocks. The newest block takes events; when there are too many events or bytes the
/// oldest block goes, and with it the start facts, without which the rest can only be looked at.
/// `Recording.swift` describes the bytes.
struct Recorder {
    private var blocks = Deque<Block>()
    private var closedEvents = 0
    private var closedBytes = 0
    /// The newest block, which events are added to.
    private var open = Block()
    /// The head and the start facts, while nothing of what followed is lost.
    private var start: [[UInt8]]
    /// The head for a recording without its beginning.
    private let head: [UInt8]
    private let capacity: Int
    /// Time of the event before.
    private var time: UInt64
    private var facts = ProcessFacts()
    /// What is answered in this turn is known to the shell alone.
    var isPrivate = false
    /// Of what the last turn decided.
    private(set) var fingerprint: UInt64 = 0

    struct Block {
        /// How many events came before it.
        var first: UInt64 = 0
        var count = 0
        var bytes: [UInt8] = []
    }

    init(_ facts: StartFacts, capacity: Int, now: Instant) {
        self.capacity = capacity
        time = now.nanoseconds
        head = facts.head(isWhole: false)
        start = capacity > 0 ? facts.blocks : []
    }

    var isOn: Bool { capacity > 0 }

    // MARK: The ring

    /// Begins an event of about so many bytes; what follows is added to `open`. False when nothing is
    /// recorded.
    private mutating func begin(_ kind: RecordKind, at now: Instant, size: Int = 32) -> Bool {
        guard isOn else { return false }
        makeRoom(for: size)
        open.bytes.append(kind.rawValue)
        put(now.nanoseconds - min(now.nanoseconds, time))
        time = max(time, now.nanoseconds)
        open.count += 1
        return true
    }

    private mutating func put(_ word: UInt64) { open.bytes.append(varint: word) }

    private mutating func makeRoom(for size: Int) {
        let isFull =
            open.count >= Limits.recordedEvents / 16
            || open.count > 0 && open.bytes.count + size > Limits.recordedBlock
        if isFull || open.bytes.isEmpty { turnPage() }
        while !blocks.isEmpty, byteCount + size > capacity || count >= Limits.recordedEvents {
            let oldest = blocks.removeFirst()
            closedEvents -= oldest.count
            closedBytes -= oldest.bytes.count
            start = []
        }
    }

    private mutating func turnPage() {
        let first = open.first + UInt64(open.count)
        if open.count > 0 {
            closedEvents += open.count
            closedBytes += open.bytes.count
            blocks.append(open)
        }
        open = Block(first: first)
        open.bytes.append(BlockKind.events.rawValue)
        open.bytes.append(little: first)
        open.bytes.append(little: time)
    }

    /// The recording as it stands: pieces that make the file one after the other.
    var pieces: [[UInt8]] {
        var pieces = [Recording.magic]
        if start.isEmpty {
            pieces.append(Recording.framed(head))
        } else {
            pieces += start.map(Recording.framed)
        }
        for position in 0..<blocks.count { pieces.append(Recording.framed(blocks[position].bytes)) }
        if open.count > 0 { pieces.append(Recording.framed(open.bytes)) }
        pieces.append(Recording.framed([BlockKind.end.rawValue]))
        return pieces
    }

    var count: Int { closedEvents + open.count }
    var byteCount: Int { closedBytes + open.bytes.count }
    var isWhole: Bool { !start.isEmpty }
}

// MARK: - What is written

extension Recorder {
    mutating func note(_ event: Event, at now: Instant) {
        switch event {
        case .tick: _ = begin(.tick, at: now)
        case .opened(let session, let stream, let connection):
            note(.opened, at: now, session.rawValue, UInt64(stream), UInt64(connection))
        case .closed(let session): note(.closed, at: now, session.rawValue)
        case .credit(let session, let stream, let bytes):
            note(.credit, at: now, session.rawValue, UInt64(stream), UInt64(bytes))
        case .cancelled(let session, let stream):
            note(.cancelled, at: now, session.rawValue, UInt64(stream))
        case .peerLost(let member):
            if begin(.peerLost, at: now) { open.bytes.append(little: member.rawValue) }
        case .logWritten: _ = begin(.logWritten, at: now)
        case .slotsSaved: _ = begin(.slotsSaved, at: now)
        case .checkpointed: _ = begin(.checkpointed, at: now)
        case .snapshot(let event): note(event, at: now)
        case .scrubbed(let found, _):
            guard begin(.scrubbed, at: now) else { return }
            put(UInt64(clamping: found.damaged))
            open.bytes.append(counted: Array(found.words.utf8).span)
        case .stateDamaged(let words):
            guard begin(.stateDamaged, at: now) else { return }
            open.bytes.append(counted: Array(words.utf8).span)
        case .retiring: _ = begin(.retiring, at: now)
        case .identified(let session, let caller): note(session, caller, at: now)
        // The request that asked for it was not recorded either.
        case .passwordDerived(let job, _), .passwordVerified(let job, _):
            note(.passwordDone, at: now, job)
        }
    }

    private mutating func note(_ session: SessionID, _ caller: Caller, at now: Instant) {
        guard begin(.identified, at: now) else { return }
        put(session.rawValue)
        switch caller {
        case .anonymous: put(0)
        case .unix(let uid): put(UInt64(uid) + 2)
        case .certificate(let name):
            put(1)
            open.bytes.append(counted: Array(name.utf8).span)
        }
    }

    private mutating func note(_ kind: RecordKind, at now: Instant, _ words: UInt64...) {
        guard begin(kind, at: now) else { return }
        for word in words { put(word) }
    }

    private mutating func note(_ event: SnapshotEvent, at now: Instant) {
        switch event {
        case .opened(let transfer, let mark, let membership, let digest):
            guard begin(.snapshotOpened, at: now, size: membership.count + 64) else { return }
            put(transfer)
            put(mark.index)
            put(mark.term)
            open.bytes.append(little: digest)
            open.bytes.append(counted: membership.span)
        case .read(let transfer, let records, let last):
            guard begin(.snapshotRead, at: now, size: records.count + 32) else { return }
            put(transfer)
            open.bytes.append(last ? 1 : 0)
            open.bytes.append(counted: records.span)
        case .stored(let transfer): note(.snapshotStored, at: now, transfer)
        case .restored(let transfer, _): note(.snapshotRestored, at: now, transfer)
        case .failed(let transfer): note(.snapshotFailed, at: now, transfer)
        }
    }

    mutating func note(request call: Call, _ body: Bytes, at now: Instant) {
        let isSecret = Recorder.isSecret(call.method)
        guard begin(isSecret ? .secret : .request, at: now, size: body.count + 64) else { return }
        put(call.session.rawValue)
        put(UInt64(call.stream))
        put(UInt64(call.method))
        guard !isSecret else { return put(UInt64(body.count)) }
        put(call.deadline.map { $0.since(now).nanoseconds &+ 1 } ?? 0)
        open.bytes.append(counted: body)
    }

    mutating func note(message: Bytes, at now: Instant) {
        guard begin(.message, at: now, size: message.count + 32) else { return }
        open.bytes.append(counted: message)
    }

    mutating func note(probe stream: UInt32, deadline: Instant, at now: Instant) {
        note(.probe, at: now, UInt64(stream), deadline.since(now).nanoseconds)
    }

    /// What the shell looked up, if it is new; a status may tell of it.
    mutating func note(_ found: ProcessFacts, at now: Instant) {
        guard found != facts, begin(.facts, at: now) else { return }
        facts = found
        open.bytes.append(little: UInt64(bitPattern: found.diskBytes))
        open.bytes.append(little: UInt64(bitPattern: found.residentBytes))
        open.bytes.append(little: found.started.nanoseconds)
        open.bytes.append(little: found.wallClock)
        open.bytes.append(little: found.stateBytes)
        open.bytes.append(little: found.fileBytes)
        open.bytes.append(little: found.freeBytes)
    }

    mutating func noteTurn(
        _ effects: Effects, applied: LogIndex, term: Term, digest: UInt64, at now: Instant
    ) {
        guard isOn else { return }
        fingerprint = effects.fingerprint(isPrivate: isPrivate)
        isPrivate = false
        guard begin(.turn, at: now) else { return }
        open.bytes.append(little: fingerprint)
        put(applied.rawValue)
        put(term.rawValue)
        open.bytes.append(little: digest)
    }

    /// Calls whose bodies hold words that nobody else should know.
    private static func isSecret(_ method: UInt32) -> Bool {
        switch Method(rawValue: Int32(truncatingIfNeeded: method)) {
        case .authenticate, .userAdd, .userPassword: true
        default: false
        }
    }
}

extension Effects {
    /// The same for the same decisions, whoever made them. Where the log's bytes lie on the disk is not
    /// in it; nor, when the turn is private, are the bodies of its answers.
    func fingerprint(isPrivate: Bool) -> UInt64 {
        var sum = isPrivate ? 0 : Hash64.of(bytes)
        func fold(_ word: UInt64) {
            sum = (sum ^ word) &* 0x9E37_79B9_7F4A_7C15
            sum ^= sum >> 29
        }
        for frame in frames {
            fold(frame.session.rawValue)
            fold(UInt64(frame.type.rawValue) << 32 | UInt64(frame.stream))
            if !isPrivate { fold(UInt64(frame.body.count)) }
        }
        for message in messages {
            fold(message.to.rawValue)
            fold(message.lane == .bulk ? 1 : 0)
        }
        for job in log {
            // What is tidied depends on how the log is cut into files.
            if let kind = job.kind { fold(kind) }
        }
        for job in state { fold(job.kind) }
        fold(UInt64(frames.count) << 32 | UInt64(messages.count))
        fold(
            (membershipChanged ? 1 : 0) | (leaderChanged ? 2 : 0) | (removed ? 4 : 0)
                | (healthChanged ? 8 : 0))
        return sum
    }
}

extension LogJob {
    fileprivate var kind: UInt64? {
        switch self {
        case .write: 1
        case .tidy: nil
        case .save(let slots): 2 &+ slots.hardState.term.rawValue &* 4
        }
    }
}

extension StateJob {
    fileprivate var kind: UInt64 {
        switch self {
        case .checkpoint: 1
        case .openSnapshot(let transfer): 2 &+ transfer &* 8
        case .readSnapshot(let transfer, _): 3 &+ transfer &* 8
        case .closeSnapshot(let transfer): 4 &+ transfer &* 8
        case .beginRestore(let transfer): 5 &+ transfer &* 8
        case .restore(let transfer, let records): 6 &+ transfer &* 8 &+ UInt64(records.count) << 32
        case .endRestore(let transfer, _, let digest): 7 &+ transfer &* 8 ^ digest
        case .abandonRestore(let transfer): 8 &+ transfer &* 8
        }
    }
}
