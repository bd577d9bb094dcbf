/// Every size in the room that is not a setting.
enum Limits {
    /// Bytes that an entry weighs besides its payload.
    static let entryOverhead = 32
    /// Appends on the way to one follower, whatever their bytes.
    static let inFlightAppends = 256
    /// Members of a cluster, learners included. More: the change is refused.
    static let members = 64
    /// Reads that wait for a round, at one member. More: the read is refused.
    static let waitingReads = 65_536
    /// Forgotten entries that may stay at the front of the log's array.
    static let deadEntries = 1024
}
