extension Salvage {
    /// Every bound of this room.
    package enum Limits {
        /// Bytes in memory at which a log that is carried out is written to disk.
        package static let overlayBytes = 32 << 20
        /// Findings of one kind that are told one by one; of the rest only the count.
        package static let findings = 20
    }
}
