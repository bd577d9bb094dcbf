internal import Archive
internal import Disk
internal import MVCC
internal import Raft
internal import Store
internal import Units

/// A member of a new cluster, made from a full backup and increments that follow one another.
///
/// All members of the new cluster are restored in the same way; they agree, as the new cluster's id
/// follows from the list of its members, the token, and what was restored. Leases get their full
/// time, from when a leader is elected. Sessions of clients are kept: a command that was carried out
/// in the restored state is still not carried out again.
package struct Restoration {
    /// How far the log is carried out.
    package enum Limit: Equatable, Sendable {
        case end
        /// As soon as one more command would lead beyond.
        case revision(Int64)
        /// Before the first entry whose leader's clock showed a later second.
        case time(UInt64)
    }

    package struct Outcome: Equatable, Sendable {
        package var cluster: UInt64
        package var member: UInt64
        package var members: Int
        package var revision: Int64
        package var keys: Int
        package var index: UInt64
        /// Entries of increments that were carried out.
        package var entries: Int
    }

    private let backups: [String]
    private let labels: [Archive.Label]
    private let directory: String
    private let limit: Limit

    /// Looks at the labels: whether the backups follow one another and reach as far as is wanted.
    package init(
        _ backups: [String], to directory: String, limit: Limit = .end
    ) throws(Salvage.Failure) {
        self.backups = backups
        self.directory = directory
        self.limit = limit
        var labels: [Archive.Label] = []
        for path in backups { labels.append(try Salvage.opening(path).label) }
        self.labels = labels
        try checkOrder()
        try checkReach()
        try checkPlace()
    }

    private func checkOrder() throws(Salvage.Failure) {
        guard let first = labels.first, first.kind == .full else {
            throw Salvage.Failure(
                "the first backup must be a full one"
                    + (backups.first.map { ", but '\($0)' is an increment" } ?? ""))
        }
        for place in labels.indices.dropFirst() {
            let (label, before) = (labels[place], labels[place - 1])
            guard label.kind == .increment else {
                throw Salvage.Failure(
                    "'\(backups[place])' is a full backup: only the first may be one")
            }
            guard label.cluster == first.cluster else {
                throw Salvage.Failure(
                    "'\(backups[place])' is of cluster \(hex(label.cluster)), the others are of "
                        + hex(first.cluster))
            }
            guard label.from.index <= before.mark.index, label.mark.index >= before.mark.index
            else {
                throw Salvage.Failure(
                    "'\(backups[place])' goes on from entry \(label.from.index), but "
                        + "'\(backups[place - 1])' ends with \(before.mark.index): an increment is "
                        + "missing between them, or they are in the wrong order")
            }
        }
    }

    private func checkReach() throws(Salvage.Failure) {
        let (first, last) = (labels[0], labels[labels.count - 1])
        switch limit {
        case .end: break
        case .revision(let revision):
            guard revision >= first.revision else {
                throw Salvage.Failure(
                    "'\(backups[0])' is of revision \(first.revision), later than \(revision): take "
                        + "an earlier full backup")
            }
            guard revision <= last.revision else {
                throw Salvage.Failure(
                    "the backups end with revision \(last.revision), before \(revision)")
            }
        case .time(let seconds):
            guard seconds >= first.wallTime / 1_000_000_000 else {
                throw Salvage.Failure(
                    "'\(backups[0])' is of a later time than the one asked for: take an earlier "
                        + "full backup")
            }
            guard seconds <= last.wallTime / 1_000_000_000 else {
                throw Salvage.Failure("the backups end before the time that is asked for")
            }
        }
    }

    private func checkPlace() throws(Salvage.Failure) {
        switch DataDirectory.occupation(of: directory) {
        case .none: break
        case .other:
            throw Salvage.Failure(
                "cannot restore into '\(directory)': it is not empty. Name a new directory")
        case .member:
            do throws(DirectoryRefusal) {
                _ = try DataDirectory(directory, reserve: 0)
            } catch {
                throw Salvage.Failure(
                    "cannot restore over a living member: " + error.description
                        + " Then move its directory away, or restore into a new one")
            }
            throw Salvage.Failure(
                "cannot restore into '\(directory)': it holds a member's data. Move it away, or "
                    + "restore into a new directory")
        }
    }

    /// - Parameters:
    ///   - name: the new member's, which is in `initialCluster`.
    ///   - skipped: revisions to skip, so that watchers of the old cluster see none twice.
    package func run(
        name: String, peerAddress: String, initialCluster: String?, token: String,
        skipping skipped: Int64 = 0, progress: (_ done: Int, _ size: Int) -> Void = { _, _ in }
    ) throws(Salvage.Failure) -> Outcome {
        // A mistake in the list is told before the work is done.
        let plain = try Salvage.founding(name, peerAddress, initialCluster, token: token)
        let construction = try Construction(directory, of: labels[0].cluster)
        do throws(Salvage.Failure) {
            let entries = try fill(construction, progress)
            let state = construction.replay
            let founding = try Salvage.founding(
                name, peerAddress, initialCluster,
                token: Salvage.seal(token, "restored", labels[0].cluster, state, skipped))
            try construction.finish(founding, foundedAs: plain.cluster, skipping: skipped)
            return Outcome(
                cluster: founding.cluster, member: founding.member.rawValue,
                members: founding.members.count, revision: state.revision.rawValue + skipped,
                keys: state.keyCount, index: state.mark.index, entries: entries)
        } catch {
            construction.abandon()
            throw error
        }
    }

    /// The state, then the log; how many entries of it.
    private func fill(
        _ construction: Construction, _ progress: (Int, Int) -> Void
    ) throws(Salvage.Failure) -> Int {
        let readers = try backups.map { (path) throws(Salvage.Failure) in
            try Salvage.opening(path)
        }
        let size = readers.reduce(0) { $0 + $1.size }
        let source = "backup '\(backups[0])'"
        while let box = try Salvage.nextBox(of: readers[0]) {
            try construction.add(box.span, from: source)
            progress(readers[0].offset, size)
        }
        let label = labels[0]
        try construction.begin(
            Mark(index: label.mark.index, term: label.mark.term), digest: label.digest,
            revision: label.revision, from: source)
        var done = readers[0].size
        var entries = 0
        for reader in readers.dropFirst() {
            let before = construction.replay.mark
            let goesOn = try carryOut(reader, construction) { progress(done + $0, size) }
            entries += Int(construction.replay.mark.index - before.index)
            done += reader.size
            if !goesOn { break }
        }
        return entries
    }

    /// One increment; false when the limit was reached in it.
    private func carryOut(
        _ reader: ArchiveReader, _ construction: Construction, _ progress: (Int) -> Void
    ) throws(Salvage.Failure) -> Bool {
        while let box = try Salvage.nextBox(of: reader) {
            for record in try Salvage.entries(in: box, reader)
            where record.index > construction.replay.mark.index {
                guard record.index == construction.replay.mark.index + 1, Replay.isSound(record)
                else {
                    throw Salvage.Failure(
                        "cannot use backup '\(reader.path)': entry \(record.index) makes no sense")
                }
                guard try apply(record, construction) else { return false }
            }
            progress(reader.offset)
        }
        let (state, label) = (construction.replay, reader.label)
        guard state.mark == Mark(index: label.mark.index, term: label.mark.term),
            state.digest == label.digest
        else {
            throw Salvage.Failure(
                "cannot use backup '\(reader.path)': its log does not lead to the state that its "
                    + "label promises. Use the program of the version that wrote it")
        }
        return true
    }

    private func apply(
        _ record: Archive.LogRecord, _ construction: Construction
    ) throws(Salvage.Failure) -> Bool {
        switch limit {
        case .end: return try construction.apply(record, upTo: nil)
        case .revision(let revision):
            return try construction.apply(record, upTo: Revision(rawValue: revision))
        case .time(let seconds):
            guard Replay.wallSeconds(of: record) ?? 0 <= seconds else { return false }
            return try construction.apply(record, upTo: nil)
        }
    }
}

extension Salvage {
    static func founding(
        _ name: String, _ peerAddress: String, _ initialCluster: String?, token: String
    ) throws(Failure) -> Founding {
        do throws(Founding.Fault) {
            return try Founding(
                name: name, peerAddress: peerAddress, clientAddresses: [],
                initialCluster: initialCluster, token: token)
        } catch {
            throw Failure(error.description)
        }
    }

    /// A token that no other cluster has: two that differ in anything of their past never meet.
    static func seal(
        _ token: String, _ deed: String, _ cluster: UInt64, _ state: Replay, _ skipped: Int64
    ) -> String {
        "\(token)\n\(deed) \(hex(cluster)) \(state.mark.index) \(state.mark.term) "
            + "\(state.revision.rawValue) \(hex(state.digest)) \(skipped)"
    }

    static func hex(_ number: UInt64) -> String { Store::hex(MemberID(rawValue: number)) }
}

private func hex(_ number: UInt64) -> String { Salvage.hex(number) }
