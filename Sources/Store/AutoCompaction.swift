internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Which revision was the newest at which cluster time, so that "older than an hour" has a revision.
///
/// Every member keeps its own, so that the next leader has one too; after a restart it begins anew, and
/// compaction is late by the age at the most.
struct AutoCompaction {
    private var samples = Deque<(time: Instant, revision: Revision)>()
    private var proposed: (term: Term, revision: Revision)?
    var due = Instant.zero

    mutating func note(_ revision: Revision, at time: Instant, age: Instant.Span) {
        if let last = samples.last {
            guard time.since(last.time).nanoseconds >= age.nanoseconds / Limits.ageSamples else {
                return
            }
        }
        samples.append((time, revision))
        // Two that are old enough: the older one is not needed any more.
        while samples.count > 1, samples[1].time + age <= time { samples.removeFirst() }
    }

    /// The newest that was superseded `age` ago.
    func revision(before time: Instant, age: Instant.Span) -> Revision? {
        guard let first = samples.first, first.time + age <= time else { return nil }
        return first.revision
    }

    var count: Int { samples.count }

    mutating func mayPropose(_ revision: Revision, in term: Term) -> Bool {
        if let proposed, proposed.term == term, proposed.revision >= revision { return false }
        proposed = (term, revision)
        return true
    }
}

extension Store {
    /// The leader has compacted what the operator wants forgotten.
    mutating func compactByItself() {
        guard now >= autoCompaction.due else { return }
        autoCompaction.due = now + Limits.compactionInterval
        if let age = settings.compactionAge {
            autoCompaction.note(mvcc.revision, at: clusterTime, age: age)
        }
        guard raft.role == .leader, let target = compactionTarget, target > mvcc.compacted,
            target <= mvcc.revision, autoCompaction.mayPropose(target, in: raft.term)
        else { return }
        proposeInternally(
            UInt32(bitPattern: Method.compact.rawValue),
            CompactRequest(revision: target.rawValue).encoded)
    }

    private var compactionTarget: Revision? {
        var target: Revision?
        if let age = settings.compactionAge {
            target = autoCompaction.revision(before: clusterTime, age: age)
        }
        if let kept = settings.compactionRevisions.map({ Int64(clamping: $0) }) {
            let floor = mvcc.revision.rawValue - kept
            // Not for each revision: by tenths of what is kept.
            let step = max(1, kept / 10)
            if floor >= mvcc.compacted.rawValue + step {
                target = max(target ?? .zero, Revision(rawValue: floor))
            }
        }
        return target
    }
}
