package import Units

/// The sizes of this room, as they are unless settings say otherwise.
package enum Limits {
    /// Calls that are open at once on one connection. A further one is refused, OVERLOADED.
    package static let calls = 16_384
    /// The smallest `maximum_frame` that a Hello may name. Below it not even an ERROR would pass.
    package static let smallestFrame = 1_024
    /// STREAM bytes that may be under way to us: on one call, and on one connection. Credit goes
    /// back by halves, so a half must hold the longest frame.
    package static let streamCredit = 4 * 1024 * 1024
    package static let connectionCredit = 16 * 1024 * 1024
    /// An account of credit never holds more than this, however much is given.
    package static let credit = 1 << 40
    /// Unsent bytes above which no more requests are read and no STREAM may be sent.
    package static let pauseOutput = 1 * 1024 * 1024
    /// Unsent bytes at which reading goes on.
    package static let resumeOutput = 256 * 1024
    /// Unsent bytes at which we part: the open calls' answers came to this, and nobody reads.
    package static let maximumOutput = 32 * 1024 * 1024
    /// Connections of one server. A further one is told OVERLOADED and closed.
    package static let connections = 16_384
    /// Calls that wait for one channel to be connected. A further one fails.
    package static let queuedCalls = 16_384
    /// Bytes of a message for people in an ERROR or GOAWAY.
    package static let message = 512
    /// From connecting to the other side's Hello.
    package static let handshake = Instant.Span.seconds(5)
    /// Connections of one server that have not yet shown who they are. With a further one the oldest
    /// of them is closed: whoever means it is through in milliseconds.
    package static let handshakes = 1_024
    /// Steps of TLS handshakes in one turn of one server, each about 0.2 ms. Who comes after them
    /// waits for the next turn, so that the connections that are there are served between.
    package static let handshakeSteps = 8
    /// Silence after which we ask, and how long the answer may take.
    package static let ping = Instant.Span.seconds(10)
    package static let silence = Instant.Span.seconds(10)
    /// The first pause before dialling again, and the longest.
    package static let firstPause = Instant.Span.milliseconds(50)
    package static let longestPause = Instant.Span.seconds(5)
    /// A connection that lived this long was a good one: the pauses begin small again.
    package static let settled = Instant.Span.seconds(2)
    /// How often connections are looked after, at the most often.
    package static let shortestSweep = Instant.Span.milliseconds(10)
    /// Numbers of calls on one connection; then another is dialled.
    package static let lastCall = UInt32.max - 1
}
