internal import Client
package import EventLoop
package import Wire

/// Is it well? What every member says, and what follows from that.
package struct ClusterReport: Equatable, Sendable {
    package enum Answer: Equatable, Sendable {
        case status(StatusResponse, at: Address)
        /// Why nothing was heard.
        case silence(String)
    }

    package struct Row: Equatable, Sendable {
        package var id: UInt64
        package var name: String
        package var isLearner: Bool
        package var answer: Answer

        package init(id: UInt64, name: String, isLearner: Bool, answer: Answer) {
            self.id = id
            self.name = name
            self.isLearner = isLearner
            self.answer = answer
        }
    }

    package enum Verdict: Equatable, Sendable {
        case well
        /// It works, but some members do not answer.
        case limps
        case leaderless
        /// Members at the same index hold different data.
        case differs(String, String)
        /// It works, but something is to be looked after.
        case alarmed
        case silent
    }

    package var rows: [Row]
    /// What the cluster says of itself, and the time it goes by.
    package var alarms: AlarmsResponse

    package init(_ rows: [Row], alarms: AlarmsResponse = AlarmsResponse()) {
        self.rows = rows
        self.alarms = alarms
    }

    package var statuses: [StatusResponse] {
        rows.compactMap { row in
            guard case .status(let status, _) = row.answer else { return nil }
            return status
        }
    }

    /// The one that says it leads, at the newest term.
    package var leader: StatusResponse? {
        statuses.filter { $0.role == .leader }
            .max { ($0.header?.raftTerm ?? 0) < ($1.header?.raftTerm ?? 0) }
    }

    package var verdict: Verdict {
        if statuses.isEmpty { return .silent }
        if let (one, other) = difference { return .differs(one, other) }
        guard leader != nil || followsSomebodyUnheard else { return .leaderless }
        guard statuses.count == rows.count else { return .limps }
        return alarms.alarms.isEmpty ? .well : .alarmed
    }

    /// The leader itself does not answer us, but a member hears it.
    private var followsSomebodyUnheard: Bool { unheardLeader != nil }

    /// The silent member that those who answer follow, by the newest word.
    private var unheardLeader: Row? {
        let word = statuses.filter { $0.leaderID != 0 }
            .max { ($0.header?.raftTerm ?? 0) < ($1.header?.raftTerm ?? 0) }
        return rows.first { row in
            if case .silence = row.answer { row.id == word?.leaderID } else { false }
        }
    }

    /// Who leads, whether it answers us or not.
    private var leading: (id: UInt64, name: String)? {
        if let leader { return (leader.header?.memberID ?? 0, ClusterReport.name(leader)) }
        return unheardLeader.map { ($0.id, $0.name) }
    }

    private var difference: (String, String)? {
        for (index, one) in statuses.enumerated() {
            for other in statuses[(index + 1)...]
            where one.appliedIndex == other.appliedIndex && one.digest != other.digest {
                return (ClusterReport.name(one), ClusterReport.name(other))
            }
        }
        return nil
    }

    package static func name(_ status: StatusResponse) -> String {
        status.name.isEmpty ? Hex.id(status.header?.memberID ?? 0) : status.name
    }

    private var commitIndex: UInt64 { statuses.map(\.commitIndex).max() ?? 0 }

    /// Entries that are committed and that it has not applied yet.
    package func lag(_ status: StatusResponse) -> UInt64 {
        commitIndex - min(status.appliedIndex, commitIndex)
    }

    private var clusterID: UInt64? { statuses.first?.header?.clusterID }
}

// MARK: Words

extension ClusterReport {
    package func words(_ paint: (String, Terminal.Colour) -> String) -> String {
        guard !statuses.isEmpty else {
            return (["\(paint("no member answers", .red))"] + rows.map(silentLine))
                .joined(separator: "\n")
        }
        let raised = alarms.alarms.map {
            "  " + paint(Rendering.words($0, at: alarms.clusterTime), .red)
        }
        return ([headline(paint)] + raised + ["", table, "", tail]).joined(separator: "\n")
    }

    /// One line: the verdict.
    package func headline(_ paint: (String, Terminal.Colour) -> String = { text, _ in text })
        -> String
    {
        let cluster = "cluster \(Hex.id(clusterID ?? 0))"
        let leads = leading.map { ", '\($0.name)' leads" } ?? ""
        switch verdict {
        case .well: return "\(cluster) is \(paint("well", .green)): \(count)\(leads)"
        case .limps: return "\(cluster) \(paint("limps", .yellow)): only \(count)\(leads)"
        case .leaderless:
            return
                "\(cluster) has \(paint("no leader", .red)): \(count), and nothing can be written"
        case .differs(let one, let other):
            return "\(cluster) is \(paint("damaged", .red)): '\(one)' and '\(other)' hold "
                + "different data. Stop writing and keep both data directories"
        case .alarmed:
            let count = Spelling.count(alarms.alarms.count, "alarm")
            return "\(cluster) has \(paint(count, .yellow)): \(self.count)\(leads)"
        case .silent: return paint("no member answers", .red)
        }
    }

    private var count: String {
        let verb = rows.count == 1 ? "answers" : "answer"
        return "\(statuses.count) of \(Spelling.count(rows.count, "member")) \(verb)"
    }

    private var table: String {
        var table = Table(
            ["  member", "role", "revision", "lag", "disk", "memory", "up", "address"],
            right: [2, 3, 4, 5])
        for row in rows {
            switch row.answer {
            case .silence(let why): table.add(["  \(row.name)", "does not answer: \(why)"])
            case .status(let status, let address): table.add(cells(row, status, address))
            }
        }
        return table.text
    }

    private func cells(_ row: Row, _ status: StatusResponse, _ address: Address) -> [String] {
        [
            "  \(row.name)", role(row, status), Spelling.count(status.header?.revision ?? 0),
            Spelling.count(Int64(clamping: lag(status))), Spelling.size(status.diskBytes),
            Spelling.size(status.residentBytes), Spelling.time(seconds: status.uptimeSeconds),
            address.description,
        ]
    }

    private func role(_ row: Row, _ status: StatusResponse) -> String {
        switch status.role {
        case .leader: "leader"
        case .candidate: "candidate"
        case .learner: "learner"
        case .follower: row.isLearner ? "learner" : "follower"
        case .unrecognized(let number): "role \(number)"
        }
    }

    private func silentLine(_ row: Row) -> String {
        guard case .silence(let why) = row.answer else { return "" }
        return row.name.isEmpty ? "  \(why)" : "  \(row.name): \(why)"
    }

    private var tail: String {
        let best = leader ?? statuses.max { $0.appliedIndex < $1.appliedIndex }!
        let watchers = statuses.reduce(0) { $0 + $1.watchers }
        return [
            Spelling.count(best.keys, "key"), Spelling.count(best.leases, "lease"),
            Spelling.count(watchers, "watcher"),
        ].joined(separator: ", ")
            + (best.compactedRevision > 0
                ? "; compacted up to revision \(Spelling.count(best.compactedRevision))" : "")
            + alarmWords
    }

    private var alarmWords: String {
        let count = statuses.map(\.alarms).max() ?? 0
        guard count > 0 else { return "" }
        return "; \(Spelling.count(Int(count), "alarm")): 'martlet store alarm list'"
    }
}

// MARK: JSON

extension ClusterReport {
    package var json: JSON {
        Rendering.object([
            ("well", .bool(verdict == .well)), ("state", .string(state)),
            ("cluster", clusterID.map { .string(Hex.id($0)) } ?? .null),
            ("leader", leading.map { .string(Hex.id($0.id)) } ?? .null),
            ("leader_name", leading.map { .string($0.name) } ?? .null),
            ("term", .integer(Int64(clamping: statuses.compactMap(\.header?.raftTerm).max() ?? 0))),
            ("revision", .integer(statuses.compactMap(\.header?.revision).max() ?? 0)),
            ("alarms", .array(alarms.alarms.map { Rendering.json($0, at: alarms.clusterTime) })),
            ("members", .array(rows.map(json))),
        ])
    }

    private var state: String {
        switch verdict {
        case .well: "well"
        case .limps: "limps"
        case .leaderless: "leaderless"
        case .differs: "damaged"
        case .alarmed: "alarmed"
        case .silent: "silent"
        }
    }

    private func json(_ row: Row) -> JSON {
        var members: [(String, JSON)] = [
            ("id", .string(Hex.id(row.id))), ("name", .string(row.name)),
        ]
        switch row.answer {
        case .silence(let why):
            members += [("answers", .bool(false)), ("why", .string(why))]
        case .status(let status, let address):
            members += [("answers", .bool(true)), ("address", .string(address.description))]
            members += facts(row, status)
        }
        return Rendering.object(members)
    }

    private func facts(_ row: Row, _ status: StatusResponse) -> [(String, JSON)] {
        [
            ("version", .string(status.version)), ("role", .string(role(row, status))),
            ("revision", .integer(status.header?.revision ?? 0)),
            ("lag", .integer(Int64(clamping: lag(status)))),
            ("commit_index", .integer(Int64(clamping: status.commitIndex))),
            ("applied_index", .integer(Int64(clamping: status.appliedIndex))),
            ("durable_index", .integer(Int64(clamping: status.durableIndex))),
            ("compacted_revision", .integer(status.compactedRevision)),
            ("keys", .integer(status.keys)), ("leases", .integer(status.leases)),
            ("watchers", .integer(status.watchers)), ("disk_bytes", .integer(status.diskBytes)),
            ("memory_bytes", .integer(status.residentBytes)),
            ("proposals", .integer(Int64(clamping: status.proposals))),
            ("digest", .string(Hex.id(status.digest))),
            ("uptime_seconds", .integer(status.uptimeSeconds)),
            ("quota_bytes", .integer(status.quotaBytes)),
            ("space_bytes", .integer(status.spaceBytes)),
            ("free_bytes", .integer(status.freeBytes)), ("alarms", .integer(Int64(status.alarms))),
            ("cluster_version", .integer(Int64(status.clusterVersion))),
        ]
    }
}
