/// Typed calls to a store that has several members, any of which may be away.
///
/// Picture the secretary who places calls for others. She knows the numbers of all the branches,
/// keeps the line open to the nearest that works, dials the next when it goes dead, and never
/// orders the same thing twice unless the branch said for certain that the order was not taken.
///
/// - `Endpoints` says where to go, `Reaction` says what a failure means: both are values.
/// - `Errand` is one call with all its tries; `Client` runs them over one `Channel` per address.
/// - `WriteSession` carries writes so that they are carried out once and may be asked for again.
/// - `Watch` and `Scan` are errands that ask for less each time, so that resuming is only asking.
///
/// Invariants:
/// - A write is sent again only after word that it was certainly not executed, or when its caller
///   vouches that twice is as good as once (`Patience.mayRepeat`).
/// - Every errand ends once, in a later turn than it began, unless it is cancelled.
/// - A watch hands on each revision once, whole, in order, over any number of connections.
/// - All that is asked in one turn leaves in one write per connection.
///
/// Imports: `RPC`, `EventLoop`, `TLS`, `Wire`, `Units`. Never: daemon internals, files, words for
/// terminals.
package import EventLoop
internal import RPC
package import TLS
internal import Units
internal import Wire

package final class Client {
    package let loop: Loop
    private let settings: RPC.Settings
    private var endpoints: Endpoints
    private var chance: Chance
    private var channels: [Address: Channel] = [:]
    private var parked: [Errand] = []
    private var timer: Timer?
    private var armed = Instant.never
    private let maximumCalls: Int
    private let credentials: Credentials?
    private let keyring: Keyring?
    private var open = 0
    private var isClosed = false
    /// Carries writes, if they are to be carried out once.
    var once: WriteSession?

    /// `software` is what servers log: "martlet/0.2.0". With a keyring, all but unix sockets are
    /// spoken to with TLS.
    package init(
        on loop: Loop, _ addresses: [Address], software: String, seed: UInt64 = Loop.seed(),
        maximumCalls: Int = Limits.calls, keyring: Keyring? = nil,
        credentials: Credentials? = nil
    ) {
        self.keyring = keyring
        self.maximumCalls = maximumCalls
        self.credentials = credentials
        self.loop = loop
        chance = Chance(seed: seed, name: "client")
        endpoints = Endpoints(addresses, chance: Chance(seed: seed, name: "endpoints"))
        var settings = RPC.Settings(software: software)
        settings.handshake = Limits.connect
        self.settings = settings
    }

    /// The most that one client takes.
    package static let maximumEndpoints = Limits.endpoints

    package var addresses: [Address] { endpoints.addresses }

    /// Drops every connection. What is open is cancelled.
    package func close() {
        isClosed = true
        timer?.close()
        timer = nil
        for errand in parked { errand.cancel() }
        parked = []
        let old = channels
        channels = [:]
        for address in old.keys.sorted(by: { $0.description < $1.description }) {
            old[address]?.close()
        }
    }

    // MARK: Tries

    func start(_ errand: Errand) {
        if enter(errand) { attempt(errand) }
    }

    /// False when it cannot be taken; then it ends in the next turn.
    func enter(_ errand: Errand) -> Bool {
        open += 1
        guard let failure = obstacle(to: errand) else { return true }
        loop.nextTurn { errand.end(.failure(failure), nil) }
        return false
    }

    private func obstacle(to errand: Errand) -> ClientFailure? {
        if isClosed { return .cancelled }
        if open > maximumCalls { return .tooManyCalls }
        return errand.size > Wire.Limits.maximumFrame ? .tooLong(errand.size) : nil
    }

    func attempt(_ errand: Errand) {
        guard !errand.isOver else { return }
        let now = loop.now
        guard now < errand.deadline else { return expire(errand) }
        if errand.notBefore > now { return park(errand, until: errand.notBefore) }
        if let address = errand.only ?? errand.target { return send(errand, to: address) }
        let choice = endpoints.choice(at: now)
        guard choice.at <= now else { return park(errand, until: choice.at) }
        send(errand, to: choice.address)
    }

    private func send(_ errand: Errand, to address: Address) {
        let channel = channel(to: address)
        errand.channel = channel
        errand.call = channel.call(
            errand.method, timeout: errand.limit(at: loop.now), encode: errand.encode,
            onPart: { body in errand.part(body, address) },
            then: { failure, body in
                errand.call = nil
                guard let failure else { return self.answered(errand, address, body.array) }
                self.failed(errand, address, Trouble(failure))
            })
    }

    private func answered(_ errand: Errand, _ address: Address, _ body: [UInt8]) {
        endpoints.served(address)
        errand.end(.success(body), address)
    }

    func failed(_ errand: Errand, _ address: Address, _ trouble: Trouble) {
        leave(errand)
        errand.because = trouble.message
        if trouble.isLostSession, let onSessionLost = errand.onSessionLost, onSessionLost(address) {
            return endpoints.served(address)
        }
        switch Reaction(to: trouble, of: errand.kind) {
        case .giveUp(let mayHaveHappened):
            if trouble.isWordOfStore { endpoints.served(address) }
            giveUp(errand, address, trouble, mayHaveHappened)
        case .tryElsewhere(let pause):
            tryElsewhere(errand, address, trouble, pause)
        case .follow(let text):
            guard errand.only == nil, errand.hops < Limits.hops, let leader = try? Address(text),
                leader != address
            else { return tryElsewhere(errand, address, trouble, nil) }
            errand.hops += 1
            errand.target = leader
            errand.onTrouble?(trouble)
            attempt(errand)
        }
    }

    private func giveUp(
        _ errand: Errand, _ address: Address, _ trouble: Trouble, _ mayHaveHappened: Bool
    ) {
        switch trouble {
        case .refused(let error): errand.end(.failure(.refused(error, by: address)), address)
        case .badAnswer(let why): errand.end(.failure(.badAnswer(address, why)), address)
        case .expired:
            errand.isInDoubt = errand.isInDoubt || mayHaveHappened
            expire(errand)
        case .lost(let why), .notSent(let why), .notLookedAt(let why):
            errand.end(.failure(.lost(address, why)), address)
        }
    }

    private func tryElsewhere(
        _ errand: Errand, _ address: Address, _ trouble: Trouble, _ pause: Instant.Span?
    ) {
        let now = loop.now
        endpoints.failed(address, trouble.message, pause: pause, at: now)
        errand.isInDoubt = errand.isInDoubt || trouble.leavesDoubt
        errand.hops = 0
        if errand.only != nil || errand.target != nil {
            errand.notBefore = now + (pause ?? Endpoints.pause(after: errand.pauses, &chance))
            errand.pauses += 1
            errand.target = nil
        }
        if case .notSent(let why) = trouble, isUnreachable(errand, address, why) { return }
        errand.onTrouble?(trouble)
        attempt(errand)
    }

    /// Whether every endpoint was tried as often as the errand's patience allows.
    private func isUnreachable(_ errand: Errand, _ address: Address, _ why: String) -> Bool {
        errand.unreached.removeAll { $0.address == address }
        errand.unreached.append(.init(address, why))
        errand.unreachedCount += 1
        let count = errand.only == nil ? endpoints.addresses.count : 1
        guard let rounds = errand.rounds, errand.unreachedCount >= rounds * count else {
            return false
        }
        let failure =
            errand.isInDoubt
            ? ClientFailure.lost(address, why) : .unreachable(inOrder(errand.unreached))
        errand.end(.failure(failure), nil)
        return true
    }

    /// As the endpoints are asked; a leader that was pointed at comes last.
    private func inOrder(
        _ unreached: [ClientFailure.Unreached]
    ) -> [ClientFailure.Unreached] {
        let known = addresses.compactMap { address in unreached.first { $0.address == address } }
        return known + unreached.filter { !addresses.contains($0.address) }
    }

    private func expire(_ errand: Errand) {
        let span = errand.patience.timeout ?? loop.now.since(errand.started)
        errand.end(
            .failure(
                .timedOut(
                    span, because: errand.because,
                    mayHaveHappened: errand.isInDoubt && errand.kind != .read)),
            nil)
    }

    // MARK: Waiting for the next try

    private func park(_ errand: Errand, until instant: Instant) {
        errand.notBefore = min(instant, errand.deadline)
        parked.append(errand)
        arm(at: errand.notBefore)
    }

    /// One timer for all, set for the first of them.
    private func arm(at instant: Instant) {
        guard instant < armed, !isClosed else { return }
        armed = instant
        let timer = timer ?? Timer(on: loop) { [weak self] _ in self?.unpark() }
        self.timer = timer
        timer.start(at: instant)
    }

    private func unpark() {
        let now = loop.now
        let due = parked.filter { $0.notBefore <= now }
        parked.removeAll { $0.notBefore <= now || $0.isOver }
        armed = .never
        if let first = parked.map(\.notBefore).min() { arm(at: first) }
        for errand in due { attempt(errand) }
    }

    /// An errand ended or was cancelled.
    func left(_ errand: Errand) {
        open -= 1
        errand.whenOver?()
        errand.whenOver = nil
        leave(errand)
    }

    // MARK: Connections

    private func channel(to address: Address) -> Channel {
        if let channel = channels[address] { return channel }
        let seed = chance.next()
        let channel = Channel(
            on: loop, to: address, settings, chance: Chance(seed: seed, name: "channel"),
            keyring: keyring)
        channels[address] = channel
        channel.introduction = credentials?.introduction
        channel.onDown = { [weak self, unowned channel] in self?.down(channel, $0) }
        return channel
    }

    /// The channel is out of use: new calls get a new one, when `endpoints` says so. What was sent
    /// on it may still be answered, after a goodbye.
    private func down(_ channel: Channel, _ why: String) {
        guard channels[channel.address] === channel else { return }
        channels[channel.address] = nil
        endpoints.failed(channel.address, why, at: loop.now)
        closeWhenEmpty(channel)
    }

    private func leave(_ errand: Errand) {
        guard let channel = errand.channel else { return }
        errand.channel = nil
        if channels[channel.address] !== channel { closeWhenEmpty(channel) }
    }

    private func closeWhenEmpty(_ channel: Channel) {
        loop.nextTurn { if channel.openCalls == 0 { channel.close() } }
    }
}

extension Trouble {
    init(_ failure: CallFailure) {
        switch failure.cause {
        case .deadline:
            self = failure.mayHaveRun ? .expired(failure.message) : .notSent(failure.message)
        case .disconnected:
            self = failure.mayHaveRun ? .lost(failure.message) : .notSent(failure.message)
        case .notSent: self = .notSent(failure.message)
        case .answered where !failure.mayHaveRun && failure.code == .shuttingDown:
            self = .notLookedAt(failure.message)
        case .answered:
            self = .refused(
                WireError(
                    code: failure.code, message: failure.message, leaderID: failure.leaderID,
                    leaderAddress: failure.leaderAddress,
                    retryAfterMs: failure.retryAfterMilliseconds, revision: failure.revision))
        }
    }

    /// For people.
    package var message: String {
        switch self {
        case .refused(let error): error.message
        case .notSent(let why), .notLookedAt(let why), .lost(let why), .expired(let why),
            .badAnswer(let why):
            why
        }
    }

    /// The store answered, so that the member is in good order.
    var isWordOfStore: Bool {
        if case .refused = self { true } else { false }
    }

    /// The session that carried the write is no more.
    var isLostSession: Bool {
        if case .refused(let error) = self { error.code == .sessionNotFound } else { false }
    }

    /// A write that met this may have been executed.
    var leavesDoubt: Bool { Reaction(to: self, of: .write) == .giveUp(mayHaveHappened: true) }
}
