import Raft
import Testing
import Units

/// Everything that may go wrong goes wrong, by the draw of a seed; then all is healed and the
/// cluster must go on.
///
/// `MARTLET_SEEDS=first..last` runs others than the usual ones.
@Suite struct StormTests {
    @Test(arguments: Storm.seeds) func weathers(seed: UInt64) {
        var storm = Storm(seed: seed)
        storm.rage(steps: 6000)
        storm.calm()
        #expect(storm.breaches == [], "replay with MARTLET_SEEDS=\(seed)..\(seed)")
    }

    @Test func isTheSameTwice() {
        var digests: [UInt64] = []
        for _ in 0..<2 {
            var storm = Storm(seed: 5)
            storm.rage(steps: 800)
            digests.append(storm.cluster.committed.last?.digest ?? 0)
        }
        #expect(digests[0] == digests[1])
    }
}

struct Storm {
    static var seeds: ClosedRange<UInt64> {
        let parts = (environment("MARTLET_SEEDS") ?? "1..30").split(separator: ".")
        return UInt64(parts[0])!...UInt64(parts[parts.count - 1])!
    }

    let cluster = Cluster()
    private var chance: Chance
    private let record = Record()
    private let loss: UInt64
    private let crashes: UInt64
    /// Disks lose entries. Then all three voters stay: with two, the one that is left could not win
    /// without the vote of the one that must not vote.
    private let rots: Bool
    private var payload: UInt64 = 0
    private var parted: [MemberID] = []
    private let everyone: [MemberID]

    private final class Record {
        var breaches: [String] = []
        var reads: [UInt64: Int] = [:]
        var nextRead: UInt64 = 0
        /// Entries that had committed when the read was asked for.
        var answered = 0
    }

    var breaches: [String] { record.breaches }

    init(seed: UInt64) {
        chance = Chance(seed: seed, name: "storm")
        rots = seed % 2 == 0
        loss = chance.below(4) * 40_000
        crashes = chance.below(3) * 3_000
        everyone = (1...(3 + chance.below(4))).map { MemberID($0) }
        cluster.seed = seed
        let append = 64 << Int(chance.below(4))
        cluster.settings = { id in
            Settings(
                id: id, election: .milliseconds(100), heartbeat: .milliseconds(10),
                maximumAppendBytes: append, maximumInFlightBytes: append * 3,
                maximumUncommittedBytes: append * 40)
        }
        let record = record
        cluster.onBreach = { record.breaches.append($0) }
        cluster.onEffect = { [unowned cluster] id, effect in
            guard case .readReady(let read, let index) = effect else { return }
            record.answered += 1
            if index.rawValue < record.reads[read]! {
                cluster.onBreach("\(id.rawValue) answers read \(read) with the past")
            }
        }
        start()
    }

    private func start() {
        let founders = everyone.prefix(3)
        let membership = Membership(members: founders.map { Membership.Member(id: $0) })
        for id in everyone { cluster.found(id, founders.contains(id) ? membership : Membership()) }
    }

    // MARK: Bad weather

    mutating func rage(steps: Int) {
        for count in 0..<steps where breaches.isEmpty {
            happen()
            if count % 50 == 0 { cluster.checkLogsMatch() }
        }
    }

    private mutating func happen() {
        switch chance.below(100) {
        case 0..<52: deliver()
        case 52..<70: write()
        case 70..<78: wait()
        case 78..<88: propose()
        case 88..<90: read()
        case 90..<93: change()
        case 93: turnOver()
        case 94: transfer()
        case 95: checkpoint()
        case 96: part()
        case 97: carry()
        case 98: reportLink()
        default: turnOver()
        }
    }

    private mutating func anyone() -> MemberID {
        everyone[Int(chance.below(UInt64(everyone.count)))]
    }

    /// The one that leads, mostly.
    private mutating func somebody() -> MemberID {
        if let leader = cluster.leader, chance.below(5) > 0 { return leader }
        return anyone()
    }

    private mutating func deliver() {
        guard !cluster.mail.isEmpty else { return }
        let any = chance.below(4) == 0
        let place = any ? Int(chance.below(UInt64(cluster.mail.count))) : 0
        let twice = chance.happens(perMillion: loss / 4)
        let mail = twice ? cluster.mail[place] : cluster.mail.remove(at: place)
        if chance.happens(perMillion: loss) { return }
        if parted.contains(mail.from) != parted.contains(mail.to) { return }
        cluster.step(mail.to, .received(mail.message, from: mail.from))
    }

    private mutating func write() {
        let id = anyone()
        if chance.below(2) == 0 { cluster.syncState(id) }
        switch chance.below(4) {
        case 0: break
        case 1: cluster.sync(id)
        case 2: syncTogether(id)
        default: cluster.syncAll(id)
        }
    }

    /// One group, told of once.
    private mutating func syncTogether(_ id: MemberID) {
        var last: Event?
        for _ in 0..<min(cluster[id].writes.count, 1 + Int(chance.below(4))) {
            last = cluster[id].sync() ?? last
        }
        if let last { cluster.step(id, last) }
    }

    private mutating func wait() {
        let most: UInt64 = chance.below(10) == 0 ? 150_000_000 : 10_000_000
        let later = Instant.Span(nanoseconds: chance.below(most))
        cluster.now = cluster.now + later
        for id in everyone where cluster[id].raft.map({ $0.deadline <= cluster.now }) ?? false {
            if chance.below(8) > 0 { cluster.step(id, .tick) }
        }
    }

    private mutating func propose() {
        payload += 1
        var bytes: [UInt8] = []
        bytes.append(little: payload)
        bytes += [UInt8](repeating: 7, count: Int(chance.below(80)))
        cluster.step(somebody(), .propose(bytes))
    }

    private mutating func read() {
        record.nextRead += 1
        record.reads[record.nextRead] = cluster.committed.count
        cluster.step(anyone(), .read(id: record.nextRead))
    }

    private mutating func change() {
        guard !rots else { return }
        let id = anyone()
        let change: MembershipChange =
            switch chance.below(6) {
            case 0: .remove(id)
            case 1: .demote(id)
            case 2: .promote(id)
            case 3: .set(voters: shuffled(3), learners: [])
            case 4: .update(id, context: [UInt8(chance.below(256))])
            default: .add(id, context: [1])
            }
        cluster.step(somebody(), .change(change))
    }

    private mutating func shuffled(_ count: Int) -> [MemberID] {
        var ids: [MemberID] = []
        while ids.count < count {
            let id = anyone()
            if !ids.contains(id) { ids.append(id) }
        }
        return ids
    }

    private mutating func transfer() {
        let target = chance.below(2) == 0 ? nil : anyone()
        cluster.step(somebody(), .transfer(to: target))
    }

    private mutating func checkpoint() {
        let id = anyone()
        guard cluster[id].raft != nil else { return }
        cluster.checkpoint(id, keeping: Int(chance.below(30)))
    }

    private mutating func part() {
        parted = chance.below(2) == 0 ? [] : everyone.filter { _ in chance.below(3) == 0 }
    }

    private mutating func carry() {
        guard let wanted = cluster.snapshotsWanted.first else { return }
        let fails = chance.below(4) == 0
        _ = cluster.carry(from: wanted.from, to: wanted.to, fails: fails)
    }

    private mutating func reportLink() {
        let id = anyone()
        let other = anyone()
        if id != other { cluster.step(id, .unreachable(other)) }
    }

    private mutating func turnOver() {
        let id = anyone()
        if cluster[id].raft == nil {
            if chance.below(3) == 0 { loseEntries(id) }
            cluster.restart(id)
        } else if chance.happens(perMillion: crashes * 100) {
            cluster.crash(id, writes: Int(chance.below(5)), states: Int(chance.below(3)))
        }
    }

    /// A disk loses the end of its log: of one member at a time, or nobody could mend anybody.
    private mutating func loseEntries(_ id: MemberID) {
        guard rots, cluster.nodes.allSatisfy({ $0.isLogWhole }), let last = cluster[id].journal.last
        else { return }
        cluster.damage(id, after: LogIndex(chance.below(last.index.rawValue + 1)))
    }

    // MARK: Fine weather

    /// Everything heals; what is proposed now must commit everywhere that belongs.
    mutating func calm() {
        parted = []
        for id in everyone where cluster[id].raft == nil { cluster.restart(id) }
        let goal = cluster.committed.count + 3
        var rounds = 0
        while breaches.isEmpty && !isWell(goal) && rounds < 600 {
            rounds += 1
            pass()
        }
        if rounds == 600 { cluster.onBreach("no progress: \(standing)") }
        cluster.checkLogsMatch()
    }

    private mutating func pass() {
        cluster.now = cluster.now + .milliseconds(5)
        for id in everyone { cluster.step(id, .tick) }
        if let leader = cluster.leader, cluster.mail.count < 100 {
            cluster.step(leader, .propose([1]))
        }
        for _ in 0..<4 {
            let mail = cluster.mail
            cluster.mail = []
            for item in mail {
                cluster.step(item.to, .received(item.message, from: item.from))
            }
            for wanted in cluster.snapshotsWanted {
                _ = cluster.carry(from: wanted.from, to: wanted.to, fails: false)
            }
            for id in everyone { cluster.syncAll(id) }
        }
    }

    private func isWell(_ goal: Int) -> Bool {
        guard cluster.committed.count >= goal, let leader = cluster.leader else { return false }
        let members = cluster.raft(leader).membership.members.map(\.id)
        return members.allSatisfy { cluster.raft($0).commitIndex.rawValue >= UInt64(goal) }
    }

    private func sketch(_ membership: Membership) -> String {
        membership.members.map { "\($0.id.rawValue)\($0.seat)\($0.outgoing ? "!" : "")" }
            .joined(separator: ",")
    }

    private var standing: String {
        cluster.nodes.compactMap(\.raft).map {
            "\($0.settings.id.rawValue) \($0.role) term \($0.term.rawValue)"
                + " commit \($0.commitIndex.rawValue) of \($0.lastIndex.rawValue)@\($0.lastTerm.rawValue)"
                + " \(sketch($0.membership))"
        }.joined(separator: "; ")
    }
}
