internal import EventLoop
internal import Units

/// The bar of a long work, as text.
package struct Bar: Equatable, Sendable {
    package var verb: String
    package var done: Int64
    /// Nil when nobody knows.
    package var total: Int64?
    package var keys: Int
    package var milliseconds: UInt64
    /// What is counted beside the bar.
    package var unit = Unit.keys

    package enum Unit: Equatable, Sendable {
        case keys
        /// `done` is bytes.
        case bytes
    }

    package init(
        _ verb: String, done: Int64, total: Int64?, keys: Int = 0, milliseconds: UInt64,
        unit: Unit = .keys
    ) {
        self.unit = unit
        self.verb = verb
        self.done = done
        self.total = total
        self.keys = keys
        self.milliseconds = milliseconds
    }

    package var text: String {
        let tail = "\(count(Int64(keys))), \(rate)/s"
        guard let total, total > 0 else { return "\(verb)  \(tail)" }
        let part = min(100, done * 100 / total)
        let filled = Int(part) / 5
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 20 - filled)
        return "\(verb)  [\(bar)]  \(part) %  \(tail)"
    }

    private func count(_ keys: Int64) -> String {
        unit == .keys ? Spelling.count(Int(keys), "key") : Spelling.size(done)
    }

    private var rate: String {
        let amount = unit == .keys ? Int64(keys) : done
        let (product, _) = amount.multipliedReportingOverflow(by: 1000)
        let rate = milliseconds > 0 ? product / Int64(clamping: milliseconds) : 0
        return unit == .keys ? Spelling.count(rate) : Spelling.size(rate)
    }
}

/// Draws a bar now and then: on a terminal only.
final class Progress {
    private let session: Session
    private var timer: Timer?
    private let started: Instant
    private let verb: String
    private let unit: Bar.Unit
    private let state: () -> (done: Int64, total: Int64?, keys: Int)

    init(
        _ session: Session, _ verb: String, unit: Bar.Unit = .keys,
        _ state: @escaping () -> (done: Int64, total: Int64?, keys: Int)
    ) {
        self.session = session
        self.verb = verb
        self.unit = unit
        self.state = state
        started = session.loop.now
        guard session.terminal.err.isTerminal else { return }
        let timer = Timer(on: session.loop) { [weak self] _ in self?.draw() }
        timer.start(every: Limits.progressEvery)
        self.timer = timer
    }

    var milliseconds: UInt64 { session.loop.now.since(started).nanoseconds / 1_000_000 }

    private func draw() {
        let (done, total, keys) = state()
        let bar = Bar(
            verb, done: done, total: total, keys: keys, milliseconds: milliseconds, unit: unit)
        session.terminal.show(bar: bar.text)
    }

    func end() {
        timer?.close()
        timer = nil
        session.terminal.eraseBar()
    }
}
