internal import Client
internal import EventLoop
internal import Glibc
internal import Units
internal import Wire

/// Holding a lock or an office: from the lease over the wait to the end, however that comes.
///
/// It holds for as long as the lease is certain to live and nobody deletes the key; a command that runs
/// meanwhile is ended when that is no longer so.
final class Tenure {
    struct Place: Equatable {
        var key: [UInt8]
        var token: Int64
    }

    typealias Ask = (
        Client, _ lease: Int64, Patience, @escaping Client.Then<Place>
    ) -> Errand

    private let session: Session
    /// As in "cannot lock 'door'".
    private let what: String
    private let ttl: Int64
    private var loss: String?
    private var keeper: LeaseKeeper?
    private var watch: Watch?

    init(_ session: Session, _ what: String, ttl: Int64) {
        self.session = session
        self.what = what
        self.ttl = ttl
    }

    /// - Parameter lease: one that is kept alive elsewhere; then it ends when the place is won.
    func hold(_ lease: Int64? = nil, running command: [String], _ ask: Ask) throws(Complaint) {
        guard (1...86_400).contains(ttl) else {
            throw .misused("--ttl is 1 to 86,400 seconds, not \(ttl)")
        }
        let interrupt = Interrupt(session)
        defer { interrupt.close() }
        if let lease {
            show(try win(lease, interrupt, ask))
            return
        }
        let own = try grant()
        defer { release(own) }
        let place = try win(own, interrupt, ask)
        follow(place)
        if command.isEmpty {
            show(place)
            try rest(interrupt)
        } else {
            try run(command, place, interrupt)
        }
    }

    private func show(_ place: Place) {
        session.print(Rendering.json(place), or: Rendering.words(place))
        session.terminal.flush()
    }

    // MARK: Beginning

    private func grant() throws(Complaint) -> Int64 {
        let asked = session.loop.now
        let answer: LeaseGrantResponse = try session.ask(what) {
            $0.grant(LeaseGrantRequest(ttl: ttl), session.patience, then: $1)
        }
        keeper = LeaseKeeper(
            try session.client(), lease: answer.id, ttl: answer.ttl, granted: asked
        ) { [weak self] in self?.loss = "its lease could not be kept alive: \($0)" }
        return answer.id
    }

    /// Waits as long as `--timeout` says, else for ever.
    private func win(
        _ lease: Int64, _ interrupt: Interrupt, _ ask: Ask
    ) throws(Complaint) -> Place {
        var outcome: Result<Place, ClientFailure>?
        let patience = Patience(timeout: session.reach.timeout?.span, rounds: nil)
        let errand = ask(try session.client(), lease, patience) { outcome = $0 }
        while outcome == nil, !interrupt.came, loss == nil {
            _ = session.loop.run(for: .seconds(3_600)) {
                outcome != nil || interrupt.came || self.loss != nil
            }
        }
        guard let outcome else {
            errand.cancel()
            throw .failed("cannot \(what): \(loss ?? "interrupted while it waited")")
        }
        guard !interrupt.came else { throw .failed("cannot \(what): interrupted") }
        switch outcome {
        case .success(let place): return place
        case .failure(let failure): throw session.complaint(what, failure)
        }
    }

    /// Whoever deletes the key takes the place away.
    private func follow(_ place: Place) {
        guard let client = try? session.client() else { return }
        watch = client.watch(
            WatchRequest(key: place.key, startRevision: place.token + 1, noPut: true),
            Patience(timeout: nil, rounds: nil),
            onAnswer: { [weak self] answer in
                if !answer.events.isEmpty { self?.loss = "its key was deleted" }
            }, then: { _ in })
    }

    // MARK: Holding

    private func rest(_ interrupt: Interrupt) throws(Complaint) {
        while !interrupt.came, loss == nil {
            _ = session.loop.run(for: .seconds(3_600)) { interrupt.came || self.loss != nil }
        }
        if let loss { throw .failed("lost what it held, to \(what): \(loss)") }
    }

    private func run(
        _ command: [String], _ place: Place, _ interrupt: Interrupt
    ) throws(Complaint) {
        var exit: Child.Exit?
        let child = try start(command, place) { exit = $0 }
        interrupt.onCome = { [unowned interrupt] in child.kill(interrupt.number) }
        while exit == nil, loss == nil {
            _ = session.loop.run(for: .seconds(3_600)) { exit != nil || self.loss != nil }
        }
        guard let loss else { return try end(exit!) }
        child.kill(SIGTERM)
        _ = session.loop.run(for: Limits.killAfter) { exit != nil }
        child.kill(SIGKILL)
        _ = session.loop.run(for: Limits.killAfter) { exit != nil }
        throw .failed("lost what it held, to \(what): \(loss). The command was ended")
    }

    private func start(
        _ command: [String], _ place: Place, _ onExit: @escaping (Child.Exit) -> Void
    ) throws(Complaint) -> Child {
        let environment = session.environment(adding: [
            ("MARTLET_LOCK_KEY", String(decoding: place.key, as: UTF8.self)),
            ("MARTLET_LOCK_TOKEN", String(place.token)),
        ])
        let program = Child.Program(
            command[0], Array(command.dropFirst()), environment: environment, input: .ours)
        do throws(LoopFailure) {
            return try Child.start(on: session.loop, program, onExit: onExit)
        } catch {
            throw .failed("cannot run '\(command[0])': \(error)")
        }
    }

    /// The command's exit code is ours; as shells have it, 128 and the number of a signal.
    private func end(_ exit: Child.Exit) throws(Complaint) {
        let code: Int32 =
            switch exit {
            case .status(let code): code
            case .signal(let number): 128 + number
            }
        if code != 0 { throw Complaint(.ended(code), "") }
    }

    // MARK: Ending

    /// The lease's end deletes the key. If that cannot be said, it ends by itself.
    private func release(_ lease: Int64) {
        keeper?.close()
        watch?.cancel()
        guard let client = try? session.client() else { return }
        let patience = Patience(timeout: Limits.releasePatience, mayRepeat: true)
        let outcome: Result<LeaseRevokeResponse, ClientFailure> = client.wait {
            client.revoke(LeaseRevokeRequest(id: lease), patience, then: $0)
        }
        if case .failure(let failure) = outcome, failure.code != .leaseNotFound {
            session.note("the place is freed within \(ttl) s, not at once: \(failure.message)")
        }
    }
}
