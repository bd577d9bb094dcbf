package import Units

/// A point in the world's own time, which no member can see: nanoseconds since the world began.
package struct Moment: Comparable, Hashable, Sendable {
    package var nanoseconds: UInt64

    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    package static let zero = Moment(nanoseconds: 0)

    package static func < (left: Moment, right: Moment) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    package static func + (start: Moment, span: Instant.Span) -> Moment {
        Moment(nanoseconds: start.nanoseconds + span.nanoseconds)
    }

    func since(_ earlier: Moment) -> Instant.Span {
        Instant.Span(nanoseconds: nanoseconds - min(nanoseconds, earlier.nanoseconds))
    }
}

extension Moment: CustomStringConvertible {
    /// Seconds with six places.
    package var description: String {
        let micros = nanoseconds / 1000
        let fraction = String(micros % 1_000_000)
        let zeros = String(repeating: "0", count: 6 - fraction.count)
        return "\(micros / 1_000_000).\(zeros)\(fraction)"
    }
}

/// One machine's monotonic clock, for one of its lives: it starts anywhere and shows world time with
/// an offset.
struct LocalClock {
    var offset: UInt64

    func instant(at moment: Moment) -> Instant {
        Instant(nanoseconds: moment.nanoseconds + offset)
    }

    /// Nil for an instant that never comes.
    func moment(of instant: Instant) -> Moment? {
        guard instant != .never else { return nil }
        return Moment(nanoseconds: instant.nanoseconds - min(instant.nanoseconds, offset))
    }
}

extension Chance {
    /// A whole number within the range.
    mutating func draw(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(below(UInt64(range.upperBound - range.lowerBound + 1)))
    }

    mutating func draw(_ range: ClosedRange<UInt64>) -> UInt64 {
        range.lowerBound + below(range.upperBound - range.lowerBound + 1)
    }

    mutating func span(_ range: ClosedRange<Instant.Span>) -> Instant.Span {
        Instant.Span(
            nanoseconds: draw(range.lowerBound.nanoseconds...range.upperBound.nanoseconds))
    }

    /// Up to twice the mean.
    mutating func around(_ mean: Instant.Span) -> Instant.Span {
        Instant.Span(nanoseconds: 1 + below(2 * mean.nanoseconds))
    }

    mutating func coin() -> Bool { next() >> 63 == 1 }

    /// One in `count` draws.
    mutating func once(in count: UInt64) -> Bool { below(count) == 0 }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int(below(UInt64(elements.count)))]
    }
}

extension Instant.Span {
    static func microseconds(_ count: UInt64) -> Instant.Span {
        Instant.Span(nanoseconds: count * 1000)
    }
}
