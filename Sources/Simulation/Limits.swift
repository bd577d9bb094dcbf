import Units

/// Every bound of the room.
enum Limits {
    static let members = 1...7
    static let clients = 1...16
    /// Segment files are small here, so that logs roll and recycle.
    static let segmentBytes = 96 << 10
    /// How long a healed cluster may take, in election timeouts, until it commits.
    static let electionsToCommit: UInt64 = 12
    /// How long a healed cluster may take until all members are equal.
    static let convergence = Instant.Span.seconds(60)
    /// Ticks of one member, one after the other, that leave its deadline in the past.
    static let idleTicks = 64
    /// How long a client waits for one answer.
    static let patience = Instant.Span.seconds(12)
    /// Events of one world; more mean that it runs in circles.
    static let events: UInt64 = 10_000_000
    /// Members that one world may ever see, those that join later counted.
    static let nodes = 12
}
