internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Writes that were taken here and are not answered yet.
///
/// A batch is `waiting` for a leader, or `sent` in some term. It may be sent again in the same term
/// (the leader drops doubles), and in a later term only when an entry of that term was applied here:
/// then whatever the old term did not commit by then never will.
struct Proposals {
    /// Names the commands of this member's present life.
    let origin: UInt64
    var open = Batch()
    /// When the first command of the open batch came.
    var openSince = Instant.zero
    /// In order of their numbers.
    var batches = Deque<Outgoing>()
    var waiters = Deque<Waiter>()
    /// Number of the first waiter.
    var base: UInt64 = 1
    var bytes = 0
    var shares = Shares()
    var deadline = Instant.never
    /// What a proposal that is being stepped into Raft is about, should Raft refuse it.
    var refused = false
    var seen = SeenForwards()
    /// Commands answered well since the start.
    var acknowledged: UInt64 = 0

    init(origin: UInt64) { self.origin = origin }

    struct Outgoing {
        var first: UInt64
        var count: UInt32
        var payload: [UInt8]
        var state: State
        /// When its first command came.
        var arrived: Instant
        /// When it was first given to a leader.
        var taken: Instant?

        enum State: Equatable {
            /// → `sent` when there is a leader to take it.
            case waiting
            /// → gone when applied, → `waiting` when certainly lost.
            case sent(Term, at: Instant)
        }
    }

    /// Someone who waits for command number base + position.
    struct Waiter {
        var session: SessionID
        var stream: UInt32
        var method: UInt32
        /// `never` when nobody waits any more.
        var deadline: Instant
        /// Bytes of the command.
        var size: UInt32 = 0
        var isGone = false
    }

    var next: UInt64 { base + UInt64(waiters.count) }
    var isFull: Bool {
        waiters.count >= Limits.waitingCommands || bytes + open.bytes.count >= Limits.waitingBytes
    }

    mutating func take(_ method: UInt32, _ body: Bytes, for waiter: Waiter, at now: Instant) {
        if open.count == 0 { openSince = now }
        open.append(method, body)
        var waiter = waiter
        waiter.size = UInt32(body.count)
        waiters.append(waiter)
        if shares.isCounting { shares.add(waiter.session, body.count) }
        deadline = min(deadline, waiter.deadline)
    }

    /// Removes the batch that begins at `first`; nil when it is not outstanding.
    mutating func finish(_ first: UInt64) -> Outgoing? {
        guard let position = batches.firstIndex(where: { $0.first == first }) else { return nil }
        let batch = batches[position]
        bytes -= batch.payload.count
        batches.remove(at: position)
        return batch
    }

    /// Drops from the batches that wait what nobody waits for any more: a write whose caller has
    /// given up must not be made much later, over what others have written since.
    mutating func forsake() {
        guard hasForsaken else { return }
        var kept = Deque<Outgoing>()
        bytes = 0
        for position in 0..<batches.count {
            let batch = batches[position]
            for part in batch.state == .waiting ? awaited(batch) : [batch] {
                bytes += part.payload.count
                kept.append(part)
            }
        }
        batches = kept
    }

    private var hasForsaken: Bool {
        for position in 0..<batches.count where batches[position].state == .waiting {
            let batch = batches[position]
            let numbers = batch.first..<(batch.first + UInt64(batch.count))
            if numbers.contains(where: { waiter($0) == nil }) { return true }
        }
        return false
    }

    /// The commands of a batch that are still waited for, in runs of numbers without a gap.
    private func awaited(_ batch: Outgoing) -> [Outgoing] {
        var runs: [Outgoing] = []
        var open = Batch()
        var cursor = BatchCursor()
        var number = batch.first
        func close() {
            guard open.count > 0 else { return }
            let (count, first) = (open.count, number - UInt64(open.count))
            let payload = open.payload(origin: origin, first: first)
            runs.append(
                Outgoing(
                    first: first, count: count, payload: payload, state: .waiting,
                    arrived: batch.arrived))
            open = Batch()
        }
        while let command = cursor.next(in: batch.payload.span) {
            if waiter(number) == nil {
                close()
            } else {
                open.append(command.method, batch.payload.span.extracting(command.body))
            }
            number += 1
        }
        close()
        return runs
    }

    func waiter(_ number: UInt64) -> Waiter? {
        guard number >= base, number < next else { return nil }
        let waiter = waiters[Int(number - base)]
        return waiter.isGone ? nil : waiter
    }

    mutating func leave(_ number: UInt64) {
        guard let waiter = waiter(number) else { return }
        if shares.isCounting { shares.remove(waiter.session, Int(waiter.size)) }
        waiters[Int(number - base)].isGone = true
        while let first = waiters.first, first.isGone {
            waiters.removeFirst()
            base += 1
        }
    }
}

/// Which forwarded batches a leader has proposed in its term.
struct SeenForwards {
    private var term = Term.zero
    private var order = Deque<Key>()
    private var keys: Set<Key> = []

    struct Key: Hashable {
        var origin: UInt64
        var first: UInt64
    }

    func contains(_ key: Key, in term: Term) -> Bool { self.term == term && keys.contains(key) }

    mutating func insert(_ key: Key, in term: Term) {
        if self.term != term {
            self = SeenForwards()
            self.term = term
        }
        keys.insert(key)
        order.append(key)
        if order.count > Limits.rememberedForwards { keys.remove(order.removeFirst()) }
    }
}

extension Store {
    /// Takes a write of a client.
    mutating func propose(
        _ method: UInt32, _ body: Bytes, session: SessionID, stream: UInt32, deadline: Instant?
    ) {
        do throws(Refusal) {
            try admit(method, body.count, session)
        } catch {
            lines.asking[CallKey(session: session, stream: stream)] = nil
            return refuse(session, stream, method, error)
        }
        let latest = now + settings.proposalTimeout
        let waiter = Proposals.Waiter(
            session: session, stream: stream, method: method,
            deadline: min(deadline ?? latest, latest))
        if access.isEnabled, let named = named(method, body, session) {
            proposals.take(InternalMethod.onBehalf, named.span, for: waiter, at: now)
        } else {
            proposals.take(method, body, for: waiter, at: now)
        }
        if proposals.open.bytes.count >= Limits.batch { submitBatch() }
    }

    /// Proposes a command of the leader's own; nobody waits for it.
    mutating func proposeInternally(_ method: UInt32, _ body: [UInt8]) {
        var (method, body) = (method, body)
        if access.isEnabled, method < InternalMethod.first {
            body = OnBehalf.wrapped(method, body.span, user: OnBehalf.member, revision: 0)
            method = InternalMethod.onBehalf
        }
        proposals.take(
            method, body.span,
            for: .init(
                session: SessionID(rawValue: 0), stream: 0, method: method, deadline: .never),
            at: now)
    }

    /// Closes the open batch and hands it on.
    mutating func submitBatch() {
        guard proposals.open.count > 0 else { return }
        var batch = Batch()
        swap(&batch, &proposals.open)
        let count = batch.count
        let first = proposals.next - UInt64(count)
        let payload = batch.payload(origin: proposals.origin, first: first)
        proposals.bytes += payload.count
        proposals.batches.append(
            .init(
                first: first, count: count, payload: payload, state: .waiting,
                arrived: proposals.openSince))
        submit(at: proposals.batches.count - 1)
    }

    /// Hands every waiting batch to the leader, oldest first.
    mutating func resubmit() {
        guard raft.leader != nil else { return }
        proposals.forsake()
        for position in 0..<proposals.batches.count
        where proposals.batches[position].state == .waiting {
            submit(at: position)
        }
    }

    private mutating func submit(at position: Int) {
        guard let leader = raft.leader else { return }
        if leader == identity.member {
            let accepted = proposeAsLeader(proposals.batches[position].payload)
            guard accepted else { return }
        } else {
            forward(proposals.batches[position].payload, to: leader)
        }
        proposals.batches[position].state = .sent(raft.term, at: now)
        if proposals.batches[position].taken == nil { proposals.batches[position].taken = now }
    }

    /// Stamps the payload and gives it to Raft; false when Raft refuses it now.
    mutating func proposeAsLeader(_ payload: [UInt8]) -> Bool {
        var stamped = payload
        BatchHeader.stamp(&stamped, clusterTime, wallClock: process.wallClock)
        proposals.refused = false
        raftStep(.propose(stamped))
        return !proposals.refused
    }

    private mutating func forward(_ payload: [UInt8], to leader: MemberID) {
        send(.forwardRequest(ForwardRequest(payload: payload)), to: leader, term: raft.term)
    }

    /// A member hands over its clients' commands.
    mutating func forwarded(_ payload: [UInt8], from member: MemberID, term: Term) {
        guard let header = BatchHeader(payload.span) else { return }
        let key = SeenForwards.Key(origin: header.origin, first: header.first)
        let leads = raft.role == .leader && raft.term == term
        if leads, proposals.seen.contains(key, in: term) { return }
        if leads, proposeAsLeader(payload) {
            proposals.seen.insert(key, in: term)
            return
        }
        send(
            .forwardRefusal(
                ForwardRefusal(origin: header.origin, first: header.first, count: header.count)),
            to: member, term: term)
    }

    /// The leader of `term` did not take a batch. Another copy of the message may have been taken, so
    /// that only the same leader, which knows, can be asked again in this term; soon, not at once.
    mutating func refused(_ refusal: ForwardRefusal, term: Term) {
        guard refusal.origin == proposals.origin,
            let position = proposals.batches.firstIndex(where: { $0.first == refusal.first }),
            case .sent(term, _) = proposals.batches[position].state
        else { return }
        proposals.batches[position].state = .sent(term, at: now)
    }

    /// An entry of `term` was applied: what an earlier term has not committed, it never will.
    mutating func reviveLost(before term: Term) {
        for position in 0..<proposals.batches.count {
            if case .sent(let sent, _) = proposals.batches[position].state, sent < term {
                proposals.batches[position].state = .waiting
            }
        }
    }

    /// The state was replaced: whether batches that were under way are in it, nobody can tell.
    mutating func abandonSent() {
        var position = 0
        while position < proposals.batches.count {
            let batch = proposals.batches[position]
            guard batch.state != .waiting else {
                position += 1
                continue
            }
            for number in batch.first..<(batch.first + UInt64(batch.count)) {
                giveUp(
                    number, .outcomeUnknown,
                    "this member's state was replaced while the write was on its way; read the key "
                        + "to see whether it was made")
            }
            proposals.bytes -= batch.payload.count
            proposals.batches.remove(at: position)
        }
    }

    /// Answers whoever waits for the command with an error, once.
    private mutating func giveUp(_ number: UInt64, _ code: ErrorCode, _ message: String) {
        if let waiter = proposals.waiter(number), waiter.stream != 0 {
            metrics.failedProposals += 1
            refuse(waiter.session, waiter.stream, waiter.method, code, message)
            lines.asking[CallKey(session: waiter.session, stream: waiter.stream)] = nil
        }
        refuseKeepAlives(number, code, message)
        proposals.leave(number)
    }

    mutating func expireProposals() {
        resubmit()
        resendForwards()
        guard now >= proposals.deadline else { return }
        var next = Instant.never
        for number in proposals.base..<proposals.next {
            guard let waiter = proposals.waiter(number) else { continue }
            if waiter.deadline > now {
                next = min(next, waiter.deadline)
            } else if waiter.stream != 0 {
                giveUp(
                    number, .deadlineExceeded,
                    "no majority confirmed the write in time; it may still be made. "
                        + (raft.leader == nil ? "No leader is known." : "Try again."))
            }
        }
        proposals.deadline = next
    }

    private mutating func resendForwards() {
        guard let leader = raft.leader, leader != identity.member else { return }
        for position in 0..<proposals.batches.count {
            guard case .sent(raft.term, let sent) = proposals.batches[position].state,
                now.since(sent) >= Limits.forwardPatience
            else { continue }
            proposals.batches[position].state = .sent(raft.term, at: now)
            forward(proposals.batches[position].payload, to: leader)
        }
    }
}
