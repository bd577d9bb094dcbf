import Testing
import Units

@testable import TLS

struct SessionTests {
    let town = Town()
    let elsewhere = Town()

    func server(_ validity: Issuer.Validity = Town.valid) throws -> Context {
        try town.context(
            town.papers(.server("s", addresses: ["127.0.0.1", "::1", "s.example"]), validity))
    }

    func client(_ validity: Issuer.Validity = Town.valid) throws -> Context {
        try town.context(town.papers(.client("alice"), validity))
    }

    @Test(arguments: [1, 7, 1000, Int.max]) func bothShowWhoTheyAreAndTalk(pieces: Int) throws {
        let talk = Talk(try client(), try server())
        talk.carry(pieces: pieces)
        #expect(talk.isOpen)
        #expect(talk.callee.peer?.commonName == "alice")
        #expect(talk.caller.peer?.commonName == "s")
        talk.caller.send([1, 2, 3].span, out: &talk.toCallee)
        let long = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        talk.callee.send(long.span, out: &talk.toCaller)
        talk.carry(pieces: pieces)
        #expect(talk.heardByCallee == [1, 2, 3])
        #expect(talk.heardByCaller == long)
        talk.caller.part(&talk.toCallee)
        talk.carry(pieces: pieces)
        #expect(talk.callee.state == .closed)
    }

    /// The whole output of a turn makes full records and no more bytes than they need.
    @Test func aTurnIsSealedInFullRecords() throws {
        let talk = Talk(try client(), try server())
        talk.carry()
        let plain = [UInt8](repeating: 5, count: 4 * 16_384)
        talk.caller.send(plain.span, out: &talk.toCallee)
        #expect(talk.toCallee.count == 4 * (16_384 + 5 + 1 + 16))
    }

    @Test func nothingIsSentBeforeTheHandshakeOrAfterTheFarewell() throws {
        let talk = Talk(try client(), try server())
        talk.callee.send([1].span, out: &talk.toCaller)
        #expect(talk.toCaller.isEmpty)
        talk.carry()
        talk.caller.part(&talk.toCallee)
        let count = talk.toCallee.count
        talk.caller.part(&talk.toCallee)
        talk.caller.send([1].span, out: &talk.toCallee)
        #expect(talk.toCallee.count == count)
    }

    // MARK: Refusals

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var client: @Sendable (SessionTests) throws -> Context
        var server: @Sendable (SessionTests) throws -> Context
        var expecting = TLS::Expectation.host("127.0.0.1")
        var welcoming = TLS::Expectation.user
        var caller: Failure
        var callee: Failure
    }

    static let cases: [Case] = [
        Case(
            testDescription: "the server's certificate has expired", client: { try $0.client() },
            server: { try $0.server(Town.past) }, caller: .refused(.expired),
            callee: .refusedByThem(.certificateExpired)),
        Case(
            testDescription: "the server's certificate is of the future",
            client: { try $0.client() }, server: { try $0.server(Town.future) },
            caller: .refused(.notYetValid), callee: .refusedByThem(.badCertificate)),
        Case(
            testDescription: "the client's certificate has expired",
            client: { try $0.client(Town.past) }, server: { try $0.server() },
            caller: .refusedByThem(.certificateExpired), callee: .refused(.expired)),
        Case(
            testDescription: "the server is of another authority", client: { try $0.client() },
            server: { tests in
                let papers = tests.elsewhere.papers(.server("s", addresses: ["127.0.0.1"]))
                return try tests.elsewhere.context(papers, trusting: tests.town)
            }, caller: .refused(.unknownAuthority), callee: .refusedByThem(.unknownAuthority)),
        Case(
            testDescription: "the client is of another authority",
            client: { tests in
                let papers = tests.elsewhere.papers(.client("alice"))
                return try tests.elsewhere.context(papers, trusting: tests.town)
            }, server: { try $0.server() }, caller: .refusedByThem(.unknownAuthority),
            callee: .refused(.unknownAuthority)),
        Case(
            testDescription: "the server is at another address", client: { try $0.client() },
            server: { try $0.server() }, expecting: .host("127.0.0.2"),
            caller: .refused(
                .otherName(expected: "'127.0.0.2'", found: "'127.0.0.1', '::1', 's.example'")),
            callee: .refusedByThem(.badCertificate)),
        Case(
            testDescription: "the server has another name", client: { try $0.client() },
            server: { try $0.server() }, expecting: .host("t.example"),
            caller: .refused(
                .otherName(expected: "'t.example'", found: "'127.0.0.1', '::1', 's.example'")),
            callee: .refusedByThem(.badCertificate)),
        Case(
            testDescription: "the common name is no address",
            client: { try $0.client() },
            server: { try $0.town.context($0.town.papers(.server("127.0.0.1", addresses: ["x"]))) },
            caller: .refused(.otherName(expected: "'127.0.0.1'", found: "'x'")),
            callee: .refusedByThem(.badCertificate)),
        Case(
            testDescription: "no client certificate", client: { try $0.town.context(nil) },
            server: { try $0.server() }, caller: .refusedByThem(.certificateRequired),
            callee: .refused(.missing)),
        Case(
            testDescription: "a client's certificate at a server", client: { try $0.client() },
            server: { try $0.town.context($0.town.papers(.client("127.0.0.1"))) },
            caller: .refused(.wrongUse), callee: .refusedByThem(.badCertificate)),
        Case(
            testDescription: "a server's certificate at a client",
            client: { try $0.town.context($0.town.papers(.server("s", addresses: ["s"]))) },
            server: { try $0.server() }, caller: .refusedByThem(.badCertificate),
            callee: .refused(.wrongUse)),
        Case(
            testDescription: "a client at the members' door", client: { try $0.client() },
            server: { try $0.server() }, welcoming: .anyMember,
            caller: .refusedByThem(.badCertificate),
            callee: .refused(.otherName(expected: "a member", found: "'alice'"))),
        Case(
            testDescription: "another member was called", client: { try $0.client() },
            server: {
                try $0.town.context($0.town.papers(.member("m2", addresses: ["127.0.0.1"])))
            },
            expecting: .member("m1"),
            caller: .refused(.otherName(expected: "member 'm1'", found: "member 'm2'")),
            callee: .refusedByThem(.badCertificate)),
        Case(
            testDescription: "a server poses as a member", client: { try $0.client() },
            server: { try $0.town.context($0.town.papers(.server("m1", addresses: ["m1"]))) },
            expecting: .member("m1"),
            caller: .refused(.otherName(expected: "member 'm1'", found: "'m1'")),
            callee: .refusedByThem(.badCertificate)),
    ]

    @Test(arguments: cases) func bothEndsSayWhy(_ wanted: Case) throws {
        let talk = Talk(
            try wanted.client(self), try wanted.server(self), expecting: wanted.expecting,
            welcoming: wanted.welcoming)
        talk.carry()
        #expect(talk.caller.state == .failed(wanted.caller))
        #expect(talk.callee.state == .failed(wanted.callee))
        for case .failed(let failure) in [talk.caller.state, talk.callee.state] {
            #expect(!failure.description.isEmpty && !failure.description.contains("\n"))
        }
        #expect(talk.heardByCallee.isEmpty && talk.heardByCaller.isEmpty)
    }

    @Test func membersAskForNamesAndNotForAddresses() throws {
        let m1 = try town.context(town.papers(.member("m1", addresses: ["10.0.0.1"])))
        let m2 = try town.context(town.papers(.member("ø, 2", addresses: ["10.0.0.2"])))
        let talk = Talk(m1, m2, expecting: .member("ø, 2"), welcoming: .anyMember)
        talk.carry()
        #expect(talk.isOpen)
        #expect(talk.callee.peer?.memberName == "m1")
        #expect(talk.callee.peer?.commonName == "member:m1")
        #expect(talk.caller.peer?.memberName == "ø, 2")
    }

    @Test func withoutClientCertificatesAskedForOneMayStayNameless() throws {
        let server = try town.context(
            town.papers(.server("s", addresses: ["127.0.0.1"])), wants: false)
        let nameless = Talk(try town.context(nil), server)
        nameless.carry()
        #expect(nameless.isOpen && nameless.callee.peer == nil)
        let named = Talk(try client(), server)
        named.carry()
        #expect(named.isOpen && named.callee.peer?.commonName == "alice")
        // One that is given is checked all the same.
        let stranger = try elsewhere.context(elsewhere.papers(.client("a")), trusting: town)
        let refused = Talk(stranger, server)
        refused.carry()
        #expect(refused.callee.state == .failed(.refused(.unknownAuthority)))
    }

    // MARK: What is not TLS

    @Test(arguments: [
        ([0x4D, 0x01, 0x01, 0x00] as [UInt8], Failure.plainMartlet), ([0x4D], .plainMartlet),
        (Array("GET / HTTP/1.1\r\n".utf8), .notTLS), ([0], .notTLS), ([0x16, 0x40], .notTLS),
        (Array("SSH-2.0-OpenSSH".utf8), .notTLS),
    ]) func plainTextIsNamed(bytes: [UInt8], failure: Failure) throws {
        let talk = Talk(try client(), try server())
        talk.callee.receive(bytes.span, plain: &talk.heardByCallee, out: &talk.toCaller)
        #expect(talk.callee.state == .failed(failure))
        talk.caller.receive(bytes.span, plain: &talk.heardByCaller, out: &talk.toCallee)
        #expect(talk.caller.state == .failed(failure))
    }

    /// Everything up to each byte, then nothing more: no failure, nothing heard, still waiting.
    @Test func whatIsCutOffWaits() throws {
        let (client, server) = (try client(), try server())
        let first = Talk(client, server).toCallee
        for count in stride(from: 1, to: first.count, by: 13) {
            let talk = Talk(client, server)
            var plain: [UInt8] = []
            var out: [UInt8] = []
            talk.callee.receive(Array(first.prefix(count)).span, plain: &plain, out: &out)
            #expect(talk.callee.state == .handshaking && out.isEmpty && plain.isEmpty)
        }
    }

    /// One changed byte anywhere in either direction: it fails or it waits, and nobody hears
    /// anything but what was said.
    @Test func changedBytesAreNeverHeard() throws {
        var chance = Chance(seed: 11, name: "tls")
        let (client, server) = (try client(), try server())
        let words = (0..<40_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
        for _ in 0..<60 {
            let talk = Talk(client, server)
            let isEarly = chance.below(2) == 0
            if !isEarly { talk.carry() }
            if !isEarly { talk.caller.send(words.span, out: &talk.toCallee) }
            let place = Int(chance.below(UInt64(talk.toCallee.count)))
            talk.toCallee[place] ^= UInt8(1 + chance.below(255))
            talk.carry()
            if isEarly {
                #expect(!(talk.isOpen && talk.callee.state == .handshaking))
            } else {
                #expect(words.starts(with: talk.heardByCallee))
                #expect(talk.heardByCallee.count < words.count)
            }
        }
    }

    /// Bytes of chance, with and without a record's head in front, at every stage.
    @Test func garbageNeverOpensAndNeverCrashes() throws {
        var chance = Chance(seed: 7, name: "garbage")
        let (client, server) = (try client(), try server())
        for round in 0..<200 {
            let talk = Talk(client, server)
            if round % 4 == 0 { talk.carry() }
            let size = 1 + Int(chance.below(3000))
            var bytes = (0..<size).map { _ in UInt8(truncatingIfNeeded: chance.next()) }
            if round % 2 == 0, size > 5 {
                let kind = UInt8(0x14 + chance.below(4))
                bytes.replaceSubrange(
                    0..<5, with: [kind, 3, 3, UInt8((size - 5) >> 8), UInt8((size - 5) & 255)])
            }
            talk.callee.receive(bytes.span, plain: &talk.heardByCallee, out: &talk.toCaller)
            talk.caller.receive(bytes.span, plain: &talk.heardByCaller, out: &talk.toCallee)
            if round % 4 != 0 { #expect(talk.callee.state != .open) }
            #expect(talk.heardByCallee.isEmpty && talk.heardByCaller.isEmpty)
            talk.callee.receive(bytes.span, plain: &talk.heardByCallee, out: &talk.toCaller)
            talk.callee.part(&talk.toCaller)
        }
    }

    @Test func nothingIsTakenAfterAFailure() throws {
        let talk = Talk(try client(), try server())
        talk.callee.receive([9].span, plain: &talk.heardByCallee, out: &talk.toCaller)
        talk.carry()
        #expect(talk.callee.state == .failed(.notTLS) && talk.caller.state == .handshaking)
    }
}
