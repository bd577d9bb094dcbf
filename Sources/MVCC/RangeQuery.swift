/// A wish to read.
package struct RangeQuery: Equatable, Sendable {
    /// What pairs are sorted by; those that are equal in it stand in ascending order of key.
    package enum Target: Equatable, Sendable { case key, version, create, mod, value }

    package var range: KeyRange
    package var target = Target.key
    package var descending = false
    /// Only pairs whose revisions lie in these are handed out. They are counted all the same.
    package var filter = Filter.none
    /// At most so many bytes of keys and values, but at least one pair; zero or less for all.
    package var limitBytes = 0
    /// Keys that may be looked at, whether they are handed out or not; zero or less for all. Only for
    /// queries in order of key.
    package var lookLimit = 0
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

extension RangeQuery {
    /// Pairs are handed out as they are found.
    package var isPlain: Bool { target == .key && filter == .none }

    /// Bounds of the revisions at which a pair was last written and first created; zero for none.
    package struct Filter: Equatable, Sendable {
        package var minMod: Revision
        package var maxMod: Revision
        package var minCreate: Revision
        package var maxCreate: Revision

        package static let none = Filter()

        package init(
            minMod: Revision = .zero, maxMod: Revision = .zero, minCreate: Revision = .zero,
            maxCreate: Revision = .zero
        ) {
            self.minMod = minMod
            self.maxMod = maxMod
            self.minCreate = minCreate
            self.maxCreate = maxCreate
        }

        func admits(_ facts: Facts) -> Bool {
            facts.mod >= minMod && (maxMod == .zero || facts.mod <= maxMod)
                && facts.create >= minCreate && (maxCreate == .zero || facts.create <= maxCreate)
        }
    }
}

package struct RangeSummary: Equatable, Sendable {
    /// Pairs in the range, whatever the limits and the filter (but see `RangeQuery.counted`).
    package var count: Int
    /// There are more pairs than were handed out.
    package var more: Bool
    /// The revision that was read.
    package var revision: Revision
    /// Where `RangeQuery.lookLimit` stopped: the first key, in the order of the query, that was not
    /// looked at.
    package var stoppedAt: [UInt8]?

    package init(count: Int, more: Bool, revision: Revision, stoppedAt: [UInt8]? = nil) {
        self.count = count
        self.more = more
        self.revision = revision
        self.stoppedAt = stoppedAt
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
