package import Units

/// What this room refuses to go beyond, and how long it is patient.
package enum Limits {
    /// Endpoints of one client. More are refused when the client is made.
    package static let endpoints = 64
    /// Calls that wait for an answer, a connection or their next try. More are refused at once with
    /// `ClientFailure.tooManyCalls`.
    package static let calls = 16_384
    /// How long a call may take in all, unless it says otherwise.
    package static let timeout = Instant.Span.seconds(5)
    /// How long one try of a call that may be repeated waits before another member is asked.
    package static let attempt = Instant.Span.seconds(2)
    /// How long connecting to one endpoint may take.
    package static let connect = Instant.Span.seconds(2)
    /// The first pause after an endpoint failed, and the longest. Each failure doubles it; of the
    /// pause the second half is left to chance.
    package static let shortestPause = Instant.Span.milliseconds(20)
    package static let longestPause = Instant.Span.seconds(2)
    /// A hint "ask again in so many milliseconds" is believed up to this.
    package static let longestHint = Instant.Span.seconds(2)
    /// How often all endpoints are tried before they are called unreachable, unless told otherwise.
    package static let rounds = 3
    /// How long a session for writes outlives its last use, in seconds.
    package static let sessionSeconds: Int64 = 60
    /// How often one call follows word of another leader before it pauses.
    package static let hops = 3
    /// Before a watch that a member ended is begun again.
    package static let rewatch = Instant.Span.milliseconds(100)
}
