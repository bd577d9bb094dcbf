package import Units

/// What one member is told once and for all.
package struct Settings: Equatable, Sendable {
    package var id: MemberID
    /// Followers wait between one and two of this before they stand for election.
    package var election: Instant.Span
    package var heartbeat: Instant.Span
    /// Entries in one append; a larger entry travels alone.
    package var maximumAppendBytes: Int
    /// Entries on the way to one follower; a larger entry travels alone.
    package var maximumInFlightBytes: Int
    /// Proposals not yet committed; one is always taken.
    package var maximumUncommittedBytes: Int
    /// How many entries a learner may lack when it becomes a voter.
    package var promotionLag: Int

    package init(
        id: MemberID, election: Instant.Span = .milliseconds(300),
        heartbeat: Instant.Span = .milliseconds(50), maximumAppendBytes: Int = 1 << 20,
        maximumInFlightBytes: Int = 8 << 20, maximumUncommittedBytes: Int = 64 << 20,
        promotionLag: Int = 64
    ) {
        precondition(id != .none, "a member has an id")
        precondition(heartbeat.nanoseconds > 0, "heartbeats are apart")
        precondition(
            heartbeat.nanoseconds * 2 <= election.nanoseconds, "two heartbeats fit an election")
        precondition(
            maximumAppendBytes > 0 && maximumInFlightBytes > 0 && maximumUncommittedBytes > 0,
            "sizes are above zero")
        self.id = id
        self.election = election
        self.heartbeat = heartbeat
        self.maximumAppendBytes = maximumAppendBytes
        self.maximumInFlightBytes = maximumInFlightBytes
        self.maximumUncommittedBytes = maximumUncommittedBytes
        self.promotionLag = promotionLag
    }
}
