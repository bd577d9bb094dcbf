import Raft
import Store
import Units
import Wire

/// Something that is going to happen.
enum Happening {
    case tick(node: Int, life: UInt64, number: UInt64)
    case turn(node: Int, life: UInt64)
    case logDone(node: Int, life: UInt64)
    case stateDone(node: Int, life: UInt64)
    case message(from: Int, to: Int, bytes: [UInt8])
    case upward(session: Int, Link.Upward)
    case downward(session: Int, Link.Downward)
    case think(caller: Int)
    case repay(session: Int, stream: UInt32, bytes: Int)
    case giveUp(session: Int, stream: UInt32)
    case fault(Fault)
    case restart(node: Int)
    case mend(pairs: [(from: Int, to: Int)])
    /// Faults end; everything is put right.
    case heal
    /// Looks whether the healed world has come to rest.
    case inspect
}

/// A cluster, its clients, and everything between and below them, from one seed.
///
/// Here is the loop that takes the next thing from the schedule and hands it to whom it concerns. What
/// the parts do is in the other files: `World+…` by theme.
final class World {
    let plan: Plan
    let seed: UInt64
    var now = Moment.zero
    var schedule: Schedule<Happening>
    var trace: Trace

    var nodes: [Node] = []
    var progress: [Progress] = []
    var network: Network
    var links: [Link] = []
    var callers: [Caller] = []
    var workload: Workload
    var operation = Administration()
    var probe = Probe()

    var history = History()
    var ledger = Ledger()
    var reigns = Reigns()
    var tally = Tally()

    var diskChance: Chance
    var nodeChance: Chance
    var faultChance: Chance
    var linkChance: Chance
    var isHealed = false
    var isOver = false

    static let cluster: UInt64 = 0xC1

    init(_ options: Simulation.Options) {
        plan = Plan(options)
        seed = options.seed
        schedule = Schedule(chance: Chance(seed: seed, name: "schedule"))
        trace = Trace(seed: seed, write: options.trace)
        network = Network(plan.network, chance: Chance(seed: seed, name: "network"))
        var work = Chance(seed: seed, name: "workload")
        workload = Workload(plan.work, chance: &work)
        diskChance = Chance(seed: seed, name: "disk")
        nodeChance = Chance(seed: seed, name: "nodes")
        faultChance = Chance(seed: seed, name: "faults")
        linkChance = Chance(seed: seed, name: "links")
    }

    func run() throws(Violation) {
        try begin()
        while !isOver, let (time, happening) = schedule.next() {
            now = time
            tally.events += 1
            guard tally.events < Limits.events else {
                throw Violation("the world runs in circles: \(tally.events) events by \(now)")
            }
            try happen(happening)
        }
        try history.checkOrder()
    }

    private func begin() throws(Violation) {
        let members = (0..<plan.members).map(member)
        for index in 0..<plan.members { addNode(index, members) }
        for index in 0..<plan.members { try start(index) }
        // Clients, then the operator, then the probe.
        for index in 0..<plan.clients + 2 { callers.append(Caller(index: index, seed: seed)) }
        for index in 0..<plan.clients { think(index) }
        planFaults()
        schedule.add(.heal, at: now + plan.duration)
    }

    func happen(_ happening: Happening) throws(Violation) {
        switch happening {
        case .tick(let node, let life, let number): try tick(node, life, number)
        case .turn(let node, let life): try turn(node, life)
        case .logDone(let node, let life): logDone(node, life)
        case .stateDone(let node, let life): stateDone(node, life)
        case .message(let from, let to, let bytes): deliver(bytes, from: from, to: to)
        case .upward(let session, let event): try arrive(session, event)
        case .downward(let session, let event): try arrive(session, event)
        case .think(let caller): think(caller: caller)
        case .repay(let session, let stream, let bytes): repay(session, stream, bytes)
        case .giveUp(let session, let stream): giveUp(session, stream)
        case .fault(let fault): strike(fault)
        case .restart(let node): try restart(node)
        case .mend(let pairs): mend(pairs)
        case .heal: try heal()
        case .inspect: try inspect()
        }
    }

    func member(_ index: Int) -> Member {
        Member(
            id: MemberID(rawValue: UInt64(index + 1)), name: "m\(index + 1)",
            peerAddress: "m\(index + 1):1", clientAddresses: ["m\(index + 1):2"])
    }
}

/// What a run saw, for people and for tests that want to know that rare things do happen.
package struct Tally: Equatable, Sendable {
    package var events: UInt64 = 0
    package var entries = 0
    package var operations = 0
    package var answered = 0
    package var reigns = 0
    package var crashes = 0
    package var snapshots = 0
    package var checkpoints = 0
    package var watchEvents = 0
    package var fragments = 0
    package var leasesExpired = 0
    package var membershipChanges = 0
    package var logSyncs = 0

    package init() {}

    /// Both together.
    package static func += (left: inout Tally, right: Tally) {
        left.events += right.events
        left.entries += right.entries
        left.operations += right.operations
        left.answered += right.answered
        left.reigns += right.reigns
        left.crashes += right.crashes
        left.snapshots += right.snapshots
        left.checkpoints += right.checkpoints
        left.watchEvents += right.watchEvents
        left.fragments += right.fragments
        left.leasesExpired += right.leasesExpired
        left.membershipChanges += right.membershipChanges
        left.logSyncs += right.logSyncs
    }
}
