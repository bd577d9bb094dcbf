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
    /// How often a progress bar is drawn.
    package static let progressEvery = Instant.Span.milliseconds(100)
    /// How long a call may take, unless told otherwise.
    package static let timeout = Instant.Span.seconds(5)
    /// How long `status --wait` waits, unless told otherwise.
    package static let wait = Instant.Span.seconds(60)
    /// Between two looks of `status --wait`.
    package static let lookEvery = Instant.Span.milliseconds(200)
    /// How long one member may take to answer `status` when others have.
    package static let memberPatience = Instant.Span.seconds(2)
    /// The longest that may be asked for with `--timeout`.
    package static let maximumTimeout = Instant.Span.seconds(24 * 60 * 60)
    /// How long certificates are valid, unless told otherwise: an authority's, and all others.
    package static let authorityDays = 3_650
    package static let certificateDays = 365
    /// The width that help is laid out for.
    package static let columns = 100
}
