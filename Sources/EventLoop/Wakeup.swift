internal import CUV
internal import Synchronization

/// A bell that other threads ring: however often, it is heard at least once afterwards.
package final class Wakeup: Handle {
    private var handler: (() -> Void)?
    package let sender = Sender()

    package init(on loop: Loop, _ handler: @escaping () -> Void) {
        self.handler = handler
        super.init(on: loop, UV_ASYNC)
        let async = unsafe memory.assumingMemoryBound(to: uv_async_t.self)
        unsafe uv_async_init(
            loop.raw, async, { unsafe Handle.of($0!.pointee.data, Wakeup.self).ring() })
        register()
        sender.bell.withLock { $0 = unsafe Sender.Bell(async: async) }
    }

    private func ring() {
        guard !isClosed else { return }
        handler?()
    }

    override func willClose() { sender.bell.withLock { $0 = nil } }
    override func didClose() { handler = nil }

    /// The rope of the bell. May be pulled from any thread, also after the bell is gone.
    package final class Sender: Sendable {
        @safe struct Bell: @unchecked Sendable { var async: UnsafeMutablePointer<uv_async_t> }
        let bell = Mutex<Bell?>(nil)

        package func ring() {
            bell.withLock { bell in
                if let bell { unsafe uv_async_send(bell.async) }
            }
        }
    }
}
