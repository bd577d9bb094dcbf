import MVCC
import Raft
import Store
import Units
import Wire

// Members at work: each event is a step, steps end in a turn, and a turn's effects are performed. This
// is the shell of martlet-store, with the schedule in place of a loop.
extension World {
    func addNode(_ index: Int, _ members: [Member]) {
        let identity = Store::Identity(
            cluster: World.cluster, member: MemberID(rawValue: UInt64(index + 1)),
            name: "m\(index + 1)", version: "0")
        nodes.append(
            Node(
                index: index, identity: identity, settings: plan.settings, members: members,
                chunk: plan.disk.snapshotChunk))
        progress.append(Progress())
    }

    func start(_ index: Int) throws(Violation) {
        let node = nodes[index]
        if let reason = node.start(at: now, &nodeChance) { throw Violation(reason) }
        progress[index] = Progress()
        trace.note(.start, now, (UInt64(index), node.store!.appliedIndex.rawValue)) {
            "m\(index + 1) starts, life \(node.life), applied "
                + "\(node.store!.appliedIndex.rawValue), term \(node.store!.term.rawValue)"
        }
        planTurn(node)
    }

    /// The node if it is in this life and awake; frozen ones get the happening later.
    private func awake(_ index: Int, _ life: UInt64, _ happening: Happening) -> Node? {
        let node = nodes[index]
        guard node.isUp, node.life == life else { return nil }
        guard node.frozenUntil > now else { return node }
        postpone(happening, node)
        return nil
    }

    /// What came to a frozen node waits in order; its clock may be looked at before or after.
    func postpone(_ happening: Happening, _ node: Node) {
        node.thawing += 1
        var time = node.frozenUntil + Instant.Span(nanoseconds: node.thawing)
        if case .tick = happening { time = time + .microseconds(nodeChance.below(3_000)) }
        schedule.add(happening, at: time)
    }

    func step(_ node: Node, _ event: Store::Event) {
        node.store!.step(event, at: node.clock.instant(at: now))
        planTurn(node)
    }

    /// The turn ends a little later, so that more may come in before.
    func planTurn(_ node: Node) {
        guard !node.turnPlanned else { return }
        node.turnPlanned = true
        let wait = Instant.Span.microseconds(nodeChance.below(40))
        schedule.add(.turn(node: node.index, life: node.life), at: now + wait)
    }

    func tick(_ index: Int, _ life: UInt64, _ number: UInt64) throws(Violation) {
        guard let node = awake(index, life, .tick(node: index, life: life, number: number)),
            node.tick.number == number
        else { return }
        trace.note(.tick, now, (UInt64(index), number)) { "m\(index + 1) tick" }
        node.tick.at = .zero
        step(node, .tick)
        node.idleTicks += 1
        guard node.idleTicks < Limits.idleTicks else {
            throw Violation("m\(index + 1) asks for ticks in the past over and over")
        }
    }

    func logDone(_ index: Int, _ life: UInt64) {
        guard let node = awake(index, life, .logDone(node: index, life: life)) else { return }
        let event = node.finishLogJob()
        trace.note(.log, now, (UInt64(index), UInt64(node.logJobs.count))) {
            "m\(index + 1) log thread: \(event.map { "\($0)" } ?? "tidied")"
        }
        if !node.logJobs.isEmpty { workOnLog(node) }
        if let event { step(node, event) }
    }

    func stateDone(_ index: Int, _ life: UInt64) {
        guard let node = awake(index, life, .stateDone(node: index, life: life)) else { return }
        let event = node.finishStateJob()
        trace.note(.state, now, (UInt64(index), UInt64(node.stateJobs.count))) {
            "m\(index + 1) state thread: \(event.map(\.summary) ?? "done")"
        }
        if !node.stateJobs.isEmpty { workOnState(node) }
        guard let event else { return }
        switch event {
        case .checkpointed: tally.checkpoints += 1
        case .snapshot(.restored): tally.snapshots += 1
        default: break
        }
        step(node, event)
    }

    private func workOnLog(_ node: Node) {
        var time = diskChance.span(plan.disk.log)
        if diskChance.happens(perMillion: plan.disk.stalls) {
            time = diskChance.around(.milliseconds(500))
        }
        schedule.add(.logDone(node: node.index, life: node.life), at: now + time)
    }

    private func workOnState(_ node: Node) {
        let time = diskChance.span(plan.disk.state)
        schedule.add(.stateDone(node: node.index, life: node.life), at: now + time)
    }

    func deliver(_ bytes: [UInt8], from: Int, to: Int) {
        guard nodes[to].isUp, !network.isCut(from: from, to: to) else { return }
        let happening = Happening.message(from: from, to: to, bytes: bytes)
        guard let node = awake(to, nodes[to].life, happening) else { return }
        trace.note(.message, now, (UInt64(from << 8 | to), Hash64.of(bytes))) {
            "m\(to + 1) receives \(World.describe(bytes))"
        }
        node.store!.receive(bytes.span, at: node.clock.instant(at: now))
        planTurn(node)
    }

    // MARK: The end of a turn

    func turn(_ index: Int, _ life: UInt64) throws(Violation) {
        guard let node = awake(index, life, .turn(node: index, life: life)) else { return }
        node.turnPlanned = false
        node.store!.endTurn(at: node.clock.instant(at: now))
        var effects = Effects()
        swap(&effects, &node.store!.effects)
        try check(node, effects)
        try perform(effects, node)
        effects.clear()
        if node.isUp {
            swap(&effects, &node.store!.effects)
            armTick(node)
            if node.store!.wantsTurn { planTurn(node) }
        }
    }

    private func check(_ node: Node, _ effects: Effects) throws(Violation) {
        let store = node.store!
        for entry in effects.applied {
            try ledger.applied(entry, by: node.identity.name, &history, at: now)
            trace.note(.apply, now, (UInt64(node.index), entry.index.rawValue)) {
                "m\(node.index + 1) applies \(entry.index.rawValue) of term \(entry.term.rawValue)"
            }
        }
        try progress[node.index].stands(
            commit: store.commitIndex, applied: store.appliedIndex, node.identity.name)
        try ledger.stands(
            at: store.appliedIndex.rawValue, digest: store.digest, member: node.identity.member)
        if store.role == .leader,
            try reigns.leads(node.identity.member, life: node.life, term: store.term)
        {
            trace.note(.lead, now, (UInt64(node.index), store.term.rawValue)) {
                "m\(node.index + 1) leads term \(store.term.rawValue)"
            }
        }
    }

    private func perform(_ effects: Effects, _ node: Node) throws(Violation) {
        for job in effects.log where node.queue(job) { workOnLog(node) }
        for job in effects.state where node.queue(job) { workOnState(node) }
        for message in effects.messages { try send(message, effects.bytes, from: node) }
        for frame in effects.frames { send(frame, effects.bytes) }
        if effects.removed { retire(node) }
    }

    private func send(
        _ message: OutgoingMessage, _ pool: [UInt8], from node: Node
    ) throws(Violation) {
        let bytes = Array(pool[message.body])
        if bytes.count < World.smallMessage, let small = try? PeerMessage(decoding: bytes.span) {
            try reigns.sends(small, durable: node.slots.value?.hardState)
        }
        let to = Int(message.to.rawValue) - 1
        guard nodes.indices.contains(to) else { return }
        let times = network.arrivals(
            from: node.index, to: to, bulk: message.lane == .bulk, at: now)
        for time in times {
            schedule.add(.message(from: node.index, to: to, bytes: bytes), at: time)
        }
    }

    /// Votes are shorter than this.
    private static let smallMessage = 64

    private func armTick(_ node: Node) {
        let deadline = node.store!.deadline
        guard let wanted = node.clock.moment(of: deadline) else { return }
        if wanted > now { node.idleTicks = 0 }
        guard node.tick.at == .zero || wanted < node.tick.at else { return }
        let lateness = Instant.Span.microseconds(nodeChance.below(1_500))
        node.tick.number += 1
        node.tick.at = max(wanted, now) + lateness
        schedule.add(
            .tick(node: node.index, life: node.life, number: node.tick.number), at: node.tick.at)
    }

    // MARK: Crashes

    func crash(_ node: Node) {
        guard node.isUp else { return }
        tally.crashes += 1
        trace.note(.crash, now, (UInt64(node.index), node.life)) { "m\(node.index + 1) crashes" }
        dropSessions(of: node)
        tally.logSyncs += node.log.syncs
        node.crash(&diskChance)
        for other in nodes where other.isUp { planLoss(of: node, at: other) }
    }

    /// The other members see their connections break, sooner or later.
    private func planLoss(of node: Node, at other: Node) {
        guard faultChance.coin() else { return }
        step(other, .peerLost(node.identity.member))
    }

    func restart(_ index: Int) throws(Violation) {
        guard !nodes[index].isUp, !nodes[index].isRetired else { return }
        try start(index)
    }

    private func retire(_ node: Node) {
        trace.note(.crash, now, (UInt64(node.index), 0)) { "m\(node.index + 1) was removed" }
        dropSessions(of: node)
        node.crash(&diskChance)
        node.isRetired = true
    }

    private static func describe(_ bytes: [UInt8]) -> String {
        guard let message = try? PeerMessage(decoding: bytes.span), let body = message.body else {
            return "no message"
        }
        let text = "\(body)"
        return "from m\(message.from) term \(message.term): \(text.prefix(200))"
    }
}

extension Store::Event {
    /// For the trace: without addresses.
    fileprivate var summary: String {
        switch self {
        case .checkpointed: "checkpointed"
        case .snapshot(.opened(_, let mark, _, _)): "snapshot opened at \(mark.index)"
        case .snapshot(.read(_, let records, let last)):
            "snapshot read, \(records.count) bytes\(last ? ", the last" : "")"
        case .snapshot(.stored): "snapshot stored"
        case .snapshot(.restored): "snapshot restored"
        case .snapshot(.failed): "snapshot failed"
        default: "\(self)"
        }
    }
}
