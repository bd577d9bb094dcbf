package import EventLoop
package import Units
internal import Wire

/// Takes connections at its doors, and looks after them.
package final class Server {
    private let loop: Loop
    package let settings: Settings
    /// A connection came: the owner sets its callbacks, all but `onClose`. No frame was read yet.
    package var onConnection: ((Connection) -> Void)?
    /// A connection is gone. Nothing more is heard of its calls.
    package var onClose: ((Connection, Connection.CloseReason) -> Void)?
    /// A door could not let somebody in.
    package var onFailure: ((LoopFailure) -> Void)?
    /// With it, connections by TCP are secret. Those that are there stay as they are.
    package var security: Security?
    package private(set) var listeners: [Listener] = []
    private var connections: [Connection] = []
    private var vestibule = Vestibule()
    private let turnstile: Turnstile
    private let sweeper: Timer
    private var isDraining = false
    private var drained: (() -> Void)?
    private var patience: Timer?

    package init(on loop: Loop, _ settings: Settings) {
        self.loop = loop
        self.settings = settings
        turnstile = Turnstile(on: loop)
        let relay = Relay()
        sweeper = Timer(on: loop) { _ in relay.server?.sweep() }
        relay.server = self
    }

    private final class Relay { weak var server: Server? }

    package var count: Int { connections.count }
    /// Connections that have not yet shown who they are.
    package var handshakes: Int { vestibule.count }

    /// Opens a door.
    @discardableResult
    package func listen(
        on address: Address, access: Listener.Access = .init()
    ) throws(LoopFailure) -> Listener {
        let listener = try Listener.open(on: loop, address, access: access) { self.take($0) }
        return add(listener)
    }

    /// Opens a door that somebody else has built: socket activation.
    @discardableResult
    package func adopt(
        descriptor: Int32, _ kind: EventLoop.Stream.Kind
    ) throws(LoopFailure) -> Listener {
        add(try Listener.adopt(on: loop, descriptor: descriptor, kind) { self.take($0) })
    }

    private func add(_ listener: Listener) -> Listener {
        listener.onFailure = { self.onFailure?($0) }
        listeners.append(listener)
        return listener
    }

    private func take(_ stream: EventLoop.Stream) {
        guard !isDraining else { return stream.close() }
        let connection = Connection(
            stream, .callee, settings, stream.kind == .tcp ? security : nil, turnstile: turnstile)
        guard connections.count < settings.connections else {
            return connection.drain(
                .overloaded, "\(settings.connections) connections are open, and no more are taken")
        }
        connection.slot = connections.count
        connections.append(connection)
        if connections.count == 1 { sweeper.start(every: settings.sweep) }
        onConnection?(connection)
        connection.onClose = { self.drop($0, $1) }
        if connection.isSecuring { admit(connection) }
    }

    private func admit(_ connection: Connection) {
        connection.onSecure = { [weak self] _ in self?.vestibule.leave() }
        vestibule.enter(connection, limit: settings.handshakes)?.close(.noHandshake)
    }

    private func drop(_ connection: Connection, _ reason: Connection.CloseReason) {
        let last = connections.removeLast()
        if last !== connection {
            connections[connection.slot] = last
            last.slot = connection.slot
        }
        if connection.isSecuring { vestibule.leave() }
        if connections.isEmpty { sweeper.stop() }
        onClose?(connection, reason)
        if isDraining, connections.isEmpty { endDrain() }
    }

    private func sweep() {
        let now = loop.now
        // From the end, so that one that goes makes way without being skipped over.
        for index in connections.indices.reversed() where index < connections.count {
            connections[index].look(at: now)
        }
    }

    /// Closes the doors, says goodbye to everybody, and calls `then` when all calls have ended or
    /// `span` is over; what is open then ends with SHUTTING_DOWN.
    package func drain(within span: Instant.Span, then: @escaping () -> Void) {
        guard !isDraining else { return }
        isDraining = true
        drained = then
        for listener in listeners { listener.close() }
        for connection in connections { connection.drain() }
        let timer = Timer(on: loop) { _ in self.cutShort() }
        timer.start(after: span)
        patience = timer
        if connections.isEmpty { loop.nextTurn { self.endDrain() } }
    }

    private func cutShort() {
        for connection in connections {
            for number in connection.session.openNumbers {
                connection.fail(
                    number, connection.session.method(of: number) ?? .none,
                    WireError(code: .shuttingDown, message: "shutting down; ask another member"))
            }
            connection.close()
        }
    }

    private func endDrain() {
        guard let then = drained.take() else { return }
        patience?.close()
        sweeper.close()
        then()
    }

    /// Closes the doors and every connection at once.
    package func close() {
        isDraining = true
        for listener in listeners { listener.close() }
        for connection in connections.reversed() { connection.close() }
        sweeper.close()
    }
}
