import Raft
import Store
import Units

/// What kind of world a seed makes: how many, how fast, and how badly things go. Each seed draws which
/// faults there are and at which rates; one in ten is calm, one in ten brutal.
struct Plan {
    enum Weather: String { case calm, mixed, brutal }

    var weather: Weather
    var members: Int
    var clients: Int
    /// How long faults go on; then everything is healed.
    var duration: Instant.Span
    var settings: Store::Settings
    var network: Network.Rates
    var disk: DiskRates
    var faults: FaultRates
    var work: WorkRates

    struct DiskRates {
        var log: ClosedRange<Instant.Span>
        var state: ClosedRange<Instant.Span>
        /// Per million log jobs.
        var stalls: UInt64
        var snapshotChunk: Int
    }

    /// Mean time between faults of a kind, in the whole cluster; nil for never.
    struct FaultRates {
        var crash: Instant.Span?
        var outage: Instant.Span?
        var freeze: Instant.Span?
        var partition: Instant.Span?
        var cutOneWay: Instant.Span?
        var linkLoss: Instant.Span?
        var membership: Instant.Span?
        var transfer: Instant.Span?
        /// How long a member stays down.
        var downtime: Instant.Span
        var partitionTime: Instant.Span
    }

    struct WorkRates {
        var think: Instant.Span
        var keys: Int
        var valueBytes: Int
        var disconnect: Instant.Span
        /// Relative frequencies, in the order of `Workload.Choice`.
        var weights: [Int]
        var leaseSeconds: ClosedRange<Int>
        var streamCredit: Int
        var connectionCredit: Int
    }

    init(_ options: Simulation.Options) {
        var chance = Chance(seed: options.seed, name: "plan")
        let weather: Weather =
            switch chance.below(10) {
            case 0: .calm
            case 1: .brutal
            default: .mixed
            }
        self.weather = weather
        let members = chance.pick([1, 2, 3, 3, 3, 3, 4, 5, 5, 7])
        let clients = chance.draw(2...8)
        self.members = options.members ?? members
        self.clients = options.clients ?? clients
        duration = options.duration ?? .milliseconds(UInt64(chance.draw(4_000...16_000)))
        settings = Plan.settings(&chance)
        settings.recordingBytes = options.recordingBytes
        network = Network.Rates(weather, &chance)
        disk = Plan.disk(weather, &chance)
        faults = FaultRates(weather, &chance)
        work = WorkRates(&chance)
    }

    private static func settings(_ chance: inout Chance) -> Store::Settings {
        let election = UInt64(chance.draw(150...400))
        return Store::Settings(
            election: .milliseconds(election),
            heartbeat: .milliseconds(election / UInt64(chance.draw(3...8))),
            checkpointBytes: chance.pick([2 << 10, 8 << 10, 32 << 10, 256 << 10]),
            trailingLogBytes: chance.pick([0, 1 << 10, 8 << 10, 64 << 10]),
            proposalTimeout: .milliseconds(UInt64(chance.draw(500...5_000))),
            progressInterval: .milliseconds(UInt64(chance.draw(100...2_000))))
    }

    private static func disk(_ weather: Weather, _ chance: inout Chance) -> DiskRates {
        let slow = UInt64(chance.pick([200, 500, 2_000, 10_000]))
        return DiskRates(
            log: .microseconds(40)...(.microseconds(slow)),
            state: .microseconds(200)...(.microseconds(slow * 20)),
            stalls: weather == .calm ? 0 : UInt64(chance.pick([0, 100, 2_000])),
            snapshotChunk: chance.pick([1 << 20, 4 << 10, 512]))
    }
}

extension Plan.FaultRates {
    init(_ weather: Plan.Weather, _ chance: inout Chance) {
        func mean(_ seconds: ClosedRange<Int>, oneIn count: UInt64) -> Instant.Span? {
            let span = Instant.Span.milliseconds(
                UInt64(chance.draw(seconds.lowerBound * 1000...seconds.upperBound * 1000)))
            let isOn = weather == .brutal || chance.once(in: count)
            return isOn && weather != .calm ? span : nil
        }
        let fast = weather == .brutal ? 1 : 2
        crash = mean(fast...6, oneIn: 1)
        outage = mean(4...20, oneIn: 3)
        freeze = mean(1...8, oneIn: 3)
        partition = mean(fast...8, oneIn: 2)
        cutOneWay = mean(fast...8, oneIn: 3)
        linkLoss = mean(1...8, oneIn: 2)
        membership = mean(fast...5, oneIn: 3)
        transfer = mean(2...8, oneIn: 3)
        downtime = .milliseconds(UInt64(chance.draw(50...3_000)))
        partitionTime = .milliseconds(UInt64(chance.draw(100...3_000)))
        if weather == .calm { transfer = chance.coin() ? .seconds(3) : nil }
    }
}

extension Plan.WorkRates {
    init(_ chance: inout Chance) {
        think = .milliseconds(UInt64(chance.pick([5, 20, 60, 200])))
        keys = chance.pick([3, 8, 20, 50])
        valueBytes = chance.pick([16, 100, 1_000])
        disconnect = .milliseconds(UInt64(chance.draw(1_000...20_000)))
        weights = Workload.Choice.allCases.map { choice in
            chance.once(in: 6) ? 0 : choice.weight * chance.draw(1...4)
        }
        if !weights.contains(where: { $0 > 0 }) || weights[0] == 0 { weights[0] = 10 }
        leaseSeconds = chance.coin() ? 1...2 : 1...6
        streamCredit = chance.pick([4 << 10, 6 << 10, 16 << 10, 1 << 20])
        connectionCredit = chance.pick([6 << 10, 16 << 10, 64 << 10, 1 << 20])
    }
}
