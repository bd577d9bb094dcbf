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
    /// Leases ended by one command, and such commands on their way at a time; the rest waits for
    /// them. Together they keep a turn below some hundredths of a second.
    package static let expiringLeases = 4_096
    package static let expiryCommands = 8
    /// Leases kept alive by one command, and such commands of one member on their way at a time; the
    /// rest waits for them.
    package static let renewedLeases = 16_384
    package static let renewalCommands = 2
    /// Keep-alives taken and not yet answered. Above: OVERLOADED.
    package static let waitingKeepAlives = 200_000
    /// Leases in one LEASE_KEEP_ALIVE_MANY. Above: INVALID_ARGUMENT.
    package static let keptAliveTogether = 100_000
    /// Leases in one answer to LEASE_LIST; `more` tells of the rest.
    package static let leasePage = 100_000
    /// Sessions of clients by which writes are carried out once. Above: OVERLOADED.
    package static let clientSessions: Int64 = 100_000
    /// Seconds that such a session may be given. Others: INVALID_ARGUMENT.
    package static let sessionTimeToLive: ClosedRange<Int64> = 1...86_400
    /// Answers that one session keeps until they are acknowledged, and bytes of them. Above:
    /// OVERLOADED.
    package static let sessionAnswers: Int64 = 1_024
    package static let sessionBytes: Int64 = 4 << 20
    /// Bytes of one answer that is kept. Of a longer one only the first asker hears; who repeats the
    /// request: FRAME_TOO_LARGE.
    package static let sessionAnswer = 256 << 10
    /// Sessions ended by one command.
    package static let expiringSessions = 100
    /// Bytes of the name of a lock or an election. Above: KEY_TOO_LONG.
    package static let lockName = 1_024
    /// Callers that wait for locks at one member. Above: OVERLOADED.
    package static let standing = 100_000
    /// Callers that observe elections at one member. Above: OVERLOADED.
    package static let observers = 100_000
    /// Rounds of expiring nodes (see `MVCC`'s limit) that one command carries out.
    package static let treeExpiringRounds = 10
    /// Events of the tree that are applied before watches are told; below what is always remembered.
    package static let treeUntold: UInt64 = MVCC::Limits.treeEventsLeast / 2
    /// Bytes of one listing of the tree that is answered in chunks. Above: FRAME_TOO_LARGE.
    package static let treeListing = 64 << 20
    /// Bytes of listings that wait for credit, on one member. Above: OVERLOADED.
    package static let treeListings = 256 << 20
    /// Bytes of records in one snapshot chunk.
    package static let snapshotChunk = MVCC::Limits.snapshotChunk
    /// Snapshot chunks on their way to one member.
    package static let snapshotWindow = 4
    /// Bytes of entries that are applied in one turn, so that heartbeats and answers are not kept
    /// waiting while a long log is gone through; the rest comes with the next.
    package static let appliedPerTurn = 1 << 20
    /// How often a member that has just started asks for votes before an election would be due.
    static let earlyCampaigns = 4
    /// The longest that it waits before each.
    static let earlyCampaign = Instant.Span.milliseconds(120)
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
    /// Applied entries after which the members' digests are compared, unless settings say otherwise.
    package static let digestEntries: UInt64 = 10_000
    /// The same after this time, when anything was applied since.
    package static let digestInterval = Instant.Span.seconds(60)
    /// Marks for which a member remembers its digest; for older ones it says that it cannot tell.
    package static let digestNotes = 16
    /// How long the leader waits for a report before it asks again.
    package static let digestPatience = Instant.Span.seconds(1)
    /// How long the leader waits for reports before it judges without those that did not come.
    package static let digestRound = Instant.Span.seconds(10)
    /// How long a member may go without being compared before the alarm DIGEST_UNCHECKED is raised.
    package static let digestUnchecked = Instant.Span.seconds(600)
    /// DIGEST calls that read all pairs at one time. Above: OVERLOADED.
    package static let digestWalks = 4
    /// What each pair counts against `turn` beyond its bytes while it is digested.
    package static let digestOverhead = 64
    /// Bytes of the words of an alarm; what is longer is cut.
    package static let alarmWords = 512
    /// Alarms that stand at one time; further ones wait until one goes.
    package static let alarms = 1_000
    /// How long a member whose state is doubted waits before it asks again for a fresh one.
    package static let repairPatience = Instant.Span.seconds(1)
    /// Bytes that a scrub reads at once, give or take one record or group.
    package static let scrubPart = 1 << 20
    /// Bytes a second of a scrub that goes through all in a day; a small disk is done sooner.
    package static let slowestScrub: UInt64 = 64 << 10
    /// Bytes a second of a scrub that somebody waits for.
    package static let quickScrub: UInt64 = 64 << 20
    /// From the beginning of one pass to that of the next.
    package static let scrubPass = Instant.Span.seconds(86_400)
    /// After the start, after a pass, and after the disk could not be read.
    package static let scrubPause = Instant.Span.seconds(60)
    /// Lines about damage that a member remembers; older ones go.
    package static let scrubDamage = 16
    /// Retry hint for OVERLOADED and NO_LEADER, in milliseconds.
    package static let retryAfter: UInt32 = 100
}
