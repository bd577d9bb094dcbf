import Journal
import MVCC
import Raft
package import Store
package import Units
import Wire

/// A recording of a real member, done again.
///
/// When the recording reaches back to the member's start, a real `Store` is made from the same facts and
/// is given the same events at the same times; each turn must come to the same decisions. When its
/// beginning is lost, what was recorded is looked through for what can never be.
package struct Replay {
    package struct Report: Equatable, Sendable {
        package enum Outcome: Equatable, Sendable {
            /// Every turn decided as it did.
            case same
            /// The first turn that did not, counted from 1, and when.
            case differs(turn: Int, after: Instant.Span)
            /// From there on something is missing: a password, or where reading the disk again ended.
            case sameUntilGap(turn: Int)
            /// The beginning is lost: only looked through.
            case checked
            /// This can never be.
            case broken(String)
        }

        package var outcome: Outcome
        package var turns = 0
        package var events = 0
        package var span: Instant.Span = .milliseconds(0)
        package var member: String
        package var version: String

        package var isWell: Bool {
            switch outcome {
            case .same, .checked, .sameUntilGap: true
            case .differs, .broken: false
            }
        }

        package var text: String {
            let what =
                "member '\(member)' (\(version)): \(events) events in \(turns) turns over "
                + "\(Moment(nanoseconds: span.nanoseconds)) s"
            switch outcome {
            case .same: return "\(what), from its start: all decided again as they were"
            case .differs(let turn, let after):
                return "\(what): turn \(turn), at +\(Moment(nanoseconds: after.nanoseconds)) s, "
                    + "decides otherwise now"
            case .sameUntilGap(let turn):
                return "\(what), from its start: decided again as they were up to turn \(turn), "
                    + "before something that is not recorded, such as a password"
            case .checked:
                return "\(what); what came before is lost, so they were not done again. Terms, "
                    + "indices and digests agree"
            case .broken(let why): return "\(what): \(why)"
            }
        }
    }

    private let recording: Recording
    private let trace: ((String) -> Void)?
    private var report: Report
    private var store: Store?
    private var tables = MemoryTables()
    private var checkpoints: [MemoryTables] = []
    private var building = MemoryTables()

    /// `trace` is given a line for each event.
    package static func run(_ recording: Recording, trace: ((String) -> Void)? = nil) -> Report {
        var replay = Replay(recording, trace)
        replay.run()
        return replay.report
    }

    private init(_ recording: Recording, _ trace: ((String) -> Void)?) {
        self.recording = recording
        self.trace = trace
        report = Report(
            outcome: recording.isWhole ? .same : .checked, member: recording.head.identity.name,
            version: recording.head.identity.version)
    }

    private mutating func run() {
        guard let first = recording.events.first, let last = recording.events.last else { return }
        report.events = recording.events.count
        report.span = last.at.since(first.at)
        report.turns = recording.events.count { $0.isTurn }
        if let trace {
            for event in recording.events { trace(event.line(since: first.at)) }
        }
        if let why = Replay.impossible(recording.events) {
            report.outcome = .broken(why)
        } else if recording.isWhole {
            doAgain(since: first.at)
        }
    }

    // MARK: Looking through

    /// What the turns tell against all rules.
    private static func impossible(_ events: [RecordedEvent]) -> String? {
        var last: (applied: UInt64, term: UInt64, digest: UInt64)?
        for event in events {
            guard case .turn(_, let applied, let term, let digest) = event.what else { continue }
            if let last {
                if term < last.term { return "the term falls from \(last.term) to \(term)" }
                if applied < last.applied {
                    return "the applied index falls from \(last.applied) to \(applied)"
                }
                if applied == last.applied, digest != last.digest {
                    return "the state changes at index \(applied) without an entry"
                }
            }
            last = (applied, term, digest)
        }
        return nil
    }

    /// The first index at which two members of one cluster had different states; nil when there is
    /// none, or nothing can be compared.
    package static func difference(_ one: Recording, _ other: Recording) -> UInt64? {
        guard one.head.identity.cluster == other.head.identity.cluster else { return nil }
        var digests: [UInt64: UInt64] = [:]
        for event in one.events {
            if case .turn(_, let applied, _, let digest) = event.what { digests[applied] = digest }
        }
        for event in other.events {
            guard case .turn(_, let applied, _, let digest) = event.what,
                let known = digests[applied]
            else { continue }
            if known != digest { return applied }
        }
        return nil
    }

    // MARK: Doing it again

    private mutating func doAgain(since start: Instant) {
        guard begin() else {
            report.outcome = .broken("its start does not fit together")
            return
        }
        var turn = 0
        for event in recording.events {
            if event.isGap {
                report.outcome = .sameUntilGap(turn: turn)
                return
            }
            give(event)
            guard case .turn(let fingerprint, _, _, _) = event.what else { continue }
            turn += 1
            guard fingerprint == store!.fingerprint else {
                report.outcome = .differs(turn: turn, after: event.at.since(start))
                return
            }
        }
    }

    private mutating func begin() -> Bool {
        let head = recording.head
        do throws(SnapshotCodec.Fault) {
            for chunk in head.state { try SnapshotCodec.restore(chunk: chunk.span, into: tables) }
        } catch {
            return false
        }
        var journal = Journal(
            identity: Journal.Identity(
                cluster: head.identity.cluster, member: head.identity.member.rawValue))
        var writes: [Journal.Write] = []
        let first = head.records.first?.index ?? head.lastIndex + 1
        if first > 1 { journal.restart(after: first - 1, into: &writes) }
        if !head.records.isEmpty { journal.append(head.records, into: &writes) }
        var recovered = Recovered(
            journal: journal, records: head.records, hardState: head.hardState, tables: tables)
        recovered.life = head.life
        store = Store(
            identity: head.identity, settings: head.settings, recovered: recovered,
            incarnation: head.incarnation, seed: head.seed, now: head.now)
        return true
    }

    private mutating func give(_ event: RecordedEvent) {
        let now = event.at
        switch event.what {
        case .turn: endTurn(at: now)
        case .request(let session, let stream, let method, let within, let body):
            store!.request(
                session: session, stream: stream, method: method,
                deadline: within.map { now + Instant.Span(nanoseconds: $0) }, body: body.span,
                at: now)
        case .message(let bytes): store!.receive(bytes.span, at: now)
        case .probe(let stream, let within):
            store!.probe(
                stream: stream, deadline: now + Instant.Span(nanoseconds: within), at: now)
        case .facts(let facts): store!.process = facts
        default:
            if let event = storeEvent(event.what) { store!.step(event, at: now) }
        }
    }

    private mutating func storeEvent(_ what: RecordedEvent.What) -> Store::Event? {
        switch what {
        case .tick: .tick
        case .opened(let session, let stream, let connection):
            .opened(session, streamCredit: stream, connectionCredit: connection)
        case .closed(let session): .closed(session)
        case .credit(let session, let stream, let bytes):
            .credit(session, stream: stream, bytes: bytes)
        case .cancelled(let session, let stream): .cancelled(session, stream: stream)
        case .peerLost(let member): .peerLost(member)
        case .logWritten: .logWritten
        case .slotsSaved: .slotsSaved
        case .retiring: .retiring
        case .checkpointed:
            checkpoints.isEmpty ? nil : .checkpointed(checkpoints.removeFirst())
        case .snapshotOpened(let transfer, let mark, let membership, let digest):
            .snapshot(
                .opened(transfer: transfer, mark: mark, membership: membership, digest: digest))
        case .snapshotRead(let transfer, let records, let last):
            .snapshot(.read(transfer: transfer, records: records, last: last))
        case .snapshotStored(let transfer): .snapshot(.stored(transfer: transfer))
        case .snapshotRestored(let transfer): restored(transfer)
        case .snapshotFailed(let transfer): .snapshot(.failed(transfer: transfer))
        case .stateDamaged(let words): .stateDamaged(words)
        case .identified(let session, let caller): .identified(session, caller)
        case .turn, .request, .message, .probe, .facts, .secret, .scrubbed, .passwordDone: nil
        }
    }

    private mutating func restored(_ transfer: UInt64) -> Store::Event {
        tables = building
        return .snapshot(.restored(transfer: transfer, tables: tables))
    }

    private mutating func endTurn(at now: Instant) {
        store!.endTurn(at: now)
        for job in store!.effects.state { perform(job) }
        store!.effects.clear()
    }

    /// What the state's thread did; what it answered, and when, is in the recording.
    private mutating func perform(_ job: StateJob) {
        switch job {
        case .checkpoint(let checkpoint):
            tables = tables.copy()
            checkpoint.write(into: tables)
            checkpoints.append(tables)
        case .beginRestore: building = MemoryTables()
        case .restore(_, let records):
            try? SnapshotCodec.restore(chunk: records.span, into: building)
        case .abandonRestore: building = MemoryTables()
        case .openSnapshot, .readSnapshot, .closeSnapshot, .endRestore: break
        }
    }
}

// MARK: - As lines

extension RecordedEvent {
    var isTurn: Bool {
        if case .turn = what { true } else { false }
    }

    /// What follows cannot be told from what is recorded.
    var isGap: Bool {
        switch what {
        case .secret, .passwordDone: true
        case .scrubbed(let damaged, _): damaged > 0
        default: false
        }
    }

    /// For people: seconds since the first event, and what it was.
    func line(since start: Instant) -> String {
        "+\(Moment(nanoseconds: at.since(start).nanoseconds)) \(words)"
    }

    private var words: String {
        switch what {
        case .turn(_, let applied, let term, let digest):
            "turn ends: term \(term), applied \(applied), digest \(String(digest, radix: 16))"
        case .message(let bytes): RecordedEvent.describe(bytes)
        case .request(let session, let stream, let method, _, let body):
            "request of \(RecordedEvent.name(session)) call \(stream): \(RecordedEvent.name(method)), "
                + "\(body.count) bytes"
        case .secret(let session, let stream, let method, let length):
            "request of \(RecordedEvent.name(session)) call \(stream): \(RecordedEvent.name(method)), "
                + "\(length) bytes that are secret"
        case .snapshotRead(let transfer, let records, let last):
            "snapshot \(String(transfer, radix: 16)) read: \(records.count) bytes"
                + (last ? ", the last" : "")
        case .snapshotOpened(let transfer, let mark, _, _):
            "snapshot \(String(transfer, radix: 16)) opened at \(mark.index)"
        case .probe(let stream, _): "probe \(stream)"
        case .facts(let facts): "facts: \(facts.diskBytes) bytes on disk"
        default: "\(what)".replacing("SessionID", with: "")
        }
    }

    private static func name(_ session: SessionID) -> String {
        "client \(session.rawValue & 0xFFFF_FFFF)/\(session.rawValue >> 32)"
    }

    private static func name(_ method: UInt32) -> String {
        "\(Wire::Method(rawValue: Int32(truncatingIfNeeded: method)))"
    }

    private static func describe(_ bytes: [UInt8]) -> String {
        guard let message = try? PeerMessage(decoding: bytes.span), let body = message.body else {
            return "message that is none, \(bytes.count) bytes"
        }
        return "message of \(String(message.from, radix: 16)) term \(message.term): "
            + "\("\(body)".prefix(160))"
    }
}
