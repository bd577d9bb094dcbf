internal import EventLoop
internal import Glibc

/// Ctrl-C, or a polite request to end, as something to look at.
final class Interrupt {
    private(set) var came = false
    /// The signal that came last.
    private(set) var number = SIGINT
    private var signals: [Signals] = []
    private let terminal: Terminal
    var onCome: (() -> Void)?

    init(_ session: Session) {
        let loop = session.loop
        terminal = session.terminal
        terminal.interrupt = { [weak self] in self?.arrive(SIGINT) }
        for number in [SIGINT, SIGTERM] {
            guard
                let signal = try? Signals(on: loop, number, { [weak self] in self?.arrive(number) })
            else { continue }
            signals.append(signal)
        }
    }

    private func arrive(_ number: Int32) {
        self.number = number
        came = true
        onCome?()
    }

    func close() {
        terminal.interrupt = nil
        for signal in signals { signal.close() }
    }
}
