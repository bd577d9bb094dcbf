internal import Journal
internal import MVCC
internal import Raft
internal import Units
package import Wire

/// A member whose state is doubted: by the others, since its digest differs, or by itself, since a
/// record failed its checksum.
///
/// It applies nothing further, serves nobody, neither votes nor leads, and asks the leader for a fresh
/// state. Its log is whole, so it goes on to copy and acknowledge it, and keeps its term and vote.
/// When the new state is in place it goes on from there.
struct Repair {
    enum State: Equatable {
        /// → `doubted` by a verdict of the others or by its own scrub.
        case sound
        /// → `sound` when a state that stands at or above `since` is in place.
        case doubted(since: UInt64)
    }

    var state = State.sound
    /// When the leader was last asked for a fresh state.
    var asked = Instant.zero

    var isSound: Bool { state == .sound }
    var deadline: Instant { isSound ? .never : asked + Limits.repairPatience }
}

extension Store {
    /// What this member thinks of itself.
    package var health: Wire::Health {
        if !repair.isSound { return .suspect }
        return raft.isRecovering ? .recovering : .sound
    }

    /// There is somebody else to get a state from.
    var hasPeers: Bool { raft.membership.voters.contains { $0 != identity.member } }

    /// The state is no longer believed.
    mutating func doubt(since index: UInt64) {
        guard hasPeers else { return }
        if repair.isSound { effects.healthChanged = true }
        repair.state = .doubted(since: index)
        repair.asked = .zero
        raftStep(.suspend(true))
    }

    /// At the start: an alarm about this member stands, and its state is older than the cure.
    mutating func doubtIfAlarmed() {
        guard let alarm = alarm(.corrupt, identity.member.rawValue) else { return }
        doubt(since: alarm.index)
    }

    /// Asks the leader for a fresh state, again and again.
    mutating func tendRepair() {
        guard !repair.isSound, now >= repair.deadline || repair.asked == .zero else { return }
        guard let leader = raft.leader, leader != identity.member else { return }
        repair.asked = now
        guard !transfers.isInstalling else { return }
        send(
            .repairRequest(RepairRequest(applied: mvcc.mark.index)), to: leader, term: raft.term)
    }

    /// A member wants a state that is newer than its own. It asks again until there is one.
    mutating func repairAsked(_ request: RepairRequest, by member: MemberID) {
        guard raft.role == .leader, repair.isSound, raft.membership[member] != nil else { return }
        guard let alarm = alarm(.corrupt, member.rawValue) else {
            return raise(
                .corrupt, member.rawValue,
                "\(name(of: member)) found damage in its state; it serves nobody and gets a "
                    + "fresh copy")
        }
        guard checkpointing.durable > request.applied, checkpointing.durable >= alarm.index else {
            if appliedIndex.rawValue <= request.applied { digests.isWanted = true }
            checkpointing.isDue = true
            return
        }
        beginTransfer(to: member)
    }

    /// A state came in that stands at `index`.
    mutating func believe(stateAt index: UInt64) {
        guard case .doubted(let since) = repair.state, index >= since else { return }
        repair.state = .sound
        effects.healthChanged = true
        raftStep(.suspend(false))
    }

    /// What may be asked of a member whose state is doubted: nothing that is answered from it.
    func checkHealth(_ method: UInt32) throws(Refusal) {
        guard !repair.isSound else { return }
        switch Method(rawValue: Int32(truncatingIfNeeded: method)) {
        case .status, .memberList, .alarms, .digest, .scrub, .metrics, .slowOperations,
            .recording:
            return
        default:
            throw Refusal(
                .noLeader,
                "\(name(of: identity.member)) does not trust its own data and is getting a fresh "
                    + "copy; ask another member")
        }
    }
}
