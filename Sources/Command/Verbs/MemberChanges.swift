package import ArgumentParser
internal import Client
internal import EventLoop
internal import Wire

package struct MemberUpdateVerb: Verb {
    package static let examples = [
        Example("It moved", "martlet store member update b --peer 10.0.0.9:2380"),
        Example("It is called otherwise", "martlet store member update b --name berlin"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "update", "Change a member's name or addresses.",
            more: """
                What is not given stays. A member that restarts with other addresses tells the \
                cluster by itself; this is for one that cannot.
                """)
    }

    @Argument(help: "Its name or id.") package var member: String
    @Option(name: .customLong("name"), help: "What it is to be called.")
    package var newName: String?
    @Option(help: ArgumentHelp("Where the other members reach it.", valueName: "address"))
    package var peer: String?
    @Option(help: ArgumentHelp("Where clients reach it; may be repeated.", valueName: "address"))
    package var client: [String] = []
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        guard newName != nil || peer != nil || !client.isEmpty else {
            throw .misused("nothing to change: give --name, --peer or --client")
        }
        try check(addresses: [peer].compactMap(\.self) + client)
        let found = try session.member(member)
        let request = MemberUpdateRequest(
            id: found.id, name: newName ?? "", peerAddress: peer ?? "", clientAddresses: client)
        let answer: MemberListResponse = try session.ask("update member '\(member)'") {
            $0.updateMember(request, session.patience, then: $1)
        }
        session.print(
            Rendering.json(answer),
            or: "member \(Rendering.name(found)) is updated\n" + Rendering.words(answer))
    }
}

package struct MemberReplaceVerb: Verb {
    package static let examples = [
        Example(
            "Put a new machine in a dead one's place",
            "martlet store member replace c d --peer 10.0.0.4:2380 --yes"),
        Example(
            "The same machine, whose data is lost",
            "martlet store member replace c c --peer 10.0.0.3:2380 --yes"),
        Example("Think better of it", "martlet store member replace --give-up --yes"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "replace", "Put a new member in the place of a dead one.",
            more: """
                The new one joins as a learner; start it with --join and an empty data directory. \
                When it has caught up, it takes the old one's seat in one change that never costs \
                the quorum. The cluster goes on with it by itself, whoever leads; 'martlet store \
                member list' shows how far it is.
                """)
    }

    @Argument(help: "The name or id of the one that goes.") package var member: String?
    @Argument(help: "The name of the new one; may be the same.") package var newName: String?
    @Option(help: ArgumentHelp("Where the other members reach it.", valueName: "address"))
    package var peer: String?
    @Option(help: ArgumentHelp("Where clients reach it; may be repeated.", valueName: "address"))
    package var client: [String] = []
    @Flag(help: "Give up the replacement that is under way.") package var giveUp = false
    @Flag(help: "Do not ask.") package var yes = false
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        if giveUp { return try withdraw(session) }
        guard let member, let newName, let peer else {
            throw .misused("say who goes and who comes: replace OLD NEW --peer ADDRESS")
        }
        try check(addresses: [peer] + client)
        let found = try session.member(member)
        try session.confirm(yes, "replace member \(Rendering.name(found)) by '\(newName)'")
        let request = MemberReplaceRequest(
            oldID: found.id, name: newName, peerAddress: peer, clientAddresses: client)
        let answer: MemberListResponse = try session.ask("replace member '\(member)'") {
            $0.replaceMember(request, session.patience, then: $1)
        }
        session.print(
            Rendering.json(answer),
            or: "member \(Rendering.name(found)) is being replaced by '\(newName)' "
                + "(\(Hex.id(answer.addedID))); start that one with --join now")
    }

    private func withdraw(_ session: Session) throws(Complaint) {
        guard member == nil else { throw .misused("--give-up takes no member: one is under way") }
        try session.confirm(yes, "give up the replacement that is under way")
        let answer: MemberListResponse = try session.ask("give up the replacement") {
            $0.replaceMember(MemberReplaceRequest(giveUp: true), session.patience, then: $1)
        }
        session.print(Rendering.json(answer), or: "the replacement is given up")
    }
}

/// Complains of the first that is no address.
func check(addresses: [String]) throws(Complaint) {
    for address in addresses {
        do throws(Address.Fault) { _ = try Address(address) } catch {
            throw .misused("'\(address)': \(error)")
        }
    }
}

package struct VersionVerb: Verb {
    package static let examples = [
        Example("Which versions run?", "martlet store version"),
        Example("Could we go back to 0.1?", "martlet store version --downgrade-to 1"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "version", "Show which versions members run and what they agreed upon.",
            more: """
                To upgrade, stop one member after the other, install the new program and start it \
                again; old and new work together, and what is new is refused meanwhile. When the \
                last one has said that it knows the next cluster version, the leader raises it by \
                itself, and older programs can no longer take part or read the data.

                To keep the way back open, start the new programs with --highest-version N (1 for \
                0.1): as long as one member does, old programs can take part again, member by \
                member, each with an empty data directory ('martlet store member replace'). Leave \
                the flag out when you are sure.

                To go back after that, export the keys ('martlet store export --all'), found a \
                new cluster with the old programs, and import them there.
                """)
    }

    @Option(
        help: ArgumentHelp(
            "Tell whether this cluster version could take over the data; the exit code is 1 when "
                + "not.", valueName: "n"))
    package var downgradeTo: UInt32?
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let request = ClusterVersionRequest(downgradeTo: downgradeTo ?? 0)
        let answer: ClusterVersionResponse = try session.ask("ask for the version") {
            $0.clusterVersion(request, session.patience, then: $1)
        }
        let programs = try programs(session)
        session.print(
            Rendering.json(answer, programs, asked: downgradeTo),
            or: Rendering.words(answer, programs, asked: downgradeTo))
        guard answer.objection.isEmpty else { throw Complaint(.silent, "") }
    }

    /// What each member's program calls itself; those that do not answer are left out.
    private func programs(_ session: Session) throws(Complaint) -> [UInt64: String] {
        var programs: [UInt64: String] = [:]
        let client = try session.client()
        let quick = Patience(timeout: Limits.memberPatience, rounds: 1)
        for member in try session.members().members {
            for text in member.clientAddresses where programs[member.id] == nil {
                guard let address = try? Address(text) else { continue }
                let status = client.wait { client.status(of: address, quick, then: $0) }
                if case .success(let status) = status, status.header?.memberID == member.id {
                    programs[member.id] = status.version
                }
            }
        }
        let own: StatusResponse = try session.ask("ask for the status") {
            $0.status(of: nil, session.patience, then: $1)
        }
        programs[own.header?.memberID ?? 0] = own.version
        return programs
    }
}

extension Rendering {
    fileprivate static func json(
        _ answer: ClusterVersionResponse, _ programs: [UInt64: String], asked: UInt32?
    ) -> JSON {
        var fields: [(String, JSON)] = [
            ("cluster_version", .integer(Int64(answer.clusterVersion))),
            (
                "members",
                .array(
                    answer.members.map {
                        object([
                            ("id", .string(Hex.id($0.memberID))), ("name", .string($0.name)),
                            ("program", programs[$0.memberID].map { .string($0) } ?? .null),
                            ("supported", .integer(Int64($0.supported))),
                        ])
                    })
            ),
        ]
        if asked != nil {
            fields.append(("downgrade_possible", .bool(answer.objection.isEmpty)))
            fields.append(("objection", .string(answer.objection)))
        }
        return object(fields)
    }

    fileprivate static func words(
        _ answer: ClusterVersionResponse, _ programs: [UInt64: String], asked: UInt32?
    ) -> String {
        var table = Table(["member", "program", "knows up to"])
        for member in answer.members.sorted(by: { ($0.name, $0.memberID) < ($1.name, $1.memberID) })
        {
            table.add([
                member.name.isEmpty ? Hex.id(member.memberID) : member.name,
                programs[member.memberID] ?? "does not answer",
                member.supported == 0 ? "not heard" : "0.\(member.supported)",
            ])
        }
        let head = "the cluster is at version 0.\(answer.clusterVersion)\n\n\(table.text)"
        guard let asked else { return head }
        let verdict =
            answer.objection.isEmpty
            ? "version 0.\(asked) can take over" : "no way back to 0.\(asked): \(answer.objection)"
        return "\(head)\n\n\(verdict)"
    }
}
