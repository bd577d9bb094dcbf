package import Units

/// The 24 bytes before every body. The layout is that of proto/wire.proto, "FRAME".
package struct FrameHeader: Equatable, Sendable {
    /// Bytes of a header.
    package static let size = 24
    /// The deadline of a caller that waits for ever.
    package static let noDeadline = UInt32.max

    package var type: FrameType
    package var flags: FrameFlags
    /// Bytes of body that follow.
    package var length: UInt32
    /// The call; 0 is the connection itself.
    package var stream: UInt32
    package var method: Method
    /// On a REQUEST: milliseconds that the caller waits. Otherwise 0.
    package var deadline: UInt32

    package init(
        type: FrameType,
        flags: FrameFlags = [],
        length: UInt32 = 0,
        stream: UInt32 = 0,
        method: Method = .none,
        deadline: UInt32 = 0
    ) {
        self.type = type
        self.flags = flags
        self.length = length
        self.stream = stream
        self.method = method
        self.deadline = deadline
    }

    static let letter = UInt8(ascii: "M")
    static let version: UInt8 = 1
    /// Where the checksum stands: the bytes before it and the body are what it covers.
    static let checksumOffset = 20
}

/// Takes frames off the front of received bytes.
package enum FrameReader {
    /// The first frame of `bytes`, its body as a range of them; the next frame starts at the end of
    /// that range. Nil when more bytes are needed. A fault is found as early as it can be, and ends
    /// the connection.
    package static func next(
        in bytes: Bytes, limit: Int = Limits.maximumFrame
    ) throws(FrameFault) -> (header: FrameHeader, body: Range<Int>)? {
        if bytes.count > 0, bytes[0] != FrameHeader.letter { throw .badMagic }
        if bytes.count > 1, bytes[1] != FrameHeader.version { throw .badVersion(bytes[1]) }
        guard bytes.count >= FrameHeader.size else { return nil }
        let length = Int(bytes.little(UInt32.self, at: 4))
        guard length <= limit else { throw .tooLarge(length: length, limit: limit) }
        guard bytes.count - FrameHeader.size >= length else { return nil }
        let body = FrameHeader.size..<FrameHeader.size + length
        let sum = checksum(of: bytes, frame: 0, body)
        guard bytes.little(UInt32.self, at: FrameHeader.checksumOffset) == sum else {
            throw .badChecksum
        }
        return (try header(in: bytes), body)
    }

    private static func header(in bytes: Bytes) throws(FrameFault) -> FrameHeader {
        guard let type = FrameType(rawValue: bytes[2]) else { throw .unknownType(bytes[2]) }
        let header = FrameHeader(
            type: type, flags: FrameFlags(rawValue: bytes[3]), length: bytes.little(at: 4),
            stream: bytes.little(at: 8), method: Method(rawValue: bytes.little(at: 12)),
            deadline: bytes.little(at: 16))
        try header.check()
        return header
    }

    static func checksum(of bytes: Bytes, frame: Int, _ body: Range<Int>) -> UInt32 {
        let head = bytes.extracting(frame..<frame + FrameHeader.checksumOffset)
        return CRC32C.of(bytes.extracting(body), seed: CRC32C.of(head))
    }
}

extension FrameHeader {
    /// Refuses what contradicts itself: proto/wire.proto, "WHAT BELONGS WHERE".
    func check() throws(FrameFault) {
        guard flags.isSubset(of: type.flags) else {
            throw .unknownFlags(flags.subtracting(type.flags).rawValue, type)
        }
        switch type.place {
        case .connection: guard stream == 0 else { throw .badFrame(type, .streamNotZero) }
        case .call: guard stream != 0 else { throw .badFrame(type, .streamZero) }
        case .either: break
        }
        guard stream != 0 || method == .none else { throw .badFrame(type, .methodNotZero) }
        guard type == .request || deadline == 0 else { throw .badFrame(type, .deadlineNotZero) }
        guard length <= type.longestBody else { throw .badFrame(type, .bodyTooLong) }
    }
}

extension FrameType {
    enum Place { case connection, call, either }

    /// Whether frames of this type speak of the connection or of one call.
    var place: Place {
        switch self {
        case .hello, .ping, .goaway: .connection
        case .request, .response, .stream, .cancel: .call
        case .credit, .error: .either
        }
    }

    var flags: FrameFlags {
        switch self {
        case .request: .oneWay
        case .ping: .ack
        default: []
        }
    }

    var longestBody: Int {
        switch self {
        case .cancel: 0
        case .ping: Limits.maximumPing
        default: .max
        }
    }
}

extension [UInt8] {
    /// Adds a whole frame.
    package mutating func appendFrame(
        type: FrameType,
        flags: FrameFlags = [],
        stream: UInt32 = 0,
        method: Method = .none,
        deadline: UInt32 = 0,
        body: Bytes
    ) {
        let start = beginFrame()
        append(body)
        endFrame(
            at: start, type: type, flags: flags, stream: stream, method: method,
            deadline: deadline)
    }

    /// Adds a frame without a body.
    package mutating func appendFrame(
        type: FrameType,
        flags: FrameFlags = [],
        stream: UInt32 = 0,
        method: Method = .none,
        deadline: UInt32 = 0
    ) {
        let start = beginFrame()
        endFrame(
            at: start, type: type, flags: flags, stream: stream, method: method,
            deadline: deadline)
    }

    /// Leaves room for a header and says where; the body is whatever is appended before `endFrame`.
    package mutating func beginFrame() -> Int {
        let start = count
        append(addingCapacity: FrameHeader.size) { span in
            span.append(repeating: 0, count: FrameHeader.size)
        }
        return start
    }

    /// Fills in the header of the frame that began at `start` and ends here.
    package mutating func endFrame(
        at start: Int,
        type: FrameType,
        flags: FrameFlags = [],
        stream: UInt32 = 0,
        method: Method = .none,
        deadline: UInt32 = 0
    ) {
        let body = start + FrameHeader.size..<count
        let words: InlineArray<5, UInt32> = [
            UInt32(FrameHeader.letter) | UInt32(FrameHeader.version) << 8
                | UInt32(type.rawValue) << 16 | UInt32(flags.rawValue) << 24,
            UInt32(body.count), stream, UInt32(bitPattern: method.rawValue), deadline,
        ]
        for index in words.indices { store(words[index], at: start + 4 * index) }
        let sum = FrameReader.checksum(of: span, frame: start, body)
        store(sum, at: start + FrameHeader.checksumOffset)
    }

    @inline(__always)
    private mutating func store(_ word: UInt32, at offset: Int) {
        unsafe withUnsafeMutableBytes {
            unsafe $0.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt32.self)
        }
    }
}
