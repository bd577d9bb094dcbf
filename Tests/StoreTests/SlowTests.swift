import Raft
import Testing
import Units
import Wire

@testable import Store

@Suite struct SlowCauseTests {
    private static func at(_ milliseconds: UInt64) -> Instant {
        Instant(nanoseconds: 1_000_000_000) + .milliseconds(milliseconds)
    }

    private static func way(
        led: UInt64 = 0, taken: UInt64 = 0, handed: UInt64? = 0, committed: UInt64?,
        last: UInt64? = nil, leads: Bool = true, applied: UInt64
    ) -> SlowOperation.Way {
        SlowOperation.Way(
            arrived: at(0), led: at(led), taken: at(taken),
            trail: committed.map {
                Stages.Trail(
                    handed: handed.map(at), durable: nil, committed: at($0),
                    last: last.map { MemberID($0) })
            }, isLeader: leads, applied: at(applied))
    }

    @Test(
        arguments: [
            (way(led: 300, taken: 300, handed: 300, committed: 310, applied: 310), .noLeader, 300),
            (way(handed: 200, committed: 220, applied: 220), .queue, 200),
            (way(taken: 200, handed: 210, committed: 250, applied: 250), .queue, 210),
            (way(committed: 250, applied: 250), .sync, 250),
            (way(committed: 250, last: 2, applied: 250), .quorum(MemberID(2)), 250),
            (way(committed: 250, leads: false, applied: 250), .quorum(nil), 250),
            (way(committed: nil, leads: false, applied: 250), .quorum(nil), 250),
            (way(taken: 180, committed: 250, leads: false, applied: 250), .queue, 180),
            (way(committed: 10, applied: 300), .work(commands: 0, reads: 0), 290),
        ] as [(SlowOperation.Way, SlowOperation.Cause, UInt64)]) func isWhatTookLongest(
            way: SlowOperation.Way, cause: SlowOperation.Cause, waited: UInt64
        )
    {
        #expect(way.cause.0 == cause)
        #expect(way.cause.1 == .milliseconds(waited))
    }
}

@Suite struct SlowOperationTests {
    private func told(_ office: Office) throws -> SlowOperationsResponse {
        try office.answer(.slowOperations, SlowOperationsRequest().encoded)
    }

    private func operation(_ milliseconds: UInt64) -> SlowOperation {
        SlowOperation(
            ended: Instant(nanoseconds: 0) + .milliseconds(milliseconds), method: 1, count: 1,
            key: [], total: .milliseconds(200), cause: .sync, waited: .milliseconds(200))
    }

    @Test func aSlowDiskIsNamed() throws {
        let office = Office()
        office.lead()
        office.put("a", "1")
        office.pass(150)
        office.finishAll()
        let answer = try told(office)
        #expect(answer.limitUs == 100_000)
        let info = try #require(answer.operations.last)
        #expect(info.cause == .slowSync && info.totalUs == 150_000 && info.waitedUs == 150_000)
        #expect(info.key == [97] && info.method == 1 && info.operations == 1)
        #expect(info.words == "put 'a' took 150 ms, 150 ms of it for this member's disk to sync")
    }

    @Test func whatIsQuickIsNot() throws {
        let office = Office()
        office.lead()
        let before = try told(office).operations.count
        office.put("a", "1")
        office.pass(99)
        office.finishAll()
        #expect(try told(office).operations.count == before)
    }

    @Test func withoutALeader() throws {
        let office = Office()
        office.put("a", "1")
        office.lead()
        let info = try #require(try told(office).operations.last)
        #expect(info.cause == .slowNoLeader)
        #expect(info.words.hasSuffix("without a leader"))
    }

    @Test func theLastOfTheMajorityIsNamed() throws {
        let street = Street(3)
        let leader = street.elect()
        for _ in 0..<4 { street.pass(50) }
        let others = street.offices.filter { $0.id != leader.id }
        street.cutOff = Set(others.map(\.id))
        leader.put("k", "v")
        leader.finishAll()
        leader.pass(120)
        street.cutOff = [others[0].id]
        for _ in 0..<15 { street.pass(20) }
        let info = try #require(try told(leader).operations.last)
        #expect(info.cause == .slowQuorum && info.memberID == others[1].id)
        #expect(info.words.contains("member 'm\(others[1].id)' was the last needed"))
    }

    @Test func aReaderThatGivesNoCredit() throws {
        let office = Office()
        office.lead()
        for number in 0..<4 { office.put("k\(number)", String(repeating: "v", count: 100)) }
        office.finishAll()
        office.open(2, streamCredit: 200)
        let request = RangeRequest(key: [0], rangeEnd: [0], serializable: true, chunked: true)
        let stream = office.ask(.range, request.encoded, session: 2)
        office.pass(500)
        for _ in 0..<4 { office.credit(stream, 1 << 20, session: 2) }
        #expect(office.types(stream).last == .response)
        let info = try #require(try told(office).operations.last)
        #expect(info.cause == .slowCredit && info.waitedUs == 500_000)
    }

    @Test func aTurnThatTookLong() throws {
        let office = Office()
        office.lead()
        office.put("a", "1")
        office.finishLogJob()
        office.store.took(.milliseconds(250), at: office.now)
        let info = try #require(try told(office).operations.last)
        #expect(info.cause == .slowWork && info.commands == 1 && info.totalUs == 250_000)
        #expect(office.store.metrics.slowTurns == 1)
    }

    @Test func theLogIsSparedAndToldHowMuch() {
        var slow = SlowOperations()
        #expect(slow.add(operation(0))?.suppressed == 0)
        for milliseconds: UInt64 in [1, 500, 999] {
            #expect(slow.add(operation(milliseconds)) == nil)
        }
        #expect(slow.add(operation(1000))?.suppressed == 3)
        #expect(slow.add(operation(2000))?.suppressed == 0)
    }

    @Test func only128AreRemembered() {
        var slow = SlowOperations()
        for number: UInt64 in 0..<200 { _ = slow.add(operation(number)) }
        #expect(slow.ring.count == 128)
        #expect(slow.ring.first?.number == 73 && slow.ring.last?.number == 200)
        #expect(slow.counts.reduce(0, +) == 200)
    }
}
