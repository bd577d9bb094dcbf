import Foundation
import MVCC
import Testing
import Units

/// What things cost. Small in every run; `MVCC_BENCHMARK=1000000 swift test -c release --filter
/// MVCCBenchmark` for figures.
@Suite(.serialized) struct MVCCBenchmark {
    static let keys = Int(ProcessInfo.processInfo.environment["MVCC_BENCHMARK"] ?? "") ?? 2_000
    static let value = [UInt8](repeating: 7, count: 256)

    /// 32 bytes: four of a prefix, the rest like a name.
    static func key(_ number: UInt64) -> [UInt8] {
        let digits = String(number, radix: 16)
        return bytes("key/" + String(repeating: "0", count: 28 - digits.count) + digits)
    }

    /// The same ones in every order that is asked for.
    static func keys(_ order: Order) -> [[UInt8]] {
        let keys = (0..<UInt64(keys)).map { key($0) }
        guard order == .random else { return keys }
        var chance = Chance(seed: 1, name: "benchmark")
        return keys.shuffled(using: &chance)
    }

    enum Order { case ascending, random }

    func measure(_ what: String, _ count: Int, _ work: () throws -> Void) rethrows {
        var start = timespec()
        var end = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start)
        try work()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end)
        let spent = (end.tv_sec - start.tv_sec) * 1_000_000_000 + end.tv_nsec - start.tv_nsec
        print("\(what): \(spent / max(count, 1)) ns CPU each, \(count) times")
    }

    @Test(arguments: [Order.ascending, .random])
    func overlay(order: Order) throws {
        let keys = Self.keys(order)
        var store = MVCC(tables: MemoryTables())
        try measure("put new, \(order)", keys.count) {
            for key in keys { try store.put(key: key.span, value: Self.value.span) }
        }
        #expect(store.keyCount == keys.count)
        try measure("put again, \(order)", keys.count) {
            for key in keys { try store.put(key: key.span, value: Self.value.span) }
        }
        print("overlay: \(store.overlayBytes / keys.count) bytes a key, two versions")
        var found = 0
        measure("get, \(order)", keys.count) {
            for key in keys where store.get(key.span) != nil { found += 1 }
        }
        #expect(found == keys.count)
        try measure("range of all", keys.count) {
            let all = RangeQuery(.all)
            let summary = try store.range(all) { _, value, _ in value.count > 0 }
            #expect(summary.count == keys.count)
        }
        try measure("events of all", 2 * keys.count) {
            try store.events(from: .first, through: store.revision) { $0.value.count > 0 }
        }
        try measure("transaction of one put", keys.count) {
            for key in keys {
                let put = Transaction.Put(key: key, value: Self.value)
                _ = try store.transact(Transaction(success: [.put(put)]))
            }
        }
    }

    @Test func leases() throws {
        var store = MVCC(tables: MemoryTables())
        try measure("grant", Self.keys) {
            for id in 1...Int64(Self.keys) {
                try store.grant(LeaseID(rawValue: id), ttl: 1 + id % 1000)
            }
        }
        try measure("keep alive", Self.keys) {
            for id in 1...Int64(Self.keys) {
                store.begin(clusterTime: Instant(nanoseconds: UInt64(id) * 1000))
                try store.keepAlive(LeaseID(rawValue: id))
            }
        }
        measure("expired, 1000 of them", 1) {
            #expect(store.expired(at: .never, limit: 1000).count == 1000)
        }
        try measure("revoke", Self.keys) {
            for id in 1...Int64(Self.keys) { try store.revoke(LeaseID(rawValue: id)) }
        }
    }

    @Test func watchers() throws {
        var watchers = Watchers()
        let keys = Self.keys(.random)
        try measure("watch a prefix", keys.count) {
            for key in keys { _ = try watchers.add(.prefix(key)) }
        }
        var found: [WatcherID] = []
        measure("match", keys.count) {
            for key in keys {
                found.removeAll(keepingCapacity: true)
                watchers.match(key.span, into: &found)
                #expect(found.count == 1)
            }
        }
    }

    @Test func checkpoint() throws {
        let keys = Self.keys(.random)
        var store = MVCC(tables: MemoryTables())
        for key in keys { try store.put(key: key.span, value: Self.value.span) }
        let tables = MemoryTables()
        measure("checkpoint into memory", keys.count) { store.checkpoint(into: tables) }
        try measure("put over tables", keys.count) {
            for key in keys { try store.put(key: key.span, value: Self.value.span) }
        }
    }
}
