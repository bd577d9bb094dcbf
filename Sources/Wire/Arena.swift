internal import CProtobuf

/// What any type of C is aligned to.
private let alignment = 16

/// Memory that is handed out in passing and given back all at once.
///
/// It starts in a buffer on the stack and spills to the heap. `free` does nothing: whatever
/// protobuf-c builds while it reads one message lives exactly as long as the call of `with`.
@unsafe struct Arena {
    @unsafe private struct State {
        var next: UnsafeMutableRawPointer
        var left: Int
        var spilled: UnsafeMutableRawPointer?
        var allowance: Int
    }

    private let state: UnsafeMutablePointer<State>

    /// Runs `body` with an arena that refuses to hand out more than `limit` bytes.
    static func with<Result, Failure: Swift.Error>(
        limit: Int, _ body: (Arena) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe withUnsafeTemporaryAllocation(
            byteCount: Limits.arenaStack, alignment: alignment
        ) { (buffer) throws(Failure) -> Result in
            let start = buffer.baseAddress!
            var state = unsafe State(
                next: start, left: buffer.count, spilled: nil, allowance: limit)
            defer { unsafe release(state.spilled) }
            return try unsafe withUnsafeMutablePointer(to: &state) {
                (state) throws(Failure) -> Result in try unsafe body(Arena(state: state))
            }
        }
    }

    /// Room for `size` bytes, aligned for anything; nil when the limit is reached.
    func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
        let rounded = (size + alignment - 1) & ~(alignment - 1)
        guard unsafe rounded <= state.pointee.allowance else { return nil }
        unsafe state.pointee.allowance -= rounded
        if unsafe rounded > state.pointee.left { unsafe spill(atLeast: rounded) }
        let place = unsafe state.pointee.next
        unsafe state.pointee.next = place + rounded
        unsafe state.pointee.left -= rounded
        return unsafe place
    }

    /// Room for `count` values.
    func array<Value>(of type: Value.Type = Value.self, _ count: Int)
        -> UnsafeMutablePointer<Value>
    {
        unsafe allocate(count * MemoryLayout<Value>.stride)!.bindMemory(to: type, capacity: count)
    }

    private func spill(atLeast size: Int) {
        let block = Swift.max(size, Limits.arenaBlock)
        let start = UnsafeMutableRawPointer.allocate(
            byteCount: block + alignment, alignment: alignment)
        unsafe start.storeBytes(
            of: state.pointee.spilled, as: UnsafeMutableRawPointer?.self)
        unsafe state.pointee.spilled = start
        unsafe state.pointee.next = start + alignment
        unsafe state.pointee.left = block
    }

    private static func release(_ first: UnsafeMutableRawPointer?) {
        var block = unsafe first
        while let start = unsafe block {
            unsafe block = start.load(as: UnsafeMutableRawPointer?.self)
            unsafe start.deallocate()
        }
    }

    /// What protobuf-c is given to allocate with.
    var allocator: ProtobufCAllocator {
        unsafe ProtobufCAllocator(
            alloc: { data, size in
                unsafe Arena(state: data!.assumingMemoryBound(to: State.self)).allocate(size)
            },
            free: { _, _ in },
            allocator_data: UnsafeMutableRawPointer(state))
    }
}
