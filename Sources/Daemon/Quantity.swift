package import Units

/// Amounts as people write them.
package enum Quantity {
    /// "250ms", "5s", "10m", "2h".
    package static func span(_ text: String) -> Instant.Span? {
        let units: [(String, UInt64)] = [
            ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000),
            ("h", 3_600_000_000_000),
        ]
        return number(text, units).map { Instant.Span(nanoseconds: $0) }
    }

    /// "4096", "64KiB", "2MiB", "1GiB".
    package static func bytes(_ text: String) -> Int? {
        let units: [(String, UInt64)] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]
        return number(text, units + [("", 1)]).flatMap { Int(exactly: $0) }
    }

    /// "yes" or "no".
    package static func flag(_ text: String) -> Bool? {
        switch text {
        case "yes": true
        case "no": false
        default: nil
        }
    }

    private static func number(_ text: String, _ units: [(String, UInt64)]) -> UInt64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = UInt64(digits),
            let unit = units.first(where: { $0.0 == text.dropFirst(digits.count) })
        else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: unit.1)
        return overflow ? nil : product
    }
}
