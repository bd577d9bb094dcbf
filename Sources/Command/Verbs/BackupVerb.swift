internal import Archive
package import ArgumentParser
internal import Client
internal import Disk
internal import EventLoop
internal import Salvage
internal import Units
internal import Wire

package struct BackupVerb: Verb {
    package static let examples = [
        Example("The whole state, to a file", "martlet store backup monday.backup"),
        Example(
            "What was written since", "martlet store backup tuesday.backup --since monday.backup"),
        Example("Gently", "martlet store backup monday.backup --rate 10MiB"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "backup", "Keep the whole state, or what was written since, in a file.",
            more: """
                Keys with their history, leases, users, directories and all else, as of one entry of \
                the log, while the store goes on serving. What was acknowledged before is in it. The \
                file gets its name only when all is in it and durable; checksums find whatever is \
                altered or cut off later ('martlet store verify FILE'). An increment holds the log \
                since another backup; a full backup and increments that follow one another without a \
                gap can be restored up to any revision or time among them. The log reaches back some \
                16 MiB: when that is not enough, take a full backup. In place of 'etcdctl snapshot \
                save'.
                """)
    }

    @Argument(help: "The file to write.") package var file: String
    @Option(help: ArgumentHelp("Only what was written since this backup.", valueName: "backup"))
    package var since: String?
    @Option(
        help: ArgumentHelp(
            "At most so many bytes a second, as in '500KiB', '10MiB'. Else as fast as can be.",
            valueName: "size"))
    package var rate: Size?
    @Flag(help: "Replace a file of that name.") package var force = false
    @Flag(
        help: "What the asked member has, without asking the others: works without a majority.")
    package var serializable = false
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        var request = BackupRequest(
            bytesPerSecond: rate?.bytes ?? 0, serializable: serializable)
        let base = try since.map { (path) throws(Complaint) in try BackupVerb.label(of: path) }
        if let base {
            request.sinceIndex = base.mark.index
            request.sinceTerm = base.mark.term
        }
        let sink = try BackupSink(file, overwrites: force, since: base)
        let progress = Progress(session, "backup", unit: .bytes, sink.state)
        defer { progress.end() }
        try run(request, sink, session)
        progress.end()
        session.print(sink.json, or: sink.words)
    }

    private func run(
        _ request: BackupRequest, _ sink: BackupSink, _ session: Session
    ) throws(Complaint) {
        let patience = patience(session)
        do throws(Complaint) {
            let _: BackupResponse = try session.ask("back up to '\(file)'") { client, then in
                sink.then = then
                sink.backup = client.backup(request, patience, onPart: sink.add, then: then)
            }
        } catch {
            throw sink.broken.map { .failed($0) } ?? error
        }
        try sink.finish()
    }

    private static func label(of path: String) throws(Complaint) -> Archive.Label {
        do throws(ArchiveReader.Failure) {
            return try ArchiveReader(path).label
        } catch {
            throw .failed(error.description)
        }
    }

    /// How long nothing may come: a checkpoint must be written first, and at a low rate one part
    /// takes a while.
    private func patience(_ session: Session) -> Patience {
        var patience = session.patience
        let pause = rate.map { Limits.backupPart / $0.bytes } ?? 0
        let least = reach.timeout?.span ?? Limits.backupSilence
        patience.timeout = .milliseconds(least.nanoseconds / 1_000_000 + pause * 1000)
        return patience
    }
}

/// Where the parts of a backup go.
final class BackupSink {
    private let writer: ArchiveWriter
    private let since: Archive.Label?
    private var head: BackupHead?
    private var label: Archive.Label?
    /// Why it cannot be written.
    private(set) var broken: String?
    var backup: Backup?
    var then: Client.Then<BackupResponse>?

    init(_ path: String, overwrites: Bool, since: Archive.Label?) throws(Complaint) {
        self.since = since
        do throws(ArchiveWriter.Refusal) {
            writer = try ArchiveWriter(path, overwrites: overwrites)
        } catch {
            throw .failed("cannot write a backup: \(error)")
        }
    }

    /// Bytes that came, and how many will if that is known.
    func state() -> (done: Int64, total: Int64?, keys: Int) {
        let total = Int64(clamping: head?.expectedBytes ?? 0)
        return (Int64(clamping: writer.totals.bytes), total > 0 ? total : nil, 0)
    }

    func add(_ part: BackupResponse) {
        guard broken == nil else { return }
        do throws(DiskFailure) {
            if let head = part.head { try begin(head, part.header) }
            try writer.add(part.records.span)
        } catch {
            giveUp(error.description)
        }
    }

    private func begin(_ head: BackupHead, _ header: ResponseHeader?) throws(DiskFailure) {
        let label = Archive.Label(
            kind: since == nil ? .full : .increment, cluster: header?.clusterID ?? 0,
            member: header?.memberID ?? 0, from: since?.mark ?? .zero,
            mark: Archive.Mark(index: head.index, term: head.term), revision: head.revision,
            digest: head.digest, clusterTime: head.clusterTime, wallTime: head.wallTime)
        if let since, since.cluster != label.cluster {
            return giveUp(
                "cannot go on from that backup: it is of cluster \(Hex.id(since.cluster)), and this "
                    + "is \(Hex.id(label.cluster)). Take a full backup")
        }
        self.head = head
        self.label = label
        try writer.begin(label)
    }

    private func giveUp(_ words: String) {
        broken = words
        backup?.cancel()
        then?(.failure(.cancelled))
    }

    func finish() throws(Complaint) {
        do throws(DiskFailure) { try writer.finish() } catch { throw .failed(error.description) }
    }

    private var size: Int64 { Int64(clamping: writer.totals.bytes) }

    var words: String {
        guard let label else { return "" }
        let what =
            label.kind == .full
            ? "the state at revision \(Spelling.count(label.revision))"
            : "entries \(label.from.index + 1) to \(label.mark.index), up to revision "
                + Spelling.count(label.revision)
        return "backed up \(what) in '\(writer.path)', \(Spelling.size(size))"
    }

    var json: JSON {
        guard let label else { return .null }
        return Rendering.object(
            [("file", .string(writer.path)), ("bytes", .integer(size))] + Rendering.members(label))
    }
}

extension Rendering {
    static func members(_ label: Archive.Label) -> [(String, JSON)] {
        var members: [(String, JSON)] = [
            ("kind", .string(label.kind == .full ? "full" : "increment")),
            ("cluster", .string(Hex.id(label.cluster))),
            ("member", .string(Hex.id(label.member))),
        ]
        if label.kind == .increment {
            members.append(("from_index", .integer(Int64(clamping: label.from.index))))
        }
        return members + [
            ("index", .integer(Int64(clamping: label.mark.index))),
            ("term", .integer(Int64(clamping: label.mark.term))),
            ("revision", .integer(label.revision)), ("digest", .string(Hex.id(label.digest))),
            ("time", .string(UTC.text(seconds: label.wallTime / 1_000_000_000))),
        ]
    }
}
