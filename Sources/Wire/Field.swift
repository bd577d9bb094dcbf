internal import Units

/// The four shapes a field has on the wire. Groups, the fifth and sixth, are refused.
enum FieldShape: UInt8 {
    case varint = 0
    case eight = 1
    case counted = 2
    case four = 5
}

/// One field as it lies in a body.
struct Field {
    var number: UInt32
    var shape: FieldShape
    /// The value of a varint or a fixed number.
    var value: UInt64 = 0
    /// Where the bytes of a counted field lie.
    var range: Range<Int> = 0..<0
}

/// Why bytes are not fields.
enum FieldFault: Swift.Error {
    /// They end in the middle, or are of a shape that does not belong there.
    case malformed
    /// A number with more bits than its kind has, or the field number 0.
    case outOfRange
}

/// Goes through a body, field by field.
struct FieldReader {
    private var at: Int
    private let end: Int

    @inline(__always)
    init(_ range: Range<Int>) {
        at = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { at == end }

    @inline(__always)
    mutating func next(in body: Bytes) throws(FieldFault) -> Field? {
        guard at < end else { return nil }
        let tag = try varint(in: body, longest: 5)
        guard tag >= 8, tag <= UInt64(UInt32.max) else { throw .outOfRange }
        guard let shape = FieldShape(rawValue: UInt8(tag & 7)) else { throw .malformed }
        let number = UInt32(tag >> 3)
        switch shape {
        case .varint:
            return Field(number: number, shape: shape, value: try varint(in: body, longest: 10))
        case .counted:
            let length = try varint(in: body, longest: 5)
            guard length <= UInt64(end - at) else { throw .malformed }
            at += Int(length)
            return Field(number: number, shape: shape, range: at - Int(length)..<at)
        case .eight:
            return Field(
                number: number, shape: shape, value: try fixed(UInt64.self, in: body))
        case .four:
            return Field(
                number: number, shape: shape, value: UInt64(try fixed(UInt32.self, in: body)))
        }
    }

    /// Seven bits a byte, lowest first. More than sixty-four bits are refused.
    @inline(__always)
    mutating func varint(in body: Bytes, longest: Int) throws(FieldFault) -> UInt64 {
        if at < end, body[at] < 0x80 {
            at += 1
            return UInt64(body[at - 1])
        }
        return try longVarint(in: body, longest: longest)
    }

    private mutating func longVarint(in body: Bytes, longest: Int) throws(FieldFault) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<min(longest, end - at) {
            let byte = body[at + index]
            guard index < 9 || byte <= 1 else { throw .outOfRange }
            value |= UInt64(byte & 0x7F) &<< UInt64(7 * index)
            if byte < 0x80 {
                at += index + 1
                return value
            }
        }
        throw .malformed
    }

    @inline(__always)
    private mutating func fixed<Word: FixedWidthInteger & BitwiseCopyable>(
        _ type: Word.Type, in body: Bytes
    ) throws(FieldFault) -> Word {
        guard end - at >= MemoryLayout<Word>.size else { throw .malformed }
        defer { at += MemoryLayout<Word>.size }
        return body.little(type, at: at)
    }
}
