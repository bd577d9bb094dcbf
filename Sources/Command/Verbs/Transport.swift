package import ArgumentParser
internal import Client
internal import EventLoop
internal import Wire

package struct ImportVerb: Verb {
    package static let examples = [
        Example("From a file", "martlet store import packages.jsonl"),
        Example("From another cluster", "martlet store export --all | martlet store import"),
        Example("Go on where it stopped", "martlet store import packages.jsonl --from-line 4711"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "import", "Write many keys from lines of JSON.",
            more: """
                Each line is {"key": "…", "value": "…"}; bytes that are no text stand as base64 in \
                "key64" and "value64". What else is in a line is left alone. Many puts are under way \
                at the same time; when a line fails, it says which, and from where to go on. To run \
                it again from the beginning does no harm.
                """)
    }

    @Argument(help: "The file; '-' or none reads standard input.") package var file: String?
    @Option(
        name: .customLong("from-line"),
        help: ArgumentHelp("Begin with this line.", valueName: "number"))
    package var fromLine = 1
    @Option(
        name: .customLong("in-flight"),
        help: ArgumentHelp("Puts that are under way at the same time.", valueName: "count"))
    package var inFlight = Limits.putsInFlight
    @Option(help: ArgumentHelp("Delete the keys when this lease ends.", valueName: "lease"))
    package var lease: ID?
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        guard (1...Limits.maximumPutsInFlight).contains(inFlight) else {
            throw .misused("--in-flight must be from 1 to \(Limits.maximumPutsInFlight)")
        }
        guard fromLine >= 1 else { throw .misused("--from-line must be above 0") }
        let path = file == "-" ? nil : file
        var descriptor = session.terminal.input
        if let path { descriptor = try Descriptor.openToRead(path) }
        let importer = Importer(
            session, try session.client(), descriptor,
            name: path.map { "'\($0)'" } ?? "standard input", window: inFlight,
            firstLine: fromLine, lease: lease?.signed ?? 0)
        try run(importer, session, total: Descriptor.size(of: descriptor))
    }

    private func run(
        _ importer: Importer, _ session: Session, total: Int64?
    ) throws(Complaint) {
        let interrupt = Interrupt(session)
        interrupt.onCome = { importer.isInterrupted = true }
        defer { interrupt.close() }
        let progress = Progress(session, "import") {
            (importer.safeBytes, total, importer.written)
        }
        defer { progress.end() }
        try importer.run()
        let seconds = Double(progress.milliseconds / 100) / 10
        session.print(
            Rendering.object([
                ("imported", .integer(Int64(importer.written))),
                ("lines", .integer(Int64(importer.safeLine))),
            ]),
            or: "imported \(Spelling.count(importer.written, "key")) in \(seconds) s")
    }
}

package struct ExportVerb: Verb {
    package static let examples = [
        Example("Everything, to a file", "martlet store export --all --file backup.jsonl"),
        Example("A folder, as it was", "martlet store export packages/ --prefix --revision 1000"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "export", "Print many keys as lines of JSON, all at one revision.",
            more: """
                The lines are what import takes. A file gets its name only when all is in it. \
                Leases and revisions are not kept.
                """)
    }

    @OptionGroup package var selection: Selection
    @OptionGroup package var notation: Notation
    @Option(help: ArgumentHelp("Write into this file, not standard output.", valueName: "path"))
    package var file: String?
    @Option(help: ArgumentHelp("As things were at this revision.", valueName: "revision"))
    package var revision: Int64?
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let interval = try selection.interval(notation)
        var request = RangeRequest(
            key: interval.key, rangeEnd: interval.end, revision: try past(revision))
        let total = try count(&request, interval, session)
        let sink = try ExportSink(session, path: file)
        let progress = Progress(session, "export") { (Int64(sink.count), total, sink.count) }
        defer { progress.end() }
        do throws(Complaint) {
            let end = try scan(request, interval, sink, session)
            try sink.finish()
            let at = Spelling.count(end.header?.revision ?? 0)
            session.note("exported \(Spelling.count(sink.count, "key")) at revision \(at)")
        } catch {
            sink.abandon()
            throw error
        }
    }

    /// How many there will be, for the bar, and at which revision; only when somebody looks.
    private func count(
        _ request: inout RangeRequest, _ interval: Interval, _ session: Session
    ) throws(Complaint) -> Int64? {
        guard session.terminal.err.isTerminal else { return nil }
        var question = request
        question.countOnly = true
        let answer: RangeResponse = try session.ask("count \(interval.description)") {
            $0.range(question, session.patience, then: $1)
        }
        if request.revision == 0 { request.revision = answer.header?.revision ?? 0 }
        return answer.count
    }

    private func scan(
        _ request: RangeRequest, _ interval: Interval, _ sink: ExportSink, _ session: Session
    ) throws(Complaint) -> RangeResponse {
        let end: RangeResponse = try session.ask("export \(interval.description)") { client, then in
            client.scan(request, session.patience, onPart: sink.add, then: then)
        }
        guard end.count == Int64(sink.count) else {
            throw .failed(
                "the store counts \(Spelling.count(end.count, "key")), but \(sink.count) came: "
                    + "the export is not whole")
        }
        return end
    }
}

/// Where exported lines go.
final class ExportSink {
    private let session: Session
    private let path: String?
    private var descriptor: Int32?
    private var kept: [UInt8] = []
    private var broken: String?
    private(set) var count = 0

    init(_ session: Session, path: String?) throws(Complaint) {
        self.session = session
        self.path = path
        if let path { descriptor = try Descriptor.create(path + ".partial") }
    }

    func add(_ part: RangeResponse) {
        for pair in part.kvs {
            let line = Rendering.object([
                Rendering.bytes("key", pair.key), Rendering.bytes("value", pair.value),
            ])
            line.write(into: &kept)
            kept.append(0x0A)
            count += 1
        }
        write()
    }

    private func write() {
        defer { kept.removeAll(keepingCapacity: true) }
        guard let descriptor else { return session.terminal.print(kept) }
        if broken == nil { broken = Descriptor.write(kept, to: descriptor) }
    }

    func finish() throws(Complaint) {
        guard let descriptor, let path else { return try session.finish() }
        if let broken { throw .failed("cannot write '\(path)': \(broken)") }
        try Descriptor.finish(descriptor, path + ".partial", as: path)
        self.descriptor = nil
    }

    /// What was written so far is not whole, and goes.
    func abandon() {
        guard let descriptor, let path else { return }
        Descriptor.close(descriptor)
        Descriptor.remove(path + ".partial")
    }
}
