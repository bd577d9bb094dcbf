internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Linearizable reads: each waits for a round that tells an index at or above every write that was
/// acknowledged before the read came (dissertation, section 6.4), and for the state to reach it.
struct Reads {
    struct Waiting {
        var call: Call
        var body: [UInt8]
    }

    struct Round {
        var id: UInt64
        var started: Instant
        var reads: [Waiting]
        /// Known when the round has ended well.
        var index: LogIndex?
    }

    /// Came in since the last round began.
    var collecting: [Waiting] = []
    /// In order of their ids, which are never used twice.
    var rounds: [Round] = []
    var count = 0
    private var lastID: UInt64 = 0

    static let concurrentRounds = 8

    mutating func nextID() -> UInt64 {
        lastID += 1
        return lastID
    }

    /// A round has ended well, and the state has come far enough for it.
    func isReady(at applied: LogIndex) -> Bool {
        rounds.contains { ($0.index ?? LogIndex(rawValue: .max)) <= applied }
    }

    /// When a round that got no answer is to be asked again.
    var deadline: Instant {
        let round = rounds.first { $0.index == nil }?.started ?? .never
        let waiting = collecting.lazy.compactMap(\.call.deadline).min() ?? .never
        return min(round + Limits.readPatience, waiting)
    }
}

extension Store {
    /// Takes a read: at once when it may be old, else with the next round.
    mutating func read(_ call: Call, _ body: Bytes, serializable: Bool) throws(Refusal) {
        guard !serializable else { return try serve(call, body) }
        guard reads.count < Limits.waitingReads else {
            throw Refusal(.overloaded, "too many reads are waiting (\(reads.count))")
        }
        reads.collecting.append(.init(call: call, body: body.array))
        reads.count += 1
    }

    mutating func startReads() {
        guard !reads.collecting.isEmpty, reads.rounds.count < Reads.concurrentRounds,
            raft.leader != nil
        else { return }
        let id = reads.nextID()
        reads.rounds.append(.init(id: id, started: now, reads: reads.collecting))
        reads.collecting.removeAll(keepingCapacity: true)
        raftStep(.read(id: id))
    }

    mutating func readReady(_ id: UInt64, _ index: LogIndex) {
        guard let position = reads.rounds.firstIndex(where: { $0.id == id }) else { return }
        reads.rounds[position].index = index
    }

    /// The round found no leader, or lost it: its reads go into the next.
    mutating func readRefused(_ id: UInt64) {
        guard let position = reads.rounds.firstIndex(where: { $0.id == id }) else { return }
        reads.collecting = reads.rounds.remove(at: position).reads + reads.collecting
    }

    mutating func serveReads() {
        var position = 0
        while position < reads.rounds.count {
            guard let index = reads.rounds[position].index, index <= appliedIndex else {
                position += 1
                continue
            }
            for read in reads.rounds.remove(at: position).reads {
                reads.count -= 1
                serveOrRefuse(read)
            }
        }
    }

    private mutating func serveOrRefuse(_ read: Reads.Waiting) {
        do throws(Refusal) {
            try serve(read.call, read.body.span)
        } catch {
            refuse(read.call.session, read.call.stream, read.call.method, error)
        }
    }

    private mutating func serve(_ call: Call, _ body: Bytes) throws(Refusal) {
        switch Method(rawValue: Int32(truncatingIfNeeded: call.method)) {
        case .range: try serveRange(call, body)
        case .txn: try serveTransaction(call, body)
        case .leaseTimeToLive: try serveTimeToLive(call, body)
        case .leaseList: try serveLeases(call, body)
        case .lock, .campaign: serveStanding(call)
        case .electionLeader: try serveLeader(call, body)
        case .electionObserve: try serveObserver(call, body)
        case .tree: try lookAtTree(call, body)
        default: throw .unknownMethod(call.method)
        }
    }

    mutating func expireReads() {
        for round in reads.rounds
        where round.index == nil && now.since(round.started) >= Limits.readPatience {
            readRefused(round.id)
        }
        guard reads.collecting.contains(where: { ($0.call.deadline ?? .never) <= now }) else {
            return startReads()
        }
        let waiting = reads.collecting
        reads.collecting.removeAll(keepingCapacity: true)
        for read in waiting {
            if read.call.deadline ?? .never > now {
                reads.collecting.append(read)
                continue
            }
            reads.count -= 1
            refuse(
                read.call.session, read.call.stream, read.call.method,
                raft.leader == nil ? .noLeader : .deadlineExceeded,
                "no majority confirmed the read in time"
                    + (raft.leader == nil ? ": no leader is known" : ""))
        }
        startReads()
    }
}

/// What reads answer.
extension Store {
    mutating func range(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try RangeRequest(request: body)
        _ = try RangeQuery(request)
        try read(call, body, serializable: request.serializable)
    }

    private mutating func serveRange(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try RangeRequest(request: body)
        let query = try RangeQuery(request)
        let isQuick = query.isPlain && (isNewest(query) || query.range.isSingle)
        if request.chunked && !request.countOnly || !isQuick {
            return try openRange(call, query, chunked: request.chunked)
        }
        let start = effects.bytes.count
        Hot.appendHeader(field: 1, header, to: &effects.bytes)
        let summary = try appendPage(query, limit: Limits.answer)
        if summary.more { Hot.appendVarintField(field: 3, UInt64(1), to: &effects.bytes) }
        Hot.appendVarintField(field: 4, UInt64(summary.count), to: &effects.bytes)
        answer(call.session, call.stream, call.method, from: start)
    }

    /// Adds pairs as field 2 until the query ends or `limit` bytes are full.
    private mutating func appendPage(
        _ query: RangeQuery, limit: Int
    ) throws(Refusal) -> RangeSummary {
        var out: [UInt8] = []
        swap(&out, &effects.bytes)
        defer { swap(&out, &effects.bytes) }
        let start = out.count
        var sent = 0
        do throws(MVCC::Failure) {
            return try mvcc.range(query) { key, value, facts in
                guard sent == 0 || out.count - start + key.count + value.count <= limit else {
                    return false
                }
                Hot.appendKeyValue(
                    field: 2, key: key, value: value, create: facts.create.rawValue,
                    mod: facts.mod.rawValue, version: facts.version, lease: facts.lease.rawValue,
                    to: &out)
                sent += 1
                return true
            }
        } catch {
            throw Refusal(error)
        }
    }

    private mutating func serveTransaction(_ call: Call, _ body: Bytes) throws(Refusal) {
        let transaction = try Transaction(TxnRequest(request: body))
        let start = effects.bytes.count
        do throws(MVCC::Failure) {
            let result = try mvcc.transact(transaction)
            TxnResponse(result, header: header).encode(into: &effects.bytes)
        } catch {
            throw Refusal(error)
        }
        answer(call.session, call.stream, call.method, from: start)
    }

    mutating func timeToLive(_ call: Call, _ body: Bytes) throws(Refusal) {
        _ = try LeaseTimeToLiveRequest(request: body)
        try read(call, body, serializable: false)
    }

    private mutating func serveTimeToLive(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try LeaseTimeToLiveRequest(request: body)
        let lease = LeaseID(rawValue: request.id)
        let life: (remaining: Int64, granted: Int64)
        do throws(MVCC::Failure) {
            life = try mvcc.timeToLive(lease)
        } catch {
            throw Refusal(error)
        }
        let start = effects.bytes.count
        LeaseTimeToLiveResponse(
            header: header, id: request.id, ttl: life.remaining, grantedTtl: life.granted,
            keys: request.keys ? mvcc.keys(of: lease) : []
        ).encode(into: &effects.bytes)
        answer(call.session, call.stream, call.method, from: start)
    }
}
