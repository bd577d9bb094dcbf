package import Units

/// A pattern for keys, as shells have them for paths: `*` any bytes but '/', `**` any bytes, `?` one
/// byte but '/', `[a-z]` and `[!a-z]` one byte of a set, `\` takes the next byte as it is. It matches a
/// key as a whole.
package struct Glob: Equatable, Sendable {
    private enum Piece: Equatable, Sendable {
        case byte(UInt8)
        case anyByte
        /// One byte that is (or is not) in one of these.
        case set([ClosedRange<UInt8>], isInverted: Bool)
        /// Any run of bytes, over '/' or not.
        case run(overSlashes: Bool)

        func matches(_ byte: UInt8) -> Bool {
            switch self {
            case .byte(let own): own == byte
            case .anyByte: byte != UInt8(ascii: "/")
            case .set(let ranges, let isInverted):
                byte != UInt8(ascii: "/")
                    && ranges.contains { $0.contains(byte) } != isInverted
            case .run: false
            }
        }
    }

    package enum Fault: Swift.Error, Equatable, Sendable {
        case tooLong(limit: Int)
        /// A `[` without its `]`, an empty set, or one whose range runs backwards; where it begins.
        case badSet(at: Int)
        /// A `\` at the end.
        case danglingEscape
    }

    private var pieces: [Piece] = []

    package init(_ pattern: [UInt8]) throws(Fault) {
        guard pattern.count <= Limits.glob else { throw .tooLong(limit: Limits.glob) }
        var at = 0
        while at < pattern.count {
            switch pattern[at] {
            case UInt8(ascii: "*"): addRun(pattern, &at)
            case UInt8(ascii: "?"): pieces.append(.anyByte)
            case UInt8(ascii: "["): try addSet(pattern, &at)
            case UInt8(ascii: "\\"):
                at += 1
                guard at < pattern.count else { throw .danglingEscape }
                pieces.append(.byte(pattern[at]))
            default: pieces.append(.byte(pattern[at]))
            }
            at += 1
        }
    }

    private mutating func addRun(_ pattern: [UInt8], _ at: inout Int) {
        let start = at
        while at + 1 < pattern.count, pattern[at + 1] == UInt8(ascii: "*") { at += 1 }
        pieces.append(.run(overSlashes: at > start))
    }

    private mutating func addSet(_ pattern: [UInt8], _ at: inout Int) throws(Fault) {
        let start = at
        at += 1
        let isInverted = at < pattern.count && pattern[at] == UInt8(ascii: "!")
        if isInverted { at += 1 }
        var ranges: [ClosedRange<UInt8>] = []
        while at < pattern.count, pattern[at] != UInt8(ascii: "]") || ranges.isEmpty {
            let low = pattern[at]
            let isRange =
                at + 2 < pattern.count && pattern[at + 1] == UInt8(ascii: "-")
                && pattern[at + 2] != UInt8(ascii: "]")
            let high = isRange ? pattern[at + 2] : low
            guard low <= high else { throw .badSet(at: start) }
            ranges.append(low...high)
            at += isRange ? 3 : 1
        }
        guard at < pattern.count else { throw .badSet(at: start) }
        pieces.append(.set(ranges, isInverted: isInverted))
    }

    /// Follows all ways through the pattern at once, so that it takes at most the product of both
    /// lengths.
    package func matches(_ key: Bytes) -> Bool {
        var states = [Bool](repeating: false, count: pieces.count + 1)
        open(0, in: &states)
        for position in 0..<key.count {
            var next = [Bool](repeating: false, count: pieces.count + 1)
            var isAlive = false
            for place in pieces.indices where states[place] {
                if case .run(let overSlashes) = pieces[place] {
                    guard overSlashes || key[position] != UInt8(ascii: "/") else { continue }
                    open(place, in: &next)
                    isAlive = true
                } else if pieces[place].matches(key[position]) {
                    open(place + 1, in: &next)
                    isAlive = true
                }
            }
            guard isAlive else { return false }
            states = next
        }
        return states[pieces.count]
    }

    /// A run may be empty, so what follows it is open too.
    private func open(_ place: Int, in states: inout [Bool]) {
        var place = place
        states[place] = true
        while place < pieces.count, case .run = pieces[place] {
            place += 1
            states[place] = true
        }
    }
}

extension Glob.Fault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLong(let limit): "the pattern is longer than \(limit) bytes; use a shorter one"
        case .badSet(let at):
            "the set that begins at byte \(at + 1) of the pattern has no end, or a range that runs "
                + "backwards; write it as [a-z]"
        case .danglingEscape: "the pattern ends with a lone '\\'; write '\\\\' for the byte itself"
        }
    }
}
