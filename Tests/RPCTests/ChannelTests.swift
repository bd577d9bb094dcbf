import EventLoop
import RPC
import Testing
import Units
import Wire

struct ChannelTests {
    private func channel(
        on loop: Loop, _ address: Address, _ settings: Settings = .test, waits: Bool = false
    ) -> Channel {
        Channel(
            on: loop, to: address, settings, chance: Chance(seed: 1, name: "dial"), waits: waits)
    }

    @Test func manyCallsShareAConnection() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop)
            let channel = channel(on: loop, echo.address)
            defer { channel.close() }
            // Half of them before the connection is there.
            var outcomes = (0..<50).map { channel.call(.put, "\($0)") }
            loop.turn { channel.isUp }
            outcomes += (50..<100).map { channel.call(.put, "\($0)") }
            loop.turn { outcomes.allSatisfy { $0.isOver } }
            #expect(outcomes.map { $0.text } == (0..<100).map { "\($0)" })
            #expect(echo.connections.count == 1 && channel.openCalls == 0)
            #expect(echo.seen.map { $0.stream } == Array(1...100))
        }
    }

    @Test func anErrorCarriesItsHint() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop)
            let channel = channel(on: loop, echo.address)
            defer { channel.close() }
            let outcome = channel.call(.range)
            loop.turn { outcome.isOver }
            let failure = try #require(outcome.failure)
            #expect(failure.cause == .answered && failure.code == .notLeader)
            #expect(failure.leaderID == 2 && failure.leaderAddress == "m2:4001")
            #expect(!failure.mayHaveRun)
        }
    }

    @Test func aDeadlineEndsACallAndTellsTheOtherSide() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop)
            let channel = channel(on: loop, echo.address)
            defer { channel.close() }
            let patient = channel.call(.status, timeout: .seconds(60))
            let hasty = channel.call(.status, timeout: .milliseconds(20))
            let never = channel.call(.put, timeout: .milliseconds(0))
            loop.turn { hasty.isOver && never.isOver && echo.cancelled == [2] }
            #expect(hasty.failure?.code == .deadlineExceeded && hasty.failure!.mayHaveRun)
            #expect(never.failure?.code == .deadlineExceeded && !never.failure!.mayHaveRun)
            #expect(!patient.isOver)
            #expect(echo.seen[0].deadline > 59_000 && echo.seen[0].deadline <= 60_000)
            echo.end()
            loop.turn { patient.isOver }
            #expect(patient.failure == nil)
        }
    }

    @Test func aCancelledCallIsNotHeardOf() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop)
            let channel = channel(on: loop, echo.address)
            defer { channel.close() }
            let queued = channel.call(.put, encode: { _ in }) { _, _ in Issue.record() }
            queued.cancel()
            let sent = channel.call(.status, encode: { _ in }) { _, _ in Issue.record() }
            loop.turn { echo.waiting.count == 1 }
            sent.cancel()
            loop.turn { echo.cancelled == [1] && channel.openCalls == 0 }
            #expect(queued.isOver && sent.isOver && echo.seen.count == 1)
        }
    }

    @Test func aLostConnectionFailsItsCallsAndComesBack() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop, Settings { $0.firstPause = .milliseconds(1) })
            let channel = channel(
                on: loop, echo.address, Settings { $0.firstPause = .milliseconds(1) })
            defer { channel.close() }
            var downs: [String] = []
            channel.onDown = { downs.append($0) }
            let lost = channel.call(.status)
            loop.turn { echo.waiting.count == 1 }
            echo.connections[0].close()
            loop.turn { lost.isOver }
            #expect(lost.failure?.cause == .disconnected && lost.failure!.mayHaveRun)
            #expect(
                downs == ["lost the connection to \(echo.address): the other side closed it"])
            loop.turn { channel.isUp }
            let again = channel.call(.put, "again")
            loop.turn { again.isOver }
            #expect(again.text == "again")
        }
    }

    @Test func nobodyThereFailsFastOrWaits() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop)
            let address = echo.address
            echo.server.close()
            loop.poll()
            let pauses = Settings { $0.firstPause = .milliseconds(5) }
            let hasty = channel(on: loop, address, pauses)
            let patient = channel(on: loop, address, pauses, waits: true)
            defer {
                hasty.close()
                patient.close()
            }
            let first = hasty.call(.put)
            let waiting = patient.call(.put, "at last")
            let limited = patient.call(.put, timeout: .milliseconds(1))
            loop.turn { first.isOver && limited.isOver }
            #expect(first.failure?.message == "cannot connect to \(address): nobody listens there")
            #expect(!first.failure!.mayHaveRun && !limited.failure!.mayHaveRun)
            let second = hasty.call(.put)
            loop.turn { second.isOver }
            #expect(second.failure?.cause == .disconnected && !waiting.isOver)
            #expect(!hasty.tell(.peer) { _ in })
            let server = Server(on: loop, .test)
            server.onConnection = { connection in
                connection.onFrame = {
                    $0.send(.response, stream: $1.stream, method: $1.method, body: $2)
                }
            }
            try server.listen(on: address)
            loop.turn { waiting.isOver }
            #expect(waiting.text == "at last")
            server.close()
        }
    }

    @Test func callsAboveTheGoodbyeAreSafeToRepeat() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop)
            let channel = channel(on: loop, echo.address)
            defer { channel.close() }
            let old = channel.call(.status)
            loop.turn { echo.waiting.count == 1 }
            // It crosses the goodbye on the way.
            echo.connections[0].drain()
            let crossed = channel.call(.put)
            loop.turn { crossed.isOver }
            #expect(crossed.failure?.code == .shuttingDown && !crossed.failure!.mayHaveRun)
            #expect(!channel.isUp && !old.isOver)
            echo.end()
            loop.turn { old.isOver }
            #expect(old.failure == nil)
            loop.turn { channel.isUp }
        }
    }

    @Test func closingFailsWhatIsOpen() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop)
            let channel = channel(on: loop, echo.address)
            let open = channel.call(.status)
            loop.turn { echo.waiting.count == 1 }
            channel.close()
            #expect(open.failure?.message == "the channel to \(echo.address) was closed")
            let late = channel.call(.put)
            loop.turn { late.isOver && echo.closed.count == 1 }
            #expect(late.failure?.cause == .disconnected)
        }
    }

    @Test func tooManyQueuedCallsAreRefused() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop)
            let channel = channel(on: loop, echo.address)
            let outcomes = (0...RPC.Limits.queuedCalls).map { _ in channel.call(.put) }
            loop.turn { outcomes.last!.isOver }
            #expect(outcomes.last!.failure?.cause == .notSent)
            channel.close()
            #expect(outcomes.allSatisfy { $0.failure != nil })
        }
    }

    @Test func oneWayCallsHaveNoAnswer() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop)
            let channel = channel(on: loop, echo.address)
            defer { channel.close() }
            channel.start()
            loop.turn { channel.isUp }
            #expect(channel.tell(.peer) { $0.append(1) })
            loop.turn { echo.seen.count == 1 }
            #expect(echo.seen[0].flags == .oneWay && channel.openCalls == 0)
            #expect(echo.connections[0].session.openCalls == 0)
        }
    }

    /// Far more than all credit, in pieces: nothing is lost, nobody runs over.
    @Test func aStreamFlowsAsItIsConsumed() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop)
            let narrow = Settings {
                $0.hello.streamCredit = 10_000
                $0.hello.connectionCredit = 15_000
            }
            let channel = channel(on: loop, echo.address, narrow)
            defer { channel.close() }
            let outcome = channel.call(.watch)
            loop.turn { echo.waiting.count == 1 }
            var sent = 0
            loop.turn {
                sent += echo.pour(1_000, most: 200 - sent)
                return sent == 200
            }
            echo.end()
            loop.turn { outcome.isOver }
            #expect(outcome.parts == Array(repeating: 1_000, count: 200))
            #expect(echo.credited.contains(0) && echo.credited.contains(1))
        }
    }

    @Test func heldCreditStopsAStream() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop)
            let narrow = Settings { $0.hello.streamCredit = 10_000 }
            let channel = channel(on: loop, echo.address, narrow)
            defer { channel.close() }
            var got = 0
            let call = channel.call(
                .watch, encode: { _ in }, onPart: { got += $0.count }, returnsCredit: false,
                then: { _, _ in })
            loop.turn { echo.waiting.count == 1 }
            #expect(echo.pour(1_000) == 10)
            loop.turn { got == 10_000 }
            for _ in 0..<10 { loop.poll() }
            #expect(echo.pour(1_000) == 0)
            call.consumed(6_000)
            loop.turn { echo.credited == [1] }
            #expect(echo.pour(1_000) == 6)
        }
    }

    @Test func aServerThatRunsOverIsLeft() throws {
        try withLoop { loop in
            let (near, far) = try Stream.pair(on: loop)
            let settings = Settings { $0.hello.streamCredit = 10 }
            let connection = Connection(near, .caller, settings)
            var reason: Connection.CloseReason?
            connection.onClose = { reason = $1 }
            connection.onReady = { connection, _ in
                _ = connection.open(.watch) { _ in }
            }
            var heard: [UInt8] = []
            far.onRead = { bytes in
                heard.append(bytes)
                return bytes.count
            }
            far.resumeReading()
            far.send { out in
                out.frame(type: .hello, body: Settings.test.hello.encoded)
            }
            loop.turn { connection.session.openCalls == 1 }
            far.send { out in
                out.frame(
                    type: .stream, stream: 1, method: .watch,
                    body: [UInt8](repeating: 0, count: 11))
            }
            loop.turn { reason != nil }
            guard case .fault(let failure) = reason else {
                Issue.record()
                return
            }
            #expect(failure.code == .creditOverrun)
            far.close()
        }
    }
}
