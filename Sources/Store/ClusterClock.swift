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
    /// A command that ends leases is on its way.
    var expiring = false

    static func == (left: Self, right: Self) -> Bool {
        left.running?.base == right.running?.base && left.running?.since == right.running?.since
            && left.newest == right.newest && left.expiring == right.expiring
    }

    /// A batch with this stamp was seen in the log.
    mutating func observe(_ time: Instant) { newest = max(newest, time) }

    mutating func lead(_ leads: Bool, at now: Instant, newest applied: Instant) {
        observe(applied)
        expiring = false
        if !leads {
            running = nil
        } else if running == nil {
            running = (newest, now)
        }
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

extension Store {
    /// Ends the leases that ran out; the leader's affair, decided by the log.
    mutating func expireLeases() {
        guard raft.role == .leader, !clusterClock.expiring else { return }
        let due = mvcc.expired(at: clusterTime, limit: Limits.expiringLeases)
        guard !due.isEmpty else { return }
        var body: [UInt8] = []
        for lease in due { body.append(little: lease.rawValue) }
        clusterClock.expiring = true
        proposeInternally(InternalMethod.expireLeases, body)
    }
}
