package import ArgumentParser
internal import Client
internal import Wire

package struct PutVerb: Verb {
    package static let examples = [
        Example("Write a key", "martlet store put greeting hello"),
        Example("Write a file as a value", "martlet store put config --file app.conf"),
        Example("Write what another program prints", "date | martlet store put now -"),
        Example("Let it vanish with a lease", "martlet store put me here --lease 694d77aa9e38260f"),
    ]
    package static var configuration: CommandConfiguration { entry("put", "Write a key.") }

    @OptionGroup package var words: PutWords
    @Option(help: ArgumentHelp("Read the value from this file.", valueName: "path"))
    package var file: String?
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let request = try words.request(value: try value(session))
        let answer: PutResponse = try session.ask("put \(Spelling.quoted(request.key))") {
            $0.put(request, session.patience, then: $1)
        }
        session.print(Rendering.json(answer), or: Rendering.words(answer))
    }

    private func value(_ session: Session) throws(Complaint) -> [UInt8]? {
        guard let file else {
            guard let value = words.value else { return nil }
            guard value == "-" else { return try words.notation.bytes(value, "value") }
            return try Descriptor.readAll(from: session.terminal.input, name: "standard input")
        }
        guard words.value == nil else {
            throw .misused("a value and --file exclude one another: give one of them")
        }
        return try Descriptor.readAll(path: file)
    }
}

package struct GetVerb: Verb {
    package static let examples = [
        Example("Read a key", "martlet store get greeting"),
        Example("Read it as it was", "martlet store get greeting --revision 5"),
        Example("Read every byte and no more", "martlet store get logo.png --raw > logo.png"),
    ]
    package static var configuration: CommandConfiguration {
        entry("get", "Read the value of a key.", more: "A key that does not exist is a failure.")
    }

    @Argument(help: "The key.") package var key: String
    @OptionGroup package var notation: Notation
    @Option(help: ArgumentHelp("As it was at this revision.", valueName: "revision"))
    package var revision: Int64?
    @Flag(help: "What the asked member has, without asking the others: faster, may be old.")
    package var serializable = false
    @Flag(help: "The value alone, without a line end after it.") package var raw = false
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let key = try notation.key(key)
        let request = RangeRequest(
            key: key, revision: try past(revision), serializable: serializable)
        let name = Spelling.quoted(key)
        let answer: RangeResponse = try session.ask("get \(name)") {
            $0.range(request, session.patience, then: $1)
        }
        guard let pair = answer.kvs.first else {
            throw .failed("there is no key \(name) at revision \(answer.header?.revision ?? 0)")
        }
        if session.isJSON { return session.print(Rendering.json(pair, keysOnly: false)) }
        session.terminal.print(raw ? pair.value : pair.value + [0x0A])
    }
}

package struct RangeVerb: Verb {
    package static let examples = [
        Example("Everything below a folder", "martlet store range packages/ --prefix"),
        Example("Half-open, from 'a' to before 'c'", "martlet store range a c"),
        Example("How many keys there are", "martlet store range --all --count-only"),
        Example("The first ten names", "martlet store range --all --keys-only --limit 10"),
        Example(
            "What was written last",
            "martlet store range --all --sort-by mod --descending --limit 1"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "range", "Read many keys, in order, all at one revision.",
            more: """
                Each line is a key, a tab and a value. Line ends, tabs and bytes that are no text \
                are written as \\n, \\t, \\\\ and \\xNN.
                """)
    }

    @OptionGroup package var words: RangeWords
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let request = try words.request()
        let printer = RangePrinter(session, request)
        let what = "read \(Interval(key: request.key, end: request.rangeEnd).description)"
        let end: RangeResponse = try session.ask(what) { client, then in
            client.scan(request, session.patience, onPart: printer.part, then: then)
        }
        printer.end(end)
    }
}

package struct DeleteVerb: Verb {
    package static let examples = [
        Example("Delete a key", "martlet store delete greeting"),
        Example("Delete a folder", "martlet store delete packages/ --prefix --yes"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "delete", "Delete a key, or many at one revision.",
            more: "More than one key is deleted only after a yes.")
    }

    @OptionGroup package var words: DeleteWords
    @Flag(help: "Do not ask.") package var yes = false
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let request = try words.request()
        let interval = Interval(key: request.key, end: request.rangeEnd)
        if !interval.isSingle { try confirm(interval, session) }
        let answer: DeleteRangeResponse = try session.ask("delete \(interval.description)") {
            $0.delete(request, session.patience, then: $1)
        }
        session.print(Rendering.json(answer), or: Rendering.words(answer))
    }

    private func confirm(_ interval: Interval, _ session: Session) throws(Complaint) {
        guard !yes, session.terminal.canAsk else {
            return try session.confirm(yes, "delete \(interval.description)")
        }
        let request = RangeRequest(key: interval.key, rangeEnd: interval.end, countOnly: true)
        let found: RangeResponse = try session.ask("count \(interval.description)") {
            $0.range(request, session.patience, then: $1)
        }
        try session.confirm(
            false, "delete \(interval.description), \(Spelling.count(found.count, "key"))")
    }
}

package struct CompactVerb: Verb {
    package static let examples = [
        Example("Forget what was before revision 1000", "martlet store compact 1000 --yes")
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "compact", "Forget what was before a revision, except what is still current at it.",
            more: "Reading and watching from before it is not possible any more.")
    }

    @Argument(help: "The oldest revision to keep.") package var revision: Int64
    @Flag(help: "Do not ask.") package var yes = false
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        guard revision > 0 else { throw .misused("the revision must be above 0") }
        try session.confirm(yes, "forget everything before revision \(revision)")
        let answer: CompactResponse = try session.ask("compact to revision \(revision)") {
            $0.compact(CompactRequest(revision: revision), session.patience, then: $1)
        }
        session.print(
            Rendering.object([
                ("compacted", .integer(revision)),
                ("revision", .integer(answer.header?.revision ?? 0)),
            ]), or: "compacted up to revision \(Spelling.count(revision))")
    }
}
