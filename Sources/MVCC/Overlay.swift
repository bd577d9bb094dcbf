internal import Units

/// What was written since a checkpoint: every version, in order, and an index by key.
struct Overlay: Sendable {
    private(set) var versions = Versions()
    private(set) var tree = KeyTree()
    /// The last version that bears each lease; the others are linked from it.
    private var leases: [LeaseID: UInt32] = [:]

    var isEmpty: Bool { versions.count == 0 }
    var byteCount: Int { versions.byteCount + tree.byteCount }

    func find(_ key: Bytes) -> KeyTree.Position { tree.find(key, in: versions) }

    /// The number of the key's newest version, or none.
    func newest(_ key: Bytes) -> UInt32 {
        guard !isEmpty else { return Version.none }
        let position = find(key)
        return position.found ? tree.number(at: position) : Version.none
    }

    /// The newest of the versions of one key, from `number` back, that is not after `revision`.
    func visible(_ number: UInt32, at revision: Revision) -> UInt32 {
        var number = number
        while number != Version.none && versions[number].mod > revision.rawValue {
            number = versions[number].previous
        }
        return number
    }

    mutating func write(
        _ write: Write, key: Bytes, value: Bytes, at position: KeyTree.Position
    ) {
        let previous = position.found ? tree.number(at: position) : Version.none
        let number = versions.append(write, key: key, value: value, previous: previous)
        if position.found {
            tree.replace(at: position, with: number)
        } else {
            tree.insert(number, at: position, in: versions)
        }
        guard write.facts.lease != .none else { return }
        versions.link(number, sameLease: leases[write.facts.lease] ?? Version.none)
        leases[write.facts.lease] = number
    }

    /// Visits the numbers of all versions that bear a lease.
    func versions(bearing lease: LeaseID, _ visit: (UInt32) -> Void) {
        var number = leases[lease] ?? Version.none
        while number != Version.none {
            visit(number)
            number = versions[number].sameLease
        }
    }

    mutating func removeAll() {
        guard !isEmpty else { return }
        versions.removeAll()
        tree.removeAll()
        leases.removeAll(keepingCapacity: true)
    }
}
