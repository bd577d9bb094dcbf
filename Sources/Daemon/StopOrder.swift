package import EventLoop
internal import Glibc

/// The order to stop: SIGTERM or SIGINT. The first is carried out in an orderly way; with the second
/// patience is over.
package final class StopOrder {
    private var signals: [Signals] = []
    package private(set) var wasGiven = false
    private let orderly: () -> Void
    private let forced: () -> Void

    /// `orderly` is called once; `forced` with each further signal, and by default ends the process
    /// on the spot.
    package init(
        on loop: Loop, orderly: @escaping () -> Void,
        forced: @escaping () -> Void = { _exit(1) }
    ) throws(LoopFailure) {
        self.orderly = orderly
        self.forced = forced
        for number in [SIGTERM, SIGINT] {
            let signal = try Signals(on: loop, number) { self.heard() }
            signal.unreference()
            signals.append(signal)
        }
    }

    private func heard() {
        guard !wasGiven else { return forced() }
        wasGiven = true
        orderly()
    }

    package func close() {
        for signal in signals { signal.close() }
        signals = []
    }
}
