/// A list of plain values that grows by pages, so that growth moves nothing and an element is changed
/// where it lies. A value: a copy shares the pages until one of the two changes something.
public struct Pages<Element: BitwiseCopyable & Sendable>: Sendable {
    @usableFromInline var storage: Storage
    @usableFromInline var size = 0

    @inlinable
    public init() {
        storage = Storage()
    }

    @inlinable
    public var count: Int { size }

    /// Bytes that the elements take.
    @inlinable
    public var byteCount: Int { size * MemoryLayout<Element>.stride }

    @inlinable
    public mutating func append(_ element: Element) {
        makeUnique()
        if size == storage.capacity { storage.grow() }
        size += 1
        unsafe storage.address(of: size - 1).initialize(to: element)
    }

    @inlinable
    public subscript(index: Int) -> Element {
        unsafeAddress {
            precondition(index >= 0 && index < size, "no such element")
            return unsafe UnsafePointer(storage.address(of: index))
        }
        unsafeMutableAddress {
            precondition(index >= 0 && index < size, "no such element")
            makeUnique()
            return unsafe storage.address(of: index)
        }
    }

    /// Adds a block: `count` copies of `element` that fit into what is left of a page.
    @inlinable
    public mutating func append(repeating element: Element, count: Int) {
        makeUnique()
        if size == storage.capacity { storage.grow() }
        size += count
        check(size - count, count)
        unsafe storage.address(of: size - count).initialize(repeating: element, count: count)
    }

    /// The `count` elements from `start` on. They must lie in one page: blocks of a power of two, up
    /// to a page's size, at multiples of it always do.
    @inlinable
    @_lifetime(borrow self)
    public func block(at start: Int, count: Int) -> Swift.Span<Element> {
        check(start, count)
        let block = unsafe UnsafeBufferPointer(start: storage.address(of: start), count: count)
        let span = unsafe Swift.Span(_unsafeElements: block)
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// Puts `element` at `place` and what was in the `count` places from there one further; the last
    /// of them falls out. All lie in one page.
    @inlinable
    public mutating func shift(_ element: Element, at place: Int, count: Int) {
        check(place, count)
        makeUnique()
        let start = unsafe storage.address(of: place)
        unsafe (start + 1).update(from: start, count: count - 1)
        unsafe start.pointee = element
    }

    @inlinable
    func check(_ start: Int, _ count: Int) {
        precondition(start >= 0 && count > 0 && start + count <= size, "no such block")
        precondition(
            start >> Storage.shift == (start + count - 1) >> Storage.shift, "block over two pages")
    }

    /// Forgets all elements but keeps room for the next ones.
    @inlinable
    public mutating func removeAll() {
        size = 0
        if isKnownUniquelyReferenced(&storage) {
            storage.keepOnePage()
        } else {
            storage = Storage()
        }
    }

    @inlinable
    mutating func makeUnique() {
        guard !isKnownUniquelyReferenced(&storage) else { return }
        storage = Storage(copying: storage, size)
    }

    /// The pages: memory that never moves while any copy lives.
    @safe @usableFromInline
    final class Storage: @unchecked Sendable {
        @usableFromInline var pages: [UnsafeMutablePointer<Element>] = unsafe []

        @inlinable
        init() {}

        @inlinable
        init(copying other: Storage, _ size: Int) {
            var left = size
            var index = 0
            while left > 0 {
                grow()
                unsafe pages[index].update(
                    from: other.pages[index], count: min(left, Storage.perPage))
                left -= Storage.perPage
                index += 1
            }
        }

        @inlinable
        deinit {
            for index in unsafe pages.indices { unsafe pages[index].deallocate() }
        }

        /// A power of two, for about a quarter of a megabyte.
        @inlinable
        static var shift: Int {
            let stride = MemoryLayout<Element>.stride
            return max(0, 18 - (Int.bitWidth - (stride - 1).leadingZeroBitCount))
        }

        @inlinable
        static var perPage: Int { 1 << shift }

        @inlinable
        var capacity: Int { unsafe pages.count << Storage.shift }

        @inlinable
        func grow() { unsafe pages.append(.allocate(capacity: Storage.perPage)) }

        @inlinable
        func keepOnePage() {
            while unsafe pages.count > 1 { unsafe pages.removeLast().deallocate() }
        }

        @inlinable
        func address(of index: Int) -> UnsafeMutablePointer<Element> {
            unsafe pages[index >> Storage.shift] + (index & (Storage.perPage - 1))
        }
    }
}
