internal import CUV
internal import Glibc
package import Units

/// The loop itself: what is awake, what time it is, what is still to be sent.
@safe package final class Loop {
    let raw: UnsafeMutablePointer<uv_loop_t>
    /// Where reads land. One read is dealt with before the next begins, so one buffer serves all.
    let input: UnsafeMutableRawBufferPointer
    private let before: UnsafeMutablePointer<uv_prepare_t>
    private let after: UnsafeMutablePointer<uv_check_t>
    private let soon: UnsafeMutablePointer<uv_idle_t>
    private var hooks: [() -> Void] = []
    private var stopHooks: [() -> Void] = []
    private var sentHooks: [() -> Void] = []
    private var later: [() -> Void] = []
    private var laterNow: [() -> Void] = []
    private var unsent: [Stream] = []
    private var spare: [[UInt8]] = []
    private var clock: UInt64 = 0
    private var watched: (() -> Void)?
    /// Handles whose close callback has not run yet.
    package private(set) var openHandles = 0
    package private(set) var isStopping = false
    /// Turns taken so far: a pulse, for watchdogs.
    package private(set) var turns: UInt64 = 0

    package init() {
        signal(SIGPIPE, SIG_IGN)
        unsafe raw = .allocate(capacity: 1)
        unsafe input = .allocate(byteCount: Limits.input, alignment: 16)
        unsafe before = .allocate(capacity: 1)
        unsafe after = .allocate(capacity: 1)
        unsafe soon = .allocate(capacity: 1)
        let status = unsafe uv_loop_init(raw)
        precondition(status == 0, "the kernel gives no event queue: \(status)")
        startPhases()
    }

    private func startPhases() {
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe uv_prepare_init(raw, before)
        unsafe uv_check_init(raw, after)
        unsafe uv_idle_init(raw, soon)
        unsafe before.pointee.data = me
        unsafe after.pointee.data = me
        unsafe soon.pointee.data = me
        unsafe uv_prepare_start(before) { unsafe Loop.of($0!.pointee.data).turn() }
        unsafe uv_check_start(after) { unsafe Loop.of($0!.pointee.data).turn() }
        unsafe Loop.unref(before)
        unsafe Loop.unref(after)
    }

    private static func unref<T>(_ handle: UnsafeMutablePointer<T>) {
        unsafe uv_unref(UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self))
    }

    private static func of(_ data: UnsafeMutableRawPointer?) -> Loop {
        unsafe Unmanaged<Loop>.fromOpaque(data!).takeUnretainedValue()
    }

    deinit {
        unsafe Loop.close(before)
        unsafe Loop.close(after)
        unsafe Loop.close(soon)
        unsafe uv_run(raw, UV_RUN_NOWAIT)
        // A name lookup that hangs in the C library cannot be called back: its loop is left alone.
        guard unsafe uv_loop_close(raw) == 0 else { return }
        unsafe before.deallocate()
        unsafe after.deallocate()
        unsafe soon.deallocate()
        unsafe raw.deallocate()
        unsafe input.deallocate()
    }

    private static func close<T>(_ handle: UnsafeMutablePointer<T>) {
        let plain = unsafe UnsafeMutableRawPointer(handle)
            .assumingMemoryBound(to: uv_handle_t.self)
        unsafe uv_close(plain, nil)
    }

    /// Runs until `stop`, or until nothing is left that could happen.
    package func run() {
        unsafe uv_run(raw, UV_RUN_DEFAULT)
    }

    /// One turn that waits for nothing.
    package func poll() {
        unsafe uv_run(raw, UV_RUN_NOWAIT)
    }

    /// Runs until `condition` holds after some turn, or `span` has passed; whether it held.
    package func run(for span: Instant.Span, until condition: () -> Bool) -> Bool {
        var held = condition()
        guard !held else { return true }
        let limit = Timer(on: self) { _ in unsafe uv_stop(self.raw) }
        limit.start(after: span)
        withoutActuallyEscaping(condition) { condition in
            watched = {
                held = held || condition()
                if held { unsafe uv_stop(self.raw) }
            }
            run()
            watched = nil
        }
        limit.close()
        return held
    }

    /// Sends what can be sent at once, closes every handle, and lets `run` return when all are gone.
    package func stop() {
        guard !isStopping else { return }
        isStopping = true
        flush()
        for hook in stopHooks { hook() }
        unsafe uv_walk(raw, { handle, _ in unsafe Handle.closeWalked(handle) }, nil)
        stopIfEmpty()
    }

    /// The time of this turn: read once, when it is first asked for.
    package var now: Instant {
        if clock == 0 { clock = uv_hrtime() }
        return Instant(nanoseconds: clock)
    }

    /// The monotonic clock itself, for timing what is done within a turn. May be asked on any thread.
    package static var clock: Instant { Instant(nanoseconds: uv_hrtime()) }

    /// The clock on the wall, since 1970. For people and for records, never for waiting.
    package static var wallClock: Instant {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Instant(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    /// A number that nobody can guess, to seed a `Chance` with.
    package static func seed() -> UInt64 {
        var system = SystemRandomNumberGenerator()
        return system.next()
    }

    /// `hook` runs after all input of a turn and before its output is written, in order of adding.
    package func onTurn(_ hook: @escaping () -> Void) {
        hooks.append(hook)
    }

    /// `hook` runs when the output of a turn was written, as far as the kernel took it.
    package func onSent(_ hook: @escaping () -> Void) {
        sentHooks.append(hook)
    }

    /// `hook` runs when `stop` is called, before the handles are closed.
    package func onStop(_ hook: @escaping () -> Void) {
        stopHooks.append(hook)
    }

    /// `work` runs at the start of the next turn, which then comes at once.
    package func nextTurn(_ work: @escaping () -> Void) {
        later.append(work)
        guard later.count == 1 else { return }
        unsafe uv_idle_start(soon) { unsafe Loop.of($0!.pointee.data).runLater() }
    }

    private func runLater() {
        unsafe uv_idle_stop(soon)
        swap(&later, &laterNow)
        for work in laterNow { work() }
        laterNow.removeAll(keepingCapacity: true)
    }

    private func turn() {
        turns &+= 1
        for hook in hooks { hook() }
        flush()
        for hook in sentHooks { hook() }
        watched?()
        clock = 0
    }

    // MARK: Output of the turn

    func hasOutput(_ stream: Stream) {
        unsent.append(stream)
    }

    private func flush() {
        var index = 0
        while index < unsent.count {
            unsent[index].flush()
            index += 1
        }
        if index > 0 { unsent.removeAll(keepingCapacity: true) }
    }

    /// An empty buffer with room from an earlier turn.
    func takeBuffer() -> [UInt8] {
        spare.popLast() ?? []
    }

    func giveBack(_ buffer: consuming [UInt8]) {
        guard buffer.capacity <= Limits.spareBufferSize, spare.count < Limits.spareBuffers else {
            return
        }
        buffer.removeAll(keepingCapacity: true)
        spare.append(buffer)
    }

    // MARK: Handles

    func opened() {
        openHandles += 1
    }

    func closed() {
        openHandles -= 1
        stopIfEmpty()
    }

    private func stopIfEmpty() {
        if isStopping, openHandles == 0 { unsafe uv_stop(raw) }
    }
}
