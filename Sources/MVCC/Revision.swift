/// A point in the store's history. Every write that changes something makes one; an empty store is
/// at 1.
package struct Revision: RawRepresentable, Hashable, Comparable, Sendable {
    package var rawValue: Int64

    @inlinable
    package init(rawValue: Int64) { self.rawValue = rawValue }

    /// In a query: the newest. In facts: none, because the key does not exist.
    package static let zero = Revision(rawValue: 0)
    /// An empty store's.
    package static let first = Revision(rawValue: 1)

    @inlinable
    package static func < (left: Revision, right: Revision) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The one after this.
    @inlinable
    package var next: Revision { Revision(rawValue: rawValue + 1) }
}

/// The name of a lease, shown as sixteen hexadecimal digits.
package struct LeaseID: RawRepresentable, Hashable, Comparable, Sendable,
    CustomStringConvertible
{
    package var rawValue: Int64

    @inlinable
    package init(rawValue: Int64) { self.rawValue = rawValue }

    package static let none = LeaseID(rawValue: 0)

    @inlinable
    package var description: String {
        let digits = String(UInt64(bitPattern: rawValue), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    package static func < (left: LeaseID, right: LeaseID) -> Bool { left.rawValue < right.rawValue }
}

/// The entry of the replicated log up to which a state was applied.
package struct Mark: Equatable, Sendable {
    package var index: UInt64
    package var term: UInt64

    package init(index: UInt64, term: UInt64) {
        self.index = index
        self.term = term
    }

    package static let zero = Mark(index: 0, term: 0)
}

/// What is known of a key beside its value. All zero in a key that does not exist.
package struct Facts: Equatable, Sendable {
    /// When the key was created, since it last did not exist.
    package var create: Revision
    /// When it was last put.
    package var mod: Revision
    /// 1 when created, then up by one with every put.
    package var version: Int64
    package var lease: LeaseID

    @inlinable
    package init(create: Revision, mod: Revision, version: Int64, lease: LeaseID) {
        self.create = create
        self.mod = mod
        self.version = version
        self.lease = lease
    }

    package static let absent = Facts(create: .zero, mod: .zero, version: 0, lease: .none)
}

/// A pair that is kept: key, value and facts.
package struct Record: Equatable, Sendable {
    package var key: [UInt8]
    package var value: [UInt8]
    package var facts: Facts

    package init(key: [UInt8], value: [UInt8], facts: Facts) {
        self.key = key
        self.value = value
        self.facts = facts
    }
}
