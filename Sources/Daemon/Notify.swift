internal import Glibc
package import Units

/// Tells systemd how we are: sd_notify(3).
package final class Notify {
    private let socket: Datagram?

    /// Without `NOTIFY_SOCKET` nobody wants to know.
    package init(_ environment: Environment = .own(["NOTIFY_SOCKET"])) {
        socket = environment["NOTIFY_SOCKET"].flatMap { Datagram(to: $0) }
    }

    package var isWanted: Bool { socket != nil }

    /// We serve from now on. Also the end of a reload.
    package func ready(_ status: String) {
        send(["READY=1", line("STATUS", status)])
    }

    /// One line for `systemctl status`.
    package func status(_ status: String) {
        send([line("STATUS", status)])
    }

    package func stopping(_ status: String) {
        send(["STOPPING=1", line("STATUS", status)])
    }

    /// We read our configuration again; `ready` ends it.
    package func reloading(at now: Instant) {
        send(["RELOADING=1", "MONOTONIC_USEC=\(now.nanoseconds / 1_000)"])
    }

    /// We are alive.
    package func watchdog() {
        send(["WATCHDOG=1"])
    }

    private func line(_ key: String, _ text: String) -> String {
        "\(key)=\(OneLine.of(text, limit: Limits.status))"
    }

    private func send(_ lines: [String]) {
        guard let socket else { return }
        _ = socket.send(Array(lines.joined(separator: "\n").utf8))
    }
}
