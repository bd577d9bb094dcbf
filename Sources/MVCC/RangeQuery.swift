/// A wish to read.
package struct RangeQuery: Equatable, Sendable {
    package var range: KeyRange
    /// As of then; zero for the newest.
    package var revision: Revision
    /// At most so many pairs; zero or less for all.
    package var limit: Int
    /// Hand out empty values.
    package var keysOnly: Bool
    /// Hand out nothing.
    package var countOnly: Bool
    /// Whether to go on counting behind the last pair that is handed out. Without it the summary's
    /// count is of the pairs handed out: right for all pages of a long range but the first.
    package var counted: Bool

    package init(
        _ range: KeyRange, revision: Revision = .zero, limit: Int = 0, keysOnly: Bool = false,
        countOnly: Bool = false, counted: Bool = true
    ) {
        self.range = range
        self.revision = revision
        self.limit = limit
        self.keysOnly = keysOnly
        self.countOnly = countOnly
        self.counted = counted
    }
}

package struct RangeSummary: Equatable, Sendable {
    /// Pairs in the range, whatever the limit (but see `RangeQuery.counted`).
    package var count: Int
    /// There are more pairs than were handed out.
    package var more: Bool
    /// The revision that was read.
    package var revision: Revision

    package init(count: Int, more: Bool, revision: Revision) {
        self.count = count
        self.more = more
        self.revision = revision
    }
}

package struct PutOptions: OptionSet, Sendable {
    package var rawValue: UInt8

    @inlinable
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Keep the replaced pair in `MVCC.replaced`.
    package static let previous = PutOptions(rawValue: 1)
    /// Keep the present value; the key must exist and no value may be given.
    package static let ignoreValue = PutOptions(rawValue: 2)
    /// Keep the present lease; the key must exist and no lease may be given.
    package static let ignoreLease = PutOptions(rawValue: 4)
}

package struct Deleted: Equatable, Sendable {
    package var count: Int
    /// The deleted pairs in key order, if they were asked for.
    package var records: [Record]

    package init(count: Int, records: [Record] = []) {
        self.count = count
        self.records = records
    }
}
