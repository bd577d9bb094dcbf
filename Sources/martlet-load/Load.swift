import EventLoop
import RPC
import TLS
import Units
import Wire

/// What is asked for, again and again.
enum Shape: String, CaseIterable {
    case put
    case get
    case getSerializable = "get-serializable"
    /// Ranges of 1,000 pairs.
    case range
    /// Puts each key once, in order; ends when all are there.
    case fill
    /// Many watches of one key, told of puts at a rate.
    case watch
    /// Many leases that are granted, kept alive, and end together.
    case lease
}

struct Plan {
    var shape = Shape.put
    var addresses: [Address] = []
    var connections = 1
    /// Calls under way on each connection.
    var depth = 1
    var keys = 10_000
    var keySize = 32
    var valueSize = 256
    var warmUp = Instant.Span.seconds(1)
    var length = Instant.Span.seconds(5)
    var seed: UInt64 = 1
    var watchers = 1_000
    /// Puts each second that the watches are told of.
    var rate = 20
    var leases = 10_000
    /// Seconds that each lives.
    var ttl: Int64 = 20
    /// With it, all but unix sockets are spoken to with TLS.
    var keyring: Keyring?
}

/// A closed loop: every worker has `depth` calls under way, and makes the next when one has ended.
final class Load {
    let plan: Plan
    let loop: Loop
    private var workers: [Worker] = []
    private var chance: Chance
    private let value: [UInt8]
    private var nextKey = 0
    private var isMeasuring = false
    private(set) var isOver = false
    private(set) var latencies = Histogram()
    private(set) var errors = 0
    private(set) var firstError: String?
    private(set) var began = Instant.zero
    private(set) var ended = Instant.zero
    var onMeasure: () -> Void = {}

    private final class Worker {
        var connection: Connection?
        /// When each open call was sent; calls of a connection are numbered upwards.
        var sent: [UInt32: Instant] = [:]
    }

    init(_ plan: Plan, on loop: Loop) {
        self.plan = plan
        self.loop = loop
        chance = Chance(seed: plan.seed, name: "load")
        var bytes = Chance(seed: plan.seed, name: "value")
        value = (0..<plan.valueSize).map { _ in UInt8(truncatingIfNeeded: bytes.next()) }
    }

    /// Runs the plan to its end.
    func run() {
        for place in 0..<plan.connections {
            dial(plan.addresses[place % plan.addresses.count])
        }
        _ = loop.run(for: .seconds(3600)) { self.isOver }
    }

    private func dial(_ address: Address) {
        let settings = RPC::Settings(software: "martlet-load/0.2.0")
        _ = Connect.start(on: loop, to: address) { outcome in
            switch outcome {
            case .success(let stream):
                self.use(
                    Connection(
                        stream, .caller, settings,
                        Security(self.plan.keyring, dialling: address)))
            case .failure(let failure): self.fail(failure.description, fatal: true)
            }
        }
    }

    private func use(_ connection: Connection) {
        let worker = Worker()
        worker.connection = connection
        workers.append(worker)
        connection.onReady = { _, _ in self.greeted() }
        connection.onFrame = { _, header, _ in self.answered(worker, header) }
        connection.onClose = { _, reason in
            guard !self.isOver else { return }
            self.fail("connection lost: \(reason)", fatal: true)
        }
    }

    private func greeted() {
        guard workers.count == plan.connections,
            workers.allSatisfy({ $0.connection!.isReady })
        else { return }
        for worker in workers { for _ in 0..<plan.depth { ask(worker) } }
        if plan.shape == .fill { return measure() }
        let timer = Timer(on: loop) { timer in
            timer.close()
            self.measure()
        }
        timer.start(after: plan.warmUp)
    }

    private func measure() {
        latencies.reset()
        isMeasuring = true
        began = loop.now
        onMeasure()
        guard plan.shape != .fill else { return }
        let timer = Timer(on: loop) { timer in
            timer.close()
            self.finish()
        }
        timer.start(after: plan.length)
    }

    private func finish() {
        ended = loop.now
        isOver = true
        for worker in workers { worker.connection?.close() }
    }

    private func fail(_ words: String, fatal: Bool) {
        errors += 1
        if firstError == nil { firstError = words }
        if fatal { finish() }
    }

    // MARK: Calls

    private func ask(_ worker: Worker) {
        guard let connection = worker.connection else { return }
        let number: UInt32?
        switch plan.shape {
        case .put: number = put(connection, key(Int(chance.below(UInt64(plan.keys)))))
        case .fill:
            guard nextKey < plan.keys else { return }
            number = put(connection, key(nextKey))
            nextKey += 1
        case .get, .getSerializable:
            let wanted = key(Int(chance.below(UInt64(plan.keys))))
            let request = RangeRequest(key: wanted, serializable: plan.shape == .getSerializable)
            number = connection.open(.range) { request.encode(into: &$0) }
        case .range:
            let from = key(Int(chance.below(UInt64(max(1, plan.keys - 1000)))))
            let request = RangeRequest(key: from, rangeEnd: [0], limit: 1000)
            number = connection.open(.range) { request.encode(into: &$0) }
        case .watch, .lease: preconditionFailure("\(plan.shape) is no closed loop")
        }
        guard let number else { return fail("a call could not be made", fatal: true) }
        worker.sent[number] = loop.now
    }

    private func put(_ connection: Connection, _ key: [UInt8]) -> UInt32? {
        let value = value
        return connection.open(.put) { out in
            Hot.appendBytesField(field: 1, key.span, to: &out)
            Hot.appendBytesField(field: 2, value.span, to: &out)
        }
    }

    /// Key number `number`: digits, padded at the left to the size that is wanted.
    private func key(_ number: Int) -> [UInt8] {
        var key = [UInt8](repeating: 0x30, count: plan.keySize)
        var rest = number
        var place = plan.keySize - 1
        while rest > 0, place >= 0 {
            key[place] = 0x30 + UInt8(rest % 10)
            rest /= 10
            place -= 1
        }
        return key
    }

    private func answered(_ worker: Worker, _ header: FrameHeader) {
        guard let sent = worker.sent.removeValue(forKey: header.stream) else { return }
        if header.type == .error {
            fail("a call ended with an error", fatal: false)
        } else if isMeasuring {
            latencies.add(loop.now.since(sent))
        }
        guard !isOver else { return }
        if plan.shape == .fill, nextKey == plan.keys, worker.sent.isEmpty {
            if workers.allSatisfy({ $0.sent.isEmpty }) { finish() }
            return
        }
        ask(worker)
    }
}
