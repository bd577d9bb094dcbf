package import Client
package import EventLoop
internal import TLS
internal import Units
internal import Wire

/// One run of the program: whom it talks to, and how it speaks.
package final class Session {
    package let terminal: Terminal
    package let loop: Loop
    package let reach: Reach
    private let environment: [String: String]
    private var made: Client?

    package init(
        _ terminal: Terminal, _ reach: Reach, environment: [String: String], on loop: Loop
    ) {
        self.terminal = terminal
        self.reach = reach
        self.environment = environment
        self.loop = loop
    }

    package var isJSON: Bool { reach.json }

    // MARK: Whom

    package func client() throws(Complaint) -> Client {
        if let made { return made }
        let hosts = try hosts()
        let client = Client(
            on: loop, hosts, software: "martlet/\(Command.version)",
            keyring: try Secrecy(reach, environment)?.keyring())
        made = client
        return client
    }

    /// Where the cluster is: `--host`, else `MARTLET_HOST`, else this machine's own socket.
    package func hosts() throws(Complaint) -> [Address] {
        if let host = reach.host { return try Session.hosts(host, from: "--host") }
        if let host = environment["MARTLET_HOST"], !host.isEmpty {
            return try Session.hosts(host, from: "MARTLET_HOST")
        }
        return [.unix(Command.socket)]
    }

    private static func hosts(_ list: String, from source: String) throws(Complaint) -> [Address] {
        var addresses: [Address] = []
        for part in list.split(separator: ",", omittingEmptySubsequences: false) {
            let text = part.drop { $0 == " " }
            do throws(Address.Fault) {
                addresses.append(try Address(String(text)))
            } catch {
                throw .misused("\(source) names '\(text)', but \(error)")
            }
        }
        guard addresses.count <= Client.maximumEndpoints else {
            throw .misused(
                "\(source) names \(addresses.count) hosts; the limit is \(Client.maximumEndpoints)")
        }
        return addresses
    }

    package func end() { made?.close() }

    // MARK: How long

    package var patience: Patience {
        Patience(timeout: reach.timeout?.span ?? Limits.timeout)
    }

    // MARK: Asking

    /// The answer, or a complaint that says what could not be done. `what` follows "cannot".
    package func ask<Answer>(
        _ what: String, _ begin: (Client, @escaping Client.Then<Answer>) -> Void
    ) throws(Complaint) -> Answer {
        let client = try client()
        let outcome: Result<Answer, ClientFailure> = client.wait { begin(client, $0) }
        switch outcome {
        case .success(let answer): return answer
        case .failure(let failure): throw complaint(what, failure)
        }
    }

    package func complaint(_ what: String, _ failure: ClientFailure) -> Complaint {
        var message = "cannot \(what): \(failure.message)"
        if let advice = Session.advice(failure, usesDefault: reach.host == nil) {
            message += ". \(advice)"
        }
        return .failed(message)
    }

    private static func advice(_ failure: ClientFailure, usesDefault: Bool) -> String? {
        switch failure {
        case .unreachable:
            return usesDefault
                ? "Start martlet-store, or say where it is with --host or MARTLET_HOST"
                : "Try 'martlet status' with another --host"
        case .refused(let error, _):
            switch error.code {
            case .noLeader: return "Try 'martlet status'"
            case .noSpace: return "Free some: delete keys, or 'martlet store compact'"
            case .leaseNotFound: return "Try 'martlet store lease list'"
            case .memberNotFound: return "Try 'martlet store member list'"
            case .membershipBusy: return "Try again when that is done"
            default: return nil
            }
        case .timedOut: return "Try 'martlet status', or a longer --timeout"
        default: return nil
        }
    }

    /// Asks whether to go on. Without somebody to ask, and without `--yes`, it was a misuse.
    package func confirm(_ isAgreed: Bool, _ question: String) throws(Complaint) {
        if isAgreed { return }
        guard terminal.canAsk else {
            throw .misused("will not \(question) unasked: add --yes to confirm")
        }
        guard terminal.confirm("\(question)?") else {
            throw .failed("not confirmed: nothing was changed")
        }
    }

    // MARK: Speaking

    package func print(_ json: JSON) { terminal.print(json.line) }

    /// The words or the JSON, whichever is wanted.
    package func print(_ json: @autoclosure () -> JSON, or words: @autoclosure () -> String) {
        terminal.print(isJSON ? json().line : words())
    }

    package func note(_ words: String) { terminal.say("martlet: \(words)") }

    /// After the last result: whether it could all be written.
    package func finish() throws(Complaint) {
        terminal.flush()
        terminal.eraseBar()
        guard let reason = terminal.brokenBecause else { return }
        throw reason.isEmpty
            ? Complaint(.silent, "") : .failed("cannot write to standard output: \(reason)")
    }
}
