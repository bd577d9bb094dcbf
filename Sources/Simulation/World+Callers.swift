import Store
import Units
import Wire

// Clients: they connect, ask, watch, pay for what they are sent, break off, and come again.
extension World {
    func think(_ caller: Int) {
        let wait = callers[caller].chance.around(plan.work.think)
        schedule.add(.think(caller: caller), at: now + wait)
    }

    func think(caller index: Int) {
        let caller = callers[index]
        trace.note(.think, now, (UInt64(index), UInt64(caller.open.count))) {
            "client \(index) thinks"
        }
        if caller.session == nil {
            connect(caller, to: caller.chance.draw(0...nodes.count - 1))
            resumeWatches(caller)
        } else if !isHealed {
            act(caller)
        }
        think(index)
    }

    private func act(_ caller: Caller) {
        if caller.chance.below(plan.work.disconnect.nanoseconds) < plan.work.think.nanoseconds {
            return hangUp(caller)
        }
        if caller.chance.once(in: 200) {
            caller.stalledUntil = now + caller.chance.around(.seconds(1))
        }
        guard caller.open.count < 12 else { return }
        let step = workload.next(
            id: history.operations.count + 1, leases: caller.leases, seen: history.told,
            &caller.chance)
        switch step {
        case .ask(let request): ask(request, caller)
        case .watch(let request): watch(request, caller)
        case .unwatch: unwatch(caller)
        }
    }

    // MARK: Connections

    func connect(_ caller: Caller, to node: Int) {
        links.append(Link(caller: caller.index, node: node, life: nodes[node].life))
        let session = links.count
        caller.connect(session, connectionCredit: plan.work.connectionCredit)
        send(
            .open(
                streamCredit: plan.work.streamCredit,
                connectionCredit: plan.work.connectionCredit), session)
    }

    func hangUp(_ caller: Caller) {
        guard let session = caller.session else { return }
        send(.close, session)
        lose(caller)
    }

    /// The connection is gone, and with it the answers to what was asked.
    func lose(_ caller: Caller) {
        let isOperator = caller.index == plan.clients
        for call in caller.disconnect() {
            switch call {
            case .operation(let id, _): lost(id)
            case .administration: if isOperator { administered(nil) }
            case .watch: break
            }
        }
        caller.watches.removeAll { !$0.isWanted }
    }

    private func lost(_ id: Int) {
        history.lose(id)
        if probe.operation == id { probe.operation = nil }
    }

    func giveUp(_ session: Int, _ stream: UInt32) {
        let caller = callers[links[session - 1].caller]
        guard caller.session == session, caller[stream] != nil else { return }
        hangUp(caller)
    }

    func dropSessions(of node: Node) {
        for session in node.sessions { send(.lost, session) }
        node.sessions.removeAll()
    }

    // MARK: Asking

    @discardableResult
    func ask(_ request: Request, _ caller: Caller) -> Int {
        let id = history.begin(request, client: caller.index, at: now)
        tally.operations += 1
        remember(request, caller)
        let deadline: Instant.Span? =
            caller.chance.once(in: 4) ? .milliseconds(caller.chance.draw(20...3_000)) : nil
        open(
            .operation(id, pairs: []), caller, request.method, request.tagged(id),
            deadline: deadline)
        return id
    }

    /// Leases that may exist, and are worth using.
    private func remember(_ request: Request, _ caller: Caller) {
        switch request {
        case .grant(let grant):
            caller.leases.append(grant.id)
            if caller.leases.count > 4 { caller.leases.removeFirst() }
        default: break
        }
    }

    @discardableResult
    func open(
        _ call: Caller.Call, _ caller: Caller, _ method: Wire::Method, _ body: [UInt8],
        deadline: Instant.Span? = nil
    ) -> UInt32 {
        let session = caller.session!
        let stream = caller.call(call, streamCredit: plan.work.streamCredit)
        send(
            .request(
                stream: stream, method: UInt32(method.rawValue), deadline: deadline, body: body),
            session)
        if case .watch = call { return stream }
        schedule.add(.giveUp(session: session, stream: stream), at: now + Limits.patience)
        return stream
    }

    // MARK: Watching

    private func watch(_ request: WatchRequest, _ caller: Caller) {
        guard caller.watches.count < 4 else { return }
        caller.watches.append(Caller.Watch(record: WatchRecord(request)))
        start(caller.watches.count - 1, caller)
    }

    private func start(_ place: Int, _ caller: Caller) {
        caller.watches[place].record = caller.watches[place].record.resumed
        let request = caller.watches[place].record.resumption
        caller.watches[place].stream = open(
            .watch(place), caller, .watch, request.encoded)
    }

    private func resumeWatches(_ caller: Caller) {
        for place in caller.watches.indices where caller.watches[place].stream == nil {
            start(place, caller)
        }
    }

    /// Cancelled watches keep their place until the answer comes.
    private func unwatch(_ caller: Caller) {
        let places = caller.watches.indices.filter { caller.watches[$0].isWanted }
        guard !places.isEmpty, let session = caller.session else { return }
        let place = caller.chance.pick(places)
        guard let stream = caller.watches[place].stream else { return }
        caller.watches[place].isWanted = false
        send(.cancel(stream: stream), session)
    }

    // MARK: Frames on their way

    func send(_ event: Link.Upward, _ session: Int) {
        let time = max(
            links[session - 1].upward + Instant.Span(nanoseconds: 1),
            now + linkChance.span(.microseconds(20)...(.milliseconds(1))))
        links[session - 1].upward = time
        schedule.add(.upward(session: session, event), at: time)
    }

    func send(_ event: Link.Downward, _ session: Int) {
        let time = max(
            links[session - 1].downward + Instant.Span(nanoseconds: 1),
            now + linkChance.span(.microseconds(20)...(.milliseconds(1))))
        links[session - 1].downward = time
        schedule.add(.downward(session: session, event), at: time)
    }

    func send(_ frame: OutgoingFrame, _ pool: [UInt8]) {
        send(
            .frame(
                type: frame.type, stream: frame.stream, method: frame.method,
                body: Array(pool[frame.body])), Int(frame.session.rawValue))
    }

    // MARK: At the node

    func arrive(_ session: Int, _ event: Link.Upward) throws(Violation) {
        let link = links[session - 1]
        let node = nodes[link.node]
        guard node.isUp, node.life == link.life else { return send(.lost, session) }
        guard node.frozenUntil <= now else {
            return postpone(.upward(session: session, event), node)
        }
        trace.note(.upward, now, (UInt64(session), UInt64(link.node))) {
            "m\(link.node + 1) session \(session): \(event)"
        }
        take(event, SessionID(rawValue: UInt64(session)), node)
    }

    private func take(_ event: Link.Upward, _ session: SessionID, _ node: Node) {
        switch event {
        case .open(let streamCredit, let connectionCredit):
            node.sessions.append(Int(session.rawValue))
            step(
                node,
                .opened(session, streamCredit: streamCredit, connectionCredit: connectionCredit))
        case .request(let stream, let method, let deadline, let body):
            let local = node.clock.instant(at: now)
            node.store!.request(
                session: session, stream: stream, method: method,
                deadline: deadline.map { local + $0 }, body: body.span, at: local)
            planTurn(node)
        case .credit(let stream, let bytes):
            step(node, .credit(session, stream: stream, bytes: bytes))
        case .cancel(let stream): step(node, .cancelled(session, stream: stream))
        case .close:
            node.sessions.removeAll { $0 == Int(session.rawValue) }
            step(node, .closed(session))
        }
    }

    // MARK: At the client

    func arrive(_ session: Int, _ event: Link.Downward) throws(Violation) {
        let caller = callers[links[session - 1].caller]
        guard caller.session == session else { return }
        switch event {
        case .lost:
            trace.note(.downward, now, (UInt64(session), 0)) { "session \(session) is lost" }
            lose(caller)
        case .frame(let type, let stream, let method, let body):
            trace.note(.downward, now, (UInt64(session), Hash64.of(body))) {
                "client \(caller.index) stream \(stream): \(type) of \(body.count) bytes"
            }
            try receive(type, stream, method, body, caller)
        }
    }

    private func receive(
        _ type: FrameType, _ stream: UInt32, _ method: UInt32, _ body: [UInt8], _ caller: Caller
    ) throws(Violation) {
        guard let call = caller[stream] else {
            throw Violation(
                "client \(caller.index) gets a \(type) on stream \(stream), which has ended")
        }
        if type == .stream { try pay(body.count, stream, caller) }
        let method = Wire::Method(rawValue: Int32(method))
        switch (call, type) {
        case (.operation(let id, let pairs), .stream):
            try collect(id, pairs, body, stream, caller)
        case (.operation(let id, let pairs), .response):
            caller.end(stream)
            try answered(id, method, body, pairs)
        case (.operation(let id, _), .error):
            caller.end(stream)
            try refused(id, body)
        case (.watch(let place), .stream): try told(place, body, caller)
        case (.watch(let place), .error):
            caller.end(stream)
            try watchEnded(place, body, caller)
        case (.administration, .response), (.administration, .error):
            caller.end(stream)
            administered(type == .error ? error(body) : WireError())
        default: throw Violation("a \(type) came on stream \(stream), where none belongs")
        }
    }

    private func pay(_ bytes: Int, _ stream: UInt32, _ caller: Caller) throws(Violation) {
        try caller.spend(bytes, stream)
        let wait = caller.chance.around(.milliseconds(2))
        let time = max(now, isHealed ? now : caller.stalledUntil) + wait
        schedule.add(.repay(session: caller.session!, stream: stream, bytes: bytes), at: time)
    }

    func repay(_ session: Int, _ stream: UInt32, _ bytes: Int) {
        let caller = callers[links[session - 1].caller]
        guard caller.session == session else { return }
        caller.give(bytes, 0)
        send(.credit(stream: 0, bytes: bytes), session)
        guard caller[stream] != nil else { return }
        caller.give(bytes, stream)
        send(.credit(stream: stream, bytes: bytes), session)
    }

    private func collect(
        _ id: Int, _ pairs: [KeyValue], _ body: [UInt8], _ stream: UInt32, _ caller: Caller
    ) throws(Violation) {
        guard let part = try? RangeResponse(decoding: body.span) else {
            throw Violation("\(history.name(id)) got a chunk that does not parse")
        }
        caller[stream] = .operation(id, pairs: pairs + part.kvs)
    }

    private func answered(
        _ id: Int, _ method: Wire::Method, _ body: [UInt8], _ pairs: [KeyValue]
    ) throws(Violation) {
        guard method == history[id].request.method, var reply = Reply(method, body.span) else {
            throw Violation("\(history.name(id)) got an answer that does not parse")
        }
        if case .range(var response) = reply, case .range(let request) = history[id].request,
            request.chunked
        {
            guard response.kvs.isEmpty else {
                throw Violation("\(history.name(id)) ends with pairs in its last frame")
            }
            response.kvs = pairs
            reply = .range(response)
        }
        tally.answered += 1
        history.answer(id, reply, at: now)
        try history.check(id, ledger)
        ledger.told(history[id])
    }

    func error(_ body: [UInt8]) -> WireError {
        (try? WireError(decoding: body.span)) ?? WireError(code: .internal)
    }

    private func refused(_ id: Int, _ body: [UInt8]) throws(Violation) {
        let error = error(body)
        guard error.code != .internal, !error.message.isEmpty else {
            throw Violation("\(history.name(id)) was refused with \(error)")
        }
        if probe.operation == id { probe.operation = nil }
        try history.refuse(id, error.code, at: now)
        try history.checkRefusal(id, error.code, ledger)
    }

    private func told(_ place: Int, _ body: [UInt8], _ caller: Caller) throws(Violation) {
        guard let answer = try? WatchResponse(decoding: body.span) else {
            throw Violation("client \(caller.index) got a watch answer that does not parse")
        }
        do throws(Violation) {
            try caller.watches[place].record.receive(answer, ledger.model)
        } catch {
            throw Violation("client \(caller.index), watch \(place): \(error.text)")
        }
        tally.watchEvents += answer.events.count
        if answer.fragment { tally.fragments += 1 }
    }

    /// A watch ended: because the client wanted it, or it must begin anew.
    private func watchEnded(
        _ place: Int, _ body: [UInt8], _ caller: Caller
    ) throws(Violation) {
        let error = error(body)
        let watch = caller.watches[place]
        switch error.code {
        case .cancelled where !watch.isWanted: break
        case .compacted where watch.record.next <= ledger.model.compacted: break
        case .futureRevision, .invalidArgument, .overloaded: break
        default:
            throw Violation("watch \(place) of client \(caller.index) ended with \(error)")
        }
        // Places of others must not move while their streams are open.
        caller.watches[place].stream = nil
        var request = watch.record.request
        request.startRevision = 0
        if isHealed || !watch.isWanted { request = Workload.silence }
        caller.watches[place] = Caller.Watch(record: WatchRecord(request), isWanted: true)
        if caller.session != nil { start(place, caller) }
    }
}

extension Workload {
    /// A watch of a key that is never written.
    static let silence = WatchRequest(key: [1])
}

extension WatchRecord {
    /// As it is for a new stream: what was seen in part comes again.
    var resumed: WatchRecord {
        var record = self
        record.forgetPart()
        return record
    }
}
