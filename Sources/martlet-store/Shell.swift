import Daemon
import Disk
import EventLoop
import Journal
import MVCC
import Passwords
import RPC
import Raft
import Store
import Units
import Wire

/// One member in the world: the loop gives it events, and what it asks for is done here.
///
/// Within a turn the store only collects. When all input was taken, `endTurn` lets it decide, and
/// `perform` is one pass over its effects; so one log write, one write to each peer and one to each
/// client serve everything that came in together.
final class Shell {
    let loop: Loop
    var store: Store
    private var effects = Effects()
    private(set) var clients = ClientTable()
    let links: PeerLinks
    private let log: Worker<LogThread>
    private let state: Worker<StateThread>
    private let spares: Worker<Spares>
    /// Deriving a hash from a password takes a tenth of a second, on purpose.
    private let passwords: Worker<Void>
    private let scrubber: Worker<SegmentScrub>
    private(set) var tables: LMDBTables
    private let spare: Spares
    let directory: DataDirectory
    /// When the answers of this turn were there, if there are any.
    private var answered: Instant?
    var probes = Probes()
    private var timer: Timer?
    private var spaceTimer: Timer?
    private var isFilling = false
    /// Says what an operator should know.
    var report: (Report) -> Void = { _ in }

    enum Report {
        case leads(Term)
        case follows(String, Term)
        case leaderless(Term)
        case peerDown(String, String)
        case peerUp(String)
        case noSpace(String)
        /// The member must stop: what it says is no longer certain to be kept.
        case fatal(String)
        /// The member must stop, and starting it again will not help.
        case mustStop(String)
        case raised(ClusterVersion)
        /// Somebody who calls as this member is turned away.
        case dismissed(String, String)
        case removed
        case snapshotFailed(String)
        case slow(String)
        /// Somebody did something; from where.
        case deed(AuditLine, String)
        case moreDeeds(Int)
        /// An alarm was raised or, false, cleared.
        case alarm(String, Bool)
        case health(Health)
        /// Something on the disk is not what was written.
        case damage(String)
    }

    init(
        on loop: Loop, _ opened: Opened, settings: Store::Settings, links: PeerLinks
    ) {
        self.loop = loop
        self.links = links
        tables = opened.tables
        spare = opened.files.spares
        directory = opened.directory
        let incarnation = Loop.seed() | 1
        store = Store(
            identity: opened.identity, settings: settings, recovered: opened.recovered,
            incarnation: incarnation, seed: Loop.seed(), now: loop.now)
        store.process.started = loop.now
        store.process.diskBytes = Int64(opened.directory.usedBytes())
        let logThread = Handover(LogThread(opened.files, opened.slots))
        log = Worker(on: loop, name: "log") { logThread.take() }
        let stateThread = Handover(StateThread(opened.engine, directory: opened.directory.path))
        state = Worker(on: loop, name: "state") { stateThread.take() }
        let files = opened.files.spares
        spares = Worker(on: loop, name: "spares") { files }
        passwords = Worker(on: loop, name: "passwords") {}
        let segments = SegmentScrub(
            opened.directory.logPath,
            identity: Journal.Identity(
                cluster: opened.identity.cluster, member: opened.identity.member.rawValue))
        scrubber = Worker(on: loop, name: "scrub") { segments }
        timer = Timer(on: loop) { [weak self] _ in self?.tick() }
        spaceTimer = Timer(on: loop) { [weak self] _ in self?.measureSpace() }
        spaceTimer?.start(every: Shell.spacePatience)
        measureSpace()
        links.onMessage = { [weak self] in self?.store.receive($0, at: loop.now) }
        links.onLost = { [weak self] in self?.store.step(.peerLost($0), at: loop.now) }
        links.onState = { [weak self] in self?.report($0) }
        links.onCall = { [weak self] in
            self?.store.called(by: $0, incarnation: $1, connection: $2)
        }
        links.onCallEnd = { [weak self] in self?.store.calledOff(connection: $0) }
        links.incarnation = incarnation
        links.version = store.clusterVersion
        links.connect(to: store.peers)
        loop.onTurn { [weak self] in self?.endTurn() }
        loop.onSent { [weak self] in self?.sent() }
        fillSpares()
    }

    private func tick() { store.step(.tick, at: loop.now) }

    /// Hands leadership on, so that stopping costs the cluster no election timeout.
    func retire() { store.step(.retiring, at: loop.now) }

    /// There is somebody who could take over, and it has not happened yet.
    var mustHandOver: Bool {
        store.role == .leader
            && store.members.contains { $0.id != store.identity.member && !$0.isLearner }
    }

    var status: String {
        let leader = store.members.first { $0.id == store.leader }
        return switch store.role {
        case .leader: "leads in term \(store.term.rawValue), revision \(store.revision.rawValue)"
        default:
            leader.map { "follows \($0.name) in term \(store.term.rawValue)" }
                ?? "looks for a leader in term \(store.term.rawValue)"
        }
    }

    // MARK: Clients

    /// Serves a connection of a client.
    func serve(_ connection: Connection) {
        let session = clients.add(connection)
        connection.onReady = { [weak self] connection, hello in
            self?.store.step(
                .opened(
                    session, streamCredit: Int(hello.streamCredit),
                    connectionCredit: Int(hello.connectionCredit)), at: connection.stream.loop.now)
            let caller = Caller(connection.peer)
            if caller != .anonymous {
                self?.store.step(.identified(session, caller), at: connection.stream.loop.now)
            }
        }
        connection.onFrame = { [weak self] connection, header, body in
            self?.take(header, body, session, at: connection.stream.loop.now)
        }
        connection.onCancel = { [weak self] connection, stream in
            self?.store.step(
                .cancelled(session, stream: stream), at: connection.stream.loop.now)
        }
        connection.onCredit = { [weak self] connection, stream, bytes in
            self?.store.step(
                .credit(session, stream: stream, bytes: bytes), at: connection.stream.loop.now)
        }
    }

    func left(_ connection: Connection) {
        guard let session = clients.remove(connection) else { return }
        store.step(.closed(session), at: loop.now)
    }

    @inline(__always)
    private func take(_ header: FrameHeader, _ body: Bytes, _ session: SessionID, at now: Instant) {
        let deadline =
            header.deadline == FrameHeader.noDeadline
            ? nil : now + .milliseconds(UInt64(header.deadline))
        if header.method == .status { refreshFacts() }
        if header.method == .metrics { refreshMachine() }
        store.request(
            session: session, stream: header.stream,
            method: UInt32(bitPattern: header.method.rawValue), deadline: deadline, body: body,
            at: now)
    }

    /// What quota and disk alarms go by; a few system calls.
    private func measureSpace() {
        store.process.stateBytes = Int64(clamping: tables.usedBytes)
        store.process.fileBytes = Int64(clamping: directory.stateFileBytes())
        let free = DataDirectory.freeBytes(directory.path)
        store.process.freeBytes = free.map { Int64(clamping: $0) } ?? -1
    }

    private func refreshFacts() {
        measureSpace()
        store.process.residentBytes = Int64(ProcessFacts.residentBytes)
        store.process.diskBytes = Int64(directory.usedBytes())
    }

    // MARK: Turns

    private func endTurn() {
        let now = loop.now
        store.process.wallClock = Loop.wallClock.nanoseconds
        decide(at: now)
        if !store.effects.isEmpty {
            swap(&effects, &store.effects)
            perform()
            effects.clear()
        }
        if store.wantsTurn { loop.nextTurn {} }
        let deadline = store.deadline
        if deadline == .never { timer?.stop() } else { timer?.start(at: deadline) }
    }

    /// A turn of the store has one time; how long it takes is measured here.
    private func decide(at now: Instant) {
        let (index, start) = (store.appliedIndex, Loop.clock)
        store.endTurn(at: now)
        let end = Loop.clock
        store.took(end.since(start), at: now)
        if store.appliedIndex != index { store.metrics.apply.observe(end.since(start)) }
        if !store.effects.frames.isEmpty { answered = end }
    }

    private func sent() {
        guard let start = answered.take() else { return }
        store.metrics.reply.observe(Loop.clock.since(start))
    }

    private func perform() {
        let bytes = effects.bytes
        for frame in effects.frames {
            guard let client = clients[frame.session] else {
                if frame.session == .probe { probes.answered(frame.stream, frame.type) }
                continue
            }
            client.send(
                frame.type, stream: frame.stream,
                method: Method(rawValue: Int32(bitPattern: frame.method)),
                body: bytes.span.extracting(frame.body))
        }
        for message in effects.messages {
            links.send(bytes.span.extracting(message.body), to: message.to, message.lane)
        }
        for job in effects.log { write(job) }
        for job in effects.state { work(job) }
        for job in effects.passwords { work(job) }
        tell(effects.audit, effects.auditSkipped)
        for job in effects.scrub { scrub(job) }
        for dismissal in effects.dismissals { links.dismiss(dismissal) }
        if effects.versionRaised { raiseVersion() }
        if effects.membershipChanged { links.connect(to: store.peers) }
        if let words = effects.halted { report(.mustStop(words)) }
        if effects.leaderChanged { reportLeader() }
        for slow in effects.slow { tell(slow) }
        for (alarm, stands) in effects.alarms { report(.alarm(alarm.words, stands)) }
        if effects.healthChanged { report(.health(store.health)) }
        if effects.removed { report(.removed) }
    }

    private func tell(_ slow: LoggedSlowness) {
        let rest = slow.suppressed > 0 ? "; \(slow.suppressed) more since the last such line" : ""
        report(.slow(store.words(slow.operation) + rest))
    }

    /// What led here is kept before the member stops.
    private func stop(_ failure: DiskFailure) {
        var words = failure.description
        if directory.keep(DataDirectory.lastRecording, store.recording) {
            words += ". What led to it is in '\(directory.path)/\(DataDirectory.lastRecording)'"
        }
        report(.fatal(words))
    }

    private func tell(_ deeds: [AuditLine], _ skipped: Int) {
        for line in deeds {
            report(.deed(line, clients[line.session]?.peerName ?? "a connection that is gone"))
        }
        if skipped > 0 { report(.moreDeeds(skipped)) }
    }

    private func work(_ job: PasswordJob) {
        switch job {
        case .derive(let number, let password):
            passwords.perform { _ in
                Verifier(password: password)?.bytes ?? []
            } then: { [weak self] verifier in
                guard let self else { return }
                store.step(.passwordDerived(job: number, verifier: verifier), at: loop.now)
            }
        case .verify(let number, let password, let verifier):
            passwords.perform { _ in
                Verifier.check(password, against: verifier)
            } then: { [weak self] matches in
                guard let self else { return }
                store.step(.passwordVerified(job: number, matches: matches), at: loop.now)
            }
        }
    }

    /// From now on older programs can neither take part nor talk to us.
    private func raiseVersion() {
        let version = store.clusterVersion
        guard links.version != version else { return }
        links.version = version
        report(.raised(version))
    }

    private func reportLeader() {
        switch (store.role, store.members.first { $0.id == store.leader }) {
        case (.leader, _): report(.leads(store.term))
        case (_, let leader?): report(.follows(leader.name, store.term))
        case (_, nil): report(.leaderless(store.term))
        }
    }

    // MARK: Disk

    /// How long to wait before a write that found no space is tried again.
    private static let spacePatience = Instant.Span.seconds(1)

    private func write(_ job: LogJob) {
        let wallClock = Loop.wallClock.nanoseconds
        log.perform { thread in
            let start = Loop.clock
            let failure = thread.perform(job, wallClock: wallClock)
            return (failure, Loop.clock.since(start))
        } then: { [weak self] (failure: DiskFailure?, span: Instant.Span) in
            if case .write = job { self?.store.metrics.logSync.observe(span) }
            self?.written(job, failure)
        }
    }

    private func written(_ job: LogJob, _ failure: DiskFailure?) {
        if case .noSpace? = failure {
            report(.noSpace(failure!.description))
            let again = Timer(on: loop) { [weak self] timer in
                timer.close()
                self?.write(job)
            }
            return again.start(after: Shell.spacePatience)
        }
        if let failure { return stop(failure) }
        switch job {
        case .write:
            store.step(.logWritten, at: loop.now)
            fillSpares()
        case .save: store.step(.slotsSaved, at: loop.now)
        case .tidy: break
        }
    }

    /// Keeps zero-filled segments ahead, so that a full one is never waited for.
    private func fillSpares() {
        guard !isFilling, spare.count < Disk.Limits.spareSegments else { return }
        isFilling = true
        spares.perform { spares -> Bool in
            (try? spares.prefill()) ?? false
        } then: { [weak self] _ in
            self?.isFilling = false
        }
    }

    private func work(_ job: StateJob) {
        state.perform { thread in
            let start = Loop.clock
            let outcome = thread.perform(job)
            return (outcome, Loop.clock.since(start))
        } then: { [weak self] (outcome: StateThread.Outcome, span: Instant.Span) in
            if case .checkpoint = job { self?.store.metrics.commit.observe(span) }
            self?.worked(job, outcome)
        }
    }

    private func worked(_ job: StateJob, _ outcome: StateThread.Outcome) {
        let now = loop.now
        switch outcome {
        case .done: break
        case .checkpointed:
            guard renew() else { return }
            store.step(.checkpointed(tables), at: now)
        case .opened(let transfer, let mark, let membership, let digest):
            store.step(
                .snapshot(
                    .opened(
                        transfer: transfer, mark: mark, membership: membership, digest: digest)),
                at: now)
        case .read(let transfer, let records, let last):
            store.step(.snapshot(.read(transfer: transfer, records: records, last: last)), at: now)
        case .stored(let transfer): store.step(.snapshot(.stored(transfer: transfer)), at: now)
        case .restored(let transfer, let engine): restored(transfer, engine)
        case .damaged(let transfer, let words):
            report(.damage(words))
            store.step(.snapshot(.failed(transfer: transfer)), at: now)
            store.step(.stateDamaged(words), at: now)
        case .failed(let transfer, let words):
            report(.snapshotFailed(words))
            store.step(.snapshot(.failed(transfer: transfer)), at: now)
        case .broken(.noSpace(let fault)):
            report(.noSpace(DiskFailure.noSpace(fault).description))
            let again = Timer(on: loop) { [weak self] timer in
                timer.close()
                self?.work(job)
            }
            again.start(after: Shell.spacePatience)
        case .broken(let failure): stop(failure)
        }
    }

    private func scrub(_ job: ScrubJob) {
        switch job {
        case .log(let segment, let place, let through, let limit):
            scrubber.perform {
                $0.part(segment, from: place, through: through, limit: limit)
            } then: {
                [weak self] found, end in
                self?.scrubbed(found, end)
            }
        case .state(let place, let limit):
            state.perform {
                $0.scrub(from: place, limit: limit)
            } then: {
                [weak self] found, end in
                self?.scrubbed(found, end)
            }
        }
    }

    private func scrubbed(_ found: ScrubFound, _ end: ScrubEnd) {
        if found.damaged > 0 { report(.damage(found.words)) }
        store.step(.scrubbed(found, end), at: loop.now)
    }

    private func renew() -> Bool {
        do throws(DiskFailure) {
            try tables.renew()
            return true
        } catch {
            stop(error)
            return false
        }
    }

    private func restored(_ transfer: UInt64, _ engine: Engine) {
        do throws(DiskFailure) {
            tables = try engine.tables()
            store.step(.snapshot(.restored(transfer: transfer, tables: tables)), at: loop.now)
        } catch {
            stop(error)
        }
    }
}

extension Caller {
    fileprivate init(_ peer: Peer) {
        switch peer {
        case .unknown: self = .anonymous
        case .unix(let uid): self = .unix(uid: uid)
        case .certificate(let name): self = .certificate(name: name)
        }
    }
}

extension SegmentScrub {
    fileprivate func part(
        _ segment: UInt64, from place: SegmentPlace?, through last: UInt64, limit: Int
    ) -> (ScrubFound, ScrubEnd) {
        do throws(DiskFailure) {
            let part = try scrub(segment, from: place, through: last, limit: limit)
            return (ScrubFound(part.found), .log(next: part.next))
        } catch {
            return (ScrubFound(), .failed)
        }
    }
}

extension ScrubFound {
    init(_ found: Scrubbed) {
        self.init(
            bytes: found.bytes, checked: found.checked, damaged: found.damaged, words: found.words)
    }
}

/// Carries a value to the thread that will own it.
private final class Handover<Value>: @unchecked Sendable {
    private var value: Value?

    init(_ value: Value) { self.value = value }

    func take() -> Value {
        defer { value = nil }
        return value!
    }
}

/// Connections of clients by session. A session's number is its place and how often the place was
/// used, so that a late answer never goes to a newcomer.
struct ClientTable {
    private var connections: [Connection?] = []
    private var uses: [UInt32] = []
    private var free: [Int] = []
    private var sessions: [ObjectIdentifier: SessionID] = [:]

    var count: Int { connections.count - free.count }

    mutating func add(_ connection: Connection) -> SessionID {
        let place = free.popLast() ?? connections.count
        if place == connections.count {
            connections.append(nil)
            uses.append(0)
        }
        connections[place] = connection
        uses[place] += 1
        let session = SessionID(rawValue: UInt64(uses[place]) << 32 | UInt64(place))
        sessions[ObjectIdentifier(connection)] = session
        return session
    }

    mutating func remove(_ connection: Connection) -> SessionID? {
        guard let session = sessions.removeValue(forKey: ObjectIdentifier(connection)) else {
            return nil
        }
        let place = Int(session.rawValue & 0xFFFF_FFFF)
        connections[place] = nil
        free.append(place)
        return session
    }

    @inline(__always)
    subscript(session: SessionID) -> Connection? {
        let place = Int(session.rawValue & 0xFFFF_FFFF)
        guard place < connections.count, uses[place] == UInt32(session.rawValue >> 32) else {
            return nil
        }
        return connections[place]
    }
}
