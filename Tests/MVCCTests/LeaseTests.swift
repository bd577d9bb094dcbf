import MVCC
import Testing
import Units

@Suite struct LeaseTests {
    static let one = LeaseID(rawValue: 1)

    @Test func livesByClusterTime() throws {
        var store = MVCC(tables: MemoryTables())
        store.begin(clusterTime: Instant(nanoseconds: 5_000_000_000))
        try store.grant(Self.one, ttl: 10)
        let next = try #require(store.nextExpiry)
        #expect(next >= Instant(nanoseconds: 15_000_000_000))
        #expect(next <= Instant(nanoseconds: 15_000_000_000) + Limits.leaseTick)
        store.begin(clusterTime: Instant(nanoseconds: 7_500_000_000))
        #expect(try store.timeToLive(Self.one) == (8, 10))
        store.begin(clusterTime: Instant(nanoseconds: 1))
        #expect(try store.timeToLive(Self.one) == (8, 10))
        #expect(try store.keepAlive(Self.one) == 10)
        #expect(try store.timeToLive(Self.one) == (10, 10))
        #expect(store.expired(at: Instant(nanoseconds: 17_499_999_999), limit: 9).isEmpty)
        let late = Instant(nanoseconds: 17_500_000_000) + Limits.leaseTick
        #expect(store.expired(at: late, limit: 9) == [Self.one])
        #expect(store.expired(at: late, limit: 9, skipping: 1).isEmpty)
        let early = store.expire(Self.one)
        #expect(!early)
        store.begin(clusterTime: Instant(nanoseconds: 20_000_000_000))
        #expect(try store.timeToLive(Self.one) == (0, 10))
        let ended = store.expire(Self.one)
        #expect(ended)
        #expect(store.leases.isEmpty)
    }

    @Test func whatIsLeftSurvivesACheckpoint() throws {
        let tables = MemoryTables()
        var store = MVCC(tables: tables)
        for id in 1...3 { try store.grant(LeaseID(rawValue: Int64(id)), ttl: 10) }
        try store.put("a", "1", lease: 1)
        store.begin(clusterTime: Instant(nanoseconds: 4_000_000_000))
        try store.keepAlive(LeaseID(rawValue: 2))
        store.checkpoint(into: tables)
        try store.revoke(LeaseID(rawValue: 3))
        try store.grant(LeaseID(rawValue: 3), ttl: 7)
        store.checkpoint(into: tables)
        var again = MVCC(tables: tables)
        #expect(again.leases.map(\.rawValue) == [1, 2, 3])
        #expect(try again.timeToLive(Self.one) == (6, 10))
        #expect(try again.timeToLive(LeaseID(rawValue: 2)) == (10, 10))
        #expect(try again.timeToLive(LeaseID(rawValue: 3)) == (7, 7))
        #expect(try again.revoke(Self.one).count == 1)
    }

    @Test func withoutKeysItsEndCostsNoRevision() throws {
        var store = MVCC(tables: MemoryTables())
        for id in 1...100 { try store.grant(LeaseID(rawValue: Int64(id)), ttl: 1) }
        let revision = store.revision
        store.begin(clusterTime: Instant(nanoseconds: 2_000_000_000))
        for id in store.expired(at: store.clusterTime, limit: 1_000) {
            let ended = store.expire(id)
            #expect(ended)
        }
        #expect(store.leaseCount == 0 && store.revision == revision)
    }

    @Test func isListedByPages() throws {
        var store = MVCC(tables: MemoryTables())
        var chance = Chance(seed: 3, name: "pages")
        var all: Set<LeaseID> = []
        for _ in 0..<500 {
            let id = LeaseID(rawValue: Int64(1 + chance.below(10_000)))
            if all.insert(id).inserted { try store.grant(id, ttl: 5) }
        }
        var listed: [LeaseID] = []
        while true {
            let page = store.leases(after: listed.last ?? .none, limit: 7)
            listed += page
            if page.count < 7 { break }
        }
        #expect(listed == all.sorted())
    }

    @Test func takesItsKeysAlong() throws {
        let tables = MemoryTables()
        var store = MVCC(tables: tables)
        try store.grant(Self.one, ttl: 10)
        for key in ["c", "a", "b", "moved", "gone"] { try store.put(key, "1", lease: 1) }
        store.checkpoint(into: tables)
        try store.put("moved", "2")
        try store.delete(.single(bytes("gone")))
        try store.put("b", "2", lease: 1)
        let checkpoint = store.freeze()
        try store.put("new", "1", lease: 1)
        #expect(store.keys(of: Self.one) == ["a", "b", "c", "new"].map { bytes($0) })
        checkpoint.write(into: tables)
        store.thaw(tables: tables)
        let revision = store.revision
        #expect(try store.revoke(Self.one).count == 4)
        #expect(store.revision == revision.next)
        #expect(try store.text() == ["moved=2"])
        #expect(try store.seen(from: store.revision.rawValue).count == 4)
        #expect(throws: Failure.leaseNotFound(Self.one)) { try store.put("x", "", lease: 1) }
    }

    @Test func refuses() throws {
        var store = MVCC(tables: MemoryTables(), maximumLeases: 2)
        let limit = Limits.timeToLive
        for ttl in [0, -1, 9_000_000_001] as [Int64] {
            #expect(throws: Failure.invalidTTL(limit)) { try store.grant(Self.one, ttl: ttl) }
        }
        let negative = LeaseID(rawValue: -1)
        #expect(throws: Failure.invalidLease(negative)) { try store.grant(negative, ttl: 1) }
        try store.grant(Self.one, ttl: 9_000_000_000)
        #expect(throws: Failure.leaseExists(Self.one)) { try store.grant(Self.one, ttl: 1) }
        try store.grant(LeaseID(rawValue: 2), ttl: 1)
        #expect(throws: Failure.tooManyLeases(limit: 2)) { try store.grant(.none, ttl: 1) }
        let absent = LeaseID(rawValue: 3)
        #expect(throws: Failure.leaseNotFound(absent)) { try store.revoke(absent) }
        #expect(throws: Failure.leaseNotFound(absent)) { try store.keepAlive(absent) }
        #expect(throws: Failure.leaseNotFound(absent)) { _ = try store.timeToLive(absent) }
    }

    @Test func choosesTheSameNameEverywhere() throws {
        var first = MVCC(tables: MemoryTables())
        var second = MVCC(tables: MemoryTables())
        var names = Set<LeaseID>()
        for _ in 0..<100 {
            let name = try first.grant(.none, ttl: 5)
            #expect(try second.grant(.none, ttl: 5) == name)
            #expect(name > .none && names.insert(name).inserted)
        }
    }

    /// Random grants, renewals and ends against a sorted list.
    @Test(arguments: 0..<6)
    func expiresInOrder(seed: UInt64) throws {
        var chance = Chance(seed: seed, name: "leases")
        var store = MVCC(tables: MemoryTables())
        var expiry: [LeaseID: Instant] = [:]
        for step in 0..<600 {
            store.begin(clusterTime: Instant(nanoseconds: UInt64(step) * 1_000_000_000))
            let id = LeaseID(rawValue: Int64(1 + chance.below(80)))
            let ttl = Int64(1 + chance.below(50))
            if expiry[id] == nil {
                try store.grant(id, ttl: ttl)
                expiry[id] = store.clusterTime + .seconds(UInt64(ttl))
            } else if chance.below(2) == 0 {
                let ttl = try store.keepAlive(id)
                expiry[id] = store.clusterTime + .seconds(UInt64(ttl))
            } else {
                try store.revoke(id)
                expiry[id] = nil
            }
            let order = expiry.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
            let found = store.expired(at: .never, limit: 100)
            #expect(Set(found) == Set(order) && found.count == order.count)
            #expect(zip(found, found.dropFirst()).allSatisfy { expiry[$0]! <= expiry[$1]! })
            let skipped = store.expired(at: .never, limit: 100, skipping: 5)
            #expect(skipped == Array(found.dropFirst(5)))
            let first = order.first.map { expiry[$0]! }
            #expect((store.nextExpiry == nil) == (first == nil))
            if let first, let next = store.nextExpiry {
                #expect(next > first && next <= first + Limits.leaseTick)
            }
        }
    }
}
