internal import Units

/// What a leader knows of one member, itself included.
struct Progress: Equatable {
    enum Phase: Equatable {
        /// Looks for the place where the logs agree, one append at a time.
        /// → `pipeline` when one fits, → `snapshot` when the log starts too late.
        case probe
        /// An append is out and nothing was heard since. → `probe` at the next sign of life.
        case probed
        /// Sends ahead within the window. → `probe` on a gap or a broken link.
        case pipeline
        /// The shell transfers a snapshot. → `probe` when that ends.
        case snapshot
    }

    private struct Flight: Equatable {
        var last: LogIndex
        var size: Int
    }

    let id: MemberID
    var isComing: Bool
    var isOutgoing: Bool
    private(set) var phase = Phase.probe
    /// Durable there and equal to ours.
    private(set) var match = LogIndex.zero
    /// The next entry to send.
    private(set) var next: LogIndex
    /// The highest commit index it was sent together with the entries.
    private(set) var commitTold = LogIndex.zero
    /// When it last answered in this term.
    var heard: Instant
    /// The newest read round it confirmed.
    var round: UInt64 = 0
    /// The life of its log, as far as it told.
    private(set) var life: UInt64 = 0
    private var flights: [Flight] = []
    private var flightSize = 0
    /// `match` at the heartbeat before.
    private var matchAtHeartbeat = LogIndex.zero

    init(id: MemberID, next: LogIndex, now: Instant) {
        precondition(id != .none, "somebody is tracked")
        precondition(next > .zero, "the first entry has index 1")
        self.id = id
        self.next = next
        isComing = false
        isOutgoing = false
        heard = now
    }

    func hasRoom(_ settings: Settings) -> Bool {
        flights.isEmpty
            || flightSize < settings.maximumInFlightBytes && flights.count < Limits.inFlightAppends
    }

    /// Our own log is durable up to `index`.
    mutating func persisted(_ index: LogIndex) {
        precondition(flights.isEmpty, "we send nothing to ourselves")
        precondition(index >= match, "our own log stays durable while we lead")
        match = index
        next = max(next, index.next)
    }

    /// An append left with these many entries.
    mutating func sent(_ count: Int, size: Int, commit: LogIndex) {
        precondition(phase == .probe || phase == .pipeline, "only these send")
        precondition(next > match, "nothing known to be there is sent again")
        commitTold = max(commitTold, min(commit, next.previous + count))
        guard phase == .pipeline else {
            phase = .probed
            return
        }
        guard count > 0 else { return }
        next = next + count
        flights.append(Flight(last: next.previous, size: size))
        flightSize += size
    }

    /// Everything up to `index` is there. Tells whether that opens something.
    mutating func matched(_ index: LogIndex) -> Bool {
        precondition(match < next, "what is known is not sent again")
        let fits = index > match || index.next >= next
        match = max(match, index)
        land(through: match)
        switch phase {
        case .pipeline:
            next = max(next, match.next)
        case .probe, .probed:
            guard fits else { return false }
            phase = .pipeline
            next = match.next
        case .snapshot:
            next = max(next, match.next)
        }
        precondition(next > match, "what is there is not sent again")
        return true
    }

    /// A request after `previous` did not fit; `place` may. Tells whether that is news.
    mutating func refused(previous: LogIndex, place: LogIndex) -> Bool {
        precondition(place <= previous, "a refusal leads back")
        precondition(match < next, "what is known is not sent again")
        guard previous > .zero else { return false }
        switch phase {
        case .pipeline:
            guard previous > match else { return false }
        case .probe, .probed:
            guard previous.next == next else { return false }
        case .snapshot:
            return false
        }
        probe(from: max(match, min(place, previous.previous)).next)
        return true
    }

    mutating func probe(from next: LogIndex) {
        precondition(next > match, "probing starts after what is known")
        phase = .probe
        self.next = next
        land(through: .init(.max))
        precondition(flightSize == 0, "nothing is under way")
    }

    /// The link broke: wait for a sign of life, then look where we are.
    mutating func lost() {
        precondition(match < next, "what is known is not sent again")
        guard phase != .snapshot else { return }
        probe(from: match.next)
        phase = .probed
    }

    /// It speaks from this life of its log. Nil when that is over: what it says is void. Else whether
    /// what was known of it is, since its log may have lost that.
    mutating func lives(_ life: UInt64) -> Bool? {
        guard life >= self.life else { return nil }
        guard life > self.life else { return false }
        self.life = life
        guard match > .zero else { return false }
        match = .zero
        matchAtHeartbeat = .zero
        commitTold = .zero
        if phase != .snapshot { probe(from: next) }
        return true
    }

    mutating func awaitSnapshot() {
        precondition(phase != .snapshot, "one snapshot at a time")
        precondition(match < next, "what is known is not sent again")
        probe(from: next)
        phase = .snapshot
    }

    /// The transfer ended. A failed one is tried again at the next sign of life.
    mutating func snapshotEnded(at index: LogIndex?) {
        precondition(match < next, "what is known is not sent again")
        precondition(phase != .snapshot || flights.isEmpty, "entries wait for the snapshot")
        guard phase == .snapshot else { return }
        match = max(match, index ?? match)
        probe(from: match.next)
        if index == nil { phase = .probed }
    }

    /// A sign of life. Tells whether an append should follow although none is due: after a probe
    /// that went unanswered, or when nothing moved since the last time although something should.
    mutating func alive(last: LogIndex) -> Bool {
        precondition(match < next, "what is known is not sent again")
        precondition(match <= last, "it holds nothing that we do not")
        defer { matchAtHeartbeat = match }
        switch phase {
        case .probe, .probed:
            phase = .probe
            return true
        case .pipeline:
            return match < last && match == matchAtHeartbeat
        case .snapshot:
            return false
        }
    }

    private mutating func land(through index: LogIndex) {
        precondition(flights.count <= Limits.inFlightAppends, "the window has its limit")
        let landed = flights.firstIndex { $0.last > index } ?? flights.count
        for flight in flights[..<landed] { flightSize -= flight.size }
        flights.removeFirst(landed)
        precondition(flightSize >= 0, "no more lands than took off")
    }
}

/// What a leader tells of a member.
package struct MemberProgress: Equatable, Sendable {
    package var id: MemberID
    package var match: LogIndex
    /// Heard within the shortest time of an election.
    package var reachable: Bool
}
