internal import MVCC
internal import Units
internal import Wire

/// Commands that change users: each looks first and writes afterwards.
extension Store {
    mutating func addUser(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let request = try UserAddRequest(request: body)
        guard mvcc.user(request.name) == nil else {
            throw Refusal(.userExists, "user '\(request.name)' exists already")
        }
        guard access.record.users < Limits.users else {
            throw .invalid("there are \(Limits.users) users, the most there may be")
        }
        let record = UserRecord(verifier: request.verifier, credentials: access.revision + 1)
        mvcc.set(user: request.name, record)
        access.change(&mvcc) { $0.users += 1 }
        if answer { answerUser(request.name, record) }
    }

    mutating func setPassword(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let request = try UserPasswordRequest(request: body)
        var record = try existing(user: request.name)
        record.verifier = request.verifier
        record.credentials = access.revision + 1
        try change(request.name, record, answer)
    }

    mutating func deleteUser(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let request = try UserDeleteRequest(request: body)
        _ = try existing(user: request.name)
        try keepRoot(request.name, because: "user 'root' cannot be deleted")
        mvcc.set(user: request.name, nil)
        access.change(&mvcc) { $0.users -= 1 }
        if answer { answerUsers() }
    }

    mutating func grantRole(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let request = try UserGrantRoleRequest(request: body)
        var record = try existing(user: request.name)
        if request.role != Access.root { _ = try existing(role: request.role) }
        if !record.roles.contains(request.role) {
            guard record.roles.count < Limits.rolesOfUser else {
                throw .invalid("user '\(request.name)' has \(Limits.rolesOfUser) roles, the most")
            }
            record.roles = (record.roles + [request.role]).sorted(by: Access.precedes)
        }
        try change(request.name, record, answer)
    }

    mutating func revokeRole(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let request = try UserRevokeRoleRequest(request: body)
        var record = try existing(user: request.name)
        if request.role == Access.root {
            try keepRoot(request.name, because: "user 'root' must keep the role 'root'")
        }
        record.roles.removeAll { $0 == request.role }
        try change(request.name, record, answer)
    }

    private mutating func change(
        _ name: String, _ record: UserRecord, _ answer: Bool
    ) throws(Refusal) {
        if mvcc.user(name) != record {
            mvcc.set(user: name, record)
            access.change(&mvcc)
        }
        if answer { answerUser(name, record) }
    }

    /// While rights are asked for, somebody must be left who can give them.
    private func keepRoot(_ user: String, because words: String) throws(Refusal) {
        guard access.isEnabled, user == Access.root else { return }
        throw .invalid("\(words) while access control is on; disable it first")
    }

    func existing(user name: String) throws(Refusal) -> UserRecord {
        guard let record = mvcc.user(name) else {
            throw Refusal(.userNotFound, "there is no user '\(name)'")
        }
        return record
    }

    // MARK: Answers

    func answerTo(user name: String, _ record: UserRecord) -> UserResponse {
        UserResponse(
            header: header, name: name, roles: record.roles, hasPassword: !record.verifier.isEmpty)
    }

    private mutating func answerUser(_ name: String, _ record: UserRecord) {
        answerTo(user: name, record).encode(into: &effects.bytes)
    }

    private mutating func answerUsers() {
        UserListResponse(header: header, names: mvcc.names(on: .user)).encode(into: &effects.bytes)
    }
}

// The switch.
extension Store {
    mutating func enableAccess(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        _ = try AuthEnableRequest(request: body)
        guard let user = mvcc.user(Access.root), user.roles.contains(Access.root) else {
            throw .invalid(
                "there is no user 'root' with the role 'root'; add it first, or nobody could ever "
                    + "change anything")
        }
        if !access.isEnabled { access.change(&mvcc) { $0.enabled = true } }
        if answer { answerStatus(caller: carrying?.user ?? "") }
    }

    mutating func disableAccess(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        _ = try AuthDisableRequest(request: body)
        if access.isEnabled { access.change(&mvcc) { $0.enabled = false } }
        if answer { answerStatus(caller: carrying?.user ?? "") }
    }

    mutating func answerStatus(caller: String) {
        AuthStatusResponse(
            header: header, enabled: access.isEnabled, accessRevision: access.revision,
            caller: caller, users: access.record.users, roles: access.record.roles
        ).encode(into: &effects.bytes)
    }
}

extension Access {
    /// The order of bytes, the same everywhere.
    static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    /// Names that people can tell apart and terminals can show.
    static func check(name: String, of what: String) throws(Refusal) {
        guard !name.isEmpty, name.utf8.count <= Limits.name,
            !name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
        else {
            throw .invalid(
                "the name of a \(what) has 1 to \(Limits.name) bytes and no control characters")
        }
    }
}
