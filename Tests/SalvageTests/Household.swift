import Archive
import Disk
import Journal
import MVCC
import Raft
import Store
import Testing
import Units
import Wire

/// A member on a real disk: what it asks for is done at once, in order.
final class Household {
    let path: String
    let identity: Store::Identity
    var store: Store
    private var now = Instant(nanoseconds: 1_000_000_000)
    private let directory: DataDirectory
    private let slots: DualSlots
    private let files: SegmentFiles
    private let engine: Engine
    private let tables: LMDBTables
    private var snapshots: [UInt64: StateSnapshot] = [:]
    private var stream: UInt32 = 0
    private(set) var frames: [(type: FrameType, stream: UInt32, body: [UInt8])] = []

    static let cluster: UInt64 = 7
    static let map = 64 << 20

    /// Opens what is there, or founds a cluster of one.
    init(_ path: String, checkpointBytes: Int = 64 << 20) throws {
        self.path = path
        directory = try DataDirectory(path, reserve: 0)
        let own =
            try directory.identity() ?? Journal.Identity(cluster: Household.cluster, member: 1)
        try directory.claim(own)
        slots = try DualSlots(directory.slotsPath, identity: own)
        engine = try Engine(path, mapBytes: Household.map)
        tables = try engine.tables()
        var state = MVCC(tables: tables)
        if state.membership.isEmpty {
            state.membership = encodedMembership(
                [Member(id: MemberID(rawValue: 1), name: "m1", peerAddress: "127.0.0.1:2380")],
                cluster: own.cluster)
            try engine.commit(state.freeze())
            try tables.renew()
        }
        let files = try SegmentFiles(directory.logPath, segmentBytes: 4 << 20)
        self.files = files
        let recovery = try Journal.recover(
            identity: own, segmentBytes: 4 << 20, segments: files.numbers,
            knownDurable: slots.content.knownDurable, load: { try files.load($0) })
        guard case .ready(let journal, let records, _) = recovery else {
            throw Trouble(words: "\(recovery)")
        }
        identity = Store::Identity(
            cluster: own.cluster, member: MemberID(rawValue: own.member), name: "m1", version: "1")
        store = Store(
            identity: identity, settings: Store::Settings(checkpointBytes: checkpointBytes),
            recovered: Recovered(
                journal: journal, records: records,
                hardState: HardState(term: Term(rawValue: slots.content.term), vote: nil),
                tables: tables),
            incarnation: UInt64(slots.content.term + 1) << 32, seed: 1, now: now)
        store.process.wallClock = 1_800_000_000_000_000_000
        store.step(
            .opened(SessionID(rawValue: 1), streamCredit: 1 << 30, connectionCredit: 1 << 30),
            at: now)
    }

    struct Trouble: Error { var words: String }

    func lead() throws {
        for _ in 0..<50 where store.role != .leader { try pass(100) }
        #expect(store.role == .leader)
    }

    func pass(_ milliseconds: UInt64) throws {
        now = now + .milliseconds(milliseconds)
        store.process.wallClock += milliseconds * 1_000_000
        store.step(.tick, at: now)
        try settle()
    }

    /// Turns until nothing is left to do.
    func settle() throws {
        repeat {
            store.endTurn(at: now)
            var effects = Effects()
            swap(&effects, &store.effects)
            for frame in effects.frames {
                frames.append((frame.type, frame.stream, Array(effects.bytes[frame.body])))
            }
            for job in effects.log { try perform(job) }
            for job in effects.state { try perform(job) }
        } while store.wantsTurn || !store.effects.isEmpty
    }

    private func perform(_ job: LogJob) throws {
        switch job {
        case .write(let writes):
            try files.perform(writes)
            store.step(.logWritten, at: now)
        case .tidy(let writes): try files.perform(writes)
        case .save(let saved):
            try slots.save(
                DualSlots.Content(
                    term: saved.hardState.term.rawValue, vote: saved.hardState.vote?.rawValue ?? 0,
                    knownDurable: saved.durableGroup))
            store.step(.slotsSaved, at: now)
        }
        store.endTurn(at: now)
    }

    private func perform(_ job: StateJob) throws {
        switch job {
        case .checkpoint(let checkpoint):
            try engine.commit(checkpoint)
            try tables.renew()
            store.step(.checkpointed(tables), at: now)
        case .openSnapshot(let id):
            let snapshot = try engine.snapshot()
            snapshots[id] = snapshot
            let state = MVCC(tables: snapshot.tables)
            store.step(
                .snapshot(
                    .opened(
                        transfer: id, mark: state.mark, membership: state.membership,
                        digest: state.digest)), at: now)
        case .readSnapshot(let id, let limit):
            let records = snapshots[id]?.next(limit: limit)
            store.step(
                .snapshot(.read(transfer: id, records: records ?? [], last: records == nil)),
                at: now)
        case .closeSnapshot(let id): snapshots[id] = nil
        default: Issue.record("nobody sends this member a state")
        }
        store.endTurn(at: now)
    }

    // MARK: Asking

    @discardableResult
    func ask(_ method: Wire::Method, _ message: some WireMessage) throws -> UInt32 {
        stream += 1
        store.request(
            session: SessionID(rawValue: 1), stream: stream,
            method: UInt32(bitPattern: method.rawValue), deadline: nil,
            body: message.encoded.span, at: now)
        try settle()
        return stream
    }

    func answers(_ stream: UInt32) -> [(type: FrameType, stream: UInt32, body: [UInt8])] {
        frames.filter { $0.stream == stream }
    }

    @discardableResult
    func put(_ key: String, _ value: String, lease: Int64 = 0) throws -> Int64 {
        let stream = try ask(
            .put, PutRequest(key: Array(key.utf8), value: Array(value.utf8), lease: lease))
        let frame = try #require(answers(stream).last)
        return try PutResponse(decoding: frame.body.span).header?.revision ?? 0
    }

    /// Forces the state into the tables.
    func checkpoint() throws { _ = try parts(BackupRequest()) }

    func parts(_ request: BackupRequest) throws -> [BackupResponse] {
        let stream = try ask(.backup, request)
        let frames = answers(stream)
        if let last = frames.last, last.type == .error {
            throw Trouble(words: try WireError(decoding: last.body.span).message)
        }
        #expect(frames.last?.type == .response)
        return try frames.map { try BackupResponse(decoding: $0.body.span) }
    }

    /// A backup in a file, as the CLI writes it.
    @discardableResult
    func backup(_ file: String, since: String? = nil) throws -> Archive.Label {
        let base = try since.map { try ArchiveReader($0).label }
        let parts = try parts(
            BackupRequest(
                sinceIndex: base?.mark.index ?? 0, sinceTerm: base?.mark.term ?? 0))
        let head = try #require(parts.first?.head)
        let label = Archive.Label(
            kind: base == nil ? .full : .increment, cluster: identity.cluster, member: 1,
            from: base?.mark ?? .zero, mark: Archive.Mark(index: head.index, term: head.term),
            revision: head.revision, digest: head.digest, clusterTime: head.clusterTime,
            wallTime: head.wallTime)
        let writer = try ArchiveWriter(file, overwrites: true)
        try writer.begin(label)
        for part in parts { try writer.add(part.records.span) }
        try writer.finish()
        frames.removeAll()
        return label
    }

    // MARK: What is there

    /// Everything in the state but who the members are and where it stands.
    static func contents(of path: String) throws -> [[UInt8]] {
        let tables = try Engine(reading: path).tables()
        var all: [[UInt8]] = []
        for table in Table.allCases where table != .meta && table != .leases {
            tables.scan(table, from: Bytes(), to: nil, descending: false) { key, value in
                all.append([table.rawValue] + key.array + [0] + value.array)
                return true
            }
        }
        return all
    }

    static func state(of path: String) throws -> MVCC {
        MVCC(tables: try Engine(reading: path).tables())
    }
}
