internal import ArgumentParser
package import Wire

/// Transactions as people write them, and as programs do.
///
/// The text has three parts with an empty line between them: what must hold, what is done then, and
/// what is done else. Lines that begin with `#` are remarks.
///
///     version("door") = 1
///     value("door") != "locked"
///
///     put door open
///     get visitors
///
///     range log/ --prefix
///
/// Compares: `value`, `version`, `create`, `mod` and `lease`, each with `=`, `!=`, `<` or `>`; with
/// `("from", "end")` they must hold for every key in between. Operations: `put`, `get`, `range`,
/// `delete`, with the options of the verbs of that name.
package enum Transaction {
    /// Either form: JSON begins with `{`.
    package static func parse(_ bytes: [UInt8]) throws(Complaint) -> TxnRequest {
        let first = bytes.first { ![0x20, 0x0A, 0x0D, 0x09].contains($0) }
        if first == UInt8(ascii: "{") { return try TransactionJSON.parse(bytes) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .misused("the transaction is not UTF-8; write such bytes as \\xNN in quotes")
        }
        return try parse(text)
    }

    package static func parse(_ text: String) throws(Complaint) -> TxnRequest {
        var request = TxnRequest()
        var part = 0
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let line = line.drop { $0 == " " || $0 == "\t" }
            if line.allSatisfy(\.isWhitespace) {
                part += 1
            } else if !line.hasPrefix("#") {
                try add(line, line: index + 1, part, to: &request)
            }
        }
        return request
    }

    private static func add(
        _ text: Substring, line: Int, _ part: Int, to request: inout TxnRequest
    ) throws(Complaint) {
        do throws(Complaint) {
            switch part {
            case 0: request.compare.append(try compare(text))
            case 1: request.success.append(try operation(text))
            case 2: request.failure.append(try operation(text))
            default:
                throw .misused(
                    "a transaction has three parts: what must hold, then, else; this is a fourth")
            }
        } catch {
            throw .misused("line \(line) of the transaction: \(error.message)")
        }
    }

    // MARK: Compares

    private static func compare(_ text: Substring) throws(Complaint) -> Compare {
        var scanner = WordScanner(text)
        let name = scanner.bare()
        guard let target = targets.first(where: { $0.name == name })?.target else {
            let near = Suggestion.nearest(to: name, among: targets.map(\.name))
            throw .misused(
                "'\(name)' cannot be compared. "
                    + (near.map { "Did you mean '\($0)'?" }
                        ?? "Write value, version, create, mod or lease, as in 'version(\"key\") = 0'")
            )
        }
        var compare = Compare(target: target)
        try scanner.expect("(")
        compare.key = try scanner.word()
        if scanner.take(",") { compare.rangeEnd = try scanner.word() }
        try scanner.expect(")")
        compare.result = try result(scanner.symbol())
        try give(try scanner.word(), to: &compare)
        try scanner.end()
        return compare
    }

    static let targets: [(name: String, target: CompareTarget)] = [
        ("value", .value), ("version", .version), ("create", .create), ("mod", .mod),
        ("lease", .lease),
    ]

    static func result(_ symbol: String) throws(Complaint) -> CompareResult {
        switch symbol {
        case "=", "==": return .equal
        case "!=": return .notEqual
        case ">": return .greater
        case "<": return .less
        default: throw .misused("'\(symbol)' does not compare: write =, !=, < or >")
        }
    }

    private static func give(_ word: [UInt8], to compare: inout Compare) throws(Complaint) {
        if compare.target == .value {
            compare.value = word
            return
        }
        let text = String(decoding: word, as: UTF8.self)
        let number =
            compare.target == .lease
            ? Hex.number(text).map { Int64(bitPattern: $0) } : Int64(text)
        guard let number else { throw .misused("'\(text)' is not a number") }
        compare.number = number
    }

    // MARK: Operations

    private static func operation(_ text: Substring) throws(Complaint) -> Operation {
        var scanner = WordScanner(text)
        let verb = scanner.bare()
        var words: [String] = []
        while !scanner.isAtEnd {
            guard let word = String(validating: try scanner.word(), as: UTF8.self) else {
                throw .misused("a word is not UTF-8: write it as base64 and add --base64")
            }
            words.append(word)
        }
        switch verb {
        case "put":
            let put: PutWords = try parse(words)
            let value = try put.value.map { (text) throws(Complaint) in
                try put.notation.bytes(text, "value")
            }
            return Operation(operation: .put(try put.request(value: value)))
        case "get", "range":
            let range: RangeWords = try parse(words)
            return Operation(operation: .range(try range.request()))
        case "delete":
            let delete: DeleteWords = try parse(words)
            return Operation(operation: .deleteRange(try delete.request()))
        default:
            let near = Suggestion.nearest(to: verb, among: ["put", "get", "range", "delete"])
            throw .misused(
                "'\(verb)' is no operation. "
                    + (near.map { "Did you mean '\($0)'?" } ?? "Write put, get, range or delete"))
        }
    }

    private static func parse<Words: ParsableArguments>(
        _ words: [String]
    ) throws(Complaint) -> Words {
        do {
            return try Words.parse(words)
        } catch {
            throw .misused(Vocabulary.sentence(Words.message(for: error)))
        }
    }
}

/// Words between blanks; in double quotes with escapes, in single quotes as they are.
struct WordScanner {
    private let bytes: [UInt8]
    private var at = 0

    init(_ text: Substring) { bytes = Array(text.utf8) }

    private mutating func skipBlanks() {
        while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x09 || bytes[at] == 0x0D {
            at += 1
        }
    }

    var isAtEnd: Bool {
        var copy = self
        copy.skipBlanks()
        return copy.at == bytes.count
    }

    /// Letters only.
    mutating func bare() -> String {
        skipBlanks()
        let start = at
        while at < bytes.count, isLetter(bytes[at]) { at += 1 }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    private func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
    }

    mutating func symbol() -> String {
        skipBlanks()
        let start = at
        while at < bytes.count, [0x21, 0x3C, 0x3D, 0x3E].contains(bytes[at]) { at += 1 }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    mutating func take(_ letter: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard at < bytes.count, bytes[at] == UInt8(ascii: letter) else { return false }
        at += 1
        return true
    }

    mutating func expect(_ letter: Unicode.Scalar) throws(Complaint) {
        guard take(letter) else {
            throw .misused("a '\(letter)' is missing, as in 'version(\"key\") = 0'")
        }
    }

    mutating func end() throws(Complaint) {
        guard isAtEnd else { throw .misused("there is more than one compare on the line") }
    }

    mutating func word() throws(Complaint) -> [UInt8] {
        skipBlanks()
        guard at < bytes.count else { throw .misused("a word is missing at the end") }
        switch bytes[at] {
        case UInt8(ascii: "\""): return try quoted()
        case UInt8(ascii: "'"): return try literal()
        default:
            let start = at
            while at < bytes.count, !" \t\r(),".utf8.contains(bytes[at]) { at += 1 }
            guard at > start else { throw .misused("a word is missing") }
            return Array(bytes[start..<at])
        }
    }

    private mutating func literal() throws(Complaint) -> [UInt8] {
        at += 1
        guard let end = bytes[at...].firstIndex(of: UInt8(ascii: "'")) else {
            throw .misused("a ' has no partner")
        }
        defer { at = end + 1 }
        return Array(bytes[at..<end])
    }

    private mutating func quoted() throws(Complaint) -> [UInt8] {
        at += 1
        var word: [UInt8] = []
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return word
            case UInt8(ascii: "\\"): word.append(try escape())
            default: word.append(byte)
            }
        }
        throw .misused("a \" has no partner")
    }

    private mutating func escape() throws(Complaint) -> UInt8 {
        guard at < bytes.count else { throw .misused("a \\ has nothing after it") }
        defer { at += 1 }
        switch bytes[at] {
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "\\"), UInt8(ascii: "\""): return bytes[at]
        case UInt8(ascii: "x"):
            guard at + 2 < bytes.count, let high = Hex.value(bytes[at + 1]),
                let low = Hex.value(bytes[at + 2])
            else { throw .misused("after \\x come two hexadecimal digits") }
            at += 2
            return high << 4 | low
        default: throw .misused("there is no such escape: write \\n, \\t, \\r, \\\\, \\\" or \\xNN")
        }
    }
}
