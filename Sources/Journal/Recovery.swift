internal import Units

extension Journal {
    /// What the segments of a log say.
    package enum Recovery: Equatable, Sendable {
        /// All is well. The records are those still in force, in order of index, without gaps. A
        /// torn tail was not acknowledged to anybody; the next append goes over it.
        case ready(Journal, [Record], cut: TornTail?)
        /// Records that were durable cannot be read. Do not write; repair from peers.
        case damaged(Damage)
        /// The log of another cluster or member.
        case foreign(Identity)
        /// Written by a newer program.
        case newerFormat(UInt32)
    }

    /// The group, or the header of a new segment, that a crash kept from becoming durable.
    package struct TornTail: Equatable, Sendable {
        package var segment: UInt64
        package var offset: Int

        package init(segment: UInt64, offset: Int) {
            self.segment = segment
            self.offset = offset
        }
    }

    /// Reads a log back. `segments` are the numbers of the files there are, in any order; `load`
    /// gives the bytes of one, and is called for one after the other in order. What it gives must be
    /// durable: sync the newest file before. `knownDurable` is a `lastGroup` that was durable at
    /// some time, or 0. Records up to `index` are checked, but not kept.
    package static func recover<Failure: Error>(
        identity: Identity, segmentBytes: Int = Limits.segmentBytes, segments: [UInt64],
        knownDurable: UInt64, after index: UInt64 = 0,
        load: (_ segment: UInt64) throws(Failure) -> [UInt8]
    ) throws(Failure) -> Recovery {
        let numbers = segments.sorted()
        var reading = Reading(Journal(identity: identity, segmentBytes: segmentBytes), after: index)
        for (place, number) in numbers.enumerated() {
            let bytes = try load(number)
            let isNewest = place == numbers.count - 1
            if let end = reading.read(bytes.span, of: number, isNewest: isNewest) { return end }
        }
        return reading.finish(knownDurable: knownDurable)
    }
}

/// A log that is being read, segment by segment.
struct Reading {
    private(set) var journal: Journal
    private let after: UInt64
    private let seed: UInt32
    private(set) var records: [Journal.Record] = []
    private var cut: Journal.TornTail?

    init(_ journal: Journal, after: UInt64) {
        self.journal = journal
        self.after = after
        seed = journal.seed
    }

    /// Reads the next segment; says so when reading ends with it.
    mutating func read(
        _ bytes: Bytes, of number: UInt64, isNewest: Bool
    ) -> Journal.Recovery? {
        if let last = journal.live.last, number != last.number + 1 {
            let reason: Journal.Damage.Reason =
                number == last.number ? .segmentTwice : .segmentMissing
            return damaged(reason, segment: last.number + (reason == .segmentTwice ? 0 : 1), at: 0)
        }
        switch SegmentHeader.read(bytes) {
        case .newerFormat(let format):
            return .newerFormat(format)
        case .header(let header) where header.identity != journal.identity:
            return .foreign(header.identity)
        case .header(let header) where header.number == number:
            return read(bytes, header, isNewest: isNewest)
        case .header, .unreadable:
            return pass(bytes, of: number, isNewest: isNewest)
        }
    }

    /// A crash before the header of the newest segment was durable leaves whatever the file had
    /// before; there is no group of this segment then.
    private mutating func pass(
        _ bytes: Bytes, of number: UInt64, isNewest: Bool
    ) -> Journal.Recovery? {
        let isPlausible = !journal.live.isEmpty || number == Journal.Limits.firstSegment
        let survivor = search(bytes, of: number, from: Journal.Limits.segmentHeaderBytes)
        guard isNewest, isPlausible, survivor == nil else {
            return damaged(.badHeader, segment: number, at: 0, before: survivor)
        }
        cut = Journal.TornTail(segment: number, offset: 0)
        return nil
    }

    private mutating func read(
        _ bytes: Bytes, _ header: SegmentHeader, isNewest: Bool
    ) -> Journal.Recovery? {
        if journal.live.isEmpty {
            begin(with: header)
        } else if header.sequence != journal.lastGroup || header.chain != journal.chain
            || header.lastIndex != journal.lastIndex
        {
            return damaged(
                .badGroup, segment: header.number - 1, at: journal.offset,
                through: header.sequence)
        }
        guard bytes.count >= header.size else {
            return damaged(.fileShort, segment: header.number, at: bytes.count)
        }
        journal.enter(header)
        let bytes = bytes.extracting(0..<header.size)
        while let group = next(in: bytes) {
            guard take(group, from: bytes) else {
                return damaged(.badRecord, segment: header.number, at: group.offset)
            }
        }
        return isNewest ? end(bytes, of: header.number) : nil
    }

    /// The oldest segment there is says where the log stood.
    private mutating func begin(with header: SegmentHeader) {
        journal.lastGroup = header.sequence
        journal.chain = header.chain
        journal.lastIndex = header.lastIndex
        journal.firstIndex = header.lastIndex + 1
    }

    /// The next group in order, if it is whole.
    private func next(in bytes: Bytes) -> Group? {
        guard
            let group = Group.header(
                in: bytes, at: journal.offset, of: journal.live.last!.number, seed: seed),
            group.sequence == journal.lastGroup + 1, group.chain == journal.chain,
            group.verifies(in: bytes)
        else { return nil }
        return group
    }

    private mutating func take(_ group: Group, from bytes: Bytes) -> Bool {
        guard let added = group.records(in: bytes) else { return false }
        if group.flags == Group.restart {
            records.removeAll()
            journal.forget(through: group.last)
        }
        for record in added {
            guard record.index > 0, record.index <= journal.lastIndex + 1 else { return false }
            keep(record)
        }
        journal.accept(group)
        return true
    }

    private mutating func keep(_ record: Journal.Record) {
        if let first = records.first?.index, record.index <= journal.lastIndex {
            records.removeLast(records.count - Int(max(record.index, first) - first))
        }
        journal.follow(record.index)
        if record.index > after { records.append(record) }
    }

    /// Whether the end of the newest segment is a clean end, a torn tail, or damage.
    private mutating func end(_ bytes: Bytes, of number: UInt64) -> Journal.Recovery? {
        if let survivor = search(bytes, of: number, from: journal.offset) {
            return damaged(.badGroup, segment: number, at: journal.offset, before: survivor)
        }
        if journal.offset + Journal.Limits.groupHeaderBytes <= bytes.count,
            bytes.little(UInt32.self, at: journal.offset) == Group.magic,
            bytes.little(UInt64.self, at: journal.offset + 16) == journal.lastGroup + 1
        {
            cut = Journal.TornTail(segment: number, offset: journal.offset)
        }
        return nil
    }

    /// The number of a group that verifies by itself, at `offset` or later. It was written only
    /// after all before it were durable.
    private func search(_ bytes: Bytes, of number: UInt64, from offset: Int) -> UInt64? {
        var offset = offset
        while offset + Journal.Limits.groupHeaderBytes <= bytes.count {
            if bytes.little(UInt32.self, at: offset) == Group.magic,
                let group = Group.header(in: bytes, at: offset, of: number, seed: seed),
                group.sequence > journal.lastGroup, group.verifies(in: bytes)
            {
                return group.sequence
            }
            offset += Journal.Limits.alignment
        }
        return nil
    }

    consuming func finish(knownDurable: UInt64) -> Journal.Recovery {
        if journal.lastGroup < knownDurable {
            let segment = journal.live.last?.number ?? Journal.Limits.firstSegment
            return damaged(
                .groupsMissing, segment: segment, at: journal.offset, through: knownDurable)
        }
        return .ready(journal, records, cut: cut)
    }

    private func damaged(
        _ reason: Journal.Damage.Reason, segment: UInt64, at offset: Int,
        before survivor: UInt64? = nil, through last: UInt64? = nil
    ) -> Journal.Recovery {
        let first = journal.lastGroup + 1
        let last = last ?? survivor.map { $0 - 1 } ?? first
        return .damaged(
            Journal.Damage(
                segment: segment, offset: offset, reason: reason,
                groups: first...max(first, last), lastIndex: journal.lastIndex))
    }
}
