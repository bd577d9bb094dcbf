internal import MVCC
internal import Units
internal import Wire

/// Commands that change roles and what they permit.
extension Store {
    mutating func addRole(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let request = try RoleAddRequest(request: body)
        guard request.name != Access.root, mvcc.role(request.name) == nil else {
            throw Refusal(.roleExists, "role '\(request.name)' exists already")
        }
        guard access.record.roles < Limits.roles else {
            throw .invalid("there are \(Limits.roles) roles, the most there may be")
        }
        mvcc.set(role: request.name, RoleRecord())
        access.change(&mvcc) { $0.roles += 1 }
        if answer { answerRole(request.name, RoleRecord()) }
    }

    mutating func deleteRole(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let request = try RoleDeleteRequest(request: body)
        _ = try changeable(role: request.name)
        mvcc.set(role: request.name, nil)
        for name in mvcc.names(on: .user) {
            guard var user = mvcc.user(name), user.roles.contains(request.name) else { continue }
            user.roles.removeAll { $0 == request.name }
            mvcc.set(user: name, user)
        }
        access.change(&mvcc) { $0.roles -= 1 }
        if answer { answerTo(roles: ()).encode(into: &effects.bytes) }
    }

    mutating func grantPermission(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let request = try RoleGrantRequest(request: body)
        var record = try changeable(role: request.name)
        let permission = try Access.checked(request.permission)
        record.permissions.removeAll { $0.isOfSame(as: permission) }
        guard record.permissions.count < Limits.permissionsOfRole else {
            throw .invalid(
                "role '\(request.name)' has \(Limits.permissionsOfRole) permissions, the most")
        }
        let place =
            record.permissions.firstIndex { permission.precedes($0) } ?? record.permissions.count
        record.permissions.insert(permission, at: place)
        change(request.name, record, answer)
    }

    mutating func revokePermission(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let request = try RoleRevokeRequest(request: body)
        var record = try changeable(role: request.name)
        let permission = try Access.checked(request.permission)
        guard record.permissions.contains(where: { $0.isOfSame(as: permission) }) else {
            throw .invalid(
                "role '\(request.name)' has no permission of just this range; look at it with "
                    + "'martlet store role get \(request.name)'")
        }
        record.permissions.removeAll { $0.isOfSame(as: permission) }
        change(request.name, record, answer)
    }

    private mutating func change(_ name: String, _ record: RoleRecord, _ answer: Bool) {
        if mvcc.role(name) != record {
            mvcc.set(role: name, record)
            access.change(&mvcc)
        }
        if answer { answerRole(name, record) }
    }

    private func changeable(role name: String) throws(Refusal) -> RoleRecord {
        guard name != Access.root else {
            throw .invalid("the role 'root' permits everything and is not changed")
        }
        return try existing(role: name)
    }

    func existing(role name: String) throws(Refusal) -> RoleRecord {
        guard let record = mvcc.role(name) else {
            throw Refusal(.roleNotFound, "there is no role '\(name)'")
        }
        return record
    }

    // MARK: Answers

    func answerTo(role name: String, _ record: RoleRecord) -> RoleResponse {
        RoleResponse(header: header, name: name, permissions: record.permissions)
    }

    func answerTo(roles: Void) -> RoleListResponse {
        let names = (mvcc.names(on: .role) + [Access.root]).sorted(by: Access.precedes)
        return RoleListResponse(header: header, names: names)
    }

    private mutating func answerRole(_ name: String, _ record: RoleRecord) {
        answerTo(role: name, record).encode(into: &effects.bytes)
    }
}

extension Access {
    /// A permission that can be, with nothing in it that does not count.
    static func checked(_ permission: Permission?) throws(Refusal) -> Permission {
        guard let permission else { throw .invalid("which permission? It is missing") }
        switch permission.space {
        case .keys, .treePaths:
            if case .unrecognized(let mode) = permission.mode {
                throw .invalid("\(mode) is no mode of a permission")
            }
            _ = try KeyRange(permission.key, permission.rangeEnd)
            return Permission(
                space: permission.space, mode: permission.mode, key: permission.key,
                rangeEnd: permission.rangeEnd)
        case .cluster:
            switch permission.right {
            case .inspect, .members, .upkeep, .backups:
                return Permission(space: .cluster, right: permission.right)
            case .noRight, .unrecognized:
                throw .invalid("\(permission.right.rawValue) is no right over the cluster")
            }
        case .unrecognized(let space): throw .invalid("\(space) is no space of permissions")
        }
    }
}

extension Permission {
    /// All but the mode.
    fileprivate func isOfSame(as other: Permission) -> Bool {
        space == other.space && right == other.right && key == other.key
            && rangeEnd == other.rangeEnd
    }

    fileprivate func precedes(_ other: Permission) -> Bool {
        if space != other.space { return space.rawValue < other.space.rawValue }
        if right != other.right { return right.rawValue < other.right.rawValue }
        let order = key.span.compared(to: other.key.span)
        return order == 0 ? rangeEnd.span.compared(to: other.rangeEnd.span) < 0 : order < 0
    }
}
