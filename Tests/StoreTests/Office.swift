import Journal
import MVCC
import Raft
import Testing
import Units
import Wire

@testable import Store

/// One member on a table: what it asks of its disk is done when the test says so.
final class Office {
    struct Frame {
        var session: UInt64
        var type: FrameType
        var stream: UInt32
        var body: [UInt8]
    }

    let id: UInt64
    var store: Store
    var now = Instant(nanoseconds: 1_000_000_000)
    private(set) var frames: [Frame] = []
    var mail: [(to: UInt64, bytes: [UInt8])] = []
    private(set) var logJobs: [LogJob] = []
    private(set) var stateJobs: [StateJob] = []
    private(set) var passwordJobs: [PasswordJob] = []
    private(set) var audited: [AuditLine] = []
    private(set) var auditSkipped = 0
    /// Parts of the disk that are to be read again.
    var scrubs: [ScrubJob] = []
    private var tables = MemoryTables()
    /// What is still to be sent of each, next part last.
    private var snapshots: [UInt64: [[UInt8]]] = [:]
    /// Records in one part of a snapshot.
    var recordsPerPart = Int.max
    /// The disk takes no more of an incoming state.
    var isFull = false
    private(set) var abandoned = 0
    private var building = MemoryTables()
    private var lastStream: UInt32 = 0
    private(set) var applied: [Entry] = []
    private(set) var dismissals: [Dismissal] = []
    private(set) var halted: String?
    private(set) var isRemoved = false
    /// The state's disk takes nothing of what comes in.
    var isDiskFull = false
    private(set) var refusedRestores = 0
    private(set) var checkpoints = 0

    /// - Parameter life: another start of the same member.
    init(
        _ id: UInt64 = 1, of members: [UInt64] = [1], settings: Store::Settings = .init(),
        birth: UInt64 = 0, life: UInt64 = 0
    ) {
        self.id = id
        var state = MVCC(tables: tables)
        state.membership = encodedMembership(
            members.map {
                Member(
                    id: MemberID($0), name: "m\($0)", peerAddress: "p\($0)",
                    clientAddresses: ["c\($0)"])
            }, cluster: 7)
        state.freeze().write(into: tables)
        let identity = Store::Identity(
            cluster: 7, member: MemberID(id), name: "m\(id)", version: "1.2.3",
            birth: birth)
        let journal = Journal(identity: Journal.Identity(cluster: 7, member: id))
        store = Store(
            identity: identity, settings: settings,
            recovered: Recovered(
                journal: journal, records: [], hardState: HardState(term: .zero, vote: nil),
                tables: tables),
            incarnation: id << 32 + life << 16, seed: id, now: now)
        store.isWitnessed = true
        open(1)
    }

    /// The same member after a stop: its disk holds all that was applied, and its vote.
    func restarted(_ settings: Store::Settings) -> Office {
        let saved = tables.copy()
        store.mvcc.freeze().write(into: saved)
        let again = Office(id, of: [id], settings: settings)
        again.tables = saved
        again.now = now
        again.store = Store(
            identity: store.identity, settings: settings,
            recovered: Recovered(
                journal: Journal(identity: Journal.Identity(cluster: 7, member: id)), records: [],
                hardState: store.raft.hardState, tables: saved),
            incarnation: store.proposals.origin &+ (1 << 16), seed: id, now: now)
        again.store.isWitnessed = true
        again.open(1)
        return again
    }

    // MARK: Time and disk

    func turn() {
        repeat { endTurn() } while store.wantsTurn
    }

    /// One turn, even if the store wants another.
    func endTurn() {
        store.endTurn(at: now)
        let effects = store.effects
        store.effects.clear()
        applied += effects.applied
        dismissals += effects.dismissals
        halted = halted ?? effects.halted
        isRemoved = isRemoved || effects.removed
        logJobs += effects.log
        stateJobs += effects.state
        passwordJobs += effects.passwords
        audited += effects.audit
        auditSkipped += effects.auditSkipped
        scrubs += effects.scrub
        for frame in effects.frames {
            frames.append(
                Frame(
                    session: frame.session.rawValue, type: frame.type, stream: frame.stream,
                    body: Array(effects.bytes[frame.body])))
        }
        for message in effects.messages {
            mail.append((message.to.rawValue, Array(effects.bytes[message.body])))
        }
    }

    func step(_ event: Store::Event) {
        store.step(event, at: now)
        turn()
    }

    func pass(_ milliseconds: UInt64) {
        now = now + .milliseconds(milliseconds)
        step(.tick)
    }

    /// Does the oldest thing that the log's thread was asked for; false when there is none.
    @discardableResult
    func finishLogJob() -> Bool {
        guard !logJobs.isEmpty else { return false }
        switch logJobs.removeFirst() {
        case .write: step(.logWritten)
        case .save: step(.slotsSaved)
        case .tidy: break
        }
        return true
    }

    @discardableResult
    func finishStateJob() -> Bool {
        guard !stateJobs.isEmpty else { return false }
        if let event = perform(stateJobs.removeFirst()) { step(event) }
        return true
    }

    func finishAll() {
        while finishLogJob() || finishStateJob() || finishPasswordJob() {}
    }

    /// Passwords are kept as they are, with a mark in front.
    @discardableResult
    func finishPasswordJob() -> Bool {
        guard !passwordJobs.isEmpty else { return false }
        switch passwordJobs.removeFirst() {
        case .derive(let job, let password):
            step(.passwordDerived(job: job, verifier: [0x24] + password))
        case .verify(let job, let password, let verifier):
            step(.passwordVerified(job: job, matches: [0x24] + password == verifier))
        }
        return true
    }

    private func perform(_ job: StateJob) -> Store::Event? {
        switch job {
        case .checkpoint(let checkpoint):
            checkpoints += 1
            tables = tables.copy()
            checkpoint.write(into: tables)
            return .checkpointed(tables)
        case .openSnapshot(let transfer):
            var cursor: SnapshotCodec.Cursor?
            let records = SnapshotCodec.next(
                from: tables, after: &cursor, limit: MVCC::Limits.snapshotChunk)
            snapshots[transfer] = parts(of: records ?? []).reversed()
            let state = MVCC(tables: tables)
            return .snapshot(
                .opened(
                    transfer: transfer, mark: state.mark, membership: state.membership,
                    digest: state.digest))
        case .readSnapshot(let transfer, _):
            let records = snapshots[transfer]?.popLast() ?? []
            let isLast = snapshots[transfer]?.isEmpty ?? true
            return .snapshot(.read(transfer: transfer, records: records, last: isLast))
        case .closeSnapshot: return nil
        case .beginRestore:
            building = MemoryTables()
            return nil
        case .restore(let transfer, _) where isDiskFull:
            refusedRestores += 1
            return .snapshot(.failed(transfer: transfer))
        case .restore(let transfer, let records):
            if isFull { return .snapshot(.failed(transfer: transfer)) }
            do {
                try SnapshotCodec.restore(chunk: records.span, into: building)
                return .snapshot(.stored(transfer: transfer))
            } catch {
                return .snapshot(.failed(transfer: transfer))
            }
        case .abandonRestore:
            abandoned += 1
            building = MemoryTables()
            return nil
        case .endRestore(let transfer, let mark, let digest):
            let state = MVCC(tables: building)
            guard state.mark == mark, state.digest == digest else {
                return .snapshot(.failed(transfer: transfer))
            }
            tables = building
            return .snapshot(.restored(transfer: transfer, tables: tables))
        }
    }

    /// Between records only: 1 byte table, 4 key length, 4 value length, key, value.
    private func parts(of records: [UInt8]) -> [[UInt8]] {
        var parts: [[UInt8]] = [[]]
        var (start, count) = (0, 0)
        while start < records.count {
            let lengths = [1, 5].map { Int(records.span.little(UInt32.self, at: start + $0)) }
            let end = start + 9 + lengths[0] + lengths[1]
            if count == recordsPerPart {
                parts.append([])
                count = 0
            }
            parts[parts.count - 1] += records[start..<end]
            (start, count) = (end, count + 1)
        }
        return parts
    }
    /// Records in a table of the last checkpoint.
    func count(_ table: Table) -> Int { tables.count(table) }

    // MARK: Clients

    func open(_ session: UInt64, streamCredit: Int = 1 << 20, connectionCredit: Int = 1 << 24) {
        store.step(
            .opened(
                SessionID(rawValue: session), streamCredit: streamCredit,
                connectionCredit: connectionCredit), at: now)
    }

    /// Asks and ends the turn; the call's number.
    @discardableResult
    func ask(
        _ method: Wire::Method, _ body: [UInt8], session: UInt64 = 1,
        within milliseconds: UInt64? = nil
    ) -> UInt32 {
        lastStream += 1
        store.request(
            session: SessionID(rawValue: session), stream: lastStream,
            method: UInt32(bitPattern: method.rawValue),
            deadline: milliseconds.map { now + .milliseconds($0) }, body: body.span, at: now)
        turn()
        return lastStream
    }

    @discardableResult
    func put(_ key: String, _ value: String, lease: Int64 = 0) -> UInt32 {
        ask(
            .put, PutRequest(key: Array(key.utf8), value: Array(value.utf8), lease: lease).encoded)
    }

    func credit(_ stream: UInt32, _ bytes: Int, session: UInt64 = 1) {
        step(.credit(SessionID(rawValue: session), stream: stream, bytes: bytes))
    }

    /// What came on a call, oldest first.
    func frames(_ stream: UInt32) -> [Frame] { frames.filter { $0.stream == stream } }

    func types(_ stream: UInt32) -> [FrameType] { frames(stream).map(\.type) }

    func code(_ stream: UInt32) throws -> ErrorCode {
        let frame = try #require(frames(stream).last)
        #expect(frame.type == .error)
        return try WireError(decoding: frame.body.span).code
    }

    /// What the last frame of a call says.
    func last<Answer: WireMessage>(
        _ stream: UInt32, as type: Answer.Type = Answer.self
    ) throws -> Answer {
        let frame = try #require(frames(stream).last)
        return try Answer(decoding: frame.body.span)
    }

    /// Leads, with everything durable.
    func lead() {
        for _ in 0..<20 where store.role != .leader {
            pass(100)
            finishAll()
        }
        finishAll()
        #expect(store.role == .leader)
    }

    /// A call that is answered at once when the disk is done with it.
    func answer<Answer: WireMessage>(
        _ method: Wire::Method, _ body: [UInt8], as type: Answer.Type = Answer.self
    ) throws -> Answer {
        let stream = ask(method, body)
        finishAll()
        let frame = try #require(frames(stream).last)
        #expect(frame.type == .response)
        return try Answer(decoding: frame.body.span)
    }

    func get(_ key: String, serializable: Bool = true) throws -> String? {
        let request = RangeRequest(key: Array(key.utf8), serializable: serializable)
        let response: RangeResponse = try answer(.range, request.encoded)
        return response.kvs.first.map { String(decoding: $0.value, as: UTF8.self) }
    }
}

/// Some members and the mail between them.
final class Street {
    var offices: [Office]
    /// Who neither sends nor gets mail.
    var cutOff: Set<UInt64> = []

    /// With `births` each has one: its number.
    init(_ count: UInt64, settings: Store::Settings = .init(), births: Bool = false) {
        offices = (1...count).map {
            Office($0, of: Array(1...count), settings: settings, birth: births ? $0 : 0)
        }
    }

    /// A new office that was told of these members, and is told everything by the log.
    func build(_ id: UInt64, of members: [UInt64], birth: UInt64 = 0) {
        precondition(id == UInt64(offices.count) + 1)
        let office = Office(id, of: members, birth: birth)
        office.now = offices[0].now
        offices.append(office)
    }

    /// Mail to those who are not there yet is lost.
    private func isThere(_ id: UInt64) -> Bool { id >= 1 && id <= UInt64(offices.count) }

    subscript(id: UInt64) -> Office { offices[Int(id) - 1] }

    /// All mail that was written so far, delivered once.
    func deliver(copies: Int = 1) {
        for from in offices {
            let letters = from.mail
            from.mail.removeAll()
            for letter in letters
            where !cutOff.contains(from.id) && !cutOff.contains(letter.to) && isThere(letter.to) {
                for _ in 0..<copies {
                    self[letter.to].store.receive(letter.bytes.span, at: self[letter.to].now)
                }
                self[letter.to].turn()
            }
        }
    }

    /// Mail and disks until nothing moves.
    func settle() {
        for _ in 0..<200 {
            for office in offices { office.finishAll() }
            guard offices.contains(where: { !$0.mail.isEmpty }) else { return }
            deliver()
        }
    }

    func pass(_ milliseconds: UInt64) {
        for office in offices { office.pass(milliseconds) }
        settle()
    }

    func elect() -> Office {
        for _ in 0..<100 {
            if let leader = leader { return leader }
            pass(50)
        }
        preconditionFailure("nobody leads")
    }

    private var leader: Office? {
        offices.first { $0.store.role == .leader && !cutOff.contains($0.id) }
    }
}
