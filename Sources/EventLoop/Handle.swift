internal import CUV
internal import Glibc

/// Something that libuv watches for us. Its memory must not move while it is open, and may go only
/// after the close callback; both are met here, once for all kinds.
@safe package class Handle {
    package let loop: Loop
    let memory: UnsafeMutableRawPointer
    /// True from `close` on.
    package private(set) var isClosed = false
    /// False for what must outlive the order to stop, and is closed by its owner.
    var closesOnStop = true

    init(on loop: Loop, _ type: uv_handle_type) {
        self.loop = loop
        unsafe memory = .allocate(byteCount: uv_handle_size(type), alignment: 16)
    }

    deinit {
        unsafe memory.deallocate()
    }

    var raw: UnsafeMutablePointer<uv_handle_t> {
        unsafe memory.assumingMemoryBound(to: uv_handle_t.self)
    }

    /// To be called when libuv has initialised the handle: from now on it keeps itself alive.
    func register() {
        unsafe raw.pointee.data = Unmanaged.passRetained(self).toOpaque()
        loop.opened()
    }

    static func of<Kind: Handle>(_ data: UnsafeMutableRawPointer?, _ kind: Kind.Type) -> Kind {
        unsafe Unmanaged<Kind>.fromOpaque(data!).takeUnretainedValue()
    }

    /// Ends it. No callback comes afterwards. Closing twice is closing once.
    package func close() {
        guard !isClosed else { return }
        isClosed = true
        willClose()
        unsafe uv_close(raw) { handle in
            let closed = unsafe Unmanaged<Handle>.fromOpaque(handle!.pointee.data)
                .takeRetainedValue()
            closed.didClose()
            closed.loop.closed()
        }
    }

    /// Lets `run` return although this handle is still open.
    package func unreference() {
        unsafe uv_unref(raw)
    }

    static func closeWalked(_ handle: UnsafeMutablePointer<uv_handle_t>?) {
        guard let handle = unsafe handle, unsafe isOurs(handle) else { return }
        let walked = unsafe Unmanaged<Handle>.fromOpaque(handle.pointee.data).takeUnretainedValue()
        if walked.closesOnStop { walked.close() }
    }

    /// The loop's own phases, and libuv's inner handles, are not `Handle`s.
    private static func isOurs(_ handle: UnsafeMutablePointer<uv_handle_t>) -> Bool {
        switch unsafe handle.pointee.type {
        case UV_PREPARE, UV_CHECK, UV_IDLE: false
        default: unsafe handle.pointee.data != nil
        }
    }

    func willClose() {}

    /// Lets go of the owner's closures.
    func didClose() {}
}
