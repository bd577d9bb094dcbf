import EventLoop
import Testing
import Units

struct AddressTests {
    @Test(arguments: [
        ("127.0.0.1:4001", Address.host("127.0.0.1", port: 4001)),
        ("store-1.example:0", .host("store-1.example", port: 0)),
        ("[::1]:65535", .host("::1", port: 65535)),
        ("[fe80::1%eth0]:7", .host("fe80::1%eth0", port: 7)),
        ("unix:/run/martlet/store", .unix("/run/martlet/store")),
        ("unix:door", .unix("door")),
    ]) func goodOnesAreReadAndWrittenBack(text: String, address: Address) throws {
        #expect(try Address(text) == address)
        #expect(address.description == text)
    }

    @Test func aPathAloneIsAUnixSocketAndADefaultPortHelps() throws {
        #expect(try Address("/run/x") == .unix("/run/x"))
        #expect(try Address("m1", defaultPort: 4001) == .host("m1", port: 4001))
        #expect(try Address("[::1]", defaultPort: 4001) == .host("::1", port: 4001))
    }

    @Test(arguments: [
        ("", Address.Fault.empty), ("m1", .noPort), ("m1:", .badPort("")),
        ("m1:65536", .badPort("65536")), ("m1:+1", .badPort("+1")), ("m1:4x", .badPort("4x")),
        (":1", .noHost), ("::1", .badHost("::1")), ("a b:1", .badHost("a b")),
        ("[::1:1", .openBracket), ("[::1]1", .badPort("1")), ("[m1]:1", .badHost("m1")),
        ("unix:", .noPath),
        ("unix:/" + String(repeating: "x", count: 107), .pathTooLong(limit: 107)),
        (String(repeating: "x", count: 254) + ":1", .badHost(String(repeating: "x", count: 254))),
    ]) func badOnesAreNamed(text: String, fault: Address.Fault) {
        #expect(throws: fault) { try Address(text) }
        #expect(!fault.description.isEmpty)
    }

    @Test func noBytesAreTooMuchForIt() {
        var chance = Chance(seed: 7, name: "addresses")
        let alphabet = Array("[]:/%.unix0129 ab\u{0}é".utf8)
        for _ in 0..<20_000 {
            let count = Int(chance.below(24))
            let bytes = (0..<count).map { _ in alphabet[Int(chance.below(UInt64(alphabet.count)))] }
            let text = String(decoding: bytes, as: UTF8.self)
            guard let address = try? Address(text) else { continue }
            #expect(try! Address(address.description) == address)
        }
    }

    @Test func literalsNeedNoLookup() throws {
        let four = try #require(SocketAddress(literal: "10.1.2.3", port: 80))
        #expect(four.address == .host("10.1.2.3", port: 80))
        #expect(four.with(port: 4001).port == 4001)
        let six = try #require(SocketAddress(literal: "::1", port: 80))
        #expect(six.address == .host("::1", port: 80))
        #expect(SocketAddress(literal: "m1", port: 80) == nil)
    }

    @Test func namesAreLookedUp() throws {
        try withLoop { loop in
            var good: Lookup.Outcome?
            var bad: Lookup.Outcome?
            Lookup.start(on: loop, "localhost", port: 5) { good = $0 }
            Lookup.start(on: loop, "no-such-host.invalid", port: 5) { bad = $0 }
            let silent = Lookup.start(on: loop, "localhost", port: 5) { _ in Issue.record() }
            silent.cancel()
            loop.turn { good != nil && bad != nil }
            let found = try good!.get()
            #expect(found.allSatisfy { $0.port == 5 })
            guard case .failure(let failure) = bad else {
                Issue.record()
                return
            }
            #expect(failure.description == "cannot look up no-such-host.invalid: no such host")
        }
    }

    @Test(arguments: [
        ("127.0.0.1:1", true), ("127.9.9.9:1", true), ("localhost:1", true), ("[::1]:1", true),
        ("unix:/x", true), ("0.0.0.0:1", false), ("10.0.0.1:1", false), ("[::]:1", false),
        ("localhost.example:1", false),
    ]) func whoStaysOnThisMachine(text: String, stays: Bool) throws {
        #expect(try Address(text).isLoopback == stays)
    }
}
