package import Units

/// A PutRequest as it lies in its frame. Ranges are of the bytes that it was read from.
package struct PutView: Equatable, Sendable {
    package var key = 0..<0
    package var value = 0..<0
    package var lease: Int64 = 0
    package var previous = false
    package var ignoreValue = false
    package var ignoreLease = false

    /// Takes what `PutRequest(decoding:)` takes, and refuses what it refuses.
    package init(_ body: Bytes) throws(MessageFault) {
        do { try read(body) } catch { throw MessageFault(error, in: "PutRequest") }
    }

    private mutating func read(_ body: Bytes) throws(FieldFault) {
        var reader = FieldReader(0..<body.count)
        while let field = try reader.next(in: body) {
            switch field.number {
            case 1: key = try field.bytes
            case 2: value = try field.bytes
            case 3: lease = try field.integer
            case 4: previous = try field.flag
            case 5: ignoreValue = try field.flag
            case 6: ignoreLease = try field.flag
            default: break
            }
        }
    }
}

/// A RangeRequest as it lies in its frame. Ranges are of the bytes that it was read from.
package struct RangeView: Equatable, Sendable {
    package var key = 0..<0
    package var rangeEnd = 0..<0
    package var limit: Int64 = 0
    package var revision: Int64 = 0
    package var serializable = false
    package var keysOnly = false
    package var countOnly = false
    package var chunked = false
    package var sortOrder = SortOrder.unsorted
    package var sortTarget = SortTarget.byKey
    package var minModRevision: Int64 = 0
    package var maxModRevision: Int64 = 0
    package var minCreateRevision: Int64 = 0
    package var maxCreateRevision: Int64 = 0
    package var limitBytes: Int64 = 0

    /// Takes what `RangeRequest(decoding:)` takes, and refuses what it refuses.
    package init(_ body: Bytes) throws(MessageFault) {
        do { try read(body) } catch { throw MessageFault(error, in: "RangeRequest") }
    }

    private mutating func read(_ body: Bytes) throws(FieldFault) {
        var reader = FieldReader(0..<body.count)
        while let field = try reader.next(in: body) {
            switch field.number {
            case 1: key = try field.bytes
            case 2: rangeEnd = try field.bytes
            case 3: limit = try field.integer
            case 4: revision = try field.integer
            case 5: serializable = try field.flag
            case 6: keysOnly = try field.flag
            case 7: countOnly = try field.flag
            case 8: chunked = try field.flag
            case 9: sortOrder = SortOrder(rawValue: try field.number32)
            case 10: sortTarget = SortTarget(rawValue: try field.number32)
            case 11: minModRevision = try field.integer
            case 12: maxModRevision = try field.integer
            case 13: minCreateRevision = try field.integer
            case 14: maxCreateRevision = try field.integer
            case 15: limitBytes = try field.integer
            default: break
            }
        }
    }
}

extension Field {
    fileprivate var bytes: Range<Int> {
        @inline(__always) get throws(FieldFault) {
            guard shape == .counted else { throw .malformed }
            return range
        }
    }

    fileprivate var integer: Int64 {
        @inline(__always) get throws(FieldFault) {
            guard shape == .varint else { throw .malformed }
            return Int64(bitPattern: value)
        }
    }

    /// Of an enum: the lower half counts.
    fileprivate var number32: Int32 {
        @inline(__always) get throws(FieldFault) { Int32(truncatingIfNeeded: try integer) }
    }

    fileprivate var flag: Bool {
        @inline(__always) get throws(FieldFault) { try integer != 0 }
    }
}

/// What the store knows of a key besides its value.
package struct KeyFacts: Equatable, Sendable {
    package var create: Int64
    package var mod: Int64
    package var version: Int64
    package var lease: Int64

    package init(create: Int64 = 0, mod: Int64 = 0, version: Int64 = 0, lease: Int64 = 0) {
        self.create = create
        self.mod = mod
        self.version = version
        self.lease = lease
    }

    @inline(__always)
    fileprivate func size(key: Int, value: Int) -> Int {
        Size.bytes(1, key) + Size.number(2, create) + Size.number(3, mod) + Size.number(4, version)
            + Size.bytes(5, value) + Size.number(6, lease)
    }

    @inline(__always)
    fileprivate func write(_ key: Bytes, _ value: Bytes, with pen: inout Pen) {
        unsafe pen.bytes(1, key)
        unsafe pen.number(2, create)
        unsafe pen.number(3, mod)
        unsafe pen.number(4, version)
        unsafe pen.bytes(5, value)
        unsafe pen.number(6, lease)
    }
}

/// Encoders for the answers that go out by the hundred thousand, a part at a time and without
/// building structs. Parts must be added in the order of their field numbers; then the bytes are
/// those of the struct's `encode(into:)`.
package enum Hot {
    /// A whole PutResponse: `previous` follows with `appendKeyValue(field: 2, …)` when wanted.
    @inline(__always)
    package static func encodePutResponse(_ header: ResponseHeader, to bytes: inout [UInt8]) {
        appendHeader(field: 1, header, to: &bytes)
    }

    /// The field of every response that holds a ResponseHeader.
    package static func appendHeader(
        field: Int = 1, _ header: ResponseHeader, to bytes: inout [UInt8]
    ) {
        let size =
            Size.eight(1, header.clusterID) + Size.eight(2, header.memberID)
            + Size.number(3, header.revision) + Size.number(4, header.raftTerm)
        unsafe Pen.append(Size.counted(field, size), to: &bytes) { pen in
            unsafe pen.counted(field, size)
            unsafe pen.eight(1, header.clusterID)
            unsafe pen.eight(2, header.memberID)
            unsafe pen.number(3, header.revision)
            unsafe pen.number(4, header.raftTerm)
        }
    }

    /// A field that holds a KeyValue: `kvs` (2) of a RangeResponse, `previous` (2) of a PutResponse.
    package static func appendKeyValue(
        field: Int,
        key: Bytes,
        value: Bytes,
        create: Int64,
        mod: Int64,
        version: Int64,
        lease: Int64,
        to bytes: inout [UInt8]
    ) {
        let facts = KeyFacts(create: create, mod: mod, version: version, lease: lease)
        let size = facts.size(key: key.count, value: value.count)
        unsafe Pen.append(Size.counted(field, size), to: &bytes) { pen in
            unsafe pen.counted(field, size)
            unsafe facts.write(key, value, with: &pen)
        }
    }

    /// How many bytes `appendKeyValue` would add: to know whether a pair still fits.
    package static func sizeOfKeyValue(field: Int, key: Int, value: Int, _ facts: KeyFacts) -> Int {
        Size.counted(field, facts.size(key: key, value: value))
    }

    /// An element of `events` (3) of a WatchResponse, without the previous pair.
    package static func appendEvent(
        field: Int = 3,
        type: EventType,
        key: Bytes,
        value: Bytes,
        facts: KeyFacts,
        to bytes: inout [UInt8]
    ) {
        let pair = facts.size(key: key.count, value: value.count)
        let size = Size.number(1, type.number) + Size.counted(2, pair)
        unsafe Pen.append(Size.counted(field, size), to: &bytes) { pen in
            unsafe pen.counted(field, size)
            unsafe pen.number(1, type.number)
            unsafe pen.counted(2, pair)
            unsafe facts.write(key, value, with: &pen)
        }
    }

    /// An element of `events` (3) of a WatchResponse, with the pair that was replaced or deleted.
    package static func appendEvent(
        field: Int = 3,
        type: EventType,
        key: Bytes,
        value: Bytes,
        facts: KeyFacts,
        previousValue: Bytes,
        previousFacts: KeyFacts,
        to bytes: inout [UInt8]
    ) {
        let pair = facts.size(key: key.count, value: value.count)
        let previous = previousFacts.size(key: key.count, value: previousValue.count)
        let size =
            Size.number(1, type.number) + Size.counted(2, pair) + Size.counted(3, previous)
        unsafe Pen.append(Size.counted(field, size), to: &bytes) { pen in
            unsafe pen.counted(field, size)
            unsafe pen.number(1, type.number)
            unsafe pen.counted(2, pair)
            unsafe facts.write(key, value, with: &pen)
            unsafe pen.counted(3, previous)
            unsafe previousFacts.write(key, previousValue, with: &pen)
        }
    }

    /// An integer field; bools are 0 and 1. Zero adds nothing.
    package static func appendVarintField(
        field: Int, _ value: UInt64, to bytes: inout [UInt8]
    ) {
        unsafe Pen.append(Size.number(field, value), to: &bytes) { pen in
            unsafe pen.number(field, value)
        }
    }

    /// As above, for int64: negative numbers take ten bytes.
    package static func appendVarintField(field: Int, _ value: Int64, to bytes: inout [UInt8]) {
        appendVarintField(field: field, UInt64(bitPattern: value), to: &bytes)
    }

    /// A bytes field. Empty adds nothing.
    package static func appendBytesField(field: Int, _ value: Bytes, to bytes: inout [UInt8]) {
        unsafe Pen.append(Size.bytes(field, value.count), to: &bytes) { pen in
            unsafe pen.bytes(field, value)
        }
    }
}

extension EventType {
    /// An enum is an int32, and a negative one is written as sixty-four bits.
    fileprivate var number: Int64 { Int64(rawValue) }
}
