/// Random numbers that can be replayed: xoshiro256** (Blackman and Vigna, 2018), seeded by a number
/// and a name, so that a draw in one component never shifts those of another.
package struct Chance: RandomNumberGenerator, Equatable, Sendable {
    private var a: UInt64
    private var b: UInt64
    private var c: UInt64
    private var d: UInt64

    /// The sub-stream called `name` of the run with this seed.
    package init(seed: UInt64, name: String) {
        var state = Hash64.of(Array(name.utf8), seed: seed)
        func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }
        a = next()
        b = next()
        c = next()
        d = next()
    }

    package mutating func next() -> UInt64 {
        let result = rotate(b &* 5, by: 7) &* 9
        let shifted = b << 17
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= shifted
        d = rotate(d, by: 45)
        return result
    }

    private func rotate(_ word: UInt64, by count: UInt64) -> UInt64 {
        (word << count) | (word >> (64 - count))
    }

    /// A whole number from 0 up to but not `limit`, which must be above 0.
    package mutating func below(_ limit: UInt64) -> UInt64 {
        next().multipliedFullWidth(by: limit).high
    }

    /// True in `parts` of a million draws.
    package mutating func happens(perMillion parts: UInt64) -> Bool {
        below(1_000_000) < parts
    }
}
