internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// The time by which leases live: it runs on the leader's clock, is stamped into every batch, and goes
/// on from where it stood when another leader takes over. While nobody leads it stands still.
struct ClusterClock: Equatable {
    /// Set while this member leads: cluster time `base` was at local time `since`.
    private var running: (base: Instant, since: Instant)?
    private var newest = Instant.zero
    /// Commands that end leases on their way, and how many leases they name.
    var expiryCommands = 0
    var ending = 0
    /// A command that ends leases was applied, so that there is room for another.
    var hasRoom = false
    /// A command that ends sessions is on its way.
    var isEndingSessions = false

    static func == (left: Self, right: Self) -> Bool {
        left.running?.base == right.running?.base && left.running?.since == right.running?.since
            && left.newest == right.newest && left.ending == right.ending
    }

    /// A batch with this stamp was seen in the log.
    mutating func observe(_ time: Instant) { newest = max(newest, time) }

    mutating func lead(_ leads: Bool, at now: Instant, newest applied: Instant) {
        observe(applied)
        (expiryCommands, ending, hasRoom, isEndingSessions) = (0, 0, false, false)
        if !leads {
            running = nil
        } else if running == nil {
            running = (newest, now)
        }
    }

    /// A command with so many leases was applied. One of an earlier reign may come late.
    mutating func ended(_ count: Int) {
        ending = max(0, ending - count)
        expiryCommands = max(0, expiryCommands - 1)
        if expiryCommands == 0 { ending = 0 }
        hasRoom = true
    }

    func time(at now: Instant, applied: Instant) -> Instant {
        guard let running else { return max(newest, applied) }
        return max(running.base + now.since(running.since), applied)
    }

    /// When, by this member's clock, cluster time will be `time`.
    func local(for time: Instant, at now: Instant) -> Instant {
        guard let running else { return .never }
        return running.since + time.since(running.base)
    }
}
