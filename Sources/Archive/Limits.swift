extension Archive {
    /// Every bound of this room.
    package enum Limits {
        /// The newest layout that this program reads; the one it writes.
        package static let format: UInt32 = 1
        /// Bytes of one box; a writer that has more has a bug, a reader calls it damage.
        package static let box = 4 << 20
        /// Bytes of an entry's payload in an increment; more is damage.
        package static let payload = 4 << 20
    }

    static let labelBytes = 100
    static let headBytes = 16
    static let slipBytes = 36

    static let labelMagic: UInt64 = 0x4843_5241_4C54_524D  // "MRTLARCH"
    static let boxMagic: UInt32 = 0x3A58_4F42  // "BOX:"
    static let slipMagic: UInt64 = 0x454E_4F44_4C54_524D  // "MRTLDONE"
}
