/// Where the bytes of the log go, and what they say after a crash.
///
/// Picture a ship's log kept in numbered notebooks. Each watch writes one paragraph, signs it, and
/// copies the signature of the paragraph before into its first line; nothing is ever crossed out: a
/// correction is a later paragraph that says "from line 40 on, read this". Full notebooks that
/// nobody needs are bleached and used again under a new number.
///
/// - One `append` is one group: one write and one sync. The next group is written only after the
///   sync of the one before returned. So a group that verifies proves that all before it were
///   durable, and at most one group, the newest, can be torn by a crash.
/// - Nothing is overwritten: a record whose index is not above the last one replaces, logically,
///   everything from its index on.
/// - A bad group is a torn tail, and is cut, only if no valid group or segment follows and it is
///   newer than the known durable one. Otherwise it is damage: told, never truncated.
/// - A log that is damaged is not written to. It is mended by one that begins beside it (`Salvage`), and
///   goes when that has everything.
/// - Groups are numbered without gaps (`lastGroup`). The number only grows, unlike the last index,
///   which falls when a suffix is replaced; so "known durable" is told as a group number.
///
/// Imports: Units. Never: file descriptors, clocks, threads.

internal import Units

/// The decisions about one member's log; see above.
package struct Journal: Equatable, Sendable {
    /// Whose log it is.
    package struct Identity: Equatable, Hashable, Sendable {
        package var cluster: UInt64
        package var member: UInt64

        package init(cluster: UInt64, member: UInt64) {
            self.cluster = cluster
            self.member = member
        }
    }

    /// A segment that still has a file. `last` is its highest index that later records have not
    /// replaced, 0 when it has none.
    struct Live: Equatable, Sendable {
        var number: UInt64
        var last: UInt64
        /// The newest group before it.
        var sequence: UInt64
    }

    package let identity: Identity
    package let segmentBytes: Int
    /// Ties the checksums of groups to whose log it is.
    let seed: UInt32
    /// The index of the oldest record that is still there; `lastIndex + 1` when there is none.
    package internal(set) var firstIndex: UInt64 = 1
    package internal(set) var lastIndex: UInt64 = 0
    /// The number of the newest group; durable once the writes of its `append` are done.
    package internal(set) var lastGroup: UInt64 = 0
    /// Oldest first; the last one is being written. Empty before the first append.
    var live: [Live] = []
    /// Where the next group goes in the segment being written, and that segment's size.
    var offset = 0
    var size = 0
    var chain: UInt32 = 0
    /// The number of the next segment while there is none.
    var nextSegment = Limits.firstSegment
    /// Segments of a damaged log that this one takes the place of; they lie there still.
    package internal(set) var abandoned: [UInt64] = []

    /// A log that has no files yet.
    package init(identity: Identity, segmentBytes: Int = Limits.segmentBytes) {
        precondition(
            segmentBytes >= Limits.smallestSegmentBytes && segmentBytes <= Int(UInt32.max)
                && segmentBytes % 4096 == 0, "a segment size that cannot be")
        self.identity = identity
        self.segmentBytes = segmentBytes
        seed = Journal.seed(of: identity)
    }

    /// A number that never falls while the log goes on, and leaps ahead of all before when it had to
    /// be begun anew after damage.
    package var life: UInt64 { live.first?.sequence ?? lastGroup }

    /// The segments that have files, oldest first.
    package var segments: [UInt64] { live.map(\.number) }

    /// Adds one group with these records, whose indices go up by one, save where one restarts at or
    /// below the last index and thereby replaces what was there. Records that are too many for one
    /// segment become several groups, each synced before the next.
    package mutating func append(_ records: [Record], into writes: inout [Write]) {
        var rest = records[...]
        while !rest.isEmpty {
            let (count, length) = measure(rest)
            add(rest.prefix(count), length: length, into: &writes)
            rest = rest.dropFirst(count)
        }
    }

    /// Begins the log anew after `index`, as after a snapshot from a peer: all records so far are
    /// void, and the next one has index `index + 1`. One group, as `append`.
    package mutating func restart(after index: UInt64, into writes: inout [Write]) {
        var group = begin(length: 0, into: &writes)
        group.flags = Group.restart
        group.first = index
        group.last = index
        finish(group, payload: [], into: &writes)
        forget(through: index)
    }

    /// The segments and, of each, the number of its newest group; oldest first.
    package var contents: [(segment: UInt64, through: UInt64)] {
        live.indices.map { place in
            let next = place + 1 < live.count ? live[place + 1].sequence : lastGroup
            return (live[place].number, next)
        }
    }

    /// The highest index in a segment that later records have not replaced, if it is there.
    package func lastIndex(in segment: UInt64) -> UInt64? {
        live.first { $0.number == segment }?.last
    }

    /// The segment being written is damaged: the next group begins another one.
    package mutating func leave(_ segment: UInt64) {
        if live.last?.number == segment { offset = size }
    }

    /// Gives up the segments that hold nothing above `index`. The one being written stays.
    package mutating func release(through index: UInt64, into writes: inout [Write]) {
        let count = live.dropLast().prefix { $0.last <= index }.count
        for segment in live.prefix(count) {
            writes.append(.drop(segment: segment.number))
            firstIndex = max(firstIndex, segment.last + 1)
        }
        live.removeFirst(count)
    }
}

// MARK: - Groups

extension Journal {
    /// How many of `records` go into the next group, and how long its payload is.
    private func measure(_ records: ArraySlice<Record>) -> (count: Int, length: Int) {
        let limit = segmentBytes - Limits.segmentHeaderBytes - Limits.groupHeaderBytes
        var length = 0
        var count = 0
        for record in records {
            guard length + record.size <= limit else { break }
            length += record.size
            count += 1
        }
        precondition(count > 0, "a record that is larger than a segment")
        return (count, length)
    }

    private mutating func add(
        _ records: ArraySlice<Record>, length: Int, into writes: inout [Write]
    ) {
        var group = begin(length: length, into: &writes)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Limits.groupHeaderBytes + length)
        bytes.append(contentsOf: Journal.emptyHeader)
        for record in records {
            precondition(record.payload.count <= Limits.recordBytes, "a record over the limit")
            precondition(
                record.index > 0 && record.index <= lastIndex + 1, "a gap between two records")
            record.encode(into: &bytes)
            follow(record.index)
        }
        group.count = records.count
        group.first = records.first!.index
        group.last = records.last!.index
        finish(group, payload: bytes, into: &writes)
    }

    static func seed(of identity: Identity) -> UInt32 {
        var bytes: [UInt8] = []
        bytes.append(little: identity.cluster)
        bytes.append(little: identity.member)
        return CRC32C.of(bytes)
    }

    private static let emptyHeader = [UInt8](repeating: 0, count: Limits.groupHeaderBytes)

    /// A group at the place it will have; begins the next segment when this one has no room for it.
    private mutating func begin(length: Int, into writes: inout [Write]) -> Group {
        if live.isEmpty || offset + Limits.groupHeaderBytes + length > size {
            roll(into: &writes)
        }
        return Group(
            length: length, count: 0, sequence: lastGroup + 1, segment: live.last!.number,
            first: 0, last: 0, offset: offset, chain: chain, payloadChecksum: 0)
    }

    /// Puts the header in front of the payload, whose first bytes are kept free for it.
    private mutating func finish(_ group: Group, payload: [UInt8], into writes: inout [Write]) {
        var group = group
        var bytes = payload.isEmpty ? Journal.emptyHeader : payload
        group.payloadChecksum = CRC32C.of(bytes.span.extracting(Limits.groupHeaderBytes...))
        let header = group.encode(seed: seed)
        for index in header.indices { bytes[index] = header[index] }
        writes.append(.write(segment: group.segment, offset: group.offset, bytes: bytes))
        writes.append(.sync(segment: group.segment))
        accept(group)
    }

    /// The next segment; its header is durable before the first group is written.
    private mutating func roll(into writes: inout [Write]) {
        let number = live.last.map { $0.number + 1 } ?? nextSegment
        let header = SegmentHeader(
            identity: identity, number: number, size: segmentBytes, sequence: lastGroup,
            chain: chain, lastIndex: lastIndex)
        nextSegment = Limits.firstSegment
        writes.append(.prepare(segment: number, bytes: segmentBytes))
        writes.append(.write(segment: number, offset: 0, bytes: header.encoded))
        writes.append(.sync(segment: number))
        enter(header)
    }

    // What follows is shared with recovery, which must come to the same state.

    mutating func enter(_ header: SegmentHeader) {
        live.append(Live(number: header.number, last: 0, sequence: header.sequence))
        offset = Limits.segmentHeaderBytes
        size = header.size
    }

    mutating func accept(_ group: Group) {
        lastGroup = group.sequence
        chain = group.checksum
        offset = group.end
    }

    /// Takes note of a record in the segment being written.
    mutating func follow(_ index: UInt64) {
        if index <= lastIndex {
            for place in live.indices { live[place].last = min(live[place].last, index - 1) }
        }
        lastIndex = index
        firstIndex = min(firstIndex, index)
        live[live.count - 1].last = index
    }

    mutating func forget(through index: UInt64) {
        for place in live.indices { live[place].last = 0 }
        firstIndex = index + 1
        lastIndex = index
    }
}
