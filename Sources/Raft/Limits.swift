/// Every size in the room that is not a setting.
package enum Limits {
    /// Bytes that an entry weighs besides its payload.
    package static let entryOverhead = 32
    /// Appends on the way to one follower, whatever their bytes.
    package static let inFlightAppends = 256
    /// Members of a cluster, learners included. More: the change is refused.
    package static let members = 64
    /// Reads that wait for a round, at one member. More: the read is refused.
    package static let waitingReads = 65_536
    /// Forgotten entries that may stay at the front of the log's array.
    static let deadEntries = 1024
}
