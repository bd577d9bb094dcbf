internal import ArgumentParser

/// The nouns and verbs as words: which one was meant, and where a sentence went wrong.
enum Vocabulary {
    /// Walks the words down the table, complains of the first that is not in it, and returns how
    /// far it came.
    static func check(_ arguments: [String]) throws(Complaint) -> String {
        var command: any ParsableCommand.Type = Martlet.self
        var path = ["martlet"]
        var rest = arguments[...]
        if rest.first == "help" { rest.removeFirst() }
        while let word = rest.first, word != "--", !names(of: command).isEmpty {
            rest.removeFirst()
            if word.hasPrefix("-") {
                if takesValue(word) { rest = rest.dropFirst() }
                continue
            }
            guard let next = subcommand(word, of: command) else {
                throw unknown(word, after: path, names(of: command))
            }
            command = next
            path.append(word)
        }
        guard names(of: command).isEmpty || isQuestion(arguments) || path.count == 1 else {
            throw .misused(
                "'\(path.joined(separator: " "))' needs one more word: "
                    + "\(names(of: command).joined(separator: ", ")). "
                    + "Try '\(path.joined(separator: " ")) --help'")
        }
        guard !(path.count == 1 && arguments.isEmpty) else {
            throw .misused(
                "say what to do: \(names(of: command).joined(separator: ", ")). "
                    + "Try 'martlet --help'")
        }
        return path.joined(separator: " ")
    }

    private static func isQuestion(_ arguments: [String]) -> Bool {
        arguments.first == "help" || arguments.contains { $0 == "--help" || $0 == "-h" }
            || arguments.contains("--version") || arguments.contains("--experimental-dump-help")
    }

    /// Options that may stand before the noun or verb.
    private static func takesValue(_ word: String) -> Bool {
        [
            "--host", "--timeout", "--ca", "--cert", "--key", "--generate-man-pages",
            "--generate-completion-script",
        ]
        .contains(word)
    }

    static func names(of command: any ParsableCommand.Type) -> [String] {
        command.configuration.subcommands.map { $0._commandName }
    }

    private static func subcommand(
        _ word: String, of command: any ParsableCommand.Type
    ) -> (any ParsableCommand.Type)? {
        command.configuration.subcommands.first {
            $0._commandName == word || $0.configuration.aliases.contains(word)
        }
    }

    private static func unknown(
        _ word: String, after path: [String], _ words: [String]
    ) -> Complaint {
        let so = path.joined(separator: " ")
        if let near = Suggestion.nearest(to: word, among: words) {
            return .misused("'\(so)' has no '\(word)'. Did you mean '\(so) \(near)'?")
        }
        return .misused(
            "'\(so)' has no '\(word)'; it has \(words.joined(separator: ", ")). "
                + "Try '\(so) --help'")
    }

    /// The parser's words in the manner of the house: one line, lower-case start.
    static func sentence(_ message: String) -> String {
        let line = message.split(separator: "\n").map { part in
            String(part.drop { $0 == " " })
        }.joined(separator: " ")
        return line.prefix(1).lowercased() + line.dropFirst()
    }
}
