package import Units

/// Every size of this room, and what happens at it.
package enum Limits {
    /// Bytes of a key; a longer one is refused (`Failure.keyTooLong`).
    package static let key = 4_096
    /// Bytes of a value; a longer one is refused (`Failure.valueTooLarge`).
    package static let value = 1 << 20
    /// Operations of a transaction on its longer path, nested ones counted; more are refused
    /// (`Failure.tooManyOperations`). Also how many compares each level may have, and how deep
    /// transactions nest.
    package static let operations = 128
    /// Bytes of pairs that a transaction's answers hold. Its ranges are cut there (`more`); pairs that
    /// were deleted cannot be cut, so deleting more of them with `previous` is refused
    /// (`Failure.resultTooLarge`).
    package static let resultBytes = 7 << 18
    /// What each pair counts in `resultBytes` beyond its key and value.
    package static let resultOverhead = 64
    /// Seconds a lease may be given; others are refused (`Failure.invalidTTL`).
    package static let timeToLive: ClosedRange<Int64> = 1...9_000_000_000
    /// Leases that live at one time; one more is refused (`Failure.tooManyLeases`).
    package static let leases = 4_000_000
    /// Leases end together in steps of this, so that none ends early, and none later than this.
    package static let leaseTick = Instant.Span(nanoseconds: 1 << 25)
    /// Watchers that are registered at one time; one more is refused (`Failure.tooManyWatchers`).
    package static let watchers = 1_000_000
    /// Compacted events that one checkpoint removes, with the versions they replaced: this many, and
    /// twice as many as it writes, so that removal always catches up. The rest goes with the next.
    package static let removalsPerCheckpoint = 20_000
    /// Compacted events that are gathered before they are removed.
    package static let removalBatch = 1_000
    /// Bytes of the opaque `membership`; the caller keeps below it.
    package static let membership = 1 << 20
    /// The least size of a snapshot chunk: one record of any kind fits.
    package static let snapshotChunk = (1 << 20) + 32_768
    /// Keys that a transaction, or whoever else wants all at once, may look at to sort or sift them;
    /// more are refused (`Failure.tooManyToSort`).
    package static let lookedAtOnce = 100_000
    /// Bytes of keys and values that a sort may hold; more are refused (`Failure.sortTooLarge`).
    package static let sorting = 64 << 20
    /// Bytes of a pattern; a longer one is refused (`Glob.Fault.tooLong`).
    package static let glob = 1_024
    /// Bytes of a record's key; the caller keeps below it.
    package static let recordKey = 8_192
    /// Bytes of a record; the caller keeps below it.
    package static let record = 1 << 20
    /// What a record in memory counts beyond its key and value.
    package static let recordOverhead = 64
    /// Bytes of a path in the tree; a longer one is refused (`Tree.Path.Unfit`). Creating in order
    /// adds 21 to it, which still fits into a record's key.
    package static let treePath = 4_096
    /// Names in a path; one with more is refused (`Tree.Path.Unfit`).
    package static let treeDepth = 128
    /// Bytes of a value in the tree; the caller keeps below it. An event with two of them fits into
    /// a frame.
    package static let treeValue = (1 << 20) - (16 << 10)
    /// Seconds that a node of the tree may be given; more are refused (`Tree.Failure`, 202).
    package static let treeTimeToLive: UInt64 = 9_000_000_000
    /// Events of the tree that are remembered; then the oldest is forgotten for each new one.
    package static let treeEvents: UInt64 = 10_000
    /// Bytes of remembered events, above which the oldest are forgotten too, down to this many.
    package static let treeEventBytes: UInt64 = 64 << 20
    package static let treeEventsLeast: UInt64 = 1_000
    /// Nodes that expire in one go; the rest follows with the next.
    package static let treeExpiring = 1_000
    /// Nodes that are gathered before they are removed with their directory.
    package static let treePage = 1_000
}
