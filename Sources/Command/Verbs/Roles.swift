package import ArgumentParser
internal import Client
internal import Wire

package struct RoleAddVerb: Verb {
    package static let examples = [
        Example("A role that permits nothing yet", "martlet store role add reader")
    ]
    package static var configuration: CommandConfiguration { entry("add", "Add a role.") }

    @Argument(help: "Its name.") package var name: String
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let answer: RoleResponse = try session.ask("add role '\(name)'") {
            $0.addRole(RoleAddRequest(name: name), session.patience, then: $1)
        }
        session.print(Rendering.json(answer), or: "role '\(name)' is added; it permits nothing yet")
    }
}

package struct RoleGetVerb: Verb {
    package static let examples = [Example("What it permits", "martlet store role get reader")]
    package static var configuration: CommandConfiguration { entry("get", "Show a role.") }

    @Argument(help: "Its name.") package var name: String
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let answer: RoleResponse = try session.ask("look at role '\(name)'") {
            $0.role(RoleGetRequest(name: name), session.patience, then: $1)
        }
        session.print(Rendering.json(answer), or: Rendering.words(answer))
    }
}

package struct RoleListVerb: Verb {
    package static let examples = [Example("All roles", "martlet store role list")]
    package static var configuration: CommandConfiguration { entry("list", "List the roles.") }

    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let answer: RoleListResponse = try session.ask("list the roles") {
            $0.roles(session.patience, then: $1)
        }
        session.print(names: answer.names, as: "roles")
    }
}

package struct RoleDeleteVerb: Verb {
    package static let examples = [
        Example("Who had it loses it", "martlet store role delete reader --yes")
    ]
    package static var configuration: CommandConfiguration {
        entry("delete", "Delete a role, and take it from all who have it.")
    }

    @Argument(help: "Its name.") package var name: String
    @Flag(help: "Do not ask.") package var yes = false
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        try session.confirm(yes, "delete role '\(name)'")
        let _: RoleListResponse = try session.ask("delete role '\(name)'") {
            $0.deleteRole(RoleDeleteRequest(name: name), session.patience, then: $1)
        }
        session.print(
            Rendering.object([("deleted", .string(name))]), or: "role '\(name)' is deleted")
    }
}

package struct RoleGrantVerb: Verb {
    package static let examples = [
        Example("Keys by prefix", "martlet store role grant reader read --prefix app/"),
        Example("From here to there", "martlet store role grant clerk readwrite a/ b/"),
        Example("Paths of the tree", "martlet store role grant clerk write /app --prefix --tree"),
        Example("A right over the cluster", "martlet store role grant guard --right inspect"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "grant", "Let a role permit something.",
            more: "Rights over the cluster: inspect (look at members, leases, metrics), members "
                + "(change them), upkeep (compaction, alarms, scrubbing), backups.")
    }

    @Argument(help: "The role's name.") package var name: String
    @OptionGroup package var words: PermissionWords
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let request = RoleGrantRequest(name: name, permission: try words.permission())
        let answer: RoleResponse = try session.ask("grant that to role '\(name)'") {
            $0.grantPermission(request, session.patience, then: $1)
        }
        session.print(Rendering.json(answer), or: Rendering.words(answer))
    }
}

package struct RoleRevokeVerb: Verb {
    package static let examples = [
        Example("No longer", "martlet store role revoke reader read --prefix app/")
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "revoke", "Take a permission back from a role.",
            more: "The range must be the one that was granted; the mode does not matter.")
    }

    @Argument(help: "The role's name.") package var name: String
    @OptionGroup package var words: PermissionWords
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let request = RoleRevokeRequest(name: name, permission: try words.permission())
        let answer: RoleResponse = try session.ask("revoke that from role '\(name)'") {
            $0.revokePermission(request, session.patience, then: $1)
        }
        session.print(Rendering.json(answer), or: Rendering.words(answer))
    }
}

// MARK: quota

package struct QuotaSetVerb: Verb {
    package static let examples = [
        Example("64 MiB under a prefix", "martlet store quota set --prefix app/ --bytes 67108864"),
        Example("1,000 keys of one user", "martlet store quota set --for bob --keys 1000"),
        Example("No limit any more", "martlet store quota set --prefix app/ --none"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "set", "Limit what is kept under a prefix or by a user.",
            more:
                "Counted are the newest pairs: bytes of key and value. A user's quota counts what "
                + "it writes from now on.")
    }

    @Option(help: "All keys that begin with this.") package var prefix: String?
    @Option(name: .customLong("for"), help: "What this user writes.") package var owner: String?
    @Option(help: "At most so many bytes.") package var bytes: Int64?
    @Option(help: "At most so many keys.") package var keys: Int64?
    @Flag(help: "Take the limits away.") package var none = false
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        guard (prefix == nil) != (owner == nil) else {
            throw .misused("a quota is for --prefix or --for a user: give one of them")
        }
        guard none == (bytes == nil && keys == nil), bytes ?? 1 > 0, keys ?? 1 > 0 else {
            throw .misused("how much? Give --bytes, --keys (above 0), or --none")
        }
        let quota = Quota(
            user: owner ?? "", prefix: Array((prefix ?? "").utf8), bytes: bytes ?? 0,
            keys: keys ?? 0)
        let answer: QuotaListResponse = try session.ask("set the quota") {
            $0.setQuota(QuotaSetRequest(quota: quota), session.patience, then: $1)
        }
        session.print(Rendering.json(answer), or: Rendering.words(answer))
    }
}

package struct QuotaListVerb: Verb {
    package static let examples = [
        Example("Limits, and what is used of them", "martlet store quota list")
    ]
    package static var configuration: CommandConfiguration { entry("list", "List the quotas.") }

    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let answer: QuotaListResponse = try session.ask("list the quotas") {
            $0.quotas(session.patience, then: $1)
        }
        session.print(Rendering.json(answer), or: Rendering.words(answer))
    }
}
