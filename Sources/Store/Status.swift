internal import Journal
internal import MVCC
internal import Raft
package import Units
internal import Wire

/// What only the shell knows of this process.
package struct ProcessFacts: Equatable, Sendable {
    package var diskBytes: Int64 = 0
    /// Bytes of state on the disk: in use, and of its file.
    package var stateBytes: Int64 = 0
    package var fileBytes: Int64 = 0
    /// Bytes that the disk still takes; below zero: not known.
    package var freeBytes: Int64 = -1
    package var residentBytes: Int64 = 0
    package var started = Instant.zero
    /// The clock on the wall, nanoseconds since 1970; 0 when nobody looked.
    package var wallClock: UInt64 = 0

    package init() {}
}

extension Store {
    mutating func status(_ call: Call, _ body: Bytes) throws(Refusal) {
        _ = try StatusRequest(request: body)
        let isLearner = members.first { $0.id == identity.member }?.isLearner ?? true
        let role: Wire::Role =
            switch raft.role {
            case .leader: .leader
            case .candidate, .preCandidate: .candidate
            case .follower: isLearner ? .learner : .follower
            }
        let start = effects.bytes.count
        StatusResponse(
            header: header, version: identity.version, name: identity.name, role: role,
            leaderID: raft.leader?.rawValue ?? 0, commitIndex: raft.commitIndex.rawValue,
            appliedIndex: appliedIndex.rawValue, durableIndex: raft.durableIndex.rawValue,
            compactedRevision: mvcc.compacted.rawValue, keys: Int64(mvcc.keyCount),
            leases: Int64(mvcc.leaseCount), watchers: Int64(watches.count),
            diskBytes: process.diskBytes, residentBytes: process.residentBytes,
            proposals: proposals.acknowledged, digest: mvcc.digest,
            uptimeSeconds: Int64(now.since(process.started).nanoseconds / 1_000_000_000),
            quotaBytes: Int64(clamping: settings.quotaBytes),
            spaceBytes: Int64(clamping: spaceBytes), freeBytes: max(0, process.freeBytes),
            alarms: UInt32(alarms.count), clusterVersion: versions.cluster.rawValue,
            supportedVersion: settings.supportedVersion.rawValue
        ).encode(into: &effects.bytes)
        answer(call.session, call.stream, call.method, from: start)
    }
}
