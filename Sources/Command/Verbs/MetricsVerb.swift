package import ArgumentParser
internal import Client
internal import EventLoop
internal import Units
internal import Wire

package struct MetricsVerb: Verb {
    package static let examples = [
        Example("What a member counts and times", "martlet store metrics"),
        Example("Only what is about disks", "martlet store metrics --match disk"),
        Example("As Prometheus reads it", "martlet store metrics --raw"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "metrics", "Show what a member counts and times.",
            more: """
                It tells of the member that answers; --host chooses it. Histograms are shown as \
                how often, mean, median and 99th percentile, since the member started. The same \
                is told by HTTP, at the member's --metrics-address.
                """)
    }

    @Flag(help: "In the Prometheus text format.") package var raw = false
    @Option(help: ArgumentHelp("Only families with this in their name.", valueName: "text"))
    package var match: String?
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        guard !(raw && session.isJSON) else {
            throw .misused("--raw and --json are two formats: give one of them")
        }
        let answer: MetricsResponse = try session.ask("read the metrics") {
            $0.metrics(of: nil, session.patience, then: $1)
        }
        if raw { return try printRaw(answer.text, session) }
        let text = MetricsText(String(decoding: answer.text, as: UTF8.self))
        let families = text.families.filter { match == nil || $0.name.contains(match!) }
        session.print(MetricsVerb.json(families), or: MetricsVerb.words(families))
    }

    private func printRaw(_ text: [UInt8], _ session: Session) throws(Complaint) {
        guard let match else { return session.terminal.print(text) }
        for line in text.split(separator: 0x0A) {
            let line = String(decoding: line, as: UTF8.self)
            let words = line.split(separator: " ")
            let name = line.hasPrefix("# ") && words.count > 2 ? words[2] : words.first ?? ""
            if name.prefix(while: { $0 != "{" }).contains(match) { session.terminal.print(line) }
        }
    }
}

// MARK: - Output

extension MetricsVerb {
    static func words(_ families: [MetricsText.Family]) -> String {
        var table = Table(["metric", "value"], right: [1])
        var times = Table(["times", "count", "mean", "median", "99 %"], right: [1, 2, 3, 4])
        var hasTimes = false
        for family in families where family.kind != "histogram" {
            for sample in family.samples {
                table.add([name(family, sample.labels), value(sample)])
            }
        }
        for family in families where family.kind == "histogram" {
            for found in family.distributions {
                hasTimes = true
                times.add(row(family, found))
            }
        }
        return hasTimes ? table.text + "\n\n" + times.text : table.text
    }

    private static func name(
        _ family: MetricsText.Family, _ labels: [MetricsText.Label]
    ) -> String {
        guard !labels.isEmpty else { return family.name }
        let pairs = labels.map { "\($0.name)=\($0.value)" }
        return family.name + "{" + pairs.joined(separator: ",") + "}"
    }

    private static func value(_ sample: MetricsText.Sample) -> String {
        if let whole = Int64(sample.text) { return Spelling.count(whole) }
        let parts = sample.text.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let whole = Int64(parts[0]) else { return sample.text }
        return Spelling.count(whole) + "." + parts[1].prefix(3)
    }

    private static func row(
        _ family: MetricsText.Family, _ found: MetricsText.Distribution
    ) -> [String] {
        let spell: (Double?) -> String =
            family.name.hasSuffix("_seconds") ? { Spelling.duration($0) } : { Spelling.amount($0) }
        return [
            name(family, found.labels), Spelling.count(Int64(found.count)), spell(found.mean),
            spell(found.quantile(0.5)), spell(found.quantile(0.99)),
        ]
    }

    static func json(_ families: [MetricsText.Family]) -> JSON {
        Rendering.object(
            families.map { family in
                (
                    family.name,
                    Rendering.object([
                        ("type", .string(family.kind)), ("help", .string(family.help)),
                        ("samples", .array(samples(family))),
                    ])
                )
            })
    }

    private static func samples(_ family: MetricsText.Family) -> [JSON] {
        guard family.kind == "histogram" else {
            return family.samples.map { sample in
                Rendering.object([labels(sample.labels), ("value", number(sample.text))])
            }
        }
        return family.distributions.map { found in
            Rendering.object([
                labels(found.labels), ("count", .integer(Int64(found.count))),
                ("sum", .number(Spelling.plain(found.sum))),
                (
                    "buckets",
                    .array(
                        found.buckets.map { bucket in
                            Rendering.object([
                                (
                                    "le",
                                    bucket.bound.isFinite
                                        ? .number(Spelling.plain(bucket.bound)) : .null
                                ), ("count", .integer(Int64(bucket.count))),
                            ])
                        })
                ),
            ])
        }
    }

    private static func labels(_ labels: [MetricsText.Label]) -> (String, JSON) {
        ("labels", Rendering.object(labels.map { ($0.name, .string($0.value)) }))
    }

    private static func number(_ text: String) -> JSON {
        Int64(text).map { .integer($0) } ?? .number(text)
    }
}

extension Spelling {
    /// 0.00123 s → "1.23 ms"; "-" when there is none.
    package static func duration(_ seconds: Double?) -> String {
        guard let seconds, seconds.isFinite else { return "-" }
        switch seconds {
        case ..<0.000_001: return "\(Int(seconds * 1e9)) ns"
        case ..<0.001: return three(seconds * 1e6) + " us"
        case ..<1: return three(seconds * 1e3) + " ms"
        default: return three(seconds) + " s"
        }
    }

    /// An amount with three digits, or more when it is large.
    package static func amount(_ number: Double?) -> String {
        guard let number, number.isFinite else { return "-" }
        return three(number)
    }

    /// Three digits that count: 1.23, 12.3, 123, 1,234.
    private static func three(_ number: Double) -> String {
        let places = number < 10 ? 100.0 : number < 100 ? 10.0 : 1.0
        let scaled = Int64((number * places).rounded())
        let whole = scaled / Int64(places)
        guard places > 1 else { return count(whole) }
        let rest = String(scaled % Int64(places))
        let width = places == 100 ? 2 : 1
        return "\(whole)." + String(repeating: "0", count: width - rest.utf8.count) + rest
    }

    /// A number without an exponent.
    static func plain(_ number: Double) -> String {
        let text = "\(number)"
        guard text.contains("e") else { return text }
        let billionths = Int64((number * 1e13).rounded())
        let digits = String(billionths)
        let padded = String(repeating: "0", count: max(0, 14 - digits.utf8.count)) + digits
        var fraction = padded.suffix(13)
        while fraction.last == "0" { fraction.removeLast() }
        return padded.dropLast(13) + (fraction.isEmpty ? "" : "." + fraction)
    }
}
