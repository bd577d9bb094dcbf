/// The words that every room shares: points in time, chance that can be replayed, checksums.
///
/// Nothing here looks at the machine. An `Instant` is handed in, never read; a `Chance` is seeded,
/// never drawn from the system; a checksum depends on its bytes alone.
///
/// Imports: `CChecksum`. Never: clocks, files, sockets, the system's randomness.

/// A point on one machine's monotonic clock, in nanoseconds since a start that is not told.
package struct Instant: Comparable, Hashable, Sendable {
    package var nanoseconds: UInt64

    @inlinable
    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    package static let zero = Instant(nanoseconds: 0)
    /// Later than anything that happens.
    package static let never = Instant(nanoseconds: .max)

    @inlinable
    package static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The instant `span` later, or `never` when that is out of range.
    @inlinable
    package static func + (start: Instant, span: Span) -> Instant {
        let (sum, overflow) = start.nanoseconds.addingReportingOverflow(span.nanoseconds)
        return Instant(nanoseconds: overflow ? .max : sum)
    }

    /// How long after `earlier` this is; zero when it is not.
    @inlinable
    package func since(_ earlier: Instant) -> Span {
        Span(nanoseconds: nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0)
    }

    /// A length of time, in nanoseconds.
    package struct Span: Comparable, Hashable, Sendable {
        package var nanoseconds: UInt64

        @inlinable
        package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

        @inlinable
        package static func milliseconds(_ count: UInt64) -> Span {
            Span(nanoseconds: count &* 1_000_000)
        }

        @inlinable
        package static func seconds(_ count: UInt64) -> Span {
            Span(nanoseconds: count &* 1_000_000_000)
        }

        @inlinable
        package static func < (left: Span, right: Span) -> Bool {
            left.nanoseconds < right.nanoseconds
        }
    }
}
