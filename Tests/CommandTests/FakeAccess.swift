import Wire

/// Users, roles and quotas of the fake store: enough to show what the CLI prints.
struct FakeAccess {
    enum Answer {
        case success([UInt8])
        case failure(WireError)
    }

    var isEnabled = false
    private var users: [String: [String]] = ["root": ["root"]]
    private var roles: [String: [Permission]] = [:]
    private var quotas: [Quota] = []
    private var signedIn = ""

    /// The answer, or nil when the method is about something else.
    mutating func answer(
        _ method: Wire::Method, _ body: [UInt8]
    ) throws -> Answer? {
        switch method {
        case .authenticate:
            let request = try AuthenticateRequest(decoding: body.span)
            guard request.password == "secret" else {
                return .failure(
                    WireError(code: .unauthenticated, message: "the name or the password is wrong"))
            }
            signedIn = request.user
            return .success(AuthenticateResponse(user: request.user).encoded)
        case .authEnable, .authDisable, .authStatus:
            if method != .authStatus { isEnabled = method == .authEnable }
            return .success(
                AuthStatusResponse(
                    enabled: isEnabled, accessRevision: 7, caller: signedIn,
                    users: Int64(users.count), roles: Int64(roles.count)
                ).encoded)
        case .userAdd, .userGet, .userPassword, .userGrantRole, .userRevokeRole, .userDelete,
            .userList:
            return try user(method, body)
        case .roleAdd, .roleGet, .roleGrant, .roleRevoke, .roleDelete, .roleList:
            return try role(method, body)
        case .quotaSet, .quotaList:
            if method == .quotaSet, let quota = try QuotaSetRequest(decoding: body.span).quota {
                quotas.removeAll { $0.user == quota.user && $0.prefix == quota.prefix }
                if quota.bytes + quota.keys > 0 { quotas.append(quota) }
            }
            return .success(QuotaListResponse(quotas: quotas).encoded)
        default: return nil
        }
    }

    private mutating func user(
        _ method: Wire::Method, _ body: [UInt8]
    ) throws -> Answer {
        var name = ""
        switch method {
        case .userList:
            return .success(UserListResponse(names: users.keys.sorted()).encoded)
        case .userAdd:
            name = try UserAddRequest(decoding: body.span).name
            users[name] = []
        case .userGrantRole:
            let request = try UserGrantRoleRequest(decoding: body.span)
            name = request.name
            users[name]?.append(request.role)
        case .userRevokeRole:
            let request = try UserRevokeRoleRequest(decoding: body.span)
            name = request.name
            users[name]?.removeAll { $0 == request.role }
        case .userPassword: name = try UserPasswordRequest(decoding: body.span).name
        case .userDelete: name = try UserDeleteRequest(decoding: body.span).name
        default: name = try UserGetRequest(decoding: body.span).name
        }
        guard let roles = users[name] else {
            return .failure(WireError(code: .userNotFound, message: "there is no user '\(name)'"))
        }
        if method == .userDelete { users[name] = nil }
        return .success(UserResponse(name: name, roles: roles, hasPassword: true).encoded)
    }

    private mutating func role(
        _ method: Wire::Method, _ body: [UInt8]
    ) throws -> Answer {
        var name = ""
        switch method {
        case .roleList:
            return .success(RoleListResponse(names: roles.keys.sorted()).encoded)
        case .roleAdd:
            name = try RoleAddRequest(decoding: body.span).name
            roles[name] = []
        case .roleGrant:
            let request = try RoleGrantRequest(decoding: body.span)
            name = request.name
            if let permission = request.permission { roles[name]?.append(permission) }
        case .roleRevoke:
            let request = try RoleRevokeRequest(decoding: body.span)
            name = request.name
            roles[name]?.removeAll { $0.key == request.permission?.key }
        case .roleDelete: name = try RoleDeleteRequest(decoding: body.span).name
        default: name = try RoleGetRequest(decoding: body.span).name
        }
        guard let permissions = roles[name] else {
            return .failure(WireError(code: .roleNotFound, message: "there is no role '\(name)'"))
        }
        if method == .roleDelete { roles[name] = nil }
        return .success(RoleResponse(name: name, permissions: permissions).encoded)
    }
}
