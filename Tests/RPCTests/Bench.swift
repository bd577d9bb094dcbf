import EventLoop
import RPC
import Testing
import Units
import Wire

/// A loop for one test, which must come to rest within ten seconds and leave nothing open.
func withLoop(_ body: (Loop) throws -> Void) throws {
    let loop = Loop()
    defer {
        loop.stop()
        loop.run()
        #expect(loop.openHandles == 0)
    }
    try body(loop)
}

extension Loop {
    /// Turns until `condition` holds; fails the test when it does not in ten seconds.
    func turn(
        _ location: SourceLocation = #_sourceLocation, until condition: () -> Bool
    ) {
        let held = run(for: .seconds(10), until: condition)
        #expect(held, "it did not happen in ten seconds", sourceLocation: location)
    }
}

extension Settings {
    static var test: Settings { Settings(software: "test/1") }

    init(_ change: (inout Settings) -> Void) {
        self = .test
        change(&self)
    }
}

/// A server that knows three tricks: PUT is echoed, WATCH streams as it is told, STATUS waits.
final class Echo {
    let server: Server
    var address: Address { server.listeners[0].address }
    var connections: [Connection] = []
    var closed: [Connection.CloseReason] = []
    var seen: [FrameHeader] = []
    var waiting: [(Connection, FrameHeader)] = []
    var cancelled: [UInt32] = []
    var credited: [UInt32] = []

    init(on loop: Loop, _ settings: Settings = .test) throws {
        server = Server(on: loop, settings)
        try server.listen(on: .host("127.0.0.1", port: 0))
        server.onConnection = { self.take($0) }
        server.onClose = { _, reason in self.closed.append(reason) }
    }

    private func take(_ connection: Connection) {
        connections.append(connection)
        connection.onFrame = { self.frame($0, $1, $2) }
        connection.onCancel = { self.cancel($0, $1) }
        connection.onCredit = { _, number, _ in self.credited += [number] }
    }

    private func cancel(_ connection: Connection, _ number: UInt32) {
        cancelled.append(number)
        let error = WireError(code: .cancelled, message: "cancelled")
        connection.fail(number, connection.session.method(of: number) ?? .none, error)
    }

    private func frame(_ connection: Connection, _ header: FrameHeader, _ body: Bytes) {
        seen.append(header)
        switch header.method {
        case .put:
            connection.send(.response, stream: header.stream, method: .put, body: body)
        case .range:
            let error = WireError(
                code: .notLeader, message: "ask m2", leaderID: 2, leaderAddress: "m2:4001")
            connection.fail(header.stream, .range, error)
        default: waiting.append((connection, header))
        }
    }

    /// STREAM frames of `size` on the first waiting call, while there is credit; how many.
    @discardableResult
    func pour(_ size: Int, most: Int = .max) -> Int {
        let (connection, header) = waiting[0]
        var count = 0
        while count < most, connection.creditLeft(header.stream) >= size {
            connection.send(.stream, stream: header.stream, method: header.method) {
                $0 += [UInt8](repeating: 9, count: size)
            }
            count += 1
        }
        return count
    }

    func end(_ number: Int = 0) {
        let (connection, header) = waiting[number]
        connection.send(.response, stream: header.stream, method: header.method) { _ in }
    }
}

extension [UInt8] {
    /// Adds a frame whose body is an array.
    mutating func frame(
        type: FrameType, flags: FrameFlags = [], stream: UInt32 = 0, method: Wire.Method = .none,
        deadline: UInt32 = 0, body: [UInt8] = []
    ) {
        appendFrame(
            type: type, flags: flags, stream: stream, method: method, deadline: deadline,
            body: body.span)
    }
}

extension EventLoop.Stream {
    func send(_ bytes: [UInt8]) { send(bytes.span) }
}

/// A peer without manners: sends what it is told and notes the frames that come.
final class Raw {
    let stream: EventLoop.Stream
    var frames: [(header: FrameHeader, body: [UInt8])] = []
    var isEnded = false

    init(on loop: Loop, to address: Address) {
        var made: EventLoop.Stream?
        Connect.start(on: loop, to: address) { made = try? $0.get() }
        loop.turn { made != nil }
        stream = made!
        stream.onRead = { bytes in
            var used = 0
            while let (header, body) = try? FrameReader.next(
                in: bytes.extracting(used...), limit: 1 << 22)
            {
                self.frames.append((header, bytes.extracting(used...).extracting(body).array))
                used += body.upperBound
            }
            return used
        }
        stream.onEnd = { _ in
            self.isEnded = true
            self.stream.close()
        }
        stream.resumeReading()
    }

    func hello(_ change: (inout Hello) -> Void = { _ in }) {
        var hello = Settings.test.hello
        change(&hello)
        send(.hello, body: hello.encoded)
    }

    func send(
        _ type: FrameType, flags: FrameFlags = [], stream number: UInt32 = 0,
        method: Wire.Method = .none, deadline: UInt32? = nil, body: [UInt8] = []
    ) {
        let deadline = deadline ?? (type == .request ? FrameHeader.noDeadline : 0)
        stream.send {
            $0.appendFrame(
                type: type, flags: flags, stream: number, method: method, deadline: deadline,
                body: body.span)
        }
    }

    /// The last ERROR or GOAWAY on stream 0.
    var goodbye: (FrameType, ErrorCode, String)? {
        guard let (header, body) = frames.last(where: { $0.header.stream == 0 }) else { return nil }
        switch header.type {
        case .error:
            let error = try? WireError(decoding: body.span)
            return error.map { (.error, $0.code, $0.message) }
        case .goaway:
            let goaway = try? Goaway(decoding: body.span)
            return goaway.map { (.goaway, $0.code, $0.message) }
        default: return nil
        }
    }

    func errors(on number: UInt32) -> [ErrorCode] {
        frames.filter { $0.header.type == .error && $0.header.stream == number }
            .compactMap { try? WireError(decoding: $0.body.span).code }
    }
}

/// What became of a call.
final class Outcome {
    var bodies: [[UInt8]] = []
    var failure: CallFailure?
    var isOver = false
    var parts: [Int] = []
    var text: String { String(decoding: bodies.joined(), as: UTF8.self) }

    func take(_ failure: CallFailure?, _ body: Bytes) {
        #expect(!isOver, "a call ended twice")
        isOver = true
        self.failure = failure
        if failure == nil { bodies.append(body.array) }
    }
}

extension Channel {
    func call(
        _ method: Wire.Method, _ text: String = "", timeout: Instant.Span? = nil
    ) -> Outcome {
        let outcome = Outcome()
        call(
            method, timeout: timeout, encode: { $0 += Array(text.utf8) },
            onPart: { outcome.parts.append($0.count) }, then: { outcome.take($0, $1) })
        return outcome
    }
}
