package import ArgumentParser

/// The root of the table.
package struct Martlet: ParsableCommand {
    package static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "martlet", abstract: "Looks after a Martlet cluster.",
            discussion: """
                Without --host it talks to the cluster that this machine belongs to.

                EXAMPLES:
                  # Is it well?
                  martlet status
                  # Write a key and read it back
                  martlet store put greeting hello
                  martlet store get greeting
                """,
            version: "martlet \(Command.version)",
            subcommands: [StatusVerb.self, StoreNoun.self, CertNoun.self])
    }

    /// Before the noun they mean the same as after the verb.
    @OptionGroup package var reach: Reach

    @Option(
        name: .customLong("generate-man-pages"),
        help: ArgumentHelp("Write the manual into this folder.", visibility: .hidden))
    package var manPages: String?

    package init() {}

    /// `martlet` without a noun.
    func perform(_ terminal: Terminal) throws(Complaint) {
        guard let folder = manPages else {
            throw .misused("say what to do: status, store or cert. Try 'martlet --help'")
        }
        for page in try Manual.pages() {
            let path = "\(folder)/\(page.name)"
            let descriptor = try Descriptor.create(path, mode: 0o644)
            defer { Descriptor.close(descriptor) }
            if let reason = Descriptor.write(Array(page.text.utf8), to: descriptor) {
                throw .failed("cannot write '\(path)': \(reason)")
            }
            terminal.print(path)
        }
    }
}

package struct StoreNoun: ParsableCommand {
    package static var configuration: CommandConfiguration {
        noun(
            "store", "Keys at revisions, leases, watches and the members that keep them.",
            [
                PutVerb.self, GetVerb.self, RangeVerb.self, DeleteVerb.self, TxnVerb.self,
                WatchVerb.self, ImportVerb.self, ExportVerb.self, CompactVerb.self,
                BackupVerb.self, RestoreVerb.self, VerifyVerb.self, ForceNewClusterVerb.self,
                LeaseNoun.self, LockVerb.self, ElectVerb.self, MemberNoun.self, LeaderNoun.self,
                AlarmNoun.self, DigestVerb.self, ScrubVerb.self, MetricsVerb.self, SlowVerb.self,
                TopVerb.self, RecordingVerb.self, AuthNoun.self, UserNoun.self, RoleNoun.self,
                QuotaNoun.self,
                MirrorVerb.self, CheckNoun.self, TreeNoun.self,
                VersionVerb.self,
            ])
    }
    @OptionGroup package var reach: Reach
    package init() {}
}

package struct LeaseNoun: ParsableCommand {
    package static var configuration: CommandConfiguration {
        noun(
            "lease", "Lives that keys can be tied to.",
            [
                LeaseGrantVerb.self, LeaseKeepAliveVerb.self, LeaseRevokeVerb.self,
                LeaseTimeToLiveVerb.self, LeaseListVerb.self,
            ])
    }
    @OptionGroup package var reach: Reach
    package init() {}
}

package struct MemberNoun: ParsableCommand {
    package static var configuration: CommandConfiguration {
        noun(
            "member", "The members of the cluster.",
            [
                MemberListVerb.self, MemberAddVerb.self, MemberPromoteVerb.self,
                MemberRemoveVerb.self, MemberUpdateVerb.self, MemberReplaceVerb.self,
            ])
    }
    @OptionGroup package var reach: Reach
    package init() {}
}

package struct LeaderNoun: ParsableCommand {
    package static var configuration: CommandConfiguration {
        noun("leader", "The member that leads.", [LeaderShowVerb.self, LeaderMoveVerb.self])
    }
    @OptionGroup package var reach: Reach
    package init() {}
}

package struct AuthNoun: ParsableCommand {
    package static var configuration: CommandConfiguration {
        noun(
            "auth", "Whether rights are asked for.",
            [AuthEnableVerb.self, AuthDisableVerb.self, AuthStatusVerb.self])
    }
    @OptionGroup package var reach: Reach
    package init() {}
}

package struct UserNoun: ParsableCommand {
    package static var configuration: CommandConfiguration {
        noun(
            "user", "Those who may do something.",
            [
                UserAddVerb.self, UserGetVerb.self, UserListVerb.self, UserDeleteVerb.self,
                UserPasswordVerb.self, UserGrantRoleVerb.self, UserRevokeRoleVerb.self,
            ])
    }
    @OptionGroup package var reach: Reach
    package init() {}
}

package struct RoleNoun: ParsableCommand {
    package static var configuration: CommandConfiguration {
        noun(
            "role", "What users may do.",
            [
                RoleAddVerb.self, RoleGetVerb.self, RoleListVerb.self, RoleDeleteVerb.self,
                RoleGrantVerb.self, RoleRevokeVerb.self,
            ])
    }
    @OptionGroup package var reach: Reach
    package init() {}
}

package struct QuotaNoun: ParsableCommand {
    package static var configuration: CommandConfiguration {
        noun(
            "quota", "How much may be kept, and how much is.",
            [QuotaSetVerb.self, QuotaListVerb.self])
    }
    @OptionGroup package var reach: Reach
    package init() {}
}
