package import ArgumentParser
internal import Client
internal import Wire

package struct MemberListVerb: Verb {
    package static let examples = [Example("All members", "martlet store member list")]
    package static var configuration: CommandConfiguration {
        entry("list", "List the members.")
    }

    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let answer = try session.members()
        session.print(Rendering.json(answer), or: Rendering.words(answer))
    }
}

package struct MemberAddVerb: Verb {
    package static let examples = [
        Example(
            "Let a fourth join",
            "martlet store member add d --peer 10.0.0.4:4402 --client 10.0.0.4:4401")
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "add", "Let a new member join, as a learner.",
            more: "It gets a vote by itself when it has caught up, unless --learner is given.")
    }

    @Argument(help: "Its name.") package var name: String
    @Option(help: ArgumentHelp("Where the other members reach it.", valueName: "address"))
    package var peer: String
    @Option(help: ArgumentHelp("Where clients reach it; may be repeated.", valueName: "address"))
    package var client: [String] = []
    @Flag(help: "It stays a learner until it is promoted by hand.") package var learner = false
    @Option(help: "The id that it has, hexadecimal. Else the store chooses.") package var id: ID?
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        try check(addresses: [peer] + client)
        let request = MemberAddRequest(
            name: name, peerAddress: peer, clientAddresses: client, id: id?.number ?? 0,
            standing: learner)
        let answer: MemberListResponse = try session.ask("add member '\(name)'") {
            $0.addMember(request, session.patience, then: $1)
        }
        let added = answer.members.last { $0.name == name }
        let words = added.map {
            "member \(Hex.id($0.id)) '\(name)' joins as a learner; "
                + (learner
                    ? "to give it a vote later: martlet store member promote \(name)"
                    : "it gets a vote by itself when it has caught up")
        }
        session.print(Rendering.json(answer), or: words ?? Rendering.words(answer))
    }
}

package struct MemberPromoteVerb: Verb {
    package static let examples = [
        Example("Give it a vote", "martlet store member promote d")
    ]
    package static var configuration: CommandConfiguration {
        entry("promote", "Give a learner a vote.")
    }

    @Argument(help: "Its name or id.") package var member: String
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let found = try session.member(member)
        let request = MemberPromoteRequest(id: found.id)
        let answer: MemberListResponse = try session.ask("promote member '\(member)'") {
            $0.promoteMember(request, session.patience, then: $1)
        }
        session.print(
            Rendering.json(answer), or: "member \(Rendering.name(found)) has a vote now")
    }
}

package struct MemberRemoveVerb: Verb {
    package static let examples = [
        Example("Remove one for good", "martlet store member remove d --yes")
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "remove", "Remove a member for good.",
            more: "It cannot come back with its old data; a new one can join in its place.")
    }

    @Argument(help: "Its name or id.") package var member: String
    @Flag(help: "Do not ask.") package var yes = false
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        if !yes, !session.terminal.canAsk { try session.confirm(false, "remove '\(member)'") }
        let found = try session.member(member)
        try session.confirm(yes, "remove member \(Rendering.name(found)) for good")
        let request = MemberRemoveRequest(id: found.id)
        let answer: MemberListResponse = try session.ask("remove member '\(member)'") {
            $0.removeMember(request, session.patience, then: $1)
        }
        let left = Spelling.count(answer.members.count, "member")
        session.print(
            Rendering.json(answer),
            or: "member \(Rendering.name(found)) is removed; \(left) left")
    }
}

package struct LeaderShowVerb: Verb {
    package static let examples = [Example("Who leads?", "martlet store leader show")]
    package static var configuration: CommandConfiguration { entry("show", "Show who leads.") }

    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let answer = try session.members()
        guard let leader = answer.members.first(where: { $0.id == answer.leaderID }) else {
            throw .failed("nobody leads right now. Try 'martlet status'")
        }
        let words = "\(Rendering.name(leader)) leads, at term \(answer.header?.raftTerm ?? 0)"
        session.print(
            Rendering.object([
                ("leader", .string(Hex.id(leader.id))), ("name", .string(leader.name)),
                ("term", .integer(Int64(clamping: answer.header?.raftTerm ?? 0))),
            ]), or: words)
    }
}

package struct LeaderMoveVerb: Verb {
    package static let examples = [
        Example("Let the best follower lead", "martlet store leader move"),
        Example("Let 'b' lead", "martlet store leader move b"),
    ]
    package static var configuration: CommandConfiguration {
        entry("move", "Let another member lead.", more: "Nothing is lost and nothing stops.")
    }

    @Argument(help: "The name or id of the one that is to lead. Else the leader chooses.")
    package var member: String?
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        var target: UInt64 = 0
        if let member { target = try session.member(member).id }
        let request = MoveLeaderRequest(targetID: target)
        let answer: MoveLeaderResponse = try session.ask("move the leader") {
            $0.moveLeader(request, session.patience, then: $1)
        }
        let id = Hex.id(answer.leaderID)
        session.print(
            Rendering.object([("leader", .string(id))]), or: "member \(id) leads now")
    }
}

extension Session {
    func members() throws(Complaint) -> MemberListResponse {
        try ask("list the members") { $0.members(self.patience, then: $1) }
    }

    /// The member of this name, or of this id. Names go first.
    func member(_ word: String) throws(Complaint) -> MemberInfo {
        let members = try members().members
        let named = members.filter { $0.name == word }
        if named.count == 1 { return named[0] }
        if let id = Hex.number(word), let found = members.first(where: { $0.id == id }) {
            return found
        }
        guard named.isEmpty else {
            throw .failed("several members are called '\(word)': name one by its id")
        }
        let near = Suggestion.nearest(to: word, among: members.map(\.name))
        throw .failed(
            "there is no member '\(word)'. "
                + (near.map { "Did you mean '\($0)'?" } ?? "Try 'martlet store member list'"))
    }
}
