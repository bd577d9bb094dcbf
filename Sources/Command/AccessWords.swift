package import ArgumentParser
internal import Client
package import Wire

/// Where a new password comes from.
package struct NewPassword: ParsableArguments {
    @Flag(name: .customLong("no-password"), help: "Without: by certificate or unix socket only.")
    package var none = false

    @Option(
        name: .customLong("new-password-file"),
        help: ArgumentHelp("The password is the first line of this file.", valueName: "file"))
    package var file: String?

    package init() {}

    /// Nil for none.
    package func ask(
        _ session: Session, _ name: String, _ given: String?
    ) throws(Complaint) -> String? {
        guard [none, file != nil, given != nil].count(where: { $0 }) <= 1 else {
            throw .misused(
                "--no-password, --new-password-file and a password after the name exclude one "
                    + "another: give one of them")
        }
        if none { return nil }
        if let given { return given }
        if let file { return try Password.line(of: file) }
        return try session.newPassword(of: name)
    }

    /// Name and password from `name:password`.
    package static func split(_ text: String) -> (name: String, password: String?) {
        guard let colon = text.firstIndex(of: ":") else { return (text, nil) }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }
}

/// What a role is to permit.
package struct PermissionWords: ParsableArguments {
    package enum Mode: String, ExpressibleByArgument, CaseIterable, Sendable {
        case read, write, readwrite
    }

    package enum Right: String, ExpressibleByArgument, CaseIterable, Sendable {
        case inspect, members, upkeep, backups
    }

    @Argument(help: "read, write or readwrite.")
    package var mode: Mode?

    @OptionGroup package var selection: Selection
    @OptionGroup package var notation: Notation

    @Flag(help: "Paths of the directory tree, not keys.")
    package var tree = false

    @Option(help: "Instead: a right over the cluster: inspect, members, upkeep or backups.")
    package var right: Right?

    package init() {}

    package func permission() throws(Complaint) -> Permission {
        guard let right else { return try range() }
        guard mode == nil, selection.key == nil, !selection.all, !tree else {
            throw .misused("--right stands alone, without keys")
        }
        return Permission(space: .cluster, right: PermissionWords.right(right))
    }

    private func range() throws(Complaint) -> Permission {
        guard let mode else { throw .misused("what may be done? Say read, write or readwrite") }
        let interval = try selection.interval(notation)
        let modes: [Mode: PermissionMode] = [.read: .read, .write: .write, .readwrite: .readWrite]
        return Permission(
            space: tree ? .treePaths : .keys, mode: modes[mode]!, key: interval.key,
            rangeEnd: interval.end)
    }

    private static func right(_ right: Right) -> ClusterRight {
        switch right {
        case .inspect: .inspect
        case .members: .members
        case .upkeep: .upkeep
        case .backups: .backups
        }
    }
}

/// Passwords that are read.
enum Password {
    /// The first line of a file.
    static func line(of path: String) throws(Complaint) -> String {
        let bytes = try Descriptor.readAll(path: path)
        let line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
        guard !line.isEmpty else { throw .failed("'\(path)' holds no password in its first line") }
        return String(decoding: line, as: UTF8.self)
    }
}

extension Session {
    /// Who is asking, if anybody is named: `--user`, else `MARTLET_USER`.
    func credentials() throws(Complaint) -> Credentials? {
        guard let text = reach.user ?? variable("MARTLET_USER"), !text.isEmpty else { return nil }
        let (user, given) = NewPassword.split(text)
        guard !user.isEmpty else { throw .misused("--user has no name before the colon") }
        if let given { return Credentials(user: user, password: given) }
        if let file = reach.passwordFile ?? variable("MARTLET_PASSWORD_FILE") {
            return Credentials(user: user, password: try Password.line(of: file))
        }
        guard terminal.canAsk else {
            throw .misused(
                "which password has user '\(user)'? Give --password-file, or --user "
                    + "\(user):PASSWORD, or use a terminal")
        }
        return Credentials(user: user, password: terminal.ask(secret: "password of '\(user)': "))
    }

    func newPassword(of user: String) throws(Complaint) -> String {
        guard terminal.canAsk else {
            throw .misused(
                "which password is '\(user)' to have? Give --new-password-file or --no-password, "
                    + "or use a terminal")
        }
        let first = terminal.ask(secret: "new password of '\(user)': ")
        guard !first.isEmpty else { throw .failed("the password is empty: nothing was changed") }
        guard terminal.ask(secret: "the same again: ") == first else {
            throw .failed("the two passwords differ: nothing was changed")
        }
        return first
    }

    /// Plain lines, or a list in JSON.
    func print(names: [String], as title: String) {
        if isJSON {
            return print(Rendering.object([(title, .array(names.map { .string($0) }))]))
        }
        for name in names { terminal.print(name) }
    }
}

extension Rendering {
    package static func json(_ answer: AuthStatusResponse) -> JSON {
        object([
            ("enabled", .bool(answer.enabled)),
            ("caller", answer.caller.isEmpty ? .null : .string(answer.caller)),
            ("access_revision", .integer(answer.accessRevision)),
            ("users", .integer(answer.users)), ("roles", .integer(answer.roles)),
        ])
    }

    package static func words(_ answer: AuthStatusResponse) -> String {
        let caller = answer.caller.isEmpty ? "nobody" : "user '\(answer.caller)'"
        return "access control is \(answer.enabled ? "on" : "off"); you are \(caller); "
            + "\(Spelling.count(answer.users, "user")), \(Spelling.count(answer.roles, "role"))"
    }

    package static func json(_ answer: UserResponse) -> JSON {
        object([
            ("user", .string(answer.name)), ("roles", .array(answer.roles.map { .string($0) })),
            ("has_password", .bool(answer.hasPassword)),
        ])
    }

    package static func words(_ answer: UserResponse) -> String {
        let roles = answer.roles.isEmpty ? "none" : answer.roles.joined(separator: ", ")
        return "user '\(answer.name)'\(answer.hasPassword ? "" : ", without a password"); "
            + "roles: \(roles)"
    }

    package static func json(_ answer: RoleResponse) -> JSON {
        object([
            ("role", .string(answer.name)),
            ("permissions", .array(answer.permissions.map { json($0) })),
        ])
    }

    private static func json(_ permission: Permission) -> JSON {
        if permission.space == .cluster {
            return object([("right", .string("\(permission.right)"))])
        }
        var members: [(String, JSON)] = [
            ("space", .string(permission.space == .keys ? "keys" : "tree")),
            ("mode", .string(mode(permission))), bytes("key", permission.key),
        ]
        if !permission.rangeEnd.isEmpty { members.append(bytes("range_end", permission.rangeEnd)) }
        return object(members)
    }

    private static func mode(_ permission: Permission) -> String {
        permission.mode == .readWrite ? "readwrite" : "\(permission.mode)"
    }

    package static func words(_ answer: RoleResponse) -> String {
        let lines = answer.permissions.map { "\n  \(words($0))" }.joined()
        return "role '\(answer.name)' permits" + (lines.isEmpty ? " nothing" : lines)
    }

    private static func words(_ permission: Permission) -> String {
        if permission.space == .cluster { return "\(permission.right)" }
        let interval = Interval(key: permission.key, end: permission.rangeEnd).description
        return "\(mode(permission)) "
            + (permission.space == .keys ? interval : interval.replacing("key", with: "path"))
    }

    package static func json(_ answer: QuotaListResponse) -> JSON {
        object([("quotas", .array(answer.quotas.map { json($0) }))])
    }

    private static func json(_ quota: Quota) -> JSON {
        object([
            quota.user.isEmpty ? bytes("prefix", quota.prefix) : ("user", .string(quota.user)),
            ("bytes", .integer(quota.bytes)), ("keys", .integer(quota.keys)),
            ("used_bytes", .integer(quota.usedBytes)), ("used_keys", .integer(quota.usedKeys)),
        ])
    }

    package static func words(_ answer: QuotaListResponse) -> String {
        if answer.quotas.isEmpty { return "there are no quotas" }
        return answer.quotas.map(words).joined(separator: "\n")
    }

    private static func words(_ quota: Quota) -> String {
        let whose =
            quota.user.isEmpty
            ? "prefix \(Spelling.quoted(quota.prefix))" : "user '\(quota.user)'"
        let bytes = part(Spelling.size(quota.usedBytes), quota.bytes, Spelling.size(quota.bytes))
        let keys = part(Spelling.count(quota.usedKeys), quota.keys, Spelling.count(quota.keys))
        return "\(whose): \(bytes), \(keys) keys"
    }

    private static func part(_ used: String, _ limit: Int64, _ words: String) -> String {
        limit == 0 ? used : "\(used) of \(words)"
    }
}
