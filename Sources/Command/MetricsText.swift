/// Metrics read back from the Prometheus text format 0.0.4.
package struct MetricsText: Equatable, Sendable {
    package struct Family: Equatable, Sendable {
        package var name: String
        /// "counter", "gauge", "histogram"; "untyped" when it was not said.
        package var kind: String
        package var help: String
        package var samples: [Sample] = []
    }

    package struct Sample: Equatable, Sendable {
        package var name: String
        package var labels: [Label]
        /// As it was written.
        package var text: String
        package var value: Double

        package func label(_ name: String) -> String? { labels.first { $0.name == name }?.value }
    }

    package struct Label: Equatable, Sendable {
        package var name: String
        package var value: String
    }

    /// A histogram of one set of labels.
    package struct Distribution: Equatable, Sendable {
        package var labels: [Label]
        package var count: Double = 0
        package var sum: Double = 0
        /// Bounds, ascending, each with how many amounts are at or below it.
        package var buckets: [(bound: Double, count: Double)] = []

        package static func == (left: Self, right: Self) -> Bool {
            left.labels == right.labels && left.count == right.count && left.sum == right.sum
                && left.buckets.map(\.bound) == right.buckets.map(\.bound)
                && left.buckets.map(\.count) == right.buckets.map(\.count)
        }
    }

    /// In the order in which they came.
    package var families: [Family] = []

    /// Lines that make no sense are left out.
    package init(_ text: String) {
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# ") {
                describe(line.dropFirst(2))
            } else if !line.hasPrefix("#"), let sample = MetricsText.sample(line) {
                add(sample)
            }
        }
    }

    private mutating func describe(_ line: Substring) {
        let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count >= 2, words[0] == "HELP" || words[0] == "TYPE" else { return }
        let place = place(of: String(words[1]))
        let rest = words.count == 3 ? String(words[2]) : ""
        if words[0] == "HELP" {
            families[place].help = MetricsText.unescaped(rest[...])
        } else {
            families[place].kind = rest
        }
    }

    private mutating func place(of name: String) -> Int {
        if let last = families.indices.last, families[last].name == name { return last }
        if let place = families.firstIndex(where: { $0.name == name }) { return place }
        families.append(Family(name: name, kind: "untyped", help: ""))
        return families.count - 1
    }

    private mutating func add(_ sample: Sample) {
        if let last = families.last, last.kind == "histogram",
            sample.name.hasPrefix(last.name + "_")
        {
            families[families.count - 1].samples.append(sample)
        } else {
            families[place(of: sample.name)].samples.append(sample)
        }
    }

    // MARK: One line

    private static func sample(_ line: Substring) -> Sample? {
        var rest = line
        let name = rest.prefix { $0 != "{" && $0 != " " }
        rest = rest.dropFirst(name.count)
        var labels: [Label] = []
        if rest.first == "{" {
            rest = rest.dropFirst()
            while rest.first != "}" {
                guard let label = label(&rest) else { return nil }
                labels.append(label)
                if rest.first == "," { rest = rest.dropFirst() }
            }
            rest = rest.dropFirst()
        }
        let words = rest.split(separator: " ")
        guard !name.isEmpty, let text = words.first, let value = number(text) else { return nil }
        return Sample(name: String(name), labels: labels, text: String(text), value: value)
    }

    private static func label(_ rest: inout Substring) -> Label? {
        let name = rest.prefix { $0 != "=" && $0 != "}" }
        rest = rest.dropFirst(name.count)
        guard !name.isEmpty, rest.hasPrefix("=\"") else { return nil }
        rest = rest.dropFirst(2)
        var length = 0
        var isEscaped = false
        for letter in rest {
            if letter == "\"", !isEscaped { break }
            isEscaped = letter == "\\" && !isEscaped
            length += 1
        }
        let value = rest.prefix(length)
        rest = rest.dropFirst(length)
        guard rest.first == "\"" else { return nil }
        rest = rest.dropFirst()
        return Label(name: String(name), value: unescaped(value))
    }

    private static func number(_ text: Substring) -> Double? {
        switch text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        default: Double(text)
        }
    }

    private static func unescaped(_ text: Substring) -> String {
        var result = ""
        var isEscaped = false
        for letter in text {
            if isEscaped {
                result.append(letter == "n" ? "\n" : letter)
                isEscaped = false
            } else if letter == "\\" {
                isEscaped = true
            } else {
                result.append(letter)
            }
        }
        return result
    }
}

// MARK: - Looking up

extension MetricsText {
    package func family(_ name: String) -> Family? { families.first { $0.name == name } }

    /// The value of a sample with these labels, if there is one.
    package func value(_ name: String, _ labels: (String, String)...) -> Double? {
        family(name)?.samples.first { sample in
            sample.name == name && labels.allSatisfy { sample.label($0.0) == $0.1 }
        }?.value
    }

    package func distribution(_ name: String, _ labels: (String, String)...) -> Distribution? {
        family(name)?.distributions.first { found in
            labels.allSatisfy { label in
                found.labels.contains { $0.name == label.0 && $0.value == label.1 }
            }
        }
    }
}

extension MetricsText.Family {
    /// The histograms of this family.
    package var distributions: [MetricsText.Distribution] {
        var found: [MetricsText.Distribution] = []
        for sample in samples {
            let labels = sample.labels.filter { $0.name != "le" }
            if found.last?.labels != labels { found.append(.init(labels: labels)) }
            switch sample.name {
            case name + "_sum": found[found.count - 1].sum = sample.value
            case name + "_count": found[found.count - 1].count = sample.value
            default:
                let bound = sample.label("le").flatMap { $0 == "+Inf" ? .infinity : Double($0) }
                found[found.count - 1].buckets.append((bound ?? .infinity, sample.value))
            }
        }
        return found
    }
}

extension MetricsText.Distribution {
    /// What came since `earlier`.
    package func since(_ earlier: Self?) -> Self {
        guard let earlier, earlier.buckets.count == buckets.count, earlier.count <= count else {
            return self
        }
        var rest = self
        rest.count -= earlier.count
        rest.sum -= earlier.sum
        for index in buckets.indices { rest.buckets[index].count -= earlier.buckets[index].count }
        return rest
    }

    /// The amount that this part of all does not exceed, by a straight line through its bucket, as
    /// Prometheus does it. Nil when nothing came; the largest bound for what is beyond it.
    package func quantile(_ part: Double) -> Double? {
        guard count > 0 else { return nil }
        let rank = part * count
        var (lower, below) = (0.0, 0.0)
        for bucket in buckets {
            if bucket.count >= rank {
                guard bucket.bound.isFinite else { return lower }
                let share = bucket.count > below ? (rank - below) / (bucket.count - below) : 1
                return lower + (bucket.bound - lower) * share
            }
            if bucket.bound.isFinite { lower = bucket.bound }
            below = bucket.count
        }
        return lower
    }

    package var mean: Double? { count > 0 ? sum / count : nil }
}
