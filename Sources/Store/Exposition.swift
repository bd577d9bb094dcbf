package import Units

/// Metrics as text, in the Prometheus format 0.0.4: for each family a line of help, one of its type,
/// and a line for each sample.
package struct Exposition {
    package private(set) var bytes: [UInt8] = []
    private var name = ""

    package init() {}

    package enum Kind: String { case counter, gauge, histogram }

    /// A number without a floating point: `digits` shifted right by `places` decimals.
    package struct Number {
        var digits: UInt64
        var places = 0
        var isNegative = false

        package init(_ whole: UInt64) { digits = whole }
        package init(_ whole: Int) { self.init(Int64(whole)) }

        package init(_ whole: Int64) {
            digits = whole.magnitude
            isNegative = whole < 0
        }

        package init(_ flag: Bool) { digits = flag ? 1 : 0 }

        package init(seconds span: Instant.Span) {
            digits = span.nanoseconds
            places = 9
        }

        init(digits: UInt64, places: Int) {
            self.digits = digits
            self.places = places
        }

        package var text: String {
            var text = String(digits)
            guard places > 0 else { return isNegative ? "-" + text : text }
            text = String(repeating: "0", count: max(0, places + 1 - text.utf8.count)) + text
            var fraction = text.suffix(places)
            while fraction.last == "0" { fraction.removeLast() }
            let whole = text.dropLast(places)
            return (isNegative ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + fraction)
        }
    }

    package typealias Label = (name: String, value: String)

    /// Begins a family; the samples that follow are its own.
    package mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        bytes += "# HELP \(name) \(Exposition.escaped(help, quotes: false))\n".utf8
        bytes += "# TYPE \(name) \(kind.rawValue)\n".utf8
    }

    package mutating func sample(_ number: Number, _ labels: Label...) {
        sample(number, labels)
    }

    private mutating func sample(_ number: Number, _ labels: [Label], suffix: String = "") {
        bytes += name.utf8
        bytes += suffix.utf8
        if !labels.isEmpty {
            let pairs = labels.map {
                "\($0.name)=\"\(Exposition.escaped($0.value, quotes: true))\""
            }
            bytes += "{\(pairs.joined(separator: ","))}".utf8
        }
        bytes += " \(number.text)\n".utf8
    }

    /// A family of one sample.
    package mutating func counter(_ name: String, _ number: Number, _ help: String) {
        family(name, .counter, help)
        sample(number)
    }

    package mutating func gauge(_ name: String, _ number: Number, _ help: String) {
        family(name, .gauge, help)
        sample(number)
    }

    /// A family of one histogram of durations.
    package mutating func histogram(_ name: String, _ values: Histogram, _ help: String) {
        family(name, .histogram, help)
        samples(values)
    }

    /// Buckets by powers of two, sum and count of a histogram of durations.
    package mutating func samples(_ values: Histogram, _ labels: Label...) {
        samples(values, labels, bound: { Number(digits: 9_765_625 << UInt64($0), places: 13) })
        sample(Number(digits: values.sum, places: 9), labels, suffix: "_sum")
        sample(Number(values.count), labels, suffix: "_count")
    }

    /// The same of amounts that are no durations.
    package mutating func samples(ticks values: Histogram, _ labels: Label...) {
        samples(values, labels, bound: { Number(1 << UInt64($0)) })
        sample(Number(values.sum), labels, suffix: "_sum")
        sample(Number(values.count), labels, suffix: "_count")
    }

    private mutating func samples(
        _ values: Histogram, _ labels: [Label], bound: (Int) -> Number
    ) {
        for power in 0...Histogram.powers {
            sample(
                Number(values.count(through: power)), labels + [("le", bound(power).text)],
                suffix: "_bucket")
        }
        sample(Number(values.count), labels + [("le", "+Inf")], suffix: "_bucket")
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
