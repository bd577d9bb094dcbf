package import Units

package enum EventKind: UInt8, Sendable {
    case put = 0
    case delete = 1
}

/// One write, as a watch tells it. Valid during the visit only.
package struct EventView: ~Escapable {
    package let kind: EventKind
    package let key: Bytes
    /// Empty in a deletion.
    package let value: Bytes
    /// Of a deletion: its revision as `mod`, all else zero.
    package let facts: Facts
    /// The replaced or deleted pair, if it was asked for and is not compacted.
    package let previous: Facts?
    package let previousValue: Bytes

    @_lifetime(copy key, copy value, copy previousValue)
    init(
        kind: EventKind, key: Bytes, value: Bytes, facts: Facts, previous: Facts?,
        previousValue: Bytes
    ) {
        self.kind = kind
        self.key = key
        self.value = value
        self.facts = facts
        self.previous = previous
        self.previousValue = previousValue
    }
}
