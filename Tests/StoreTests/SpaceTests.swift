import MVCC
import Raft
import Testing
import Units
import Wire

@testable import Store

@Suite struct SpaceTests {
    static let quota: UInt64 = 100_000

    private func office(quota: UInt64 = quota) -> Office {
        var settings = Store::Settings()
        settings.quotaBytes = quota
        let office = Office(settings: settings)
        office.lead()
        return office
    }

    /// The shell measures, and a second passes.
    private func measure(_ office: Office, state: Int64 = 0, free: Int64 = 1 << 40) {
        office.store.process.stateBytes = state
        office.store.process.fileBytes = state
        office.store.process.freeBytes = free
        for _ in 0..<12 {
            office.pass(100)
            office.finishAll()
        }
    }

    private func lease(_ office: Office) -> UInt32 {
        office.ask(.leaseGrant, LeaseGrantRequest(ttl: 60, id: 9).encoded)
    }

    private func txn(_ office: Office, _ operation: Wire::Operation.Choice) -> UInt32 {
        office.ask(.txn, TxnRequest(success: [Wire::Operation(operation: operation)]).encoded)
    }

    @Test func overItsQuotaOnlyWhatFreesSpaceIsTaken() throws {
        let office = office()
        office.put("a", "1")
        office.finishAll()
        measure(office, state: Int64(Self.quota))
        #expect(office.store.alarms.map(\.kind) == [.quota])
        let put = office.put("b", "1")
        #expect(try office.code(put) == .noSpace)
        #expect(try office.words(put).contains("97 KiB"))
        #expect(try office.code(lease(office)) == .noSpace)
        #expect(
            try office.code(txn(office, .put(PutRequest(key: [97], value: [1])))) == .noSpace)

        #expect(try office.get("a") == "1")
        for stream in [
            office.ask(.deleteRange, DeleteRangeRequest(key: [97]).encoded),
            txn(office, .deleteRange(DeleteRangeRequest(key: [98]))),
            office.ask(.compact, CompactRequest(revision: 2).encoded),
            office.ask(.memberAdd, MemberAddRequest(name: "b", peerAddress: "pb").encoded),
        ] {
            office.finishAll()
            #expect(office.types(stream) == [.response])
        }
    }

    @Test func clearsByItselfBelowNineTenths() throws {
        let office = office()
        measure(office, state: Int64(Self.quota))
        #expect(!office.store.alarms.isEmpty)
        measure(office, state: Int64(Self.quota) * 95 / 100)
        #expect(!office.store.alarms.isEmpty)
        measure(office, state: Int64(Self.quota) * 80 / 100)
        #expect(office.store.alarms.isEmpty)
        let put = office.put("b", "1")
        office.finishAll()
        #expect(office.types(put) == [.response])
    }

    @Test func aDiskThatIsNearlyFullIsAnAlarm() throws {
        let office = office(quota: 0)
        let floor = Int64(office.store.settings.spaceFloor)
        measure(office, state: 1 << 30, free: floor - 1)
        #expect(office.store.alarms.map(\.kind) == [.disk])
        #expect(try office.words(office.put("b", "1")).contains("its disk has"))
        // A little more is not enough to begin again.
        measure(office, state: 1 << 30, free: floor + floor / 20)
        #expect(!office.store.alarms.isEmpty)
        measure(office, state: 1 << 30, free: floor * 4)
        #expect(office.store.alarms.isEmpty)
    }

    /// Pages inside the state's file that later checkpoints use again are free space, too.
    @Test func whatCompactionGaveBackCounts() {
        let office = office(quota: 0)
        office.store.process.freeBytes = 0
        office.store.process.fileBytes = 1 << 30
        office.store.process.stateBytes = 1 << 20
        for _ in 0..<12 { office.pass(100) }
        #expect(office.store.alarms.isEmpty)
    }

    @Test func withoutMeasureThereIsNoAlarm() {
        let office = office(quota: 0)
        for _ in 0..<30 { office.pass(100) }
        #expect(office.store.alarms.isEmpty)
    }

    @Test func statusTells() throws {
        let office = office()
        measure(office, state: Int64(Self.quota), free: 12_345_678_901)
        let status: StatusResponse = try office.answer(.status, StatusRequest().encoded)
        #expect(status.quotaBytes == Int64(Self.quota) && status.alarms == 1)
        #expect(status.spaceBytes >= Int64(Self.quota) && status.freeBytes == 12_345_678_901)
        let list: AlarmsResponse = try office.answer(.alarms, AlarmsRequest().encoded)
        #expect(list.alarms.first?.kind == .quota)
        #expect(list.alarms.first?.words.contains("its quota is 97 KiB") == true)
    }

    /// Every member knows of it; and when its member dies with it, it does not stay for ever.
    @Test func theAlarmOfAMemberThatIsGoneIsTakenBack() throws {
        var settings = Store::Settings()
        settings.quotaBytes = Self.quota
        let street = Street(3, settings: settings)
        let leader = street.settled()
        let other = street.others(than: leader)[0]
        other.store.process.stateBytes = Int64(Self.quota)
        #expect(street.wait { street.offices.allSatisfy { !$0.store.alarms.isEmpty } })
        #expect(try leader.code(leader.put("a", "1")) == .noSpace)
        street.cutOff = [other.id]
        #expect(street.wait { leader.store.alarms.isEmpty })
        let put = leader.put("a", "1")
        street.settle()
        street.pass(50)
        #expect(leader.types(put) == [.response])
    }

    /// A follower's disk has no room for the state that is sent; the leader tries again, and it comes
    /// through when there is.
    @Test func aFullDiskDuringASnapshot() throws {
        let street = Street(
            3, settings: Store::Settings(checkpointBytes: 2_000, trailingLogBytes: 0))
        let leader = street.settled()
        let away = street.others(than: leader)[0]
        street.cutOff = [away.id]
        for number in 0..<200 {
            leader.put("k\(number % 50)", "value \(number)")
            street.settle()
        }
        away.isDiskFull = true
        street.cutOff = []
        for _ in 0..<20 { street.pass(50) }
        #expect(away.refusedRestores > 0)
        #expect(away.store.appliedIndex < leader.store.appliedIndex)
        away.isDiskFull = false
        for _ in 0..<40 { street.pass(50) }
        #expect(away.store.appliedIndex == leader.store.appliedIndex)
        #expect(away.store.digest == leader.store.digest)
    }
}

@Suite struct AutoCompactionTests {
    private func office(_ change: (inout Store::Settings) -> Void) -> Office {
        var settings = Store::Settings()
        change(&settings)
        let office = Office(settings: settings)
        office.lead()
        return office
    }

    private func pass(_ office: Office, seconds: Int) {
        for _ in 0..<seconds {
            office.pass(1000)
            office.finishAll()
        }
    }

    @Test func forgetsWhatIsOlderThanItsAge() throws {
        let office = office { $0.compactionAge = .seconds(60) }
        for number in 0..<10 { office.put("a", "\(number)") }
        office.finishAll()
        pass(office, seconds: 30)
        office.put("a", "young")
        office.finishAll()
        #expect(office.store.mvcc.compacted == .zero)
        pass(office, seconds: 45)
        #expect(office.store.mvcc.compacted == Revision(rawValue: 11))
        pass(office, seconds: 45)
        #expect(office.store.mvcc.compacted == Revision(rawValue: 12))
        #expect(try office.get("a") == "young")
        #expect(office.store.autoCompaction.count <= Int(Store::Limits.ageSamples) + 2)
    }

    @Test func keepsSoManyRevisions() {
        let office = office { $0.compactionRevisions = 20 }
        for number in 0..<21 { office.put("a", "\(number)") }
        office.finishAll()
        pass(office, seconds: 2)
        // Revision 22 less 20; by tenths, so 2 is the least.
        #expect(office.store.mvcc.compacted == Revision(rawValue: 2))
        office.put("a", "x")
        office.finishAll()
        pass(office, seconds: 2)
        #expect(office.store.mvcc.compacted == Revision(rawValue: 2))
        for number in 0..<50 { office.put("a", "\(number)") }
        office.finishAll()
        pass(office, seconds: 2)
        #expect(office.store.mvcc.compacted == Revision(rawValue: 53))
    }

    @Test func withoutAWishNothingIsForgotten() {
        let office = office { _ in }
        for number in 0..<50 { office.put("a", "\(number)") }
        office.finishAll()
        pass(office, seconds: 100)
        #expect(office.store.mvcc.compacted == .zero)
    }

    @Test func theNextLeaderGoesOn() {
        var settings = Store::Settings()
        settings.compactionAge = .seconds(2)
        let street = Street(3, settings: settings)
        let leader = street.settled()
        for number in 0..<5 {
            leader.put("a", "\(number)")
            street.pass(50)
        }
        street.cutOff = [leader.id]
        let next = street.elect()
        #expect(street.wait { next.store.mvcc.compacted.rawValue >= 6 })
        street.cutOff = []
        #expect(street.wait { leader.store.mvcc.compacted == next.store.mvcc.compacted })
        #expect(street.wait { Set(street.offices.map(\.store.digest)).count == 1 })
    }

    /// Nobody writes any more, and what was compacted leaves all the same.
    @Test func rubbishLeavesThoughNobodyWrites() throws {
        let office = Office()
        office.lead()
        for number in 0..<500 { office.put("a", "\(number)") }
        office.finishAll()
        let _: CompactResponse = try office.answer(
            .compact, CompactRequest(revision: 501).encoded)
        #expect(office.store.mvcc.awaitsRemoval)
        for _ in 0..<10 {
            office.pass(100)
            office.finishAll()
        }
        #expect(!office.store.mvcc.awaitsRemoval)
        #expect(office.count(.history) <= 1 && office.count(.events) == 1)
        // And then there is peace.
        let jobs = office.checkpoints
        for _ in 0..<20 {
            office.pass(100)
            office.finishAll()
        }
        #expect(office.checkpoints == jobs)
    }
}
