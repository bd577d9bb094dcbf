import MVCC
import Testing
import Units
import Wire

@testable import Store

/// An office where rights are asked for: session 1 is root's, each user gets a session of its own.
struct Guarded {
    let office: Office
    private var sessions: [String: UInt64] = [:]

    init() throws {
        try self.init(Office())
        office.lead()
        try prepare()
        try enable()
    }

    init(_ office: Office) throws { self.office = office }

    /// Root is there, with a password.
    func prepare() throws {
        let _: UserResponse = try office.answer(
            .userAdd, UserAddRequest(name: "root", password: "r").encoded)
        let _: UserResponse = try office.answer(
            .userGrantRole, UserGrantRoleRequest(name: "root", role: "root").encoded)
        let _: AuthenticateResponse = try office.answer(
            .authenticate, AuthenticateRequest(user: "root", password: "r").encoded)
    }

    func enable() throws {
        let status: AuthStatusResponse = try office.answer(.authEnable, [])
        #expect(status.enabled)
    }

    /// A user with a role of its own that permits this.
    func add(_ user: String, _ permissions: [Permission]) throws {
        let _: UserResponse = try office.answer(
            .userAdd, UserAddRequest(name: user, password: user).encoded)
        let _: RoleResponse = try office.answer(.roleAdd, RoleAddRequest(name: user).encoded)
        for permission in permissions { try grant(user, permission) }
        let _: UserResponse = try office.answer(
            .userGrantRole, UserGrantRoleRequest(name: user, role: user).encoded)
    }

    func grant(_ role: String, _ permission: Permission) throws {
        let _: RoleResponse = try office.answer(
            .roleGrant, RoleGrantRequest(name: role, permission: permission).encoded)
    }

    func revoke(_ role: String, _ permission: Permission) throws {
        let _: RoleResponse = try office.answer(
            .roleRevoke, RoleRevokeRequest(name: role, permission: permission).encoded)
    }

    /// A connection of the user, signed in.
    mutating func session(_ user: String) throws -> UInt64 {
        if let known = sessions[user] { return known }
        let session = UInt64(100 + sessions.count)
        sessions[user] = session
        office.open(session)
        let call = office.ask(
            .authenticate, AuthenticateRequest(user: user, password: user).encoded,
            session: session)
        office.finishAll()
        #expect(office.types(call) == [.response])
        return session
    }

    /// What comes of a request: `.none` when it is done.
    mutating func outcome(
        _ user: String, _ method: Wire::Method, _ body: some WireMessage
    ) throws -> ErrorCode {
        let call = office.ask(method, body.encoded, session: try session(user))
        office.finishAll()
        let last = try #require(office.frames(call).last)
        return last.type == .error ? try office.code(call) : .none
    }

    /// The same of a connection that says nothing of itself.
    func outcome(anonymous method: Wire::Method, _ body: some WireMessage) throws -> ErrorCode {
        office.open(99)
        let call = office.ask(method, body.encoded, session: 99)
        office.finishAll()
        let last = try #require(office.frames(call).last)
        return last.type == .error ? try office.code(call) : .none
    }
}

func keys(_ mode: PermissionMode, _ key: String, to end: String? = nil) -> Permission {
    Permission(
        space: .keys, mode: mode, key: Array(key.utf8), rangeEnd: end.map { Array($0.utf8) } ?? [])
}

func right(_ right: ClusterRight) -> Permission { Permission(space: .cluster, right: right) }

func get(_ key: String, to end: String? = nil) -> RangeRequest {
    RangeRequest(
        key: Array(key.utf8), rangeEnd: end.map { Array($0.utf8) } ?? [], serializable: true)
}

func put(_ key: String, lease: Int64 = 0, previous: Bool = false) -> PutRequest {
    PutRequest(key: Array(key.utf8), value: [1], lease: lease, previous: previous)
}

func delete(_ key: String, to end: String? = nil, previous: Bool = false) -> DeleteRangeRequest {
    DeleteRangeRequest(
        key: Array(key.utf8), rangeEnd: end.map { Array($0.utf8) } ?? [], previous: previous)
}
