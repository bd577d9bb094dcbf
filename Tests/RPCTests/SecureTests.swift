import EventLoop
import Glibc
import TLS
import Testing
import Units
import Wire

@testable import RPC

/// Certificates of one authority, made for the test.
struct Papery {
    let issuer: Issuer
    let valid: Issuer.Validity

    init() {
        let now = Int64(time(nil))
        valid = Issuer.Validity(from: now - 3600, to: now + 3600)
        issuer = Issuer.found(named: "test", valid)
    }

    func keyring(_ subject: Issuer.Subject?, expired: Bool = false) throws -> Keyring {
        let validity =
            expired ? Issuer.Validity(from: valid.from - 7200, to: valid.from - 3600) : valid
        return Keyring(
            try Context(
                papers: subject.map { issuer.issue($0, validity) },
                authorities: [issuer.certificate]))
    }

    func server() throws -> Keyring { try keyring(.server("s", addresses: ["127.0.0.1"])) }
    func client(_ name: String = "alice") throws -> Keyring { try keyring(.client(name)) }
}

extension Echo {
    convenience init(
        on loop: Loop, _ keyring: Keyring, welcoming: TLS::Expectation = .user,
        _ settings: RPC::Settings = .test
    ) throws {
        try self.init(on: loop, settings)
        server.security = Security(keyring, expecting: welcoming)
    }
}

struct SecureTests {
    let papery = Papery()

    func channel(
        on loop: Loop, _ address: Address, _ keyring: Keyring?,
        _ settings: RPC::Settings = .test
    ) -> Channel {
        Channel(
            on: loop, to: address, settings, chance: Chance(seed: 1, name: "dial"),
            keyring: keyring)
    }

    @Test func callsPassAndTheServerKnowsWhoMadeThem() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop, try papery.server())
            let channel = channel(on: loop, echo.address, try papery.client())
            let first = channel.call(.put, "hello")
            let long = String(repeating: "0123456789abcdef", count: 120_000)
            let second = channel.call(.put, long)
            let third = channel.call(.put, "bye")
            loop.turn { third.isOver }
            #expect(first.text == "hello" && second.text == long && third.text == "bye")
            #expect(echo.connections[0].peer == .certificate(name: "alice"))
            #expect(echo.server.handshakes == 0)
            channel.close()
            loop.turn { echo.closed.count == 1 }
            #expect(echo.closed == [.finished])
            echo.server.close()
        }
    }

    @Test func unixSocketsStayPlainAndTheKernelSaysWhoIsThere() throws {
        try withLoop { loop in
            let path = "/tmp/martlet-test-\(getpid())-\(Loop.seed())"
            let echo = try Echo(on: loop, try papery.server())
            try echo.server.listen(on: .unix(path))
            let channel = channel(on: loop, .unix(path), try papery.client())
            let call = channel.call(.put, "hello")
            loop.turn { call.isOver }
            #expect(call.text == "hello")
            #expect(echo.connections[0].peer == .unix(uid: getuid()))
            channel.close()
            echo.server.close()
        }
    }

    @Test func aPlainCallerAtASecureDoorIsToldSo() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop, try papery.server())
            let channel = channel(on: loop, echo.address, nil)
            let call = channel.call(.put, "hello")
            loop.turn { call.isOver && !echo.closed.isEmpty }
            #expect(
                call.failure?.message
                    == "cannot connect to \(echo.address): the other side says: this address wants "
                    + "TLS; give the authority's certificate (--ca or MARTLET_CA) and, where it is "
                    + "asked for, a certificate of your own (--cert, --key)")
            #expect(call.failure?.mayHaveRun == false)
            #expect(echo.closed[0] == .insecure(.plainMartlet) && echo.seen.isEmpty)
            channel.close()
            echo.server.close()
        }
    }

    @Test func aSecureCallerAtAPlainDoorIsToldSo() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop)
            let channel = channel(on: loop, echo.address, try papery.client())
            let call = channel.call(.put, "hello")
            loop.turn { call.isOver && !echo.closed.isEmpty }
            #expect(
                call.failure?.message
                    == "cannot connect to \(echo.address): the other side speaks without TLS, and "
                    + "this side with it; give both TLS, or neither")
            #expect(echo.closed[0].description.contains("this is TLS, and this address speaks"))
            channel.close()
            echo.server.close()
        }
    }

    struct Refusal: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var client: @Sendable (SecureTests) throws -> Keyring
        var caller: String
        var callee: String
        var welcoming = TLS::Expectation.user
    }

    static let refusals = [
        Refusal(
            testDescription: "expired",
            client: { try $0.papery.keyring(.client("alice"), expired: true) },
            caller: "the other side says that our certificate has expired",
            callee: "its certificate has expired"),
        Refusal(
            testDescription: "none", client: { try $0.papery.keyring(nil) },
            caller: "the other side wants a certificate, and we gave none",
            callee: "it gave no certificate, and one is wanted here"),
        Refusal(
            testDescription: "other authority",
            client: { tests in
                let other = Papery()
                return Keyring(
                    try Context(
                        papers: other.issuer.issue(.client("alice"), other.valid),
                        authorities: [tests.papery.issuer.certificate]))
            }, caller: "the other side does not trust the authority of our certificate",
            callee: "its certificate is from an authority that is not trusted here"),
        Refusal(
            testDescription: "no member", client: { try $0.papery.client() },
            caller: "the other side does not accept our certificate",
            callee: "its certificate is for 'alice', not for a member", welcoming: .anyMember),
    ]

    @Test(arguments: refusals) func bothEndsSayWhy(_ refusal: Refusal) throws {
        try withLoop { loop in
            let echo = try Echo(
                on: loop, try papery.server(), welcoming: refusal.welcoming)
            let channel = channel(on: loop, echo.address, try refusal.client(self))
            let call = channel.call(.put, "hello")
            loop.turn { call.isOver && !echo.closed.isEmpty }
            #expect(
                call.failure?.message == "cannot connect to \(echo.address): \(refusal.caller)")
            #expect(call.failure?.mayHaveRun == false)
            #expect(echo.closed[0].description.hasPrefix(refusal.callee))
            #expect(echo.seen.isEmpty && echo.server.handshakes == 0)
            channel.close()
            echo.server.close()
        }
    }

    @Test func aServerAtAnotherAddressIsNotSpokenTo() throws {
        try withLoop { loop in
            let keyring = try papery.keyring(.server("s", addresses: ["10.0.0.1"]))
            let echo = try Echo(on: loop, keyring)
            let channel = channel(on: loop, echo.address, try papery.client())
            let call = channel.call(.put, "secret")
            loop.turn { call.isOver && !echo.closed.isEmpty }
            #expect(
                call.failure?.message
                    == "cannot connect to \(echo.address): its certificate is for '10.0.0.1', not "
                    + "for '127.0.0.1'")
            #expect(echo.closed[0] == .insecure(.refusedByThem(.badCertificate)))
            channel.close()
            echo.server.close()
        }
    }

    @Test func whoShowsNothingIsNotWaitedFor() throws {
        try withLoop { loop in
            let echo = try Echo(
                on: loop, try papery.server(), Settings { $0.handshake = .milliseconds(30) })
            let raw = Raw(on: loop, to: echo.address)
            loop.turn { echo.server.handshakes == 1 }
            loop.turn { !echo.closed.isEmpty && raw.isEnded }
            #expect(echo.closed == [.noHandshake] && echo.server.handshakes == 0)
            echo.server.close()
        }
    }

    @Test func aHandshakeThatIsCutOffEnds() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop, try papery.server())
            let raw = Raw(on: loop, to: echo.address)
            raw.stream.send([0x16, 3, 1, 2, 0, 1, 0])
            loop.turn { echo.server.handshakes == 1 }
            raw.stream.finish()
            loop.turn { !echo.closed.isEmpty }
            #expect(echo.closed == [.cutShort] && echo.server.handshakes == 0)
            echo.server.close()
        }
    }

    @Test func strangersAreFewAndTheOldestGoes() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop, try papery.server(), Settings { $0.handshakes = 3 })
            let raws = (0..<5).map { _ in Raw(on: loop, to: echo.address) }
            loop.turn { echo.closed.count == 2 && raws[0].isEnded && raws[1].isEnded }
            #expect(echo.closed == [.noHandshake, .noHandshake])
            #expect(echo.server.handshakes == 3 && !raws[4].isEnded)
            // Whoever has shown who it is counts no more.
            let channel = channel(on: loop, echo.address, try papery.client())
            let call = channel.call(.put, "in")
            loop.turn { call.isOver }
            #expect(call.text == "in" && echo.server.handshakes == 2)
            channel.close()
            for raw in raws { raw.stream.close() }
            loop.turn { echo.server.count == 0 }
            #expect(echo.server.handshakes == 0)
            echo.server.close()
        }
    }

    @Test func aCrowdShakesHandsAFewPerTurn() throws {
        try withLoop { loop in
            let turnstile = Turnstile(on: loop)
            var came: [Int] = []
            let count = 3 * RPC::Limits.handshakeSteps
            func ask(_ number: Int) {
                if turnstile.pass(else: { ask(number) }) { came.append(number) }
            }
            for number in 0..<count { ask(number) }
            #expect(came.count == RPC::Limits.handshakeSteps)
            loop.turn { came.count == count }
            #expect(came == Array(0..<count))

            let echo = try Echo(on: loop, try papery.server())
            let keyring = try papery.client()
            let channels = (0..<40).map { _ in channel(on: loop, echo.address, keyring) }
            let calls = channels.map { $0.call(.put, "x") }
            loop.turn { calls.allSatisfy { $0.isOver } }
            #expect(calls.allSatisfy { $0.text == "x" })
            for channel in channels { channel.close() }
            echo.server.close()
        }
    }

    @Test func newPapersServeNewConnections() throws {
        try withLoop { loop in
            let ring = try papery.server()
            let echo = try Echo(on: loop, ring)
            let old = channel(on: loop, echo.address, try papery.client())
            let first = old.call(.put, "1")
            loop.turn { first.isOver }
            let next = Papery()
            ring.context = try next.server().context
            let refused = channel(on: loop, echo.address, try papery.client())
            let welcome = channel(on: loop, echo.address, try next.client("bob"))
            let calls = [old.call(.put, "2"), refused.call(.put, "3"), welcome.call(.put, "4")]
            loop.turn { calls.allSatisfy { $0.isOver } }
            #expect(calls[0].text == "2" && calls[2].text == "4")
            #expect(calls[1].failure?.message.contains("not trusted here") == true)
            for channel in [old, refused, welcome] { channel.close() }
            echo.server.close()
        }
    }

    /// Frames larger than any read, to one who reads in fits and starts.
    @Test func whoReadsSlowlyLosesNothing() throws {
        try withLoop { loop in
            let echo = try Echo(
                on: loop, try papery.server(),
                Settings {
                    $0.pauseOutput = 100_000
                    $0.resumeOutput = 50_000
                })
            let channel = channel(on: loop, echo.address, try papery.client())
            let body = String(repeating: "x", count: 300_000)
            let calls = (0..<40).map { channel.call(.put, "\($0)" + body) }
            loop.turn { channel.isUp && !echo.connections.isEmpty }
            loop.turn { calls.allSatisfy { $0.isOver } }
            for (number, call) in calls.enumerated() { #expect(call.text == "\(number)" + body) }
            channel.close()
            echo.server.close()
        }
    }

    @Test func aStrangerToTheClusterIsToldSoInSecret() throws {
        try withLoop { loop in
            let echo = try Echo(
                on: loop, try papery.server(), Settings { $0.hello.clusterID = 1 })
            let channel = channel(
                on: loop, echo.address, try papery.client(), Settings { $0.hello.clusterID = 2 })
            let call = channel.call(.put, "hello")
            loop.turn { call.isOver }
            #expect(call.failure?.message.contains("cluster") == true)
            channel.close()
            echo.server.close()
        }
    }

    /// Whole conversations with a byte changed on the way: the server answers or parts, and lives.
    @Test func noBytesBringItDown() throws {
        try withLoop { loop in
            let echo = try Echo(on: loop, try papery.server())
            let context = try papery.client().context
            var chance = Chance(seed: 5, name: "mutation")
            for _ in 0..<40 {
                var hello: [UInt8] = []
                let session = TLS::Session(calling: .host("127.0.0.1"), context, &hello)
                for _ in 0...chance.below(3) {
                    hello[Int(chance.below(UInt64(hello.count)))] ^= UInt8(1 << chance.below(8))
                }
                let raw = Raw(on: loop, to: echo.address)
                raw.stream.send(hello)
                loop.poll()
                loop.poll()
                raw.stream.finish(within: .milliseconds(1))
                _ = session
            }
            loop.turn { echo.server.count == 0 }
            #expect(echo.seen.isEmpty && echo.server.handshakes == 0)
            echo.server.close()
        }
    }
}
