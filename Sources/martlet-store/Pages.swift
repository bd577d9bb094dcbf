import Daemon
import Disk
import EventLoop
import Raft
import Store
import Units
import Wire

// What the pages of a member say: its metrics, and whether it is well.

/// Linearizable reads that were begun to see whether they get through.
struct Probes {
    private var waiting: [UInt32: (Bool) -> Void] = [:]
    private var last: UInt32 = 0

    /// How long a majority may take to confirm one.
    static let patience = Instant.Span.seconds(2)

    mutating func add(_ then: @escaping (Bool) -> Void) -> UInt32 {
        last = last == .max ? 1 : last + 1
        waiting[last] = then
        return last
    }

    mutating func answered(_ number: UInt32, _ type: FrameType) {
        waiting.removeValue(forKey: number)?(type == .response)
    }
}

extension Shell {
    /// Facts for metrics, looked up now.
    func refreshMachine() {
        let reach = links.reach
        let wall = Loop.wallClock.nanoseconds
        var facts = MachineFacts()
        facts.processorTime = ProcessFacts.processorTime
        facts.residentBytes = Int64(ProcessFacts.residentBytes)
        facts.virtualBytes = Int64(ProcessFacts.virtualBytes)
        facts.openDescriptors = Int64(ProcessFacts.openDescriptors)
        facts.maximumDescriptors = Int64(ProcessFacts.maximumDescriptors)
        facts.started = Instant(nanoseconds: wall - min(wall, ProcessFacts.uptime.nanoseconds))
        facts.stateBytes = Int64(directory.stateBytes())
        facts.stateBytesInUse = Int64(tables.usedBytes)
        facts.connections = Int64(clients.count)
        facts.reachable = reach.up
        facts.unreachable = reach.down
        store.machine = facts
    }

    /// Answers a request to the pages.
    func serve(_ request: PageRequest, _ answer: @escaping MetricsPage.Answer) {
        switch request.path {
        case "/metrics":
            refreshMachine()
            let type = "text/plain; version=0.0.4; charset=utf-8"
            answer(PageAnswer(200, type: type, body: store.metricsText))
        case "/health": health(request, answer)
        case "/livez": tell([store.localReadCheck], request, answer)
        case "/readyz": ready(request, answer)
        default:
            answer(PageAnswer(404, "there are /metrics, /health, /livez and /readyz"))
        }
    }

    /// As etcd words it: `{"health":"true","reason":""}`, or 503.
    private func health(_ request: PageRequest, _ answer: @escaping MetricsPage.Answer) {
        let checks = [store.leaderCheck] + store.alarmChecks(except: request.excluded)
        if request.value(of: "serializable") == "true" || checks.contains(where: \.isBad) {
            return tell(health: checks, answer)
        }
        confirm { self.tell(health: checks + [$0], answer) }
    }

    private func tell(health checks: [HealthCheck], _ answer: MetricsPage.Answer) {
        let bad = checks.first(where: \.isBad)
        count(bad == nil)
        let reason = (bad?.fault ?? "").split(separator: "\"").joined(separator: "'")
        let text = "{\"health\":\"\(bad == nil)\",\"reason\":\"\(reason)\"}\n"
        answer(
            PageAnswer(bad == nil ? 200 : 503, type: "application/json", body: Array(text.utf8)))
    }

    private func ready(_ request: PageRequest, _ answer: @escaping MetricsPage.Answer) {
        let checks =
            [store.corruptionCheck, store.localReadCheck, store.seatCheck]
        confirm { self.tell(checks + [$0], request, answer) }
    }

    private func confirm(_ then: @escaping (HealthCheck) -> Void) {
        let number = probes.add { isConfirmed in
            let fault = isConfirmed ? nil : "no majority confirmed a read in time"
            then(HealthCheck("linearizable_read", fault))
        }
        store.probe(stream: number, deadline: loop.now + Probes.patience, at: loop.now)
    }

    /// Line by line with `?verbose`, or when something is wrong.
    private func tell(
        _ checks: [HealthCheck], _ request: PageRequest, _ answer: MetricsPage.Answer
    ) {
        let looked = checks.filter { !request.excluded.contains($0.name) }
        let isWell = !looked.contains(where: \.isBad)
        count(isWell)
        var lines = looked.map { "[\($0.isBad ? "-" : "+")]\($0.name) \($0.fault ?? "ok")" }
        if isWell, request.value(of: "verbose") == nil { lines = [] }
        lines.append(isWell ? "ok" : "not ok")
        answer(PageAnswer(isWell ? 200 : 503, lines.joined(separator: "\n")))
    }

    private func count(_ isWell: Bool) {
        if isWell { store.metrics.goodHealth += 1 } else { store.metrics.badHealth += 1 }
    }
}

extension HealthCheck {
    fileprivate var isBad: Bool { fault != nil }
}

extension PageRequest {
    /// The values of every `exclude=`.
    fileprivate var excluded: [String] { query.filter { $0.name == "exclude" }.map(\.value) }
}
