/// Whether a member may take part in elections.
///
/// Picture a witness whose diary was damaged. What is left of it is true, but what it promised on
/// the missing pages nobody knows. Until somebody who was elected without its word has dictated all
/// that counted when it came back, it must not help to elect anyone: it might choose one who, like
/// itself, lacks a line that only counted because of the missing pages.
///
/// The rule is that of "Protocol-Aware Recovery for Consensus-Based Storage" (CTRL). The leader is
/// asked for its commit index by a read round (section 6.4), so that the answer is younger than the
/// question, and comes from a leader that has committed in its own term and so knows of everything
/// that counts. With the question the leader learns that what this member acknowledged in an
/// earlier `life` of its log is void.
struct Fitness: Equatable {
    enum Log: Equatable {
        case whole
        /// Entries at its end may be missing. → `catchingUp` when a leader tells how far to go.
        case lost
        /// → `whole` when everything up to there is committed and durable here.
        case catchingUp(to: LogIndex)
    }

    var log = Log.whole
    /// What was applied is doubted.
    var isSuspended = false

    var mayVote: Bool { log == .whole && !isSuspended }

    /// The id of our own question among the reads of others.
    static let question = UInt64.max
}

extension Raft {
    /// The log lacks entries that may have been acknowledged.
    package var isRecovering: Bool { fitness.log != .whole }

    /// Asks the leader how far it has committed, unless that is known or asked already.
    mutating func askForFloor(into effects: inout [Effect]) {
        guard fitness.log == .lost, role == .follower, leader != nil else { return }
        guard !reads.queued.contains(Fitness.question),
            reads.attempt.map({ !$0.ids.contains(Fitness.question) }) ?? true
        else { return }
        reads.queued.append(Fitness.question)
        startAttempt(into: &effects)
    }

    mutating func floorTold(_ index: LogIndex) {
        guard fitness.log == .lost else { return }
        fitness.log = .catchingUp(to: index)
    }

    mutating func endRecoveryIfReached() {
        guard case .catchingUp(let index) = fitness.log else { return }
        guard commitIndex >= index, durability.index >= index else { return }
        fitness.log = .whole
    }

    /// A leader tells how far our log agrees with its own by what we acknowledged. When we may have
    /// lost some of that, only what we acknowledged since counts.
    func believed(_ commit: LogIndex) -> LogIndex {
        isRecovering ? min(commit, acknowledgement.target) : commit
    }

    mutating func suspend(_ isSuspended: Bool, into effects: inout [Effect]) {
        fitness.isSuspended = isSuspended
        guard isSuspended else { return }
        switch role {
        case .leader: leave(into: &effects)
        case .candidate, .preCandidate: follow(nil, into: &effects)
        case .follower: break
        }
        precondition(role == .follower, "who is suspended neither leads nor stands")
    }

    /// Whether a member speaks from the newest life of its log that we know of. What it acknowledged
    /// in an earlier one is forgotten as soon as it speaks from a later one.
    mutating func isCurrent(
        _ life: UInt64, of place: Int, into effects: inout [Effect]
    ) -> Bool {
        precondition(role == .leader, "only leaders keep track")
        guard let isReborn = leadership.progress[place].lives(life) else { return false }
        if isReborn { replicate(to: place, evenNothing: true, into: &effects) }
        return true
    }
}
