/// Runs the store in worlds that are worse than any data centre, one for each seed.
///
/// A world's whole fate is its seed: `martlet-simulate --seed 7` does the same thing today, tomorrow
/// and on another machine, so a failure is reported as the one line that replays it.
///
/// Imports: `Simulation`, `Units`, ArgumentParser. Never: the store itself.
import ArgumentParser
internal import Simulation
internal import Units

@main
struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet-simulate",
        abstract: "Runs store clusters in a simulated world and checks what they promise.",
        discussion: """
            Every world is made by one number, its seed. The exit code is 0 when all promises were \
            kept, 1 when one was broken, 2 when this command was misused.

            Examples:
              martlet-simulate --seed 7
              martlet-simulate --seed 7 --trace
              martlet-simulate --seed 1000 --seeds 500
              martlet-simulate --recording ./m1.rec
              martlet-simulate --recording ./m1.rec --recording ./m2.rec --trace
            """)

    @Option(help: ArgumentHelp("The first world's seed.", valueName: "number"))
    var seed: UInt64 = 1

    @Option(
        help: ArgumentHelp("How many worlds to run, one seed after the other.", valueName: "count"))
    var seeds: UInt64 = 1

    @Option(help: ArgumentHelp("Members of the cluster at first; else drawn.", valueName: "count"))
    var members: Int?

    @Option(help: ArgumentHelp("Clients; else drawn.", valueName: "count"))
    var clients: Int?

    @Option(
        help: ArgumentHelp(
            "How long faults go on, in simulated milliseconds; else drawn.", valueName: "count"))
    var ticks: UInt64?

    @Option(
        help: ArgumentHelp(
            "Do a real member's recording again, or look through it; may be repeated, to compare.",
            valueName: "file"))
    var recording: [String] = []

    @Flag(help: "Print everything that happens.")
    var trace = false

    @Flag(help: "Print each seed with the hash of its trace, and nothing else.")
    var hash = false

    @Flag(help: "Print a line for each seed.")
    var verbose = false

    func validate() throws {
        guard seeds > 0 else { throw ValidationError("--seeds must be at least 1") }
        try check("--members", members, Simulation.members)
        try check("--clients", clients, Simulation.clients)
        guard seeds - 1 <= UInt64.max - seed else {
            throw ValidationError("--seed and --seeds together go beyond the largest seed")
        }
    }

    private func check(_ name: String, _ value: Int?, _ range: ClosedRange<Int>) throws {
        guard let value, !range.contains(value) else { return }
        throw ValidationError(
            "\(name) must be \(range.lowerBound) to \(range.upperBound), not \(value)")
    }

    func run() throws {
        guard recording.isEmpty else { return try replayRecordings() }
        var total = Tally()
        var simulated: UInt64 = 0
        var broken = 0
        for seed in seed...(seed + (seeds - 1)) {
            Tombstone.prepare(replay(seed))
            let report = Simulation.run(options(seed))
            total += report.tally
            simulated += report.simulated.nanoseconds / 1_000_000
            if report.violation != nil { broken += 1 }
            tell(report)
        }
        if !hash { print(summary(total, simulated, broken)) }
        if broken > 0 { throw ExitCode(1) }
    }

    private func options(_ seed: UInt64) -> Simulation.Options {
        Simulation.Options(
            seed: seed, members: members, clients: clients,
            duration: ticks.map { .milliseconds($0) }, trace: trace ? { print($0) } : nil)
    }

    /// The one line that does it again.
    private func replay(_ seed: UInt64) -> String {
        var line = "swift run martlet-simulate --seed \(seed)"
        if let members { line += " --members \(members)" }
        if let clients { line += " --clients \(clients)" }
        if let ticks { line += " --ticks \(ticks)" }
        return line
    }

    private func tell(_ report: Simulation.Report) {
        if hash {
            print("\(report.seed) \(hex(report.hash))")
        } else if verbose || seeds == 1 {
            print(
                "seed \(report.seed): trace \(hex(report.hash)), \(report.weather), "
                    + "\(report.simulated) s, \(report.tally)")
        }
        guard let violation = report.violation else { return }
        print("seed \(report.seed) failed: \(violation.text)")
        print("replay: \(replay(report.seed))")
    }

    private func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private func summary(_ total: Tally, _ milliseconds: UInt64, _ broken: Int) -> String {
        "\(seeds) worlds, \(milliseconds / 1000) simulated seconds, \(total.events) events, "
            + "\(total.entries) entries, \(total.operations) operations, \(total.crashes) crashes, "
            + "\(total.reigns) reigns, \(total.snapshots) snapshots: "
            + (broken == 0 ? "all promises were kept" : "\(broken) failed")
    }
}
