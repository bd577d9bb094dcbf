package import EventLoop
package import Units
package import Wire

/// Keeps one connection to one address, and makes a new one when it is lost.
package final class Dialer {
    private enum State {
        /// → `dialling` on `start`.
        case idle
        /// → `greeting` when connected, → `pausing` when not.
        case dialling(Connect)
        /// → `up` with their Hello, → `pausing` without.
        case greeting(Connection)
        /// → `pausing` when it is lost.
        case up(Connection, since: Instant)
        /// → `dialling` when the pause is over.
        case pausing
        case stopped
    }

    private let loop: Loop
    package let address: Address
    private let settings: Settings
    private let security: Security?
    private var backoff: Backoff
    private var state = State.idle
    private var timer: Timer?
    /// Connected and greeted. The owner sets callbacks, all but `onReady` and `onClose`.
    package var onUp: ((Connection, Hello) -> Void)?
    /// It is lost, or an attempt failed; the words say why. Another attempt follows after a pause.
    package var onDown: ((Connection?, String) -> Void)?

    /// With `security`, and unless `address` is a unix socket, connections are secret.
    package init(
        on loop: Loop, to address: Address, _ settings: Settings, chance: Chance,
        security: Security? = nil
    ) {
        if case .host = address { self.security = security } else { self.security = nil }
        self.loop = loop
        self.address = address
        self.settings = settings
        backoff = Backoff(
            first: settings.firstPause, longest: settings.longestPause, chance: chance)
    }

    /// The connection, when there is one and it was greeted.
    package var connection: Connection? {
        if case .up(let connection, _) = state { connection } else { nil }
    }

    /// An attempt is under way.
    package var isTrying: Bool {
        switch state {
        case .dialling, .greeting: true
        case .idle, .up, .pausing, .stopped: false
        }
    }

    /// Begins. Without effect when it has begun.
    package func start() {
        guard case .idle = state else { return }
        let timer = Timer(on: loop) { [weak self] _ in self?.beat() }
        self.timer = timer
        dial()
    }

    /// Does not wait for the end of a pause.
    package func hurry() {
        guard case .pausing = state else { return start() }
        dial()
    }

    /// Ends for good. The connection is closed; `onDown` is not called for it.
    package func stop() {
        let last = state
        state = .stopped
        timer?.close()
        switch last {
        case .dialling(let attempt): attempt.cancel()
        case .greeting(let connection), .up(let connection, _): connection.close()
        case .idle, .pausing, .stopped: break
        }
        onUp = nil
        onDown = nil
    }

    private func dial() {
        timer?.stop()
        let attempt = Connect.start(on: loop, to: address, limit: settings.handshake) {
            self.connected($0)
        }
        state = .dialling(attempt)
    }

    private func connected(_ outcome: Connect.Outcome) {
        guard case .dialling = state else { return }
        switch outcome {
        case .failure(let failure): down(nil, failure.description)
        case .success(let stream): greet(Connection(stream, .caller, settings, security))
        }
    }

    private func greet(_ connection: Connection) {
        state = .greeting(connection)
        timer?.start(every: settings.sweep)
        connection.onReady = { connection, hello in
            self.state = .up(connection, since: self.loop.now)
            self.onUp?(connection, hello)
        }
        connection.onClose = { self.lost($0, $1) }
    }

    private func lost(_ connection: Connection, _ reason: Connection.CloseReason) {
        switch state {
        case .stopped, .idle, .pausing, .dialling: return
        case .greeting: return down(connection, "cannot connect to \(address): \(reason)")
        case .up(_, let since):
            if loop.now.since(since) >= Limits.settled { backoff.reset() }
        }
        down(connection, "lost the connection to \(address): \(reason)")
    }

    private func down(_ connection: Connection?, _ words: String) {
        state = .pausing
        timer?.start(after: backoff.pause())
        onDown?(connection, words)
    }

    private func beat() {
        switch state {
        case .pausing: dial()
        case .greeting(let connection), .up(let connection, _): connection.look(at: loop.now)
        case .idle, .dialling, .stopped: break
        }
    }
}
