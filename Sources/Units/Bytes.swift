internal import CChecksum

/// Bytes that belong to somebody else: a frame in a receive buffer, a page of a map.
package typealias Bytes = Swift.Span<UInt8>

// Public although nobody outside sees it: the compiler inlines and specialises across modules only what
// is public (Swift 6.3 leaves `@inlinable package` functions where they are).
extension Swift.Span<UInt8> {
    /// The little-endian integer whose first byte is at `offset`; all its bytes must be inside.
    @inlinable
    public func little<Word: FixedWidthInteger & BitwiseCopyable>(
        _ type: Word.Type = Word.self, at offset: Int
    ) -> Word {
        precondition(offset >= 0 && offset <= count - MemoryLayout<Word>.size, "load past the end")
        return unsafe withUnsafeBytes {
            Word(littleEndian: unsafe $0.loadUnaligned(fromByteOffset: offset, as: Word.self))
        }
    }

    /// The big-endian number that the eight bytes from `offset` on make, zeros standing in for those
    /// past the end: orders as the bytes do, but for ties.
    @inlinable
    public func head(at offset: Int) -> UInt64 {
        if count - offset >= 8 { return little(UInt64.self, at: offset).byteSwapped }
        var word: UInt64 = 0
        var index = offset
        while index < offset + 8 {
            word = word << 8 | (index < count ? UInt64(self[index]) : 0)
            index += 1
        }
        return word
    }

    /// How many first bytes are the same in `other`.
    @inlinable
    public func sharedPrefix(with other: borrowing Swift.Span<UInt8>) -> Int {
        let shared = Swift.min(count, other.count)
        var index = 0
        while index < shared && self[index] == other[index] { index += 1 }
        return index
    }

    /// A copy that may be kept.
    @inlinable
    public var array: [UInt8] {
        unsafe withUnsafeBufferPointer { unsafe Array($0) }
    }

    /// Unsigned byte order, a shorter one before its extensions: below, equal or above zero.
    @inlinable
    public func compared(to other: borrowing Swift.Span<UInt8>) -> Int {
        let shared = Swift.min(count, other.count)
        let order = unsafe withUnsafeBytes { left in
            unsafe other.withUnsafeBytes { right in
                shared == 0
                    ? 0 : unsafe compareMemory(left.baseAddress!, right.baseAddress!, shared)
            }
        }
        return order != 0 ? order : count - other.count
    }
}

extension [UInt8] {
    /// Adds the little-endian bytes of `word`.
    @inlinable
    public mutating func append<Word: FixedWidthInteger & BitwiseCopyable>(little word: Word) {
        unsafe Swift.withUnsafeBytes(of: word.littleEndian) { unsafe append(contentsOf: $0) }
    }

    /// Adds a copy of `bytes`.
    @inlinable
    public mutating func append(_ bytes: borrowing Swift.Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}

@usableFromInline
func compareMemory(
    _ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int
) -> Int {
    Int(unsafe martlet_compare(left, right, count))
}
