package import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// What a part of a scrub came to; made by whoever reads the disk.
package struct ScrubFound: Equatable, Sendable {
    package var bytes: Int
    package var checked: Int
    package var damaged: Int
    /// About the first that is damaged.
    package var words: String

    package init(bytes: Int = 0, checked: Int = 0, damaged: Int = 0, words: String = "") {
        self.bytes = bytes
        self.checked = checked
        self.damaged = damaged
        self.words = words
    }
}

/// A part of the disk that is to be read again, answered by `Event.scrubbed`.
package enum ScrubJob: Equatable, Sendable {
    /// Groups of a segment up to the one numbered `through`.
    case log(segment: UInt64, from: SegmentPlace?, through: UInt64, limit: Int)
    /// Records of the newest checkpoint, from this place on; empty: from the start.
    case state(from: [UInt8], limit: Int)
}

/// Where a part of a scrub ended.
package enum ScrubEnd: Equatable, Sendable {
    /// Nil when the segment is at its end.
    case log(next: SegmentPlace?)
    /// Empty at the end.
    case state(next: [UInt8])
    /// The disk could not be read; the pass goes on later from where it was.
    case failed
}

/// Reading everything again, slowly, to see whether the disk still has what was given to it.
///
/// Picture a night watchman who tries one door every few minutes: all of them in a night, and nobody
/// who works there notices. A damaged segment of the log is dropped as soon as a checkpoint holds what
/// is in it; a damaged state is replaced by another member's (`Repair`), and when there is none, an
/// alarm says so.
struct Scrub {
    enum Work: Equatable {
        case log(segment: UInt64, through: UInt64)
        case state
    }

    /// What is left of the pass under way, next first; nil between passes.
    var work: [Work]?
    private(set) var segmentPlace: SegmentPlace?
    private(set) var statePlace: [UInt8] = []
    var isBusy = false
    /// Somebody waits for this pass.
    var isQuick = false
    var due = Instant.never
    private(set) var started = Instant.zero
    private(set) var pass = ScrubFound()
    private(set) var last: ScrubFound?
    private(set) var ended = Instant.zero
    private(set) var passes: UInt64 = 0
    private(set) var damage: [String] = []
    /// A segment that is to be dropped when a checkpoint holds what is in it.
    var bad: UInt64?

    mutating func begin(_ segments: [(segment: UInt64, through: UInt64)], at now: Instant) {
        work = segments.map { .log(segment: $0.segment, through: $0.through) } + [.state]
        pass = ScrubFound()
        started = now
        due = now
    }

    func job(limit: Int) -> ScrubJob? {
        switch work?.first {
        case .log(let segment, let through)?:
            .log(segment: segment, from: segmentPlace, through: through, limit: limit)
        case .state?: .state(from: statePlace, limit: limit)
        case nil: nil
        }
    }

    /// Takes note of a part; true when the pass has ended.
    mutating func took(_ found: ScrubFound, _ end: ScrubEnd, at now: Instant) -> Bool {
        pass.bytes += found.bytes
        pass.checked += found.checked
        pass.damaged += found.damaged
        if found.damaged > 0 { note(found.words) }
        switch end {
        case .log(let next): segmentPlace = found.damaged > 0 ? nil : next
        case .state(let next): statePlace = next
        case .failed: return false
        }
        guard segmentPlace == nil, statePlace.isEmpty else { return false }
        work?.removeFirst()
        guard work?.isEmpty == true else { return false }
        work = nil
        last = pass
        ended = now
        passes += 1
        isQuick = false
        return true
    }

    mutating func note(_ words: String) {
        damage.append(words)
        if damage.count > Limits.scrubDamage { damage.removeFirst() }
    }

    /// The state is another one: begin with it anew.
    mutating func stateReplaced() { statePlace = [] }
}

extension Store {
    var scrubDeadline: Instant { scrub.isBusy ? .never : scrub.due }

    /// Bytes a second in the background.
    var scrubRate: UInt64 {
        switch settings.scrub {
        case .off: 0
        case .bytesPerSecond(let rate): rate
        case .daily:
            max(
                UInt64(max(Int(process.diskBytes), scrub.last?.bytes ?? 0)) / 86_400,
                Limits.slowestScrub)
        }
    }

    /// Reads the next part when it is time.
    mutating func tendScrub() {
        mendLog()
        guard !scrub.isBusy, now >= scrub.due else { return }
        if scrub.work == nil { scrub.begin(journal.contents, at: now) }
        guard let job = scrub.job(limit: Limits.scrubPart) else { return }
        scrub.isBusy = true
        effects.scrub.append(job)
    }

    mutating func scrubbed(_ found: ScrubFound, _ end: ScrubEnd) {
        guard scrub.isBusy else { return }
        scrub.isBusy = false
        let work = scrub.work?.first
        let isOver = scrub.took(found, end, at: now)
        schedule(after: found.bytes, isOver: isOver, isFailed: end == .failed)
        guard found.damaged > 0 else { return }
        switch work {
        case .log(let segment, _)?: logIsDamaged(segment)
        case .state?: stateIsDamaged(found.words)
        case nil: break
        }
    }

    private mutating func schedule(after bytes: Int, isOver: Bool, isFailed: Bool) {
        let rate = scrub.isQuick ? Limits.quickScrub : scrubRate
        if isFailed {
            scrub.due = now + Limits.scrubPause
            return
        }
        guard !isOver else {
            guard scrubRate > 0 else {
                scrub.due = .never
                return
            }
            scrub.due = max(now + Limits.scrubPause, scrub.started + Limits.scrubPass)
            return
        }
        guard rate > 0 else {
            scrub.due = .never
            return
        }
        scrub.due = now + Instant.Span(nanoseconds: UInt64(bytes) * 1_000_000_000 / rate)
    }

    private mutating func logIsDamaged(_ segment: UInt64) {
        guard journal.lastIndex(in: segment) != nil else { return }
        scrub.bad = segment
        journal.leave(segment)
        mendLog()
    }

    /// Has a checkpoint made that holds what is in a damaged segment.
    private mutating func mendLog() {
        guard let bad = scrub.bad else { return }
        guard let last = journal.lastIndex(in: bad) else {
            scrub.bad = nil
            return
        }
        guard appliedIndex.rawValue >= last, checkpointing.inFlight == nil,
            journal.segments.last != bad
        else { return }
        checkpointing.isDue = true
    }

    /// A checkpoint is durable: the damaged segment goes, if all of it is in there.
    mutating func dropDamagedLog(below mark: SnapshotMark) {
        guard let bad = scrub.bad, let last = journal.lastIndex(in: bad),
            last <= mark.index.rawValue, journal.segments.last != bad
        else { return }
        scrub.bad = nil
        scrub.note("log segment \(bad) was dropped: a checkpoint holds what was in it")
        if let released = checkpointing.trim(through: last, keeping: 0) {
            raftStep(.compacted(upTo: LogIndex(rawValue: released), mark: mark))
        }
        releaseLog(through: last)
    }

    /// A record of the newest checkpoint is not what was written.
    package mutating func stateIsDamaged(_ words: String) {
        guard repair.isSound else { return }
        guard !hasPeers else {
            scrub.note("the state is replaced by another member's")
            return doubt(since: mvcc.mark.index + 1)
        }
        guard raft.role == .leader else { return }
        raise(
            .corrupt, identity.member.rawValue,
            "\(name(of: identity.member)) has damage in its state (\(words)), and there is no other "
                + "member to mend it from: restore a backup with 'martlet store restore'")
    }

    mutating func scrub(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try ScrubRequest(request: body)
        if request.now {
            scrub.isQuick = true
            scrub.due = .zero
            tendScrub()
        }
        let last = scrub.last ?? ScrubFound()
        let start = effects.bytes.count
        ScrubResponse(
            header: header, name: identity.name, running: scrub.work != nil,
            bytesDone: scrub.work == nil ? 0 : UInt64(scrub.pass.bytes), passes: scrub.passes,
            secondsAgo: scrub.passes == 0
                ? 0 : now.since(scrub.ended).nanoseconds / 1_000_000_000,
            bytes: UInt64(last.bytes), checked: UInt64(last.checked),
            damaged: UInt64(last.damaged), damage: scrub.damage, rate: scrubRate, health: health
        ).encode(into: &effects.bytes)
        answer(call.session, call.stream, call.method, from: start)
    }
}
