internal import Raft
package import Units
internal import Wire

/// What is counted and timed, from the start of this process on. Nothing is decided by it.
package struct Metrics {
    /// Calls that were answered well, by the method's number; those beyond the table share place 0.
    private(set) var answered = [UInt64](repeating: 0, count: methods)
    /// Commands that were carried out here, whoever asked, by method.
    private(set) var applied = [UInt64](repeating: 0, count: methods)
    private(set) var refusals = Refusals()
    private(set) var received: UInt64 = 0
    private(set) var sent: UInt64 = 0
    private(set) var peers: [PeerMeter] = []

    private(set) var leaderChanges: UInt64 = 0
    private var lastLeader: MemberID?
    var failedProposals: UInt64 = 0
    var slowReads: UInt64 = 0
    var slowTurns: UInt64 = 0
    var unansweredHeartbeats: UInt64 = 0

    var eventsMatched: UInt64 = 0
    var leasesExpired: UInt64 = 0
    var leaseTimes = Histogram()

    var checkpoints = Histogram()
    var checkpointBytes: UInt64 = 0
    var snapshotsSent: UInt64 = 0
    var snapshotsFailed: UInt64 = 0
    var snapshotsReceived: UInt64 = 0
    var restores = Histogram()

    /// From a command's arrival until its entry goes to the log's thread, or to the leader.
    var queue = Histogram()
    /// From there until it is durable here.
    var sync = Histogram()
    /// From there until it is known that it is durable on a majority.
    var replicate = Histogram()
    /// From the arrival of a command until it is carried out and answered.
    var writes = Histogram()
    var reads = Histogram()

    // What only the shell can measure, because a turn of the store has one time.

    /// Turns in which entries were carried out: from the turn's end until the store has decided all.
    package var apply = Histogram()
    /// From there until its answers are with the kernel.
    package var reply = Histogram()
    /// The log's thread: writing and syncing a group.
    package var logSync = Histogram()
    /// The state's thread: committing a checkpoint.
    package var commit = Histogram()
    package var goodHealth: UInt64 = 0
    package var badHealth: UInt64 = 0

    private static let methods = 256

    /// Bytes of a frame before its body.
    static let frame = UInt64(FrameHeader.size)

    mutating func came(_ bytes: Int) { received &+= UInt64(bytes) + Metrics.frame }

    mutating func left(_ type: FrameType, _ method: UInt32, _ bytes: Int) {
        sent &+= UInt64(bytes) + Metrics.frame
        if type == .response { answered[Metrics.place(method)] += 1 }
    }

    mutating func carriedOut(_ method: UInt32) { applied[Metrics.place(method)] += 1 }

    mutating func refused(_ method: UInt32, _ code: ErrorCode) {
        refusals.add(UInt32(Metrics.place(method)), code.rawValue)
    }

    mutating func saw(leader: MemberID?) {
        guard let leader, leader != lastLeader else { return }
        lastLeader = leader
        leaderChanges += 1
    }

    private static func place(_ method: UInt32) -> Int { method < methods ? Int(method) : 0 }

    func answered(_ method: Wire::Method) -> UInt64 { answered[Int(method.rawValue)] }
    func applied(_ method: Wire::Method) -> UInt64 { applied[Int(method.rawValue)] }
}

// MARK: - Refusals

extension Metrics {
    /// Calls that ended with an error, by method and code: few different ones, in order.
    struct Refusals {
        private(set) var rows: [Row] = []

        struct Row {
            var method: UInt32
            var code: Int32
            var count: UInt64 = 0
        }

        mutating func add(_ method: UInt32, _ code: Int32) {
            let place =
                rows.firstIndex { ($0.method, $0.code) >= (method, code) } ?? rows.count
            if place == rows.count || (rows[place].method, rows[place].code) != (method, code) {
                rows.insert(Row(method: method, code: code), at: place)
            }
            rows[place].count += 1
        }

        func count(of code: ErrorCode) -> UInt64 {
            rows.reduce(0) { $0 + ($1.code == code.rawValue ? $1.count : 0) }
        }
    }
}

// MARK: - Peers

/// What goes to and comes from one member.
struct PeerMeter {
    let id: MemberID
    var sent: UInt64 = 0
    var received: UInt64 = 0
    var roundTrip = Histogram()
    /// A heartbeat that was not answered yet.
    var beat: Instant?
}

extension Metrics {
    private mutating func peer(_ id: MemberID) -> Int {
        if let place = peers.firstIndex(where: { $0.id == id }) { return place }
        let place = peers.firstIndex { $0.id > id } ?? peers.count
        peers.insert(PeerMeter(id: id), at: place)
        return place
    }

    /// Members that are none any more.
    mutating func forget(except members: [MemberID]) {
        peers.removeAll { !members.contains($0.id) }
    }

    mutating func sent(
        _ body: PeerMessage.Choice, _ bytes: Int, to member: MemberID, at now: Instant
    ) {
        let place = peer(member)
        peers[place].sent &+= UInt64(bytes) + Metrics.frame
        guard case .heartbeat = body else { return }
        if peers[place].beat != nil { unansweredHeartbeats += 1 }
        peers[place].beat = now
    }

    mutating func received(
        _ body: PeerMessage.Choice, _ bytes: Int, from member: MemberID, at now: Instant
    ) {
        let place = peer(member)
        peers[place].received &+= UInt64(bytes) + Metrics.frame
        guard case .heartbeatResponse = body, let beat = peers[place].beat.take() else { return }
        peers[place].roundTrip.observe(now.since(beat))
    }
}
