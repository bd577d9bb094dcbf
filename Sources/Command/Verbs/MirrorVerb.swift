package import ArgumentParser
internal import Client
internal import EventLoop
internal import Units
internal import Wire

package struct MirrorVerb: Verb {
    package static let examples = [
        Example("Everything, to another cluster", "martlet store mirror --to 10.0.0.9:2379"),
        Example(
            "A folder under another name, once",
            "martlet store mirror --to 10.0.0.9:2379 --prefix app/ --dest-prefix copy/ --once"),
        Example(
            "As a service that goes on where it stopped",
            "martlet store mirror --to 10.0.0.9:2379 --state /var/lib/mirror/revision"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "mirror", "Keep the keys of this cluster alike in another, until Ctrl-C.",
            more: """
                First it copies what there is, all at one revision; then it writes what happens, \
                puts and deletions, in the same order, whole revisions at a time where one \
                transaction holds them. It goes on over lost connections at both ends. At the end \
                it says up to which revision all is in the other cluster, and --from-revision goes \
                on with the next. Leases and revisions are not kept, and keys that only the other \
                cluster has are left alone. The copies are as good as the last revision that was \
                told, never ahead of it.
                """)
    }

    @Option(
        help: ArgumentHelp("Where the other cluster is, as with --host.", valueName: "addresses"))
    package var to: String
    @Option(help: ArgumentHelp("Only keys that begin with this.", valueName: "prefix"))
    package var prefix: String?
    @Option(
        name: .customLong("dest-prefix"),
        help: ArgumentHelp("What stands there in its place.", valueName: "prefix"))
    package var destination: String?
    @Option(
        name: .customLong("from-revision"),
        help: ArgumentHelp(
            "No copy: only what happens from this revision on.", valueName: "revision"))
    package var fromRevision: Int64?
    @Option(
        help: ArgumentHelp(
            "Keep in this file how far it came, and go on from there.", valueName: "path"))
    package var state: String?
    @Flag(help: "Only the copy.") package var once = false
    @OptionGroup package var notation: Notation
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let start = try past(fromRevision, "--from-revision")
        guard !(once && start > 0) else {
            throw .misused("--once is the copy alone, and --from-revision leaves it out")
        }
        let target = try session.client(of: to, from: "--to")
        defer { target.close() }
        let source = try notation.bytes(prefix ?? "", "prefix")
        let mirror = Mirror(
            session, try session.client(), target, prefix: source,
            destination: try destination.map { text throws(Complaint) in
                try notation.bytes(text, "prefix")
            } ?? source, state: state)
        defer { mirror.interrupt.close() }
        try mirror.checkThatTheyAreTwo()
        do throws(Complaint) {
            try run(mirror, start)
        } catch {
            guard mirror.revision > 0 else { throw error }
            throw Complaint(
                error.kind,
                "\(error.message). Up to revision \(mirror.revision) all is mirrored; go on with "
                    + "--from-revision \(mirror.revision + 1)")
        }
        tell(mirror, session)
    }

    private func run(_ mirror: Mirror, _ start: Int64) throws(Complaint) {
        var after = start - 1
        if start == 0 {
            after =
                try state.map { path throws(Complaint) in
                    try Mirror.revision(savedIn: path) ?? 0
                } ?? 0
        }
        if start == 0, after == 0 || once {
            guard try mirror.copy() else { return }
            after = mirror.revision
            mirror.session.note(
                "copied \(Spelling.count(mirror.copied, "key")) at revision \(after)")
        }
        if once { return }
        mirror.begin(after: after)
        try Follower(mirror, after: after).run()
    }

    private func tell(_ mirror: Mirror, _ session: Session) {
        let next = mirror.revision + 1
        let words =
            mirror.revision > 0
            ? "mirrored up to revision \(mirror.revision): "
                + "\(Spelling.count(mirror.copied, "key")) copied, "
                + "\(Spelling.count(mirror.puts, "put")), "
                + "\(Spelling.count(mirror.deletes, "deletion")). "
                + "Go on with --from-revision \(next)"
            : "interrupted before all was copied; nothing can be gone on with"
        session.print(
            Rendering.object([
                ("revision", .integer(mirror.revision)),
                ("copied", .integer(Int64(mirror.copied))),
                ("puts", .integer(Int64(mirror.puts))),
                ("deletes", .integer(Int64(mirror.deletes))),
            ]), or: words)
    }
}
