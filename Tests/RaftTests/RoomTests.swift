import Testing
import Units

@testable import Raft

@Suite struct LogTests {
    private func log(_ terms: [UInt64], after base: UInt64 = 0, _ baseTerm: UInt64 = 0) -> Log {
        var log = Log(base: LogIndex(base), term: Term(baseTerm))
        for term in terms {
            log.append(Entry(term: Term(term), index: log.lastIndex.next, body: .empty))
        }
        return log
    }

    @Test(
        arguments: [
            (7, 9, 7), (7, 2, 5), (7, 1, 2), (3, 1, 2), (3, 2, 3), (7, 0, 0), (0, 5, 0), (1, 1, 1),
        ] as [(UInt64, UInt64, UInt64)])
    func findsThePlaceThatMayFit(index: UInt64, term: UInt64, place: UInt64) {
        let log = log([1, 1, 2, 2, 2, 4, 4])
        #expect(log.last(atMost: LogIndex(index), term: Term(term)) == LogIndex(place))
    }

    @Test func knowsNothingBelowItsBase() {
        let log = log([3, 4], after: 10, 3)
        #expect(log.last(atMost: LogIndex(12), term: Term(2)) == LogIndex(9))
        #expect(log.last(atMost: LogIndex(5), term: Term(9)) == LogIndex(5))
        #expect(log.term(at: LogIndex(10)) == Term(3))
        #expect(log.term(at: LogIndex(9)) == nil)
        #expect(log.term(at: LogIndex(13)) == nil)
    }

    @Test func weighsAtLeastOneEntry() {
        var log = log([1])
        for count in [10, 200, 10] {
            log.append(
                Entry(
                    term: Term(1), index: log.lastIndex.next,
                    body: .commands([UInt8](repeating: 0, count: count))))
        }
        let weigh = { (limit: Int) in log.entries(after: .zero, weighing: limit).entries.count }
        #expect(weigh(1) == 1)
        #expect(weigh(2 * Limits.entryOverhead + 10) == 2)
        #expect(weigh(10_000) == 4)
        #expect(log.size(after: .zero, through: LogIndex(4)) == 4 * Limits.entryOverhead + 220)
    }

    @Test func forgettingIsNotSeenFromOutside() {
        var forgetful = log([])
        var whole = log([])
        for count in 1...5000 {
            let entry = Entry(
                term: Term(UInt64(1 + count / 1000)), index: LogIndex(UInt64(count)), body: .empty)
            forgetful.append(entry)
            whole.append(entry)
            if count > 10 { forgetful.forget(through: LogIndex(UInt64(count - 10))) }
        }
        whole.forget(through: LogIndex(4990))
        #expect(forgetful == whole)
        #expect(forgetful.count == 10)
        #expect(forgetful[LogIndex(4995)].term == Term(5))
    }
}

@Suite struct DurabilityTests {
    private var fresh: Durability {
        Durability(hardState: HardState(term: Term(1), vote: nil), index: .zero, floor: .zero)
    }

    /// Entry 5 of term 2 is written, replaced by one of term 3, and written again. The report of the
    /// first write must not be taken for one of the third, since the second may be what a crash leaves.
    @Test func tellsTheSameEntryWrittenTwiceApart() {
        var disk = fresh
        disk.wrote(LogIndex(1), through: LogIndex(4), term: Term(2))
        disk.wrote(LogIndex(5), through: LogIndex(5), term: Term(2))
        disk.wrote(LogIndex(5), through: LogIndex(5), term: Term(3))
        disk.wrote(LogIndex(5), through: LogIndex(5), term: Term(2))
        disk.persisted(upTo: LogIndex(4), term: Term(2), inMemory: Term(2))
        #expect(disk.index == LogIndex(4))
        disk.persisted(upTo: LogIndex(5), term: Term(2), inMemory: Term(2))
        #expect(disk.index == LogIndex(4))
        disk.persisted(upTo: LogIndex(5), term: Term(3), inMemory: Term(2))
        #expect(disk.index == LogIndex(4))
        disk.persisted(upTo: LogIndex(5), term: Term(2), inMemory: Term(2))
        #expect(disk.index == LogIndex(5))
    }

    @Test func takesOneReportForSeveralWrites() {
        var disk = fresh
        disk.wrote(LogIndex(1), through: LogIndex(3), term: Term(1))
        disk.wrote(LogIndex(4), through: LogIndex(6), term: Term(1))
        disk.wrote(LogIndex(7), through: LogIndex(9), term: Term(1))
        disk.persisted(upTo: LogIndex(6), term: Term(1), inMemory: Term(1))
        #expect(disk.index == LogIndex(6))
    }

    @Test func takesAReportFromTheMiddleOfAWrite() {
        var disk = fresh
        disk.wrote(LogIndex(1), through: LogIndex(9), term: Term(2))
        disk.persisted(upTo: LogIndex(4), term: Term(1), inMemory: Term(1))
        #expect(disk.index == LogIndex(4))
        disk.persisted(upTo: LogIndex(9), term: Term(2), inMemory: Term(2))
        #expect(disk.index == LogIndex(9))
    }

    @Test func aReportOfWhatWasReplacedIsNone() {
        var disk = fresh
        disk.wrote(LogIndex(1), through: LogIndex(5), term: Term(1))
        disk.wrote(LogIndex(3), through: LogIndex(3), term: Term(2))
        disk.persisted(upTo: LogIndex(5), term: Term(1), inMemory: nil)
        #expect(disk.index == LogIndex(2))
        disk.persisted(upTo: LogIndex(3), term: Term(2), inMemory: Term(2))
        #expect(disk.index == LogIndex(3))
    }

    @Test func aSnapshotVoidsWhatIsUnderWay() {
        var disk = fresh
        disk.wrote(LogIndex(1), through: LogIndex(11), term: Term(1))
        disk.restart(at: SnapshotMark(index: LogIndex(10), term: Term(2), membership: .init()))
        disk.wrote(LogIndex(11), through: LogIndex(11), term: Term(1))
        disk.persisted(upTo: LogIndex(11), term: Term(1), inMemory: Term(1))
        #expect(disk.index == LogIndex(10))
        disk.persisted(upTo: LogIndex(11), term: Term(1), inMemory: Term(1))
        #expect(disk.index == LogIndex(11))
    }
}

@Suite struct QuorumTests {
    private func joint(_ coming: [UInt64], _ outgoing: [UInt64]) -> Membership {
        let ids = Set(coming + outgoing).sorted()
        return Membership(
            members: ids.map {
                Membership.Member(
                    id: MemberID($0), seat: coming.contains($0) ? .voter : .none,
                    outgoing: outgoing.contains($0))
            }, isJoint: !outgoing.isEmpty)
    }

    @Test(
        arguments: [
            ([1, 2, 3], [], [1], [], false), ([1, 2, 3], [], [1, 3], [], true),
            ([1, 2, 3, 4], [], [1, 3], [], false), ([1, 2, 3], [3, 4, 5], [1, 2], [], false),
            ([1, 2, 3], [3, 4, 5], [1, 3, 4], [], true), ([], [], [1], [], false),
        ] as [([UInt64], [UInt64], [UInt64], [UInt64], Bool)])
    func majorities(
        coming: [UInt64], outgoing: [UInt64], yes: [UInt64], no: [UInt64], expected: Bool
    ) {
        #expect(joint(coming, outgoing).hasMajority { yes.contains($0.rawValue) } == expected)
    }

    @Test func anElectionIsLostWhenItCannotBeWon() {
        let four = joint([1, 2, 3, 4], [])
        let said: [UInt64: Bool] = [1: true, 2: false]
        #expect(four.outcome { said[$0.rawValue] } == .open)
        #expect(four.outcome { $0.rawValue == 4 ? false : said[$0.rawValue] } == .lost)
        #expect(joint([1, 2, 3], [4]).outcome { $0.rawValue == 4 ? false : true } == .lost)
    }
}

@Suite struct LimitTests {
    private func leader(of count: UInt64, learners: UInt64 = 0) -> Cluster {
        let cluster = Cluster()
        let members = (1...count + learners).map {
            Membership.Member(id: MemberID($0), seat: $0 <= count ? .voter : .learner)
        }
        for id in 1...count { cluster.found(MemberID(id), Membership(members: members)) }
        cluster.step(MemberID(1), .campaign)
        for _ in 0..<12 {
            for node in cluster.nodes { cluster.syncAll(node.id) }
            let mail = cluster.mail.filter { $0.to.rawValue <= count }
            cluster.mail = []
            for item in mail { cluster.step(item.to, .received(item.message, from: item.from)) }
        }
        cluster.mail = []
        return cluster
    }

    private func effects(of event: Event, at cluster: Cluster) -> [Effect] {
        var seen: [Effect] = []
        cluster.onEffect = { _, effect in seen.append(effect) }
        cluster.step(MemberID(1), event)
        cluster.onEffect = { _, _ in }
        return seen
    }

    @Test func members() {
        let cluster = leader(of: 1, learners: UInt64(Limits.members) - 1)
        let event = Event.change(.add(MemberID(99), context: []))
        #expect(effects(of: event, at: cluster) == [.changeRefused(.tooManyMembers)])
    }

    @Test func waitingReads() {
        let cluster = leader(of: 3)
        for id in 0...UInt64(Limits.waitingReads) {
            #expect(!effects(of: .read(id: id), at: cluster).contains(.readRefused(id: id)))
        }
        #expect(effects(of: .read(id: 0), at: cluster) == [.readRefused(id: 0)])
    }

    @Test func appendsUnderWay() {
        let cluster = leader(of: 3)
        for _ in 0..<Limits.inFlightAppends + 50 {
            cluster.step(MemberID(1), .propose([1]))
        }
        #expect(cluster.mail.count { $0.to == MemberID(2) } == Limits.inFlightAppends)
    }

    @Test func uncommittedBytes() {
        let cluster = leader(of: 3)
        let most = cluster.raft(MemberID(1)).settings.maximumUncommittedBytes
        let large = Event.propose([UInt8](repeating: 0, count: most + 1))
        #expect(!effects(of: large, at: cluster).contains(.proposalRefused(.tooMuchUncommitted)))
        #expect(
            effects(of: .propose([]), at: cluster) == [.proposalRefused(.tooMuchUncommitted)])
    }
}

@Suite struct RecoveryTests {
    private let membership = Membership(members: [Membership.Member(id: MemberID(1))])

    private func start(_ mark: (UInt64, UInt64), _ log: [(UInt64, UInt64)]) -> Raft {
        let mark = SnapshotMark(
            index: LogIndex(mark.0), term: Term(mark.1), membership: membership)
        let entries = log.map { Entry(term: Term($0.1), index: LogIndex($0.0), body: .empty) }
        return Raft(
            settings: Settings(id: MemberID(1)),
            hardState: HardState(term: Term(1), vote: MemberID(2)), snapshot: mark, log: entries,
            applied: mark.index, chance: Chance(seed: 1, name: "1"), now: .zero)
    }

    @Test func dropsWhatTheSnapshotHolds() {
        let raft = start((5, 2), [(3, 1), (4, 2), (5, 2), (6, 3)])
        #expect(raft.lastIndex == LogIndex(6))
        #expect(raft.firstIndex == LogIndex(6))
        #expect(raft.term == Term(3))
        #expect(raft.hardState.vote == nil)
    }

    @Test func voidsALogThatPartsFromTheSnapshot() {
        let raft = start((5, 2), [(4, 1), (5, 1), (6, 3)])
        #expect(raft.lastIndex == LogIndex(5))
        #expect(raft.lastTerm == Term(2))
    }

    @Test func acceptsALogThatEndsBeforeTheSnapshot() {
        #expect(start((5, 2), [(3, 1), (4, 1)]).lastIndex == LogIndex(5))
    }
}
