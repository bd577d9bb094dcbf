import Journal
import MVCC
import Raft
import Store
import Testing
import Units
import Wire

@testable import Simulation

@Suite struct ScheduleTests {
    @Test func comesInTheOrderOfTime() {
        var schedule = Schedule<Int>(chance: Chance(seed: 1, name: "schedule"))
        var chance = Chance(seed: 2, name: "times")
        let times = (0..<500).map { _ in chance.below(100) }
        for (number, time) in times.enumerated() {
            schedule.add(number, at: Moment(nanoseconds: time))
        }
        var seen: [UInt64] = []
        while let next = schedule.next() {
            #expect(times[next.item] == next.time.nanoseconds)
            seen.append(next.time.nanoseconds)
        }
        #expect(seen == times.sorted())
    }

    @Test func tiesAreDrawnFromTheSeed() {
        func order(_ seed: UInt64) -> [Int] {
            var schedule = Schedule<Int>(chance: Chance(seed: seed, name: "schedule"))
            for number in 0..<20 { schedule.add(number, at: .zero) }
            return (0..<20).compactMap { _ in schedule.next()?.item }
        }
        #expect(order(1) == order(1))
        #expect(order(1) != order(2))
        #expect(order(1) != Array(0..<20))
    }
}

@Suite struct LogDiskTests {
    private let count = 8192
    private var ones: [UInt8] { [UInt8](repeating: 1, count: 2048) }

    private func disk() -> LogDisk {
        var disk = LogDisk()
        disk.perform([.prepare(segment: 1, bytes: count)])
        return disk
    }

    @Test func whatWasSyncedSurvives() {
        for seed in 0..<50 {
            var chance = Chance(seed: UInt64(seed), name: "disk")
            var disk = disk()
            disk.perform([
                .write(segment: 1, offset: 512, bytes: ones), .sync(segment: 1),
            ])
            disk.crash(during: [], &chance)
            #expect(Array(disk.contents(of: 1)[512..<2560]) == ones)
        }
    }

    @Test func whatWasNotMayBeTornBetweenSectors() {
        var kept: Set<Int> = []
        for seed in 0..<200 {
            var chance = Chance(seed: UInt64(seed), name: "disk")
            var disk = disk()
            disk.crash(during: [.write(segment: 1, offset: 0, bytes: ones)], &chance)
            let bytes = disk.contents(of: 1)
            for sector in 0..<4 {
                let part = bytes[sector * 512..<(sector + 1) * 512]
                #expect(part.allSatisfy { $0 == 0 } || part.allSatisfy { $0 == 1 })
            }
            kept.insert(bytes.reduce(0) { $0 + Int($1) } / 512)
        }
        #expect(kept == [0, 1, 2, 3, 4])
    }

    @Test func filesComeAndGoAsWholes() {
        var there: Set<Bool> = []
        for seed in 0..<50 {
            var chance = Chance(seed: UInt64(seed), name: "disk")
            var disk = disk()
            disk.crash(during: [.prepare(segment: 2, bytes: count)], &chance)
            there.insert(disk.segments.contains(2))
            #expect(disk.segments.contains(1))
        }
        #expect(there == [true, false])
    }

    @Test func filesAreServedAgainWithTheirOldBytes() {
        var disk = disk()
        disk.perform([
            .write(segment: 1, offset: 0, bytes: ones), .sync(segment: 1), .drop(segment: 1),
            .prepare(segment: 2, bytes: count),
        ])
        #expect(disk.segments == [2])
        #expect(disk.contents(of: 2)[0] == 1)
    }

    @Test func slotsAreOldOrNew() {
        func slots(_ term: UInt64) -> Slots {
            Slots(hardState: HardState(term: Term(term), vote: nil), durableGroup: term)
        }
        var seen: Set<UInt64> = []
        for seed in 0..<50 {
            var chance = Chance(seed: UInt64(seed), name: "slots")
            var file = SlotsFile()
            #expect(file.value == nil)
            file.save(slots(1))
            file.save(slots(2))
            file.crash(during: slots(3), &chance)
            seen.insert(file.value?.durableGroup ?? 0)
            file.save(slots(4))
            #expect(file.value?.durableGroup == 4)
        }
        #expect(seen == [2, 3])
    }
}

@Suite struct NetworkTests {
    private func network(ordered: Bool, loss: UInt64 = 0, duplication: UInt64 = 0) -> Network {
        Network(
            Network.Rates(
                delay: .microseconds(10)...(.milliseconds(10)), loss: loss,
                duplication: duplication, late: 0, lateness: .milliseconds(1), ordered: ordered),
            chance: Chance(seed: 1, name: "network"))
    }

    private func arrivals(_ network: inout Network, count: Int) -> [[Moment]] {
        (0..<count).map { number in
            let now = Moment(nanoseconds: UInt64(number) * 1000)
            return network.arrivals(from: 0, to: 1, bulk: false, at: now)
        }
    }

    @Test func keepsOrOverturnsTheOrder() {
        var ordered = network(ordered: true)
        let times = arrivals(&ordered, count: 100).flatMap { $0 }
        #expect(times == times.sorted() && Set(times).count == 100)
        var loose = network(ordered: false)
        let others = arrivals(&loose, count: 100).flatMap { $0 }
        #expect(others != others.sorted())
    }

    @Test func losesAndDoubles() {
        var lossy = network(ordered: false, loss: 500_000, duplication: 500_000)
        let counts = Set(arrivals(&lossy, count: 200).map(\.count))
        #expect(counts == [0, 1, 2])
        lossy.heal()
        #expect(arrivals(&lossy, count: 100).allSatisfy { $0.count == 1 })
    }

    @Test func isCutOneWay() {
        var network = network(ordered: false)
        network.cut(from: 0, to: 1)
        #expect(network.arrivals(from: 0, to: 1, bulk: false, at: .zero).isEmpty)
        #expect(network.arrivals(from: 1, to: 0, bulk: false, at: .zero).count == 1)
        network.mend(from: 0, to: 1)
        #expect(network.arrivals(from: 0, to: 1, bulk: false, at: .zero).count == 1)
    }
}

@Suite struct ModelTests {
    @Test func countsRevisionsAndVersions() {
        var model = Model()
        #expect(model.revision == 1)
        _ = model.put(PutRequest(key: [1], value: [1]))
        _ = model.put(PutRequest(key: [1], value: [2]))
        #expect(model.pair([1], at: 3)?.version == 2)
        #expect(model.pair([1], at: 2)?.value == [1])
        #expect(model.pair([1], at: 1) == nil)
        _ = model.delete(DeleteRangeRequest(key: [1]))
        _ = model.delete(DeleteRangeRequest(key: [1]))
        #expect(model.revision == 4)
        #expect(model.pair([1], at: 4) == nil)
        #expect(model.events(at: 4).map(\.type) == [.delete])
    }

    @Test func aFailingTransactionLeavesNothing() {
        var model = Model()
        let outcome = model.transact(
            TxnRequest(success: [
                Wire::Operation(operation: .put(PutRequest(key: [1]))),
                Wire::Operation(operation: .put(PutRequest(key: [2], lease: 9))),
            ]))
        #expect(outcome == .failure(Model.Refused(.leaseNotFound)))
        #expect(model == Model())
    }

    @Test func tagsAreReadBack() throws {
        let request = Request.put(PutRequest(key: [1], value: [2]))
        #expect(Tag.read(request.tagged(77).span) == 77)
        #expect(Tag.read(PutRequest(key: [1]).encoded.span) == nil)
        let bytes = request.tagged(77)
        let decoded = try PutRequest(decoding: bytes.span)
        #expect(decoded == PutRequest(key: [1], value: [2]))
    }
}
