internal import MVCC
internal import Units
package import Wire

/// Which deeds of clients are told, one line each.
package enum AuditLevel: String, CaseIterable, Sendable {
    case none
    /// What changes the cluster, users, roles and quotas; who signs in; and what of it is refused.
    case admin
    /// Also every write of a key.
    case all
}

/// One deed of a client.
package struct AuditLine: Equatable, Sendable {
    package var session: SessionID
    /// Empty for nobody.
    package var user: String
    package var method: UInt32
    /// What it was done to: keys, never values.
    package var subject: String
    /// `.none` when it was done.
    package var outcome: ErrorCode
}

enum Audit {
    private enum Kind { case looking, writing, administrative }

    static func isWanted(_ method: UInt32, _ level: AuditLevel) -> Bool {
        switch (level, kind(of: method)) {
        case (.none, _), (_, .looking): false
        case (.all, _), (.admin, .administrative): true
        case (.admin, .writing): false
        }
    }

    private static func kind(of method: UInt32) -> Kind {
        switch Method(rawValue: Int32(truncatingIfNeeded: method)) {
        case .put, .deleteRange, .txn, .leaseGrant, .leaseRevoke, .sessionOpen, .sessionClose,
            .once, .lock, .unlock, .campaign, .proclaim, .resign, .tree:
            .writing
        case .compact, .memberAdd, .memberRemove, .memberPromote, .memberUpdate, .memberReplace,
            .moveLeader, .authenticate, .authEnable, .authDisable, .userAdd, .userDelete,
            .userPassword, .userGrantRole, .userRevokeRole, .roleAdd, .roleDelete, .roleGrant,
            .roleRevoke, .quotaSet, .alarms, .clusterVersion, .scrub, .backup, .recording:
            .administrative
        case .range, .watch, .watchProgress, .leaseKeepAlive, .leaseKeepAliveMany,
            .leaseTimeToLive, .leaseList, .status, .memberList, .electionLeader, .electionObserve,
            .treeWatch, .treeStatistics, .authStatus, .userGet, .userList, .roleGet, .roleList,
            .quotaList, .digest, .metrics, .slowOperations, .none, .peer, .unrecognized:
            .looking
        }
    }

    /// What a request is about, in words; empty when that cannot be said.
    static func subject(_ method: UInt32, _ body: Bytes) -> String {
        do throws(Refusal) {
            if let words = try named(method, body) { return words }
            return keys(try Needs.of(method, body))
        } catch {
            return ""
        }
    }

    private static func keys(_ needs: [Need]) -> String {
        let words = needs.compactMap { need -> String? in
            switch need {
            case .keys, .paths, .listing, .lease: need.words
            case .nothing, .user, .own, .bearer, .right, .root: nil
            }
        }
        let more = words.count - Limits.auditedKeys
        return words.prefix(Limits.auditedKeys).joined(separator: ", ")
            + (more > 0 ? " and \(more) more" : "")
    }

    private static func named(_ method: UInt32, _ body: Bytes) throws(Refusal) -> String? {
        switch Method(rawValue: Int32(truncatingIfNeeded: method)) {
        case .authenticate: return "user '\(try AuthenticateRequest(request: body).user)'"
        case .userAdd: return "user '\(try UserAddRequest(request: body).name)'"
        case .userDelete: return "user '\(try UserDeleteRequest(request: body).name)'"
        case .userPassword: return "user '\(try UserPasswordRequest(request: body).name)'"
        case .userGrantRole:
            let request = try UserGrantRoleRequest(request: body)
            return "role '\(request.role)' to user '\(request.name)'"
        case .userRevokeRole:
            let request = try UserRevokeRoleRequest(request: body)
            return "role '\(request.role)' from user '\(request.name)'"
        case .roleAdd: return "role '\(try RoleAddRequest(request: body).name)'"
        case .roleDelete: return "role '\(try RoleDeleteRequest(request: body).name)'"
        case .roleGrant:
            let request = try RoleGrantRequest(request: body)
            return "role '\(request.name)'\(words(request.permission))"
        case .roleRevoke:
            let request = try RoleRevokeRequest(request: body)
            return "role '\(request.name)'\(words(request.permission))"
        default: return nil
        }
    }

    private static func words(_ permission: Permission?) -> String {
        guard let permission else { return "" }
        guard let range = permission.range else { return ": \(permission.right)" }
        return ": \(permission.mode) "
            + range.words(of: permission.space == .keys ? "key" : "path")
    }
}

extension Store {
    /// Tells of a deed, if such are told.
    mutating func audit(
        _ session: SessionID, _ method: UInt32, _ body: Bytes, _ outcome: ErrorCode,
        user: String? = nil
    ) {
        guard Audit.isWanted(method, settings.audit) else { return }
        guard effects.audit.count < Limits.auditLines else {
            effects.auditSkipped += 1
            return
        }
        effects.audit.append(
            AuditLine(
                session: session, user: user ?? self.user(of: session) ?? "", method: method,
                subject: Audit.subject(method, body), outcome: outcome))
    }

    /// The same of a command as it stood in the log.
    mutating func audit(
        applied method: UInt32, _ body: Bytes, _ session: SessionID, _ outcome: ErrorCode
    ) {
        guard settings.audit != .none else { return }
        guard method == InternalMethod.onBehalf, let command = OnBehalf(body) else {
            return audit(session, method, body, outcome)
        }
        audit(
            session, command.method, body.extracting(command.body), outcome, user: command.user)
    }
}
