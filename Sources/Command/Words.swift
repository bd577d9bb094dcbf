package import ArgumentParser
package import Units
package import Wire

/// Whom to talk to, how long to wait, and in which form to answer: with every verb.
package struct Reach: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the cluster is: 'host:port', '[v6]:port' or 'unix:/path', several with commas "
                + "between. Else MARTLET_HOST, else unix:/run/martlet/store.sock.",
            valueName: "addresses"))
    package var host: String?

    @Option(
        help: ArgumentHelp(
            "Speak TLS 1.3 by TCP, and trust this authority (PEM). Else MARTLET_CA, else no TLS.",
            valueName: "file"))
    package var ca: String?

    @Option(help: ArgumentHelp("Your certificate, with TLS. Else MARTLET_CERT.", valueName: "file"))
    package var cert: String?

    @Option(help: ArgumentHelp("Its key. Else MARTLET_KEY.", valueName: "file"))
    package var key: String?

    @Option(
        help: ArgumentHelp(
            "How long to wait for an answer, as in '500ms', '5s', '2m'. Else 5s.",
            valueName: "time"))
    package var timeout: Length?

    @Flag(help: "Answer in JSON, one value on a line.")
    package var json = false

    package init() {}
}

/// A length of time as people write it.
package struct Length: ExpressibleByArgument, Equatable, Sendable {
    package var span: Instant.Span

    package init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        guard let number = UInt64(digits), number > 0, number <= 1_000_000_000,
            let unit = Length.nanoseconds(in: argument.dropFirst(digits.count))
        else { return nil }
        span = Instant.Span(nanoseconds: number * unit)
        guard span <= Limits.maximumTimeout else { return nil }
    }

    private static func nanoseconds(in unit: Substring) -> UInt64? {
        switch unit {
        case "ms": 1_000_000
        case "", "s": 1_000_000_000
        case "m", "min": 60_000_000_000
        case "h": 3_600_000_000_000
        default: nil
        }
    }
}

/// The id of a lease or a member: hexadecimal, as it is printed.
package struct ID: ExpressibleByArgument, Equatable, Sendable {
    package var number: UInt64

    package init?(argument: String) {
        guard let number = Hex.number(argument), number != 0 else { return nil }
        self.number = number
    }

    package var signed: Int64 { Int64(bitPattern: number) }
}

/// How keys and values in arguments are written.
package struct Notation: ParsableArguments {
    @Flag(help: "Keys and values in the arguments are base64: for bytes that are no text.")
    package var base64 = false

    package init() {}

    package func bytes(_ text: String, _ what: String) throws(Complaint) -> [UInt8] {
        guard base64 else { return Array(text.utf8) }
        guard let bytes = Base64.decode(text) else {
            throw .misused("the \(what) '\(text)' is not base64 (RFC 4648, with padding)")
        }
        return bytes
    }

    package func key(_ text: String) throws(Complaint) -> [UInt8] {
        let key = try bytes(text, "key")
        guard !key.isEmpty else { throw .misused("the key is empty: keys have at least one byte") }
        return key
    }
}

/// Which keys: one, those from here to there, or those that begin alike.
package struct Selection: ParsableArguments {
    @Argument(help: "The key, or the first of several.")
    package var key: String?

    @Argument(help: ArgumentHelp("The first key that is not meant any more.", valueName: "end"))
    package var end: String?

    @Flag(help: "Every key that begins with KEY.")
    package var prefix = false

    @Flag(name: .customLong("from-key"), help: "KEY and every key after it.")
    package var fromKey = false

    @Flag(help: "Every key there is.")
    package var all = false

    package init() {}

    /// `key` and `range_end` of proto/store.proto. With `alone`, a lone key is just that.
    package func interval(_ notation: Notation) throws(Complaint) -> Interval {
        let ways = [end != nil, prefix, fromKey].filter { $0 }.count
        guard ways <= 1 else {
            throw .misused("END, --prefix and --from-key exclude one another: give one of them")
        }
        guard !all else {
            guard key == nil, ways == 0 else {
                throw .misused("--all stands alone, without a key, --prefix or --from-key")
            }
            return .everything
        }
        guard let key else { throw .misused("which key? Name one, or say --all") }
        if prefix { return Interval(prefix: try notation.bytes(key, "prefix")) }
        let first = try notation.key(key)
        if fromKey { return Interval(key: first, end: [0]) }
        guard let end else { return Interval(key: first, end: []) }
        let last = try notation.bytes(end, "end")
        guard first.lexicographicallyPrecedes(last) else {
            throw .misused("the range ends at '\(end)', which is not after '\(key)'")
        }
        return Interval(key: first, end: last)
    }
}

/// `key` and `range_end`, as the store takes them.
package struct Interval: Equatable, Sendable {
    package var key: [UInt8]
    package var end: [UInt8]

    package init(key: [UInt8], end: [UInt8]) {
        self.key = key
        self.end = end
    }

    package static let everything = Interval(key: [0], end: [0])

    /// The interval from the prefix to the prefix with its last byte that is not 0xFF raised by
    /// one.
    package init(prefix: [UInt8]) {
        guard !prefix.isEmpty else {
            self = .everything
            return
        }
        var end = prefix
        while end.last == 0xFF { end.removeLast() }
        if end.isEmpty { end = [0] } else { end[end.count - 1] += 1 }
        self.init(key: prefix, end: end)
    }

    package var isSingle: Bool { end.isEmpty }

    /// For people, as in "key 'a'", "the keys from 'a' on".
    package var description: String {
        if self == .everything { return "all keys" }
        let first = Spelling.quoted(key)
        if isSingle { return "key \(first)" }
        if end == [0] { return "the keys from \(first) on" }
        if self == Interval(prefix: key) { return "the keys that begin with \(first)" }
        return "the keys from \(first) to before \(Spelling.quoted(end))"
    }
}

/// What and how much of the selected keys is wanted.
package struct RangeWords: ParsableArguments {
    @OptionGroup package var selection: Selection
    @OptionGroup package var notation: Notation

    @Option(help: ArgumentHelp("At most so many pairs.", valueName: "count"))
    package var limit: Int64?

    @Option(
        name: .customLong("limit-bytes"),
        help: ArgumentHelp("At most so many bytes of keys and values.", valueName: "count"))
    package var limitBytes: Int64?

    @Option(help: ArgumentHelp("As things were at this revision.", valueName: "revision"))
    package var revision: Int64?

    @OptionGroup package var order: OrderWords

    @Flag(name: .customLong("keys-only"), help: "Keys without their values.")
    package var keysOnly = false

    @Flag(name: .customLong("count-only"), help: "Only how many there are.")
    package var countOnly = false

    @Flag(help: "What the asked member has, without asking the others: faster, may be old.")
    package var serializable = false

    package init() {}

    package func request() throws(Complaint) -> RangeRequest {
        let interval = try selection.interval(notation)
        guard limit ?? 1 > 0 else { throw .misused("--limit must be above 0") }
        guard !(keysOnly && countOnly) else {
            throw .misused("--keys-only and --count-only exclude one another")
        }
        guard limitBytes ?? 1 > 0 else { throw .misused("--limit-bytes must be above 0") }
        return RangeRequest(
            key: interval.key, rangeEnd: interval.end, limit: limit ?? 0,
            revision: try past(revision), serializable: serializable, keysOnly: keysOnly,
            countOnly: countOnly, sortOrder: order.descending ? .descending : .unsorted,
            sortTarget: order.by.target,
            minModRevision: try past(order.modifiedSince, "--modified-since"),
            maxModRevision: try past(order.modifiedUntil, "--modified-until"),
            minCreateRevision: try past(order.createdSince, "--created-since"),
            maxCreateRevision: try past(order.createdUntil, "--created-until"),
            limitBytes: limitBytes ?? 0)
    }
}

/// In which order, and from when.
package struct OrderWords: ParsableArguments {
    package enum Target: String, CaseIterable, ExpressibleByArgument {
        case key, version, create, mod, value

        var target: SortTarget {
            switch self {
            case .key: .byKey
            case .version: .byVersion
            case .create: .byCreate
            case .mod: .byMod
            case .value: .byValue
            }
        }
    }

    @Option(
        name: .customLong("sort-by"),
        help: "In order of this: key, version, create (revision), mod (revision) or value.")
    package var by = Target.key

    @Flag(help: "The last first.") package var descending = false

    @Option(
        name: .customLong("modified-since"),
        help: ArgumentHelp("Only what was put at this revision or later.", valueName: "revision"))
    package var modifiedSince: Int64?

    @Option(
        name: .customLong("modified-until"),
        help: ArgumentHelp("Only what was put at this revision or before.", valueName: "revision"))
    package var modifiedUntil: Int64?

    @Option(
        name: .customLong("created-since"),
        help: ArgumentHelp("Only what was created at it or later.", valueName: "revision"))
    package var createdSince: Int64?

    @Option(
        name: .customLong("created-until"),
        help: ArgumentHelp("Only what was created at it or before.", valueName: "revision"))
    package var createdUntil: Int64?

    package init() {}
}

/// What a put needs beyond its value.
package struct PutWords: ParsableArguments {
    @Argument(help: "The key.")
    package var key: String

    @Argument(help: "The value; '-' reads it from standard input.")
    package var value: String?

    @OptionGroup package var notation: Notation

    @Option(help: ArgumentHelp("Delete the key when this lease ends.", valueName: "lease"))
    package var lease: ID?

    @Flag(help: "Answer with the pair that was replaced.")
    package var previous = false

    @Flag(name: .customLong("keep-value"), help: "Change only the lease; the key must exist.")
    package var keepValue = false

    @Flag(name: .customLong("keep-lease"), help: "Change only the value; the key must exist.")
    package var keepLease = false

    package init() {}

    package func request(value: [UInt8]?) throws(Complaint) -> PutRequest {
        guard !(keepLease && lease != nil) else {
            throw .misused("--lease and --keep-lease exclude one another")
        }
        guard keepValue == (value == nil) else {
            throw .misused(
                keepValue
                    ? "--keep-value takes no value"
                    : "which value? Write it after the key, '-' for standard input, or --file")
        }
        return PutRequest(
            key: try notation.key(key), value: value ?? [], lease: lease?.signed ?? 0,
            previous: previous, ignoreValue: keepValue, ignoreLease: keepLease)
    }
}

/// What is to be deleted.
package struct DeleteWords: ParsableArguments {
    @OptionGroup package var selection: Selection
    @OptionGroup package var notation: Notation

    @Flag(help: "Answer with the pairs that were deleted.")
    package var previous = false

    package init() {}

    package func request() throws(Complaint) -> DeleteRangeRequest {
        let interval = try selection.interval(notation)
        return DeleteRangeRequest(key: interval.key, rangeEnd: interval.end, previous: previous)
    }
}

/// A revision that was named: above 0. None is 0.
func past(_ revision: Int64?, _ flag: String = "--revision") throws(Complaint) -> Int64 {
    guard let revision else { return 0 }
    guard revision > 0 else { throw .misused("\(flag) must be above 0") }
    return revision
}
