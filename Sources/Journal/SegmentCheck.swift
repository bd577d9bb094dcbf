package import Units

/// How far the groups of a segment were checked.
package struct SegmentPlace: Equatable, Sendable {
    var offset: Int
    var sequence: UInt64
    var chain: UInt32
    var size: Int
}

/// Looks whether a segment still holds what was written, piece by piece, without holding more than a
/// piece in memory. Says what it wants to read and is given that.
package struct SegmentCheck: Equatable, Sendable {
    package enum Wants: Equatable, Sendable {
        /// These bytes of the file.
        case read(Range<Int>)
        /// All groups are there.
        case nothing
        case damaged(at: Int)
    }

    private let identity: Journal.Identity
    private let segment: UInt64
    private let last: UInt64
    private let seed: UInt32
    /// Where to go on after the groups that were checked; nil before the segment's header and at the end.
    package private(set) var place: SegmentPlace?
    package private(set) var wants: Wants
    /// Groups that verified.
    package private(set) var groups = 0
    /// In the middle of a group: `place` is still before it.
    package var isInside: Bool { group != nil }
    /// The group whose payload is being read, and the checksum of what came of it.
    private var group: Group?
    private var sum: UInt32 = 0

    /// - Parameter last: the number of the newest group that must be there.
    package init(
        identity: Journal.Identity, segment: UInt64, through last: UInt64,
        from place: SegmentPlace? = nil
    ) {
        self.identity = identity
        self.segment = segment
        self.last = last
        self.place = place
        seed = Journal.seed(of: identity)
        wants = .nothing
        wants = place == nil ? .read(0..<Journal.Limits.segmentHeaderBytes) : nextGroup()
    }

    package mutating func take(_ bytes: Bytes) {
        guard case .read(let range) = wants else { return }
        guard bytes.count == range.count else {
            wants = .damaged(at: range.lowerBound)
            return
        }
        if place == nil {
            begin(bytes)
        } else if group == nil {
            open(bytes, at: range.lowerBound)
        } else {
            sum = CRC32C.of(bytes, seed: sum)
            readPayload(from: range.upperBound)
        }
    }

    private mutating func begin(_ bytes: Bytes) {
        guard case .header(let header) = SegmentHeader.read(bytes), header.number == segment,
            header.identity == identity
        else {
            wants = .damaged(at: 0)
            return
        }
        place = SegmentPlace(
            offset: Journal.Limits.segmentHeaderBytes, sequence: header.sequence,
            chain: header.chain, size: header.size)
        wants = nextGroup()
    }

    private mutating func nextGroup() -> Wants {
        guard let place else { return .nothing }
        guard place.sequence < last else {
            self.place = nil
            return .nothing
        }
        return .read(place.offset..<place.offset + Journal.Limits.groupHeaderBytes)
    }

    private mutating func open(_ bytes: Bytes, at offset: Int) {
        let found = Group.header(bytes, at: offset, of: segment, seed: seed, size: place!.size)
        guard let found, found.sequence == place!.sequence + 1, found.chain == place!.chain else {
            wants = .damaged(at: offset)
            return
        }
        group = found
        sum = 0
        readPayload(from: found.payload.lowerBound)
    }

    private mutating func readPayload(from offset: Int) {
        guard let group else { return }
        guard offset >= group.end else {
            wants = .read(offset..<min(group.end, offset + Journal.Limits.checkBytes))
            return
        }
        guard sum == group.payloadChecksum else {
            wants = .damaged(at: group.offset)
            return
        }
        groups += 1
        self.group = nil
        place!.offset = group.end
        place!.sequence = group.sequence
        place!.chain = group.checksum
        wants = nextGroup()
    }
}
