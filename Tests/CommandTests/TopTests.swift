import Testing
import Units
import Wire

@testable import Command

@Suite struct TopTests {
    private static func metrics(puts: Int, waits: Int, cpu: Double) -> MetricsText {
        MetricsText(
            """
            # TYPE process_cpu_seconds_total counter
            process_cpu_seconds_total \(cpu)
            # TYPE martlet_store_client_connections gauge
            martlet_store_client_connections 12
            # TYPE martlet_store_watch_cursors gauge
            martlet_store_watch_cursors 2
            # TYPE etcd_server_proposals_pending gauge
            etcd_server_proposals_pending 3
            # TYPE martlet_store_requests_total counter
            martlet_store_requests_total{method="put",outcome="ok"} \(puts)
            martlet_store_requests_total{method="range",outcome="ok"} 70
            martlet_store_requests_total{method="put",outcome="overloaded"} \(puts / 100)
            # TYPE martlet_store_stage_seconds histogram
            martlet_store_stage_seconds_bucket{stage="queue",le="0.001"} \(waits)
            martlet_store_stage_seconds_bucket{stage="queue",le="+Inf"} \(waits)
            martlet_store_stage_seconds_sum{stage="queue"} 1
            martlet_store_stage_seconds_count{stage="queue"} \(waits)
            martlet_store_stage_seconds_bucket{stage="sync",le="0.004"} \(waits)
            martlet_store_stage_seconds_bucket{stage="sync",le="0.008"} \(waits * 2)
            martlet_store_stage_seconds_bucket{stage="sync",le="+Inf"} \(waits * 2)
            martlet_store_stage_seconds_sum{stage="sync"} 1
            martlet_store_stage_seconds_count{stage="sync"} \(waits * 2)
            # TYPE martlet_store_alarms gauge
            martlet_store_alarms{alarm="NOSPACE",member="m2"} 1
            martlet_store_alarms{alarm="CORRUPT",member="m2"} 0
            """)
    }

    private static func status(_ id: UInt64, _ role: Role, applied: UInt64) -> StatusResponse {
        StatusResponse(
            header: ResponseHeader(clusterID: 0xC1, memberID: id, revision: 1_234_567, raftTerm: 7),
            name: "m\(id)", role: role, leaderID: 1, commitIndex: 900, appliedIndex: applied,
            keys: 1_000_000, leases: 42, watchers: 5, diskBytes: 420_000_000,
            residentBytes: 96_000_000, uptimeSeconds: 3_725)
    }

    private static func sample(
        at seconds: UInt64, puts: Int, waits: Int, leader: Role = .leader
    ) -> TopSample {
        let slow = SlowOperationInfo(
            number: 4, agoUs: 12_000_000, method: 1, operations: 4, key: [107], totalUs: 312_000,
            cause: .slowSync, waitedUs: 290_000,
            words: "put 'k' and 3 more took 312 ms, 290 ms of it for this member's disk to sync")
        return TopSample(
            at: Instant(nanoseconds: seconds * 1_000_000_000),
            members: [
                .init(
                    id: 1, name: "m1", status: status(1, leader, applied: 900),
                    metrics: metrics(puts: puts, waits: waits, cpu: Double(seconds) * 0.35),
                    slow: [slow]),
                .init(
                    id: 2, name: "m2", isLearner: true, status: status(2, .follower, applied: 890),
                    metrics: metrics(puts: 0, waits: 0, cpu: 1)),
                .init(id: 3, name: "m3", why: "connection refused"),
            ])
    }

    @Test func looks() {
        let before = TopTests.sample(at: 100, puts: 10_000, waits: 50)
        let now = TopTests.sample(at: 102, puts: 14_800, waits: 150)
        var text = ""
        func show(_ title: String, _ report: TopReport, columns: Int, rows: Int = 40) {
            let lines = report.lines(columns: columns, rows: rows)
            #expect(lines.count <= rows)
            #expect(lines.allSatisfy { $0.count <= columns })
            text += "== \(title)\n" + lines.map { $0 + "\n" }.joined()
        }
        show("wide", TopReport(now, since: before), columns: 100)
        show("narrow", TopReport(now, since: before), columns: 44)
        show("low", TopReport(now, since: before), columns: 80, rows: 6)
        show("at first", TopReport(now, since: nil), columns: 100)
        let silent = TopSample(
            at: now.at,
            members: now.members.map { .init(id: $0.id, name: $0.name, why: "timed out") })
        show("nobody", TopReport(silent, since: now), columns: 80)
        let lost = TopTests.sample(at: 103, puts: 14_800, waits: 150, leader: .candidate)
        show("no leader", TopReport(lost, since: now), columns: 80)
        text += "== json\n" + TopReport(now, since: before).json.line + "\n"
        Golden.check("top.txt", text)
    }

    /// A member that was started anew counts from zero; that is no negative rate.
    @Test func aRestartIsNoNegativeRate() {
        let before = TopTests.sample(at: 100, puts: 10_000, waits: 50)
        var now = TopTests.sample(at: 102, puts: 10, waits: 5)
        now.members[0].status?.uptimeSeconds = 1
        let text = TopReport(now, since: before).lines(columns: 100, rows: 40).joined()
        #expect(text.contains("put 10"))
        #expect(!text.contains("-"))
    }

    @Test func onceAndAsJSON() {
        let stage = Stage()
        #expect(stage.run("store top --once --every 1ms --json") == 0)
        #expect(stage.out.hasPrefix("{\"seconds\":"))
        #expect(stage.out.split(separator: "\n").count == 1)
        #expect(stage.run("store top --once --every 1ms") == 0)
        #expect(stage.out.contains("'a' leads in term 3"))
    }

    /// On a terminal it draws over the screen until 'q' is typed.
    @Test func untilQ() {
        let stage = Stage()
        stage.outIsTerminal = true
        var typed: [UInt8] = [UInt8(ascii: "x")]
        stage.keyboard = .init(
            begin: { true },
            next: {
                if stage.out.contains("q quits") { typed.append(UInt8(ascii: "q")) }
                return typed.isEmpty ? nil : typed.removeFirst()
            }, end: {})
        #expect(stage.run("store top --every 1ms") == 0)
        #expect(stage.out.hasPrefix("\u{1B}[?1049h\u{1B}[?25l"))
        #expect(stage.out.hasSuffix("\u{1B}[?25h\u{1B}[?1049l"))
        #expect(stage.out.contains("alarms: none"))
    }
}
