import Raft
import Store
import Units
import Wire

/// What goes wrong by itself, again and again.
enum Fault: CaseIterable {
    /// A member loses power.
    case crash
    /// Several do, at once.
    case outage
    /// A member stands still for a while, and does not know.
    case freeze
    /// The members fall into two groups.
    case partition
    /// One member is not heard by another.
    case cutOneWay
    /// A member believes that a connection broke.
    case linkLoss
    /// The operator adds, promotes or removes a member.
    case membership
    /// The operator moves leadership.
    case transfer
}

extension Plan.FaultRates {
    subscript(fault: Fault) -> Instant.Span? {
        switch fault {
        case .crash: crash
        case .outage: outage
        case .freeze: freeze
        case .partition: partition
        case .cutOneWay: cutOneWay
        case .linkLoss: linkLoss
        case .membership: membership
        case .transfer: transfer
        }
    }
}

extension World {
    func planFaults() {
        for fault in Fault.allCases { plan(fault) }
    }

    private func plan(_ fault: Fault) {
        guard let mean = plan.faults[fault] else { return }
        schedule.add(.fault(fault), at: now + faultChance.around(mean))
    }

    func strike(_ fault: Fault) {
        guard !isHealed else { return }
        trace.note(.fault, now, (UInt64(nodes.count), 0)) { "fault: \(fault)" }
        switch fault {
        case .crash: crash(faultChance.draw(0...nodes.count - 1))
        case .outage: for index in nodes.indices where faultChance.coin() { crash(index) }
        case .freeze: freeze()
        case .partition: partition()
        case .cutOneWay: cutOneWay()
        case .linkLoss: loseLink()
        case .membership: changeMembers()
        case .transfer: moveLeader()
        }
        plan(fault)
    }

    private func crash(_ index: Int) {
        guard nodes[index].isUp else { return }
        crash(nodes[index])
        schedule.add(.restart(node: index), at: now + faultChance.around(plan.faults.downtime))
    }

    private func freeze() {
        let node = faultChance.pick(nodes)
        guard node.isUp, node.frozenUntil <= now else { return }
        node.frozenUntil = now + faultChance.around(.milliseconds(500))
        node.thawing = 0
    }

    private func partition() {
        let side = nodes.map { _ in faultChance.coin() }
        var pairs: [(from: Int, to: Int)] = []
        for from in nodes.indices {
            for to in nodes.indices where side[from] != side[to] { pairs.append((from, to)) }
        }
        cut(pairs)
    }

    private func cutOneWay() {
        let from = faultChance.draw(0...nodes.count - 1)
        let to = faultChance.draw(0...nodes.count - 1)
        cut([(from, to)])
    }

    private func cut(_ pairs: [(from: Int, to: Int)]) {
        for pair in pairs { network.cut(from: pair.from, to: pair.to) }
        schedule.add(.mend(pairs: pairs), at: now + faultChance.around(plan.faults.partitionTime))
    }

    func mend(_ pairs: [(from: Int, to: Int)]) {
        for pair in pairs { network.mend(from: pair.from, to: pair.to) }
    }

    private func loseLink() {
        let node = faultChance.pick(nodes)
        let other = faultChance.pick(nodes)
        guard node.isUp, node.index != other.index, node.frozenUntil <= now else { return }
        step(node, .peerLost(other.identity.member))
    }
}
