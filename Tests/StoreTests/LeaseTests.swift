import MVCC
import Raft
import Testing
import Units
import Wire

@testable import Store

extension Office {
    /// Asks without ending the turn.
    @discardableResult
    func post(
        _ stream: UInt32, _ method: Wire::Method, _ body: [UInt8],
        within milliseconds: UInt64? = nil
    ) -> UInt32 {
        store.request(
            session: SessionID(rawValue: 1), stream: stream,
            method: UInt32(bitPattern: method.rawValue),
            deadline: milliseconds.map { now + .milliseconds($0) }, body: body.span, at: now)
        return stream
    }

    func grant(_ id: Int64, _ ttl: Int64 = 60) throws {
        let _: LeaseGrantResponse = try answer(
            .leaseGrant, LeaseGrantRequest(ttl: ttl, id: id).encoded)
    }

    /// Commands that were applied here: their methods and the sizes of their bodies.
    var commands: [(method: UInt32, size: Int)] {
        applied.flatMap { entry -> [(method: UInt32, size: Int)] in
            guard case .commands(let payload) = entry.body else { return [] }
            var cursor = BatchCursor()
            var found: [(method: UInt32, size: Int)] = []
            while let command = cursor.next(in: payload.span) {
                found.append((command.method, command.body.count))
            }
            return found
        }
    }

    func leases() throws -> [Int64] {
        let list: LeaseListResponse = try answer(.leaseList, LeaseListRequest().encoded)
        return list.ids
    }
}

@Suite struct KeepAliveTests {
    private func office() throws -> Office {
        let office = Office()
        office.lead()
        for id in [5, 6, 7] as [Int64] { try office.grant(id) }
        return office
    }

    @Test func manyInATurnAreOneCommand() throws {
        let office = try office()
        let ids: [Int64] = [5, 6, 5, 7, 5, 8, 6]
        for (place, id) in ids.enumerated() {
            office.post(
                1_000 + UInt32(place), .leaseKeepAlive, LeaseKeepAliveRequest(id: id).encoded)
        }
        office.turn()
        office.finishAll()
        let renewals = office.commands.filter { $0.method == InternalMethod.renewLeases }
        #expect(renewals.map(\.size) == [8 * 4])
        for (place, id) in ids.enumerated() {
            let stream = 1_000 + UInt32(place)
            if id == 8 {
                #expect(try office.code(stream) == .leaseNotFound)
            } else {
                let kept: LeaseKeepAliveResponse = try office.last(stream)
                #expect(kept.id == id && kept.ttl == 60)
            }
        }
    }

    @Test func whileSomeAreUnderWayTheOthersGather() throws {
        let office = try office()
        let streams = (0..<20).map { _ in
            office.ask(.leaseKeepAlive, LeaseKeepAliveRequest(id: 5).encoded)
        }
        office.finishAll()
        #expect(streams.allSatisfy { office.types($0) == [.response] })
        let renewals = office.commands.filter { $0.method == InternalMethod.renewLeases }
        #expect(renewals.count == Store::Limits.renewalCommands + 1)
    }

    @Test func startTheTimeAnew() throws {
        let office = try office()
        office.pass(30_000)
        let _: LeaseKeepAliveResponse = try office.answer(
            .leaseKeepAlive, LeaseKeepAliveRequest(id: 5).encoded)
        office.pass(40_000)
        office.finishAll()
        #expect(try office.leases() == [5])
    }

    @Test func manyAreOneRequest() throws {
        let office = try office()
        let kept: LeaseKeepAliveManyResponse = try office.answer(
            .leaseKeepAliveMany, LeaseKeepAliveManyRequest(ids: [6, 9, 5]).encoded)
        #expect(kept.ttls == [60, 0, 60])
        let none = office.ask(.leaseKeepAliveMany, LeaseKeepAliveManyRequest().encoded)
        #expect(try office.code(none) == .invalidArgument)
        let ids = [Int64](repeating: 5, count: Store::Limits.keptAliveTogether + 1)
        let most = office.ask(.leaseKeepAliveMany, LeaseKeepAliveManyRequest(ids: ids).encoded)
        #expect(try office.code(most) == .invalidArgument)
    }

    @Test func endWithTheirDeadline() throws {
        let office = Office()
        let early = office.ask(
            .leaseKeepAlive, LeaseKeepAliveRequest(id: 5).encoded, within: 50)
        let late = office.ask(
            .leaseKeepAlive, LeaseKeepAliveRequest(id: 5).encoded, within: 20_000)
        office.store.step(.tick, at: office.now + .milliseconds(60))
        office.turn()
        #expect(try office.code(early) == .deadlineExceeded)
        #expect(office.frames(late).isEmpty)
        office.lead()
        #expect(try office.code(late) == .leaseNotFound)
    }

    @Test func tooManyAreRefused() throws {
        let office = Office()
        for stream in 1...UInt32(Store::Limits.waitingKeepAlives) + 1 {
            office.post(stream, .leaseKeepAlive, LeaseKeepAliveRequest(id: 5).encoded)
        }
        office.turn()
        #expect(try office.code(UInt32(Store::Limits.waitingKeepAlives) + 1) == .overloaded)
    }

    @Test func reachTheLeaderFromAnotherMember() throws {
        let street = Street(3)
        let leader = street.elect()
        try grant(5, ttl: 60, at: leader, street)
        let other = try #require(street.offices.first { $0.id != leader.id })
        let stream = other.ask(.leaseKeepAlive, LeaseKeepAliveRequest(id: 5).encoded)
        for _ in 0..<4 { street.pass(60) }
        let kept: LeaseKeepAliveResponse = try other.last(stream)
        #expect(kept.ttl == 60)
        #expect(Set(street.offices.map(\.store.digest)).count == 1)
    }
}

func grant(_ id: Int64, ttl: Int64, at office: Office, _ street: Street) throws {
    let stream = office.ask(.leaseGrant, LeaseGrantRequest(ttl: ttl, id: id).encoded)
    for _ in 0..<4 where office.frames(stream).isEmpty { street.pass(60) }
    #expect(office.types(stream) == [.response])
}

@Suite struct LeaseEndTests {
    /// Named for etcd's 12105: nine hundred thousand leases ended ten minutes late.
    @Test func leasesThatEndTogetherEndOnTime() throws {
        let office = Office()
        office.lead()
        let count: UInt32 = 40_000
        for id in 1...count {
            office.post(10_000 + id, .leaseGrant, LeaseGrantRequest(ttl: 2, id: Int64(id)).encoded)
        }
        office.turn()
        office.finishAll()
        #expect(office.store.mvcc.leaseCount == Int(count))
        let revision = office.store.revision
        office.pass(1_990)
        office.finishAll()
        #expect(office.store.mvcc.leaseCount == Int(count))
        // One tick later all are gone, without time passing between the commands.
        office.pass(60)
        #expect(office.store.clusterClock.expiryCommands == Store::Limits.expiryCommands)
        office.finishAll()
        #expect(office.store.mvcc.leaseCount == 0)
        #expect(office.store.revision == revision)
        let ends = office.commands.filter { $0.method == InternalMethod.expireLeases }
        #expect(ends.allSatisfy { $0.size <= 8 * Store::Limits.expiringLeases })
        #expect(ends.reduce(0) { $0 + $1.size / 8 } < 2 * Int(count))
        #expect(office.store.clusterClock.ending == 0)
    }

    /// Named for etcd's 15247 and 12528: a leader that was replaced while it stood still.
    @Test func aStuckOldLeaderEndsNoLease() throws {
        let street = Street(3)
        let old = street.elect()
        try grant(5, ttl: 10, at: old, street)
        let others = street.offices.filter { $0.id != old.id }
        street.cutOff = [old.id]
        // The others go on; the old leader's process stands still.
        for _ in 0..<40 {
            for office in others { office.pass(50) }
            street.settle()
        }
        let new = try #require(others.first { $0.store.role == .leader })
        let kept = new.ask(.leaseKeepAlive, LeaseKeepAliveRequest(id: 5).encoded)
        street.settle()
        #expect(new.types(kept) == [.response])
        // It wakes, an hour later by its own clock, and wants to end the lease.
        old.now = old.now + .seconds(3_600)
        var body: [UInt8] = []
        body.append(little: Int64(5))
        old.store.proposeInternally(InternalMethod.expireLeases, body)
        old.turn()
        street.cutOff = []
        for _ in 0..<20 { street.pass(50) }
        #expect(old.store.role != .leader)
        let ends = new.commands.filter { $0.method == InternalMethod.expireLeases }
        #expect(ends.count == 1)
        #expect(new.store.mvcc.leaseCount == 1)
        #expect(Set(street.offices.map(\.store.digest)).count == 1)
    }

    @Test func whatIsLeftSurvivesAnElection() throws {
        let street = Street(3)
        let old = street.elect()
        try grant(5, ttl: 10, at: old, street)
        for _ in 0..<80 { street.pass(50) }
        old.put("a", "1")
        street.settle()
        street.cutOff = [old.id]
        let new = street.elect()
        #expect(new.id != old.id)
        let stream = new.ask(.leaseTimeToLive, LeaseTimeToLiveRequest(id: 5).encoded)
        street.pass(60)
        let life: LeaseTimeToLiveResponse = try new.last(stream)
        #expect(life.ttl >= 5 && life.ttl <= 7)
        for _ in 0..<160 { street.pass(50) }
        #expect(new.store.mvcc.leaseCount == 0)
    }

    @Test func aListComesByPages() throws {
        let office = Office()
        office.lead()
        for id in [9, 3, 5, 7] as [Int64] { try office.grant(id) }
        var page: LeaseListResponse = try office.answer(
            .leaseList, LeaseListRequest(limit: 3).encoded)
        #expect(page.ids == [3, 5, 7] && page.more)
        page = try office.answer(.leaseList, LeaseListRequest(after: 7, limit: 3).encoded)
        #expect(page.ids == [9] && !page.more)
        let bad = office.ask(.leaseList, LeaseListRequest(after: -1).encoded)
        #expect(try office.code(bad) == .invalidArgument)
    }

    /// A log of nothing but keep-alives is checkpointed and forgotten, too.
    @Test func keepAlivesAloneLetNoLogGrow() throws {
        let office = Office(settings: .init(checkpointBytes: 2_000, trailingLogBytes: 0))
        office.lead()
        try office.grant(5)
        for _ in 0..<300 {
            let _: LeaseKeepAliveResponse = try office.answer(
                .leaseKeepAlive, LeaseKeepAliveRequest(id: 5).encoded)
        }
        #expect(office.store.checkpointing.grown < 8_000)
    }
}
