import Testing
import Units
import Wire

@testable import Command

@Suite struct JSONTests {
    @Test(arguments: [
        "null", "true", "false", "0", "-12", "9223372036854775807", "1.5", "-0.1e+10", "\"\"",
        "[]", "{}", "[1,[2,{\"a\":null}],\"x\"]", "{\"a\":1,\"a\":2}",
        "\"\\\"\\\\\\n\\t\\r\\u0001\"",
    ])
    func whatIsReadIsWrittenAlike(text: String) throws {
        #expect(try JSON(parsing: Array(text.utf8)).line == text)
    }

    @Test(arguments: [
        ("\"\\u0041\\u00e9\\u20AC\\ud83d\\udc26\\/\\b\\f\"", "Aé€\u{1F426}/\u{8}\u{c}"),
        ("  \"x\" \n", "x"),
    ])
    func escapesAreUnderstood(text: String, meaning: String) throws {
        #expect(try JSON(parsing: Array(text.utf8)) == .string(meaning))
    }

    @Test(arguments: [
        ("", "it ends where a value should be", 1), ("[1", "a ',' or ']' is missing", 3),
        ("{\"a\" 1}", "a ':' is missing", 6), ("{a:1}", "a name in quotes is missing", 2),
        ("{\"a\":1,}", "a name in quotes is missing", 8), ("[1,]", "this is no value", 4),
        ("01", "a number begins with 0", 3), ("1.", "a digit is missing", 3),
        ("1e", "a digit is missing", 3), ("-", "this is no value", 1),
        ("nul", "this is no value", 1), ("\"a", "a text has no end", 3),
        ("\"\n\"", "a control character is not escaped", 2),
        ("\"\\x\"", "there is no such escape", 3),
        ("\"\\u12\"", "four hexadecimal digits are missing", 6),
        ("\"\\ud83d\"", "half of a surrogate pair is missing", 8),
        ("\"\\udc26\"", "half of a surrogate pair is missing", 8),
        ("1 2", "there is more after the value", 3),
    ])
    func mistakesAreNamedWithTheirPlace(text: String, what: String, at: Int) {
        #expect(throws: JSON.Fault(what: what, at: at)) { try JSON(parsing: Array(text.utf8)) }
    }

    @Test func textMustBeUTF8() {
        #expect(throws: JSON.Fault.self) { try JSON(parsing: [0x22, 0xFF, 0x22]) }
    }

    @Test func nestingHasALimit() throws {
        let deep = String(repeating: "[", count: Limits.jsonDepth)
        let end = String(repeating: "]", count: Limits.jsonDepth)
        _ = try JSON(parsing: Array((deep + end).utf8))
        #expect(throws: JSON.Fault.self) { try JSON(parsing: Array("[\(deep)\(end)]".utf8)) }
    }

    /// Whatever is done to good JSON, reading it ends with a value or a fault, and a value that was
    /// read is written in a form that reads as the same.
    @Test func fuzz() throws {
        let good = Array(
            #"{"key":"a\u00e9\n","value64":"/w==","n":[1,-2.5e3,true,null],"o":{"p":""}}"#.utf8)
        var chance = Chance(seed: 1, name: "json")
        for _ in 0..<5_000 {
            var bytes = good
            for _ in 0...chance.below(4) {
                let at = Int(chance.below(UInt64(bytes.count)))
                switch chance.below(3) {
                case 0: bytes[at] = UInt8(chance.below(256))
                case 1: bytes.remove(at: at)
                default: bytes.insert(good[Int(chance.below(UInt64(good.count)))], at: at)
                }
                if bytes.isEmpty { break }
            }
            guard let value = try? JSON(parsing: bytes) else { continue }
            #expect(try JSON(parsing: Array(value.line.utf8)) == value)
        }
    }

    @Test func bytesThatAreNoTextBecomeBase64AndComeBack() throws {
        for bytes in [[0xFF], [0x61], [], [0xC3, 0xA9], [0xED, 0xA0, 0x80]] as [[UInt8]] {
            let object = Rendering.object([Rendering.bytes("key", bytes)])
            #expect(try JSON(parsing: Array(object.line.utf8)).bytes("key") == bytes)
        }
    }
}

@Suite struct LinesTests {
    @Test func blocksMayCutLinesAnywhere() throws {
        let text = Array("one\ntwo\r\n\nfour".utf8)
        for size in 1...text.count {
            var lines = Lines()
            var found: [String] = []
            for start in stride(from: 0, to: text.count, by: size) {
                lines.add(Array(text[start..<min(start + size, text.count)]))
                while let line = try lines.next() {
                    found.append("\(line.number):\(String(decoding: line.bytes, as: UTF8.self))")
                }
            }
            lines.finish()
            let last = try lines.next()
            #expect(found == ["1:one", "2:two", "3:"])
            #expect(last?.bytes == Array("four".utf8) && last?.end == Int64(text.count))
            #expect(try lines.next() == nil)
        }
    }

    @Test func aLineHasALimit() throws {
        var lines = Lines()
        lines.add([UInt8](repeating: 0x20, count: Limits.importLine))
        #expect(try lines.next() == nil)
        lines.add([0x20])
        #expect(throws: Complaint.self) { try lines.next() }
    }
}

@Suite struct TransactionTests {
    @Test func theTextIsUnderstood() throws {
        let request = try Transaction.parse(
            """
            # a remark
            version("door") = 1
            value('a b', "\\x00\\n") != "x\\"y"
            lease(k) > ff

            put door "o pen" --lease ff --previous
            get visitors

            range log/ --prefix --limit 5
            delete log/ log0 --previous
            """)
        #expect(
            request.compare == [
                Compare(target: .version, key: Array("door".utf8), number: 1),
                Compare(
                    result: .notEqual, target: .value, key: Array("a b".utf8), rangeEnd: [0, 10],
                    value: Array("x\"y".utf8)),
                Compare(result: .greater, target: .lease, key: Array("k".utf8), number: 255),
            ])
        #expect(
            request.success.map(\.operation) == [
                .put(
                    PutRequest(
                        key: Array("door".utf8), value: Array("o pen".utf8), lease: 255,
                        previous: true)),
                .range(RangeRequest(key: Array("visitors".utf8))),
            ])
        #expect(
            request.failure.map(\.operation) == [
                .range(
                    RangeRequest(
                        key: Array("log/".utf8), rangeEnd: Array("log0".utf8), limit: 5)),
                .deleteRange(
                    DeleteRangeRequest(
                        key: Array("log/".utf8), rangeEnd: Array("log0".utf8), previous: true)),
            ])
    }

    @Test func bothFormsMeanTheSame() throws {
        let json = try Transaction.parse(
            Array(
                #"""
                {"compare": [{"target": "version", "key": "door", "result": "=", "number": 1},
                             {"target": "value", "key64": "ZG9vcg==", "result": "!=", "value": "x"}],
                 "success": [{"put": {"key": "door", "value": "open", "lease": "ff"}}],
                 "failure": [{"range": {"key": "a", "end": "b", "limit": 2, "keys_only": true}},
                             {"delete": {"key": "a"}}]}
                """#.utf8))
        let text = try Transaction.parse(
            """
            version(door) = 1
            value(door) != x

            put door open --lease ff

            range a b --limit 2 --keys-only
            delete a
            """)
        #expect(json == text)
    }

    /// Whatever is done to good ones, they are read or refused with words.
    @Test func fuzz() {
        let good = [
            Array("version(\"k\") = 0\n\nput k \"v\\x41\" --lease f\n\nrange a b --limit 3\n".utf8),
            Array(#"{"compare":[{"target":"mod","key":"a","number":1}],"success":[]}"#.utf8),
        ]
        var chance = Chance(seed: 2, name: "txn")
        for round in 0..<300 {
            var bytes = good[round % 2]
            for _ in 0...chance.below(3) {
                let at = Int(chance.below(UInt64(bytes.count)))
                if chance.below(2) == 0 {
                    bytes[at] = UInt8(chance.below(256))
                } else {
                    bytes.remove(at: at)
                }
            }
            do throws(Complaint) {
                _ = try Transaction.parse(bytes)
            } catch {
                #expect(!error.message.isEmpty && error.kind == .misused)
                #expect(!error.message.contains("\n"))
            }
        }
    }
}
