internal import Archive
internal import Disk
internal import Journal
internal import MVCC
internal import Raft
internal import Store
internal import Units

/// One member that survived its cluster, as the first of a new one.
///
/// Everything that it has is kept: the state, and every entry of its log, also those of which it
/// never learnt that they were committed, for each of them may have been acknowledged. What it never
/// received is lost. The directory that was there is moved aside, untouched but for its lock.
package struct ForcedCluster {
    package let path: String
    package let name: String
    package let peerAddress: String
    package let revision: Int64
    /// The last entry of its log.
    package let lastIndex: UInt64
    /// Members of the old cluster, this one among them.
    package let oldMembers: Int

    private let directory: DataDirectory
    private let identity: Journal.Identity
    private let engine: Engine
    private let log: [Archive.LogRecord]

    package struct Outcome: Equatable, Sendable {
        package var cluster: UInt64
        package var member: UInt64
        package var revision: Int64
        package var keys: Int
        /// Entries that the state did not hold yet.
        package var entries: Int
        /// Where the directory as it was is kept.
        package var kept: String
    }

    /// Opens the directory of a stopped member.
    package init(_ path: String) throws(Salvage.Failure) {
        self.path = path
        guard DataDirectory.occupation(of: path) == .member else {
            throw Salvage.Failure("there is no member's data in '\(path)'. Check the path")
        }
        let checkup = try Checkup(path)
        guard checkup.isSound else {
            let parts = checkup.parts.filter { !$0.isSound }.map(\.name).joined(separator: ", ")
            throw Salvage.Failure(
                "the data in '\(path)' are damaged (\(parts)): look at them with 'martlet store "
                    + "verify'. Force another member, or restore a backup")
        }
        let slots: DualSlots
        do throws(DirectoryRefusal) {
            directory = try DataDirectory(path, reserve: 0)
            guard let found = try directory.identity() else {
                throw .damaged(path: path, what: "it has no identity")
            }
            identity = found
            slots = try DualSlots(directory.slotsPath, identity: found)
        } catch {
            throw Salvage.Failure(error.description)
        }
        engine = try Salvage.disk { () throws(DiskFailure) in try Engine(path) }
        let opened = engine
        let tables = try Salvage.disk { () throws(DiskFailure) in try opened.tables() }
        let state = Replay(cluster: identity.cluster, tables: tables)
        log = try ForcedCluster.log(directory, identity, slots, above: state.mark)
        let id = identity.member
        guard let own = state.members.first(where: { $0.id.rawValue == id }) else {
            throw Salvage.Failure(
                "cannot use '\(path)': its member was never part of its cluster, or was removed")
        }
        name = own.name
        peerAddress = own.peerAddress
        oldMembers = state.members.count
        revision = state.revision.rawValue
        lastIndex = log.last?.index ?? state.mark.index
    }

    private static func log(
        _ directory: DataDirectory, _ identity: Journal.Identity, _ slots: DualSlots,
        above mark: Mark
    ) throws(Salvage.Failure) -> [Archive.LogRecord] {
        let recovery = try Salvage.disk { () throws(DiskFailure) in
            let files = try SegmentFiles(directory.logPath)
            return try Journal.recover(
                identity: identity, segments: files.numbers,
                knownDurable: slots.content.knownDurable
            ) { (number) throws(DiskFailure) in try files.load(number) }
        }
        guard case .ready(_, let records, _) = recovery,
            let log = Replay.following(mark, in: records)
        else {
            throw Salvage.Failure("the log in '\(directory.logPath)' is damaged")
        }
        return log
    }

    /// Makes the new directory, and puts it in the place of the old one.
    package func run() throws(Salvage.Failure) -> Outcome {
        let kept = try freePath()
        let construction = try Construction(path, of: identity.cluster)
        do throws(Salvage.Failure) {
            try copyState(to: construction)
            for record in log { _ = try construction.apply(record, upTo: nil) }
            let state = construction.replay
            let token = Salvage.seal("", "forced", identity.cluster, state, 0)
            var founding = try Salvage.founding(name, peerAddress, nil, token: token)
            founding.members[0].clientAddresses =
                state.members.first { $0.id.rawValue == identity.member }?.clientAddresses ?? []
            let foundedAs = directory.foundedAs ?? identity.cluster
            try construction.finish(founding, foundedAs: foundedAs, skipping: 0) {
                () throws(DiskFailure) in try directory.move(to: kept)
            }
            return Outcome(
                cluster: founding.cluster, member: founding.member.rawValue,
                revision: state.revision.rawValue, keys: state.keyCount, entries: log.count,
                kept: kept)
        } catch {
            construction.abandon()
            throw error
        }
    }

    private func copyState(to construction: Construction) throws(Salvage.Failure) {
        let snapshot = try Salvage.disk { () throws(DiskFailure) in try engine.snapshot() }
        let state = Replay(cluster: identity.cluster, tables: snapshot.tables)
        while let records = snapshot.next(limit: MVCC::Limits.snapshotChunk) {
            try construction.add(records.span, from: "the state in '\(path)'")
        }
        guard !snapshot.isDamaged else {
            throw Salvage.Failure("the state in '\(path)' is damaged")
        }
        try construction.begin(
            state.mark, digest: state.digest, revision: state.revision.rawValue,
            from: "the state in '\(path)'")
    }

    private func freePath() throws(Salvage.Failure) -> String {
        for number in 1...99 {
            let candidate = "\(path).before-force" + (number == 1 ? "" : "-\(number)")
            if DataDirectory.occupation(of: candidate) == .none { return candidate }
        }
        throw Salvage.Failure("too many old directories lie beside '\(path)'. Remove some")
    }
}
