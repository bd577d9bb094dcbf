internal import Units

/// A JSON value. Members keep their order, so that output is stable.
package indirect enum JSON: Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// Any other number, as it was written.
    case number(String)
    case string(String)
    case array([JSON])
    case object([Member])

    package struct Member: Equatable, Sendable {
        package var name: String
        package var value: JSON

        package init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }

    /// The value of the first member called `name`; nil when this is no object that has it.
    package subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    package var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    package var items: [JSON]? {
        guard case .array(let items) = self else { return nil }
        return items
    }

    package var isTrue: Bool { self == .bool(true) }
}

// MARK: Writing

extension JSON {
    /// On one line, with no space that is not needed.
    package var line: String {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    package func write(into bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): bytes.append(contentsOf: String(value).utf8)
        case .number(let text): bytes.append(contentsOf: text.utf8)
        case .string(let text): JSON.write(text, into: &bytes)
        case .array(let items):
            JSON.write(items, "[", "]", into: &bytes) { $0.write(into: &$1) }
        case .object(let members):
            JSON.write(members, "{", "}", into: &bytes) { member, bytes in
                JSON.write(member.name, into: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(into: &bytes)
            }
        }
    }

    private static func write<Part>(
        _ parts: [Part], _ open: Unicode.Scalar, _ close: Unicode.Scalar,
        into bytes: inout [UInt8], _ each: (Part, inout [UInt8]) -> Void
    ) {
        bytes.append(UInt8(ascii: open))
        for index in parts.indices {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            each(parts[index], &bytes)
        }
        bytes.append(UInt8(ascii: close))
    }

    private static func write(_ text: String, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(contentsOf: [0x5C, byte])
            case 0x0A: bytes.append(contentsOf: "\\n".utf8)
            case 0x0D: bytes.append(contentsOf: "\\r".utf8)
            case 0x09: bytes.append(contentsOf: "\\t".utf8)
            case 0..<0x20, 0x7F:
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(Hex.digit(byte >> 4))
                bytes.append(Hex.digit(byte & 15))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

// MARK: Reading

extension JSON {
    /// What is wrong with a text that should be JSON, and at which byte of it, counted from 1.
    package struct Fault: Error, Equatable {
        package var what: String
        package var at: Int
    }

    /// Reads exactly one value with nothing but space around it.
    package init(parsing text: [UInt8]) throws(Fault) {
        var reader = JSONReader(bytes: text)
        self = try reader.document()
    }
}

/// RFC 8259, and nothing beyond it.
struct JSONReader {
    let bytes: [UInt8]
    var at = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(JSON.Fault) -> JSON {
        let value = try value(depth: 1)
        skipSpace()
        guard at == bytes.count else { throw fault("there is more after the value") }
        return value
    }

    private func fault(_ what: String) -> JSON.Fault { JSON.Fault(what: what, at: at + 1) }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            at += 1
        }
    }

    private mutating func value(depth: Int) throws(JSON.Fault) -> JSON {
        guard depth <= Limits.jsonDepth else {
            throw fault("it nests deeper than \(Limits.jsonDepth)")
        }
        skipSpace()
        switch next {
        case nil: throw fault("it ends where a value should be")
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ text: String, _ value: JSON) throws(JSON.Fault) -> JSON {
        guard bytes[at...].starts(with: text.utf8) else { throw fault("this is no value") }
        at += text.utf8.count
        return value
    }

    private mutating func take(_ byte: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: byte) else { return false }
        at += 1
        return true
    }

    private mutating func array(_ depth: Int) throws(JSON.Fault) -> JSON {
        at += 1
        var items: [JSON] = []
        skipSpace()
        if take("]") { return .array(items) }
        while true {
            items.append(try value(depth: depth + 1))
            skipSpace()
            if take("]") { return .array(items) }
            guard take(",") else { throw fault("a ',' or ']' is missing") }
        }
    }

    private mutating func object(_ depth: Int) throws(JSON.Fault) -> JSON {
        at += 1
        var members: [JSON.Member] = []
        skipSpace()
        if take("}") { return .object(members) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw fault("a name in quotes is missing") }
            let name = try string()
            skipSpace()
            guard take(":") else { throw fault("a ':' is missing") }
            members.append(JSON.Member(name, try value(depth: depth + 1)))
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { throw fault("a ',' or '}' is missing") }
        }
    }

    private mutating func number() throws(JSON.Fault) -> JSON {
        let start = at
        _ = take("-")
        let first = at
        guard digits() > 0 else {
            at = start
            throw fault("this is no value")
        }
        guard at == first + 1 || bytes[first] != UInt8(ascii: "0") else {
            throw fault("a number begins with 0")
        }
        var isWhole = true
        if take(".") {
            isWhole = false
            guard digits() > 0 else { throw fault("a digit is missing") }
        }
        if take("e") || take("E") {
            isWhole = false
            if !take("-") { _ = take("+") }
            guard digits() > 0 else { throw fault("a digit is missing") }
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if isWhole, let number = Int64(text) { return .integer(number) }
        return .number(text)
    }

    private mutating func digits() -> Int {
        let start = at
        while let byte = next, (0x30...0x39).contains(byte) { at += 1 }
        return at - start
    }

    private mutating func string() throws(JSON.Fault) -> String {
        at += 1
        var text: [UInt8] = []
        while true {
            let start = at
            while at < bytes.count, bytes[at] >= 0x20, bytes[at] != 0x22, bytes[at] != 0x5C {
                at += 1
            }
            text.append(contentsOf: bytes[start..<at])
            if take("\"") { break }
            guard take("\\") else {
                throw fault(
                    next == nil ? "a text has no end" : "a control character is not escaped")
            }
            try escape(into: &text)
        }
        guard let string = String(validating: text, as: UTF8.self) else {
            throw fault("a text is not UTF-8; write such bytes as base64 in \"key64\", \"value64\"")
        }
        return string
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSON.Fault) {
        guard let letter = next else { throw fault("a text has no end") }
        at += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "u"): text.append(contentsOf: String(try scalar()).utf8)
        default:
            at -= 1
            throw fault("there is no such escape")
        }
    }

    /// After `\u`: four digits, or a pair of surrogates.
    private mutating func scalar() throws(JSON.Fault) -> Character {
        let first = try unit()
        if let scalar = Unicode.Scalar(first) { return Character(scalar) }
        guard first < 0xDC00, take("\\"), take("u") else {
            throw fault("half of a surrogate pair is missing")
        }
        let second = try unit()
        guard (0xDC00...0xDFFF).contains(second) else {
            throw fault("half of a surrogate pair is missing")
        }
        let number = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
        return Character(Unicode.Scalar(number)!)
    }

    private mutating func unit() throws(JSON.Fault) -> UInt16 {
        var number: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Hex.value(byte) else {
                throw fault("four hexadecimal digits are missing")
            }
            number = number << 4 | UInt16(digit)
            at += 1
        }
        return number
    }
}
