package import ArgumentParser

/// A leaf of the table: something that can be done.
package protocol Verb: ParsableCommand {
    static var examples: [Example] { get }
    var reach: Reach { get }
    func perform(_ session: Session) throws(Complaint)
}

/// A line that works as it stands, and what it does.
package struct Example: Equatable, Sendable {
    package var what: String
    package var line: String

    package init(_ what: String, _ line: String) {
        self.what = what
        self.line = line
    }
}

extension Verb {
    /// The entry of a verb: its name, one sentence, more if need be, and its examples.
    static func entry(
        _ name: String, _ abstract: String, more: String = "", aliases: [String] = []
    ) -> CommandConfiguration {
        let shown = examples.map { "  # \($0.what)\n  \($0.line)" }.joined(separator: "\n")
        let discussion = (more.isEmpty ? "" : more + "\n\n") + "EXAMPLES:\n" + shown
        return CommandConfiguration(
            commandName: name, abstract: abstract, discussion: discussion, aliases: aliases)
    }
}

/// A branch of the table: a noun with its verbs.
func noun(
    _ name: String, _ abstract: String, _ verbs: [any ParsableCommand.Type]
) -> CommandConfiguration {
    CommandConfiguration(commandName: name, abstract: abstract, subcommands: verbs)
}
