package import Units

/// What this room refuses to go beyond, and how long it is patient.
package enum Limits {
    /// How long `store scrub --now` waits unless told otherwise.
    package static let scrub = Instant.Span.seconds(600)
    /// How deep JSON that we are given may nest.
    package static let jsonDepth = 64
    /// The longest line of an import: a key and a value at their limits, every byte escaped, or so.
    package static let importLine = 8 * 1024 * 1024
    /// Bytes that are read from a file or a pipe at once.
    package static let inputBlock = 256 * 1024
    /// The largest value or transaction that is read from a file or standard input.
    package static let inputDocument = 16 * 1024 * 1024
    /// Bytes that are kept before they are written to standard output.
    package static let outputBlock = 64 * 1024
    /// Puts of an import that wait for their answers at the same time, unless told otherwise.
    package static let putsInFlight = 256
    /// The most that may be asked for.
    package static let maximumPutsInFlight = 10_000
    /// How long one put of an import may take, over any number of tries, unless told otherwise.
    package static let importPatience = Instant.Span.seconds(60)
    /// How long a backup may bring nothing, unless told otherwise; beside the time that one part takes
    /// at the rate that is asked for.
    package static let backupSilence = Instant.Span.seconds(60)
    /// The largest part of a backup, in bytes.
    static let backupPart: UInt64 = 2 << 20
    /// Revisions that a restored store may skip.
    static let bump: Int64 = 1 << 40
    /// How often, in bytes, the bar of a work on files is drawn.
    static let progressBytes = 8 << 20
    /// How often a progress bar is drawn.
    package static let progressEvery = Instant.Span.milliseconds(100)
    /// Pairs that a mirror reads at once.
    package static let mirrorPage: Int64 = 1_000
    /// Operations, and bytes, of one transaction of a mirror; a larger revision takes several.
    package static let mirrorBatch = 100
    package static let mirrorBatchBytes = 512 << 10
    /// Bytes that wait for the target of a mirror; above, the source is not heard for a while.
    package static let mirrorQueue = 32 << 20
    /// Before a target that could not be reached is tried again.
    package static let mirrorRetry = Instant.Span.seconds(1)
    /// How often at most a mirror writes down how far it came.
    package static let mirrorSaveEvery = Instant.Span.seconds(1)
    /// How often a check looks which puts are due.
    package static let trialTick = Instant.Span.milliseconds(5)
    /// Puts of a check that may fail before it is given up.
    package static let trialFailures = 100
    /// Keys of a check that are removed at one revision.
    package static let trialClean = 1_000
    /// How long a call may take, unless told otherwise.
    package static let timeout = Instant.Span.seconds(5)
    /// How long a command may take to end after SIGTERM, before SIGKILL.
    package static let killAfter = Instant.Span.seconds(5)
    /// How long it may take to give back a lock or to end a session; they end by themselves, too.
    package static let releasePatience = Instant.Span.seconds(2)
    /// Leases that are kept alive together, as the store has it.
    package static let leasesTogether = 100_000
    /// How long `status --wait` waits, unless told otherwise.
    package static let wait = Instant.Span.seconds(60)
    /// Between two looks of `status --wait`.
    package static let lookEvery = Instant.Span.milliseconds(200)
    /// How long one member may take to answer `status` when others have.
    package static let memberPatience = Instant.Span.seconds(2)
    /// The longest that may be asked for with `--timeout`.
    package static let maximumTimeout = Instant.Span.seconds(24 * 60 * 60)
    /// Between two looks at the keyboard.
    package static let keyEvery = Instant.Span.milliseconds(50)
    /// How long certificates are valid, unless told otherwise: an authority's, and all others.
    package static let authorityDays = 3_650
    package static let certificateDays = 365
    /// The width that help is laid out for.
    package static let columns = 100
}
