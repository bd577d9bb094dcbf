package import ArgumentParser
internal import Client
internal import EventLoop
internal import Units
internal import Wire

package struct WatchVerb: Verb {
    package static let examples = [
        Example("Everything below a folder, from now on", "martlet store watch config/ --prefix"),
        Example(
            "From a revision on, for a program", "martlet store watch --all --revision 7 --json"),
        Example("With what was there before", "martlet store watch door --previous"),
        Example(
            "What goes away, by a pattern",
            "martlet store watch units/ --prefix --glob 'units/*/state' --no-put"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "watch", "Print what happens to keys, until Ctrl-C.",
            more: """
                Each line has the revision, 'put' or 'delete', the key and the value, with tabs \
                between. It goes on over lost connections without losing or repeating a revision. \
                With --json the first line has the type 'created' and the last revision before \
                the watch.
                """)
    }

    @OptionGroup package var selection: Selection
    @OptionGroup package var notation: Notation
    @Option(help: ArgumentHelp("Begin with this revision, not now.", valueName: "revision"))
    package var revision: Int64?
    @Flag(help: "Also what was there before.") package var previous = false
    @Flag(name: .customLong("no-put"), help: "Only deletions.") package var noPut = false
    @Flag(name: .customLong("no-delete"), help: "Only puts.") package var noDelete = false
    @Flag(name: .customLong("keys-only"), help: "Keys without their values.")
    package var keysOnly = false
    @Option(
        help: ArgumentHelp(
            "Only keys that it matches: * is any text without '/', ** any, ? and [a-z] one byte.",
            valueName: "pattern"))
    package var glob: String?
    @Flag(help: "Also say now and then up to which revision all was printed.")
    package var progress = false
    @Option(
        name: .customLong("progress-interval"),
        help: ArgumentHelp("How often: milliseconds.", valueName: "ms"))
    package var progressInterval: UInt32?
    @Option(help: ArgumentHelp("End after so many events.", valueName: "count"))
    package var limit: Int?
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        guard limit ?? 1 > 0 else { throw .misused("--limit must be above 0") }
        guard !(noPut && noDelete) else {
            throw .misused("--no-put and --no-delete together leave nothing to watch")
        }
        let interval = try selection.interval(notation)
        let request = WatchRequest(
            key: interval.key, rangeEnd: interval.end, startRevision: try past(revision),
            previous: previous, noPut: noPut, noDelete: noDelete,
            progress: progress || progressInterval != nil, keysOnly: keysOnly,
            glob: Array((glob ?? "").utf8), progressIntervalMs: progressInterval ?? 0)
        let client = try session.client()
        let watching = Watching(session, limit: limit)
        watching.watch = client.watch(
            request, session.patience, onNotice: watching.notice, onAnswer: watching.answer,
            then: watching.ended)
        try watching.run("watch \(interval.description)")
    }
}

/// A watch that prints, until it has enough, is interrupted, or cannot go on.
private final class Watching {
    private let session: Session
    private let limit: Int?
    private var count = 0
    private var isDone = false
    private var hasBegun = false
    private var failure: ClientFailure?
    var watch: Watch?

    init(_ session: Session, limit: Int?) {
        self.session = session
        self.limit = limit
    }

    func run(_ what: String) throws(Complaint) {
        let interrupt = Interrupt(session)
        defer { interrupt.close() }
        while !isDone {
            _ = session.loop.run(for: .seconds(3600)) { self.isDone || interrupt.came }
            if interrupt.came { break }
        }
        watch?.cancel()
        guard let failure else { return }
        throw complaint(what, failure)
    }

    private func complaint(_ what: String, _ failure: ClientFailure) -> Complaint {
        guard failure.code == .compacted, case .refused(let error, _) = failure else {
            return session.complaint(what, failure)
        }
        let next = watch?.next ?? 0
        return .failed(
            "cannot \(what) from revision \(next): what was before revision \(error.revision) is "
                + "compacted. Read it all with 'martlet store range', then watch from there")
    }

    func notice(_ notice: Watch.Notice) {
        switch notice {
        case .began(let revision):
            if session.isJSON, !hasBegun { created(revision) }
            hasBegun = true
            session.note("watching from revision \(revision)")
        case .interrupted(let why): session.note("interrupted, trying on: \(why)")
        }
    }

    /// To programs, the first line says which was the last revision before the watch.
    private func created(_ revision: Int64) {
        session.print(
            Rendering.object([("revision", .integer(revision - 1)), ("type", "created")]))
        session.terminal.flush()
    }

    func answer(_ answer: WatchResponse) {
        guard !isDone else { return }
        if answer.events.isEmpty {
            let revision = answer.header?.revision ?? 0
            session.print(
                Rendering.object([("revision", .integer(revision)), ("type", "progress")]),
                or: "\(revision)\tprogress")
        }
        for event in answer.events where !isDone {
            session.print(Rendering.json(event), or: Rendering.words(event))
            count += 1
            isDone = count == limit
        }
        session.terminal.flush()
        if session.terminal.brokenBecause != nil { isDone = true }
    }

    func ended(_ failure: ClientFailure) {
        self.failure = failure
        isDone = true
    }
}

extension Rendering {
    static func json(_ event: Event) -> JSON {
        let pair = event.kv ?? KeyValue()
        var members: [(String, JSON)] = [
            ("revision", .integer(pair.modRevision)),
            ("type", .string(event.type == .delete ? "delete" : "put")), bytes("key", pair.key),
        ]
        if event.type != .delete {
            members.append(bytes("value", pair.value))
            members.append(("create_revision", .integer(pair.createRevision)))
            members.append(("version", .integer(pair.version)))
            if pair.lease != 0 { members.append(("lease", .string(Hex.id(pair.lease)))) }
        }
        if let previous = event.previous {
            members.append(("previous", json(previous, keysOnly: false)))
        }
        return object(members)
    }

    static func words(_ event: Event) -> String {
        let pair = event.kv ?? KeyValue()
        var parts = [String(pair.modRevision), event.type == .delete ? "delete" : "put"]
        parts.append(Spelling.line(pair.key))
        if event.type != .delete { parts.append(Spelling.line(pair.value)) }
        if let previous = event.previous { parts.append("was " + Spelling.line(previous.value)) }
        return parts.joined(separator: "\t")
    }
}

extension JSON: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) { self = .string(text) }
}
