internal import EventLoop
package import Units
package import Wire

/// What all members said at one moment.
package struct TopSample: Equatable, Sendable {
    package struct Member: Equatable, Sendable {
        package var id: UInt64
        package var name: String
        package var isLearner: Bool
        /// Nil when it did not answer.
        package var status: StatusResponse?
        package var metrics: MetricsText
        package var slow: [SlowOperationInfo]
        /// Why it did not answer.
        package var why: String

        package init(
            id: UInt64, name: String, isLearner: Bool = false, status: StatusResponse? = nil,
            metrics: MetricsText = MetricsText(""), slow: [SlowOperationInfo] = [], why: String = ""
        ) {
            self.id = id
            self.name = name
            self.isLearner = isLearner
            self.status = status
            self.metrics = metrics
            self.slow = slow
            self.why = why
        }
    }

    package var at: Instant
    package var members: [Member]

    package init(at: Instant, members: [Member]) {
        self.at = at
        self.members = members
    }
}

/// A live view of a cluster: what two samples say of the time between them.
package struct TopReport {
    private let now: TopSample
    private let before: TopSample?
    private let seconds: Double

    /// Without an earlier sample the rates are those since each member's start.
    package init(_ now: TopSample, since before: TopSample?) {
        self.now = now
        self.before = before
        seconds = before.map { Double(now.at.since($0.at).nanoseconds) / 1e9 } ?? 0
    }

    private var answering: [TopSample.Member] { now.members.filter { $0.status != nil } }

    private var leader: TopSample.Member? {
        answering.filter { $0.status?.role == .leader }
            .max { ($0.status?.header?.raftTerm ?? 0) < ($1.status?.header?.raftTerm ?? 0) }
    }

    private func earlier(_ member: TopSample.Member) -> TopSample.Member? {
        before?.members.first { other in
            other.id == member.id && other.status != nil
                && other.status!.uptimeSeconds <= (member.status?.uptimeSeconds ?? 0)
        }
    }

    private func span(_ member: TopSample.Member) -> Double {
        earlier(member) == nil ? Double(member.status?.uptimeSeconds ?? 0) : seconds
    }

    // MARK: Rates

    /// Calls a second, by method, the most frequent first, and those that were refused.
    private var rates: (methods: [(name: String, rate: Double)], refused: Double) {
        var found: [String: Double] = [:]
        var refused = 0.0
        for member in answering {
            let span = max(span(member), 0.001)
            for sample in requests(member) {
                let was = earlier(member).flatMap { value(sample, in: $0) } ?? 0
                let rate = max(0, sample.value - was) / span
                if sample.label("outcome") == "ok" {
                    found[sample.label("method") ?? "?", default: 0] += rate
                } else {
                    refused += rate
                }
            }
        }
        let methods = found.map { (name: $0.key, rate: $0.value) }
            .sorted { ($1.rate, $0.name) < ($0.rate, $1.name) }
        return (methods, refused)
    }

    private func requests(_ member: TopSample.Member) -> [MetricsText.Sample] {
        member.metrics.family("martlet_store_requests_total")?.samples ?? []
    }

    private func value(
        _ sample: MetricsText.Sample, in member: TopSample.Member
    ) -> Double? {
        requests(member).first { $0.labels == sample.labels }?.value
    }

    private static let stages = ["queue", "sync", "replicate", "apply", "reply"]

    /// Of the time between the samples, on the leader or whoever answers.
    private var stages: (on: String, rows: [(stage: String, MetricsText.Distribution)])? {
        guard let member = leader ?? answering.first else { return nil }
        let name = "martlet_store_stage_seconds"
        let rows = TopReport.stages.compactMap { stage in
            member.metrics.distribution(name, ("stage", stage)).map { found in
                let was = earlier(member)?.metrics.distribution(name, ("stage", stage))
                return (stage, found.since(was))
            }
        }
        return (member.name, rows)
    }

    private var alarms: [String] {
        let raised = answering.flatMap { member in
            (member.metrics.family("martlet_store_alarms")?.samples ?? []).filter { $0.value > 0 }
                .map { "\($0.label("alarm") ?? "?") on '\($0.label("member") ?? member.name)'" }
        }
        return Set(raised).sorted()
    }

    /// The newest first.
    private var slow: [(member: String, info: SlowOperationInfo)] {
        answering.flatMap { member in member.slow.map { (member.name, $0) } }
            .sorted { ($0.1.agoUs, $0.0) < ($1.1.agoUs, $1.0) }
    }

    private func sum(_ name: String) -> Double {
        answering.reduce(0) { $0 + ($1.metrics.value(name) ?? 0) }
    }

    private func lag(_ status: StatusResponse) -> UInt64 {
        let newest = answering.compactMap(\.status?.commitIndex).max() ?? 0
        return newest - min(newest, status.appliedIndex)
    }
}

// MARK: - Words

extension TopReport {
    /// Lines of at most `columns` letters, at most `rows` of them.
    package func lines(
        columns: Int, rows: Int, _ paint: (String, Terminal.Colour) -> String = { text, _ in text }
    ) -> [String] {
        var lines = [headline, ""] + memberLines(columns)
        lines += ["", rateLine] + stageLines + ["", countLine, alarmLine]
        let room = max(0, rows - lines.count - 2)
        let shown = slow.prefix(min(room, 8))
        if !shown.isEmpty { lines += [""] + shown.map(slowLine) }
        return lines.prefix(max(1, rows)).enumerated().map { index, line in
            let cut = String(line.prefix(max(1, columns)))
            return index == 0 ? paint(cut, colour) : cut
        }
    }

    private var colour: Terminal.Colour {
        leader == nil ? .red : answering.count == now.members.count ? .green : .yellow
    }

    private var headline: String {
        let count = "\(answering.count) of \(Spelling.count(now.members.count, "member"))"
        guard let leader else { return "\(count) answer, and none of them leads" }
        return "\(count) answer, '\(leader.name)' leads in term "
            + "\(leader.status?.header?.raftTerm ?? 0)"
    }

    private func memberLines(_ columns: Int) -> [String] {
        let isWide = columns >= 76
        var table = Table(
            ["member", "role", "revision", "lag"]
                + (isWide ? ["disk", "memory", "cpu", "clients", "up"] : ["cpu"]),
            right: isWide ? [2, 3, 4, 5, 6, 7] : [2, 3, 4])
        for member in now.members {
            guard let status = member.status else {
                table.add([member.name, "does not answer: \(member.why)"])
                continue
            }
            let head = [
                member.name, role(member, status), Spelling.count(status.header?.revision ?? 0),
                Spelling.count(Int64(clamping: lag(status))),
            ]
            table.add(
                head
                    + (isWide
                        ? [
                            Spelling.size(status.diskBytes), Spelling.size(status.residentBytes),
                            processor(member), connections(member),
                            Spelling.time(seconds: status.uptimeSeconds),
                        ] : [processor(member)]))
        }
        return table.text.split(separator: "\n").map(String.init)
    }

    private func role(_ member: TopSample.Member, _ status: StatusResponse) -> String {
        switch status.role {
        case .leader: "leader"
        case .candidate: "candidate"
        case .learner: "learner"
        case .follower: member.isLearner ? "learner" : "follower"
        case .unrecognized(let number): "role \(number)"
        }
    }

    /// Of one processor, in per cent.
    private func processor(_ member: TopSample.Member) -> String {
        let name = "process_cpu_seconds_total"
        guard let used = member.metrics.value(name), span(member) > 0 else { return "-" }
        let was = earlier(member)?.metrics.value(name) ?? 0
        return "\(Int((max(0, used - was) * 100 / span(member)).rounded())) %"
    }

    private func connections(_ member: TopSample.Member) -> String {
        member.metrics.value("martlet_store_client_connections")
            .map { Spelling.count(Int64($0)) } ?? "-"
    }

    private var rateLine: String {
        let (methods, refused) = rates
        let shown = methods.filter { $0.rate >= 0.05 }.prefix(6)
            .map { "\($0.name) \(TopReport.rate($0.rate))" }
        let calls = shown.isEmpty ? ["no calls"] : shown
        let when = before == nil ? "calls/s since the start" : "calls/s"
        return "\(when): "
            + (calls + ["refused \(TopReport.rate(refused))"]).joined(separator: ", ")
    }

    private static func rate(_ rate: Double) -> String {
        rate < 9.95 ? "\((rate * 10).rounded() / 10)" : Spelling.count(Int64(rate.rounded()))
    }

    private var stageLines: [String] {
        guard let stages else { return [] }
        var table = Table(
            ["stages on '\(stages.on)'", "median", "99 %", "times"], right: [1, 2, 3])
        for (stage, found) in stages.rows {
            table.add([
                stage, Spelling.duration(found.quantile(0.5)),
                Spelling.duration(found.quantile(0.99)), Spelling.count(Int64(found.count)),
            ])
        }
        return table.text.split(separator: "\n").map(String.init)
    }

    private var countLine: String {
        let watchers = Int64(answering.reduce(0) { $0 + ($1.status?.watchers ?? 0) })
        let behind = Int64(sum("martlet_store_watch_cursors"))
        let best = leader?.status ?? answering.first?.status
        return "\(Spelling.count(best?.keys ?? 0, "key")), "
            + "\(Spelling.count(best?.leases ?? 0, "lease")), "
            + "\(Spelling.count(watchers, "watcher"))"
            + (behind > 0 ? " (\(Spelling.count(behind)) behind)" : "")
            + ", \(Spelling.count(Int64(sum("etcd_server_proposals_pending")), "write")) under way"
    }

    private var alarmLine: String {
        "alarms: " + (alarms.isEmpty ? "none" : alarms.joined(separator: ", "))
    }

    private func slowLine(_ slow: (member: String, info: SlowOperationInfo)) -> String {
        let ago = Spelling.time(seconds: Int64(clamping: slow.info.agoUs / 1_000_000))
        return "\(ago) ago on '\(slow.member)': \(slow.info.words)"
    }
}

// MARK: - JSON

extension TopReport {
    package var json: JSON {
        let (methods, refused) = rates
        return Rendering.object([
            ("seconds", TopReport.number(seconds)),
            ("leader", leader.map { .string($0.name) } ?? .null),
            ("members", .array(now.members.map(json))),
            (
                "calls_per_second",
                Rendering.object(methods.map { ($0.name, TopReport.number($0.rate)) })
            ), ("refused_per_second", TopReport.number(refused)),
            ("stages", stagesJSON), ("alarms", .array(alarms.map { .string($0) })),
            ("slow", .array(slow.map { SlowVerb.json($0.info, of: $0.member) })),
        ])
    }

    private func json(_ member: TopSample.Member) -> JSON {
        guard let status = member.status else {
            return Rendering.object([
                ("name", .string(member.name)), ("answers", .bool(false)),
                ("why", .string(member.why)),
            ])
        }
        return Rendering.object([
            ("name", .string(member.name)), ("answers", .bool(true)),
            ("role", .string(role(member, status))),
            ("revision", .integer(status.header?.revision ?? 0)),
            ("lag", .integer(Int64(clamping: lag(status)))),
            ("disk_bytes", .integer(status.diskBytes)),
            ("memory_bytes", .integer(status.residentBytes)),
            ("watchers", .integer(status.watchers)), ("leases", .integer(status.leases)),
        ])
    }

    private var stagesJSON: JSON {
        Rendering.object(
            (stages?.rows ?? []).map { stage, found in
                (
                    stage,
                    Rendering.object([
                        ("count", .integer(Int64(found.count))),
                        ("median_seconds", TopReport.number(found.quantile(0.5))),
                        ("p99_seconds", TopReport.number(found.quantile(0.99))),
                    ])
                )
            })
    }

    /// With six places, as far as they say something.
    private static func number(_ number: Double?) -> JSON {
        guard let number, number.isFinite else { return .null }
        let millionths = Int64((number * 1e6).rounded())
        var text = String(millionths % 1_000_000)
        text = String(repeating: "0", count: 6 - text.utf8.count) + text
        while text.hasSuffix("0") { text.removeLast() }
        return .number("\(millionths / 1_000_000)" + (text.isEmpty ? "" : ".\(text)"))
    }
}
