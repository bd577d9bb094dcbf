/// The words of `martlet`: one table of nouns and verbs, from which come parsing, help, completions
/// and man pages.
///
/// Picture the front desk of an archive. Whoever comes says a noun and a verb. The clerk
/// knows the house's words, offers the nearest when one is misspelt, fetches what was asked for
/// through `Client`, and hands it over in plain words or, to machines, as JSON. He asks twice
/// before he destroys something, and never says "done" before it is.
///
/// - `Martlet` is the root of the table; `Verbs/` has a file for each noun. A verb has its words as
///   properties and one function, `perform`.
/// - Results go to standard output, talk to standard error. Exit codes: 0 well, 1 failed, 2 misused;
///   of a command that was run, its own.
/// - What is printed is made by pure functions in `Rendering`, the same ones for tests.
/// - `run` is the whole program but for the process: its arguments, environment and terminal are
///   handed in.
///
/// Imports: `Client`, `EventLoop`, `TLS`, `Wire`, `Units`, for the verbs on files `Archive`, `Disk` and
/// `Salvage`, ArgumentParser, the C library (in `Descriptor` and `Terminal` only). Never: `RPC`, daemon
/// internals.
internal import ArgumentParser
package import EventLoop

package enum Command {
    package static let version = "0.2.0"
    /// Where a store on this machine listens.
    package static let socket = "/run/martlet/store.sock"

    /// Does what the arguments say; the exit code.
    package static func run(
        _ arguments: [String], _ terminal: Terminal, environment: [String: String],
        on loop: Loop = Loop()
    ) -> Int32 {
        do throws(Complaint) {
            guard let verb = try parse(arguments, terminal) else {
                terminal.flush()
                return 0
            }
            let session = Session(terminal, verb.reach, environment: environment, on: loop)
            defer { session.end() }
            try verb.perform(session)
            try session.finish()
            return 0
        } catch {
            terminal.flush()
            terminal.eraseBar()
            if error.isSpoken { terminal.say("martlet: \(error.message)") }
            return error.exitCode
        }
    }

    /// The verb that is asked for; nil when the question was about `martlet` itself and is
    /// answered.
    static func parse(
        _ arguments: [String], _ terminal: Terminal
    ) throws(Complaint) -> (any Verb)? {
        let path = try Vocabulary.check(arguments)
        let parsed: any ParsableCommand
        do {
            parsed = try Martlet.parseAsRoot(arguments)
        } catch {
            try answer(error, path, terminal)
            return nil
        }
        if let root = parsed as? Martlet {
            try root.perform(terminal)
            return nil
        }
        guard let verb = parsed as? any Verb else {
            // A noun alone, or `help`.
            var command = parsed
            do { try command.run() } catch { try answer(error, path, terminal) }
            return nil
        }
        return verb
    }

    /// Help, version and completions are answers; all else is a misuse.
    private static func answer(
        _ error: any Error, _ path: String, _ terminal: Terminal
    ) throws(Complaint) {
        guard Martlet.exitCode(for: error) == .success else {
            let message = Vocabulary.sentence(Martlet.message(for: error))
            let isHelped = message.contains("Did you mean")
            throw .misused(isHelped ? message : "\(message). Try '\(path) --help'")
        }
        terminal.print(Martlet.fullMessage(for: error, columns: Limits.columns))
    }
}
