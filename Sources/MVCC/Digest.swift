internal import Units

/// A number that goes on with every change: two members that applied the same log have the same one.
struct Digest: Equatable, Sendable {
    var state: UInt64 = 0

    mutating func absorb(_ write: Write, key: Bytes, value: Bytes) {
        let kind = UInt64(write.kind.rawValue)
        state = Hash64.of(value, seed: Hash64.of(key, seed: state ^ kind))
        absorb(write.facts.mod.rawValue, write.facts.lease.rawValue)
    }

    /// A change of a lease.
    mutating func absorb(_ lease: LeaseID, ttl: Int64, expiry: Instant) {
        absorb(lease.rawValue, ttl)
        absorb(1, Int64(bitPattern: expiry.nanoseconds))
    }

    /// The end of a lease.
    mutating func absorb(endOf lease: LeaseID) {
        absorb(2, lease.rawValue)
    }

    mutating func absorb(compacted revision: Revision) {
        absorb(3, revision.rawValue)
    }

    /// A record that was set, or removed.
    mutating func absorb(_ table: Table, key: Bytes, value: [UInt8]?) {
        let tag = UInt64(table.rawValue) << 8 | (value == nil ? 5 : 4)
        let bytes = value ?? []
        state = Hash64.of(bytes.span, seed: Hash64.of(key, seed: state ^ tag))
    }

    private mutating func absorb(_ left: Int64, _ right: Int64) {
        let a = state ^ UInt64(bitPattern: left) ^ 0x9E37_79B9_7F4A_7C15
        let b = UInt64(bitPattern: right) ^ 0xD1B5_4A32_D192_ED03
        let product = a.multipliedFullWidth(by: b)
        state = (product.high ^ product.low) &+ state.byteSwapped
    }
}
