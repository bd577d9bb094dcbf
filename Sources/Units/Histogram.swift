/// How often which amounts came, in buckets that grow with the amount: eight of one tick each, then
/// four to every power of two. What is read back is off by an eighth at most.
///
/// A duration's tick is 1/1,024 of a millisecond, so that the powers of two are the bounds that etcd's
/// users know: 1, 2, 4 … 8,192 ms, and as far below as above. Observing is one addition and allocates
/// nothing.
package struct Histogram: Equatable, Sendable {
    /// One for each bucket, and a last one for what is beyond the largest bound.
    package private(set) var counts = [UInt64](repeating: 0, count: bucketCount + 1)
    package private(set) var count: UInt64 = 0
    /// Of all amounts, in the unit in which they came: nanoseconds for durations.
    package private(set) var sum: UInt64 = 0

    package init() {}

    /// The largest bound is 2 to this many ticks: 32.768 s.
    package static let powers = 25
    private static let linear: UInt64 = 8
    private static let bucketCount = 8 + (powers - 3) * 4
    /// Nanoseconds of a duration's tick, as a fraction.
    private static let tick: (nanoseconds: UInt64, of: UInt64) = (15_625, 16)

    package mutating func observe(_ span: Instant.Span, times: UInt64 = 1) {
        let nanoseconds = min(span.nanoseconds, .max >> 8)
        let ticks =
            (nanoseconds * Histogram.tick.of + Histogram.tick.nanoseconds - 1)
            / Histogram.tick.nanoseconds
        add(ticks, nanoseconds, times)
    }

    /// Amounts that are no durations; each is one tick.
    package mutating func observe(ticks: UInt64) { add(ticks, ticks, 1) }

    private mutating func add(_ ticks: UInt64, _ amount: UInt64, _ times: UInt64) {
        counts[Histogram.bucket(of: ticks)] += times
        count += times
        sum &+= amount &* times
    }

    /// The bucket whose bound is the first at or above so many ticks.
    private static func bucket(of ticks: UInt64) -> Int {
        let below = ticks == 0 ? 0 : ticks - 1
        guard below >= linear else { return Int(below) }
        let power = UInt64.bitWidth - 1 - below.leadingZeroBitCount
        guard power < powers else { return bucketCount }
        return Int(linear) + (power - 3) * 4 + Int(below >> UInt64(power - 2)) & 3
    }

    /// The bound of a bucket in ticks: what is in it is at most this.
    private static func bound(of bucket: Int) -> UInt64 {
        guard bucket >= Int(linear) else { return UInt64(bucket) + 1 }
        let (power, quarter) = (bucket - Int(linear)).quotientAndRemainder(dividingBy: 4)
        return UInt64(5 + quarter) << UInt64(power + 1)
    }

    /// How many amounts were at most 2 to `power` ticks.
    package func count(through power: Int) -> UInt64 {
        let last = power <= 3 ? 1 << power : Int(Histogram.linear) + (power - 3) * 4
        return counts[..<last].reduce(0, +)
    }

    /// The amount that `part` of a thousand amounts do not exceed, in ticks: the middle of its bucket.
    /// Nil when nothing came; the largest bound for what is beyond it.
    package func quantile(perMille part: UInt64) -> UInt64? {
        guard count > 0 else { return nil }
        let rank = max(1, (count * part + 999) / 1000)
        var seen: UInt64 = 0
        for (bucket, amount) in counts.enumerated() {
            seen += amount
            guard seen >= rank else { continue }
            guard bucket < Histogram.bucketCount else { break }
            let lower = bucket == 0 ? 0 : Histogram.bound(of: bucket - 1)
            return (lower + Histogram.bound(of: bucket) + 1) / 2
        }
        return 1 << UInt64(Histogram.powers)
    }

    /// The same for durations.
    package func span(perMille part: UInt64) -> Instant.Span? {
        quantile(perMille: part).map {
            Instant.Span(nanoseconds: $0 * Histogram.tick.nanoseconds / Histogram.tick.of)
        }
    }
}
