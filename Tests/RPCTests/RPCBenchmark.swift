import EventLoop
import Glibc
import RPC
import Synchronization
import Testing
import Units
import Wire

/// What a request costs the side that answers: requests of 292 bytes, answers of 32, both sides in
/// this process on a thread each, processor time by the answering thread's own clock.
///
/// Small in every run, so that it cannot rot. For figures, built for release:
/// `MARTLET_BENCHMARK=1 swift test -c release -Xswiftc -enable-testing --filter RPCBenchmark`.
@Suite(.serialized) struct RPCBenchmark {
    struct Shape {
        var connections: Int
        var depth: Int
        var requests: Int
    }

    private let shapes: [Shape] =
        getenv("MARTLET_BENCHMARK") == nil
        ? [Shape(connections: 4, depth: 8, requests: 2_000)]
        : [
            Shape(connections: 1, depth: 1, requests: 50_000),
            Shape(connections: 1, depth: 64, requests: 2_000_000),
            Shape(connections: 64, depth: 1, requests: 300_000),
            Shape(connections: 64, depth: 16, requests: 4_000_000),
            Shape(connections: 256, depth: 16, requests: 4_000_000),
        ]

    @Test(arguments: ["tcp", "unix"]) func requestsPerSecond(kind: String) throws {
        for shape in shapes {
            let address =
                kind == "tcp"
                ? Address.host("127.0.0.1", port: 0)
                : Address.unix("/tmp/martlet-benchmark-\(getpid())-\(Loop.seed())")
            try measure(kind, shape, address)
        }
    }

    private func measure(_ kind: String, _ shape: Shape, _ address: Address) throws {
        try withLoop { loop in
            var cost: Cost?
            let worker = Worker(on: loop, name: "answers") { 0 }
            let opened = Wakeup(on: loop) {}
            let desk = Desk(opened.sender)
            worker.perform({ _ in answer(on: address, desk) }, then: { cost = $0 })
            loop.turn { desk.address != nil }
            let load = try Load(loop, desk.address!, shape)
            let start = loop.now
            let done = loop.run(for: .seconds(120)) { load.answered >= shape.requests }
            #expect(done)
            let span = Double(loop.now.since(start).nanoseconds) / 1e9
            load.close()
            desk.stop()
            loop.turn { cost != nil }
            guard getenv("MARTLET_BENCHMARK") != nil else { return }
            print(
                "\(kind) \(shape.connections)x\(shape.depth):",
                "\(Int(Double(shape.requests) / span)) requests/s,",
                "\(cost!.each(cost!.user + cost!.system)) us of processor each,",
                "\(cost!.each(cost!.user)) of it in user mode")
        }
    }
}

/// What answering took.
private struct Cost: Sendable {
    var requests: Int
    var user: UInt64
    var system: UInt64

    /// Microseconds for each request, to a hundredth.
    func each(_ nanoseconds: UInt64) -> Double {
        (Double(nanoseconds) / Double(requests) / 10).rounded() / 100
    }
}

/// What the two threads tell one another.
private final class Desk: Sendable {
    private let place = Mutex<Address?>(nil)
    private let bell = Mutex<Wakeup.Sender?>(nil)
    private let opened: Wakeup.Sender

    init(_ opened: Wakeup.Sender) { self.opened = opened }

    var address: Address? { place.withLock { $0 } }

    func open(_ address: Address, _ sender: Wakeup.Sender) {
        bell.withLock { $0 = sender }
        place.withLock { $0 = address }
        opened.ring()
    }

    func stop() { bell.withLock { $0 }?.ring() }
}

/// The answering side, on its own thread and loop, until it is told to stop.
private func answer(on address: Address, _ desk: Desk) -> Cost {
    let loop = Loop()
    let server = Server(on: loop, Settings(software: "benchmark/1"))
    var count = 0
    let reply = [UInt8](repeating: 7, count: 32)
    server.onConnection = { connection in
        connection.onFrame = { connection, header, body in
            count += 1
            connection.send(.response, stream: header.stream, method: header.method) {
                $0.append(contentsOf: reply)
            }
        }
    }
    guard let listener = try? server.listen(on: address) else {
        return Cost(requests: 1, user: 0, system: 0)
    }
    let stop = Wakeup(on: loop) {
        server.close()
        loop.stop()
    }
    desk.open(listener.address, stop.sender)
    loop.run()
    var usage = rusage()
    // RUSAGE_THREAD, which Glibc shows only to GNU sources.
    getrusage(.init(1), &usage)
    func nanoseconds(_ time: timeval) -> UInt64 {
        UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_usec) * 1_000
    }
    return Cost(
        requests: count, user: nanoseconds(usage.ru_utime), system: nanoseconds(usage.ru_stime))
}

/// The asking side: so many connections, each with so many requests under way, without any rules.
private final class Load {
    private(set) var answered = 0
    private let body = [UInt8](repeating: 5, count: 292 - FrameHeader.size)
    private var asked = 0
    private let shape: RPCBenchmark.Shape
    private var streams: [EventLoop.Stream] = []

    init(_ loop: Loop, _ address: Address, _ shape: RPCBenchmark.Shape) throws {
        self.shape = shape
        for _ in 0..<shape.connections {
            Connect.start(on: loop, to: address) { self.start(try? $0.get()) }
        }
    }

    private func start(_ stream: EventLoop.Stream?) {
        guard let stream else {
            Issue.record("no connection")
            return
        }
        streams.append(stream)
        var number: UInt32 = 0
        func ask(_ count: Int) {
            stream.send { out in
                for _ in 0..<min(count, self.shape.requests - self.asked) {
                    number += 1
                    self.asked += 1
                    out.frame(
                        type: .request, stream: number, method: .put, deadline: 1_000,
                        body: self.body)
                }
            }
        }
        stream.onRead = { bytes in
            var used = 0
            var ended = 0
            while bytes.count - used >= FrameHeader.size {
                let size = FrameHeader.size + Int(bytes.little(UInt32.self, at: used + 4))
                guard bytes.count - used >= size else { break }
                if bytes[used + 2] == FrameType.response.rawValue { ended += 1 }
                used += size
            }
            self.answered += ended
            ask(ended)
            return used
        }
        stream.onEnd = { _ in Issue.record("the server left") }
        stream.send { out in
            out.frame(type: .hello, body: Settings(software: "load/1").hello.encoded)
        }
        ask(shape.depth)
        stream.resumeReading()
    }

    func close() {
        for stream in streams { stream.close() }
    }
}
