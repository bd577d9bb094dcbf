import EventLoop
import Glibc
import RPC
import Testing
import Units
import Wire

struct ServerTests {
    /// Bytes of a whole frame with one thing wrong.
    static let faults: [(name: String, bytes: [UInt8], code: ErrorCode)] = {
        var good: [UInt8] = []
        good.frame(
            type: .request, stream: 1, method: .put, deadline: 1_000, body: [1, 2, 3])
        func with(_ change: (inout [UInt8]) -> Void) -> [UInt8] {
            var copy = good
            change(&copy)
            return copy
        }
        var hello: [UInt8] = []
        hello.frame(type: .hello, body: Settings.test.hello.encoded)
        var response: [UInt8] = []
        response.frame(type: .response, stream: 1, method: .put)
        return [
            ("magic", with { $0[0] = 0x47 }, .badMagic),
            ("version", with { $0[1] = 9 }, .badVersion),
            ("checksum", with { $0[26] ^= 1 }, .badChecksum),
            (
                "length",
                with {
                    $0[6] = 0x20
                    $0[4] = 1
                }, .frameTooLarge
            ),
            ("hello twice", hello, .badFrame),
            ("response", response, .badFrame),
        ]
    }()

    @Test(arguments: faults.indices) func aFaultIsNamedAndEndsTheConnection(index: Int) throws {
        let fault = Self.faults[index]
        try withLoop { loop in
            let echo = try Echo(on: loop)
            let raw = Raw(on: loop, to: echo.address)
            raw.hello()
            raw.stream.send(fault.bytes)
            loop.turn { raw.isEnded }
            let (type, code, message) = try #require(raw.goodbye)
            #expect(type == .error && code == fault.code && !message.isEmpty)
            loop.turn { echo.closed.count == 1 }
            #expect(echo.server.count == 0 && echo.seen.isEmpty)
        }
    }

    @Test func anUnknownRequiredFeatureIsAGoaway() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop)
            let raw = Raw(on: loop, to: echo.address)
            raw.hello { $0.requiredFeatures = 1 << 40 }
            loop.turn { raw.isEnded }
            #expect(raw.goodbye?.0 == .goaway && raw.goodbye?.1 == .unknownFeature)
        }
    }

    @Test func faultsInsideACallEndOnlyTheCall() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop)
            let raw = Raw(on: loop, to: echo.address)
            raw.hello()
            raw.send(.request, stream: 1, method: .unrecognized(999))
            raw.send(.request, stream: 2, method: .put, deadline: 0)
            raw.send(.request, stream: 3, method: .put, body: [7])
            loop.turn { raw.frames.count == 4 }
            #expect(raw.errors(on: 1) == [.unknownMethod])
            #expect(raw.errors(on: 2) == [.deadlineExceeded])
            #expect(raw.frames[3].header.type == .response && raw.frames[3].body == [7])
        }
    }

    @Test func anAnswerThatTheCallerCannotTakeIsAnError() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop)
            let raw = Raw(on: loop, to: echo.address)
            raw.hello { $0.maximumFrame = 1_024 }
            raw.send(.request, stream: 1, method: .put, body: [UInt8](repeating: 1, count: 1_025))
            raw.send(.request, stream: 2, method: .put, body: [UInt8](repeating: 1, count: 1_024))
            loop.turn { raw.frames.count == 3 }
            #expect(raw.errors(on: 1) == [.frameTooLarge])
            #expect(raw.frames[2].body.count == 1_024)
        }
    }

    @Test func pingsAreEchoedAndFragmentsAreJoined() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop)
            let raw = Raw(on: loop, to: echo.address)
            raw.hello()
            var bytes: [UInt8] = []
            bytes.frame(type: .ping, body: [1, 2, 3])
            for byte in bytes {
                raw.stream.send { $0.append(byte) }
                loop.poll()
            }
            loop.turn { raw.frames.count == 2 }
            #expect(raw.frames[1].header.flags == .ack && raw.frames[1].body == [1, 2, 3])
        }
    }

    @Test func oneWhoSaysNothingIsClosed() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop, Settings { $0.handshake = .milliseconds(20) })
            let raw = Raw(on: loop, to: echo.address)
            loop.turn { raw.isEnded }
            #expect(echo.closed == [.noHello])
        }
    }

    @Test func oneWhoDoesNotAnswerAPingIsClosed() throws {
        try withLoop { loop in
            let settings = Settings {
                $0.ping = .milliseconds(20)
                $0.silence = .milliseconds(20)
            }
            let echo = try Echo(on: loop, settings)
            let raw = Raw(on: loop, to: echo.address)
            raw.hello()
            loop.turn { raw.isEnded }
            #expect(echo.closed == [.silent])
            #expect(raw.frames.contains { $0.header.type == .ping })
            // One who answers stays.
            let channel = Channel(
                on: loop, to: echo.address, .test, chance: Chance(seed: 1, name: "dial"))
            channel.start()
            let until = loop.now + .milliseconds(150)
            loop.turn { loop.now >= until }
            #expect(channel.isUp && echo.closed.count == 1)
            channel.close()
        }
    }

    @Test func tooManyConnectionsAreToldSo() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop, Settings { $0.connections = 2 })
            let taken = (0..<2).map { _ in Raw(on: loop, to: echo.address) }
            for raw in taken { raw.hello() }
            loop.turn { echo.server.count == 2 }
            let third = Raw(on: loop, to: echo.address)
            third.hello()
            loop.turn { third.isEnded }
            #expect(third.goodbye?.0 == .goaway && third.goodbye?.1 == .overloaded)
            taken[0].stream.close()
            loop.turn { echo.server.count == 1 }
            let fourth = Raw(on: loop, to: echo.address)
            loop.turn { echo.server.count == 2 }
            #expect(!fourth.isEnded && !taken[1].isEnded)
        }
    }

    /// The output of one who never reads stays bounded, and costs the others nothing.
    @Test func oneWhoNeverReadsIsHeldUp() throws {
        try withLoop { loop in
            let echo = try Echo(
                on: loop,
                Settings {
                    $0.pauseOutput = 100_000
                    $0.resumeOutput = 50_000
                })
            let raw = Raw(on: loop, to: echo.address)
            raw.hello()
            loop.turn { raw.frames.count == 1 }
            raw.stream.pauseReading()
            let body = [UInt8](repeating: 5, count: 10_000)
            let count = 3_000
            for number in 1...count {
                raw.send(.request, stream: UInt32(number), method: .put, body: body)
            }
            loop.turn { raw.stream.buffered > 0 && echo.connections[0].stream.isPaused }
            for _ in 0..<50 { loop.poll() }
            #expect(echo.connections[0].stream.buffered <= 100_000 + 20_000)
            #expect(echo.seen.count < count)
            let other = Channel(
                on: loop, to: echo.address, .test, chance: Chance(seed: 1, name: "dial"))
            let outcome = other.call(.put, "quick")
            loop.turn { outcome.isOver }
            #expect(outcome.text == "quick")
            raw.stream.resumeReading()
            loop.turn { raw.frames.count == count + 1 }
            other.close()
        }
    }

    @Test func oneWhoNeverReadsAnswersThatAreDueIsParted() throws {
        try withLoop { loop in
            let echo = try Echo(
                on: loop,
                Settings {
                    $0.pauseOutput = 10_000
                    $0.maximumOutput = 1_000_000
                })
            let raw = Raw(on: loop, to: echo.address)
            raw.hello()
            for number in 1...20 {
                raw.send(.request, stream: UInt32(number), method: .status)
            }
            loop.turn { echo.waiting.count == 20 }
            raw.stream.pauseReading()
            for (connection, header) in echo.waiting {
                connection.send(.response, stream: header.stream, method: .status) {
                    $0 += [UInt8](repeating: 0, count: 1_000_000)
                }
                loop.poll()
            }
            #expect(echo.closed == [.slow])
        }
    }

    @Test func aDrainWaitsForOpenCalls() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop)
            let raw = Raw(on: loop, to: echo.address)
            raw.hello()
            raw.send(.request, stream: 1, method: .status)
            loop.turn { echo.waiting.count == 1 }
            var drained = false
            echo.server.drain(within: .seconds(60)) { drained = true }
            raw.send(.request, stream: 2, method: .put)
            loop.turn { raw.goodbye?.0 == .goaway }
            let last = raw.frames.last!.body
            let goaway = try Goaway(decoding: last.span)
            #expect(goaway.code == .shuttingDown && goaway.lastStream == 1)
            loop.poll()
            #expect(!drained && echo.seen.count == 1)
            echo.end()
            loop.turn { drained && raw.isEnded }
            #expect(raw.frames.last?.header.type == .response)
            #expect(echo.closed == [.closed])
        }
    }

    @Test func aDrainHasAnEnd() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop)
            let raw = Raw(on: loop, to: echo.address)
            raw.hello()
            raw.send(.request, stream: 1, method: .watch)
            loop.turn { echo.waiting.count == 1 }
            var drained = false
            echo.server.drain(within: .milliseconds(10)) { drained = true }
            loop.turn { drained && raw.isEnded }
            #expect(raw.errors(on: 1) == [.shuttingDown])
        }
    }

    @Test func unixSocketsSayWhoIsThere() throws {
        try withLoop { loop in
            let server = Server(on: loop, .test)
            let path = "/tmp/martlet-test-\(getpid())-\(Loop.seed())"
            try server.listen(on: .unix(path))
            var who: Credentials?
            server.onConnection = { who = $0.stream.credentials }
            let raw = Raw(on: loop, to: .unix(path))
            loop.turn { who != nil }
            #expect(who?.user == getuid())
            raw.stream.close()
            server.close()
        }
    }

    /// Conversations with bytes flipped, cut and doubled: the server answers or parts, and lives.
    @Test func noBytesBringItDown() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop)
            var chance = Chance(seed: 11, name: "mutation")
            var talk: [UInt8] = []
            talk.frame(type: .hello, body: Settings.test.hello.encoded)
            talk.frame(
                type: .request, stream: 1, method: .put, deadline: 9, body: [1, 2])
            talk.frame(type: .credit, body: Credit(bytes: 100).encoded)
            talk.frame(type: .ping, body: [1])
            talk.frame(
                type: .request, stream: 2, method: .watch, deadline: 9)
            talk.frame(type: .cancel, stream: 2, method: .watch)
            for _ in 0..<200 {
                let raw = Raw(on: loop, to: echo.address)
                var bytes = talk
                for _ in 0...chance.below(3) {
                    let at = Int(chance.below(UInt64(bytes.count)))
                    switch chance.below(4) {
                    case 0: bytes[at] ^= UInt8(1 << chance.below(8))
                    case 1: bytes.removeSubrange(at...)
                    case 2: bytes.insert(contentsOf: bytes[at...].prefix(40), at: at)
                    default: bytes.remove(at: at)
                    }
                    if bytes.isEmpty { bytes = [0] }
                }
                raw.stream.send(bytes)
                loop.poll()
                loop.poll()
                raw.stream.finish(within: .milliseconds(1))
            }
            loop.turn { echo.server.count == 0 }
            let channel = Channel(
                on: loop, to: echo.address, .test, chance: Chance(seed: 1, name: "dial"))
            let outcome = channel.call(.put, "still here")
            loop.turn { outcome.isOver }
            #expect(outcome.text == "still here")
            channel.close()
        }
    }
}
