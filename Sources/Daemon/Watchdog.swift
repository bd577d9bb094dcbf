package import EventLoop
internal import Glibc
package import Units

/// Says "alive" twice as often as systemd wants to hear it, from the loop: a loop that hangs is
/// silent, and systemd ends us.
package final class Watchdog {
    private let timer: Timer
    package let beat: Instant.Span

    package static let variables = ["WATCHDOG_USEC", "WATCHDOG_PID"]

    /// Nil when nobody watches. While `isWell` says no, nothing is said.
    package init?(
        on loop: Loop, _ notify: Notify, _ environment: Environment = .own(variables),
        isWell: @escaping () -> Bool = { true }
    ) {
        guard let span = Watchdog.span(environment) else { return nil }
        let beat = max(Limits.watchdog, Instant.Span(nanoseconds: span.nanoseconds / 2))
        self.beat = beat
        timer = Timer(on: loop) { _ in
            if isWell() { notify.watchdog() }
        }
        timer.start(every: beat)
        timer.unreference()
        notify.watchdog()
    }

    private static func span(_ environment: Environment) -> Instant.Span? {
        if let process = environment["WATCHDOG_PID"], Int32(process) != getpid() { return nil }
        guard let text = environment["WATCHDOG_USEC"], let microseconds = UInt64(text),
            microseconds > 0, microseconds < UInt64.max / 1_000
        else { return nil }
        return Instant.Span(nanoseconds: microseconds * 1_000)
    }

    package func stop() { timer.close() }
}
