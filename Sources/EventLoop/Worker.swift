internal import CUV
internal import Synchronization

/// A thread of its own for work that blocks: it owns `State`, takes jobs in order, one at a time,
/// and the loop hears of each end in the same order.
///
/// Jobs are given from the loop's thread only. `State` is made by the thread and never leaves it.
package final class Worker<State> {
    private let loop: Loop
    private let bell: Wakeup
    private let desk: Desk<State>
    private var thread: uv_thread_t
    private var waiting: [() -> Void] = []
    private var heard = 0
    private var isClosing = false
    private var onClosed: (() -> Void)?

    /// `name` is what tools show, at most 15 bytes of it.
    package init(on loop: Loop, name: String, _ make: @escaping @Sendable () -> State) {
        self.loop = loop
        let desk = Desk<State>(name: name, make)
        self.desk = desk
        thread = uv_thread_t()
        let relay = Relay()
        bell = Wakeup(on: loop) { relay.heard?() }
        bell.closesOnStop = false
        desk.done.withLock { $0.bell = bell.sender }
        let argument = unsafe Unmanaged.passRetained(desk as AnyDesk).toOpaque()
        let status = unsafe uv_thread_create(
            &thread,
            { unsafe Unmanaged<AnyDesk>.fromOpaque($0!).takeRetainedValue().work() }, argument)
        precondition(status == 0, "cannot start the thread '\(name)': \(status)")
        // Until it is closed the worker stays, as a handle does.
        relay.heard = { self.hear() }
        loop.onStop { [weak self] in self?.close() }
    }

    private final class Relay { var heard: (() -> Void)? }

    /// Jobs given and not yet heard of.
    package var pending: Int { waiting.count - heard }

    /// `job` runs on the thread, later `then` on the loop with what it returned. After `close`
    /// neither happens.
    package func perform<Outcome: Sendable>(
        _ job: @escaping @Sendable (inout State) -> Outcome,
        then: @escaping (Outcome) -> Void
    ) {
        guard !isClosing else { return }
        precondition(pending < Limits.workerQueue, "a worker's queue is full")
        let slot = Slot<Outcome>()
        waiting.append { then(slot.take()) }
        desk.add { state in slot.put(job(&state)) }
    }

    /// What was given is still done and heard of; then the thread ends and `closed` is called.
    package func close(_ closed: @escaping () -> Void = {}) {
        guard !isClosing else { return }
        isClosing = true
        onClosed = closed
        desk.close()
    }

    private func hear() {
        let (count, ended) = desk.done.withLock { done in
            defer { done.count = 0 }
            return (done.count, done.ended)
        }
        for _ in 0..<count {
            let then = waiting[heard]
            waiting[heard] = {}
            heard += 1
            then()
        }
        if heard == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            heard = 0
        }
        if ended { finish() }
    }

    private func finish() {
        guard !bell.isClosed else { return }
        unsafe uv_thread_join(&thread)
        bell.close()
        onClosed?()
        onClosed = nil
    }
}

/// What a job left behind for the loop. The bell orders the two threads' use of it.
private final class Slot<Outcome: Sendable>: @unchecked Sendable {
    private var outcome: Outcome?
    func put(_ outcome: Outcome) { self.outcome = outcome }
    func take() -> Outcome { outcome.take()! }
}

private class AnyDesk: @unchecked Sendable {
    func work() {}
}

/// Between the two threads: jobs go in, counts of finished ones come out.
@safe private final class Desk<State>: AnyDesk, @unchecked Sendable {
    struct Done: Sendable {
        var count = 0
        var ended = false
        var bell: Wakeup.Sender?
    }
    let done = Mutex(Done())
    private let name: String
    private let make: @Sendable () -> State
    private let lock: UnsafeMutablePointer<uv_mutex_t>
    private let arrived: UnsafeMutablePointer<uv_cond_t>
    private var jobs: [@Sendable (inout State) -> Void] = []
    private var isClosing = false

    init(name: String, _ make: @escaping @Sendable () -> State) {
        self.name = name
        self.make = make
        unsafe lock = .allocate(capacity: 1)
        unsafe arrived = .allocate(capacity: 1)
        unsafe uv_mutex_init(lock)
        unsafe uv_cond_init(arrived)
    }

    deinit {
        unsafe uv_cond_destroy(arrived)
        unsafe uv_mutex_destroy(lock)
        unsafe arrived.deallocate()
        unsafe lock.deallocate()
    }

    func add(_ job: @escaping @Sendable (inout State) -> Void) {
        unsafe uv_mutex_lock(lock)
        jobs.append(job)
        unsafe uv_cond_signal(arrived)
        unsafe uv_mutex_unlock(lock)
    }

    func close() {
        unsafe uv_mutex_lock(lock)
        isClosing = true
        unsafe uv_cond_signal(arrived)
        unsafe uv_mutex_unlock(lock)
    }

    /// The next jobs, or none when it is time to go.
    private func take(into batch: inout [@Sendable (inout State) -> Void]) {
        unsafe uv_mutex_lock(lock)
        while jobs.isEmpty && !isClosing { unsafe uv_cond_wait(arrived, lock) }
        swap(&jobs, &batch)
        unsafe uv_mutex_unlock(lock)
    }

    override func work() {
        ThreadName.set(name)
        serve()
        report { $0.ended = true }
    }

    private func serve() {
        var state = make()
        var batch: [@Sendable (inout State) -> Void] = []
        while true {
            take(into: &batch)
            if batch.isEmpty { return }
            for job in batch {
                job(&state)
                report { $0.count += 1 }
            }
            batch.removeAll(keepingCapacity: true)
        }
    }

    private func report(_ change: (inout Done) -> Void) {
        let bell = done.withLock { done in
            change(&done)
            return done.bell
        }
        bell?.ring()
    }
}
