/// Hexadecimal numbers, as ids are written.
package enum Hex {
    package static func digit(_ number: UInt8) -> UInt8 {
        number < 10 ? 0x30 + number : 0x61 + number - 10
    }

    package static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    /// Sixteen digits.
    package static func id(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    package static func id(_ number: Int64) -> String { id(UInt64(bitPattern: number)) }

    /// One to sixteen digits.
    package static func number(_ text: String) -> UInt64? {
        guard (1...16).contains(text.utf8.count),
            text.utf8.allSatisfy({ value($0) != nil })
        else { return nil }
        return UInt64(text, radix: 16)
    }
}

/// RFC 4648, section 4, padded.
package enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var group: UInt32 = 0
            for offset in 0..<3 {
                group = group << 8 | (offset < count ? UInt32(bytes[start + offset]) : 0)
            }
            for place in 0..<4 {
                let digit = Int(group >> UInt32(18 - 6 * place) & 63)
                text.append(place <= count ? alphabet[digit] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for anything that `encode` would not have written.
    package static func decode(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count % 4 == 0 else { return nil }
        let padding = digits.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        guard padding <= 2 else { return nil }
        var bytes: [UInt8] = []
        var group: UInt32 = 0
        for index in 0..<digits.count {
            let isPadding = index >= digits.count - padding
            guard let digit = isPadding ? 0 : value(digits[index]) else { return nil }
            group = group << 6 | UInt32(digit)
            guard index % 4 == 3 else { continue }
            bytes.append(UInt8(group >> 16 & 255))
            bytes.append(UInt8(group >> 8 & 255))
            bytes.append(UInt8(group & 255))
            group = 0
        }
        let rest = bytes.suffix(padding)
        guard rest.allSatisfy({ $0 == 0 }) else { return nil }
        bytes.removeLast(padding)
        return bytes
    }

    private static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x41...0x5A: byte - 0x41
        case 0x61...0x7A: byte - 0x61 + 26
        case 0x30...0x39: byte - 0x30 + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}

/// How bytes, counts, sizes and times are written for people.
package enum Spelling {
    /// Bytes that fit on one line and between two tabs: what would break that, or is no UTF-8, is
    /// written as `\n`, `\t`, `\\` or `\xNN`.
    package static func line(_ bytes: [UInt8]) -> String {
        var line = ""
        var rest = bytes[...]
        while let first = rest.first {
            if let (scalar, width) = scalar(at: rest) {
                line += escaped(scalar)
                rest = rest.dropFirst(width)
            } else {
                line += hex(first)
                rest = rest.dropFirst()
            }
        }
        return line
    }

    /// Bytes as they are named in a message: in quotes, cut when they are long.
    package static func quoted(_ bytes: [UInt8]) -> String {
        let longest = 60
        guard bytes.count > longest else { return "'\(line(bytes))'" }
        return "'\(line(Array(bytes.prefix(longest))))…'"
    }

    private static func hex(_ byte: UInt8) -> String {
        let digits = [0x5C, 0x78, Hex.digit(byte >> 4), Hex.digit(byte & 15)]
        return String(decoding: digits, as: UTF8.self)
    }

    private static func scalar(at bytes: ArraySlice<UInt8>) -> (Unicode.Scalar, Int)? {
        for width in 1...4 where width <= bytes.count {
            let piece = bytes.prefix(width)
            guard let text = String(validating: piece, as: UTF8.self) else { continue }
            return text.unicodeScalars.first.map { ($0, width) }
        }
        return nil
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": return "\\n"
        case "\t": return "\\t"
        case "\r": return "\\r"
        case "\\": return "\\\\"
        default:
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                return String(scalar).utf8.map(hex).joined()
            default: return String(scalar)
            }
        }
    }

    /// 1234567 → "1,234,567"
    package static func count(_ number: Int64) -> String {
        let digits = Array(String(number.magnitude).utf8)
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.unicodeScalars.append(Unicode.Scalar(digit))
        }
        return text
    }

    package static func count(_ number: Int) -> String { count(Int64(number)) }

    /// "1 key", "2 keys"
    package static func count(_ number: Int64, _ noun: String) -> String {
        "\(count(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    package static func count(_ number: Int, _ noun: String) -> String {
        count(Int64(number), noun)
    }

    /// 12,345,678 bytes → "12.3 MB"
    package static func size(_ bytes: Int64) -> String {
        let units = ["kB", "MB", "GB", "TB", "PB", "EB"]
        guard bytes >= 1000 else { return "\(max(0, bytes)) B" }
        var tenths = bytes / 100
        var unit = 0
        while tenths >= 10_000, unit < units.count - 1 {
            tenths /= 1000
            unit += 1
        }
        let whole = tenths / 10
        return whole >= 100
            ? "\(whole) \(units[unit])" : "\(whole).\(tenths % 10) \(units[unit])"
    }

    /// 3,725 seconds → "1 h 2 min"
    package static func time(seconds: Int64) -> String {
        switch seconds {
        case ..<60: "\(max(0, seconds)) s"
        case ..<3600: "\(seconds / 60) min \(seconds % 60) s"
        case ..<86_400: "\(seconds / 3600) h \(seconds / 60 % 60) min"
        default: "\(seconds / 86_400) d \(seconds / 3600 % 24) h"
        }
    }
}
