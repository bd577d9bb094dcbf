/// Bytes that are only ever added: each piece stays where it was put, so that growth copies nothing.
/// A value: a copy shares the bytes until one of the two adds some.
public struct Arena: Sendable {
    /// Where a piece begins, in steps of eight bytes.
    public struct Offset: Equatable, Sendable, BitwiseCopyable {
        @usableFromInline let steps: UInt32

        @usableFromInline
        init(steps: UInt32) { self.steps = steps }

        public static let zero = Offset(steps: 0)
    }

    /// The longest piece. Memory is taken in chunks of this size, and used as it is touched.
    public static let chunk = 1 << 22
    /// What all pieces together may take.
    public static let limit = 1 << 35

    @usableFromInline var storage: Storage

    public init() {
        storage = Storage()
    }

    /// Bytes in use, with what alignment left over.
    public var count: Int { storage.used }

    /// Adds a copy of `bytes`.
    public mutating func append(_ bytes: borrowing Swift.Span<UInt8>) -> Offset {
        if !isKnownUniquelyReferenced(&storage) { storage = Storage(copying: storage) }
        return unsafe bytes.withUnsafeBytes { unsafe storage.append($0) }
    }

    /// The `count` bytes at `offset`, which were put there.
    @inlinable
    @_lifetime(borrow self)
    public func bytes(at offset: Offset, count: Int) -> Swift.Span<UInt8> {
        let start = unsafe storage.address(of: offset, count: count)
        let piece = unsafe UnsafeBufferPointer(start: start, count: count)
        let span = unsafe Swift.Span(_unsafeElements: piece)
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// Forgets all pieces but keeps room for the next ones.
    public mutating func removeAll() {
        if isKnownUniquelyReferenced(&storage) { storage.removeAll() } else { storage = Storage() }
    }

    /// The chunks: memory that never moves while any copy lives.
    @safe @usableFromInline
    final class Storage: @unchecked Sendable {
        @usableFromInline var chunks: [UnsafeMutablePointer<UInt8>] = unsafe []
        /// Bytes used of the last chunk.
        var filled = Arena.chunk
        var used = 0

        init() {}

        init(copying other: Storage) {
            let last = unsafe other.chunks.count - 1
            for index in unsafe other.chunks.indices {
                grow()
                unsafe chunks[index].update(
                    from: other.chunks[index], count: index == last ? other.filled : Arena.chunk)
            }
            filled = other.filled
            used = other.used
        }

        deinit {
            for index in unsafe chunks.indices { unsafe chunks[index].deallocate() }
        }

        func append(_ bytes: UnsafeRawBufferPointer) -> Offset {
            guard let start = bytes.baseAddress, bytes.count > 0 else { return .zero }
            let room = (bytes.count + 7) & ~7
            precondition(room <= Arena.chunk, "a piece is longer than a chunk")
            if room > Arena.chunk - filled { grow() }
            let index = unsafe chunks.count - 1
            let offset = Offset(steps: UInt32(index << 19 | filled >> 3))
            unsafe UnsafeMutableRawPointer(chunks[index] + filled)
                .copyMemory(from: start, byteCount: bytes.count)
            filled += room
            used += room
            return offset
        }

        func grow() {
            precondition(unsafe chunks.count < Arena.limit / Arena.chunk, "the arena is full")
            unsafe chunks.append(.allocate(capacity: Arena.chunk))
            filled = 0
        }

        func removeAll() {
            while unsafe chunks.count > 1 { unsafe chunks.removeLast().deallocate() }
            filled = unsafe chunks.isEmpty ? Arena.chunk : 0
            used = 0
        }

        @inlinable
        func address(of offset: Offset, count: Int) -> UnsafePointer<UInt8>? {
            guard count > 0 else { return nil }
            let start = Int(offset.steps & 0x7_FFFF) << 3
            precondition(start + count <= 1 << 22, "the piece ends past its chunk")
            return unsafe UnsafePointer(chunks[Int(offset.steps >> 19)] + start)
        }
    }
}
