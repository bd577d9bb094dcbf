package import Units

// Writes. A single put goes straight into the active overlay. All others are first staged in the
// pending one, where reads see them, and committed from there; a failure only forgets it.
extension MVCC {
    /// Writes a pair and returns its revision. No lease takes a present one away, unless
    /// `.ignoreLease` says to keep it.
    @discardableResult
    package mutating func put(
        key: Bytes, value: Bytes, lease: LeaseID = .none, options: PutOptions = []
    ) throws(Failure) -> Revision {
        replaced = nil
        try check(key, value, lease, options)
        if lease != .none && !leaseBook.attach(lease) { throw .leaseNotFound(lease) }
        let position = layers.active.find(key)
        let present = layers.factsBelowPending(key, at: position)
        var write = Write(putting: lease, over: present, at: revision.next, sub: 0)
        if options.isEmpty {
            record(write, key, value, at: position)
        } else {
            let kept = try keep(key, present, options, &write)
            record(write, key, options.contains(.ignoreValue) ? kept.span : value, at: position)
        }
        meta.revision = revision.next
        return revision
    }

    /// Deletes all keys in the range, at one revision; no key, no revision.
    @discardableResult
    package mutating func delete(
        _ range: KeyRange, previous: Bool = false
    ) throws(Failure) -> Deleted {
        var room = Limits.resultBytes
        let deleted = try stage(deleting: range, previous: previous, room: &room)
        commit()
        return deleted
    }
}

extension MVCC {
    func check(
        _ key: Bytes, _ value: Bytes, _ lease: LeaseID, _ options: PutOptions
    ) throws(Failure) {
        guard !key.isEmpty else { throw .keyEmpty }
        guard key.count <= Limits.key else { throw .keyTooLong(limit: Limits.key) }
        guard value.count <= Limits.value else { throw .valueTooLarge(limit: Limits.value) }
        guard !options.isEmpty else { return }
        if options.contains(.ignoreValue) && !value.isEmpty { throw .valueGiven }
        if options.contains(.ignoreLease) && lease != .none { throw .leaseGiven }
    }

    /// Does what the options of a put ask for; returns the present value.
    private mutating func keep(
        _ key: Bytes, _ present: Facts, _ options: PutOptions, _ write: inout Write
    ) throws(Failure) -> [UInt8] {
        guard present.version > 0 else {
            guard options.isDisjoint(with: [.ignoreValue, .ignoreLease]) else {
                throw .keyNotFound
            }
            return []
        }
        let value = layers.visit(key, at: .newest) { $1.array } ?? []
        if options.contains(.ignoreLease) { write.facts.lease = present.lease }
        if options.contains(.previous) {
            replaced = Record(key: key.array, value: value, facts: present)
        }
        return value
    }

    private mutating func record(
        _ write: Write, _ key: Bytes, _ value: Bytes, at position: KeyTree.Position
    ) {
        layers.active.write(write, key: key, value: value, at: position)
        meta.note(write, key: key, value: value)
        if census.note(write, key: key) { cutDistrict(of: key) }
    }
}

extension Meta {
    mutating func note(_ write: Write, key: Bytes, value: Bytes) {
        digest.absorb(write, key: key, value: value)
        if write.facts.version == 1 { keyCount += 1 }
        if write.kind == .delete { keyCount -= 1 }
    }
}

// Staging.
extension MVCC {
    private var nextWrite: (revision: Revision, sub: UInt32) {
        (revision.next, UInt32(layers.pending.versions.count))
    }

    /// Stages a put; returns the pair that it will replace, if that is asked for.
    mutating func stage(_ put: Transaction.Put) throws(Failure) -> Record? {
        try check(put.key.span, put.value.span, put.lease, put.options)
        if put.lease != .none && !leaseBook.attach(put.lease) { throw .leaseNotFound(put.lease) }
        let present = layers.facts(of: put.key.span)
        let next = nextWrite
        var write = Write(putting: put.lease, over: present, at: next.revision, sub: next.sub)
        replaced = nil
        var value = put.value
        if !put.options.isEmpty {
            let kept = try keep(put.key.span, present, put.options, &write)
            if put.options.contains(.ignoreValue) { value = kept }
        }
        let position = layers.pending.find(put.key.span)
        layers.pending.write(write, key: put.key.span, value: value.span, at: position)
        defer { replaced = nil }
        return replaced
    }

    /// Stages the deletion of a range; the deleted pairs, if asked for, take from `room`.
    mutating func stage(
        deleting range: KeyRange, previous: Bool, room: inout Int
    ) throws(Failure) -> Deleted {
        var keys: [UInt8] = []
        var ends: [Int] = []
        var records: [Record] = []
        var left = room
        layers.walk(range, at: .newest) { key, facts, value in
            keys.append(key)
            ends.append(keys.count)
            guard previous else { return true }
            left -= key.count + value.count + Limits.resultOverhead
            if left < 0 { return false }
            records.append(Record(key: key.array, value: value.array, facts: facts))
            return true
        }
        guard left >= 0 else { throw .resultTooLarge(limit: Limits.resultBytes) }
        room = left
        var start = 0
        for end in ends {
            stageTombstone(of: keys.span.extracting(start..<end))
            start = end
        }
        return Deleted(count: ends.count, records: records)
    }

    mutating func stageTombstone(of key: Bytes) {
        let next = nextWrite
        let write = Write(deletingAt: next.revision, sub: next.sub)
        layers.pending.write(write, key: key, value: Bytes(), at: layers.pending.find(key))
    }

    /// Makes what is staged part of the state, at one revision; nothing staged, no revision.
    mutating func commit() {
        guard !layers.pending.isEmpty else { return }
        var crowded: [[UInt8]] = []
        for number in 0..<UInt32(layers.pending.versions.count) {
            Self.settle(number, of: layers.pending, into: &layers.active, &meta)
            Self.note(number, of: layers.pending, in: &census, &crowded)
        }
        meta.revision = revision.next
        rollBack()
        for key in crowded { cutDistrict(of: key.span) }
    }

    private static func note(
        _ number: UInt32, of staged: borrowing Overlay, in census: inout Census,
        _ crowded: inout [[UInt8]]
    ) {
        let key = staged.versions.key(of: number)
        guard census.note(Write(repeating: staged.versions[number]), key: key) else { return }
        crowded.append(key.array)
    }

    private static func settle(
        _ number: UInt32, of staged: borrowing Overlay, into active: inout Overlay,
        _ meta: inout Meta
    ) {
        let key = staged.versions.key(of: number)
        let value = staged.versions.value(of: number)
        let write = Write(repeating: staged.versions[number])
        active.write(write, key: key, value: value, at: active.find(key))
        meta.note(write, key: key, value: value)
    }

    /// Forgets what is staged.
    mutating func rollBack() {
        layers.pending.removeAll()
    }
}

extension Revision {
    /// Later than all there are.
    static let newest = Revision(rawValue: .max)
}

extension Write {
    init(putting lease: LeaseID, over present: Facts, at revision: Revision, sub: UInt32) {
        kind = .put
        facts = Facts(
            create: present.version == 0 ? revision : present.create, mod: revision,
            version: present.version + 1, lease: lease)
        self.sub = sub
    }

    init(deletingAt revision: Revision, sub: UInt32) {
        kind = .delete
        facts = Facts(create: .zero, mod: revision, version: 0, lease: .none)
        self.sub = sub
    }

    init(repeating version: Version) {
        kind = version.kind
        facts = version.facts
        sub = version.sub
    }
}
