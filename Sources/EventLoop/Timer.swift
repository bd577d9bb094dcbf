internal import CUV
package import Units

/// Calls once at a time, or again and again. Never early; as late as the turn that it falls into.
package final class Timer: Handle {
    private var handler: ((Timer) -> Void)?
    private var due = Instant.never
    private var period: Instant.Span?

    package init(on loop: Loop, _ handler: @escaping (Timer) -> Void) {
        self.handler = handler
        super.init(on: loop, UV_TIMER)
        unsafe uv_timer_init(loop.raw, timer)
        register()
    }

    private var timer: UnsafeMutablePointer<uv_timer_t> {
        unsafe memory.assumingMemoryBound(to: uv_timer_t.self)
    }

    package var isActive: Bool { due != .never }

    /// Once, `span` from now. Forgets what was set before.
    package func start(after span: Instant.Span) {
        start(at: loop.now + span)
    }

    /// Once, at `instant`. Forgets what was set before.
    package func start(at instant: Instant) {
        period = nil
        arm(at: instant)
    }

    /// Every `span` from now on. Beats that were missed are skipped.
    package func start(every span: Instant.Span) {
        period = span
        arm(at: loop.now + span)
    }

    package func stop() {
        due = .never
        unsafe uv_timer_stop(timer)
    }

    private func arm(at instant: Instant) {
        guard !isClosed else { return }
        due = instant
        guard instant != .never else { return stop() }
        let wait = instant.since(loop.now).nanoseconds
        let milliseconds = wait / 1_000_000 + (wait % 1_000_000 == 0 ? 0 : 1)
        // libuv's own clock may be as old as this turn; ours is not older.
        unsafe uv_update_time(loop.raw)
        unsafe uv_timer_start(
            timer, { unsafe Handle.of($0!.pointee.data, Timer.self).fire() }, milliseconds, 0)
    }

    private func fire() {
        let now = loop.now
        // libuv counts whole milliseconds and may be up to one early.
        guard now >= due else { return arm(at: due) }
        due = .never
        if let period { arm(at: now + period) }
        handler?(self)
    }

    override func willClose() { due = .never }
    override func didClose() { handler = nil }
}
