import EventLoop
import RPC
import Testing
import Units
import Wire

/// Calls wait until the other side has answered who is calling.
struct IntroductionTests {
    /// A server that answers the first call as it is told, and echoes all others.
    private final class Doorman {
        let server: Server
        var verdict: ErrorCode
        private(set) var seen: [Wire.Method] = []

        init(on loop: Loop, _ verdict: ErrorCode) throws {
            self.verdict = verdict
            server = Server(on: loop, .test)
            try server.listen(on: .host("127.0.0.1", port: 0))
            server.onConnection = { [unowned self] connection in
                connection.onFrame = { [unowned self] in frame($0, $1, $2) }
            }
        }

        private func frame(_ connection: Connection, _ header: FrameHeader, _ body: Bytes) {
            seen.append(header.method)
            if header.method == .authenticate, verdict != .none {
                let error = WireError(code: verdict, message: "no")
                connection.fail(header.stream, header.method, error)
            } else {
                connection.send(
                    .response, stream: header.stream, method: header.method, body: body)
            }
        }
    }

    private func run(
        _ verdict: ErrorCode, _ check: (Doorman, Channel, Outcome) throws -> Void
    ) throws {
        try withLoop { loop in
            let doorman = try Doorman(on: loop, verdict)
            let channel = Channel(
                on: loop, to: doorman.server.listeners[0].address, .test,
                chance: Chance(seed: 1, name: "dial"))
            channel.introduction = Introduction(.authenticate, [1])
            defer { channel.close() }
            let outcome = channel.call(.put, "x")
            loop.turn { outcome.isOver }
            try check(doorman, channel, outcome)
        }
    }

    @Test func comesFirst() throws {
        try run(.none) { doorman, channel, outcome in
            #expect(outcome.text == "x")
            #expect(doorman.seen == [.authenticate, .put])
            #expect(channel.isUp)
        }
    }

    @Test func anOlderProgramDoesNotAskForIt() throws {
        try run(.unknownMethod) { doorman, _, outcome in
            #expect(outcome.text == "x")
            #expect(doorman.seen == [.authenticate, .put])
        }
    }

    @Test func aNoIsTold() throws {
        try run(.unauthenticated) { doorman, channel, outcome in
            let failure = try #require(outcome.failure)
            #expect(failure.cause == .answered && failure.code == .unauthenticated)
            #expect(!failure.mayHaveRun)
            #expect(doorman.seen == [.authenticate])
            #expect(!channel.isUp)
        }
    }

    /// Then another member may be asked.
    @Test func whatIsNoNoOnlyFailsHere() throws {
        try run(.overloaded) { doorman, _, outcome in
            let failure = try #require(outcome.failure)
            #expect(failure.cause == .notSent && !failure.mayHaveRun)
            #expect(doorman.seen == [.authenticate])
        }
    }
}
