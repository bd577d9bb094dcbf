internal import MVCC
package import Raft
package import Units
internal import Wire

/// What only the shell knows of this machine and process; looked up when metrics are asked for.
package struct MachineFacts: Equatable, Sendable {
    package var processorTime = Instant.Span(nanoseconds: 0)
    package var residentBytes: Int64 = 0
    package var virtualBytes: Int64 = 0
    package var openDescriptors: Int64 = 0
    package var maximumDescriptors: Int64 = 0
    /// Since 1970.
    package var started = Instant.zero
    /// The file of the state, and what of it is in use.
    package var stateBytes: Int64 = 0
    package var stateBytesInUse: Int64 = 0
    /// Connections of clients.
    package var connections: Int64 = 0
    /// Members whose connection is up, and those whose is not.
    package var reachable: [MemberID] = []
    package var unreachable: [MemberID] = []

    package init() {}
}

extension Store {
    mutating func tellMetrics(_ call: Call, _ body: Bytes) throws(Refusal) {
        _ = try MetricsRequest(request: body)
        recorder.isPrivate = true
        let start = effects.bytes.count
        MetricsResponse(header: header, text: metricsText).encode(into: &effects.bytes)
        answer(call.session, call.stream, call.method, from: start)
    }

    /// All metrics, in the Prometheus text format 0.0.4. `machine` should be fresh.
    package var metricsText: [UInt8] {
        var page = Exposition()
        tellServer(&page)
        tellDisk(&page)
        tellKeys(&page)
        tellClients(&page)
        tellPeers(&page)
        tellLeases(&page)
        tellSnapshots(&page)
        tellProcess(&page)
        tellRequests(&page)
        tellStages(&page)
        tellMembers(&page)
        tellAlarms(&page)
        return page.bytes
    }

    private var own: String { hex(identity.member) }

    // MARK: Names that etcd's users know

    private func tellServer(_ page: inout Exposition) {
        page.gauge(
            "etcd_server_has_leader", .init(raft.leader != nil), "Whether a leader is known.")
        page.gauge("etcd_server_is_leader", .init(raft.role == .leader), "Whether this one leads.")
        page.gauge("etcd_server_is_learner", .init(isLearner), "Whether it has no vote.")
        page.counter(
            "etcd_server_leader_changes_seen_total", .init(metrics.leaderChanges),
            "Leaders that came after another, as seen here.")
        page.gauge(
            "etcd_server_proposals_committed_total", .init(raft.commitIndex.rawValue),
            "The index up to which the log is committed.")
        page.gauge(
            "etcd_server_proposals_applied_total", .init(appliedIndex.rawValue),
            "The index up to which the log is carried out here.")
        page.gauge(
            "etcd_server_proposals_pending", .init(proposals.waiters.count),
            "Writes that were taken here and are not answered yet.")
        page.counter(
            "etcd_server_proposals_failed_total", .init(metrics.failedProposals),
            "Writes that were taken here and ended without a word of success.")
        page.counter(
            "etcd_server_slow_apply_total", .init(metrics.slowTurns),
            "Turns that took as long as a slow operation.")
        page.counter(
            "etcd_server_slow_read_indexes_total", .init(metrics.slowReads),
            "Rounds of linearizable reads that no majority confirmed in time.")
        page.counter(
            "etcd_server_heartbeat_send_failures_total", .init(metrics.unansweredHeartbeats),
            "Heartbeats that were not answered before the next.")
        page.counter(
            "etcd_server_health_success", .init(metrics.goodHealth), "Questions for health: well.")
        page.counter(
            "etcd_server_health_failures", .init(metrics.badHealth),
            "Questions for health: not well.")
        page.family("etcd_server_version", .gauge, "The program's version, always 1.")
        page.sample(.init(true), ("server_version", identity.version))
        page.family("etcd_server_id", .gauge, "This member's id, always 1.")
        page.sample(.init(true), ("server_id", own))
    }

    private var isLearner: Bool {
        members.first { $0.id == identity.member }?.isLearner ?? true
    }

    private func tellDisk(_ page: inout Exposition) {
        page.histogram(
            "etcd_disk_wal_fsync_duration_seconds", metrics.logSync,
            "Writing one group of the log and syncing it.")
        page.histogram(
            "etcd_disk_backend_commit_duration_seconds", metrics.commit,
            "Writing one checkpoint of the state and syncing it.")
        page.gauge(
            "etcd_mvcc_db_total_size_in_bytes", .init(machine.stateBytes),
            "The state's file. The log is not in it.")
        page.gauge(
            "etcd_mvcc_db_total_size_in_use_in_bytes", .init(machine.stateBytesInUse),
            "What of the state's file is in use; the rest is used again.")
    }

    private func tellKeys(_ page: inout Exposition) {
        for (name, method) in [
            ("put", Wire::Method.put), ("delete", .deleteRange), ("txn", .txn),
        ] {
            page.counter(
                "etcd_mvcc_\(name)_total", .init(metrics.applied(method)),
                "Requests of this kind that were carried out here.")
        }
        page.counter(
            "etcd_mvcc_range_total", .init(metrics.answered(.range)),
            "Ranges that were answered here.")
        page.gauge("etcd_debugging_mvcc_keys_total", .init(mvcc.keyCount), "Keys.")
        page.gauge(
            "etcd_debugging_mvcc_current_revision", .init(mvcc.revision.rawValue),
            "The newest revision here.")
        page.gauge(
            "etcd_debugging_mvcc_compact_revision", .init(mvcc.compacted.rawValue),
            "The revision that was compacted to.")
        page.gauge(
            "etcd_debugging_mvcc_watcher_total", .init(watches.count), "Watches on this member.")
        page.gauge(
            "etcd_debugging_mvcc_slow_watcher_total", .init(watches.cursorCount),
            "Watches that are behind, and go on from their place in history.")
        page.gauge(
            "martlet_store_watch_cursors", .init(watches.cursorCount),
            "The same: each costs a place, and no events are kept for it.")
        page.counter(
            "etcd_debugging_mvcc_events_total", .init(metrics.eventsMatched),
            "Events that were matched against watches here.")
    }

    private func tellClients(_ page: inout Exposition) {
        page.counter(
            "etcd_network_client_grpc_received_bytes_total", .init(metrics.received),
            "Bytes of requests of clients.")
        page.counter(
            "etcd_network_client_grpc_sent_bytes_total", .init(metrics.sent),
            "Bytes of answers to clients.")
        page.gauge(
            "martlet_store_client_connections", .init(machine.connections),
            "Connections of clients.")
    }

    private func tellPeers(_ page: inout Exposition) {
        page.family(
            "etcd_network_peer_sent_bytes_total", .counter, "Bytes of messages to a member.")
        for peer in metrics.peers { page.sample(.init(peer.sent), ("To", hex(peer.id))) }
        page.family(
            "etcd_network_peer_received_bytes_total", .counter, "Bytes of messages of a member.")
        for peer in metrics.peers { page.sample(.init(peer.received), ("From", hex(peer.id))) }
        page.family(
            "etcd_network_peer_round_trip_time_seconds", .histogram,
            "From a heartbeat to its answer, as the leader sees it.")
        for peer in metrics.peers { page.samples(peer.roundTrip, ("To", hex(peer.id))) }
        page.family("etcd_network_active_peers", .gauge, "1 while the connection to it is up.")
        for id in machine.reachable {
            page.sample(.init(true), ("Local", own), ("Remote", hex(id)))
        }
        for id in machine.unreachable {
            page.sample(.init(false), ("Local", own), ("Remote", hex(id)))
        }
    }

    private func tellLeases(_ page: inout Exposition) {
        page.counter(
            "etcd_debugging_lease_granted_total", .init(metrics.applied(.leaseGrant)),
            "Leases granted.")
        page.counter(
            "etcd_debugging_lease_revoked_total",
            .init(metrics.applied(.leaseRevoke) + metrics.leasesExpired),
            "Leases that ended, by request or by time.")
        page.counter(
            "etcd_debugging_lease_renewed_total", .init(metrics.renewals), "Leases kept alive.")
        page.family(
            "etcd_debugging_lease_ttl_total", .histogram, "Seconds that leases were granted for.")
        page.samples(ticks: metrics.leaseTimes)
        page.gauge("martlet_store_leases", .init(mvcc.leaseCount), "Leases that live.")
        page.counter(
            "martlet_store_leases_expired_total", .init(metrics.leasesExpired),
            "Leases that ended by time.")
    }

    private func tellSnapshots(_ page: inout Exposition) {
        page.histogram(
            "etcd_snap_db_save_total_duration_seconds", metrics.restores,
            "Snapshots that came in: from the first piece until the state is in place.")
        page.family(
            "martlet_store_snapshots_total", .counter, "Transfers of snapshots, by how they ended.")
        page.sample(.init(metrics.snapshotsSent), ("way", "sent"))
        page.sample(.init(metrics.snapshotsFailed), ("way", "failed"))
        page.sample(.init(metrics.snapshotsReceived), ("way", "received"))
        page.gauge(
            "martlet_store_snapshots_sending", .init(transfers.outgoing.count),
            "Snapshots on their way to other members.")
        page.histogram(
            "martlet_store_checkpoint_seconds", metrics.checkpoints,
            "Checkpoints, from when they were due.")
        page.counter(
            "martlet_store_checkpoint_bytes_total", .init(metrics.checkpointBytes),
            "Bytes of state that went into checkpoints.")
        page.gauge(
            "martlet_store_overlay_bytes", .init(mvcc.overlayBytes),
            "Bytes of state that the next checkpoint will write.")
    }

    private func tellProcess(_ page: inout Exposition) {
        page.counter(
            "process_cpu_seconds_total", .init(seconds: machine.processorTime),
            "Processor time, in user and in kernel.")
        page.gauge(
            "process_resident_memory_bytes", .init(machine.residentBytes),
            "Memory that is really there.")
        page.gauge(
            "process_virtual_memory_bytes", .init(machine.virtualBytes),
            "Address space; most of it is set aside for the state and costs nothing.")
        page.gauge("process_open_fds", .init(machine.openDescriptors), "Open descriptors.")
        page.gauge("process_max_fds", .init(machine.maximumDescriptors), "The most there may be.")
        page.gauge(
            "process_start_time_seconds",
            .init(seconds: Instant.Span(nanoseconds: machine.started.nanoseconds)),
            "When the process started, since 1970.")
    }

    // MARK: Names of our own

    private func tellRequests(_ page: inout Exposition) {
        page.family(
            "martlet_store_requests_total", .counter, "Calls that ended, by method and outcome.")
        for (number, count) in metrics.answered.enumerated() where count > 0 {
            page.sample(
                .init(count), ("method", Metrics.name(of: UInt32(number))), ("outcome", "ok"))
        }
        for refusal in metrics.refusals.rows {
            page.sample(
                .init(refusal.count), ("method", Metrics.name(of: refusal.method)),
                ("outcome", Metrics.name("\(ErrorCode(rawValue: refusal.code))")))
        }
        page.family(
            "martlet_store_slow_operations_total", .counter,
            "Operations over the limit, by what they waited for most.")
        for (cause, count) in zip(SlowOperation.Cause.names, slow.counts) {
            page.sample(.init(count), ("cause", cause))
        }
        page.gauge(
            "martlet_store_recorded_events", .init(recorder.count),
            "Events in the flight recorder.")
        page.gauge(
            "martlet_store_recorded_bytes", .init(recorder.byteCount), "Bytes of them.")
        page.counter(
            "martlet_store_proposals_refused_total", .init(metrics.refusals.count(of: .overloaded)),
            "Calls that were refused because too much was waiting.")
        page.gauge(
            "martlet_store_waiting_bytes", .init(proposals.bytes),
            "Bytes of writes that were taken and are not answered yet.")
        page.gauge(
            "martlet_store_waiting_reads", .init(reads.count), "Linearizable reads that wait.")
    }

    private func tellStages(_ page: inout Exposition) {
        page.histogram(
            "martlet_store_write_seconds", metrics.writes,
            "Writes of this member's clients, from arrival until carried out.")
        page.histogram(
            "martlet_store_read_seconds", metrics.reads,
            "Linearizable reads of this member's clients, from arrival until answered.")
        page.family(
            "martlet_store_stage_seconds", .histogram,
            "The stages of a write. queue: from arrival until its entry goes to the disk, or to the "
                + "leader. sync: until it is durable here. replicate: from the disk's start until "
                + "a majority has it. apply: carrying out what a turn committed. reply: handing a "
                + "turn's answers to the kernel.")
        for (stage, values) in [
            ("queue", metrics.queue), ("sync", metrics.sync), ("replicate", metrics.replicate),
            ("apply", metrics.apply), ("reply", metrics.reply),
        ] {
            page.samples(values, ("stage", stage))
        }
    }

    private func tellMembers(_ page: inout Exposition) {
        page.family("martlet_store_members", .gauge, "Members of the cluster, by seat.")
        let learners = members.count { $0.isLearner }
        page.sample(.init(members.count - learners), ("seat", "voter"))
        page.sample(.init(learners), ("seat", "learner"))
        page.family(
            "martlet_store_member_lag_entries", .gauge,
            "Entries that a member does not hold durably yet, as the leader knows.")
        for member in raft.progress {
            let behind = raft.lastIndex.rawValue - min(member.match, raft.lastIndex).rawValue
            page.sample(.init(behind), ("member", hex(member.id)))
        }
    }
}

extension Metrics {
    /// A method as it is written in `proto/`, in lower case.
    static func name(of method: UInt32) -> String {
        guard let method = Int32(exactly: method), method > 0 else { return "unknown" }
        return name("\(Wire::Method(rawValue: method))")
    }

    /// `deleteRange` → `delete_range`
    static func name(_ swift: String) -> String {
        var name = ""
        for scalar in swift.unicodeScalars {
            switch scalar {
            case "A"..."Z":
                name += "_"
                name.unicodeScalars.append(Unicode.Scalar(scalar.value + 32)!)
            case "a"..."z", "0"..."9": name.unicodeScalars.append(scalar)
            default: return "unknown"
            }
        }
        return name
    }

    /// Calls that kept leases alive here; the commands that do so stand for many of them.
    var renewals: UInt64 { answered(.leaseKeepAlive) + answered(.leaseKeepAliveMany) }
}
