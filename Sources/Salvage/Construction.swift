internal import Archive
internal import Disk
internal import Journal
internal import MVCC
internal import Raft
internal import Store
internal import Units

/// A data directory in the making, beside the place that it will have.
///
/// First the records of a state, then the log since, then who the members are. Nothing is there under
/// its own name until `finish`.
final class Construction {
    private let path: String
    private let directory: DataDirectory
    private var restore: StateRestore?
    private var engine: Engine?
    private var tables: LMDBTables?
    private var state: Replay?
    private let cluster: UInt64
    /// The state that is durable, and the log since: to go back to a place between two commands.
    private var base: Replay?
    private var since: [Archive.LogRecord] = []

    /// - Parameter cluster: the one that the data are of.
    init(_ path: String, of cluster: UInt64) throws(Salvage.Failure) {
        self.path = path
        self.cluster = cluster
        directory = try Construction.site(path + ".new")
        restore = try Salvage.disk { () throws(DiskFailure) in
            try StateRestore(path + ".new")
        }
    }

    /// An empty directory; remains of an attempt that was cut short go.
    private static func site(_ path: String) throws(Salvage.Failure) -> DataDirectory {
        if DataDirectory.occupation(of: path) == .other {
            throw Salvage.Failure(
                "cannot use '\(path)', where the new directory would be made: something else is "
                    + "there. Move it away")
        }
        do throws(DirectoryRefusal) {
            try DataDirectory(path).discard()
            return try DataDirectory(path)
        } catch {
            throw Salvage.Failure(error.description)
        }
    }

    /// Forgets everything.
    func abandon() {
        state = nil
        base = nil
        tables = nil
        engine = nil
        restore = nil
        directory.discard()
    }

    // MARK: State

    func add(_ records: Bytes, from source: String) throws(Salvage.Failure) {
        do throws(StateRestore.Failure) {
            try restore!.add(records)
        } catch {
            throw Salvage.Failure(error, source)
        }
    }

    /// The records have all come, and are the state that they should be.
    func begin(
        _ mark: Mark, digest: UInt64, revision: Int64, from source: String
    ) throws(Salvage.Failure) {
        let engine: Engine
        do throws(StateRestore.Failure) { engine = try restore!.finish() } catch {
            throw Salvage.Failure(error, source)
        }
        restore = nil
        let tables = try Salvage.disk { () throws(DiskFailure) in try engine.tables() }
        guard Replay.isSound(tables) else {
            throw Salvage.Failure("cannot use \(source): it does not say who the members were")
        }
        let found = Replay(cluster: cluster, tables: tables)
        guard found.mark == mark, found.digest == digest, found.revision.rawValue == revision else {
            throw Salvage.Failure(
                "cannot use \(source): the state in it is not the one that its label promises")
        }
        self.engine = engine
        self.tables = tables
        state = found
        base = found
    }

    var replay: Replay { state! }

    // MARK: Log

    /// Carries out the entry that follows, but nothing that would lead beyond `limit`; false when
    /// the limit was reached.
    func apply(
        _ record: Archive.LogRecord, upTo limit: Revision?
    ) throws(Salvage.Failure) -> Bool {
        state!.apply(record)
        if let limit, state!.revision > limit {
            try goBack(before: record, upTo: limit)
            return false
        }
        since.append(record)
        if state!.overlayBytes >= Salvage.Limits.overlayBytes { try commit() }
        return true
    }

    /// An entry led too far: to before it, then as many of its commands as do not.
    private func goBack(
        before record: Archive.LogRecord, upTo limit: Revision
    ) throws(Salvage.Failure) {
        state = base
        for earlier in since { state!.apply(earlier) }
        try commit()
        var low = 0
        var high = Replay.commandCount(of: record) - 1
        while low < high {
            let middle = (low + high + 1) / 2
            var attempt = base!
            attempt.apply(Replay.prefix(middle, of: record))
            if attempt.revision > limit { high = middle - 1 } else { low = middle }
        }
        if low > 0 { state!.apply(Replay.prefix(low, of: record)) }
    }

    private func commit() throws(Salvage.Failure) {
        let checkpoint = state!.freeze()
        let (engine, tables) = (engine!, tables!)
        // The copy goes first, so that what it shares need not be copied.
        base = nil
        try Salvage.disk { () throws(DiskFailure) in
            try engine.commit(checkpoint)
            try tables.renew()
        }
        state!.thaw(tables: tables)
        base = state
        since = []
    }

    // MARK: The new life

    /// Gives the directory to a member of a new cluster, and its place.
    ///
    /// - Parameters:
    ///   - foundedAs: the cluster that the member's flags would found.
    ///   - skipped: revisions to skip; 0 for none.
    ///   - clear: makes the place free, at the last moment.
    func finish(
        _ founding: Founding, foundedAs: UInt64, skipping skipped: Int64,
        clearing clear: () throws(DiskFailure) -> Void = {}
    ) throws(Salvage.Failure) {
        let membership = encodedMembership(founding.members, cluster: founding.cluster)
        state!.change { state in
            state.membership = membership
            state.renewLeases()
            if skipped > 0 { state.skipRevisions(skipped) }
        }
        try commit()
        let term = state!.mark.term
        let identity = Journal.Identity(
            cluster: founding.cluster, member: founding.member.rawValue)
        do throws(DirectoryRefusal) {
            try directory.claim(identity)
            let slots = try DualSlots(directory.slotsPath, identity: identity)
            try Salvage.refusing { () throws(DiskFailure) in
                try slots.save(DualSlots.Content(term: term))
                try directory.note(foundedAs: foundedAs)
            }
        } catch {
            throw Salvage.Failure(error.description)
        }
        try Salvage.disk { () throws(DiskFailure) in
            try clear()
            try directory.move(to: path)
        }
    }
}

extension Salvage {
    static func disk<R: ~Copyable>(
        _ body: () throws(DiskFailure) -> R
    ) throws(Failure) -> R {
        do throws(DiskFailure) { return try body() } catch { throw Failure(error.description) }
    }

    static func refusing<R: ~Copyable>(
        _ body: () throws(DiskFailure) -> R
    ) throws(DirectoryRefusal) -> R {
        do throws(DiskFailure) { return try body() } catch { throw .failed(error) }
    }
}

extension Salvage.Failure {
    init(_ failure: StateRestore.Failure, _ source: String) {
        switch failure {
        case .disk(let failure): self.init(failure.description)
        case .chunk:
            self.init("cannot use \(source): it holds a record that makes no sense")
        }
    }
}
