internal import CUV

/// Hears one of the process's signals, as an event of the loop.
package final class Signals: Handle {
    private var handler: (() -> Void)?
    package let number: Int32

    package init(
        on loop: Loop, _ number: Int32, _ handler: @escaping () -> Void
    ) throws(LoopFailure) {
        self.handler = handler
        self.number = number
        super.init(on: loop, UV_SIGNAL)
        let signal = unsafe memory.assumingMemoryBound(to: uv_signal_t.self)
        unsafe uv_signal_init(loop.raw, signal)
        register()
        let status = unsafe uv_signal_start(
            signal, { handle, _ in unsafe Handle.of(handle!.pointee.data, Signals.self).fire() },
            number)
        guard status == 0 else {
            close()
            throw LoopFailure(status: status, "listen for signal", "\(number)")
        }
    }

    private func fire() { handler?() }
    override func didClose() { handler = nil }
}
