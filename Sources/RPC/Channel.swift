package import EventLoop
package import TLS
package import Units
package import Wire

/// Where calls are handed in: one address, one connection at a time, any number of calls on it.
///
/// A call that is made while a connection is being made waits for it. A call that is made between
/// two attempts fails at once with the reason of the last failure, so that the caller can try
/// elsewhere; a channel that `waits` keeps it until the next attempt, or its deadline.
/// A channel keeps itself until it is closed.
package final class Channel {
    private let loop: Loop
    private let dialer: Dialer
    private let waits: Bool
    private let timer: Timer
    private var queue: [Call] = []
    private var pending = Table<Call>()
    private var connection: Connection?
    private var lastFailure = ""
    private var armed = Instant.never
    private var isClosed = false
    /// The connection is there; and it is gone, with the reason.
    package var onUp: ((Hello) -> Void)?
    package var onDown: ((String) -> Void)?

    package init(
        on loop: Loop, to address: Address, _ settings: Settings, chance: Chance,
        waits: Bool = false, keyring: Keyring? = nil
    ) {
        self.loop = loop
        self.waits = waits
        dialer = Dialer(
            on: loop, to: address, settings, chance: chance,
            security: Security(keyring, dialling: address))
        let relay = Relay()
        timer = Timer(on: loop) { _ in relay.channel?.expire() }
        relay.channel = self
        dialer.onUp = { self.up($0, $1) }
        dialer.onDown = { self.down($1) }
    }

    private final class Relay { weak var channel: Channel? }

    package var address: Address { dialer.address }
    package var isUp: Bool { connection != nil }
    package var openCalls: Int { pending.count + queue.count }

    /// Connects ahead of the first call.
    package func start() { dialer.start() }

    /// Does not wait out a pause between attempts.
    package func hurry() { dialer.hurry() }

    /// Calls `method` with what `encode` writes. `then` is called once, in a later turn, with the
    /// body of the answer or with a failure; never after `cancel`. `onPart` gets each STREAM body
    /// before that. Credit goes back when `onPart` returns, or when `Call.consumed` says so if
    /// `returnsCredit` is false. Without a timeout it waits for ever.
    @discardableResult
    package func call(
        _ method: Method, timeout: Instant.Span? = nil, encode: (inout [UInt8]) -> Void,
        onPart: ((Bytes) -> Void)? = nil, returnsCredit: Bool = true,
        then: @escaping (_ failure: CallFailure?, _ body: Bytes) -> Void
    ) -> Call {
        let deadline = timeout.map { loop.now + $0 } ?? .never
        let call = Call(
            method, deadline: deadline, channel: self, returnsCredit: returnsCredit,
            onPart: onPart, then: then)
        if let connection {
            send(call, on: connection, encode)
        } else {
            enqueue(call, encode)
        }
        if !call.isOver, deadline < armed { arm(deadline) }
        return call
    }

    /// Sends a request that has no answer; false when it could not be sent now.
    package func tell(_ method: Method, _ encode: (inout [UInt8]) -> Void) -> Bool {
        guard let connection else {
            dialer.start()
            return false
        }
        if connection.open(method, oneWay: true, encode) != nil { return true }
        renew(connection)
        return false
    }

    /// Unsent bytes of the connection, for those who `tell`.
    package var buffered: Int { connection?.buffered ?? 0 }

    /// Ends for good: every open call fails.
    package func close() {
        guard !isClosed else { return }
        isClosed = true
        dialer.stop()
        timer.close()
        connection = nil
        fail(all: "the channel to \(address) was closed")
    }

    // MARK: Sending

    private func send(
        _ call: Call, on connection: Connection, _ encode: (inout [UInt8]) -> Void
    ) {
        let span = call.deadline.since(loop.now)
        guard call.deadline == .never || span > .milliseconds(0) else {
            return loop.nextTurn { self.expire(call) }
        }
        let deadline =
            call.deadline == .never
            ? FrameHeader.noDeadline
            : UInt32(clamping: max(1, span.nanoseconds / 1_000_000))
        if let number = connection.open(call.method, deadline: deadline, encode) {
            call.number = number
            pending.insert(number, call)
            return
        }
        renew(connection)
        failLater(
            call,
            CallFailure(
                .notSent, .overloaded,
                "cannot send to \(address): the connection is being renewed "
                    + "or the request is too long", mayHaveRun: false))
    }

    /// A connection that takes no more calls is replaced when its calls have ended.
    private func renew(_ connection: Connection) {
        if connection.session.lastCall >= Limits.lastCall { connection.drain(.none, "renewing") }
    }

    private func enqueue(_ call: Call, _ encode: (inout [UInt8]) -> Void) {
        if !isClosed { dialer.start() }
        guard !isClosed, waits || dialer.isTrying else {
            let words = isClosed ? "the channel to \(address) was closed" : lastFailure
            return failLater(call, disconnected(words, mayHaveRun: false))
        }
        guard queue.count < Limits.queuedCalls else {
            return failLater(
                call,
                CallFailure(
                    .notSent, .overloaded,
                    "\(queue.count) calls wait for a connection to \(address)", mayHaveRun: false))
        }
        encode(&call.request)
        queue.append(call)
    }

    /// `then` is never called from inside `call`.
    private func failLater(_ call: Call, _ failure: CallFailure) {
        loop.nextTurn { call.fail(failure) }
    }

    // MARK: What happens

    private func up(_ connection: Connection, _ hello: Hello) {
        self.connection = connection
        connection.onFrame = { self.frame($1, $2) }
        connection.onGoaway = { self.goaway($0, $1) }
        let waiting = queue
        queue = []
        for call in waiting where !call.isOver {
            let request = call.request
            call.request = []
            send(call, on: connection) { $0 += request }
        }
        onUp?(hello)
    }

    private func frame(_ header: FrameHeader, _ body: Bytes) {
        if header.type == .stream { return part(header, body) }
        guard let call = pending.remove(header.stream) else { return }
        if header.type == .response { return call.end(nil, body) }
        do throws(MessageFault) {
            call.fail(CallFailure(try WireError(decoding: body)))
        } catch {
            call.fail(
                CallFailure(
                    .answered, .internal, "\(address) answered with an error that does not parse",
                    mayHaveRun: true))
        }
    }

    private func part(_ header: FrameHeader, _ body: Bytes) {
        let count = pending[header.stream]?.part(body) ?? body.count
        connection?.consumed(count, on: header.stream)
    }

    /// Calls that were not looked at fail, and may be made elsewhere; the others still end.
    private func goaway(_ connection: Connection, _ goaway: Goaway) {
        self.connection = nil
        let words = "\(address) takes no more calls: \(goaway.message)"
        lastFailure = words
        for number in pending.numbers where number > goaway.lastStream {
            pending.remove(number)?.fail(
                CallFailure(.answered, goaway.code, words, mayHaveRun: false))
        }
        if pending.isEmpty { connection.close() }
        onDown?(words)
    }

    private func down(_ words: String) {
        connection = nil
        lastFailure = words
        fail(sent: words)
        if !waits { fail(queued: words) }
        onDown?(words)
    }

    private func fail(all words: String) {
        fail(sent: words)
        fail(queued: words)
    }

    private func fail(sent words: String) {
        let lost = pending
        pending = Table()
        for number in lost.numbers {
            lost[number]?.fail(disconnected(words, mayHaveRun: true))
        }
    }

    private func fail(queued words: String) {
        let lost = queue
        queue = []
        for call in lost { call.fail(disconnected(words, mayHaveRun: false)) }
    }

    private func disconnected(_ words: String, mayHaveRun: Bool) -> CallFailure {
        CallFailure(
            .disconnected, mayHaveRun ? .outcomeUnknown : .noLeader, words, mayHaveRun: mayHaveRun)
    }

    // MARK: What callers do

    func cancelled(_ call: Call) {
        // A call that was sent stays known until the other side has ended it.
        if call.number != 0 {
            dialer.connection?.cancel(call.number)
        } else {
            queue.removeAll { $0 === call }
        }
    }

    func consumed(_ count: Int, _ call: Call) {
        dialer.connection?.consumed(count, on: call.number)
    }

    // MARK: Deadlines

    private func arm(_ deadline: Instant) {
        armed = deadline
        guard deadline != .never else { return timer.stop() }
        timer.start(at: deadline)
    }

    /// One timer for all calls, set for the first deadline that was seen: when it rings, all are
    /// looked at. Most deadlines are equally far off, so that it rings once for thousands of calls.
    private func expire() {
        let now = loop.now
        var next = Instant.never
        for call in queue + pending.numbers.compactMap({ pending[$0] }) where !call.isOver {
            if call.deadline <= now { expire(call) } else { next = min(next, call.deadline) }
        }
        queue.removeAll { $0.isOver }
        arm(min(next, armed > now ? armed : .never))
    }

    private func expire(_ call: Call) {
        let wasSent = call.number != 0
        if wasSent { dialer.connection?.cancel(call.number) }
        call.fail(
            CallFailure(
                .deadline, .deadlineExceeded, "\(address) did not answer in time",
                mayHaveRun: wasSent))
    }
}
