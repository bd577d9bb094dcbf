extension Journal {
    /// Every bound of this room.
    package enum Limits {
        /// The size of a segment unless the caller says otherwise.
        package static let segmentBytes = 64 << 20
        /// The largest payload of one record; a caller that offers more has a bug.
        package static let recordBytes = 4 << 20
        /// The newest layout of segments and groups that this program reads; the one it writes.
        package static let format: UInt32 = 1
        /// The first number a segment gets.
        package static let firstSegment: UInt64 = 1
        /// Groups begin here; what is before belongs to the segment's header. A torn write of the
        /// first group can then never reach the header.
        package static let segmentHeaderBytes = 4096
        /// The smallest segment that makes sense: its header and room for a few groups.
        package static let smallestSegmentBytes = 8192
        /// How far the numbers of groups leap when a log begins anew after damage: more than were
        /// ever written since the newest one that is known of.
        static let leap: UInt64 = 1 << 32
        /// How much of a group's payload is looked at in one piece when it is checked again.
        package static let checkBytes = 256 << 10
        static let groupHeaderBytes = 64
        static let recordHeaderBytes = 24
        /// Groups and records begin at multiples of this.
        static let alignment = 8
    }
}
