internal import EventLoop
internal import Glibc
internal import Units

/// How much something matters. The numbers are those of syslog(3).
package enum LogLevel: Int, CaseIterable, Comparable, Sendable {
    case error = 3
    case warning = 4
    case notice = 5
    case info = 6
    case debug = 7

    package static func < (left: LogLevel, right: LogLevel) -> Bool {
        left.rawValue < right.rawValue
    }

    /// From what a person wrote.
    package init?(word: String) {
        guard let level = LogLevel.allCases.first(where: { $0.word == word }) else { return nil }
        self = level
    }

    package var word: String {
        switch self {
        case .error: "error"
        case .warning: "warning"
        case .notice: "notice"
        case .info: "info"
        case .debug: "debug"
        }
    }
}

/// One thing that happened, with what can be searched for.
package struct LogEntry: Equatable, Sendable {
    package var level: LogLevel
    package var program: String
    package var message: String
    /// Names in lower case: "member", "term".
    package var fields: [(name: String, value: String)]

    package init(
        _ level: LogLevel, _ program: String, _ message: String,
        _ fields: [(name: String, value: String)] = []
    ) {
        self.level = level
        self.program = program
        self.message = message
        self.fields = Array(fields.prefix(Limits.logFields))
    }

    package static func == (left: LogEntry, right: LogEntry) -> Bool {
        left.datagram == right.datagram
    }

    /// As the journal's native protocol has it: every field `NAME=value` and a line feed, or, where
    /// the value has line feeds of its own, its length in front.
    package var datagram: [UInt8] {
        var bytes: [UInt8] = []
        add("MESSAGE", cut(message, Limits.logMessage), to: &bytes)
        add("PRIORITY", "\(level.rawValue)", to: &bytes)
        add("SYSLOG_IDENTIFIER", program, to: &bytes)
        for (name, value) in fields {
            add(LogEntry.journalName(name), cut(value, Limits.logField), to: &bytes)
        }
        return bytes
    }

    private func add(_ name: String, _ value: String, to bytes: inout [UInt8]) {
        bytes += Array(name.utf8)
        if value.utf8.contains(UInt8(ascii: "\n")) {
            bytes.append(UInt8(ascii: "\n"))
            bytes.append(little: UInt64(value.utf8.count))
        } else {
            bytes.append(UInt8(ascii: "="))
        }
        bytes += Array(value.utf8)
        bytes.append(UInt8(ascii: "\n"))
    }

    private func cut(_ text: String, _ limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        return String(decoding: text.utf8.prefix(limit), as: UTF8.self) + "…"
    }

    /// `member` becomes `MARTLET_MEMBER`; what the journal would refuse becomes '_'.
    static func journalName(_ name: String) -> String {
        let upper = name.utf8.prefix(56).map { byte in
            switch byte {
            case 0x61...0x7A: byte - 0x20
            case 0x41...0x5A, 0x30...0x39: byte
            default: UInt8(ascii: "_")
            }
        }
        return "MARTLET_" + String(decoding: upper, as: UTF8.self)
    }

    /// As people read it: `martlet-store: warning: the disk is slow (member=1)`.
    package var line: String {
        let word = level <= .warning ? "\(level.word): " : ""
        let shown = OneLine.of(message, limit: Limits.logMessage)
        let rest = fields.map {
            "\(OneLine.of($0.name, limit: 56))=\(OneLine.of($0.value, limit: Limits.logField))"
        }
        let tail = rest.isEmpty ? "" : " (\(rest.joined(separator: ", ")))"
        return "\(program): \(word)\(shown)\(tail)"
    }
}

/// Where a program says what happens to it.
package final class Log {
    private let program: String
    /// What matters less is not said.
    package var level: LogLevel
    private let journal: Datagram?
    private let descriptor: Int32
    private let isTerminal: Bool
    private var lost = 0

    /// Speaks to the journal when the journal is where `descriptor` leads anyway.
    package init(
        program: String, level: LogLevel = .info, descriptor: Int32 = 2,
        _ environment: Environment = .own(["JOURNAL_STREAM"]),
        journal path: String = "/run/systemd/journal/socket"
    ) {
        self.program = program
        self.level = level
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) == 1
        let stream = environment["JOURNAL_STREAM"]
        journal = stream == Log.identity(of: descriptor) ? Datagram(to: path) : nil
    }

    package var isJournal: Bool { journal != nil }

    /// `device:inode`, as `JOURNAL_STREAM` has it.
    package static func identity(of descriptor: Int32) -> String {
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0 else { return "" }
        return "\(facts.st_dev):\(facts.st_ino)"
    }

    package func error(_ message: String, _ fields: (name: String, value: String)...) {
        write(LogEntry(.error, program, message, fields))
    }

    package func warning(_ message: String, _ fields: (name: String, value: String)...) {
        write(LogEntry(.warning, program, message, fields))
    }

    package func notice(_ message: String, _ fields: (name: String, value: String)...) {
        write(LogEntry(.notice, program, message, fields))
    }

    package func info(_ message: String, _ fields: (name: String, value: String)...) {
        write(LogEntry(.info, program, message, fields))
    }

    /// The message is made only when it is wanted.
    package func debug(
        _ message: @autoclosure () -> String, _ fields: (name: String, value: String)...
    ) {
        guard level >= .debug else { return }
        write(LogEntry(.debug, program, message(), fields))
    }

    package func write(_ entry: LogEntry) {
        guard entry.level <= level else { return }
        var entry = entry
        if lost > 0 { entry.fields.append((name: "lost_before", value: "\(lost)")) }
        if deliver(entry) { lost = 0 } else { lost += 1 }
    }

    private func deliver(_ entry: LogEntry) -> Bool {
        guard let journal else {
            return put(isTerminal ? entry.line : "\(UTC.text(Loop.wallClock)) \(entry.line)")
        }
        // The stream that systemd reads knows a level by the number in front.
        return journal.send(entry.datagram) || put("<\(entry.level.rawValue)>\(entry.line)")
    }

    private func put(_ line: String) -> Bool {
        let bytes = Array((line + "\n").utf8)
        return unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count
    }
}
