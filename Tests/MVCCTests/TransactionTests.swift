import MVCC
import Testing
import Units

@Suite struct TransactionTests {
    static func put(_ key: String, _ value: String = "v", lease: Int64 = 0) -> Transaction.Operation
    {
        .put(.init(key: bytes(key), value: bytes(value), lease: LeaseID(rawValue: lease)))
    }

    static func delete(_ key: String) -> Transaction.Operation {
        .delete(.single(bytes(key)), previous: true)
    }

    static func read(_ key: String, at revision: Int64 = 0) -> Transaction.Operation {
        .range(RangeQuery(.single(bytes(key)), revision: Revision(rawValue: revision)))
    }

    /// "a" at versions 1 and 2, "b" at 1.
    static func store() throws -> MVCC {
        var store = MVCC(tables: MemoryTables())
        try store.put("a", "1")
        try store.put("a", "2")
        try store.put("b", "1")
        return store
    }

    static let compares:
        [(String, String, Transaction.Compare.Relation, Transaction.Compare.Target, Bool)] = [
            ("a", "", .equal, .version(2), true), ("a", "", .notEqual, .version(2), false),
            ("a", "", .less, .version(3), true), ("a", "", .greater, .version(2), false),
            ("a", "", .equal, .create(Revision(rawValue: 2)), true),
            ("a", "", .equal, .mod(Revision(rawValue: 3)), true),
            ("a", "", .equal, .lease(.none), true),
            ("a", "", .equal, .value(bytes("2")), true),
            ("a", "", .greater, .value(bytes("1")), true),
            ("a", "", .less, .value(bytes("2")), false),
            ("x", "", .equal, .version(0), true), ("x", "", .equal, .create(.zero), true),
            ("x", "", .equal, .value([]), false), ("x", "", .notEqual, .value(bytes("1")), false),
            ("a", "c", .greater, .version(0), true), ("a", "c", .equal, .version(2), false),
            ("a", "c", .notEqual, .value(bytes("3")), true),
            ("x", "z", .equal, .version(0), true), ("x", "z", .greater, .version(0), false),
            ("x", "z", .notEqual, .value([]), false),
        ]

    @Test(arguments: compares.indices)
    func evaluates(index: Int) throws {
        let (key, end, relation, target, holds) = Self.compares[index]
        var store = try Self.store()
        let compare = Transaction.Compare(
            range: try range(key, end), relation: relation, target: target)
        let transaction = Transaction(
            compares: [compare], success: [Self.put("s")], failure: [Self.put("f")])
        #expect(try store.transact(transaction).succeeded == holds)
        #expect((store.get("s") != nil) == holds)
        #expect((store.get("f") != nil) == !holds)
    }

    @Test func writesAtOneRevision() throws {
        var store = try Self.store()
        try store.transact(
            Transaction(success: [Self.put("x"), Self.delete("a"), Self.put("y")]))
        #expect(store.revision.rawValue == 5)
        #expect(try store.seen(from: 5).map(\.record.key) == [bytes("x"), bytes("a"), bytes("y")])
        #expect(try store.text() == ["b=1", "x=v", "y=v"])
    }

    @Test func withoutWritesNoRevision() throws {
        var store = try Self.store()
        let digest = store.digest
        try store.transact(Transaction(success: [Self.read("a"), Self.delete("none")]))
        #expect(store.revision.rawValue == 4 && store.digest == digest)
    }

    @Test func readsItsOwnWrites() throws {
        var store = try Self.store()
        let result = try store.transact(
            Transaction(success: [
                Self.put("a", "3"), Self.read("a"), Self.delete("a"), Self.read("a"),
                Self.read("a", at: 2), Self.read("a", at: 4),
                .transaction(
                    Transaction(
                        compares: [
                            Transaction.Compare(
                                range: .single(bytes("a")), relation: .equal, target: .version(0))
                        ], success: [Self.put("n")])),
            ]))
        func value(_ index: Int) -> [UInt8]? {
            guard case .range(let records, _) = result.responses[index] else { return nil }
            return records.first?.value
        }
        #expect(value(1) == bytes("3") && value(3) == nil)
        #expect(value(4) == bytes("1") && value(5) == bytes("2"))
        #expect(try store.text() == ["b=1", "n=v"])
    }

    static let failing: [(Transaction.Operation, Failure)] = [
        (put("y", lease: 9), .leaseNotFound(LeaseID(rawValue: 9))), (put(""), .keyEmpty),
        (
            .put(.init(key: bytes("none"), value: [], options: .ignoreValue)), .keyNotFound
        ),
        (read("a", at: 5), .futureRevision(newest: Revision(rawValue: 4))),
        (put("x"), .duplicateKey),
        (.transaction(Transaction(failure: [put("x")])), .duplicateKey),
    ]

    @Test(arguments: failing.indices)
    func allOrNothing(index: Int) throws {
        var store = try Self.store()
        let before = try (store.all(), store.digest, store.seen(from: 1))
        let nested = Transaction(success: [Self.put("z"), Self.failing[index].0])
        let writes = [Self.put("x"), .delete(.all, previous: false), .transaction(nested)]
        #expect(throws: Self.failing[index].1) {
            try store.transact(Transaction(success: writes))
        }
        #expect(try store.all() == before.0)
        #expect(store.digest == before.1 && store.revision.rawValue == 4)
        #expect(try store.seen(from: 1) == before.2)
        try store.put("x", "later")
        #expect(try store.text() == ["a=2", "b=1", "x=later"])
    }

    @Test func bothPathsMayPutTheSame() throws {
        var store = try Self.store()
        let nested = Transaction(success: [Self.put("n")], failure: [Self.put("n")])
        let path: [Transaction.Operation] = [Self.put("x"), .transaction(nested)]
        #expect(try store.transact(Transaction(success: path, failure: path)).succeeded)
    }

    /// What a nested transaction counts is itself and its longer path.
    @Test(arguments: [(128, 0, true), (129, 0, false), (100, 27, true), (100, 28, false)])
    func countsOperations(outer: Int, inner: Int, fits: Bool) throws {
        var store = try Self.store()
        let keys = (0..<outer).map { Self.put("k\($0)") }
        let nested = Transaction(failure: (0..<inner).map { Self.put("n\($0)") })
        let all = inner == 0 ? keys : keys + [.transaction(nested)]
        let transaction = Transaction(success: [], failure: all)
        let result = Result { () throws(Failure) in try store.transact(transaction) }
        if !fits {
            #expect(result == .failure(.tooManyOperations(limit: 128)))
        } else {
            #expect(throws: Never.self) { try result.get() }
        }
    }

    @Test func limitsComparesAndDepth() throws {
        var store = try Self.store()
        let compare = Transaction.Compare(range: .all, relation: .equal, target: .version(0))
        let many = Transaction(compares: [Transaction.Compare](repeating: compare, count: 129))
        #expect(throws: Failure.tooManyCompares(limit: 128)) { try store.transact(many) }
        var deep = Transaction()
        for _ in 0..<1000 { deep = Transaction(success: [.transaction(deep)]) }
        #expect(throws: Failure.tooManyOperations(limit: 128)) { try store.transact(deep) }
    }

    @Test func largeAnswersAreCutOrRefused() throws {
        var store = MVCC(tables: MemoryTables())
        let value = [UInt8](repeating: 1, count: 1 << 20)
        for key in ["a", "b", "c"].map(bytes) { try store.put(key: key.span, value: value.span) }
        let read = Transaction(success: [.range(RangeQuery(.all)), .range(RangeQuery(.all))])
        let responses = try store.transact(read).responses
        guard case .range(let first, let summary) = responses[0],
            case .range(let second, _) = responses[1]
        else { return #expect(Bool(false)) }
        #expect(first.count == 1 && summary.more && summary.count == 3 && second.isEmpty)
        let failure = Failure.resultTooLarge(limit: Limits.resultBytes)
        #expect(throws: failure) { try store.delete(.all, previous: true) }
        #expect(store.keyCount == 3)
        #expect(try store.delete(.all).count == 3)
    }
}
