internal import Units

/// One version of a key: what one write made of it.
struct Version: BitwiseCopyable, Sendable {
    /// Instead of a number: there is none.
    static let none = UInt32.max

    var create: Int64
    var mod: Int64
    var version: Int64
    var lease: Int64
    var key: Arena.Offset
    var value: Arena.Offset
    var valueCount: UInt32
    /// Its place among the writes of its revision.
    var sub: UInt32
    /// The version of the same key before this one, in the same overlay.
    var previous: UInt32
    /// The version before this one that bears the same lease, in the same overlay.
    var sameLease: UInt32
    var keyCount: UInt16
    var kind: EventKind

    var isLive: Bool { kind == .put }

    var facts: Facts {
        Facts(
            create: Revision(rawValue: create), mod: Revision(rawValue: mod), version: version,
            lease: LeaseID(rawValue: lease))
    }
}

/// All versions of an overlay, in the order they were written. A version's place here is its number.
struct Versions: Sendable {
    private var arena = Arena()
    private var list = Pages<Version>()

    var count: Int { list.count }
    var byteCount: Int { arena.count + list.byteCount }

    subscript(number: UInt32) -> Version { list[Int(number)] }

    @_lifetime(borrow self)
    func key(of number: UInt32) -> Bytes {
        let offset = list[Int(number)].key
        return arena.bytes(at: offset, count: Int(list[Int(number)].keyCount))
    }

    @_lifetime(borrow self)
    func value(of number: UInt32) -> Bytes {
        let offset = list[Int(number)].value
        return arena.bytes(at: offset, count: Int(list[Int(number)].valueCount))
    }

    /// Adds a version of `key`; with `previous`, of the same key as that one.
    mutating func append(_ write: Write, key: Bytes, value: Bytes, previous: UInt32) -> UInt32 {
        precondition(list.count < Int(Version.none), "the overlay is full")
        let place = previous == Version.none ? arena.append(key) : list[Int(previous)].key
        list.append(
            Version(
                create: write.facts.create.rawValue, mod: write.facts.mod.rawValue,
                version: write.facts.version, lease: write.facts.lease.rawValue, key: place,
                value: arena.append(value), valueCount: UInt32(value.count), sub: write.sub,
                previous: previous, sameLease: Version.none, keyCount: UInt16(key.count),
                kind: write.kind))
        return UInt32(list.count - 1)
    }

    mutating func link(_ number: UInt32, sameLease other: UInt32) {
        list[Int(number)].sameLease = other
    }

    mutating func removeAll() {
        arena.removeAll()
        list.removeAll()
    }

    /// The number of the first version at or after `revision`.
    func first(from revision: Revision) -> Int {
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if list[middle].mod >= revision.rawValue { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// What a write makes of a key, beside its value.
struct Write {
    var kind: EventKind
    var facts: Facts
    var sub: UInt32
}
