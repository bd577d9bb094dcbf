package import ArgumentParser
internal import Client
internal import EventLoop
internal import Units
internal import Wire

package struct TreeNoun: ParsableCommand {
    package static var configuration: CommandConfiguration {
        noun(
            "tree", "Directories and files, beside the keys: what discovery's HTTP face shows.",
            [
                TreeGetVerb.self, TreeListVerb.self, TreeSetVerb.self, TreeDeleteVerb.self,
                TreeWatchVerb.self,
            ])
    }
    @OptionGroup package var reach: Reach
    package init() {}
}

extension Session {
    /// The answer, unless it tells of a failure.
    fileprivate func askTree(
        _ what: String, _ begin: (Client, @escaping Client.Then<TreeResponse>) -> Void
    ) throws(Complaint) -> TreeResponse {
        let answer = try ask(what, begin)
        if let failure = answer.failure { throw complaint(what, failure) }
        return answer
    }

    fileprivate func complaint(_ what: String, _ failure: TreeFailure) -> Complaint {
        let cause = failure.cause.isEmpty ? "" : " (\(Spelling.line(failure.cause)))"
        let words = failure.message.prefix(1).lowercased() + failure.message.dropFirst()
        return .failed("cannot \(what): \(words)\(cause), at index \(failure.index)")
    }
}

package struct TreeGetVerb: Verb {
    package static let examples = [
        Example("What a file holds", "martlet store tree get /app/name"),
        Example("With all that is known of it", "martlet store tree get /app/name --json"),
    ]
    package static var configuration: CommandConfiguration {
        entry("get", "Print the value of a file in the tree.")
    }

    @Argument(help: "The path, as in '/a/b'.") package var path: String
    @Flag(help: "What the member has that answers; may be old.") package var serializable = false
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let request = TreeRequest(path: try Command.path(path), serializable: serializable)
        let what = "get '\(path)'"
        let answer = try session.askTree(what) { $0.tree(request, session.patience, then: $1) }
        let node = answer.node ?? TreeNode()
        if session.isJSON { return session.print(Rendering.json(node)) }
        guard !node.directory else {
            throw .failed("cannot \(what): it is a directory. Try 'martlet store tree list'")
        }
        session.terminal.print(node.value + [0x0A])
    }
}

package struct TreeListVerb: Verb {
    package static let examples = [
        Example("The root", "martlet store tree list"),
        Example("All below a directory", "martlet store tree list /app --recursive"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "list", "Print what is in a directory of the tree, in order of the names.",
            more: """
                A directory ends with '/'. What begins with '_' is hidden: only to be seen by its \
                own path. --recursive prints all that is below, as it was at one index.
                """, aliases: ["ls"])
    }

    @Argument(help: "The path of a directory.") package var path = "/"
    @Flag(help: "All that is below.") package var recursive = false
    @Flag(help: "What the member has that answers; may be old.") package var serializable = false
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let request = TreeRequest(
            path: try Command.path(path), recursive: recursive, serializable: serializable)
        let answer = try session.askTree("list '\(path)'") {
            $0.list(request, session.patience, then: $1)
        }
        var nodes = answer.nodes
        if let node = answer.node, !node.directory { nodes = [node] }
        for node in nodes {
            session.print(
                Rendering.json(node),
                or: Spelling.line(node.key) + (node.directory ? "/" : ""))
        }
    }
}

package struct TreeSetVerb: Verb {
    package static let examples = [
        Example("A file, with its directories", "martlet store tree set /app/name web"),
        Example("For ten seconds", "martlet store tree set /app/alive yes --ttl 10"),
        Example(
            "Only if it still is what it was", "martlet store tree set /app/name b --if-value a"),
        Example("The next of a queue", "martlet store tree set /queue job --in-order"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "set", "Write a file or a directory of the tree.",
            more: """
                Missing directories are made on the way. Without --ttl it stays, also when it was \
                to end. --refresh keeps the value, starts the time anew and tells no watches.
                """)
    }

    @Argument(help: "The path, as in '/a/b'.") package var path: String
    @Argument(help: "The value; none is an empty one.") package var value: String?
    @Flag(help: "Make a directory.") package var directory = false
    @Flag(help: "Only if nothing is there.") package var create = false
    @Flag(help: "Only if something is there.") package var update = false
    @Flag(
        name: .customLong("in-order"),
        help: "Make a new file in this directory, named by the tree's index.")
    package var inOrder = false
    @Flag(help: "Keep the value, and tell no watches; with --ttl.") package var refresh = false
    @Option(help: ArgumentHelp("Seconds until it ends.", valueName: "seconds"))
    package var ttl: UInt64?
    @Option(
        name: .customLong("if-value"),
        help: ArgumentHelp("Only a file with this value.", valueName: "value"))
    package var ifValue: String?
    @Option(
        name: .customLong("if-index"),
        help: ArgumentHelp("Only a file last changed at this index.", valueName: "index"))
    package var ifIndex: UInt64?
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let action = try action()
        guard ifValue != "" else {
            throw .misused("--if-value is empty, and that compares nothing")
        }
        let request = TreeRequest(
            action: action, path: try Command.path(path), value: Array((value ?? "").utf8),
            directory: directory, expires: ttl != nil, ttl: ttl ?? 0, refresh: refresh,
            previousValue: Array((ifValue ?? "").utf8), previousIndex: ifIndex ?? 0)
        let answer = try session.askTree("set '\(path)'") {
            $0.tree(request, session.patience, then: $1)
        }
        session.print(
            Rendering.json(answer),
            or: "\(Spelling.line(answer.node?.key ?? [])) at index \(answer.index)")
    }

    private func action() throws(Complaint) -> TreeAction {
        let compares = ifValue != nil || ifIndex != nil
        let chosen = [create, update || (refresh && !compares), inOrder, compares].count { $0 }
        guard chosen <= 1 else {
            throw .misused("--create, --update, --in-order and --if-… exclude one another")
        }
        if create { return .create }
        if inOrder { return .createInOrder }
        if compares { return .compareAndSwap }
        return update || refresh ? .update : .set
    }
}

package struct TreeDeleteVerb: Verb {
    package static let examples = [
        Example("A file", "martlet store tree delete /app/name"),
        Example("A directory with all that is in it", "martlet store tree delete /app --recursive"),
    ]
    package static var configuration: CommandConfiguration {
        entry("delete", "Delete a file or a directory of the tree.", aliases: ["rm"])
    }

    @Argument(help: "The path, as in '/a/b'.") package var path: String
    @Flag(help: "Also a directory, if it is empty.") package var directory = false
    @Flag(help: "A directory with all that is in it.") package var recursive = false
    @Option(
        name: .customLong("if-value"),
        help: ArgumentHelp("Only a file with this value.", valueName: "value"))
    package var ifValue: String?
    @Option(
        name: .customLong("if-index"),
        help: ArgumentHelp("Only a file last changed at this index.", valueName: "index"))
    package var ifIndex: UInt64?
    @Flag(help: "Do not ask.") package var yes = false
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let compares = ifValue != nil || ifIndex != nil
        guard !(compares && (directory || recursive)) else {
            throw .misused("--if-… is for files, --directory and --recursive are not")
        }
        guard ifValue != "" else {
            throw .misused("--if-value is empty, and that compares nothing")
        }
        if recursive { try session.confirm(yes, "delete '\(path)' with all that is in it") }
        let request = TreeRequest(
            action: compares ? .compareAndDelete : .delete, path: try Command.path(path),
            directory: directory, recursive: recursive,
            previousValue: Array((ifValue ?? "").utf8), previousIndex: ifIndex ?? 0)
        let answer = try session.askTree("delete '\(path)'") {
            $0.tree(request, session.patience, then: $1)
        }
        session.print(Rendering.json(answer), or: "deleted '\(path)' at index \(answer.index)")
    }
}

package struct TreeWatchVerb: Verb {
    package static let examples = [
        Example("All that happens", "martlet store tree watch / --recursive"),
        Example("The next change of a file", "martlet store tree watch /app/name --limit 1"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "watch", "Print what happens in the tree, until Ctrl-C.",
            more: """
                Each line has the index, what happened, the path and the value, with tabs between. \
                It goes on over lost connections without losing an event, as long as the store \
                remembers it: at least the last 1,000.
                """)
    }

    @Argument(help: "The path of a file or a directory.") package var path = "/"
    @Flag(help: "Also what is below.") package var recursive = false
    @Option(help: ArgumentHelp("Begin with this index, not now.", valueName: "index"))
    package var index: UInt64?
    @Option(help: ArgumentHelp("End after so many events.", valueName: "count"))
    package var limit: Int?
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        guard limit ?? 1 > 0 else { throw .misused("--limit must be above 0") }
        let request = TreeWatchRequest(
            path: try Command.path(path), recursive: recursive, waitIndex: index ?? 0)
        let client = try session.client()
        let interrupt = Interrupt(session)
        defer { interrupt.close() }
        var end: Result<TreeResponse, ClientFailure>?
        var left = limit ?? .max
        let watch = client.watchTree(
            request, session.patience,
            onNotice: { notice in
                switch notice {
                case .began(let index): session.note("watching from index \(index)")
                case .interrupted(let why): session.note("interrupted, trying on: \(why)")
                }
            },
            onAnswer: { answer in
                guard left > 0 else { return }
                session.print(Rendering.json(answer), or: Rendering.words(answer))
                session.terminal.flush()
                left -= session.terminal.brokenBecause == nil ? 1 : left
            }, then: { end = $0 })
        while end == nil, left > 0, !interrupt.came {
            _ = session.loop.run(for: .seconds(3600)) { end != nil || left == 0 || interrupt.came }
        }
        watch.cancel()
        switch end {
        case .failure(let failure): throw session.complaint("watch '\(path)'", failure)
        case .success(let last):
            if let failure = last.failure { throw session.complaint("watch '\(path)'", failure) }
        case nil: break
        }
    }
}

extension Command {
    fileprivate static func path(_ text: String) throws(Complaint) -> [UInt8] {
        guard text.hasPrefix("/") else {
            throw .misused("the path '\(text)' does not begin with '/'")
        }
        return Array(text.utf8)
    }
}

extension Rendering {
    static func json(_ node: TreeNode) -> JSON {
        var members = [node.key.isEmpty ? ("key", "/") : bytes("key", node.key)]
        if node.hasValue { members.append(bytes("value", node.value)) }
        if node.directory { members.append(("directory", .bool(true))) }
        if node.expires { members.append(("ttl", .integer(node.ttl))) }
        members.append(("modified_index", .integer(Int64(clamping: node.modifiedIndex))))
        members.append(("created_index", .integer(Int64(clamping: node.createdIndex))))
        return object(members)
    }

    static func json(_ answer: TreeResponse) -> JSON {
        var members: [(String, JSON)] = [
            ("action", .string(name(answer.action))),
            ("index", .integer(Int64(clamping: answer.node?.modifiedIndex ?? answer.index))),
        ]
        if let node = answer.node { members.append(("node", json(node))) }
        if let previous = answer.previous { members.append(("previous", json(previous))) }
        return object(members)
    }

    static func words(_ event: TreeResponse) -> String {
        let node = event.node ?? TreeNode()
        var parts = [String(node.modifiedIndex), name(event.action), Spelling.line(node.key)]
        if node.directory { parts[2] += "/" }
        if node.hasValue { parts.append(Spelling.line(node.value)) }
        return parts.joined(separator: "\t")
    }

    private static func name(_ action: TreeAction) -> String {
        switch action {
        case .get: "get"
        case .set: "set"
        case .create, .createInOrder: "create"
        case .update: "update"
        case .compareAndSwap: "compare-and-swap"
        case .compareAndDelete: "compare-and-delete"
        case .delete: "delete"
        case .expire: "expire"
        case .unrecognized(let number): "action \(number)"
        }
    }
}
