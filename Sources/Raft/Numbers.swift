/// Who. 0 is nobody.
package struct MemberID: RawRepresentable, Hashable, Comparable, Sendable {
    package var rawValue: UInt64

    @inlinable
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    @inlinable
    package init(_ rawValue: UInt64) { self.rawValue = rawValue }

    package static let none = MemberID(0)

    @inlinable
    package static func < (left: MemberID, right: MemberID) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// The number of a reign. At most one member leads in each.
package struct Term: RawRepresentable, Hashable, Comparable, Sendable {
    package var rawValue: UInt64

    @inlinable
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    @inlinable
    package init(_ rawValue: UInt64) { self.rawValue = rawValue }

    package static let zero = Term(0)

    @inlinable
    package var next: Term { Term(rawValue + 1) }

    @inlinable
    package static func < (left: Term, right: Term) -> Bool { left.rawValue < right.rawValue }
}

/// A place in the log. The first entry has 1.
package struct LogIndex: RawRepresentable, Hashable, Comparable, Sendable {
    package var rawValue: UInt64

    @inlinable
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    @inlinable
    package init(_ rawValue: UInt64) { self.rawValue = rawValue }

    package static let zero = LogIndex(0)

    @inlinable
    package var next: LogIndex { LogIndex(rawValue + 1) }

    /// The place before; there must be one.
    @inlinable
    package var previous: LogIndex { LogIndex(rawValue - 1) }

    /// How many places lie from `earlier`, which must not be above, to here.
    @inlinable
    package func after(_ earlier: LogIndex) -> Int { Int(rawValue - earlier.rawValue) }

    @inlinable
    package static func + (index: LogIndex, count: Int) -> LogIndex {
        LogIndex(UInt64(Int64(index.rawValue) + Int64(count)))
    }

    @inlinable
    package static func - (index: LogIndex, count: Int) -> LogIndex { index + -count }

    @inlinable
    package static func < (left: LogIndex, right: LogIndex) -> Bool {
        left.rawValue < right.rawValue
    }
}
