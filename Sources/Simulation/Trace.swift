import Units

/// What happened, as a number that is the same for the same run, and as lines for people.
struct Trace {
    private(set) var hash: UInt64
    private(set) var count: UInt64 = 0
    private let write: ((String) -> Void)?

    init(seed: UInt64, write: ((String) -> Void)?) {
        hash = seed ^ 0x6D61_7274_6C65_7421
        self.write = write
    }

    /// What kind of thing happened; part of the hash.
    enum Kind: UInt64 {
        case tick = 1
        case turn, log, state, message, upward, downward, think, fault, crash, start, end
        case apply, lead
    }

    mutating func note(
        _ kind: Kind, _ time: Moment, _ numbers: (UInt64, UInt64), _ text: () -> String
    ) {
        count += 1
        fold(kind.rawValue)
        fold(time.nanoseconds)
        fold(numbers.0)
        fold(numbers.1)
        if let write { write("\(time) \(text())") }
    }

    private mutating func fold(_ word: UInt64) {
        hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
        hash ^= hash >> 29
    }
}
