package import Units

package struct WatcherID: RawRepresentable, Hashable, Comparable, Sendable {
    package var rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
    package static func < (left: WatcherID, right: WatcherID) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// Who watches what.
package struct Watchers: Equatable, Sendable {
    package init() {}
    package var count: Int { 0 }
    package mutating func add(_ range: KeyRange) throws(Failure) -> WatcherID { fatalError() }
    package mutating func remove(_ id: WatcherID) {}
    /// Adds those who watch `key`, in ascending order.
    package func match(_ key: Bytes, into found: inout [WatcherID]) {}
    package func match(_ key: Bytes) -> [WatcherID] { fatalError() }
}
