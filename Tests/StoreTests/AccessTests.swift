import MVCC
import Raft
import Testing
import Units
import Wire

@testable import Store

@Suite struct AccessTests {
    @Test func nothingIsAskedUntilItIsEnabled() throws {
        let office = Office()
        office.lead()
        office.put("a", "1")
        office.finishAll()
        #expect(try office.get("a") == "1")
        let status: AuthStatusResponse = try office.answer(.authStatus, [])
        #expect(!status.enabled)
        #expect(status.caller == "")
    }

    @Test func withoutRootItIsNotEnabled() throws {
        let office = Office()
        office.lead()
        let early = office.ask(.authEnable, [])
        #expect(try office.code(early) == .notPermitted)
        let _: UserResponse = try office.answer(
            .userAdd, UserAddRequest(name: "ann", password: "p").encoded)
        let _: UserResponse = try office.answer(
            .userGrantRole, UserGrantRoleRequest(name: "ann", role: "root").encoded)
        let _: AuthenticateResponse = try office.answer(
            .authenticate, AuthenticateRequest(user: "ann", password: "p").encoded)
        let rootless = office.ask(.authEnable, [])
        office.finishAll()
        #expect(try office.code(rootless) == .invalidArgument)
    }

    /// Otherwise nobody could ever disable it again.
    @Test func whoEnablesMustBeRoot() throws {
        let guarded = try Guarded(Office())
        guarded.office.lead()
        try guarded.prepare()
        #expect(try guarded.outcome(anonymous: .authEnable, AuthEnableRequest()) == .notPermitted)
        try guarded.enable()
    }

    @Test func rootStays() throws {
        let guarded = try Guarded()
        let office = guarded.office
        let deleted = office.ask(.userDelete, UserDeleteRequest(name: "root").encoded)
        let stripped = office.ask(
            .userRevokeRole, UserRevokeRoleRequest(name: "root", role: "root").encoded)
        let changed = office.ask(
            .roleRevoke,
            RoleRevokeRequest(name: "root", permission: right(.inspect)).encoded)
        let gone = office.ask(.roleDelete, RoleDeleteRequest(name: "root").encoded)
        office.finishAll()
        for call in [deleted, stripped, changed, gone] {
            #expect(try office.code(call) == .invalidArgument)
        }
        let _: AuthStatusResponse = try office.answer(.authDisable, [])
        let _: UserListResponse = try office.answer(
            .userDelete, UserDeleteRequest(name: "root").encoded)
    }

    @Test func anonymousMayOnlyAskWhoItIs() throws {
        let guarded = try Guarded()
        #expect(try guarded.outcome(anonymous: .authStatus, AuthStatusRequest()) == .none)
        #expect(try guarded.outcome(anonymous: .range, get("a")) == .unauthenticated)
        #expect(try guarded.outcome(anonymous: .put, put("a")) == .unauthenticated)
        #expect(try guarded.outcome(anonymous: .status, StatusRequest()) == .unauthenticated)
        #expect(try guarded.outcome(anonymous: .userList, UserListRequest()) == .unauthenticated)
    }

    @Test func usersAndRolesAreListed() throws {
        let guarded = try Guarded()
        try guarded.add("bob", [keys(.read, "b"), keys(.readWrite, "a", to: "c")])
        let users: UserListResponse = try guarded.office.answer(.userList, [])
        #expect(users.names == ["bob", "root"])
        let roles: RoleListResponse = try guarded.office.answer(.roleList, [])
        #expect(roles.names == ["bob", "root"])
        let role: RoleResponse = try guarded.office.answer(
            .roleGet, RoleGetRequest(name: "bob").encoded)
        #expect(role.permissions.map(\.key) == [[97], [98]])
        let user: UserResponse = try guarded.office.answer(
            .userGet, UserGetRequest(name: "bob").encoded)
        #expect(user.roles == ["bob"])
        #expect(user.hasPassword)
        let root: RoleResponse = try guarded.office.answer(
            .roleGet, RoleGetRequest(name: "root").encoded)
        #expect(root.permissions.count == 6)
    }

    @Test func aRoleThatIsDeletedIsNobodysAnyMore() throws {
        var guarded = try Guarded()
        try guarded.add("bob", [keys(.readWrite, "a")])
        #expect(try guarded.outcome("bob", .put, put("a")) == .none)
        let _: RoleListResponse = try guarded.office.answer(
            .roleDelete, RoleDeleteRequest(name: "bob").encoded)
        #expect(try guarded.outcome("bob", .put, put("a")) == .notPermitted)
        let _: RoleResponse = try guarded.office.answer(
            .roleAdd, RoleAddRequest(name: "bob").encoded)
        let user: UserResponse = try guarded.office.answer(
            .userGet, UserGetRequest(name: "bob").encoded)
        #expect(user.roles == [])
    }

    @Test func whatIsNotThereIsToldByName() throws {
        let guarded = try Guarded()
        let office = guarded.office
        let asked: [(Wire::Method, [UInt8], ErrorCode)] = [
            (.userGet, UserGetRequest(name: "x").encoded, .userNotFound),
            (.userDelete, UserDeleteRequest(name: "x").encoded, .userNotFound),
            (.userPassword, UserPasswordRequest(name: "x", password: "p").encoded, .userNotFound),
            (.userGrantRole, UserGrantRoleRequest(name: "root", role: "x").encoded, .roleNotFound),
            (.roleGet, RoleGetRequest(name: "x").encoded, .roleNotFound),
            (.roleDelete, RoleDeleteRequest(name: "x").encoded, .roleNotFound),
            (.userAdd, UserAddRequest(name: "root", password: "p").encoded, .userExists),
            (.roleAdd, RoleAddRequest(name: "root").encoded, .roleExists),
            (.userAdd, UserAddRequest(name: "", password: "p").encoded, .invalidArgument),
            (.userAdd, UserAddRequest(name: "a\n", password: "p").encoded, .invalidArgument),
            (.userAdd, UserAddRequest(name: "a").encoded, .invalidArgument),
            (
                .userAdd, UserAddRequest(name: "a", password: "p", noPassword: true).encoded,
                .invalidArgument
            ),
            (
                .userAdd, UserAddRequest(name: "a", noPassword: true, verifier: [1]).encoded,
                .invalidArgument
            ),
            (
                .userAdd,
                UserAddRequest(name: String(repeating: "a", count: 129), password: "p").encoded,
                .invalidArgument
            ),
            (
                .userAdd,
                UserAddRequest(name: "a", password: String(repeating: "p", count: 1025)).encoded,
                .invalidArgument
            ),
        ]
        for (method, body, code) in asked {
            let call = office.ask(method, body)
            office.finishAll()
            #expect(try office.code(call) == code, "\(method) \(body)")
        }
    }

    /// A range without keys would be a permission for nothing, or by some readings for everything.
    @Test func anEmptyRangeIsNotGranted() throws {
        let guarded = try Guarded()
        try guarded.add("bob", [])
        for permission in [
            keys(.read, "b", to: "a"), keys(.read, "b", to: "b"), keys(.read, ""), right(.noRight),
            right(.unrecognized(77)),
            Permission(space: .unrecognized(9), mode: .read, key: [97]),
            Permission(space: .keys, mode: .unrecognized(9), key: [97]),
        ] {
            let call = guarded.office.ask(
                .roleGrant, RoleGrantRequest(name: "bob", permission: permission).encoded)
            guarded.office.finishAll()
            #expect(try [.invalidArgument, .keyEmpty].contains(guarded.office.code(call)))
        }
        let none = guarded.office.ask(.roleGrant, RoleGrantRequest(name: "bob").encoded)
        guarded.office.finishAll()
        #expect(try guarded.office.code(none) == .invalidArgument)
    }

    @Test func aRoleThatGrantsTooLittleSaysWhat() throws {
        var guarded = try Guarded()
        try guarded.add("bob", [keys(.read, "a", to: "c")])
        let session = try guarded.session("bob")
        let call = guarded.office.ask(.range, get("a", to: "d").encoded, session: session)
        let error = try guarded.office.last(call, as: WireError.self)
        #expect(error.code == .notPermitted)
        #expect(error.message == "user 'bob' may not read all keys from 'a' to before 'd'")
    }

    @Test func aPermissionOfTheSameRangeReplacesTheMode() throws {
        var guarded = try Guarded()
        try guarded.add("bob", [keys(.readWrite, "a")])
        try guarded.grant("bob", keys(.read, "a"))
        #expect(try guarded.outcome("bob", .put, put("a")) == .notPermitted)
        #expect(try guarded.outcome("bob", .range, get("a")) == .none)
        try guarded.revoke("bob", keys(.write, "a"))
        #expect(try guarded.outcome("bob", .range, get("a")) == .notPermitted)
        let again = guarded.office.ask(
            .roleRevoke, RoleRevokeRequest(name: "bob", permission: keys(.read, "a")).encoded)
        guarded.office.finishAll()
        #expect(try guarded.office.code(again) == .invalidArgument)
    }

    @Test func certificatesAndProcessesAreUsersByName() throws {
        var settings = Store::Settings()
        settings.unixUsers = [.init(uid: 1000, user: "bob")]
        let guarded = try Guarded(Office(settings: settings))
        let office = guarded.office
        office.lead()
        try guarded.prepare()
        try guarded.add("bob", [keys(.readWrite, "b")])
        try guarded.enable()
        func outcome(_ session: UInt64, _ caller: Caller, _ key: String) throws -> ErrorCode {
            office.open(session)
            office.step(.identified(SessionID(rawValue: session), caller))
            let call = office.ask(.put, put(key).encoded, session: session)
            office.finishAll()
            return office.types(call) == [.response] ? .none : try office.code(call)
        }
        #expect(try outcome(11, .unix(uid: 0), "x") == .none)
        #expect(try outcome(12, .unix(uid: 1000), "b") == .none)
        #expect(try outcome(13, .unix(uid: 1000), "x") == .notPermitted)
        #expect(try outcome(14, .unix(uid: 1001), "b") == .unauthenticated)
        #expect(try outcome(15, .certificate(name: "bob"), "b") == .none)
        #expect(try outcome(16, .certificate(name: "eve"), "b") == .unauthenticated)
        #expect(try outcome(17, .certificate(name: ""), "b") == .unauthenticated)
    }

    @Test func streamsEndWhenTheirRightIsRevoked() throws {
        var guarded = try Guarded()
        try guarded.add("bob", [keys(.read, "a", to: "c"), keys(.read, "x")])
        let session = try guarded.session("bob")
        let office = guarded.office
        let wide = office.ask(
            .watch, WatchRequest(key: [97], rangeEnd: [99]).encoded, session: session)
        let narrow = office.ask(.watch, WatchRequest(key: [0x78]).encoded, session: session)
        office.turn()
        office.put("a", "1")
        office.finishAll()
        #expect(office.types(wide) == [.stream, .stream])
        try guarded.revoke("bob", keys(.read, "a", to: "c"))
        #expect(try office.code(wide) == .notPermitted)
        office.put("a", "2")
        office.put("x", "3")
        office.finishAll()
        #expect(office.types(wide) == [.stream, .stream, .error])
        #expect(office.types(narrow) == [.stream, .stream])
    }

    @Test func aRangeUnderWayEndsWhenItsRightIsRevoked() throws {
        var guarded = try Guarded()
        let office = guarded.office
        for number in 0..<4 {
            let _: PutResponse = try office.answer(
                .put,
                PutRequest(key: [97, UInt8(number)], value: .init(repeating: 7, count: 60_000))
                    .encoded)
        }
        try guarded.add("bob", [keys(.read, "a", to: "b")])
        let session = try guarded.session("bob")
        office.step(.closed(SessionID(rawValue: session)))
        office.open(session, streamCredit: 70_000)
        let login = office.ask(
            .authenticate, AuthenticateRequest(user: "bob", password: "bob").encoded,
            session: session)
        office.finishAll()
        #expect(office.types(login) == [.response])
        let range = RangeRequest(key: [97], rangeEnd: [98], serializable: true, chunked: true)
        let call = office.ask(.range, range.encoded, session: session)
        #expect(office.types(call) == [.stream])
        try guarded.revoke("bob", keys(.read, "a", to: "b"))
        #expect(try office.code(call) == .notPermitted)
    }

    /// Streams of those who are nobody end when rights begin to be asked for.
    @Test func enablingEndsStreamsOfNobody() throws {
        let guarded = try Guarded(Office())
        guarded.office.lead()
        try guarded.prepare()
        guarded.office.open(50)
        let watch = guarded.office.ask(.watch, WatchRequest(key: [97]).encoded, session: 50)
        let roots = guarded.office.ask(.watch, WatchRequest(key: [97]).encoded)
        try guarded.enable()
        #expect(try guarded.office.code(watch) == .unauthenticated)
        #expect(guarded.office.types(roots) == [.stream])
    }

    @Test func everythingIsInTheCheckpointAndTheDigest() throws {
        let guarded = try Guarded()
        try guarded.add("bob", [keys(.read, "a")])
        let state = guarded.office.store.mvcc
        var copy = state
        let before = copy.digest
        copy.set(role: "bob", RoleRecord())
        #expect(copy.digest != before)
        let reread = Access(state)
        #expect(reread.revision == guarded.office.store.access.revision)
        #expect(reread.isEnabled)
    }
}

@Suite struct PasswordTests {
    @Test func wrongNamesAndWrongPasswordsAreNotToldApart() throws {
        let guarded = try Guarded()
        try guarded.add("bob", [])
        let office = guarded.office
        var answers: [WireError] = []
        for (user, password) in [("bob", "x"), ("eve", "x"), ("", ""), ("bob", "")] {
            office.open(60)
            let call = office.ask(
                .authenticate, AuthenticateRequest(user: user, password: password).encoded,
                session: 60)
            // Work is done for each of them alike.
            #expect(office.passwordJobs.count == 1)
            office.finishAll()
            answers.append(try office.last(call, as: WireError.self))
        }
        #expect(answers.allSatisfy { $0 == answers[0] })
        #expect(answers[0].code == .unauthenticated)
    }

    /// The empty verifier of a user without password matches nothing.
    @Test func aUserWithoutPasswordDoesNotSignIn() throws {
        let guarded = try Guarded()
        let office = guarded.office
        let _: UserResponse = try office.answer(
            .userAdd, UserAddRequest(name: "bob", noPassword: true).encoded)
        for password in ["", "bob"] {
            let call = office.ask(
                .authenticate, AuthenticateRequest(user: "bob", password: password).encoded)
            office.finishAll()
            #expect(try office.code(call) == .unauthenticated)
        }
    }

    @Test func theLogHoldsNoPassword() throws {
        let guarded = try Guarded(Office())
        guarded.office.lead()
        let secret = "correct horse battery staple"
        let call = guarded.office.ask(
            .userAdd, UserAddRequest(name: "root", password: secret).encoded)
        let again = guarded.office.ask(
            .userPassword, UserPasswordRequest(name: "root", password: secret).encoded)
        var passwords: [[UInt8]] = []
        for job in guarded.office.passwordJobs {
            guard case .derive(let number, let password) = job else { continue }
            passwords.append(password)
            guarded.office.step(.passwordDerived(job: number, verifier: [1, 2, 3]))
        }
        guarded.office.finishAll()
        #expect(passwords == [Array(secret.utf8), Array(secret.utf8)])
        #expect(guarded.office.types(call) == [.response])
        #expect(guarded.office.types(again) == [.response])
        for entry in guarded.office.applied {
            guard case .commands(let payload) = entry.body else { continue }
            #expect(!String(decoding: payload, as: UTF8.self).contains("horse"))
        }
    }

    @Test func aChangedPasswordEndsWhatWasSignedInWithTheOldOne() throws {
        var guarded = try Guarded()
        try guarded.add("bob", [keys(.readWrite, "a")])
        #expect(try guarded.outcome("bob", .put, put("a")) == .none)
        let _: UserResponse = try guarded.office.answer(
            .userPassword, UserPasswordRequest(name: "bob", password: "new").encoded)
        #expect(try guarded.outcome("bob", .put, put("a")) == .unauthenticated)
        let session = try guarded.session("bob")
        let call = guarded.office.ask(
            .authenticate, AuthenticateRequest(user: "bob", password: "new").encoded,
            session: session)
        guarded.office.finishAll()
        #expect(guarded.office.types(call) == [.response])
        #expect(try guarded.outcome("bob", .put, put("a")) == .none)
    }

    @Test func aUserOfTheSameNameIsNotTheSameUser() throws {
        var guarded = try Guarded()
        try guarded.add("bob", [])
        #expect(try guarded.outcome("bob", .status, StatusRequest()) == .none)
        let _: UserListResponse = try guarded.office.answer(
            .userDelete, UserDeleteRequest(name: "bob").encoded)
        #expect(try guarded.outcome("bob", .status, StatusRequest()) == .unauthenticated)
        let _: UserResponse = try guarded.office.answer(
            .userAdd, UserAddRequest(name: "bob", password: "bob").encoded)
        #expect(try guarded.outcome("bob", .status, StatusRequest()) == .unauthenticated)
    }

    @Test func aUserMayChangeItsOwnPasswordOnly() throws {
        var guarded = try Guarded()
        try guarded.add("bob", [])
        try guarded.add("eve", [])
        let own = UserPasswordRequest(name: "bob", password: "bob")
        #expect(try guarded.outcome("eve", .userPassword, own) == .notPermitted)
        #expect(try guarded.outcome("bob", .userPassword, own) == .none)
    }

    @Test func noMoreThanSomeWait() throws {
        let guarded = try Guarded()
        let office = guarded.office
        let body = AuthenticateRequest(user: "eve", password: "x").encoded
        var calls: [UInt32] = []
        for session in UInt64(200)..<220 {
            office.open(session)
            for _ in 0..<5 { calls.append(office.ask(.authenticate, body, session: session)) }
        }
        #expect(office.passwordJobs.count == Store::Limits.waitingPasswords)
        let refused = try calls.filter { !office.frames($0).isEmpty }.map { try office.code($0) }
        #expect(refused.count == 100 - Store::Limits.waitingPasswords)
        #expect(refused.allSatisfy { $0 == .overloaded })
        let first = calls[0..<5].filter { !office.frames($0).isEmpty }
        #expect(first.count == 5 - Store::Limits.waitingPasswordsOfConnection)
        office.finishAll()
        #expect(calls.allSatisfy { office.frames($0).count == 1 })
    }
}
