package import ArgumentParser
internal import Client
internal import EventLoop
internal import Units
internal import Wire

package struct LockVerb: Verb {
    package static let examples = [
        Example("Run a command while nobody else does", "martlet store lock nightly -- backup.sh"),
        Example("Hold it until Ctrl-C", "martlet store lock door"),
        Example("Only if it is free", "martlet store lock door --no-wait -- deploy.sh"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "lock", "Hold a lock, while a command runs or until Ctrl-C.",
            more: """
                It waits for its turn, in the order in which the others came. The command gets the \
                lock's key in MARTLET_LOCK_KEY and its token in MARTLET_LOCK_TOKEN, and its exit code \
                is handed on. When the lock is lost, the command is told to end (SIGTERM, and SIGKILL \
                5 s later). Without a command, key and token are printed.

                WHAT THE TOKEN IS FOR. No lock with a time limit can promise that its holder is alone: \
                a command that stands still for longer than --ttl (suspended, starved, cut off) has \
                lost the lock and may not know it yet. But each holder's token is higher than the one \
                before. So whatever the lock protects must refuse a token lower than one it has seen. \
                In this store a transaction does that: \
                'create("KEY") = TOKEN' as its first line, with the lock's key and token, lets it \
                happen only while the lock is held.
                """)
    }

    @Argument(help: "The lock.") package var name: String
    @Option(help: "Seconds after which a holder that is gone loses it.") package var ttl: Int64 = 10
    @Flag(name: .customLong("no-wait"), help: "Fail at once when another holds it.")
    package var noWait = false
    @Argument(parsing: .postTerminator, help: "What to run, after '--'.")
    package var command: [String] = []
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let name = Array(name.utf8)
        let noWait = noWait
        let tenure = Tenure(session, "lock \(Spelling.quoted(name))", ttl: ttl)
        try tenure.hold(running: command) { client, lease, patience, then in
            client.lock(LockRequest(name: name, lease: lease, noWait: noWait), patience) {
                then($0.map { Tenure.Place(key: $0.key, token: $0.token) })
            }
        }
    }
}

package struct ElectVerb: Verb {
    package static let examples = [
        Example("Stand for election", "martlet store elect leader 10.0.0.1:8080"),
        Example("Run a command while leading", "martlet store elect leader m1 -- serve.sh"),
        Example("Follow who leads", "martlet store elect leader --listen"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "elect", "Stand for election, or follow one.",
            more: """
                It waits until it is elected, then leads while the command runs or until Ctrl-C; the \
                others see VALUE. The command gets MARTLET_LOCK_KEY and MARTLET_LOCK_TOKEN as with \
                'martlet store lock', where it is said what the token is for. With --lease it stands \
                with a lease that is kept alive elsewhere, and ends when elected; standing again with \
                the same lease proclaims another value. --listen prints the leader's key and value \
                now and at every change, until Ctrl-C.
                """)
    }

    @Argument(help: "The election.") package var name: String
    @Argument(help: "What the others see.") package var value: String?
    @Option(help: "Seconds after which a leader that is gone loses it.") package var ttl: Int64 = 10
    @Option(help: ArgumentHelp("Stand with this lease, and end when elected.", valueName: "lease"))
    package var lease: ID?
    @Flag(help: "Do not stand; print who leads, until Ctrl-C.") package var listen = false
    @Argument(parsing: .postTerminator, help: "What to run, after '--'.")
    package var command: [String] = []
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let name = Array(name.utf8)
        guard !listen else {
            guard value == nil, command.isEmpty, lease == nil else {
                throw .misused("--listen stands alone: no VALUE, no --lease, no command")
            }
            return try Listening(session, name).run()
        }
        guard let value else {
            throw .misused("what shall the others see? Write it after the name, or say --listen")
        }
        guard lease == nil || command.isEmpty else {
            throw .misused("--lease and a command exclude one another: the lease is not kept here")
        }
        let tenure = Tenure(session, "lead \(Spelling.quoted(name))", ttl: ttl)
        try tenure.hold(lease?.signed, running: command) { client, lease, patience, then in
            let request = CampaignRequest(name: name, lease: lease, value: Array(value.utf8))
            return client.campaign(request, patience) {
                then($0.map { Tenure.Place(key: $0.key, token: $0.token) })
            }
        }
    }
}

/// Prints who leads, until it is interrupted or cannot go on.
private final class Listening {
    private let session: Session
    private let name: [UInt8]
    private var failure: ClientFailure?

    init(_ session: Session, _ name: [UInt8]) {
        self.session = session
        self.name = name
    }

    func run() throws(Complaint) {
        let interrupt = Interrupt(session)
        defer { interrupt.close() }
        let errand = try session.client().observe(
            ElectionObserveRequest(name: name), session.patience, onAnswer: show
        ) { [weak self] in self?.failure = $0 }
        while failure == nil, !interrupt.came, session.terminal.brokenBecause == nil {
            _ = session.loop.run(for: .seconds(3_600)) {
                self.failure != nil || interrupt.came || self.session.terminal.brokenBecause != nil
            }
        }
        errand.cancel()
        if let failure {
            throw session.complaint("follow the election \(Spelling.quoted(name))", failure)
        }
    }

    private func show(_ answer: ElectionLeaderResponse) {
        session.print(Rendering.json(answer), or: Rendering.words(answer))
        session.terminal.flush()
    }
}

extension Rendering {
    static func json(_ answer: ElectionLeaderResponse) -> JSON {
        var members: [(String, JSON)] = [("revision", .integer(answer.header?.revision ?? 0))]
        if let leader = answer.leader {
            members.append(bytes("key", leader.key))
            members.append(bytes("value", leader.value))
            members.append(("token", .integer(leader.createRevision)))
        }
        return object(members)
    }

    static func words(_ answer: ElectionLeaderResponse) -> String {
        guard let leader = answer.leader else { return "nobody leads" }
        return "\(Spelling.line(leader.key))\t\(Spelling.line(leader.value))"
    }

    static func json(_ place: Tenure.Place) -> JSON {
        object([bytes("key", place.key), ("token", .integer(place.token))])
    }

    static func words(_ place: Tenure.Place) -> String {
        "\(Spelling.line(place.key))\t\(place.token)"
    }
}
