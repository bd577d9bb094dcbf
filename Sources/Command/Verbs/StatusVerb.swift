package import ArgumentParser
internal import Client
internal import EventLoop
internal import Units
internal import Wire

package struct StatusVerb: Verb {
    package static let examples = [
        Example("Is it well?", "martlet status"),
        Example("Wait until it is", "martlet status --wait --timeout 1m"),
        Example("For a program", "martlet status --json"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "status", "Show on one screen whether the cluster is well.",
            more: """
                It asks every member. The exit code is 0 when there is a leader, every member \
                answers and no alarm stands, else 1.
                """)
    }

    @Flag(help: "Wait until it is well; a minute, or --timeout.") package var wait = false
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let report = try wait ? waited(session) : look(session)
        if session.isJSON {
            session.print(report.json)
        } else {
            session.terminal.print(report.words(session.terminal.paint))
        }
        guard report.verdict == .well else { throw Complaint(.silent, "") }
    }

    private func look(_ session: Session) throws(Complaint) -> ClusterReport {
        try Inspector(session, try session.client()).look()
    }

    private func waited(_ session: Session) throws(Complaint) -> ClusterReport {
        let loop = session.loop
        let deadline = loop.now + (reach.timeout?.span ?? Limits.wait)
        var said = ""
        while true {
            let report = try look(session)
            if report.verdict == .well || loop.now >= deadline { return report }
            if report.headline() != said {
                said = report.headline()
                session.note("waiting: \(said)")
            }
            _ = loop.run(for: Limits.lookEvery) { false }
        }
    }
}

/// Asks around: who is there, and how each of them is.
private final class Inspector {
    private let session: Session
    private let client: Client
    private var statuses: [UInt64: (StatusResponse, Address)] = [:]
    private var silent: [(address: Address, why: String)] = []
    private var members: MemberListResponse?
    private var alarms = AlarmsResponse()
    private var open = 0

    init(_ session: Session, _ client: Client) {
        self.session = session
        self.client = client
    }

    private var patience: Patience {
        let span = min(session.reach.timeout?.span ?? Limits.timeout, Limits.memberPatience)
        return Patience(timeout: span, rounds: 1)
    }

    func look() throws(Complaint) -> ClusterReport {
        for address in client.addresses { ask(address) }
        open += 1
        client.members(patience) { outcome in
            self.open -= 1
            self.members = try? outcome.get()
        }
        open += 1
        client.alarms(patience) { outcome in
            self.open -= 1
            self.alarms = (try? outcome.get()) ?? AlarmsResponse()
        }
        settle()
        for member in members?.members ?? [] where statuses[member.id] == nil {
            for address in addresses(of: member) { ask(address) }
        }
        settle()
        return report()
    }

    private func addresses(of member: MemberInfo) -> [Address] {
        member.clientAddresses.compactMap { try? Address($0) }
            .filter { !client.addresses.contains($0) }
    }

    private func ask(_ address: Address) {
        open += 1
        client.status(of: address, patience) { outcome in
            self.open -= 1
            switch outcome {
            case .success(let status): self.heard(status, address)
            case .failure(let failure): self.silent.append((address, Inspector.why(failure)))
            }
        }
    }

    private func heard(_ status: StatusResponse, _ address: Address) {
        let id = status.header?.memberID ?? 0
        if statuses[id] == nil { statuses[id] = (status, address) }
    }

    private static func why(_ failure: ClientFailure) -> String {
        guard case .unreachable(let tried) = failure, let first = tried.first else {
            return failure.message
        }
        return first.reason
    }

    private func settle() {
        while open > 0 { _ = session.loop.run(for: .seconds(3600)) { self.open == 0 } }
    }

    private func report() -> ClusterReport {
        guard let members else {
            let heard = statuses.keys.sorted().map { id in
                let (status, address) = statuses[id]!
                return ClusterReport.Row(
                    id: id, name: ClusterReport.name(status), isLearner: false,
                    answer: .status(status, at: address))
            }
            let unheard = silent.map { (address, why) in
                ClusterReport.Row(
                    id: 0, name: address.description, isLearner: false, answer: .silence(why))
            }
            return ClusterReport(heard + unheard)
        }
        return ClusterReport(
            members.members.map(row).sorted { ($0.name, $0.id) < ($1.name, $1.id) },
            alarms: alarms)
    }

    private func row(_ member: MemberInfo) -> ClusterReport.Row {
        ClusterReport.Row(
            id: member.id, name: member.name.isEmpty ? Hex.id(member.id) : member.name,
            isLearner: member.learner, answer: answer(member))
    }

    private func answer(_ member: MemberInfo) -> ClusterReport.Answer {
        if let (status, address) = statuses[member.id] { return .status(status, at: address) }
        let tried = member.clientAddresses.compactMap { try? Address($0) }
        let whys = silent.filter { tried.contains($0.address) }.map(\.why)
        guard let why = whys.last else { return .silence("no address to ask it at is known") }
        return .silence(why)
    }
}
