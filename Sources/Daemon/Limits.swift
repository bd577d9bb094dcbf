package import Units

/// The sizes of this room.
package enum Limits {
    /// Bytes of a log message, and of one of its fields; the rest is cut off and marked.
    package static let logMessage = 8 * 1024
    package static let logField = 1024
    package static let logFields = 32
    /// Bytes of the status that is shown by `systemctl status`.
    package static let status = 1024
    /// Descriptors that are taken over.
    package static let activated = 64
    /// Bytes of a configuration file, and of one of its lines.
    package static let configFile = 1024 * 1024
    package static let configLine = 4096
    /// Mistakes in one file that are told.
    package static let configFaults = 50
    /// The longest word for which something alike is looked for.
    package static let suggestedWord = 64
    /// Bytes of a request's head on a page; above: 414 or 431.
    package static let pageHead = 8 * 1024
    /// Lines of one; above: 431.
    package static let pageFields = 64
    /// Connections to the pages at a time; more are closed at once.
    package static let pageConnections = 16
    /// How long one may take to ask, to be answered, and to read; then 408, or it is closed.
    package static let pagePatience = Instant.Span.seconds(5)
    /// The shortest beat of a watchdog.
    package static let watchdog = Instant.Span.milliseconds(1)
}
