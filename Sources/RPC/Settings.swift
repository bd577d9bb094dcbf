package import Units
package import Wire

/// How a connection is to be run.
package struct Settings: Equatable, Sendable {
    /// What we say of ourselves, with our limits.
    package var hello: Hello
    package var handshake = Limits.handshake
    package var introduction = Limits.introduction
    package var ping = Limits.ping
    package var silence = Limits.silence
    package var calls = Limits.calls
    package var requestBytes = Limits.requestBytes
    package var connections = Limits.connections
    package var handshakes = Limits.handshakes
    package var pauseOutput = Limits.pauseOutput
    package var resumeOutput = Limits.resumeOutput
    package var maximumOutput = Limits.maximumOutput
    package var firstPause = Limits.firstPause
    package var longestPause = Limits.longestPause

    /// Members of a cluster at version 2 require this of each other (proto/raft.proto).
    package static let secondVersion: UInt64 = 1

    /// `software` is program and version: "martlet/0.2.0".
    package init(
        software: String, clusterID: UInt64 = 0, memberID: UInt64 = 0, targetID: UInt64 = 0
    ) {
        hello = Hello(
            optionalFeatures: Settings.secondVersion,
            maximumFrame: UInt32(Wire.Limits.maximumFrame),
            streamCredit: UInt32(Limits.streamCredit),
            connectionCredit: UInt32(Limits.connectionCredit),
            clusterID: clusterID, memberID: memberID, targetID: targetID, software: software)
    }

    /// How often connections must be looked after for the times above to be kept.
    var sweep: Instant.Span {
        let shortest = min(handshake, min(ping, silence))
        return max(Limits.shortestSweep, Instant.Span(nanoseconds: shortest.nanoseconds / 4))
    }
}
