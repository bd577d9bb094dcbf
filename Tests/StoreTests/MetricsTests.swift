import Raft
import Testing
import Units
import Wire

@testable import Store

@Suite struct ExpositionTests {
    @Test(
        arguments: [
            (Exposition.Number(0), "0"), (.init(-5), "-5"), (.init(true), "1"),
            (.init(UInt64.max), "18446744073709551615"),
            (.init(seconds: .milliseconds(1_500)), "1.5"),
            (.init(seconds: Instant.Span(nanoseconds: 7)), "0.000000007"),
            (.init(seconds: .seconds(60)), "60"),
        ] as [(Exposition.Number, String)]) func numbersHaveNoExponent(
            number: Exposition.Number, text: String
        )
    {
        #expect(number.text == text)
    }

    @Test func formOfTheText() {
        var page = Exposition()
        page.counter("a_total", .init(3), "Lines\nand \\ strokes.")
        page.family("b", .gauge, "With labels.")
        page.sample(.init(1), ("x", "one \"two\""), ("y", "back\\slash\n"))
        #expect(
            String(decoding: page.bytes, as: UTF8.self) == """
                # HELP a_total Lines\\nand \\\\ strokes.
                # TYPE a_total counter
                a_total 3
                # HELP b With labels.
                # TYPE b gauge
                b{x="one \\"two\\"",y="back\\\\slash\\n"} 1

                """)
    }

    @Test func aHistogramIsCumulative() {
        var values = Histogram()
        values.observe(.milliseconds(1))
        values.observe(.milliseconds(3))
        var page = Exposition()
        page.histogram("h_seconds", values, "Times.")
        let lines = String(decoding: page.bytes, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 2 + 26 + 3)
        #expect(lines.contains("h_seconds_bucket{le=\"0.0009765625\"} 0") == false)
        #expect(lines.contains("h_seconds_bucket{le=\"0.001\"} 1"))
        #expect(lines.contains("h_seconds_bucket{le=\"0.002\"} 1"))
        #expect(lines.contains("h_seconds_bucket{le=\"0.004\"} 2"))
        #expect(lines.contains("h_seconds_bucket{le=\"32.768\"} 2"))
        #expect(lines[2] == "h_seconds_bucket{le=\"0.0000009765625\"} 0")
        #expect(lines.suffix(3).first == "h_seconds_bucket{le=\"+Inf\"} 2")
        #expect(lines.suffix(2).first == "h_seconds_sum 0.004")
        #expect(lines.last == "h_seconds_count 2")
    }
}

@Suite struct MetricsTests {
    static func lines(_ office: Office) throws -> Set<Substring> {
        let response: MetricsResponse = try office.answer(.metrics, MetricsRequest().encoded)
        return Set(String(decoding: response.text, as: UTF8.self).split(separator: "\n"))
    }

    @Test func tellsWhatEtcdsUsersKnow() throws {
        let office = Office()
        office.lead()
        for number in 0..<3 { office.put("k\(number)", "v") }
        office.finishAll()
        _ = try office.get("k0", serializable: false)
        office.ask(.deleteRange, DeleteRangeRequest(key: [99]).encoded)
        office.finishAll()
        let lines = try MetricsTests.lines(office)
        for line in [
            "etcd_server_has_leader 1", "etcd_server_is_leader 1",
            "etcd_server_leader_changes_seen_total 1", "etcd_server_proposals_pending 0",
            "etcd_mvcc_put_total 3", "etcd_mvcc_delete_total 1", "etcd_mvcc_range_total 1",
            "etcd_debugging_mvcc_keys_total 3", "etcd_debugging_mvcc_current_revision 4",
            "etcd_server_version{server_version=\"1.2.3\"} 1",
            "martlet_store_requests_total{method=\"put\",outcome=\"ok\"} 3",
            "martlet_store_read_seconds_count 1",
            "martlet_store_members{seat=\"voter\"} 1",
        ] {
            #expect(lines.contains(line[...]), "\(line) is missing")
        }
        // Those of clients, and what the leader writes of its own accord.
        let name = "martlet_store_write_seconds_count "
        let writes = lines.first { $0.hasPrefix(name) }?.dropFirst(name.count)
        #expect(writes.flatMap { Int($0) } ?? 0 >= 4)
    }

    /// The names of facts that dashboards are made with, each with help and type.
    @Test func everyFamilyIsDescribedOnce() throws {
        let office = Office()
        office.lead()
        let response: MetricsResponse = try office.answer(.metrics, MetricsRequest().encoded)
        let lines = String(decoding: response.text, as: UTF8.self).split(separator: "\n")
        let types = lines.filter { $0.hasPrefix("# TYPE ") }
            .map { $0.split(separator: " ")[2] }
        #expect(Set(types).count == types.count)
        for name in [
            "etcd_server_slow_read_indexes_total", "etcd_server_heartbeat_send_failures_total",
            "etcd_server_proposals_committed_total", "etcd_server_proposals_applied_total",
            "etcd_server_proposals_failed_total", "etcd_server_health_failures",
            "etcd_disk_wal_fsync_duration_seconds", "etcd_disk_backend_commit_duration_seconds",
            "etcd_mvcc_db_total_size_in_bytes", "etcd_mvcc_db_total_size_in_use_in_bytes",
            "etcd_network_peer_sent_bytes_total", "etcd_network_peer_received_bytes_total",
            "etcd_network_peer_round_trip_time_seconds",
            "etcd_network_client_grpc_received_bytes_total",
            "etcd_network_client_grpc_sent_bytes_total", "etcd_debugging_mvcc_watcher_total",
            "etcd_debugging_mvcc_keys_total", "etcd_debugging_lease_granted_total",
            "etcd_debugging_lease_revoked_total", "etcd_debugging_lease_renewed_total",
            "etcd_debugging_lease_ttl_total", "etcd_snap_db_save_total_duration_seconds",
            "process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds",
            "process_start_time_seconds", "martlet_store_stage_seconds",
        ] {
            #expect(types.contains(name[...]), "\(name) is missing")
        }
        let described = lines.filter { $0.hasPrefix("# HELP ") }.map { $0.split(separator: " ")[2] }
        #expect(described == types)
    }

    @Test func refusalsAreCountedByMethodAndOutcome() throws {
        let office = Office()
        office.lead()
        office.put("", "v")
        office.put("", "v")
        office.ask(.leaseRevoke, LeaseRevokeRequest(id: 9).encoded)
        office.finishAll()
        let lines = try MetricsTests.lines(office)
        #expect(
            lines.contains("martlet_store_requests_total{method=\"put\",outcome=\"key_empty\"} 2"))
        #expect(
            lines.contains(
                "martlet_store_requests_total{method=\"lease_revoke\",outcome=\"lease_not_found\"} 1"
            ))
    }

    /// A watch without credit is a cursor until it has caught up.
    @Test func watchesThatAreBehindAreCounted() throws {
        let office = Office()
        office.lead()
        office.open(2, streamCredit: 60)
        let watch = office.ask(.watch, WatchRequest(key: [97]).encoded, session: 2)
        #expect(office.store.watches.cursorCount == 0)
        for _ in 0..<5 { office.put("a", "0123456789") }
        office.finishAll()
        #expect(try MetricsTests.lines(office).contains("martlet_store_watch_cursors 1"))
        office.credit(watch, 10_000, session: 2)
        #expect(office.store.watches.cursorCount == 0)
        office.step(.closed(SessionID(rawValue: 2)))
        #expect(office.store.watches.liveCount == 0)
    }

    @Test func methodsOfANewerProtocolShareAName() {
        var metrics = Metrics()
        metrics.left(.response, 70_000, 1)
        metrics.refused(.max, .unknownMethod)
        #expect(metrics.answered[0] == 1)
        #expect(Metrics.name(of: 0) == "unknown")
        #expect(Metrics.name(of: 255) == "unknown")
        #expect(Metrics.name(of: 3) == "delete_range")
    }
}

@Suite struct StageTests {
    private func count(_ values: Histogram, within milliseconds: ClosedRange<UInt64>) -> Bool {
        let mean = values.count == 0 ? 0 : values.sum / values.count / 1_000_000
        return milliseconds.contains(mean)
    }

    /// A put that waits 20 ms for the disk: all of it is sync, and replication, as one member is a
    /// majority, ends with it.
    @Test func oneMemberWaitsForItsDisk() {
        let office = Office()
        office.lead()
        let before = office.store.metrics
        office.put("a", "1")
        office.pass(20)
        office.finishAll()
        let metrics = office.store.metrics
        #expect(metrics.sync.count == before.sync.count + 1)
        #expect(metrics.sync.sum - before.sync.sum == 20_000_000)
        #expect(metrics.replicate.sum - before.replicate.sum == 20_000_000)
        #expect(metrics.queue.sum == before.queue.sum)
        #expect(metrics.writes.count == before.writes.count + 1)
        #expect(metrics.writes.sum - before.writes.sum == 20_000_000)
    }

    /// Behind another group on its way to the disk: that wait is the queue's.
    @Test func theSecondGroupQueues() {
        let office = Office()
        office.lead()
        let before = office.store.metrics
        office.put("a", "1")
        office.put("b", "2")
        office.pass(7)
        office.finishLogJob()
        office.pass(5)
        office.finishAll()
        let metrics = office.store.metrics
        #expect(metrics.queue.count == before.queue.count + 2)
        #expect(metrics.queue.sum - before.queue.sum == 7_000_000)
        #expect(metrics.sync.sum - before.sync.sum == 12_000_000)
    }

    @Test func withoutALeaderItQueues() {
        let office = Office()
        office.put("a", "1")
        office.lead()
        #expect(office.store.metrics.queue.sum >= 100_000_000)
    }

    @Test func roundTripsOfHeartbeats() throws {
        let street = Street(3)
        let leader = street.elect()
        for _ in 0..<10 { street.pass(50) }
        let metrics = leader.store.metrics
        #expect(metrics.peers.map(\.id.rawValue) == [1, 2, 3].filter { $0 != leader.id })
        #expect(metrics.peers.allSatisfy { $0.roundTrip.count > 0 && $0.sent > 0 })
        #expect(metrics.unansweredHeartbeats == 0)
        street.cutOff = [leader.id % 3 + 1]
        for _ in 0..<4 { street.pass(50) }
        #expect(leader.store.metrics.unansweredHeartbeats > 0)
    }

    /// What a new leader overwrites is forgotten; what a snapshot skips too.
    @Test func trailsFollowTheLog() {
        var stages = Stages()
        let times = Instant(nanoseconds: 5)
        var values = Histogram()
        for index: UInt64 in 1...4 { stages.joined(LogIndex(index)) }
        stages.handed(through: LogIndex(4), at: times)
        stages.joined(LogIndex(3))
        #expect(stages[LogIndex(3)] == Stages.Trail())
        #expect(stages[LogIndex(4)] == nil)
        stages.durable(through: LogIndex(2), at: times, into: &values)
        #expect(values.count == 2)
        stages.left(LogIndex(3))
        #expect(stages[LogIndex(3)] == nil)
        stages.joined(LogIndex(100))
        stages.committed(through: LogIndex(200), at: times, into: &values)
        #expect(stages[LogIndex(100)]?.committed == times)
        #expect(stages[LogIndex(99)] == nil)
    }
}

@Suite struct HealthTests {
    @Test func aMajorityConfirmsAProbe() {
        let office = Office()
        office.lead()
        office.store.probe(stream: 5, deadline: office.now + .seconds(2), at: office.now)
        office.turn()
        let answers = office.frames.filter { $0.session == SessionID.probe.rawValue }
        #expect(answers.map(\.type) == [.response])
        #expect(answers.map(\.stream) == [5])
        #expect(office.store.leaderCheck.fault == nil)
    }

    @Test func withoutALeaderAProbeFailsInTime() {
        let office = Office()
        office.store.probe(stream: 1, deadline: office.now + .milliseconds(1), at: office.now)
        office.turn()
        office.pass(2)
        let answers = office.frames.filter { $0.session == SessionID.probe.rawValue }
        #expect(answers.map(\.type) == [.error])
        #expect(office.store.leaderCheck.fault != nil)
    }
}
