/// Why received bytes are not a frame. It ends the connection: where the next frame would start is
/// not known, or the other side speaks something else.
package enum FrameFault: Swift.Error, Equatable {
    case badMagic
    case badVersion(UInt8)
    case badChecksum
    case tooLarge(length: Int, limit: Int)
    case unknownType(UInt8)
    /// Bits that a frame of this type does not have.
    case unknownFlags(UInt8, FrameType)
    case badFrame(FrameType, Contradiction)

    /// How a header says two things at once.
    package enum Contradiction: Equatable, Sendable {
        case streamZero, streamNotZero, methodNotZero, deadlineNotZero, bodyTooLong
    }

    package var code: ErrorCode {
        switch self {
        case .badMagic: .badMagic
        case .badVersion: .badVersion
        case .badChecksum: .badChecksum
        case .tooLarge: .frameTooLarge
        case .unknownType, .unknownFlags, .badFrame: .badFrame
        }
    }

    /// For people, one line.
    package var message: String {
        switch self {
        case .badMagic:
            "not a Martlet frame: it does not start with 'M'; is this the right port?"
        case .badVersion(let version):
            "framing version \(version) is not known here, only \(FrameHeader.version); "
                + "use a matching version of the program"
        case .badChecksum:
            "a frame was damaged on its way: its checksum does not match; connect again"
        case .tooLarge(let length, let limit):
            "a frame of \(length) bytes is over the limit of \(limit); send it in parts"
        case .unknownType(let type):
            "frame type \(type) is not known here; use a matching version of the program"
        case .unknownFlags(let bits, let type):
            "a frame of type \(type) has flags 0x\(String(bits, radix: 16)) that do not belong there"
        case .badFrame(let type, let contradiction):
            "a frame of type \(type) contradicts itself: \(contradiction.words(for: type))"
        }
    }
}

extension FrameFault.Contradiction {
    fileprivate func words(for type: FrameType) -> String {
        switch self {
        case .streamZero: "it belongs to a call, but names none"
        case .streamNotZero: "it belongs to the connection, but names a call"
        case .methodNotZero: "it belongs to the connection, but names a method"
        case .deadlineNotZero: "only a request has a deadline"
        case .bodyTooLong: "its body may have at most \(type.longestBody) bytes"
        }
    }
}
