package import ArgumentParser
internal import Client
internal import Wire

package struct TxnVerb: Verb {
    package static let examples = [
        Example("From a file", "martlet store txn --file move.txn"),
        Example(
            "Create a key unless it exists",
            "printf 'version(\"k\") = 0\\n\\nput k v\\n' | martlet store txn"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "txn", "Do several things at one revision, if what must hold does hold.",
            more: """
                The text has three parts with an empty line between them: what must hold, what is \
                done then, what is done else. Compares are value("key"), version(…), create(…), \
                mod(…) or lease(…), then =, !=, < or >, then what to compare with; \
                ("from", "end") means every key in between. Operations are put, get, range and \
                delete, with the options of those verbs. Lines that begin with # are remarks. \
                Words may stand in "double quotes", with \\n, \\t, \\" and \\xNN, or in 'single \
                ones'. A transaction that begins with { is JSON: {"compare": [{"target", "key", \
                "result", "number" or "value"}], "success": [{"put": {"key", "value"}}], \
                "failure": [{"range": {"key", "end"}}, {"delete": {"key"}}]}.

                The exit code is 0 whether it holds or not; --json tells in "succeeded".
                """)
    }

    @Option(help: ArgumentHelp("Read it from this file, not standard input.", valueName: "path"))
    package var file: String?
    @OptionGroup package var certainty: Certainty
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let request = try Transaction.parse(try text(session))
        let answer: TxnResponse = try session.askOnce(certainty.once, "do the transaction") {
            $0.transact(request, session.patience, then: $1)
        }
        session.print(Rendering.json(answer), or: Rendering.words(answer))
    }

    private func text(_ session: Session) throws(Complaint) -> [UInt8] {
        if let file { return try Descriptor.readAll(path: file) }
        if session.terminal.canAsk {
            session.note("what must hold, then, else; an empty line between; Ctrl-D ends")
        }
        return try Descriptor.readAll(from: session.terminal.input, name: "standard input")
    }
}
