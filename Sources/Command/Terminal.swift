internal import EventLoop
internal import Glibc

/// Where words go to and come from: results, talk, and what a person types.
package final class Terminal {
    /// Standard output or standard error.
    package struct Output {
        package var isTerminal: Bool
        /// Writes all of it; the reason, if that fails.
        package var write: ([UInt8]) -> String?

        package init(isTerminal: Bool, write: @escaping ([UInt8]) -> String?) {
            self.isTerminal = isTerminal
            self.write = write
        }
    }

    package let out: Output
    package let err: Output
    /// The descriptor that is read from.
    package let input: Int32
    package let inputIsTerminal: Bool
    package let columns: Int
    /// Letters in a line and lines, as they are now; nil when nobody knows.
    package var measure: () -> (columns: Int, rows: Int)? = { nil }
    /// Keys as they are typed, when there is a keyboard.
    package var keyboard: Keyboard?
    private var isFull = false
    private let allowsColour: Bool
    private let isCapable: Bool
    /// What Ctrl-C does now; nil when it simply ends the process.
    package var interrupt: (() -> Void)?
    private var kept: [UInt8] = []
    private var hasBar = false
    /// Why results could not be written. Nothing more is written then.
    package private(set) var brokenBecause: String?

    package init(
        out: Output, err: Output, input: Int32, inputIsTerminal: Bool, columns: Int = 80,
        environment: [String: String] = [:]
    ) {
        self.out = out
        self.err = err
        self.input = input
        self.inputIsTerminal = inputIsTerminal
        self.columns = columns
        isCapable = environment["TERM"] != "dumb"
        allowsColour = (environment["NO_COLOR"] ?? "").isEmpty && isCapable
    }

    /// The process's own.
    package static func standard(environment: [String: String]) -> Terminal {
        let terminal = Terminal(
            out: Output(isTerminal: isatty(1) == 1) { Descriptor.write($0, to: 1) },
            err: Output(isTerminal: isatty(2) == 1) { Descriptor.write($0, to: 2) },
            input: 0, inputIsTerminal: isatty(0) == 1, columns: Descriptor.columns(of: 2) ?? 80,
            environment: environment)
        terminal.measure = { Descriptor.screen(of: 1) }
        if let keys = EventLoop::Keyboard(on: 0) {
            terminal.keyboard = Keyboard(
                begin: { keys.begin() }, next: { keys.next() }, end: { keys.end() })
        }
        return terminal
    }

    // MARK: Results

    package func print(_ line: String) { print(Array(line.utf8) + [0x0A]) }

    /// Keeps small pieces together. `flush` writes them out.
    package func print(_ bytes: [UInt8]) {
        guard brokenBecause == nil else { return }
        kept += bytes
        if kept.count >= Limits.outputBlock || out.isTerminal { flush() }
    }

    package func flush() {
        guard !kept.isEmpty, brokenBecause == nil else { return }
        eraseBar()
        brokenBecause = out.write(kept)
        kept.removeAll(keepingCapacity: true)
    }

    // MARK: Talk

    /// A line on standard error, in order with the results.
    package func say(_ line: String) {
        flush()
        eraseBar()
        _ = err.write(Array(line.utf8) + [0x0A])
    }

    /// The one line that changes: on a terminal only.
    package func show(bar: String) {
        guard err.isTerminal else { return }
        flush()
        _ = err.write(Array(("\r\u{1B}[K" + bar.prefix(columns - 1)).utf8))
        hasBar = true
    }

    package func eraseBar() {
        guard hasBar else { return }
        hasBar = false
        _ = err.write(Array("\r\u{1B}[K".utf8))
    }

    // MARK: The whole screen

    /// Where keys come from, one by one and unseen.
    package struct Keyboard {
        package var begin: () -> Bool
        /// The next key that was typed, if there is one.
        package var next: () -> UInt8?
        package var end: () -> Void

        package init(
            begin: @escaping () -> Bool, next: @escaping () -> UInt8?, end: @escaping () -> Void
        ) {
            self.begin = begin
            self.next = next
            self.end = end
        }
    }

    package var size: (columns: Int, rows: Int) { measure() ?? (columns, 24) }

    /// Takes the screen for itself; false when it cannot be had.
    package func beginKeys() -> Bool {
        guard isCapable, let keyboard, keyboard.begin() else { return false }
        isFull = true
        print(Array("\u{1B}[?1049h\u{1B}[?25l".utf8))
        flush()
        return true
    }

    package func key() -> UInt8? { isFull ? keyboard?.next() : nil }

    package func endKeys() {
        guard isFull else { return }
        isFull = false
        print(Array("\u{1B}[?25h\u{1B}[?1049l".utf8))
        flush()
        keyboard?.end()
    }

    /// Writes these lines over what was there.
    package func paintScreen(_ lines: [String]) {
        let text = lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n")
        print(Array(("\u{1B}[H" + text + "\u{1B}[J").utf8))
        flush()
    }

    // MARK: Questions

    /// Somebody is there to be asked.
    package var canAsk: Bool { inputIsTerminal && err.isTerminal }

    /// Yes only when yes was typed.
    package func confirm(_ question: String) -> Bool {
        flush()
        eraseBar()
        _ = err.write(Array((question + " [y/N] ").utf8))
        let answer = Descriptor.readLine(from: input) ?? ""
        return ["y", "yes"].contains(answer.lowercased())
    }

    /// What is typed, without showing it.
    package func ask(secret question: String) -> String {
        flush()
        eraseBar()
        _ = err.write(Array(question.utf8))
        let answer = Descriptor.readSecret(from: input) ?? ""
        _ = err.write([0x0A])
        return answer
    }

    // MARK: Colour

    package enum Colour: String {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case bold = "1"
    }

    /// In colour on a terminal that wants it; the words are the same everywhere.
    package func paint(_ text: String, _ colour: Colour) -> String {
        guard out.isTerminal, allowsColour else { return text }
        return "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m"
    }
}
