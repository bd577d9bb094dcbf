internal import Client
internal import EventLoop
internal import Units
internal import Wire

/// The second half of a mirror: what happens in the source, written to the target in order.
final class Follower {
    private struct Step {
        var operation: Operation?
        var key: [UInt8]
        var revision: Int64
        /// Nothing of its revision comes after it.
        var isLast: Bool
        var size: Int
    }

    private let mirror: Mirror
    private let session: Session
    private var steps: [Step] = []
    private var first = 0
    private var bytes = 0
    private var isWriting = false
    private var watch: Watch?
    private var next: Int64
    private var retry: Timer?
    private var failure: Complaint?
    private var hasTrouble = false

    init(_ mirror: Mirror, after revision: Int64) {
        self.mirror = mirror
        session = mirror.session
        next = revision + 1
    }

    /// Until it is interrupted, or cannot go on.
    func run() throws(Complaint) {
        listen()
        while failure == nil, !mirror.interrupt.came {
            _ = session.loop.run(for: .seconds(3600)) {
                self.failure != nil || self.mirror.interrupt.came
            }
        }
        watch?.cancel()
        finishWriting()
        retry?.close()
        mirror.reached(mirror.revision, now: true)
        if let failure { throw failure }
    }

    /// What was sent to the target is waited for, so that it can be told how far it came.
    private func finishWriting() {
        first = steps.count
        let deadline = session.loop.now + Limits.timeout
        while isWriting, retry == nil, session.loop.now < deadline {
            _ = session.loop.run(for: .milliseconds(100)) { !self.isWriting }
        }
    }

    // MARK: Hearing

    private func listen() {
        let interval = mirror.interval
        let request = WatchRequest(
            key: interval.key, rangeEnd: interval.end, startRevision: next, progress: true)
        watch = mirror.source.watch(
            request, session.patience, onNotice: { self.notice($0) },
            onAnswer: { self.take($0) }, then: { self.ended($0) })
    }

    private func notice(_ notice: Watch.Notice) {
        switch notice {
        case .began(let revision): session.note("following from revision \(revision)")
        case .interrupted(let why): session.note("interrupted, trying on: \(why)")
        }
    }

    private func take(_ answer: WatchResponse) {
        for (place, event) in answer.events.enumerated() {
            let pair = event.kv ?? KeyValue()
            let following = place + 1 < answer.events.count ? answer.events[place + 1].kv : nil
            let isLast = following.map { $0.modRevision != pair.modRevision } ?? !answer.fragment
            add(
                event.type == .delete ? mirror.delete(pair.key) : mirror.put(pair.key, pair.value),
                pair.key, pair.modRevision, isLast: isLast)
        }
        if answer.events.isEmpty, let revision = answer.header?.revision {
            add(nil, [], revision, isLast: true)
        }
        holdBack(isWhole: !answer.fragment)
        write()
    }

    private func add(_ operation: Operation?, _ key: [UInt8], _ revision: Int64, isLast: Bool) {
        let size = operation.map(MirrorBatch.size) ?? 0
        steps.append(
            Step(
                operation: operation, key: key, revision: revision, isLast: isLast, size: size))
        bytes += size
        if isLast { next = max(next, revision + 1) }
    }

    /// Too much waits for the target: the source is heard again when it is written.
    private func holdBack(isWhole: Bool) {
        guard bytes > Limits.mirrorQueue, isWhole else { return }
        watch?.cancel()
        watch = nil
    }

    private func ended(_ failure: ClientFailure) {
        watch = nil
        guard failure.code == .compacted, case .refused(let error, _) = failure else {
            return fail(session.complaint("watch \(mirror.interval.description)", failure))
        }
        fail(
            .failed(
                "cannot follow from revision \(next): what was before revision "
                    + "\(error.revision) is compacted. Copy anew: without --from-revision, and "
                    + "with another --state"))
    }

    private func fail(_ complaint: Complaint) { failure = failure ?? complaint }

    // MARK: Writing

    /// One transaction at a time, so that order is kept.
    private func write() {
        guard !isWriting, failure == nil else { return }
        let batch = batch()
        guard batch > 0 else { return }
        let taken = steps[first..<(first + batch)]
        let operations = taken.compactMap(\.operation)
        guard !operations.isEmpty else { return done(batch) }
        isWriting = true
        mirror.target.transact(TxnRequest(success: operations), mirror.patience) { outcome in
            self.isWriting = false
            switch outcome {
            case .success: self.wrote(batch, taken)
            case .failure(let failure): self.troubled(failure)
            }
        }
    }

    private func wrote(_ batch: Int, _ taken: ArraySlice<Step>) {
        if hasTrouble { session.note("writing again") }
        hasTrouble = false
        let deletes = taken.count {
            if case .deleteRange = $0.operation?.operation { true } else { false }
        }
        mirror.wrote(puts: taken.count { $0.operation != nil } - deletes, deletes: deletes)
        if let revision = taken.last(where: \.isLast)?.revision { mirror.reached(revision) }
        done(batch)
    }

    private func done(_ batch: Int) {
        guard first < steps.count else { return }
        for step in steps[first..<(first + batch)] { bytes -= step.size }
        if let last = steps[first..<(first + batch)].last(where: \.isLast) {
            mirror.reached(last.revision)
        }
        first += batch
        if first > 4_096, first * 2 > steps.count {
            steps.removeFirst(first)
            first = 0
        }
        if first == steps.count, watch == nil, failure == nil { listen() }
        write()
    }

    /// How many steps go together: whole revisions, if one fits at all, and no key twice.
    private func batch() -> Int {
        var keys: Set<[UInt8]> = []
        var size = 0
        var whole = 0
        var count = 0
        for step in steps[first...] {
            if step.operation != nil {
                let isFull =
                    keys.count == Limits.mirrorBatch || size + step.size > Limits.mirrorBatchBytes
                guard keys.isEmpty || !isFull, keys.insert(step.key).inserted else { break }
            }
            size += step.size
            count += 1
            if step.isLast { whole = count }
        }
        return whole > 0 ? whole : count
    }

    /// A target that cannot be reached is waited for; one that refuses ends it.
    private func troubled(_ failure: ClientFailure) {
        switch failure {
        case .unreachable, .timedOut, .lost, .tooManyCalls:
            if !hasTrouble { session.note("cannot write, trying on: \(failure.message)") }
            hasTrouble = true
            let timer = Timer(on: session.loop) { [weak self] timer in
                timer.close()
                self?.retry = nil
                self?.write()
            }
            timer.start(after: Limits.mirrorRetry)
            retry = timer
        default: fail(session.complaint("write to the cluster of --to", failure))
        }
    }
}
