internal import CUV
internal import Glibc
internal import Units

/// Bytes that were read and not yet used: the front part of a frame, as a rule.
@safe struct Leftover {
    private(set) var base: UnsafeMutableRawPointer?
    private(set) var count = 0
    private(set) var capacity = 0

    /// Keeps a copy of `bytes` in a block of just that size.
    mutating func keep(_ bytes: UnsafeRawBufferPointer) {
        if bytes.count > capacity || capacity > 2 * bytes.count + 1024 {
            let block = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 16)
            unsafe block.copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
            unsafe base?.deallocate()
            unsafe base = block
            capacity = bytes.count
        } else {
            unsafe memmove(base!, bytes.baseAddress!, bytes.count)
        }
        count = bytes.count
    }

    /// Makes room for a read after what is there.
    mutating func grow() {
        guard capacity - count < Limits.copiedLeftover else { return }
        let larger = max(2 * capacity, count + Limits.copiedLeftover)
        let block = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        if let base = unsafe base { unsafe block.copyMemory(from: base, byteCount: count) }
        unsafe base?.deallocate()
        unsafe base = block
        capacity = larger
    }

    mutating func clear() {
        unsafe base?.deallocate()
        unsafe base = nil
        count = 0
        capacity = 0
    }
}

extension Stream {
    /// Begins to show input to `onRead`, or goes on after a pause. What was left over when the pause
    /// began is shown again in the next turn.
    package func resumeReading() {
        guard !isReading, !isClosed, !hasFailed, ending == nil else { return }
        isReading = true
        unsafe uv_read_start(
            stream,
            { handle, _, buffer in
                unsafe buffer!.pointee = Handle.of(handle!.pointee.data, Stream.self).room()
            },
            { handle, count, _ in
                unsafe Handle.of(handle!.pointee.data, Stream.self).received(count)
            })
        if held.count > 0 { loop.nextTurn { self.showHeld() } }
    }

    /// Leaves what comes from now on in the kernel, which makes the other side wait.
    package func pauseReading() {
        guard ending == nil else { return }
        stopReading()
    }

    package var isPaused: Bool { !isReading }

    func stopReading() {
        guard isReading else { return }
        isReading = false
        unsafe uv_read_stop(stream)
    }

    /// Where the next read goes: after what is left over, in the loop's buffer if that is short.
    private func room() -> uv_buf_t {
        if held.count > Limits.copiedLeftover {
            held.grow()
            return unsafe uv_buf_init(
                (held.base! + held.count).assumingMemoryBound(to: CChar.self),
                UInt32(held.capacity - held.count))
        }
        let input = unsafe loop.input
        if let base = unsafe held.base {
            unsafe input.baseAddress!.copyMemory(from: base, byteCount: held.count)
        }
        return unsafe uv_buf_init(
            (input.baseAddress! + held.count).assumingMemoryBound(to: CChar.self),
            UInt32(input.count - held.count))
    }

    private func received(_ count: Int) {
        if count > 0 {
            let base =
                unsafe held.count > Limits.copiedLeftover
                ? held.base! : loop.input.baseAddress!
            unsafe show(UnsafeRawBufferPointer(start: base, count: held.count + count))
        } else if count < 0 {
            ended(Int32(count))
        }
    }

    private func showHeld() {
        guard isReading, !isClosed, held.count > 0 else { return }
        unsafe show(UnsafeRawBufferPointer(start: held.base!, count: held.count))
    }

    private func show(_ bytes: UnsafeRawBufferPointer) {
        if ending != nil { return discard(bytes.count) }
        let used = unsafe onRead?(Span(_unsafeBytes: bytes)) ?? bytes.count
        precondition(used >= 0 && used <= bytes.count, "more input used than there was")
        guard !isClosed, ending == nil else { return }
        let rest = bytes.count - used
        if rest == 0 { return held.clear() }
        guard rest <= Limits.leftover else {
            return fail(LoopFailure(.unreadInput(limit: Limits.leftover), "read from", peer))
        }
        unsafe held.keep(UnsafeRawBufferPointer(rebasing: bytes[used...]))
    }

    private func ended(_ status: Int32) {
        guard status != UV_EOF.rawValue else {
            stopReading()
            guard let ending else {
                onEnd?(.finished)
                return
            }
            self.ending?.isAlone = true
            if ending.isShut { close() }
            return
        }
        fail(LoopFailure(status: status, "read from", peer))
    }
}
