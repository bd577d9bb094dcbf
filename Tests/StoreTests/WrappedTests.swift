import MVCC
import Testing
import Units
import Wire

@testable import Store

/// Rights of what wraps or stands for something else: sessions, locks, elections, the tree.
@Suite struct WrappedTests {
    private static func once(
        _ session: Int64, _ sequence: Int64, _ method: Wire::Method, _ body: some WireMessage
    ) -> OnceRequest {
        OnceRequest(
            session: session, sequence: sequence, method: UInt32(method.rawValue),
            body: body.encoded)
    }

    @Test func whatIsInsideIsLookedAt() throws {
        var guarded = try Guarded()
        try guarded.add("bob", [keys(.readWrite, "a")])
        let open = SessionOpenRequest(ttl: 60, id: 7)
        #expect(try guarded.outcome("bob", .sessionOpen, open) == .none)
        let denied = [
            Self.once(7, 1, .put, put("b")), Self.once(7, 1, .put, put("b", previous: true)),
            Self.once(7, 1, .deleteRange, delete("a", to: "c")),
            Self.once(7, 1, .compact, CompactRequest(revision: 2)),
            Self.once(
                7, 1, .txn,
                TxnRequest(
                    success: [
                        .init(
                            operation: .txn(
                                TxnRequest(failure: [.init(operation: .put(put("b")))])))
                    ])),
            Self.once(7, 1, .tree, TreeRequest(action: .set, path: [0x2F, 0x61])),
        ]
        for request in denied {
            #expect(try guarded.outcome("bob", .once, request) == .notPermitted)
        }
        #expect(try guarded.outcome("bob", .once, Self.once(7, 1, .put, put("a"))) == .none)
        // A wrapper in a wrapper, and what no session carries out.
        let nested = Self.once(7, 2, .once, Self.once(7, 3, .put, put("b")))
        #expect(try guarded.outcome("bob", .once, nested) == .invalidArgument)
        let foreign = Self.once(7, 2, .userAdd, UserAddRequest(name: "eve", noPassword: true))
        #expect(try guarded.outcome("bob", .once, foreign) == .invalidArgument)
    }

    /// The answers that a session keeps are for those alone who asked.
    @Test func aSessionIsOfItsUser() throws {
        var guarded = try Guarded()
        try guarded.add("bob", [keys(.readWrite, "a")])
        try guarded.add("eve", [keys(.readWrite, "a")])
        let open = SessionOpenRequest(ttl: 60, id: 7)
        #expect(try guarded.outcome("bob", .sessionOpen, open) == .none)
        let write = Self.once(7, 1, .put, put("a", previous: true))
        #expect(try guarded.outcome("bob", .once, write) == .none)
        #expect(try guarded.outcome("eve", .once, write) == .sessionNotFound)
        #expect(try guarded.outcome("eve", .sessionOpen, open) == .sessionNotFound)
        let close = SessionCloseRequest(id: 7)
        #expect(try guarded.outcome("eve", .sessionClose, close) == .sessionNotFound)
        #expect(try guarded.outcome("bob", .sessionClose, close) == .none)
        #expect(try guarded.outcome("eve", .sessionOpen, open) == .none)
    }

    @Test func locksAreTheirKeys() throws {
        var guarded = try Guarded()
        try guarded.add("bob", [keys(.readWrite, "l/", to: "l0")])
        try guarded.add("eve", [keys(.read, "l/", to: "l0")])
        let grant = LeaseGrantRequest(ttl: 60, id: 5)
        #expect(try guarded.outcome("bob", .leaseGrant, grant) == .none)
        let lock = LockRequest(name: Array("l".utf8), lease: 5)
        #expect(try guarded.outcome("eve", .lock, lock) == .notPermitted)
        let other = LockRequest(name: Array("m".utf8), lease: 5)
        #expect(try guarded.outcome("bob", .lock, other) == .notPermitted)
        let session = try guarded.session("bob")
        let call = guarded.office.ask(.lock, lock.encoded, session: session)
        guarded.office.finishAll()
        for _ in 0..<5 { guarded.office.pass(10) }
        let held = try guarded.office.last(call, as: LockResponse.self)
        #expect(held.key == Array("l/5".utf8))
        let unlock = UnlockRequest(key: held.key)
        #expect(try guarded.outcome("eve", .unlock, unlock) == .notPermitted)
        #expect(try guarded.outcome("bob", .unlock, unlock) == .none)
        let leader = ElectionLeaderRequest(name: Array("m".utf8))
        #expect(try guarded.outcome("eve", .electionLeader, leader) == .notPermitted)
    }

    /// Who stands in line for what it may no longer have is sent away.
    @Test func standingInLineEndsWithTheRight() throws {
        var guarded = try Guarded()
        try guarded.add("bob", [keys(.readWrite, "l/", to: "l0")])
        let office = guarded.office
        for id: Int64 in [5, 6] {
            let _: LeaseGrantResponse = try office.answer(
                .leaseGrant, LeaseGrantRequest(ttl: 60, id: id).encoded)
        }
        let first = office.ask(.lock, LockRequest(name: Array("l".utf8), lease: 5).encoded)
        office.finishAll()
        for _ in 0..<5 { office.pass(10) }
        #expect(office.types(first) == [.response])
        let session = try guarded.session("bob")
        let waiting = office.ask(
            .lock, LockRequest(name: Array("l".utf8), lease: 6).encoded, session: session)
        office.finishAll()
        for _ in 0..<5 { office.pass(10) }
        #expect(office.frames(waiting).isEmpty)
        try guarded.revoke("bob", keys(.read, "l/", to: "l0"))
        #expect(try office.code(waiting) == .notPermitted)
        // Its key goes too, by the member's own word.
        office.finishAll()
        #expect(try office.get("l/6") == nil)
        #expect(try office.get("l/5") == "")
    }

    @Test func theTreeHasPermissionsOfItsOwn() throws {
        var guarded = try Guarded()
        func tree(_ mode: PermissionMode, _ key: String, to end: String = "") -> Permission {
            Permission(
                space: .treePaths, mode: mode, key: Array(key.utf8), rangeEnd: Array(end.utf8))
        }
        func request(
            _ action: TreeAction, _ path: String, recursive: Bool = false, directory: Bool = false
        ) -> TreeRequest {
            TreeRequest(
                action: action, path: Array(path.utf8), directory: directory, recursive: recursive)
        }
        try guarded.add("bob", [tree(.readWrite, "/a"), tree(.readWrite, "/b", to: "/b0")])
        try guarded.add("eve", [keys(.readWrite, "\0", to: "\0")])
        #expect(try guarded.outcome("eve", .tree, request(.set, "/a")) == .notPermitted)
        #expect(try guarded.outcome("eve", .tree, request(.get, "/a")) == .notPermitted)
        #expect(try guarded.outcome("bob", .put, put("/a")) == .notPermitted)
        #expect(try guarded.outcome("bob", .tree, request(.set, "/a")) == .none)
        #expect(try guarded.outcome("bob", .tree, request(.get, "/a")) == .none)
        #expect(try guarded.outcome("bob", .tree, request(.set, "/a/x")) == .notPermitted)
        #expect(try guarded.outcome("bob", .tree, request(.set, "/b/x/y")) == .none)
        #expect(
            try guarded.outcome("bob", .tree, request(.get, "/", recursive: true)) == .notPermitted)
        #expect(try guarded.outcome("bob", .tree, request(.get, "/")) == .notPermitted)
        let all = request(.delete, "/b", recursive: true)
        #expect(try guarded.outcome("bob", .tree, all) == .none)
        // What is a directory shows what is in it.
        let office = guarded.office
        let _: TreeResponse = try office.answer(.tree, request(.delete, "/a").encoded)
        let _: TreeResponse = try office.answer(.tree, request(.set, "/a/secret").encoded)
        #expect(try guarded.outcome("bob", .tree, request(.get, "/a")) == .notPermitted)
        let watch = TreeWatchRequest(path: Array("/a".utf8), recursive: true)
        #expect(try guarded.outcome("bob", .treeWatch, watch) == .notPermitted)
        let session = try guarded.session("bob")
        let call = office.ask(
            .treeWatch, TreeWatchRequest(path: Array("/b".utf8), recursive: true).encoded,
            session: session)
        office.finishAll()
        #expect(office.types(call) == [.stream])
        try guarded.revoke("bob", tree(.read, "/b", to: "/b0"))
        #expect(try office.code(call) == .notPermitted)
    }
}
