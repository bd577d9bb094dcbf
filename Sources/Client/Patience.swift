package import Units

/// How long, and how stubbornly, a call is pursued.
package struct Patience: Equatable, Sendable {
    /// In all; nil for ever.
    package var timeout: Instant.Span?
    /// For one try of a call that may be repeated; then another member is asked.
    package var attempt: Instant.Span
    /// How often every endpoint is tried before all are called unreachable; nil until time is up.
    package var rounds: Int?
    /// The caller vouches that executing it twice is as good as once, so that it may be sent again
    /// even when nobody knows whether it was executed.
    package var mayRepeat: Bool

    package init(
        timeout: Instant.Span? = Limits.timeout, attempt: Instant.Span = Limits.attempt,
        rounds: Int? = Limits.rounds, mayRepeat: Bool = false
    ) {
        self.attempt = attempt
        self.timeout = timeout
        self.rounds = rounds
        self.mayRepeat = mayRepeat
    }
}
