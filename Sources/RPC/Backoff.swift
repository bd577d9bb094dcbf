package import Units

/// Pauses between attempts: each up to twice as long as the one before, and each drawn from the
/// upper half of that, so that many who lost the same server do not come back at the same moment.
package struct Backoff: Equatable, Sendable {
    private let first: Instant.Span
    private let longest: Instant.Span
    private var next: Instant.Span
    private var chance: Chance

    package init(first: Instant.Span, longest: Instant.Span, chance: Chance) {
        self.first = first
        self.longest = longest
        self.chance = chance
        next = first
    }

    package mutating func pause() -> Instant.Span {
        let whole = next.nanoseconds
        next = min(longest, Instant.Span(nanoseconds: 2 * whole))
        return Instant.Span(nanoseconds: whole - chance.below(whole / 2 + 1))
    }

    package mutating func reset() {
        next = first
    }
}
