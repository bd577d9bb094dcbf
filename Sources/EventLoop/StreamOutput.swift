internal import CUV
internal import Glibc
package import Units

/// The last steps of a stream: all is written out, then our side is shut, then what still comes is
/// read and thrown away until the other side ends too. A plain close with unread input would make
/// the kernel reset the connection, and our last words would be lost.
struct Ending {
    var timer: Timer
    var discarded = 0
    var isShut = false
    /// The other side has ended already.
    var isAlone = false
}

extension Stream {
    /// Bytes that were sent and that the kernel has not taken yet.
    package var buffered: Int { out.count - taken + inFlight + unsealed.count }

    /// Calls `then` once, when a write has brought `buffered` down to `limit` or below.
    package func whenBuffered(atMost limit: Int, then: @escaping () -> Void) {
        onceBelow = (limit, then)
        list()
    }

    /// Writes `bytes` down for the end of this turn.
    package func send(_ bytes: Bytes) {
        send { $0.append(bytes) }
    }

    /// Lets `fill` append to what leaves at the end of this turn.
    package func send(_ fill: (inout [UInt8]) -> Void) {
        guard !isClosed, !hasFailed, ending == nil else { return }
        if seal == nil {
            if out.capacity == 0 { out = loop.takeBuffer() }
            fill(&out)
        } else {
            if unsealed.capacity == 0 { unsealed = loop.takeBuffer() }
            fill(&unsealed)
        }
        list()
    }

    /// The same for what is to leave as it is, past `seal`.
    package func sendSealed(_ fill: (inout [UInt8]) -> Void) {
        guard !isClosed, !hasFailed, ending == nil else { return }
        if out.capacity == 0 { out = loop.takeBuffer() }
        fill(&out)
        list()
    }

    /// Asks the loop for a `flush` at the end of this turn.
    @inline(__always)
    private func list() {
        guard !isListed else { return }
        isListed = true
        loop.hasOutput(self)
    }

    /// Writes out what is there, says goodbye and closes, in the end by force.
    package func finish(within span: Instant.Span = Limits.linger) {
        guard !isClosed, ending == nil else { return }
        guard !hasFailed else { return close() }
        onEnd = nil
        resumeReading()
        let timer = Timer(on: loop) { _ in self.close() }
        timer.start(after: span)
        ending = Ending(timer: timer)
        held.clear()
        list()
    }

    /// The one write of the turn.
    func flush() {
        isListed = false
        writeAll()
        guard let onceBelow, !isClosed, !hasFailed, buffered <= onceBelow.limit else { return }
        self.onceBelow = nil
        onceBelow.then()
    }

    private func writeAll() {
        guard !isClosed, !hasFailed, inFlight == 0 else { return }
        if let seal { close(up: seal) }
        if taken < out.count, !writeNow() { return }
        guard inFlight == 0 else { return }
        if out.capacity > 0 {
            loop.giveBack(out)
            out = []
            taken = 0
        }
        if ending != nil { shut() }
    }

    private func close(up seal: (inout [UInt8], inout [UInt8]) -> Void) {
        if out.capacity == 0 { out = loop.takeBuffer() }
        seal(&unsealed, &out)
        guard unsealed.isEmpty, unsealed.capacity > 0 else { return }
        loop.giveBack(unsealed)
        unsealed = []
    }

    /// False when the stream failed.
    private func writeNow() -> Bool {
        let count = unsafe out.withUnsafeBytes { bytes in
            var block = unsafe uv_buf_init(
                UnsafeMutableRawPointer(mutating: bytes.baseAddress! + taken)
                    .assumingMemoryBound(to: CChar.self),
                UInt32(truncatingIfNeeded: min(bytes.count - taken, Int(Int32.max))))
            return unsafe uv_try_write(stream, &block, 1)
        }
        if count < 0, count != UV_EAGAIN.rawValue {
            fail(LoopFailure(status: count, "write to", peer))
            return false
        }
        taken += max(0, Int(count))
        if taken < out.count { writeLater() }
        return !hasFailed
    }

    /// Hands libuv a copy of the next block, to be written when the other side has read some.
    private func writeLater() {
        let count = min(out.count - taken, Limits.outputBlock)
        let request = unsafe WriteRequest.make(count)
        unsafe out.withUnsafeBytes { bytes in
            unsafe WriteRequest.block(request).copyMemory(
                from: bytes.baseAddress! + taken, byteCount: count)
        }
        taken += count
        inFlight = count
        trimOutput()
        var block = unsafe uv_buf_init(
            WriteRequest.block(request).assumingMemoryBound(to: CChar.self), UInt32(count))
        let status = unsafe uv_write(request, stream, &block, 1) { request, status in
            let stream = unsafe Handle.of(request!.pointee.handle.pointee.data, Stream.self)
            unsafe WriteRequest.free(request!)
            stream.wrote(status)
        }
        guard status != 0 else { return }
        unsafe WriteRequest.free(request)
        inFlight = 0
        fail(LoopFailure(status: status, "write to", peer))
    }

    /// Moves the rest to the front when most of the buffer is done with.
    private func trimOutput() {
        guard taken > out.count / 2 else { return }
        out.removeFirst(taken)
        taken = 0
    }

    private func wrote(_ status: Int32) {
        inFlight = 0
        guard !isClosed else { return }
        guard status == 0 else { return fail(LoopFailure(status: status, "write to", peer)) }
        flush()
    }

    private func shut() {
        guard let ending, !ending.isShut else { return }
        guard !ending.isAlone else { return close() }
        self.ending?.isShut = true
        guard let descriptor, Glibc.shutdown(descriptor, Int32(SHUT_WR)) == 0 else {
            return close()
        }
    }

    /// Input after `finish`.
    func discard(_ count: Int) {
        ending?.discarded += count
        if let discarded = ending?.discarded, discarded > Limits.lingerBytes { close() }
    }
}

/// A `uv_write_t` with its bytes behind it, in one piece of memory.
private enum WriteRequest {
    private static let header = unsafe (MemoryLayout<uv_write_t>.size + 15) & ~15

    static func make(_ count: Int) -> UnsafeMutablePointer<uv_write_t> {
        unsafe UnsafeMutableRawPointer.allocate(byteCount: header + count, alignment: 16)
            .bindMemory(to: uv_write_t.self, capacity: 1)
    }

    static func block(_ request: UnsafeMutablePointer<uv_write_t>) -> UnsafeMutableRawPointer {
        unsafe UnsafeMutableRawPointer(request) + header
    }

    static func free(_ request: UnsafeMutablePointer<uv_write_t>) {
        unsafe UnsafeMutableRawPointer(request).deallocate()
    }
}
