internal import Journal
internal import MVCC
internal import Raft
package import Units
internal import Wire

/// Every bound of the room, and what happens at it.
package enum Limits {
    /// Bytes of one request. Above: INVALID_ARGUMENT. Keeps one entry below one frame.
    package static let request = 3 << 19
    /// Bytes at which a batch is closed and proposed before its turn ends.
    package static let batch = 256 << 10
    /// Commands taken and not yet answered. Above: OVERLOADED.
    package static let waitingCommands = 100_000
    /// Bytes of commands taken and not yet answered. Above: OVERLOADED.
    package static let waitingBytes = 64 << 20
    /// Linearizable reads that wait. Above: OVERLOADED.
    package static let waitingReads = 100_000
    /// Watches of one member. Above: OVERLOADED.
    package static let watches = 1_000_000
    /// Range streams under way on one member. Above: OVERLOADED.
    package static let rangeStreams = 10_000
    /// Bytes of pairs in one answer that is not chunked; `more` tells of the rest.
    package static let answer = 3 << 19
    /// Bytes of one STREAM frame, give or take one pair.
    package static let chunk = 128 << 10
    /// Bytes that one stream may send in one turn, so that streams share a turn.
    package static let turn = 512 << 10
    /// Keys that one range stream may look at in one turn, to count, sort or sift them.
    package static let lookedPerTurn = 20_000
    /// The least time between the progress marks of a watch; shorter wishes: INVALID_ARGUMENT.
    package static let progressInterval = Instant.Span.milliseconds(100)
    /// Events of history that one watch may look at in one turn.
    package static let eventsRead = 10_000
    /// Bytes that the mark of a split revision takes.
    package static let fragmentMark = 8
    /// Credit above which a stream needs no more to get anything through.
    package static let widestWindow = 2 << 20
    /// Leases ended by one command.
    package static let expiringLeases = 10_000
    /// Bytes of records in one snapshot chunk.
    package static let snapshotChunk = MVCC::Limits.snapshotChunk
    /// Snapshot chunks on their way to one member.
    package static let snapshotWindow = 4
    /// How long a forwarded batch may go unanswered before it is sent again.
    package static let forwardPatience = Instant.Span.milliseconds(500)
    /// How long a read round may go unanswered before a fresh one is asked for.
    package static let readPatience = Instant.Span.milliseconds(500)
    /// How long a snapshot transfer may stand still.
    package static let transferPatience = Instant.Span.seconds(10)
    /// Members that were removed and are remembered, to be told so; of more the oldest is forgotten.
    package static let removedMembers = 1_024
    /// How long a learner must have caught up before the leader gives it a vote.
    package static let promotionPatience = Instant.Span.seconds(1)
    /// Between two changes of members that a leader makes by itself.
    package static let tendingInterval = Instant.Span.milliseconds(200)
    /// Between two announcements of an address that the membership does not have yet.
    package static let announcementInterval = Instant.Span.seconds(1)
    /// Between two looks at quota and disk.
    package static let spaceInterval = Instant.Span.seconds(1)
    /// How long an alarm that was asked for may take before it is asked for again.
    package static let alarmPatience = Instant.Span.seconds(5)
    /// Alarms in force. Of more none is recorded.
    package static let alarms = 256
    /// Between two looks at what should be compacted.
    package static let compactionInterval = Instant.Span.seconds(1)
    /// How many samples an age of compaction has.
    package static let ageSamples: UInt64 = 16
    /// Between two checkpoints that are there only to remove what was compacted.
    package static let removalInterval = Instant.Span.milliseconds(200)
    /// Bytes of a member's name, and of an address. More: INVALID_ARGUMENT.
    package static let memberName = 64
    package static let address = 256
    /// Client addresses of a member. More: INVALID_ARGUMENT.
    package static let clientAddresses = 16
    /// Forwarded batches of a term that a leader remembers, to refuse doubles.
    package static let rememberedForwards = 65_536
    /// Retry hint for OVERLOADED and NO_LEADER, in milliseconds.
    package static let retryAfter: UInt32 = 100
}
