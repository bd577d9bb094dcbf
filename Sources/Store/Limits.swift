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
    /// Percent of a queue below which everybody is let in and nobody is counted.
    package static let calm = 50
    /// Percent of the queue of commands that writes may fill; the rest is for what follows. Above:
    /// OVERLOADED.
    package static let writeShare = 80
    /// The same for deletions and compaction; the rest is for leases.
    package static let reliefShare = 90
    /// Commands of one connection that may wait when the queue is full, however many share it.
    package static let leastShare = 16
    /// Bytes that are committed and not carried out. Above: OVERLOADED.
    package static let applyLag = 128 << 20
    /// Bytes of linearizable reads that wait. Above: OVERLOADED.
    package static let waitingReadBytes = 64 << 20
    /// Over which time it is measured how fast commands are carried out.
    package static let paceWindow = Instant.Span.seconds(1)
    /// Retry hints that are measured lie between these, in milliseconds.
    package static let shortestRetry: UInt32 = 10
    package static let longestRetry: UInt32 = 2_000
    /// Commands taken and not yet answered. Above: OVERLOADED.
    package static let waitingCommands = 100_000
    /// Bytes of commands taken and not yet answered. Above: OVERLOADED.
    package static let waitingBytes = 64 << 20
    /// Linearizable reads that wait. Above: OVERLOADED.
    package static let waitingReads = 100_000
    /// Watches of one member. Above: OVERLOADED.
    package static let watches = 1_000_000
    /// Backups under way on one member: each may keep old pages of the state. Above: OVERLOADED.
    package static let backups = 4
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
    /// How long a backup's reader may take nothing. Then: DEADLINE_EXCEEDED.
    package static let backupPatience = Instant.Span.seconds(60)
    /// How long a snapshot transfer may stand still: a lost connection that comes back before goes on
    /// with what is unconfirmed.
    package static let transferPatience = Instant.Span.seconds(30)
    /// The longest wait before unconfirmed chunks are sent again.
    package static let longestResend = Instant.Span.seconds(8)
    /// After a transfer that came to nothing, before the next to the same member.
    package static let transferPause = Instant.Span.seconds(1)
    /// Bytes a second that snapshots for other members take, unless the operator says otherwise.
    package static let snapshotRate: UInt64 = 256 << 20
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
    /// Slow operations that are remembered; the oldest goes.
    package static let slowOperations = 128
    /// Bytes of a key that a slow operation is told with.
    package static let slowKey = 64
    /// Slow operations are logged at most this often; the others are counted.
    package static let slowLogInterval = Instant.Span.seconds(1)
    /// Events that the flight recorder holds; the oldest block of them goes.
    package static let recordedEvents = 65_536
    /// Bytes at which a block of the recorder is closed.
    package static let recordedBlock = 256 << 10
    /// Bytes of state, and of log, that are kept so that a recording can be done again from the start.
    /// Above: it can only be read.
    package static let recordedStart = 4 << 20
    /// Bytes of a recording that is read. Above: refused.
    package static let recordingFile = 256 << 20
    /// Recordings that are sent at a time. Above: OVERLOADED.
    package static let recordings = 2
    /// Bytes of a STREAM frame of a recording beside its part.
    package static let partHead = 16
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
    /// How long a group of the log is durable before the slots beside the log are told, at the latest.
    package static let durableNote = Instant.Span.seconds(1)
    /// Retry hint for OVERLOADED and NO_LEADER, in milliseconds.
    package static let retryAfter: UInt32 = 100
    /// Bytes of the name of a user or a role. Above: INVALID_ARGUMENT.
    package static let name = 128
    /// Bytes of a password. Above: INVALID_ARGUMENT.
    package static let password = 1_024
    /// Quotas that there may be. One more: INVALID_ARGUMENT.
    package static let quotas = 1_000
    /// Lines of audit in one turn. Above: they are counted, and the count is told.
    package static let auditLines = 1_000
    /// Keys that one line of audit names; of others it tells how many.
    package static let auditedKeys = 8
    /// Bytes of a key that a message for people shows.
    package static let quoted = 64
    /// Users, and roles, that there may be. One more: INVALID_ARGUMENT.
    package static let users = 10_000
    package static let roles = 10_000
    /// Roles of one user, and permissions of one role. One more: INVALID_ARGUMENT.
    package static let rolesOfUser = 256
    package static let permissionsOfRole = 4_096
    /// Users whose permissions are kept ready. Above: they are put together anew.
    package static let knownUsers = 10_000
    /// Passwords that wait to be worked on, on one member. Above: OVERLOADED.
    package static let waitingPasswords = 64
    /// The same of one connection, so that one cannot keep all others out. Above: OVERLOADED.
    package static let waitingPasswordsOfConnection = 4
}
