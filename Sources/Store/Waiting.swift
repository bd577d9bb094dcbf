internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Who waits for locks and observes elections at this member.
///
/// Nobody is told "you have it" on the word of an old state: when the key before is gone, a majority is
/// asked how far the log is, and the answer is given only if the key stands first in the state up to
/// there. After that only the fencing token can tell.
extension Store {
    /// Takes a LOCK or a CAMPAIGN, whose form is right.
    mutating func askForPlace(_ call: Call, _ body: Bytes) {
        let key = CallKey(session: call.session, stream: call.stream)
        if !proposals.isFull { lines.asking[key] = Lines.Asking(deadline: call.deadline ?? .never) }
        propose(call, body)
    }

    /// Keeps the lines up with the state. Before events are forgotten, and after every turn.
    mutating func followLines() {
        let newest = mvcc.revision.rawValue
        defer { lines.followed = newest }
        guard lines.followed < newest, !lines.isIdle else { return }
        var lines = Lines()
        swap(&lines, &self.lines)
        defer { swap(&lines, &self.lines) }
        do throws(MVCC::Failure) {
            let from = Revision(rawValue: lines.followed + 1)
            try mvcc.events(from: from, through: mvcc.revision) { event in
                lines.follow(event)
                return true
            }
        } catch {
            preconditionFailure("events of this turn cannot be compacted yet")
        }
    }

    mutating func tendLines() {
        followLines()
        var arrivals: [Lines.Arrival] = []
        swap(&arrivals, &lines.arrivals)
        for arrival in arrivals { place(arrival) }
        for line in lines.takeTouched() { tend(line) }
    }

    private mutating func place(_ arrival: Lines.Arrival) {
        let facts = mvcc.get(arrival.key.span)?.facts
        if arrival.asking.isCancelled {
            giveUpPlace(arrival.key, arrival.create)
            return refuse(arrival, Refusal(.cancelled, "cancelled by the caller"))
        }
        guard facts?.create.rawValue == arrival.create else {
            return refuse(arrival, lost(arrival.key))
        }
        if isFirst(arrival.key, arrival.create, in: arrival.prefix) {
            return grant(arrival.call, arrival.method, arrival.key, arrival.create)
        }
        guard arrival.mayWait else {
            return refuse(arrival, Refusal(.notHeld, "another is before '\(arrival.key.text)'"))
        }
        stand(arrival)
    }

    private mutating func stand(_ arrival: Lines.Arrival) {
        guard lines.standing.count < Limits.standing else {
            giveUpPlace(arrival.key, arrival.create)
            return refuse(
                arrival,
                Refusal(
                    .overloaded, "\(lines.standing.count) callers wait for locks here, the limit"))
        }
        let call = arrival.call
        guard sessions.add(call.stream, to: call.session, .standing) else { return }
        let line = openLine(arrival.prefix)
        lines.stand(
            call,
            Lines.Standing(
                method: arrival.method, line: line, key: arrival.key, create: arrival.create,
                deadline: arrival.asking.deadline))
    }

    private mutating func openLine(_ prefix: [UInt8]) -> Int {
        if let line = lines.find(prefix) { return line }
        let line = lines.add(prefix)
        lines[line].fill(self.line(prefix), at: mvcc.revision.rawValue)
        return line
    }

    private mutating func refuse(_ arrival: Lines.Arrival, _ refusal: Refusal) {
        refuse(arrival.call.session, arrival.call.stream, arrival.method, refusal)
    }

    /// Why a key that stood in line is gone.
    private func lost(_ key: [UInt8]) -> Refusal {
        let name = key.split(separator: Line.slash, omittingEmptySubsequences: false).last ?? []
        let lease = LeaseID(rawValue: Int64(String(decoding: name, as: UTF8.self), radix: 16) ?? 0)
        do throws(MVCC::Failure) {
            _ = try mvcc.timeToLive(lease)
        } catch {
            return Refusal(error)
        }
        return Refusal(.notHeld, "the key '\(key.text)' was deleted while it stood in line")
    }

    private mutating func tend(_ line: Int) {
        for call in lines[line].bereft {
            guard let standing = lines.standing[call] else { continue }
            end(call, standing, lost(standing.key))
        }
        guard lines.isOpen(line) else { return }
        if let first = lines[line].first { confirm(lines[line].waiting[first.key] ?? []) }
        for call in lines[line].observers { tell(call) }
    }

    /// It is their turn, as far as is known here: makes sure.
    private mutating func confirm(_ calls: [CallKey]) {
        for call in calls {
            guard let standing = lines.standing[call], !standing.isConfirming else { continue }
            lines.standing[call]!.isConfirming = true
            reads.collecting.append(
                .init(
                    call: Call(
                        session: call.session, stream: call.stream, method: standing.method,
                        deadline: nil), body: []))
            reads.count += 1
        }
    }

    /// A majority said how far the log is, and the state has come there.
    mutating func serveStanding(_ call: Call) {
        let key = CallKey(session: call.session, stream: call.stream)
        guard let standing = lines.standing[key] else { return }
        lines.standing[key]!.isConfirming = false
        guard lines[standing.line].first?.key == standing.key else { return }
        _ = lines.leave(key)
        sessions.remove(key.stream, from: key.session)
        grant(key, standing.method, standing.key, standing.create)
    }

    private mutating func grant(_ call: CallKey, _ method: UInt32, _ key: [UInt8], _ token: Int64) {
        let start = effects.bytes.count
        if method == Wire::Method.lock.number {
            LockResponse(header: header, key: key, token: token).encode(into: &effects.bytes)
        } else {
            CampaignResponse(header: header, key: key, token: token).encode(into: &effects.bytes)
        }
        proposals.acknowledged += 1
        answer(call.session, call.stream, method, from: start)
    }
}

/// Leaving.
extension Store {
    private mutating func end(_ call: CallKey, _ standing: Lines.Standing, _ refusal: Refusal) {
        _ = lines.leave(call)
        sessions.remove(call.stream, from: call.session)
        refuse(call.session, call.stream, standing.method, refusal)
    }

    /// Gives up the place of one who left, unless another call of the same lease waits with it.
    private mutating func giveUpPlace(of standing: Lines.Standing) {
        if lines.isOpen(standing.line), lines[standing.line].waiting[standing.key] != nil { return }
        giveUpPlace(standing.key, standing.create)
    }

    /// Deletes a key that nobody waits with any more, unless it has become another's.
    private mutating func giveUpPlace(_ key: [UInt8], _ create: Int64) {
        proposeInternally(
            Wire::Method.unlock.number, UnlockRequest(key: key, token: create).encoded)
    }

    /// The caller wants it no more.
    mutating func cancelStanding(_ call: CallKey) {
        guard let standing = lines.standing[call] else { return }
        end(call, standing, Refusal(.cancelled, "cancelled by the caller"))
        giveUpPlace(of: standing)
    }

    /// The same, while the command is still on its way.
    mutating func cancelAsking(_ call: CallKey) { lines.asking[call]?.isCancelled = true }

    /// The connection is gone. The key stays: the caller may come back, or its lease ends.
    mutating func forgetStanding(_ call: CallKey) { _ = lines.leave(call) }

    mutating func expireStanding() {
        for call in lines.late(at: now) {
            guard let standing = lines.standing[call] else { continue }
            end(
                call, standing,
                Refusal(
                    .deadlineExceeded,
                    "it was not the turn of '\(standing.key.text)' in time; its place was given up")
            )
            giveUpPlace(of: standing)
        }
    }

    /// The state was replaced: every line is looked at anew.
    mutating func restartLines() {
        lines.followed = mvcc.revision.rawValue
        for line in lines.open {
            lines[line].fill(self.line(lines[line].prefix), at: mvcc.revision.rawValue)
            lines.touch(line)
        }
    }
}

/// Observing.
extension Store {
    mutating func readElection(_ call: Call, _ body: Bytes) throws(Refusal) {
        let name = try ElectionLeaderRequest(request: body).name
        try Request.check(lockName: name, lease: 1)
        try read(call, body, serializable: false)
    }

    mutating func serveLeader(_ call: Call, _ body: Bytes) throws(Refusal) {
        let prefix = Store.prefix(of: try ElectionLeaderRequest(request: body).name)
        let known = lines.find(prefix).map { lines[$0].first }
        let first = known ?? line(prefix).first
        let start = effects.bytes.count
        ElectionLeaderResponse(
            header: header, leader: first.flatMap { mvcc.get($0.key.span) }.map(KeyValue.init)
        ).encode(into: &effects.bytes)
        answer(call.session, call.stream, call.method, from: start)
    }

    mutating func serveObserver(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try ElectionObserveRequest(request: body)
        guard lines.observers.count < Limits.observers else {
            throw Refusal(
                .overloaded, "this member has \(lines.observers.count) observers, its limit")
        }
        guard sessions.add(call.stream, to: call.session, .observer) else { return }
        let line = openLine(Store.prefix(of: request.name))
        lines.observe(
            CallKey(session: call.session, stream: call.stream),
            Lines.Observer(method: call.method, line: line))
    }

    /// Tells of the present leader, if that is news and there is credit for it.
    private mutating func tell(_ call: CallKey) {
        guard let observer = lines.observers[call] else { return }
        let leader = lines[observer.line].first.flatMap { mvcc.get($0.key.span) }
        let news = leader.map {
            Lines.Observer.Told.leader(
                create: $0.facts.create.rawValue, mod: $0.facts.mod.rawValue)
        }
        guard observer.told != news ?? .nobody else { return }
        let start = effects.bytes.count
        ElectionLeaderResponse(header: header, leader: leader.map(KeyValue.init))
            .encode(into: &effects.bytes)
        let size = effects.bytes.count - start
        guard size <= sessions.allowance(call.session, call.stream) else {
            effects.bytes.removeLast(size)
            guard sessions.isWindowOpen(call.session, call.stream) else { return }
            return endObserver(
                call,
                .invalid("the leader's value does not fit into this stream's credit; give more"))
        }
        sessions.spend(size, call.session, call.stream)
        lines.observers[call]!.told = news ?? .nobody
        emit(.stream, call.session, call.stream, observer.method, from: start)
    }

    mutating func endObserver(_ call: CallKey, _ refusal: Refusal) {
        guard let observer = lines.observers[call] else { return }
        lines.look(away: call)
        sessions.remove(call.stream, from: call.session)
        refuse(call.session, call.stream, observer.method, refusal)
    }

    mutating func wakeObserver(_ call: CallKey) {
        guard let observer = lines.observers[call] else { return }
        lines.touch(observer.line)
    }
}

extension [UInt8] {
    /// For people.
    fileprivate var text: String { String(decoding: prefix(128), as: UTF8.self) }
}
