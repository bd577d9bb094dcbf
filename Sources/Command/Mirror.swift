internal import Client
internal import EventLoop
internal import Units
internal import Wire

/// Keys of one cluster, kept alike in another.
///
/// First everything is copied as it stood at one revision, then what happens since is written in the
/// same order, whole revisions at a time where they fit into one transaction. To write something
/// twice does no harm, so what is in doubt is written again. A slow target holds the source's watch
/// back; nothing piles up.
final class Mirror {
    let session: Session
    let source: Client
    let target: Client
    let prefix: [UInt8]
    let destination: [UInt8]
    /// Everything up to here is in the target.
    private(set) var revision: Int64 = 0
    private(set) var copied = 0
    private(set) var puts = 0
    private(set) var deletes = 0
    private let state: String?
    private var lastSaved = Instant.zero
    let interrupt: Interrupt

    init(
        _ session: Session, _ source: Client, _ target: Client, prefix: [UInt8],
        destination: [UInt8], state: String?
    ) {
        self.session = session
        self.source = source
        self.target = target
        self.prefix = prefix
        self.destination = destination
        self.state = state
        interrupt = Interrupt(session)
    }

    var interval: Interval { Interval(prefix: prefix) }

    func place(_ key: [UInt8]) -> [UInt8] { destination + key.dropFirst(prefix.count) }

    /// Patience for the target: to write something twice does no harm.
    var patience: Patience {
        Patience(
            timeout: session.reach.timeout?.span ?? Limits.importPatience, rounds: nil,
            mayRepeat: true)
    }

    // MARK: Beforehand

    /// A cluster that is mirrored into itself would never be done.
    func checkThatTheyAreTwo() throws(Complaint) {
        let here = try cluster(source, interval, "read \(interval.description)")
        let there = try cluster(
            target, Interval(prefix: destination), "read from the cluster of --to")
        guard here == there else { return }
        guard prefix.starts(with: destination) || destination.starts(with: prefix) else { return }
        throw .misused(
            "both ends are the same cluster, and the copies would be copied again: give a "
                + "--dest-prefix outside of \(Spelling.quoted(prefix))")
    }

    private func cluster(
        _ client: Client, _ interval: Interval, _ what: String
    ) throws(Complaint) -> UInt64 {
        let request = RangeRequest(
            key: interval.key, rangeEnd: interval.end, limit: 1, keysOnly: true)
        let outcome: Result<RangeResponse, ClientFailure> = client.wait {
            client.range(request, self.session.patience, then: $0)
        }
        switch outcome {
        case .success(let answer): return answer.header?.clusterID ?? 0
        case .failure(let failure): throw session.complaint(what, failure)
        }
    }

    // MARK: The copy

    /// Copies what there is, all at one revision; false when it was interrupted.
    func copy() throws(Complaint) -> Bool {
        var request = RangeRequest(
            key: interval.key, rangeEnd: interval.end, limit: Limits.mirrorPage)
        let progress = Progress(session, "copy") { (0, nil, self.copied) }
        defer { progress.end() }
        while !interrupt.came {
            let page = try page(request)
            if request.revision == 0 { request.revision = page.header?.revision ?? 0 }
            try write(page.kvs)
            copied += page.kvs.count
            guard page.more, let last = page.kvs.last else {
                reached(request.revision, now: true)
                return true
            }
            request.key = last.key + [0]
        }
        return false
    }

    private func page(_ request: RangeRequest) throws(Complaint) -> RangeResponse {
        let patience = Patience(
            timeout: session.reach.timeout?.span ?? Limits.importPatience, rounds: nil)
        let outcome: Result<RangeResponse, ClientFailure> = source.wait {
            self.source.range(request, patience, then: $0)
        }
        switch outcome {
        case .success(let answer): return answer
        case .failure(let failure) where failure.code == .compacted:
            throw .failed(
                "revision \(request.revision) was compacted while it was copied; run it again, "
                    + "and compact less often meanwhile")
        case .failure(let failure): throw session.complaint("copy \(interval.description)", failure)
        }
    }

    /// Several transactions side by side: their keys differ.
    private func write(_ pairs: [KeyValue]) throws(Complaint) {
        var failure: ClientFailure?
        var open = 0
        for operations in MirrorBatch.batches(of: pairs.map { put($0.key, $0.value) }) {
            open += 1
            target.transact(TxnRequest(success: operations), patience) { outcome in
                open -= 1
                if case .failure(let why) = outcome { failure = failure ?? why }
            }
        }
        while open > 0 { _ = session.loop.run(for: .seconds(3600)) { open == 0 } }
        if let failure { throw session.complaint("write to the cluster of --to", failure) }
    }

    func put(_ key: [UInt8], _ value: [UInt8]) -> Operation {
        Operation(operation: .put(PutRequest(key: place(key), value: value)))
    }

    func delete(_ key: [UInt8]) -> Operation {
        Operation(operation: .deleteRange(DeleteRangeRequest(key: place(key))))
    }

    // MARK: How far

    /// What is up to here was mirrored by an earlier run.
    func begin(after revision: Int64) { self.revision = max(self.revision, revision) }

    func wrote(puts: Int, deletes: Int) {
        self.puts += puts
        self.deletes += deletes
    }

    /// Everything up to `revision` is in the target.
    func reached(_ revision: Int64, now isLast: Bool = false) {
        self.revision = max(self.revision, revision)
        let now = session.loop.now
        guard state != nil, isLast || now.since(lastSaved) >= Limits.mirrorSaveEvery else { return }
        lastSaved = now
        if let why = save() { session.note("cannot write '\(state!)': \(why)") }
    }

    private func save() -> String? {
        guard let state else { return nil }
        do throws(Complaint) {
            let descriptor = try Descriptor.create(state + ".partial")
            if let why = Descriptor.write(Array("\(revision)\n".utf8), to: descriptor) {
                Descriptor.close(descriptor)
                return why
            }
            try Descriptor.finish(descriptor, state + ".partial", as: state)
            return nil
        } catch {
            return error.message
        }
    }

    /// What an earlier run left in the file; nil when there is none.
    static func revision(savedIn path: String) throws(Complaint) -> Int64? {
        guard Descriptor.exists(path) else { return nil }
        let text = String(decoding: try Descriptor.readAll(path: path), as: UTF8.self)
        guard let line = text.split(separator: "\n").first, let revision = Int64(line),
            revision > 0
        else {
            throw .failed(
                "'\(path)' does not say how far an earlier mirror came; remove it to copy anew")
        }
        return revision
    }
}

/// Operations that fit into one transaction.
enum MirrorBatch {
    static func size(_ operation: Operation) -> Int {
        switch operation.operation {
        case .put(let put): put.key.count + put.value.count + 32
        case .deleteRange(let delete): delete.key.count + 32
        default: 32
        }
    }

    static func batches(of operations: [Operation]) -> [[Operation]] {
        var batches: [[Operation]] = [[]]
        var bytes = 0
        for operation in operations {
            let size = size(operation)
            let count = batches[batches.count - 1].count
            if count > 0, count == Limits.mirrorBatch || bytes + size > Limits.mirrorBatchBytes {
                batches.append([])
                bytes = 0
            }
            batches[batches.count - 1].append(operation)
            bytes += size
        }
        return batches.filter { !$0.isEmpty }
    }
}
