import MVCC
import Testing
import Units

@Suite struct CompactionTests {
    @Test func holdsAtOnce() throws {
        var store = MVCC(tables: MemoryTables())
        for value in 1...4 { try store.put("a", "\(value)") }
        try store.compact(to: Revision(rawValue: 4))
        #expect(store.compacted.rawValue == 4)
        #expect(try store.text(at: 4) == ["a=3"])
        let failure = Failure.compacted(below: Revision(rawValue: 4))
        #expect(throws: failure) { try store.text(at: 3) }
        #expect(throws: failure) { try store.compact(to: Revision(rawValue: 4)) }
        let newest = Failure.futureRevision(newest: store.revision)
        #expect(throws: newest) { try store.compact(to: Revision(rawValue: 6)) }
    }

    /// What is left when everything was compacted is what is current, and the last revision's events.
    @Test func removesWhatIsNotCurrent() throws {
        let tables = MemoryTables()
        var store = MVCC(tables: tables)
        for round in 0..<5 {
            for key in 0..<20 { try store.put("k\(key)", "\(round)") }
        }
        try store.delete(.prefix(bytes("k1")))
        try store.put("k1", "again")
        try store.put("last", "1")
        store.checkpoint(into: tables)
        #expect(tables.count(.current) == 21 && tables.count(.events) == 113)
        let before = try store.text()
        try store.compact(to: store.revision)
        store.checkpoint(into: tables)
        #expect(tables.count(.current) == 11)
        #expect(tables.count(.history) == 0)
        #expect(tables.count(.events) == 1)
        #expect(try store.text() == before)
        #expect(try MVCC(tables: tables).text() == before)
    }

    @Test func removesSoMuchAtATime() throws {
        let tables = MemoryTables()
        var store = MVCC(tables: tables)
        let count = Limits.removalsPerCheckpoint + 5000
        for number in 0..<count { try store.put("a", "\(number)") }
        store.checkpoint(into: tables)
        try store.compact(to: store.revision)
        let frozen = store.freeze()
        frozen.write(into: tables)
        store.thaw(tables: tables)
        #expect(tables.count(.events) == count - Limits.removalsPerCheckpoint)
        #expect(tables.count(.history) == count - Limits.removalsPerCheckpoint)
        store.checkpoint(into: tables)
        #expect(tables.count(.events) == 1 && tables.count(.history) == 1)
        #expect(try store.text() == ["a=\(count - 1)"])
    }
}

@Suite struct CheckpointTests {
    @Test func carriesWhereItStands() throws {
        let tables = MemoryTables()
        var store = MVCC(tables: tables)
        store.begin(clusterTime: Instant(nanoseconds: 77))
        try store.grant(LeaseID(rawValue: 5), ttl: 9)
        try store.put("a", "1", lease: 5)
        try store.put("b", "1")
        try store.compact(to: Revision(rawValue: 2))
        store.membership = bytes("anything")
        store.applied(Mark(index: 12, term: 3))
        let checkpoint = store.freeze()
        #expect(checkpoint.mark == Mark(index: 12, term: 3))
        #expect(checkpoint.digest == store.digest)
        #expect(store.overlayBytes == 0 && store.frozenBytes > 0)
        checkpoint.write(into: tables)
        let again = MVCC(tables: tables)
        #expect(again.mark == store.mark && again.digest == store.digest)
        #expect(again.revision == store.revision && again.compacted == store.compacted)
        #expect(again.clusterTime == store.clusterTime && again.keyCount == 2)
        #expect(again.membership == bytes("anything"))
        #expect(again.leases == [LeaseID(rawValue: 5)])
        #expect(again.keys(of: LeaseID(rawValue: 5)) == [bytes("a")])
        #expect(try again.timeToLive(LeaseID(rawValue: 5)) == (9, 9))
    }

    @Test func goesOnWhileItIsWritten() throws {
        let tables = MemoryTables()
        var store = MVCC(tables: tables)
        try store.put("a", "1")
        let checkpoint = store.freeze()
        try store.put("a", "2")
        try store.put("b", "1")
        #expect(try store.text() == ["a=2", "b=1"])
        #expect(try store.text(at: 2) == ["a=1"])
        checkpoint.write(into: tables)
        store.thaw(tables: tables)
        #expect(try store.text() == ["a=2", "b=1"])
        #expect(try store.text(at: 2) == ["a=1"])
        #expect(try MVCC(tables: tables).text() == ["a=1"])
    }

    @Test func endedLeasesLeaveTheTables() throws {
        let tables = MemoryTables()
        var store = MVCC(tables: tables)
        for id in 1...3 { try store.grant(LeaseID(rawValue: Int64(id)), ttl: 10) }
        try store.put("a", "1", lease: 2)
        store.checkpoint(into: tables)
        try store.revoke(LeaseID(rawValue: 2))
        try store.revoke(LeaseID(rawValue: 3))
        try store.grant(LeaseID(rawValue: 3), ttl: 20)
        store.checkpoint(into: tables)
        #expect(tables.count(.leases) == 2 && tables.count(.attachments) == 0)
        #expect(try MVCC(tables: tables).timeToLive(LeaseID(rawValue: 3)) == (20, 20))
    }
}
