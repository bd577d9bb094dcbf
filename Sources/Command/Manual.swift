internal import ArgumentParser

/// Manual pages, made from the same table as everything else: `martlet(1)`, and one for each noun.
package enum Manual {
    package struct Page: Equatable, Sendable {
        /// "martlet-store.1"
        package var name: String
        package var text: String
    }

    package static func pages() throws(Complaint) -> [Page] {
        let dump = Martlet._dumpHelp()
        guard let json = try? JSON(parsing: Array(dump.utf8)), let root = json["command"] else {
            preconditionFailure("the parser's description of its own table cannot be read")
        }
        let nouns = subcommands(of: root)
        let others = nouns.map { title(["martlet", $0["commandName"]?.text ?? ""]) }
        let first = page(root, ["martlet"], sections: [], seeAlso: others)
        return [first]
            + nouns.map { noun in
                let path = ["martlet", noun["commandName"]?.text ?? ""]
                return page(noun, path, sections: leaves(noun, path), seeAlso: ["martlet"])
            }
    }

    private static func title(_ path: [String]) -> String { path.joined(separator: "-") }

    private static func subcommands(of command: JSON) -> [JSON] {
        (command["subcommands"]?.items ?? []).filter { $0["commandName"]?.text != "help" }
    }

    /// Every verb below a noun, with its full sentence.
    private static func leaves(_ command: JSON, _ path: [String]) -> [(JSON, [String])] {
        subcommands(of: command).flatMap { child in
            let below = path + [child["commandName"]?.text ?? ""]
            let deeper = leaves(child, below)
            return deeper.isEmpty ? [(child, below)] : deeper
        }
    }

    // MARK: A page

    private static func page(
        _ command: JSON, _ path: [String], sections: [(JSON, [String])], seeAlso: [String]
    ) -> Page {
        let name = title(path)
        let abstract = command["abstract"]?.text ?? ""
        var lines = [
            ".TH \(name.uppercased()) 1 \"\" \"martlet \(Command.version)\" \"Martlet\"",
            ".SH NAME",
            "\(escape(name)) \\- \(escape(firstLower(abstract)))",
            ".SH SYNOPSIS",
        ]
        lines += sections.isEmpty ? synopsis(command, path) : sections.flatMap(synopsis)
        lines += prose(command, heading: ".SH DESCRIPTION")
        if sections.isEmpty { lines += options(command, ".SH OPTIONS") }
        lines += examples(command, heading: [".SH EXAMPLES"])
        if !sections.isEmpty { lines.append(".SH VERBS") }
        for (verb, words) in sections {
            lines.append(".SS \(escape(words.dropFirst(path.count).joined(separator: " ")))")
            lines.append(escape(verb["abstract"]?.text ?? ""))
            lines += prose(verb, heading: nil)
            lines += options(verb, nil)
            lines += examples(verb, heading: [".PP", "Examples:", ".br"])
        }
        lines += common(command, sections)
        lines += [
            ".SH SEE ALSO", seeAlso.map { "\\fB\(escape($0))\\fR(1)" }.joined(separator: ", "),
        ]
        return Page(name: "\(name).1", text: lines.joined(separator: "\n") + "\n")
    }

    private static func firstLower(_ text: String) -> String {
        let plain = text.hasSuffix(".") ? String(text.dropLast()) : text
        return plain.prefix(1).lowercased() + plain.dropFirst()
    }

    private static func synopsis(_ command: JSON, _ path: [String]) -> [String] {
        var words = ["\\fB\(escape(path.joined(separator: " ")))\\fR"]
        if !subcommands(of: command).isEmpty { words.append("\\fInoun\\fR") }
        let own = arguments(of: command).filter { !isCommon($0) }
        if own.contains(where: { kind($0) != "positional" }) {
            words.append("[\\fIoptions\\fR]")
        }
        for argument in own where kind(argument) == "positional" {
            let name = "\\fI\(escape(value(argument)))\\fR"
            words.append(argument["isOptional"]?.isTrue == true ? "[\(name)]" : name)
        }
        return [".br", words.joined(separator: " ")]
    }

    private static func common(_ command: JSON, _ sections: [(JSON, [String])]) -> [String] {
        let source = sections.first?.0 ?? command
        var lines = [".SH COMMON OPTIONS"]
        for argument in arguments(of: source) where isCommon(argument) { lines += entry(argument) }
        lines += [
            ".SH EXIT STATUS", ".TP", "0", "It is done, or all is well.", ".TP", "1",
            "It failed; standard error says why.", ".TP", "2", "It was asked wrongly.",
            ".SH ENVIRONMENT", ".TP", "\\fBMARTLET_HOST\\fR",
            "Where the cluster is, as with \\fB\\-\\-host\\fR.", ".TP",
            "\\fBMARTLET_CA\\fR, \\fBMARTLET_CERT\\fR, \\fBMARTLET_KEY\\fR",
            "Files for TLS, as with \\fB\\-\\-ca\\fR, \\fB\\-\\-cert\\fR and "
                + "\\fB\\-\\-key\\fR.", ".TP", "\\fBNO_COLOR\\fR",
            "When it is set, nothing is coloured.",
        ]
        return lines
    }

    // MARK: Options

    private static func arguments(of command: JSON) -> [JSON] {
        (command["arguments"]?.items ?? []).filter { $0["shouldDisplay"] != .bool(false) }
    }

    private static let commonNames = [
        "host", "ca", "cert", "key", "timeout", "json", "help", "version",
    ]

    private static func isCommon(_ argument: JSON) -> Bool {
        names(argument).contains { commonNames.contains($0.name) }
    }

    private static func kind(_ argument: JSON) -> String { argument["kind"]?.text ?? "" }
    private static func value(_ argument: JSON) -> String { argument["valueName"]?.text ?? "" }

    private static func names(_ argument: JSON) -> [(kind: String, name: String)] {
        (argument["names"]?.items ?? []).map { ($0["kind"]?.text ?? "", $0["name"]?.text ?? "") }
    }

    private static func options(_ command: JSON, _ heading: String?) -> [String] {
        let own = arguments(of: command).filter { !isCommon($0) }
        guard !own.isEmpty else { return [] }
        return (heading.map { [$0] } ?? []) + own.flatMap(entry)
    }

    private static func entry(_ argument: JSON) -> [String] {
        var spelling = names(argument).map { name in
            "\\fB\(escape((name.kind == "short" ? "-" : "--") + name.name))\\fR"
        }.joined(separator: ", ")
        if kind(argument) != "flag" {
            let value = "\\fI\(escape(value(argument)))\\fR"
            spelling += spelling.isEmpty ? value : " \(value)"
        }
        var text = argument["abstract"]?.text ?? ""
        if let fallback = argument["defaultValue"]?.text { text += " Else \(fallback)." }
        return [".TP", spelling, escape(text)]
    }

    // MARK: Text

    private static func halves(_ command: JSON) -> (prose: [Substring], examples: [Substring]) {
        let lines = (command["discussion"]?.text ?? "")
            .split(separator: "\n", omittingEmptySubsequences: false)
        guard let middle = lines.firstIndex(of: "EXAMPLES:") else { return (Array(lines), []) }
        return (Array(lines[..<middle]), Array(lines[(middle + 1)...]))
    }

    private static func prose(_ command: JSON, heading: String?) -> [String] {
        let paragraphs = halves(command).prose.filter { !$0.isEmpty }.flatMap {
            [".PP", escape(String($0))]
        }
        guard !paragraphs.isEmpty, let heading else { return paragraphs }
        return [heading] + paragraphs.dropFirst()
    }

    private static func examples(_ command: JSON, heading: [String]) -> [String] {
        let lines = halves(command).examples
        return lines.isEmpty ? [] : heading + [".nf"] + lines.map { escape(String($0)) } + [".fi"]
    }

    /// So that nothing in it is taken for a request of roff.
    private static func escape(_ text: String) -> String {
        var escaped = ""
        for letter in text {
            switch letter {
            case "\\": escaped += "\\e"
            case "-": escaped += "\\-"
            case "…": escaped += "..."
            default: escaped.append(letter)
            }
        }
        if escaped.hasPrefix(".") || escaped.hasPrefix("'") { escaped = "\\&" + escaped }
        return escaped
    }
}
