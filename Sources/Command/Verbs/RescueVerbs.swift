package import ArgumentParser
internal import EventLoop
internal import Salvage
internal import Units

package struct RestoreVerb: Verb {
    package static let examples = [
        Example(
            "The first of three members of a new cluster",
            "martlet store restore monday.backup --data-dir /var/lib/martlet/store/m1 --name m1 "
                + "--initial-cluster m1=10.0.0.1:2380,m2=10.0.0.2:2380,m3=10.0.0.3:2380"),
        Example(
            "As it was before a mistake",
            "martlet store restore monday.backup tuesday.backup --data-dir m1 --name m1 "
                + "--to-time 2026-11-21T05:40:00Z"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "restore", "Make a member of a new cluster from backups.",
            more: """
                Takes a full backup and any increments that follow it, and makes a new data \
                directory. Do the same on every machine of the new cluster, each with its own \
                --name, from the same backups and with the same list, then start the members with \
                that list, or with none. The new cluster has an id of its own, so that its members \
                never mix with those of the old one. Keys keep their history and revisions; leases \
                get their full time; sessions of clients are kept. With --to-revision or --to-time \
                the log in the increments is carried out up to there and no further: whole \
                commands, so that the state is the newest that is not beyond. It never writes over \
                a directory that is in use or not empty. In place of 'etcdutl snapshot restore'.
                """)
    }

    @Argument(help: "A full backup, then increments in their order.") package var backups: [String]
    @Option(
        name: .customLong("data-dir"),
        help: ArgumentHelp("The directory to make.", valueName: "directory"))
    package var dataDir: String
    @Option(help: "The member's name.") package var name = "default"
    @Option(
        name: .customLong("initial-cluster"),
        help: ArgumentHelp(
            "All members of the new cluster, as for martlet-store: name=host:port, with commas "
                + "between. Else this one alone.", valueName: "members"))
    package var initialCluster: String?
    @Option(
        name: .customLong("cluster-token"),
        help: ArgumentHelp("As for martlet-store.", valueName: "word"))
    package var token = ""
    @Option(
        name: .customLong("to-revision"),
        help: ArgumentHelp("The state as of this revision.", valueName: "revision"))
    package var toRevision: Int64?
    @Option(
        name: .customLong("to-time"),
        help: ArgumentHelp(
            "The state as of this time in UTC, as in 2026-11-21T05:40:00Z, or in seconds since "
                + "1970, by the clocks of the leaders.", valueName: "time"))
    package var toTime: String?
    @Option(
        name: .customLong("bump-revision"),
        help: ArgumentHelp(
            "Go on so many revisions further on, with all before compacted: then no client of the "
                + "old cluster sees revisions go back.", valueName: "count"))
    package var bump: Int64 = 0
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let limit = try limit()
        guard (0...Limits.bump).contains(bump) else {
            throw .misused("--bump-revision must be from 0 to \(Spelling.count(Limits.bump))")
        }
        let progress = OfflineProgress(session, "restore")
        defer { progress.end() }
        let outcome = try attempt { () throws(Salvage.Failure) in
            try Restoration(backups, to: dataDir, limit: limit).run(
                name: name, peerAddress: "127.0.0.1:2380", initialCluster: initialCluster,
                token: token, skipping: bump, progress: progress.show)
        }
        progress.end()
        session.print(json(outcome), or: words(outcome))
    }

    private func limit() throws(Complaint) -> Restoration.Limit {
        guard toRevision == nil || toTime == nil else {
            throw .misused("--to-revision and --to-time exclude one another: give one of them")
        }
        if let toRevision {
            guard toRevision > 0 else { throw .misused("--to-revision must be above 0") }
            return .revision(toRevision)
        }
        guard let toTime else { return .end }
        guard let seconds = UTC.seconds(toTime) else {
            throw .misused("'\(toTime)' is no time: write it as in 2026-11-21T05:40:00Z")
        }
        return .time(seconds)
    }

    private func words(_ outcome: Restoration.Outcome) -> String {
        let others =
            outcome.members == 1
            ? "" : " Restore the other \(outcome.members - 1) in the same way, then start them all."
        return "restored \(Spelling.count(outcome.keys, "key")) at revision "
            + "\(Spelling.count(outcome.revision)) for member '\(name)' of cluster "
            + "\(Hex.id(outcome.cluster)) in '\(dataDir)'." + others
    }

    private func json(_ outcome: Restoration.Outcome) -> JSON {
        Rendering.object([
            ("directory", .string(dataDir)), ("cluster", .string(Hex.id(outcome.cluster))),
            ("member", .string(Hex.id(outcome.member))), ("revision", .integer(outcome.revision)),
            ("keys", .integer(Int64(outcome.keys))),
            ("index", .integer(Int64(clamping: outcome.index))),
            ("entries", .integer(Int64(outcome.entries))),
        ])
    }
}

package struct ForceNewClusterVerb: Verb {
    package static let examples = [
        Example(
            "Go on with the one that is left",
            "martlet store force-new-cluster --data-dir /var/lib/martlet/store/m1 --yes")
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "force-new-cluster", "Make the last member that is left a cluster of its own.",
            more: """
                For when a majority is lost for good; stop the member first. It keeps everything it \
                has: the state and every entry of its log, also those that it never learnt to be \
                committed. Writes that were acknowledged by the others alone, and had not reached \
                it, are lost. The new cluster has an id of its own: the old members cannot come back \
                with their data, but join anew with an empty directory. The directory as it was is \
                kept beside the new one. When a majority is only away, bring it back instead; when \
                all are lost, restore a backup.
                """)
    }

    @Option(
        name: .customLong("data-dir"),
        help: ArgumentHelp("The directory of the member, which is stopped.", valueName: "directory")
    )
    package var dataDir: String
    @Flag(help: "Do not ask.") package var yes = false
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let forced = try attempt { () throws(Salvage.Failure) in try ForcedCluster(dataDir) }
        try session.confirm(yes, question(forced))
        let outcome = try attempt { () throws(Salvage.Failure) in try forced.run() }
        session.print(json(outcome, forced), or: words(outcome, forced))
    }

    private func question(_ forced: ForcedCluster) -> String {
        let others = Spelling.count(max(0, forced.oldMembers - 1), "other member")
        return "make member '\(forced.name)' a cluster of its own at revision "
            + "\(Spelling.count(forced.revision)) or later, and give up its \(others) with all "
            + "that only they have"
    }

    private func words(_ outcome: ForcedCluster.Outcome, _ forced: ForcedCluster) -> String {
        "member '\(forced.name)' is cluster \(Hex.id(outcome.cluster)) now, with "
            + "\(Spelling.count(outcome.keys, "key")) at revision "
            + "\(Spelling.count(outcome.revision)); \(Spelling.count(outcome.entries)) entries of "
            + "its log were carried out. Writes that only the lost members had are lost. Start it, "
            + "then let new members join; the directory as it was is kept in '\(outcome.kept)'"
    }

    private func json(_ outcome: ForcedCluster.Outcome, _ forced: ForcedCluster) -> JSON {
        Rendering.object([
            ("name", .string(forced.name)), ("cluster", .string(Hex.id(outcome.cluster))),
            ("member", .string(Hex.id(outcome.member))), ("revision", .integer(outcome.revision)),
            ("keys", .integer(Int64(outcome.keys))),
            ("entries", .integer(Int64(outcome.entries))), ("kept", .string(outcome.kept)),
        ])
    }
}

/// A deed on files, whose failure is told as it is.
func attempt<R>(_ body: () throws(Salvage.Failure) -> R) throws(Complaint) -> R {
    do throws(Salvage.Failure) { return try body() } catch { throw .failed(error.description) }
}

/// The bar of a work that leaves the loop no turn.
final class OfflineProgress {
    private let session: Session
    private let verb: String
    private let started: Instant
    private var shown = 0

    init(_ session: Session, _ verb: String) {
        self.session = session
        self.verb = verb
        started = Loop.wallClock
    }

    func show(_ done: Int, of size: Int) {
        guard session.terminal.err.isTerminal, done - shown >= Limits.progressBytes else { return }
        shown = done
        let milliseconds = Loop.wallClock.since(started).nanoseconds / 1_000_000
        let bar = Bar(
            verb, done: Int64(done), total: Int64(size), milliseconds: milliseconds, unit: .bytes)
        session.terminal.show(bar: bar.text)
    }

    func end() { session.terminal.eraseBar() }
}
