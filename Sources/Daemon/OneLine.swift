/// Text that stays on its line, whatever was put into it.
enum OneLine {
    /// `text` cut to `limit` bytes, with control characters written out.
    static func of(_ text: String, limit: Int) -> String {
        var line = ""
        var size = 0
        for scalar in text.unicodeScalars {
            let piece = visible(scalar)
            size += piece.utf8.count
            if size > limit { return line + "…" }
            line += piece
        }
        return line
    }

    private static func visible(_ scalar: Unicode.Scalar) -> String {
        switch scalar.value {
        case 0x0A: "\\n"
        case 0x09: " "
        case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029:
            "\\u{\(String(scalar.value, radix: 16))}"
        default: String(scalar)
        }
    }
}
