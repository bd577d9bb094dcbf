import Units

/// Counts of latencies in steps of at most 1 % (128 to each power of two), from 1 ns to hours.
struct Histogram {
    private static let steps = 128
    private var counts = [UInt64](repeating: 0, count: 48 * steps)
    private(set) var count: UInt64 = 0
    private(set) var longest: UInt64 = 0

    mutating func add(_ span: Instant.Span) {
        let value = max(1, span.nanoseconds)
        counts[Histogram.bucket(value)] += 1
        count += 1
        longest = max(longest, value)
    }

    mutating func reset() { self = Histogram() }

    private static func bucket(_ value: UInt64) -> Int {
        let power = 63 - value.leadingZeroBitCount
        guard power >= 7 else { return Int(value) }
        let fraction = Int(value >> UInt64(power - 7)) - steps
        return min((power - 6) * steps + fraction, 48 * steps - 1)
    }

    /// The upper end of a bucket.
    private static func value(_ bucket: Int) -> UInt64 {
        guard bucket >= steps else { return UInt64(bucket) }
        let power = bucket / steps + 6
        return (UInt64(bucket % steps + steps) + 1) << UInt64(power - 7)
    }

    /// Nanoseconds that this share of all did not exceed; 0 when there were none.
    func percentile(_ share: Double) -> UInt64 {
        let wanted = UInt64((Double(count) * share).rounded(.up))
        var seen: UInt64 = 0
        for (bucket, count) in counts.enumerated() where count > 0 {
            seen += count
            if seen >= wanted { return min(Histogram.value(bucket), longest) }
        }
        return longest
    }
}
