package import Wire

/// Users, roles, quotas. Each `then` is called once, in a later turn.
extension Client {
    /// Turns access control on or off.
    @discardableResult
    package func enableAccess(
        _ isOn: Bool, _ patience: Patience = .init(), then: @escaping Then<AuthStatusResponse>
    ) -> Errand {
        if isOn {
            return call(.authEnable, .repeatable, AuthEnableRequest(), patience, then)
        }
        return call(.authDisable, .repeatable, AuthDisableRequest(), patience, then)
    }

    @discardableResult
    package func accessStatus(
        _ patience: Patience = .init(), then: @escaping Then<AuthStatusResponse>
    ) -> Errand {
        read(.authStatus, AuthStatusRequest(), patience, then)
    }

    // MARK: Users

    @discardableResult
    package func addUser(
        _ request: UserAddRequest, _ patience: Patience = .init(),
        then: @escaping Then<UserResponse>
    ) -> Errand {
        write(.userAdd, request, patience, then)
    }

    @discardableResult
    package func user(
        _ request: UserGetRequest, _ patience: Patience = .init(),
        then: @escaping Then<UserResponse>
    ) -> Errand {
        read(.userGet, request, patience, then)
    }

    @discardableResult
    package func users(
        _ patience: Patience = .init(), then: @escaping Then<UserListResponse>
    ) -> Errand {
        read(.userList, UserListRequest(), patience, then)
    }

    @discardableResult
    package func deleteUser(
        _ request: UserDeleteRequest, _ patience: Patience = .init(),
        then: @escaping Then<UserListResponse>
    ) -> Errand {
        write(.userDelete, request, patience, then)
    }

    @discardableResult
    package func setPassword(
        _ request: UserPasswordRequest, _ patience: Patience = .init(),
        then: @escaping Then<UserResponse>
    ) -> Errand {
        write(.userPassword, request, patience, then)
    }

    @discardableResult
    package func grantRole(
        _ request: UserGrantRoleRequest, _ patience: Patience = .init(),
        then: @escaping Then<UserResponse>
    ) -> Errand {
        call(.userGrantRole, .repeatable, request, patience, then)
    }

    @discardableResult
    package func revokeRole(
        _ request: UserRevokeRoleRequest, _ patience: Patience = .init(),
        then: @escaping Then<UserResponse>
    ) -> Errand {
        call(.userRevokeRole, .repeatable, request, patience, then)
    }

    // MARK: Roles

    @discardableResult
    package func addRole(
        _ request: RoleAddRequest, _ patience: Patience = .init(),
        then: @escaping Then<RoleResponse>
    ) -> Errand {
        write(.roleAdd, request, patience, then)
    }

    @discardableResult
    package func role(
        _ request: RoleGetRequest, _ patience: Patience = .init(),
        then: @escaping Then<RoleResponse>
    ) -> Errand {
        read(.roleGet, request, patience, then)
    }

    @discardableResult
    package func roles(
        _ patience: Patience = .init(), then: @escaping Then<RoleListResponse>
    ) -> Errand {
        read(.roleList, RoleListRequest(), patience, then)
    }

    @discardableResult
    package func deleteRole(
        _ request: RoleDeleteRequest, _ patience: Patience = .init(),
        then: @escaping Then<RoleListResponse>
    ) -> Errand {
        write(.roleDelete, request, patience, then)
    }

    @discardableResult
    package func grantPermission(
        _ request: RoleGrantRequest, _ patience: Patience = .init(),
        then: @escaping Then<RoleResponse>
    ) -> Errand {
        call(.roleGrant, .repeatable, request, patience, then)
    }

    @discardableResult
    package func revokePermission(
        _ request: RoleRevokeRequest, _ patience: Patience = .init(),
        then: @escaping Then<RoleResponse>
    ) -> Errand {
        write(.roleRevoke, request, patience, then)
    }

    // MARK: Quotas

    @discardableResult
    package func setQuota(
        _ request: QuotaSetRequest, _ patience: Patience = .init(),
        then: @escaping Then<QuotaListResponse>
    ) -> Errand {
        call(.quotaSet, .repeatable, request, patience, then)
    }

    @discardableResult
    package func quotas(
        _ patience: Patience = .init(), then: @escaping Then<QuotaListResponse>
    ) -> Errand {
        read(.quotaList, QuotaListRequest(), patience, then)
    }
}
