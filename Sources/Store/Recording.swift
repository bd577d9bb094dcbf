package import Journal
package import MVCC
package import Raft
package import Units
internal import Wire

/// What a flight recorder held, read back.
///
/// A recording is a file of bytes. It begins with the eight bytes "MARTREC1". Blocks follow:
///
///     4 length of the payload   4 CRC-32C of the payload   payload
///
/// Numbers are little endian; a "varint" is seven bits a byte, lowest first, as in protobuf; "counted"
/// bytes are a varint and so many bytes. The first byte of a payload is its kind:
///
/// - 1 head, always first: 1 byte whether the start facts follow; 8 cluster; 8 member; counted name;
///   counted version; 8 incarnation; 8 seed; 8 time of the start; 8 term and 8 vote of the slots;
///   8 last index and 8 life of the log; varint count of settings and so many varints: election, heartbeat, checkpoint bytes, trailing log
///   bytes, proposal timeout, progress interval, slow operation, recorder bytes, digest entries and
///   interval, scrubbing (0 off, 1 daily, else bytes a second and one), snapshot rate, waiting commands,
///   bytes and reads, then the uids that are root.
/// - 2 a chunk of the state of the start: records as in `MVCC.SnapshotCodec`.
/// - 3 entries of the log of the start: each 1 kind, 8 term, 8 index, counted payload.
/// - 4 events: 8 how many came before; 8 time before the first; then each: 1 kind (`RecordKind`), varint
///   nanoseconds since the one before, and what `Recorder` writes for the kind.
/// - 9 end: without it the file was cut short.
///
/// Times are those of the member's monotonic clock. With the start facts, the same program does the same
/// again, to the fingerprint of every turn; without, the beginning is lost and the rest can be read.
package struct Recording: Sendable {
    package var head: StartFacts
    package var isWhole: Bool
    /// How many events were lost before the first.
    package var lost: UInt64 = 0
    package var events: [RecordedEvent] = []

    package static let longest = Limits.recordingFile
    static let magic = Array("MARTREC1".utf8)

    package enum Fault: Swift.Error, Equatable, CustomStringConvertible {
        case notOne
        case cutShort(at: Int)
        case damaged(at: Int)
        case tooLong(limit: Int)
        case unreadable(String)

        package var description: String {
            switch self {
            case .notOne: "this is no recording: it does not begin with MARTREC1"
            case .cutShort(let place): "the recording is cut short at byte \(place)"
            case .damaged(let place): "the recording is damaged at byte \(place)"
            case .unreadable(let why): why
            case .tooLong(let limit): "the recording is longer than \(limit) bytes"
            }
        }
    }

    static func framed(_ payload: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(payload.count + 8)
        bytes.append(little: UInt32(payload.count))
        bytes.append(little: CRC32C.of(payload))
        return bytes + payload
    }

    /// Reads a whole file.
    package init(_ bytes: [UInt8]) throws(Fault) {
        guard bytes.count <= Limits.recordingFile else {
            throw .tooLong(limit: Limits.recordingFile)
        }
        guard bytes.starts(with: Recording.magic) else { throw .notOne }
        var at = 8
        guard let first = try Recording.block(bytes, &at), first.kind == .head else {
            throw .damaged(at: 8)
        }
        var reader = RecordReader(bytes, first.range)
        (head, isWhole) = try StartFacts.read(&reader)
        try readBlocks(bytes, &at)
    }

    private mutating func readBlocks(_ bytes: [UInt8], _ at: inout Int) throws(Fault) {
        var isFirst = true
        while let block = try Recording.block(bytes, &at) {
            var reader = RecordReader(bytes, block.range)
            switch block.kind {
            case .head: throw .damaged(at: block.range.lowerBound)
            case .state: head.state.append(Array(bytes[block.range]))
            case .log:
                while !reader.isAtEnd { head.records.append(try reader.record()) }
            case .events:
                let before = try reader.word()
                if isFirst { lost = before }
                isFirst = false
                guard before == lost + UInt64(events.count) else {
                    throw .damaged(at: block.range.lowerBound)
                }
                try readEvents(&reader)
            case .end:
                guard at == bytes.count else { throw .damaged(at: at) }
                return
            }
        }
        throw .cutShort(at: bytes.count)
    }

    private mutating func readEvents(_ reader: inout RecordReader) throws(Fault) {
        var time = try reader.word()
        while !reader.isAtEnd {
            let (event, later) = try RecordedEvent.read(&reader)
            let (sum, overflow) = time.addingReportingOverflow(later)
            guard !overflow else { throw reader.fault }
            time = sum
            events.append(RecordedEvent(at: Instant(nanoseconds: time), what: event))
        }
    }

    /// The next block's kind, and where the rest of its payload lies; nil at the end of the bytes.
    private static func block(
        _ bytes: [UInt8], _ at: inout Int
    ) throws(Fault) -> (kind: BlockKind, range: Range<Int>)? {
        guard at < bytes.count else { return nil }
        guard bytes.count - at >= 9 else { throw .cutShort(at: at) }
        let length = Int(bytes.span.little(UInt32.self, at: at))
        guard length > 0, length <= bytes.count - at - 8 else { throw .cutShort(at: at) }
        let payload = at + 8..<at + 8 + length
        guard
            CRC32C.of(bytes.span.extracting(payload))
                == bytes.span.little(UInt32.self, at: at + 4),
            let kind = BlockKind(rawValue: bytes[payload.lowerBound])
        else { throw .damaged(at: at) }
        at = payload.upperBound
        return (kind, payload.lowerBound + 1..<payload.upperBound)
    }
}

enum BlockKind: UInt8 {
    case head = 1
    case state = 2
    case log = 3
    case events = 4
    case end = 9
}

enum RecordKind: UInt8 {
    case turn = 0
    case tick, opened, closed, credit, cancelled, peerLost, logWritten, slotsSaved, checkpointed
    case snapshotOpened, snapshotRead, snapshotStored, snapshotRestored, snapshotFailed, retiring
    case request, message, probe, facts, secret, scrubbed, stateDamaged
    case identified, passwordDone
}

// MARK: - Where it began

/// What a store begins with; together with its events, all that it knows.
package struct StartFacts: Sendable {
    package var identity: Identity
    package var settings: Settings
    package var incarnation: UInt64
    package var seed: UInt64
    package var now: Instant
    package var hardState: HardState
    package var lastIndex: UInt64
    package var life: UInt64
    /// The state in chunks, and the log; empty when they are too large to be kept.
    package var state: [[UInt8]] = []
    package var records: [Journal.Record] = []
    var isWhole = false

    init(
        _ identity: Identity, _ settings: Settings, _ recovered: Recovered, incarnation: UInt64,
        seed: UInt64, now: Instant
    ) {
        self.identity = identity
        self.settings = settings
        self.incarnation = incarnation
        self.seed = seed
        self.now = now
        hardState = recovered.hardState
        lastIndex = recovered.journal.lastIndex
        life = recovered.life ?? recovered.journal.life
        guard settings.recordingBytes > 0, recovered.journal.abandoned.isEmpty,
            settings.unixUsers.isEmpty
        else { return }
        let logBytes = recovered.records.reduce(0) { $0 + $1.payload.count + 32 }
        guard logBytes <= Limits.recordedStart,
            let chunks = StartFacts.chunks(of: recovered.tables)
        else { return }
        records = recovered.records
        state = chunks
        isWhole = true
    }

    /// Nil when they are too many.
    private static func chunks(of tables: any Tables) -> [[UInt8]]? {
        var cursor: SnapshotCodec.Cursor?
        var chunks: [[UInt8]] = []
        var bytes = 0
        while let chunk = SnapshotCodec.next(
            from: tables, after: &cursor, limit: MVCC::Limits.snapshotChunk)
        {
            bytes += chunk.count
            guard bytes <= Limits.recordedStart else { return nil }
            chunks.append(chunk)
        }
        return chunks
    }

    func head(isWhole: Bool) -> [UInt8] {
        var bytes = [BlockKind.head.rawValue, isWhole ? 1 : 0]
        bytes.append(little: identity.cluster)
        bytes.append(little: identity.member.rawValue)
        bytes.append(counted: Array(identity.name.utf8).span)
        bytes.append(counted: Array(identity.version.utf8).span)
        for word in [
            incarnation, seed, now.nanoseconds, hardState.term.rawValue,
            hardState.vote?.rawValue ?? 0, lastIndex, life, identity.birth,
        ] {
            bytes.append(little: word)
        }
        let settings = settings.recorded
        bytes.append(varint: UInt64(settings.count))
        for setting in settings { bytes.append(varint: setting) }
        let addresses = self.settings.recordedAddresses
        bytes.append(varint: UInt64(addresses.count))
        for address in addresses { bytes.append(counted: Array(address.utf8).span) }
        return bytes
    }

    /// The payloads of the blocks that a whole recording begins with; none when it cannot be whole.
    var blocks: [[UInt8]] {
        guard isWhole else { return [] }
        var log = [BlockKind.log.rawValue]
        for record in records {
            log.append(record.kind)
            log.append(little: record.term)
            log.append(little: record.index)
            log.append(counted: record.payload.span)
        }
        return [head(isWhole: true)] + state.map { [BlockKind.state.rawValue] + $0 } + [log]
    }

    private init(_ identity: Identity, _ words: [UInt64], _ settings: Settings) {
        self.identity = identity
        self.settings = settings
        incarnation = words[0]
        seed = words[1]
        now = Instant(nanoseconds: words[2])
        hardState = HardState(
            term: Term(rawValue: words[3]),
            vote: words[4] == 0 ? nil : MemberID(rawValue: words[4]))
        lastIndex = words[5]
        life = words[6]
    }

    static func read(
        _ reader: inout RecordReader
    ) throws(Recording.Fault) -> (facts: StartFacts, isWhole: Bool) {
        let isWhole = try reader.byte() == 1
        let cluster = try reader.word()
        let member = try reader.word()
        let name = try reader.text()
        let version = try reader.text()
        var words: [UInt64] = []
        for _ in 0..<8 { words.append(try reader.word()) }
        var settings: [UInt64] = []
        let count = min(try reader.varint(), 64)
        for _ in 0..<count { settings.append(try reader.varint()) }
        var addresses: [String] = []
        let addressCount = min(try reader.varint(), 64)
        for _ in 0..<addressCount { addresses.append(try reader.text()) }
        guard reader.isAtEnd, var settings = Settings(recorded: settings) else {
            throw reader.fault
        }
        settings.recordedAddresses = addresses
        let identity = Identity(
            cluster: cluster, member: MemberID(rawValue: member), name: name, version: version,
            birth: words[7])
        return (StartFacts(identity, words, settings), isWhole)
    }
}

extension Settings {
    /// What decisions depend on, in an order that only grows.
    fileprivate var recorded: [UInt64] {
        [
            election.nanoseconds, heartbeat.nanoseconds, UInt64(checkpointBytes),
            UInt64(trailingLogBytes), proposalTimeout.nanoseconds, progressInterval.nanoseconds,
            slowOperation.nanoseconds, UInt64(recordingBytes), digestEntries,
            digestInterval.nanoseconds, scrub.recorded,
            // What came later.
            snapshotRate, UInt64(waitingCommands), UInt64(waitingBytes), UInt64(waitingReads),
            UInt64(supportedVersion.rawValue), quotaBytes, spaceFloor,
            compactionAge.map { $0.nanoseconds &+ 1 } ?? 0,
            compactionRevisions.map { $0 &+ 1 } ?? 0,
        ] + unixRoots.map { UInt64($0) }
    }

    fileprivate init?(recorded words: [UInt64]) {
        guard words.count >= 20, let checkpoint = Int(exactly: words[2]),
            let trailing = Int(exactly: words[3]), let recording = Int(exactly: words[7])
        else { return nil }
        self.init(
            election: .init(nanoseconds: words[0]), heartbeat: .init(nanoseconds: words[1]),
            checkpointBytes: checkpoint, trailingLogBytes: trailing,
            proposalTimeout: .init(nanoseconds: words[4]),
            progressInterval: .init(nanoseconds: words[5]), digestEntries: words[8],
            digestInterval: .init(nanoseconds: words[9]), scrub: .init(recorded: words[10]))
        slowOperation = .init(nanoseconds: words[6])
        recordingBytes = recording
        snapshotRate = words[11]
        waitingCommands = Int(clamping: words[12])
        waitingBytes = Int(clamping: words[13])
        waitingReads = Int(clamping: words[14])
        supportedVersion = ClusterVersion(rawValue: UInt32(truncatingIfNeeded: words[15]))
        quotaBytes = words[16]
        spaceFloor = words[17]
        compactionAge = words[18] == 0 ? nil : .init(nanoseconds: words[18] - 1)
        compactionRevisions = words[19] == 0 ? nil : words[19] - 1
        unixRoots = words.dropFirst(20).map { UInt32(truncatingIfNeeded: $0) }
    }
}

extension Settings {
    /// That of members, then those of clients; empty where the membership says it.
    fileprivate var recordedAddresses: [String] {
        get { [peerAddress ?? ""] + (clientAddresses ?? []) }
        set {
            peerAddress = newValue.first.flatMap { $0.isEmpty ? nil : $0 }
            let clients = Array(newValue.dropFirst())
            clientAddresses = clients.isEmpty ? nil : clients
        }
    }
}

extension Settings.Scrubbing {
    fileprivate var recorded: UInt64 {
        switch self {
        case .off: 0
        case .daily: 1
        case .bytesPerSecond(let rate): rate &+ 1
        }
    }

    fileprivate init(recorded word: UInt64) {
        switch word {
        case 0: self = .off
        case 1: self = .daily
        default: self = .bytesPerSecond(word - 1)
        }
    }
}

// MARK: - Events

/// One thing that the store was given, and when.
package struct RecordedEvent: Sendable {
    package var at: Instant
    package var what: What

    package enum What: Sendable {
        case turn(fingerprint: UInt64, applied: UInt64, term: UInt64, digest: UInt64)
        case tick
        case opened(SessionID, streamCredit: Int, connectionCredit: Int)
        case closed(SessionID)
        case credit(SessionID, stream: UInt32, bytes: Int)
        case cancelled(SessionID, stream: UInt32)
        case peerLost(MemberID)
        case logWritten
        case slotsSaved
        case checkpointed
        case snapshotOpened(transfer: UInt64, mark: Mark, membership: [UInt8], digest: UInt64)
        case snapshotRead(transfer: UInt64, records: [UInt8], last: Bool)
        case snapshotStored(transfer: UInt64)
        case snapshotRestored(transfer: UInt64)
        case snapshotFailed(transfer: UInt64)
        case retiring
        case request(SessionID, stream: UInt32, method: UInt32, within: UInt64?, body: [UInt8])
        case message([UInt8])
        case probe(stream: UInt32, within: UInt64)
        case facts(ProcessFacts)
        /// Part of the disk was read again. Where that ended is not recorded.
        case scrubbed(damaged: UInt64, words: String)
        case stateDamaged(String)
        case identified(SessionID, Caller)
        /// A password was looked at; what came of it is not recorded.
        case passwordDone(job: UInt64)
        /// A request that was not recorded, because it holds a password.
        case secret(SessionID, stream: UInt32, method: UInt32, length: UInt64)
    }

    /// The event, and nanoseconds since the one before.
    static func read(
        _ reader: inout RecordReader
    ) throws(Recording.Fault) -> (what: What, later: UInt64) {
        guard let kind = RecordKind(rawValue: try reader.byte()) else { throw reader.fault }
        let later = try reader.varint()
        return (try read(kind, &reader), later)
    }

    private static func read(
        _ kind: RecordKind, _ reader: inout RecordReader
    ) throws(Recording.Fault) -> What {
        switch kind {
        case .turn:
            .turn(
                fingerprint: try reader.word(), applied: try reader.varint(),
                term: try reader.varint(), digest: try reader.word())
        case .tick: .tick
        case .logWritten: .logWritten
        case .slotsSaved: .slotsSaved
        case .checkpointed: .checkpointed
        case .retiring: .retiring
        case .peerLost: .peerLost(MemberID(rawValue: try reader.word()))
        case .message: .message(try reader.counted())
        case .probe: .probe(stream: try reader.stream(), within: try reader.varint())
        case .facts: .facts(try reader.facts())
        case .scrubbed: .scrubbed(damaged: try reader.varint(), words: try reader.text())
        case .stateDamaged: .stateDamaged(try reader.text())
        case .identified: try readCaller(&reader)
        case .passwordDone: .passwordDone(job: try reader.varint())
        case .opened, .closed, .credit, .cancelled, .request, .secret:
            try readClient(kind, &reader)
        case .snapshotOpened, .snapshotRead, .snapshotStored, .snapshotRestored, .snapshotFailed:
            try readSnapshot(kind, &reader)
        }
    }

    private static func readCaller(
        _ reader: inout RecordReader
    ) throws(Recording.Fault) -> What {
        let session = SessionID(rawValue: try reader.varint())
        switch try reader.varint() {
        case 0: return .identified(session, .anonymous)
        case 1: return .identified(session, .certificate(name: try reader.text()))
        case let number:
            guard let uid = UInt32(exactly: number - 2) else { throw reader.fault }
            return .identified(session, .unix(uid: uid))
        }
    }

    private static func readClient(
        _ kind: RecordKind, _ reader: inout RecordReader
    ) throws(Recording.Fault) -> What {
        let session = SessionID(rawValue: try reader.varint())
        switch kind {
        case .opened:
            return .opened(
                session, streamCredit: try reader.size(), connectionCredit: try reader.size())
        case .credit:
            return .credit(session, stream: try reader.stream(), bytes: try reader.size())
        case .cancelled: return .cancelled(session, stream: try reader.stream())
        case .request:
            let stream = try reader.stream()
            let method = try reader.stream()
            let within = try reader.varint()
            return .request(
                session, stream: stream, method: method, within: within == 0 ? nil : within - 1,
                body: try reader.counted())
        case .secret:
            return .secret(
                session, stream: try reader.stream(), method: try reader.stream(),
                length: try reader.skip())
        default: return .closed(session)
        }
    }

    private static func readSnapshot(
        _ kind: RecordKind, _ reader: inout RecordReader
    ) throws(Recording.Fault) -> What {
        let transfer = try reader.varint()
        switch kind {
        case .snapshotOpened:
            let mark = Mark(index: try reader.varint(), term: try reader.varint())
            let digest = try reader.word()
            return .snapshotOpened(
                transfer: transfer, mark: mark, membership: try reader.counted(), digest: digest)
        case .snapshotRead:
            let last = try reader.byte() == 1
            return .snapshotRead(transfer: transfer, records: try reader.counted(), last: last)
        case .snapshotStored: return .snapshotStored(transfer: transfer)
        case .snapshotRestored: return .snapshotRestored(transfer: transfer)
        default: return .snapshotFailed(transfer: transfer)
        }
    }
}

/// Goes through a payload.
struct RecordReader {
    private let bytes: [UInt8]
    private var at: Int
    private let end: Int

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        at = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { at == end }
    var fault: Recording.Fault { .damaged(at: at) }

    private mutating func take(_ count: Int) throws(Recording.Fault) -> Int {
        guard count >= 0, count <= end - at else { throw fault }
        defer { at += count }
        return at
    }

    mutating func byte() throws(Recording.Fault) -> UInt8 {
        let place = try take(1)
        return bytes[place]
    }

    mutating func word() throws(Recording.Fault) -> UInt64 {
        let place = try take(8)
        return bytes.span.little(at: place)
    }

    mutating func varint() throws(Recording.Fault) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            let byte = try self.byte()
            guard shift < 63 || byte <= 1 else { throw fault }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw fault
    }

    mutating func size() throws(Recording.Fault) -> Int {
        guard let size = Int(exactly: try varint()) else { throw fault }
        return size
    }

    mutating func stream() throws(Recording.Fault) -> UInt32 {
        guard let number = UInt32(exactly: try varint()) else { throw fault }
        return number
    }

    mutating func counted() throws(Recording.Fault) -> [UInt8] {
        let count = try size()
        let start = try take(count)
        return Array(bytes[start..<start + count])
    }

    /// A length that stands for bytes that are not there.
    mutating func skip() throws(Recording.Fault) -> UInt64 { try varint() }

    mutating func text() throws(Recording.Fault) -> String {
        String(decoding: try counted(), as: UTF8.self)
    }

    mutating func record() throws(Recording.Fault) -> Journal.Record {
        let kind = try byte()
        let term = try word()
        let index = try word()
        return Journal.Record(kind: kind, term: term, index: index, payload: try counted())
    }

    mutating func facts() throws(Recording.Fault) -> ProcessFacts {
        var facts = ProcessFacts()
        facts.diskBytes = Int64(bitPattern: try word())
        facts.residentBytes = Int64(bitPattern: try word())
        facts.started = Instant(nanoseconds: try word())
        facts.wallClock = try word()
        facts.stateBytes = Int64(bitPattern: try word())
        facts.fileBytes = Int64(bitPattern: try word())
        facts.freeBytes = Int64(bitPattern: try word())
        return facts
    }
}

extension [UInt8] {
    mutating func append(varint number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    mutating func append(counted bytes: borrowing Bytes) {
        append(varint: UInt64(bytes.count))
        append(bytes)
    }
}
