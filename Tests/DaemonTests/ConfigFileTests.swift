import Daemon
import EventLoop
import Glibc
import Testing
import Units

private let keys: [ConfigFile.Key] = [
    .init("data"), .init("name"), .init("peer", repeats: true), .init("heartbeat"),
]

private func read(_ text: String) throws(ConfigFile.Faults) -> ConfigFile {
    let bytes = Array(text.utf8)
    return try ConfigFile(bytes.span, file: "store.conf", keys: keys)
}

private func faults(_ text: String) -> [String] {
    do throws(ConfigFile.Faults) {
        _ = try read(text)
        return []
    } catch {
        return error.faults.map(\.description)
    }
}

struct ConfigFileTests {
    @Test func aFileIsRead() throws {
        let file = try read(
            """
            # where the data lives
            data = /var/lib/martlet/store

              name="m1 # \\"not\\" a comment"  # but this is
            peer = m2:4002\t# one
            peer=m3:4002#4
            heartbeat = 100ms\r
            """)
        #expect(file["data"]?.value == "/var/lib/martlet/store" && file["data"]?.line == 2)
        #expect(file["name"]?.value == "m1 # \"not\" a comment")
        #expect(file.all("peer").map(\.value) == ["m2:4002", "m3:4002#4"])
        #expect(file.all("peer").map(\.line) == [5, 6])
        let beat = try file.value("heartbeat", wanted: "a time", Quantity.span)
        #expect(beat == .milliseconds(100))
        let data = try file.value("none", wanted: "a time", Quantity.span)
        #expect(data == nil)
    }

    @Test(arguments: [
        ("data", "store.conf:1: write 'key = value'"),
        ("\n\n= x", "store.conf:3: '' is not a key: small letters, digits and '-'"),
        ("Data = x", "store.conf:1: 'Data' is not a key: small letters, digits and '-'"),
        ("data =", "store.conf:1: 'data' has no value"),
        ("data = # x", "store.conf:1: 'data' has no value"),
        ("data = \"\"", "store.conf:1: 'data' has no value"),
        ("data = \"x", "store.conf:1: the closing quote is missing"),
        ("data = \"x\" y", "store.conf:1: 'y' stands after the closing quote"),
        ("data = \"\\n\"", "store.conf:1: after '\\' only '\"' or '\\' can stand"),
        ("data = a\u{1B}b", "store.conf:1: a control character does not belong here"),
        ("haertbeat = 1s", "store.conf:1: 'haertbeat' is not known; did you mean 'heartbeat'?"),
        ("colour = red", "store.conf:1: 'colour' is not known"),
        ("data = a\ndata = b", "store.conf:2: 'data' is set already, in line 1"),
        (
            "data = " + String(repeating: "x", count: Limits.configLine),
            "store.conf:1: a line has at most \(Limits.configLine) bytes"
        ),
    ]) func aMistakeIsNamedWithItsLine(text: String, fault: String) {
        #expect(faults(text) == [fault])
    }

    @Test func allMistakesAreToldAtOnceUpToALimit() {
        #expect(faults("x\ndata = 1\nnmae = 2").count == 2)
        let many = String(repeating: "x\n", count: 1_000)
        #expect(faults(many).count == Limits.configFaults)
        let long = String(repeating: "\n", count: Limits.configFile + 1)
        #expect(faults(long) == ["store.conf: longer than \(Limits.configFile) bytes"])
    }

    @Test func bytesThatAreNoTextAreNamed() {
        let bytes: [UInt8] = [0x64, 0x3D, 0xFF]
        #expect(throws: ConfigFile.Faults.self) {
            try ConfigFile(bytes.span, file: "f", keys: keys)
        }
    }

    @Test func aValueOfTheWrongKindIsNamed() throws {
        let file = try read("name = x\nheartbeat = soon")
        let fault = #expect(throws: ConfigFile.Fault.self) {
            try file.value("heartbeat", wanted: "a time such as '5s'", Quantity.span)
        }
        #expect(
            fault?.description
                == "store.conf:2: 'heartbeat' is 'soon', and must be a time such as '5s'")
    }

    @Test func filesAreLoadedOrTheReasonIsGiven() throws {
        let path = "/tmp/martlet-config-\(getpid())-\(Loop.seed())"
        let missing = #expect(throws: ConfigFile.Faults.self) {
            try ConfigFile.load(path, keys: keys)
        }
        #expect(missing?.description == "\(path): cannot read it: No such file or directory")
        let text = Array("name = m1\n".utf8)
        let descriptor = creat(path, 0o600)
        _ = write(descriptor, text, text.count)
        close(descriptor)
        defer { unlink(path) }
        let file = try ConfigFile.load(path, keys: keys)
        #expect(file["name"]?.value == "m1")
    }

    /// Good files with bytes changed: read or refused with lines that exist, and never a trap.
    @Test(arguments: 0..<8) func noBytesAreTooMuchForIt(seed: UInt64) {
        var chance = Chance(seed: seed, name: "config")
        let good = Array("# c\ndata = /x\nname = \"a # b\\\\\" # d\npeer = é\npeer = 2\n".utf8)
        let spice = Array("=#\"\\\n\r\t \u{0}a\u{FFFD}".utf8) + [0xFF, 0xC3]
        for _ in 0..<1_000 {
            var bytes = good
            for _ in 0...chance.below(5) {
                let at = Int(chance.below(UInt64(bytes.count)))
                let byte = spice[Int(chance.below(UInt64(spice.count)))]
                switch chance.below(3) {
                case 0: bytes[at] = byte
                case 1: bytes.insert(byte, at: at)
                default: if bytes.count > 1 { bytes.remove(at: at) }
                }
            }
            let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).count
            do throws(ConfigFile.Faults) {
                let file = try ConfigFile(bytes.span, file: "f", keys: keys)
                #expect(file.entries.allSatisfy { !$0.value.isEmpty && $0.line <= lines })
            } catch {
                #expect(!error.faults.isEmpty)
                #expect(error.faults.allSatisfy { (0...lines).contains($0.line) })
            }
        }
    }
}

struct SuggestionTests {
    @Test(arguments: [
        ("satus", "status"), ("stauts", "status"), ("statsu", "status"), ("pt", "put"),
        ("watchh", "watch"), ("xyz", nil), ("", nil), ("rangee", "range"),
        (String(repeating: "x", count: 65), nil),
    ]) func aWordIsFound(word: String, wanted: String?) {
        let words = ["status", "put", "range", "watch", "lease"]
        #expect(Suggestion.nearest(to: word, among: words) == wanted)
    }

    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("", "ab", 2), ("ab", "ba", 1), ("abc", "abd", 1),
        ("kitten", "sitting", 3), ("ca", "abc", 3),
    ]) func distances(left: String, right: String, distance: Int) {
        #expect(Suggestion.distance(left, right) == distance)
        #expect(Suggestion.distance(right, left) == distance)
    }
}

struct QuantityTests {
    @Test func amountsAreRead() {
        #expect(Quantity.span("250ms") == .milliseconds(250))
        #expect(Quantity.span("5s") == .seconds(5))
        #expect(Quantity.span("2h") == .seconds(7_200))
        #expect(Quantity.bytes("4096") == 4_096)
        #expect(Quantity.bytes("64KiB") == 65_536)
        #expect(Quantity.bytes("2MiB") == 2 << 20)
        #expect(Quantity.flag("yes") == true && Quantity.flag("no") == false)
    }

    @Test(arguments: [
        "", "5", "s", "-5s", "5 s", "5d", "1e3s", "99999999999999999999s", "٣s",
        "18446744073709551615h",
    ]) func otherTextsAreNoTime(text: String) {
        #expect(Quantity.span(text) == nil)
        #expect(Quantity.bytes(text + "x") == nil && Quantity.flag(text) == nil)
    }
}
