import MVCC
import Testing
import Units
import Wire

@testable import Store

@Suite struct QuotaTests {
    private static func set(
        _ office: Office, prefix: String = "", user: String = "", bytes: Int64 = 0, keys: Int64 = 0
    ) throws {
        let quota = Quota(user: user, prefix: Array(prefix.utf8), bytes: bytes, keys: keys)
        let _: QuotaListResponse = try office.answer(
            .quotaSet, QuotaSetRequest(quota: quota).encoded)
    }

    private static func used(_ office: Office) throws -> [[Int64]] {
        let answer: QuotaListResponse = try office.answer(.quotaList, [])
        return answer.quotas.map { [$0.usedBytes, $0.usedKeys] }
    }

    private static func code(_ office: Office, _ method: Wire::Method, _ body: some WireMessage)
        throws -> ErrorCode
    {
        let call = office.ask(method, body.encoded)
        office.finishAll()
        return office.types(call) == [.response] ? .none : try office.code(call)
    }

    @Test func countsWhatIsThereAndWhatComes() throws {
        let office = Office()
        office.lead()
        office.put("a/1", "xx")
        office.put("b/1", "xx")
        office.finishAll()
        try Self.set(office, prefix: "a/", bytes: 100)
        #expect(try Self.used(office) == [[5, 1]])
        office.put("a/2", "12345")
        office.put("a/1", "x")
        office.put("b/2", "12345")
        office.finishAll()
        #expect(try Self.used(office) == [[12, 2]])
        #expect(try Self.code(office, .deleteRange, delete("a/1")) == .none)
        #expect(try Self.used(office) == [[8, 1]])
        try Self.set(office, prefix: "a/")
        #expect(try Self.used(office) == [])
    }

    @Test func refusesWithNumbersAndLetsThingsGetSmaller() throws {
        let office = Office()
        office.lead()
        try Self.set(office, prefix: "a/", bytes: 10, keys: 2)
        office.put("a/1", "1234567")
        office.finishAll()
        let call = office.put("a/2", "")
        office.finishAll()
        let error = try office.last(call, as: WireError.self)
        #expect(error.code == .quotaExceeded)
        #expect(
            error.message
                == "the quota of prefix 'a/' is 10 bytes; 10 are used, and this needs 3 more. "
                + "Delete some, or ask for a larger quota")
        #expect(try office.get("a/2") == nil)
        #expect(try Self.code(office, .put, PutRequest(key: Array("a/1".utf8))) == .none)
        #expect(try Self.code(office, .put, PutRequest(key: Array("a/2".utf8))) == .none)
        #expect(try Self.code(office, .put, PutRequest(key: Array("a/3".utf8))) == .quotaExceeded)
        try Self.set(office, prefix: "a/", keys: 1)
        // Over it already: nothing new, but what is there can be written and deleted.
        #expect(try Self.code(office, .put, PutRequest(key: Array("a/3".utf8))) == .quotaExceeded)
        #expect(try Self.code(office, .put, PutRequest(key: Array("a/2".utf8))) == .none)
        #expect(try Self.code(office, .deleteRange, delete("a/", to: "a0")) == .none)
        #expect(try Self.used(office) == [[0, 0]])
    }

    @Test func transactionsAreWeighedAsAWhole() throws {
        let office = Office()
        office.lead()
        try Self.set(office, prefix: "a/", keys: 2)
        func operation(_ key: String) -> Wire::Operation { .init(operation: .put(put(key))) }
        let inner = TxnRequest(success: [operation("a/2"), operation("a/3")])
        let tooMany = TxnRequest(success: [operation("a/1"), .init(operation: .txn(inner))])
        #expect(try Self.code(office, .txn, tooMany) == .quotaExceeded)
        #expect(try office.get("a/1") == nil)
        #expect(office.store.revision == Revision(rawValue: 1))
        #expect(try Self.code(office, .txn, inner) == .none)
        let swap = TxnRequest(
            success: [.init(operation: .deleteRange(delete("a/2"))), operation("a/9")])
        #expect(try Self.code(office, .txn, swap) == .none)
        #expect(try Self.used(office)[0][1] == 2)
        let untaken = TxnRequest(
            compare: [Compare(result: .equal, target: .version, key: [0x7A], number: 5)],
            success: [operation("a/5")])
        #expect(try Self.code(office, .txn, untaken) == .none)
    }

    @Test func leasesThatEndGiveBack() throws {
        let office = Office()
        office.lead()
        try Self.set(office, prefix: "a/", keys: 1)
        let _: LeaseGrantResponse = try office.answer(
            .leaseGrant, LeaseGrantRequest(ttl: 1, id: 5).encoded)
        office.put("a/1", "x", lease: 5)
        office.finishAll()
        #expect(try Self.used(office)[0][1] == 1)
        for _ in 0..<40 {
            office.pass(100)
            office.finishAll()
        }
        #expect(try office.get("a/1") == nil)
        #expect(try Self.used(office) == [[0, 0]])
    }

    @Test func prefixesMayLieInOneAnother() throws {
        let office = Office()
        office.lead()
        try Self.set(office, keys: 3)
        try Self.set(office, prefix: "a/", keys: 2)
        try Self.set(office, prefix: "a/b/", keys: 1)
        #expect(try Self.code(office, .put, put("a/b/1")) == .none)
        #expect(try Self.code(office, .put, put("a/b/2")) == .quotaExceeded)
        #expect(try Self.code(office, .put, put("a/1")) == .none)
        #expect(try Self.code(office, .put, put("a/2")) == .quotaExceeded)
        #expect(try Self.code(office, .put, put("z")) == .none)
        #expect(try Self.code(office, .put, put("y")) == .quotaExceeded)
        #expect(try Self.used(office).map { $0[1] } == [3, 2, 1])
    }

    @Test func usersPayForWhatTheyWroteLast() throws {
        var guarded = try Guarded()
        try guarded.add("bob", [keys(.readWrite, "\0", to: "\0")])
        try guarded.add("eve", [keys(.readWrite, "\0", to: "\0")])
        let office = guarded.office
        #expect(try guarded.outcome("bob", .put, put("before")) == .none)
        try Self.set(office, user: "bob", keys: 2)
        #expect(try guarded.outcome("bob", .put, put("x")) == .none)
        #expect(try guarded.outcome("bob", .put, put("y")) == .none)
        #expect(try guarded.outcome("bob", .put, put("z")) == .quotaExceeded)
        #expect(try guarded.outcome("bob", .put, put("y")) == .none)
        #expect(try guarded.outcome("eve", .put, put("y")) == .none)
        #expect(try Self.used(office) == [[2, 1]])
        #expect(try guarded.outcome("bob", .put, put("z")) == .none)
        #expect(try guarded.outcome("eve", .deleteRange, delete("x", to: "zz")) == .none)
        #expect(try Self.used(office) == [[0, 0]])
        try Self.set(office, user: "bob")
        #expect(office.store.mvcc.keys(ownedBy: "bob") == [])
    }

    @Test func impossibleOnesAreRefused() throws {
        let office = Office()
        office.lead()
        for quota in [
            Quota(prefix: [97], bytes: -1), Quota(prefix: [97], keys: -1),
            Quota(user: "bob", prefix: [97], keys: 1),
        ] {
            #expect(
                try Self.code(office, .quotaSet, QuotaSetRequest(quota: quota)) == .invalidArgument)
        }
        #expect(try Self.code(office, .quotaSet, QuotaSetRequest()) == .invalidArgument)
        let nobody = QuotaSetRequest(quota: Quota(user: "bob", keys: 1))
        #expect(try Self.code(office, .quotaSet, nobody) == .userNotFound)
    }

    /// Readings against counting everything, through random puts, deletions, transactions and leases.
    @Test(arguments: 0..<4) func agreesWithCounting(seed: UInt64) throws {
        var chance = Chance(seed: seed, name: "quota")
        let office = Office()
        office.lead()
        let _: LeaseGrantResponse = try office.answer(
            .leaseGrant, LeaseGrantRequest(ttl: 600, id: 1).encoded)
        try Self.set(office, prefix: "a", bytes: 60)
        try Self.set(office, prefix: "ab", keys: 3)
        func key() -> [UInt8] { (0...chance.below(2)).map { _ in UInt8(97 + chance.below(3)) } }
        func random() -> PutRequest {
            PutRequest(
                key: key(), value: .init(repeating: 1, count: Int(chance.below(12))),
                lease: chance.below(4) == 0 ? 1 : 0)
        }
        for _ in 0..<200 {
            switch chance.below(5) {
            case 0: _ = try Self.code(office, .deleteRange, DeleteRangeRequest(key: key()))
            case 1:
                let operations = (0..<2).map { _ in
                    Wire::Operation(operation: .put(random()))
                }
                let deletion = DeleteRangeRequest(key: [97], rangeEnd: [98])
                let first = Wire::Operation(operation: .deleteRange(deletion))
                let some = chance.below(3) == 0 ? [first] + operations : operations
                _ = try Self.code(office, .txn, TxnRequest(success: some))
            case 2 where chance.below(8) == 0:
                _ = try Self.code(office, .leaseRevoke, LeaseRevokeRequest(id: 1))
                _ = try Self.code(office, .leaseGrant, LeaseGrantRequest(ttl: 600, id: 1))
            default: _ = try Self.code(office, .put, random())
            }
            let all: RangeResponse = try office.answer(
                .range, RangeRequest(key: [0], rangeEnd: [0]).encoded)
            for quota in office.store.quotas.list {
                let mine = all.kvs.filter { $0.key.starts(with: quota.prefix) }
                #expect(quota.usedKeys == Int64(mine.count))
                #expect(
                    quota.usedBytes
                        == mine.reduce(0) { $0 + Int64($1.key.count + $1.value.count) })
                #expect(quota.bytes == 0 || quota.usedBytes <= quota.bytes)
                #expect(quota.keys == 0 || quota.usedKeys <= quota.keys)
            }
            #expect(Quotas(office.store.mvcc).list == office.store.quotas.list)
        }
    }
}

@Suite struct AuditTests {
    private static func lines(_ office: Office) -> [String] {
        office.audited.map { "\($0.user) \($0.method) \($0.subject): \($0.outcome)" }
    }

    @Test func adminsDeedsAreToldWithoutSecrets() throws {
        var guarded = try Guarded()
        try guarded.add("bob", [keys(.read, "a", to: "b")])
        _ = try guarded.outcome("bob", .put, put("a"))
        _ = try guarded.outcome("bob", .userAdd, UserAddRequest(name: "eve", password: "s3cret"))
        let lines = Self.lines(guarded.office)
        #expect(lines.contains("root 100 user 'bob': none"))
        #expect(lines.contains("root 111 role 'bob': read all keys from 'a' to before 'b': none"))
        #expect(lines.contains("bob 96 user 'bob': none"))
        #expect(lines.contains("bob 100 user 'eve': notPermitted"))
        #expect(!lines.contains { $0.contains("s3cret") || $0.contains(" 1 ") })
    }

    @Test func allTellsOfKeysAndNoneOfNothing() throws {
        for (level, expected) in [(AuditLevel.all, 2), (.admin, 0), (.none, 0)] {
            var settings = Store::Settings()
            settings.audit = level
            let office = Office(settings: settings)
            office.lead()
            office.put("a", "value")
            office.ask(.txn, TxnRequest(success: [.init(operation: .put(put("b")))]).encoded)
            office.ask(.range, get("a").encoded)
            office.finishAll()
            #expect(office.audited.count == expected)
            if level == .all {
                #expect(
                    office.audited.map(\.subject) == ["write the key 'a'", "write the key 'b'"])
            }
        }
    }

    @Test func noMoreThanSomeInOneTurn() throws {
        var settings = Store::Settings()
        settings.audit = .all
        let office = Office(settings: settings)
        office.lead()
        for number in 0..<(Store::Limits.auditLines + 5) {
            office.store.request(
                session: SessionID(rawValue: 1), stream: UInt32(number + 1), method: 1,
                deadline: nil, body: put("k\(number)").encoded.span, at: office.now)
        }
        office.turn()
        office.finishAll()
        #expect(office.audited.count == Store::Limits.auditLines)
        #expect(office.auditSkipped == 5)
    }
}
