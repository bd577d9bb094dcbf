internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Lets so many bytes a second pass. A piece goes when what went before is paid for by time, whatever
/// its own size; so every rate moves pieces of every size.
struct Pace: Equatable {
    /// Bytes a second; 0: no limit.
    let rate: UInt64
    /// When the next piece may go.
    private(set) var due = Instant.zero

    init(_ rate: UInt64) { self.rate = rate }

    func allows(at now: Instant) -> Bool { rate == 0 || due <= now }

    mutating func spend(_ bytes: Int, at now: Instant) {
        guard rate > 0 else { return }
        let (high, low) = UInt64(bytes).multipliedFullWidth(by: 1_000_000_000)
        // A piece of some MiB at the slowest rate lasts less than a year.
        let cost = high >= rate ? UInt64(Int64.max) : rate.dividingFullWidth((high, low)).quotient
        due = max(due, now) + Instant.Span(nanoseconds: cost)
    }
}
