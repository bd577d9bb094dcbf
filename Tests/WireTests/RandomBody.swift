import CProtobuf
import Units

@testable import Wire

/// Bodies made up from protobuf-c's descriptors, without any of the code that is tested.
struct RandomBody {
    var chance: Chance

    init(seed: UInt64, name: String = "body") { chance = Chance(seed: seed, name: name) }

    /// The canonical encoding of a random message.
    mutating func canonical(
        _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>, depth: Int = 0
    ) -> [UInt8] {
        var body: [UInt8] = []
        var chosen = false
        for index in 0..<Int(descriptor.pointee.n_fields) {
            let field = descriptor.pointee.fields[index]
            guard chance.below(4) != 0 else { continue }
            if field.flags & PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue != 0 {
                guard !chosen, chance.below(3) == 0 else { continue }
                chosen = true
            }
            add(field, depth, to: &body)
        }
        return body
    }

    private mutating func add(
        _ field: ProtobufCFieldDescriptor, _ depth: Int, to body: inout [UInt8]
    ) {
        guard field.label == PROTOBUF_C_LABEL_REPEATED else {
            return addOne(field, depth, keepZero: false, to: &body)
        }
        let count = Int(chance.below(depth > 2 ? 2 : 4))
        guard field.flags & PROTOBUF_C_FIELD_FLAG_PACKED.rawValue == 0 else {
            let numbers = (0..<count).flatMap { _ in varint(number()) }
            if count > 0 { body += counted(field.id, numbers) }
            return
        }
        for _ in 0..<count { addOne(field, depth, keepZero: true, to: &body) }
    }

    private mutating func addOne(
        _ field: ProtobufCFieldDescriptor, _ depth: Int, keepZero: Bool, to body: inout [UInt8]
    ) {
        switch field.type {
        case PROTOBUF_C_TYPE_MESSAGE:
            guard depth < 8 else { return }
            let nested = field.descriptor!.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
            body += counted(field.id, canonical(nested, depth: depth + 1))
        case PROTOBUF_C_TYPE_BYTES, PROTOBUF_C_TYPE_STRING:
            let bytes = field.type == PROTOBUF_C_TYPE_STRING ? text() : bytes()
            if keepZero || !bytes.isEmpty { body += counted(field.id, bytes) }
        case PROTOBUF_C_TYPE_FIXED64:
            let value = number()
            if value != 0 { body += varint(UInt64(field.id) << 3 | 1) + fixed(value) }
        default:
            let value = scalar(field.type)
            if value != 0 { body += varint(UInt64(field.id) << 3) + varint(value) }
        }
    }

    private mutating func scalar(_ type: ProtobufCType) -> UInt64 {
        switch type {
        case PROTOBUF_C_TYPE_BOOL: chance.below(2)
        case PROTOBUF_C_TYPE_ENUM:
            UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: number())))
        case PROTOBUF_C_TYPE_UINT32: UInt64(UInt32(truncatingIfNeeded: number()))
        default: number()
        }
    }

    /// Every width is as likely as any other.
    mutating func number() -> UInt64 { chance.next() >> chance.below(65) }

    mutating func bytes() -> [UInt8] {
        let longest: UInt64 = chance.below(8) == 0 ? 300 : 12
        return (0..<chance.below(longest)).map { _ in UInt8(chance.below(256)) }
    }

    private mutating func text() -> [UInt8] {
        let letters = Array("aß€𝄞".unicodeScalars)
        let scalars = (0..<chance.below(9)).map { _ in letters[Int(chance.below(4))] }
        return Array(String(String.UnicodeScalarView(scalars)).utf8)
    }

    private func fixed(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    private func varint(_ value: UInt64) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
    }

    private func counted(_ number: UInt32, _ bytes: [UInt8]) -> [UInt8] {
        varint(UInt64(number) << 3 | 2) + varint(UInt64(bytes.count)) + bytes
    }

    /// protobuf-c takes a bool of any shape; nobody else does.
    static func hasBool(
        _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>, depth: Int = 0
    ) -> Bool {
        (0..<Int(descriptor.pointee.n_fields)).contains { index in
            let field = descriptor.pointee.fields[index]
            guard field.type == PROTOBUF_C_TYPE_MESSAGE, depth < 6 else {
                return field.type == PROTOBUF_C_TYPE_BOOL
            }
            let nested = field.descriptor!.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
            return hasBool(nested, depth: depth + 1)
        }
    }

    /// A few of the bytes changed, added, taken away, doubled or cut.
    mutating func mutated(_ body: [UInt8]) -> [UInt8] {
        var body = body
        for _ in 0...chance.below(3) {
            let at = Int(chance.below(UInt64(body.count + 1)))
            let end = min(body.count, at + Int(chance.below(12)))
            switch chance.below(7) {
            case 0 where at < body.count: body[at] = UInt8(chance.below(256))
            case 1 where at < body.count: body[at] ^= 1 << UInt8(chance.below(8))
            case 2: body.insert(UInt8(chance.below(256)), at: at)
            case 3: body.removeSubrange(at..<end)
            case 4: body.insert(contentsOf: body[at..<end], at: end)
            case 5: body.removeLast(body.count - at)
            default: body += body.prefix(at)
            }
        }
        return body
    }
}

extension Packed {
    static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        Arena.with(limit: .max) { arena in
            UnsafeMutableRawPointer(fresh(in: arena))
                .assumingMemoryBound(to: ProtobufCMessage.self).pointee.descriptor
        }
    }

    /// What protobuf-c alone makes of a body, written again; nil when it refuses.
    static func byProtobufC(_ body: [UInt8]) -> [UInt8]? {
        guard let built = protobuf_c_message_unpack(descriptor, nil, body.count, body) else {
            return nil
        }
        defer { protobuf_c_message_free_unpacked(built, nil) }
        var bytes = [UInt8](repeating: 0, count: protobuf_c_message_get_packed_size(built))
        let size = protobuf_c_message_pack(built, &bytes)
        precondition(size == bytes.count)
        return bytes
    }
}
