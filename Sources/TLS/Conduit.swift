internal import CTLS

/// The hole through which OpenSSL gets and gives the bytes of the network: it reads straight from
/// the receive buffer, and writes straight into what leaves.
@safe final class Conduit {
    private var input: UnsafeRawBufferPointer
    private var position = 0
    private var output: [UInt8] = []

    init() { unsafe input = UnsafeRawBufferPointer(start: nil, count: 0) }

    /// A BIO on this conduit. The conduit must outlive it.
    func makeBIO() -> OpaquePointer? {
        let bio = unsafe BIO_new(Conduit.method)
        unsafe BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
        unsafe BIO_set_init(bio, 1)
        return unsafe bio
    }

    /// While `body` runs, OpenSSL reads from `bytes` and appends to `out`.
    func with(
        _ bytes: UnsafeRawBufferPointer, _ out: inout [UInt8], _ body: () -> Void
    ) {
        unsafe input = bytes
        position = 0
        swap(&output, &out)
        body()
        swap(&output, &out)
        unsafe input = UnsafeRawBufferPointer(start: nil, count: 0)
    }

    /// Bytes are left that nobody has read.
    var hasInput: Bool { unsafe position < input.count }

    fileprivate static func of(_ bio: OpaquePointer?) -> Conduit {
        unsafe Unmanaged<Conduit>.fromOpaque(BIO_get_data(bio)).takeUnretainedValue()
    }

    /// How many bytes were there, or -1 when none are.
    fileprivate func read(_ target: UnsafeMutablePointer<CChar>, _ wanted: Int32) -> Int32 {
        let count = unsafe min(Int(wanted), input.count - position)
        guard count > 0 else { return -1 }
        unsafe UnsafeMutableRawPointer(target).copyMemory(
            from: input.baseAddress! + position, byteCount: count)
        position += count
        return Int32(count)
    }

    fileprivate func write(_ source: UnsafePointer<CChar>, _ count: Int32) -> Int32 {
        unsafe output.append(
            contentsOf: UnsafeRawBufferPointer(start: source, count: Int(count)))
        return count
    }

    /// Made once for the process; OpenSSL only reads it.
    nonisolated(unsafe) private static let method: OpaquePointer = unsafe makeMethod()

    private static func makeMethod() -> OpaquePointer {
        let method = unsafe BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "martlet")!
        unsafe BIO_meth_set_read(method) { bio, target, count in
            unsafe ctls_no_retry(bio)
            guard let target = unsafe target, count > 0 else { return 0 }
            let read = unsafe Conduit.of(bio).read(target, count)
            if read < 0 { unsafe ctls_retry_read(bio) }
            return read
        }
        unsafe BIO_meth_set_write(method) { bio, source, count in
            guard let source = unsafe source, count > 0 else { return 0 }
            return unsafe Conduit.of(bio).write(source, count)
        }
        // Flushing is well at once; whatever else is asked does not concern us.
        unsafe BIO_meth_set_ctrl(method) { _, command, _, _ in
            command == BIO_CTRL_FLUSH ? 1 : 0
        }
        return unsafe method
    }
}
