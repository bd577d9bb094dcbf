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
    /// The shortest beat of a watchdog.
    package static let watchdog = Instant.Span.milliseconds(1)
}
