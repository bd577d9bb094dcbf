internal import CProtobuf
internal import Units

/// The walk over a body before protobuf-c may build it.
///
/// protobuf-c recurses as deep as the sender likes, takes any bytes for text, cuts texts at a zero
/// byte and merges what is set twice. Here the same descriptor is followed without building
/// anything, so that what protobuf-c gets to see is harmless and means the same to every reader.
struct Inspection {
    let message: StaticString

    func inspect(
        _ body: Bytes, _ range: Range<Int>,
        _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>, depth: Int = 1
    ) throws(MessageFault) {
        guard depth <= Limits.maximumNesting else { throw .tooDeep(name) }
        var reader = FieldReader(range)
        var seen: UInt64 = 0
        while let field = try next(&reader, body) {
            guard let index = unsafe index(of: field.number, in: descriptor) else { continue }
            let known = unsafe descriptor.pointee.fields[index]
            try unsafe once(known, index, &seen)
            try unsafe check(field, known, body, depth)
        }
    }

    private var name: String { message.description }

    private func next(
        _ reader: inout FieldReader, _ body: Bytes
    ) throws(MessageFault) -> Field? {
        do { return try reader.next(in: body) } catch { throw MessageFault(error, in: name) }
    }

    /// Where the descriptor keeps the field; nil for a number it does not know.
    private func index(
        of number: UInt32, in descriptor: UnsafePointer<ProtobufCMessageDescriptor>
    ) -> Int? {
        let count = unsafe Int(descriptor.pointee.n_fields)
        guard count > 0, number > 0 else { return nil }
        let guess = Int(number) - 1
        if guess < count, unsafe descriptor.pointee.fields[guess].id == number { return guess }
        for index in 0..<count where unsafe descriptor.pointee.fields[index].id == number {
            return index
        }
        return nil
    }

    /// A oneof counts as one field. Scalars may repeat; the last one holds.
    private func once(
        _ known: ProtobufCFieldDescriptor, _ index: Int, _ seen: inout UInt64
    ) throws(MessageFault) {
        guard unsafe known.label != PROTOBUF_C_LABEL_REPEATED else { return }
        let isChoice = unsafe known.flags & PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue != 0
        guard unsafe isChoice || known.type == PROTOBUF_C_TYPE_MESSAGE else { return }
        let bit: UInt64 = 1 << (isChoice ? 63 : UInt64(index))
        guard seen & bit == 0 else { throw .setTwice(name) }
        seen |= bit
    }

    private func check(
        _ field: Field, _ known: ProtobufCFieldDescriptor, _ body: Bytes, _ depth: Int
    ) throws(MessageFault) {
        let expected = unsafe shape(of: known.type)
        guard field.shape == expected else {
            guard unsafe field.shape == .counted && known.label == PROTOBUF_C_LABEL_REPEATED else {
                throw .malformed(name)
            }
            return try checkPacked(field, expected, body)
        }
        if unsafe known.type == PROTOBUF_C_TYPE_STRING {
            try checkText(field, body)
        } else if unsafe known.type == PROTOBUF_C_TYPE_MESSAGE {
            let nested = unsafe known.descriptor!.assumingMemoryBound(
                to: ProtobufCMessageDescriptor.self)
            try unsafe inspect(body, field.range, nested, depth: depth + 1)
        }
    }

    private func shape(of type: ProtobufCType) -> FieldShape {
        switch type {
        case PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_BYTES, PROTOBUF_C_TYPE_MESSAGE: .counted
        case PROTOBUF_C_TYPE_FIXED64, PROTOBUF_C_TYPE_SFIXED64, PROTOBUF_C_TYPE_DOUBLE: .eight
        case PROTOBUF_C_TYPE_FIXED32, PROTOBUF_C_TYPE_SFIXED32, PROTOBUF_C_TYPE_FLOAT: .four
        default: .varint
        }
    }

    /// Repeated numbers may come in one counted field, one after the other.
    private func checkPacked(
        _ field: Field, _ shape: FieldShape, _ body: Bytes
    ) throws(MessageFault) {
        guard shape == .varint else { throw .malformed(name) }
        var reader = FieldReader(field.range)
        while !reader.isAtEnd {
            do { _ = try reader.varint(in: body, longest: 10) } catch {
                throw MessageFault(error, in: name)
            }
        }
    }

    private func checkText(_ field: Field, _ body: Bytes) throws(MessageFault) {
        let text = body.extracting(field.range)
        for index in text.indices where text[index] == 0 { throw .badText(name) }
        guard (try? UTF8Span(validating: text)) != nil else { throw .badText(name) }
    }
}
