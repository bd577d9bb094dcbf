import Raft
import Store
import Units
import Wire

/// The one change that the operator has under way.
struct Administration {
    enum Task {
        /// A new machine is to join.
        case add(Int)
        case promote
        case remove
        case move
    }

    var task: Task?
}

extension World {
    private var desk: Caller { callers[plan.clients] }

    private var leader: Node? {
        nodes.first { $0.isUp && $0.store!.role == .leader }
    }

    func changeMembers() {
        guard operation.task == nil, let leader else { return }
        let members = leader.store!.members
        let learners = members.filter(\.isLearner)
        switch faultChance.below(4) {
        case 0 where nodes.count < Limits.nodes && members.count < 7: add(to: leader)
        case 1, 2:
            guard let learner = learners.first else { return }
            ask(
                leader, .promote, .memberPromote,
                MemberPromoteRequest(id: learner.id.rawValue).encoded)
        default:
            guard members.count > 1 else { return }
            let id = faultChance.pick(members).id.rawValue
            ask(leader, .remove, .memberRemove, MemberRemoveRequest(id: id).encoded)
        }
    }

    private func add(to leader: Node) {
        let member = member(nodes.count)
        let request = MemberAddRequest(
            name: member.name, peerAddress: member.peerAddress,
            clientAddresses: member.clientAddresses, id: member.id.rawValue)
        ask(leader, .add(nodes.count), .memberAdd, request.encoded)
    }

    func moveLeader() {
        guard operation.task == nil, let leader else { return }
        let target =
            faultChance.coin() ? 0 : faultChance.pick(leader.store!.members).id.rawValue
        ask(leader, .move, .moveLeader, MoveLeaderRequest(targetID: target).encoded)
    }

    private func ask(
        _ leader: Node, _ task: Administration.Task, _ method: Wire::Method, _ body: [UInt8]
    ) {
        hangUp(desk)
        operation.task = task
        connect(desk, to: leader.index)
        open(.administration, desk, method, body)
    }

    /// The answer came, or will not come (nil).
    func administered(_ error: WireError?) {
        guard let task = operation.task else { return }
        operation.task = nil
        trace.note(.fault, now, (UInt64(nodes.count), error?.code == WireError().code ? 1 : 0)) {
            "operator: \(task) \(error.map { "\($0)" } ?? "without an answer")"
        }
        let isDone = error?.code == WireError().code
        if isDone { tally.membershipChanges += 1 }
        guard case .add(let index) = task, index == nodes.count else { return }
        if isDone || error == nil || error?.code == .deadlineExceeded { join(index) }
    }

    /// A machine joins with the list of members that it was told, and will read in the log of itself.
    private func join(_ index: Int) {
        let known = (leader ?? nodes.first { $0.isUp })?.store?.members
        let members = known ?? nodes.indices.map(member)
        addNode(index, members.filter { $0.id != member(index).id })
        schedule.add(.restart(node: index), at: now + .milliseconds(faultChance.draw(1...500)))
    }
}
