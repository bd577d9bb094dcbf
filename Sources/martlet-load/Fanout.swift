import EventLoop
import RPC
import Units
import Wire

/// Many watches of one key, and one connection that puts it: how fast watches are made, and how long
/// after its put an event reaches each of them. The value carries the time of the put.
final class Fanout {
    private let plan: Plan
    private let loop: Loop
    private var connections: [Connection] = []
    private var writer: Connection?
    private var created = 0
    private var asked = 0
    private var puts = 0
    private var acknowledged = 0
    private var timer: Timer?
    private(set) var received = 0
    private(set) var latencies = Histogram()
    private(set) var firstError: String?
    private(set) var began = Instant.zero
    private(set) var allCreated = Instant.zero
    private(set) var measured = Instant.zero
    private(set) var ended = Instant.zero
    private var isOver = false
    var onMeasure: () -> Void = {}

    private static let key = Array("martlet-load/fanout".utf8)

    init(_ plan: Plan, on loop: Loop) {
        self.plan = plan
        self.loop = loop
    }

    /// Events that all watches together should have been told.
    var expected: Int { acknowledged * plan.watchers }

    func run() {
        for place in 0...plan.connections {
            dial(plan.addresses[place % plan.addresses.count])
        }
        _ = loop.run(for: .seconds(3600)) { self.isOver }
        for connection in connections { connection.close() }
        writer?.close()
    }

    private func dial(_ address: Address) {
        let settings = RPC::Settings(software: "martlet-load/0.1.0")
        _ = Connect.start(on: loop, to: address) { outcome in
            switch outcome {
            case .success(let stream):
                self.use(
                    Connection(
                        stream, .caller, settings,
                        Security(self.plan.keyring, dialling: address)))
            case .failure(let failure): self.fail(failure.description)
            }
        }
    }

    private func use(_ connection: Connection) {
        connection.onReady = { connection, _ in self.greeted(connection) }
        connection.onFrame = { self.took($0, $1, $2) }
        connection.onClose = { _, reason in
            if !self.isOver { self.fail("connection lost: \(reason)") }
        }
        if writer == nil { writer = connection } else { connections.append(connection) }
    }

    private func fail(_ words: String) {
        if firstError == nil { firstError = words }
        isOver = true
    }

    private func greeted(_ connection: Connection) {
        guard connections.count == plan.connections, writer?.isReady == true,
            connections.allSatisfy(\.isReady)
        else { return }
        began = loop.now
        for connection in connections { for _ in 0..<256 { watch(on: connection) } }
    }

    private func watch(on connection: Connection) {
        guard asked < plan.watchers else { return }
        asked += 1
        let opened = connection.open(.watch) { out in
            WatchRequest(key: Fanout.key).encode(into: &out)
        }
        if opened == nil { fail("a watch could not be opened") }
    }

    private func took(_ connection: Connection, _ header: FrameHeader, _ body: Bytes) {
        switch header.type {
        case .error: fail("a call ended with an error: \(words(body))")
        case .response:
            acknowledged += 1
            finishIfDone()
        case .stream:
            connection.consumed(body.count, on: header.stream)
            told(connection, body)
        default: break
        }
    }

    private func words(_ body: Bytes) -> String { (try? WireError(decoding: body))?.message ?? "?" }

    private func told(_ connection: Connection, _ body: Bytes) {
        guard created == plan.watchers else {
            created += 1
            watch(on: connection)
            if created == plan.watchers { measure() }
            return
        }
        guard let answer = try? WatchResponse(decoding: body) else {
            return fail("an answer does not parse")
        }
        for event in answer.events {
            guard let value = event.kv?.value, value.count >= 8 else { continue }
            received += 1
            let sent = Instant(nanoseconds: value.span.little(at: 0))
            latencies.add(loop.now.since(sent))
        }
        finishIfDone()
    }

    private func finishIfDone() {
        guard puts > 0, timer == nil, acknowledged == puts, received >= expected else { return }
        ended = loop.now
        isOver = true
    }

    /// Puts at the rate that is wanted, for as long as is wanted, then waits for what is under way.
    private func measure() {
        allCreated = loop.now
        measured = loop.now
        onMeasure()
        let until = loop.now + plan.length
        let pause = Instant.Span(nanoseconds: 1_000_000_000 / UInt64(plan.rate))
        let timer = Timer(on: loop) { timer in
            guard self.loop.now < until else {
                timer.close()
                self.timer = nil
                return self.finishIfDone()
            }
            self.put()
            timer.start(after: pause)
        }
        timer.start(after: pause)
        self.timer = timer
    }

    private func put() {
        var value: [UInt8] = []
        value.append(little: loop.now.nanoseconds)
        value += [UInt8](repeating: 0x76, count: max(0, plan.valueSize - 8))
        let request = PutRequest(key: Fanout.key, value: value)
        guard writer?.open(.put, { request.encode(into: &$0) }) != nil else {
            return fail("a put could not be made")
        }
        puts += 1
    }

    var putCount: Int { puts }
}
