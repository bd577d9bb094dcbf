import RPC
import Testing
import Units
import Wire

private let start = Instant(nanoseconds: 1_000_000_000)

private func frame(
    _ type: FrameType, _ stream: UInt32 = 0, _ method: Wire.Method = .none,
    flags: FrameFlags = [], deadline: UInt32? = nil
) -> FrameHeader {
    FrameHeader(
        type: type, flags: flags, stream: stream, method: method,
        deadline: deadline ?? (type == .request ? 1_000 : 0))
}

extension Session {
    mutating func receive(_ header: FrameHeader, _ body: [UInt8]) -> Verdict {
        receive(header, body.span)
    }
}

/// A session that has heard the other side's Hello.
private func open(
    _ side: Session.Side, _ settings: Settings = .test, peer: Hello = Settings.test.hello
) -> Session {
    var session = Session(side, settings, at: start)
    #expect(session.receive(frame(.hello), peer.encoded) == .ready)
    return session
}

struct SessionTests {
    @Test(arguments: [
        (FrameType.request, UInt32(1)), (.ping, 0), (.credit, 0), (.stream, 1), (.response, 1),
        (.cancel, 1),
    ]) func nothingComesBeforeHello(type: FrameType, stream: UInt32) {
        for side in [Session.Side.caller, .callee] {
            var session = Session(side, .test, at: start)
            #expect(session.receive(frame(type, stream), []) == .fault)
            #expect(session.failure?.code == .badFrame)
            #expect(session.receive(frame(.hello), Settings.test.hello.encoded) == .ignored)
        }
    }

    static let hellos: [(change: @Sendable (inout Hello) -> Void, code: ErrorCode)] = [
        ({ $0.requiredFeatures = 4 }, .unknownFeature),
        ({ $0.maximumFrame = 0 }, .invalidArgument),
        ({ $0.maximumFrame = 1_023 }, .invalidArgument),
        ({ $0.clusterID = 8 }, .clusterMismatch),
        ({ $0.targetID = 2 }, .memberMismatch),
    ]

    @Test(arguments: hellos.indices) func aHelloThatDoesNotSuitIsRefused(index: Int) {
        let settings = Settings(software: "test/1", clusterID: 7, memberID: 1)
        var hello = Settings.test.hello
        Self.hellos[index].change(&hello)
        var session = Session(.callee, settings, at: start)
        #expect(session.receive(frame(.hello), hello.encoded) == .fault)
        #expect(session.failure?.code == Self.hellos[index].code)
    }

    @Test func aCallerChecksWhomItReached() {
        var settings = Settings(software: "test/1", targetID: 3)
        settings.hello.optionalFeatures = 1
        var hello = Settings.test.hello
        hello.memberID = 4
        var session = Session(.caller, settings, at: start)
        #expect(session.receive(frame(.hello), hello.encoded) == .fault)
        #expect(session.failure?.code == .memberMismatch)
        // A feature that both have may be required.
        hello.memberID = 3
        hello.requiredFeatures = 1
        session = Session(.caller, settings, at: start)
        #expect(session.receive(frame(.hello), hello.encoded) == .ready)
    }

    @Test func aBodyThatDoesNotParseIsAFault() {
        for type in [FrameType.credit, .goaway] {
            var session = open(.callee)
            #expect(session.receive(frame(type), [0xFF]) == .fault)
            #expect(session.failure?.code == .badMessage)
        }
        var session = Session(.caller, .test, at: start)
        #expect(session.receive(frame(.hello), [0xFF]) == .fault)
        #expect(session.failure?.code == .badMessage)
        session = open(.caller)
        #expect(session.receive(frame(.error), [0xFF]) == .parted)
        #expect(session.failure?.code == .badMessage)
    }

    @Test func numbersOnlyRise() {
        for (first, second) in [(5, 5), (5, 4), (5, 1)] as [(UInt32, UInt32)] {
            var session = open(.callee)
            #expect(session.receive(frame(.request, first, .put), []) == .request)
            #expect(session.receive(frame(.request, second, .put), []) == .fault)
            #expect(session.failure?.code == .badFrame)
        }
    }

    @Test func callsThatAreNotTaken() {
        var session = open(.callee, Settings { $0.calls = 2 })
        #expect(
            session.receive(frame(.request, 1, .unrecognized(99)), [])
                == .refused(.unknownMethod))
        #expect(
            session.receive(frame(.request, 2, .none), []) == .refused(.unknownMethod))
        #expect(
            session.receive(frame(.request, 3, .put, deadline: 0), [])
                == .refused(.deadlineExceeded))
        #expect(session.receive(frame(.request, 4, .put), []) == .request)
        #expect(session.receive(frame(.request, 5, .put), []) == .request)
        #expect(session.receive(frame(.request, 6, .put), []) == .refused(.overloaded))
        // What wants no answer gets none.
        let oneWay = frame(.request, 7, .unrecognized(99), flags: .oneWay)
        #expect(session.receive(oneWay, []) == .ignored)
        #expect(session.close(4) && !session.close(4))
        #expect(session.receive(frame(.request, 8, .put), []) == .request)
        #expect(session.openNumbers == [5, 8])
    }

    @Test func eachSideSendsOnlyWhatItMay() {
        for (side, type) in [
            (.callee, .response), (.callee, .stream), (.callee, .error), (.caller, .request),
            (.caller, .cancel), (.caller, .hello), (.callee, .hello),
        ] as [(Session.Side, FrameType)] {
            var session = open(side)
            let stream: UInt32 = type == .hello ? 0 : 1
            #expect(session.receive(frame(type, stream, .put), []) == .fault)
            // What pays for STREAM is never given to the side that connected.
            #expect(session.failure?.code == (type == .stream ? .creditOverrun : .badFrame))
        }
    }

    @Test func answersBelongToOpenCallsOfTheirMethod() {
        for type in [FrameType.response, .error, .stream] {
            var session = open(.caller)
            #expect(session.open(.put, oneWay: false) == 1)
            var other = session
            #expect(other.receive(frame(type, 2, .put), []) == .fault)
            other = session
            #expect(other.receive(frame(type, 1, .range), []) == .fault)
            #expect(
                session.receive(frame(type, 1, .put), []) == (type == .stream ? .part : .answer))
            let again: Session.Verdict = type == .stream ? .part : .fault
            #expect(session.receive(frame(type, 1, .put), []) == again)
        }
    }

    @Test func aOneWayCallHasNoAnswer() {
        var session = open(.caller)
        #expect(session.open(.peer, oneWay: true) == 1)
        #expect(session.openCalls == 0)
        #expect(session.receive(frame(.response, 1, .peer), []) == .fault)
    }

    @Test func cancelMayCrossTheAnswer() {
        var session = open(.callee)
        #expect(session.receive(frame(.request, 1, .watch), []) == .request)
        #expect(session.receive(frame(.cancel, 1, .watch), []) == .cancelled)
        #expect(session.close(1) == true)
        #expect(session.receive(frame(.cancel, 1, .watch), []) == .ignored)
        #expect(session.receive(frame(.cancel, 2, .watch), []) == .fault)
    }

    @Test func creditIsSpentAndGiven() {
        var hello = Settings.test.hello
        hello.streamCredit = 100
        hello.connectionCredit = 150
        var session = open(.callee, peer: hello)
        for call in [1, 2] as [UInt32] {
            #expect(session.receive(frame(.request, call, .watch), []) == .request)
        }
        #expect(session.creditLeft(1) == 100)
        #expect(session.spend(100, on: 1) && !session.spend(1, on: 1))
        #expect(session.creditLeft(2) == 50)
        #expect(!session.spend(51, on: 2) && session.spend(50, on: 2))
        #expect(
            session.receive(frame(.credit, 0), Credit(bytes: 30).encoded) == .credit)
        #expect(session.creditLeft(1) == 0 && session.creditLeft(2) == 30)
        #expect(
            session.receive(frame(.credit, 1, .watch), Credit(bytes: 9).encoded) == .credit)
        #expect(session.creditLeft(1) == 9)
        // Much credit is no overflow.
        for _ in 0..<1_000 {
            _ = session.receive(frame(.credit, 0), Credit(bytes: .max).encoded)
        }
        #expect(session.phase == .open)
        // For a call that has ended it is late; for one that never was it is wrong.
        #expect(session.close(1) == true)
        #expect(
            session.receive(frame(.credit, 1, .watch), Credit(bytes: 9).encoded) == .ignored)
        #expect(
            session.receive(frame(.credit, 3, .watch), Credit(bytes: 9).encoded) == .fault)
    }

    @Test func anOverrunOfEitherAccountIsAFault() {
        for (ofCall, ofConnection) in [(10, 100), (100, 10)] as [(UInt32, UInt32)] {
            let settings = Settings {
                $0.hello.streamCredit = ofCall
                $0.hello.connectionCredit = ofConnection
            }
            var session = open(.caller, settings)
            #expect(session.open(.watch, oneWay: false) == 1)
            let ten = [UInt8](repeating: 0, count: 10)
            #expect(session.receive(frame(.stream, 1, .watch), ten) == .part)
            #expect(session.receive(frame(.stream, 1, .watch), [0]) == .fault)
            #expect(session.failure?.code == .creditOverrun)
        }
    }

    @Test func consumedBytesComeBackByHalves() {
        let settings = Settings {
            $0.hello.streamCredit = 100
            $0.hello.connectionCredit = 120
        }
        var session = open(.caller, settings)
        #expect(session.open(.watch, oneWay: false) == 1)
        let fifty = [UInt8](repeating: 0, count: 50)
        #expect(session.receive(frame(.stream, 1, .watch), fifty) == .part)
        #expect(session.consume(50, on: 1) == (0, 0))
        #expect(session.receive(frame(.stream, 1, .watch), fifty) == .part)
        #expect(session.consume(50, on: 1) == (100, 100))
        #expect(session.receive(frame(.response, 1, .watch), []) == .answer)
        // What a call left behind still comes back to the connection.
        #expect(session.consume(61, on: 1) == (0, 61))
    }

    @Test func afterGoodbyeNothingNewIsLookedAt() {
        var session = open(.callee)
        #expect(session.receive(frame(.request, 3, .put), []) == .request)
        #expect(session.leave(.shuttingDown, "bye").lastStream == 3)
        #expect(session.receive(frame(.request, 4, .put), []) == .ignored)
        #expect(session.receive(frame(.cancel, 4, .put), []) == .ignored)
        #expect(session.openNumbers == [3])
        var caller = open(.caller)
        let goaway = Goaway(code: .shuttingDown, message: "bye", lastStream: 0)
        #expect(caller.receive(frame(.goaway), goaway.encoded) == .goaway)
        #expect(caller.open(.put, oneWay: false) == nil)
    }

    @Test func timeAsksForPingsAndEnds() {
        let settings = Settings {
            $0.handshake = .seconds(1)
            $0.ping = .seconds(10)
            $0.silence = .seconds(3)
        }
        var session = Session(.callee, settings, at: start)
        #expect(session.look(at: start + .milliseconds(999)) == .nothing)
        #expect(session.look(at: start + .seconds(1)) == .handshakeTimeout)
        _ = session.receive(frame(.hello), Settings.test.hello.encoded)
        session.hear(at: start + .seconds(1))
        #expect(session.look(at: start + .seconds(10)) == .nothing)
        #expect(session.look(at: start + .seconds(11)) == .ping)
        #expect(session.look(at: start + .seconds(13)) == .nothing)
        var answered = session
        #expect(session.look(at: start + .seconds(14)) == .silence)
        answered.hear(at: start + .seconds(13))
        #expect(answered.look(at: start + .seconds(14)) == .nothing)
        #expect(answered.look(at: start + .seconds(23)) == .ping)
    }

    /// Whatever comes, in whatever order: no trap, and the accounts stay sane.
    @Test(arguments: 0..<20) func anyFramesInAnyOrder(seed: UInt64) {
        var chance = Chance(seed: seed, name: "frames")
        let side: Session.Side = seed % 2 == 0 ? .caller : .callee
        let bodies = [
            [], [0xFF], Credit(bytes: 5).encoded, Settings.test.hello.encoded,
            Goaway(lastStream: 3).encoded, WireError(code: .noSpace, message: "x").encoded,
        ]
        for _ in 0..<300 {
            var session = open(side, Settings { $0.calls = 4 })
            for _ in 0..<20 {
                if side == .caller, chance.happens(perMillion: 400_000) {
                    _ = session.open(.watch, oneWay: false)
                }
                let header = FrameHeader(
                    type: FrameType.allCases[Int(chance.below(9))],
                    flags: FrameFlags(rawValue: UInt8(chance.below(4))),
                    stream: UInt32(chance.below(6)),
                    method: chance.happens(perMillion: 500_000) ? .watch : .put,
                    deadline: UInt32(chance.below(2)))
                let body = bodies[Int(chance.below(UInt64(bodies.count)))]
                let verdict = session.receive(header, body)
                #expect(
                    (verdict == .fault || verdict == .parted) == (session.phase == .ended)
                        || verdict == .ignored)
                #expect(session.openCalls <= (side == .callee ? 4 : 20))
                #expect(session.creditLeft(1) >= 0)
            }
        }
    }
}

struct RequestBytesTests {
    /// One connection does not fill the memory with requests that wait.
    @Test func haveALimit() {
        var session = open(.callee, Settings { $0.requestBytes = 100 })
        let body = [UInt8](repeating: 0, count: 60)
        #expect(session.receive(frame(.request, 1, .put), body) == .request)
        #expect(session.receive(frame(.request, 2, .put), body) == .refused(.overloaded))
        #expect(session.receive(frame(.request, 3, .put), [1, 2]) == .request)
        #expect(session.openBytes == 62)
        _ = session.close(1)
        #expect(session.receive(frame(.request, 4, .put), body) == .request)
        _ = session.close(3)
        _ = session.close(4)
        #expect(session.openBytes == 0)
        let large = [UInt8](repeating: 0, count: 500)
        #expect(session.receive(frame(.request, 5, .put), large) == .request)
    }
}
