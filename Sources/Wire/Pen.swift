internal import Units

/// Writes protobuf into room that was measured before. Zeros are left out, as proto3 wants it.
@unsafe struct Pen {
    private var at: UnsafeMutablePointer<UInt8>
    private let end: UnsafeMutablePointer<UInt8>

    /// Adds what `write` writes, which must be `size` bytes.
    @inline(__always)
    static func append(_ size: Int, to bytes: inout [UInt8], _ write: (inout Pen) -> Void) {
        bytes.append(addingCapacity: size) { span in
            unsafe span.withUnsafeMutableBufferPointer { buffer, count in
                guard let start = buffer.baseAddress else { return }
                var pen = unsafe Pen(at: start, end: start + size)
                unsafe write(&pen)
                unsafe precondition(pen.at == pen.end, "a message has the size it was measured at")
                count = size
            }
        }
    }

    @inline(__always)
    mutating func byte(_ byte: UInt8) {
        unsafe assert(at < end, "written past what was measured")
        unsafe at.pointee = byte
        unsafe at += 1
    }

    @inline(__always)
    mutating func varint(_ value: UInt64) {
        var value = value
        while value >= 0x80 {
            unsafe byte(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        unsafe byte(UInt8(truncatingIfNeeded: value))
    }

    @inline(__always)
    mutating func tag(_ field: Int, _ shape: FieldShape) {
        unsafe varint(UInt64(field) << 3 | UInt64(shape.rawValue))
    }

    /// The head of a counted field, whose `size` bytes are written next.
    @inline(__always)
    mutating func counted(_ field: Int, _ size: Int) {
        unsafe tag(field, .counted)
        unsafe varint(UInt64(size))
    }

    @inline(__always)
    mutating func number(_ field: Int, _ value: UInt64) {
        guard value != 0 else { return }
        unsafe tag(field, .varint)
        unsafe varint(value)
    }

    @inline(__always)
    mutating func number(_ field: Int, _ value: Int64) {
        unsafe number(field, UInt64(bitPattern: value))
    }

    @inline(__always)
    mutating func eight(_ field: Int, _ value: UInt64) {
        guard value != 0 else { return }
        unsafe tag(field, .eight)
        unsafe assert(end - at >= 8, "written past what was measured")
        unsafe UnsafeMutableRawPointer(at).storeBytes(of: value.littleEndian, as: UInt64.self)
        unsafe at += 8
    }

    @inline(__always)
    mutating func bytes(_ field: Int, _ bytes: Bytes) {
        guard bytes.count > 0 else { return }
        unsafe counted(field, bytes.count)
        unsafe precondition(end - at >= bytes.count, "written past what was measured")
        unsafe bytes.withUnsafeBufferPointer {
            unsafe at.update(from: $0.baseAddress!, count: $0.count)
        }
        unsafe at += bytes.count
    }
}

/// How long things are when a `Pen` writes them.
enum Size {
    @inline(__always)
    static func varint(_ value: UInt64) -> Int {
        ((UInt64.bitWidth - (value | 1).leadingZeroBitCount) &* 9 &+ 64) / 64
    }

    @inline(__always)
    static func tag(_ field: Int) -> Int { varint(UInt64(field) << 3) }

    @inline(__always)
    static func number(_ field: Int, _ value: UInt64) -> Int {
        value == 0 ? 0 : tag(field) + varint(value)
    }

    @inline(__always)
    static func number(_ field: Int, _ value: Int64) -> Int {
        number(field, UInt64(bitPattern: value))
    }

    @inline(__always)
    static func eight(_ field: Int, _ value: UInt64) -> Int {
        value == 0 ? 0 : tag(field) + 8
    }

    /// A counted field with its head, written even when it is empty.
    @inline(__always)
    static func counted(_ field: Int, _ size: Int) -> Int {
        tag(field) + varint(UInt64(size)) + size
    }

    @inline(__always)
    static func bytes(_ field: Int, _ count: Int) -> Int {
        count == 0 ? 0 : counted(field, count)
    }
}
