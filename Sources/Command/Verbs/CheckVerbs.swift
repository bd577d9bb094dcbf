package import ArgumentParser
internal import Client
internal import EventLoop
internal import Units
internal import Wire

package struct CheckNoun: ParsableCommand {
    package static var configuration: CommandConfiguration {
        noun(
            "check", "Tries the cluster with keys of its own, and removes them.",
            [CheckPerfVerb.self, CheckDatascaleVerb.self])
    }
    @OptionGroup package var reach: Reach
    package init() {}
}

/// How much a check asks of the cluster.
package enum Load: String, CaseIterable, ExpressibleByArgument, Sendable {
    case small = "s"
    case medium = "m"
    case large = "l"
    case huge = "xl"

    /// Puts per second, and how many wait at the same time.
    var pace: (rate: Int, clients: Int) {
        switch self {
        case .small: (150, 50)
        case .medium: (1_000, 200)
        case .large: (8_000, 500)
        case .huge: (15_000, 1_000)
        }
    }

    /// Keys of 1 KiB.
    var keys: Int {
        switch self {
        case .small: 10_000
        case .medium: 100_000
        case .large: 1_000_000
        case .huge: 3_000_000
        }
    }
}

package struct CheckPerfVerb: Verb {
    package static let examples = [
        Example("Is it fast enough for a small cluster?", "martlet store check perf --yes"),
        Example("For a large one", "martlet store check perf --load l"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "perf", "Put keys at a steady rate for a while, and judge how that went.",
            more: """
                Loads are 150 (s), 1,000 (m), 8,000 (l) and 15,000 (xl) puts a second, of 1 KiB \
                each, with 50, 200, 500 and 1,000 at the same time. It passes when at least 90 % \
                of the rate is reached, no put takes longer than 500 ms, their deviation is at most \
                100 ms, and none fails. The time of a put counts from when it was due. The exit \
                code is 0 when it passes, else 1. The keys stand below 'martlet-check/' and are \
                removed at the end; their revisions go with the next compaction.
                """)
    }

    @Option(help: ArgumentHelp("How much: s, m, l or xl.", valueName: "load"))
    package var load = Load.small
    @Option(help: ArgumentHelp("How long, as in '30s'. Else one minute.", valueName: "time"))
    package var duration: Length?
    @Flag(help: "Do not ask.") package var yes = false
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let span = duration?.span ?? .seconds(60)
        let (rate, clients) = load.pace
        let count = max(1, Int(Double(rate) * Double(span.nanoseconds) / 1e9))
        try session.confirm(
            yes, "put \(Spelling.count(count, "key")) of 1 KiB, \(Spelling.count(rate)) a second")
        let plan = Trial.Plan(
            clients: clients, rate: rate, count: count, valueSize: 1_024,
            prefix: Checks.prefix(session))
        let (report, removed) = try Checks.run(plan, session, "perf")
        var verdicts = Verdicts()
        let least = Double(rate) * 0.9
        verdicts.add(
            "throughput", report.perSecond >= least,
            "\(Verdicts.tenths(report.perSecond))/s", "at least \(Verdicts.tenths(least))/s")
        verdicts.add(
            "slowest put", report.slowest <= 500, "\(Verdicts.tenths(report.slowest)) ms",
            "at most 500 ms")
        verdicts.add(
            "deviation", report.deviation <= 100, "\(Verdicts.tenths(report.deviation)) ms",
            "at most 100 ms")
        Checks.judge(failures: report, &verdicts)
        try Checks.tell(verdicts, report, removed, session)
    }
}

package struct CheckDatascaleVerb: Verb {
    package static let examples = [
        Example("10,000 keys", "martlet store check datascale --yes"),
        Example("A million", "martlet store check datascale --load l"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "datascale", "Put many keys as fast as it goes, and judge what they cost.",
            more: """
                Loads are 10,000 (s), 100,000 (m), 1,000,000 (l) and 3,000,000 (xl) keys of 1 KiB. \
                It passes when the resident memory of the leader, its part of the page cache \
                included, grows by at most 128 MiB and twice the bytes that were put, no put takes \
                longer than a second, and none fails. The exit code is 0 when it passes, else 1. The \
                keys stand below 'martlet-check/' and are removed at the end; their revisions go \
                with the next compaction, and the disk needs room for all of it.
                """)
    }

    @Option(help: ArgumentHelp("How much: s, m, l or xl.", valueName: "load"))
    package var load = Load.small
    @Flag(help: "Do not ask.") package var yes = false
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let plan = Trial.Plan(
            clients: 500, rate: nil, count: load.keys, valueSize: 1_024,
            prefix: Checks.prefix(session))
        let bytes = Int64(plan.count) * 1_060
        try session.confirm(
            yes, "put \(Spelling.count(plan.count, "key")), \(Spelling.size(bytes)) in all")
        let before = try memory(session)
        var after: Int64 = 0
        let (report, removed) = try Checks.run(plan, session, "datascale") { () throws(Complaint) in
            after = try memory(session)
        }
        var verdicts = Verdicts()
        let limit = 128 << 20 + 2 * Int64(report.puts) * 1_060
        verdicts.add(
            "leader's memory", after - before <= limit,
            "\(Spelling.size(before)) → \(Spelling.size(after))",
            "at most \(Spelling.size(limit)) more")
        verdicts.add(
            "slowest put", report.slowest <= 1_000, "\(Verdicts.tenths(report.slowest)) ms",
            "at most 1,000 ms")
        Checks.judge(failures: report, &verdicts)
        try Checks.tell(verdicts, report, removed, session)
    }

    private func memory(_ session: Session) throws(Complaint) -> Int64 {
        let report = try Inspector(session, try session.client()).look()
        guard let leader = report.leader else {
            throw .failed("cannot see the leader's memory: \(report.headline())")
        }
        return leader.residentBytes
    }
}

/// What both have in common.
private enum Checks {
    /// No other check has it, nor do people.
    static func prefix(_ session: Session) -> String {
        var chance = Chance(seed: Loop.seed(), name: "check")
        return "martlet-check/\(Hex.id(chance.next()))/"
    }

    /// Puts, and removes what was put, also when it was interrupted.
    static func run(
        _ plan: Trial.Plan, _ session: Session, _ name: String,
        beforeRemoval: () throws(Complaint) -> Void = {}
    ) throws(Complaint) -> (Trial.Report, Int64) {
        let trial = Trial(session, try session.client(), plan)
        let progress = Progress(session, "check") {
            (Int64(trial.done), Int64(plan.count), trial.done)
        }
        let report = trial.run()
        progress.end()
        var complaint: Complaint?
        do throws(Complaint) { try beforeRemoval() } catch { complaint = error }
        let removed = try trial.clean()
        if let complaint { throw complaint }
        guard !trial.isInterrupted else {
            throw .failed(
                "the check was interrupted; its \(Spelling.count(removed, "key")) are removed")
        }
        return (report, removed)
    }

    static func judge(failures report: Trial.Report, _ verdicts: inout Verdicts) {
        let why = report.failure.map { ": \($0)" } ?? ""
        verdicts.add(
            "failures", report.failures == 0, Spelling.count(report.failures) + why, "none")
    }

    static func tell(
        _ verdicts: Verdicts, _ report: Trial.Report, _ removed: Int64, _ session: Session
    ) throws(Complaint) {
        let seconds = Verdicts.tenths(report.milliseconds / 1000)
        session.note(
            "\(Spelling.count(report.puts, "put")) in \(seconds) s, "
                + "\(Verdicts.tenths(report.perSecond))/s, mean \(Verdicts.tenths(report.mean)) ms; "
                + "\(Spelling.count(removed, "key")) removed")
        session.print(
            Rendering.object([
                ("pass", .bool(verdicts.isGood)), ("puts", .integer(Int64(report.puts))),
                ("milliseconds", .integer(Int64(report.milliseconds))),
                ("checks", verdicts.json),
            ]), or: verdicts.words(session.terminal.paint))
        guard verdicts.isGood else { throw Complaint(.silent, "") }
    }
}
