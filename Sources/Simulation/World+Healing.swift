import Raft
import Store
import Units
import Wire

/// After the faults: a write that must be committed soon.
struct Probe {
    var healed = Moment.zero
    /// The newest attempt.
    var operation: Int?
    var isCommitted = false
}

// The end: everything is put right, and then it must be right.
extension World {
    func heal() throws(Violation) {
        isHealed = true
        trace.note(.fault, now, (0, 0)) { "everything heals" }
        network.heal()
        for node in nodes { node.frozenUntil = now }
        for index in nodes.indices { try restart(index) }
        probe.healed = now
        schedule.add(.inspect, at: now + .milliseconds(50))
    }

    func inspect() throws(Violation) {
        if let id = probe.operation, history[id].position != nil { probe.isCommitted = true }
        if !probe.isCommitted { try insist() }
        leaveStrangers()
        guard let reason = unrest else { return try finish() }
        guard now.since(probe.healed) < Limits.convergence else {
            throw Violation(
                "\(Limits.convergence.nanoseconds / 1_000_000_000) s after everything was healed, "
                    + reason)
        }
        schedule.add(.inspect, at: now + .milliseconds(50))
    }

    /// Nobody can be helped by a machine that was removed and has not heard of it.
    private func leaveStrangers() {
        guard let ids = leaderMembers else { return }
        for caller in callers {
            guard let session = caller.session else { continue }
            let id = nodes[links[session - 1].node].identity.member
            if !ids.contains(id) { hangUp(caller) }
        }
    }

    /// Writes through any member until one write is committed.
    private func insist() throws(Violation) {
        let allowed =
            plan.settings.election.nanoseconds * 2 * Limits.electionsToCommit + 2_000_000_000
        guard now.since(probe.healed).nanoseconds < allowed else {
            throw Violation(
                "no write was committed within \(Limits.electionsToCommit) elections after "
                    + "everything was healed")
        }
        guard probe.operation == nil else { return }
        let caller = callers[plan.clients + 1]
        let ids = (leaderMembers ?? nodes.filter(\.isUp).map(\.identity.member))
        let id = faultChance.pick(ids)
        if caller.session == nil { connect(caller, to: Int(id.rawValue) - 1) }
        probe.operation = ask(
            .put(PutRequest(key: Array("probe".utf8), value: Array("\(now)".utf8))), caller)
    }

    private var leaderMembers: [MemberID]? {
        let leaders = nodes.filter { $0.isUp && $0.store!.role == .leader }
        return leaders.max { $0.store!.term < $1.store!.term }?.store!.members.map(\.id)
    }

    /// Why the world has not come to rest yet; nil when it has.
    private var unrest: String? {
        guard probe.isCommitted else { return "no write was committed" }
        guard let ids = leaderMembers else { return "nobody leads" }
        for id in ids {
            guard Int(id.rawValue) <= nodes.count else { return "m\(id.rawValue) never joined" }
            let node = nodes[Int(id.rawValue) - 1]
            guard let store = node.store else { return "\(node.identity.name) is not up" }
            guard Int(store.appliedIndex.rawValue) == ledger.count else {
                return "\(node.identity.name) applied \(store.appliedIndex.rawValue) of "
                    + "\(ledger.count) entries"
            }
        }
        for caller in callers {
            for stream in caller.open {
                if case .operation(let id, _)? = caller[stream] {
                    return "\(history.name(id)) waits for an answer"
                }
            }
            if let place = lag(caller) {
                return "watch \(place) of client \(caller.index) has not been told all"
            }
        }
        return nil
    }

    private func lag(_ caller: Caller) -> Int? {
        caller.watches.indices.first { place in
            let watch = caller.watches[place]
            guard watch.isWanted, watch.stream != nil else { return watch.stream == nil }
            do throws(Violation) {
                try watch.record.checkComplete(
                    through: ledger.model.revision, ledger.model)
                return false
            } catch {
                return true
            }
        }
    }

    /// At rest: the members must be equal, to each other and to the model.
    private func finish() throws(Violation) {
        isOver = true
        for id in leaderMembers ?? [] {
            let node = nodes[Int(id.rawValue) - 1]
            try ledger.stands(
                at: node.store!.appliedIndex.rawValue, digest: node.store!.digest, member: id)
            try readAll(node)
        }
        trace.note(.end, now, (ledger.model.revision.magnitude, UInt64(ledger.count))) {
            "all is well at revision \(ledger.model.revision), entry \(ledger.count)"
        }
        sumUp()
    }

    /// Everything that a member has, without asking the others.
    private func readAll(_ node: Node) throws(Violation) {
        let request = RangeRequest(key: [0], rangeEnd: [0], serializable: true)
        let session = SessionID(rawValue: .max)
        node.store!.request(
            session: session, stream: 1, method: UInt32(Wire::Method.range.rawValue),
            deadline: nil, body: request.encoded.span, at: node.clock.instant(at: now))
        node.store!.endTurn(at: node.clock.instant(at: now))
        let effects = node.store!.effects
        guard let frame = effects.frames.first(where: { $0.session == session }),
            frame.type == .response,
            let reply = Reply(.range, Array(effects.bytes[frame.body]).span)
        else { throw Violation("\(node.identity.name) does not answer at the end") }
        let due = ledger.model.range(request, at: ledger.model.revision)
        guard case .success(reply) = due else {
            throw Violation(
                "\(node.identity.name) has other pairs than it should: \(reply) instead of \(due)")
        }
    }

    private func sumUp() {
        tally.entries = ledger.count
        tally.reigns = reigns.count
        tally.leasesExpired = ledger.leases.expired
        for node in nodes where node.isUp { tally.logSyncs += node.log.syncs }
    }
}
