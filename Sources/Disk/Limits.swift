extension Disk {
    /// Every bound of this room.
    package enum Limits {
        /// A new member does not start with less free space than this: room for two segments and a
        /// checkpoint. One that has been started before may, so that it can clean up.
        package static let freeReserve: UInt64 = 256 << 20
        /// Bytes that are set aside for the checkpoint that frees space on a full disk. They are taken
        /// only when four times as much is free.
        package static let reserveBytes: UInt64 = 64 << 20
        /// A disk with less free space than this has none.
        static let nothingFree: UInt64 = 1 << 20
        /// Segments that are kept ready for the journal; more than these are given back.
        package static let spareSegments = 2
        /// The newest format of a data directory that this program knows; the one it writes.
        package static let format: UInt64 = 2
        /// The address space set aside for the state. Not memory and not disk: the file is only as
        /// large as its pages. See `Engine` on how it grows.
        package static let mapBytes = 256 << 30
        /// At the least, that many times the present size is set aside.
        package static let mapGrowth = 4
        /// Views and snapshots that may be open at the same time.
        package static let readers: UInt32 = 64
        /// How much of an incoming state is gathered before it is written and synced.
        package static let restoreBytes = 16 << 20
        /// How much is zero-filled by one call.
        static let fillBytes = 1 << 20
        /// How much of an identity file is read.
        static let identityBytes = 4096
    }
}
