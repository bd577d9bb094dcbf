package import ArgumentParser
internal import Client
internal import EventLoop
internal import Units
internal import Wire

package struct TopVerb: Verb {
    package static let examples = [
        Example("Watch the cluster work", "martlet store top"),
        Example("One look, for a script", "martlet store top --once --json"),
        Example("Every five seconds", "martlet store top --every 5s"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "top", "Show what the cluster does, live, until 'q'.",
            more: """
                Every member is asked once a second: calls a second by method, the stages of a \
                write on the leader (median and 99th percentile of that second), who leads, who \
                lags or is away, clients, slow operations, alarms. Off a terminal each look is \
                printed below the one before.
                """)
    }

    @Flag(help: "Look twice, --every apart, show the difference, and end.") package var once = false
    @Option(help: ArgumentHelp("Between two looks; 1s when not told.", valueName: "time"))
    package var every: Length?
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let watching = TopWatch(session, every: every?.span ?? .seconds(1))
        defer { watching.end() }
        try watching.run(once: once)
    }
}

/// Looks again and again, and shows what changed.
private final class TopWatch {
    private let session: Session
    private let sampler: TopSampler
    private let every: Instant.Span
    private let interrupt: Interrupt
    private let isLive: Bool
    private var isDone = false

    init(_ session: Session, every: Instant.Span) {
        self.session = session
        self.every = every
        sampler = TopSampler(session)
        interrupt = Interrupt(session)
        isLive = session.terminal.out.isTerminal && !session.isJSON && session.terminal.beginKeys()
    }

    func end() {
        interrupt.close()
        if isLive { session.terminal.endKeys() }
    }

    func run(once: Bool) throws(Complaint) {
        var before: TopSample?
        while !isDone {
            let started = session.loop.now
            let now = try sampler.look { self.wantsToGo }
            if isDone { return }
            if !(once && before == nil) { show(TopReport(now, since: before)) }
            if once, before != nil { return }
            before = now
            pause(until: started + every)
            if session.terminal.brokenBecause != nil { return }
        }
    }

    private func show(_ report: TopReport) {
        if session.isJSON {
            session.print(report.json)
        } else {
            let size = session.terminal.size
            let lines = report.lines(
                columns: size.columns, rows: isLive ? size.rows - 1 : .max,
                session.terminal.paint)
            if isLive {
                session.terminal.paintScreen(lines + ["q quits"])
            } else {
                session.terminal.print(lines.joined(separator: "\n") + "\n")
            }
        }
        session.terminal.flush()
    }

    private func pause(until instant: Instant) {
        while !isDone, session.loop.now < instant {
            let rest = instant.since(session.loop.now)
            _ = session.loop.run(for: min(rest, Limits.keyEvery)) { self.wantsToGo }
        }
    }

    private var wantsToGo: Bool {
        if interrupt.came || (isLive && session.terminal.key() == UInt8(ascii: "q")) {
            isDone = true
        }
        return isDone
    }
}

/// Asks all members for what they have to say.
private final class TopSampler {
    private let session: Session
    private var found: [UInt64: TopSample.Member] = [:]
    private var silent: [(address: Address, why: String)] = []
    private var members: MemberListResponse?
    private var open = 0

    init(_ session: Session) { self.session = session }

    private var patience: Patience {
        let span = min(session.reach.timeout?.span ?? Limits.timeout, Limits.memberPatience)
        return Patience(timeout: span, rounds: 1)
    }

    /// Ends early when `stop` says so.
    func look(_ stop: () -> Bool) throws(Complaint) -> TopSample {
        let client = try session.client()
        found = [:]
        silent = []
        open = 1
        client.members(patience) { outcome in
            self.open -= 1
            self.members = (try? outcome.get()) ?? self.members
        }
        for address in client.addresses { ask(client, address) }
        settle(stop)
        for member in members?.members ?? [] where found[member.id] == nil {
            for address in member.clientAddresses.compactMap({ try? Address($0) })
            where !client.addresses.contains(address) {
                ask(client, address)
            }
        }
        settle(stop)
        return TopSample(at: session.loop.now, members: rows)
    }

    private func settle(_ stop: () -> Bool) {
        while open > 0, !stop() {
            _ = session.loop.run(for: Limits.keyEvery) { self.open == 0 }
        }
    }

    private func ask(_ client: Client, _ address: Address) {
        open += 1
        client.status(of: address, patience) { outcome in
            self.open -= 1
            switch outcome {
            case .failure(let failure):
                self.silent.append((address, TopSampler.why(failure)))
            case .success(let status): self.heard(status, client, address)
            }
        }
    }

    private static func why(_ failure: ClientFailure) -> String {
        guard case .unreachable(let tried) = failure, let first = tried.first else {
            return failure.message
        }
        return first.reason
    }

    private func heard(_ status: StatusResponse, _ client: Client, _ address: Address) {
        let id = status.header?.memberID ?? 0
        guard found[id] == nil else { return }
        found[id] = TopSample.Member(id: id, name: ClusterReport.name(status), status: status)
        open += 2
        client.metrics(of: address, patience) { outcome in
            self.open -= 1
            guard let answer = try? outcome.get() else { return }
            self.found[id]?.metrics = MetricsText(String(decoding: answer.text, as: UTF8.self))
        }
        client.slowOperations(of: address, patience) { outcome in
            self.open -= 1
            guard let answer = try? outcome.get() else { return }
            self.found[id]?.slow = answer.operations
        }
    }

    /// Members in order of their names, with those that do not answer.
    private var rows: [TopSample.Member] {
        guard let members else {
            return found.keys.sorted().map { found[$0]! }
                + silent.map { .init(id: 0, name: $0.address.description, why: $0.why) }
        }
        return members.members.map { member in
            var row =
                found[member.id]
                ?? .init(id: member.id, name: member.name, why: why(member))
            if row.name.isEmpty { row.name = Hex.id(member.id) }
            row.isLearner = member.learner
            return row
        }.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    }

    private func why(_ member: MemberInfo) -> String {
        let tried = member.clientAddresses.compactMap { try? Address($0) }
        return silent.last { tried.contains($0.address) }?.why ?? "no address to ask it at is known"
    }
}
