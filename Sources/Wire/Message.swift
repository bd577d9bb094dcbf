internal import CProtobuf
package import Units

/// A message of `proto/`, as a Swift value.
package protocol WireMessage: Equatable, Sendable {
    /// Everything unset.
    init()
    /// Reads the body of a frame.
    init(decoding body: Bytes) throws(MessageFault)
    /// Adds the canonical encoding: fields in order of number, unset ones left out.
    func encode(into bytes: inout [UInt8])
}

extension WireMessage {
    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        encode(into: &bytes)
        return bytes
    }
}

/// A message with its protobuf-c twin. What is generated beside each struct fills in the two copies
/// between them; everything else is here.
@unsafe protocol Packed {
    associatedtype Raw
    static var name: StaticString { get }
    /// protobuf-c's own initialiser of the twin.
    static func start(_ raw: UnsafeMutablePointer<Raw>)
    init(unpacking raw: Raw)
    func pack(into raw: inout Raw, _ arena: Arena)
}

extension Packed {
    static func fresh(in arena: Arena) -> UnsafeMutablePointer<Raw> {
        let raw = unsafe arena.array(of: Raw.self, 1)
        unsafe start(raw)
        return unsafe raw
    }

    static func unpacked(_ body: Bytes) throws(MessageFault) -> Self {
        try unsafe Arena.with(limit: Limits.maximumMessageMemory) {
            (arena) throws(MessageFault) -> Self in
            let descriptor = unsafe UnsafeMutableRawPointer(fresh(in: arena))
                .assumingMemoryBound(to: ProtobufCMessage.self).pointee.descriptor!
            try unsafe Inspection(message: name).inspect(body, 0..<body.count, descriptor)
            var allocator = unsafe arena.allocator
            let built = unsafe body.withUnsafeBufferPointer { bytes in
                unsafe protobuf_c_message_unpack(
                    descriptor, &allocator, bytes.count, bytes.baseAddress)
            }
            guard let built = unsafe built else { throw unsafe .tooManyParts(name.description) }
            return unsafe Self(
                unpacking: UnsafeMutableRawPointer(built)
                    .assumingMemoryBound(to: Raw.self).pointee)
        }
    }

    func packed(into bytes: inout [UInt8]) {
        unsafe Arena.with(limit: .max) { arena in
            let raw = unsafe Self.fresh(in: arena)
            unsafe pack(into: &raw.pointee, arena)
            let message = unsafe UnsafeRawPointer(raw)
                .assumingMemoryBound(to: ProtobufCMessage.self)
            let size = unsafe protobuf_c_message_get_packed_size(message)
            bytes.append(addingCapacity: size) { span in
                unsafe span.withUnsafeMutableBufferPointer { buffer, count in
                    guard let start = buffer.baseAddress else { return }
                    count = unsafe protobuf_c_message_pack(message, start)
                }
            }
        }
    }
}

// What generated code copies out of C with.

extension Packed {
    /// protobuf-c leaves no element of an array and no chosen field empty.
    init(unpacking raw: UnsafeMutablePointer<Raw>?) {
        unsafe self.init(unpacking: raw!.pointee)
    }
}

extension Optional where Wrapped: Packed {
    init(unpacking raw: UnsafeMutablePointer<Wrapped.Raw>?) {
        guard let raw = unsafe raw else {
            self = nil
            return
        }
        self = unsafe Wrapped(unpacking: raw.pointee)
    }
}

extension [UInt8] {
    init(unpacking raw: ProtobufCBinaryData) {
        self = unsafe [UInt8](UnsafeBufferPointer(start: raw.data, count: raw.len))
    }
}

extension String {
    /// The inspection has proved it to be UTF-8 without a zero byte.
    init(unpacking raw: UnsafeMutablePointer<CChar>?) {
        self = unsafe raw.map { unsafe String(cString: $0) } ?? ""
    }
}

extension Array where Element: Packed {
    init(
        unpacking raw: UnsafeMutablePointer<UnsafeMutablePointer<Element.Raw>?>?, _ count: Int
    ) {
        self = unsafe (0..<count).map { unsafe Element(unpacking: raw![$0]) }
    }
}

extension [String] {
    init(unpacking raw: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int) {
        self = (0..<count).map { unsafe String(unpacking: raw![$0]) }
    }
}

extension [[UInt8]] {
    init(unpacking raw: UnsafeMutablePointer<ProtobufCBinaryData>?, _ count: Int) {
        self = (0..<count).map { unsafe [UInt8](unpacking: raw![$0]) }
    }
}

extension [Int64] {
    init(unpacking raw: UnsafeMutablePointer<Int64>?, _ count: Int) {
        self = unsafe [Int64](UnsafeBufferPointer(start: raw, count: count))
    }
}

// What generated code copies into C with.

extension Arena {
    func copy(_ bytes: [UInt8]) -> ProtobufCBinaryData {
        unsafe ProtobufCBinaryData(len: bytes.count, data: copy(numbers: bytes))
    }

    /// A C string ends at its first zero byte, so U+0000 becomes U+FFFD on its way out.
    func copy(_ text: String) -> UnsafeMutablePointer<CChar>? {
        var bytes = text.utf8.map { CChar(bitPattern: $0) }
        if bytes.contains(0) {
            let replacement = "\u{FFFD}".utf8.map { CChar(bitPattern: $0) }
            bytes = bytes.flatMap { $0 == 0 ? replacement : [$0] }
        }
        return unsafe copy(numbers: bytes + [0])
    }

    func copy<Value: Packed>(_ value: Value?) -> UnsafeMutablePointer<Value.Raw>? {
        guard let value else { return nil }
        let raw = unsafe Value.fresh(in: self)
        unsafe value.pack(into: &raw.pointee, self)
        return unsafe raw
    }

    func copy<Value: Packed>(
        _ values: [Value]
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<Value.Raw>?>? {
        unsafe copy(values) { unsafe copy($0) }
    }

    func copy(_ texts: [String]) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
        unsafe copy(texts) { unsafe copy($0) }
    }

    func copy(_ values: [[UInt8]]) -> UnsafeMutablePointer<ProtobufCBinaryData>? {
        unsafe copy(values) { unsafe copy($0) }
    }

    func copy(_ numbers: [Int64]) -> UnsafeMutablePointer<Int64>? {
        unsafe copy(numbers: numbers)
    }

    private func copy<Number: BitwiseCopyable>(
        numbers: [Number]
    ) -> UnsafeMutablePointer<Number>? {
        guard !numbers.isEmpty else { return nil }
        let place = unsafe array(of: Number.self, numbers.count)
        unsafe numbers.withUnsafeBufferPointer {
            unsafe place.initialize(from: $0.baseAddress!, count: $0.count)
        }
        return unsafe place
    }

    private func copy<Value, Raw>(
        _ values: [Value], _ each: (Value) -> Raw
    ) -> UnsafeMutablePointer<Raw>? {
        guard !values.isEmpty else { return nil }
        let place = unsafe array(of: Raw.self, values.count)
        for index in values.indices {
            unsafe (place + index).initialize(to: each(values[index]))
        }
        return unsafe place
    }
}
