/// Why a body was not taken for the message it should be. It ends the call, not the connection.
package enum MessageFault: Swift.Error, Equatable {
    /// Not protobuf, or a field with another type than `proto/` gives it.
    case malformed(String)
    /// A number with more bits than its kind has, or the field number 0.
    case badNumber(String)
    /// A text that is not UTF-8, or that holds a zero byte.
    case badText(String)
    /// A message field or a oneof is set twice.
    case setTwice(String)
    /// Messages in messages in messages.
    case tooDeep(String)
    /// Building it would take more memory than `Limits.maximumMessageMemory`.
    case tooManyParts(String)
}

extension MessageFault {
    init(_ fault: FieldFault, in name: String) {
        switch fault {
        case .malformed: self = .malformed(name)
        case .outOfRange: self = .badNumber(name)
        }
    }

    package var code: ErrorCode { .badMessage }

    /// For people, one line.
    package var message: String {
        switch self {
        case .malformed(let name):
            "the body is not a \(name): it is damaged, or made for another message"
        case .badNumber(let name):
            "the body is not a \(name): a number in it is out of range"
        case .badText(let name):
            "the body is not a \(name): a text in it is not UTF-8 without zero bytes"
        case .setTwice(let name):
            "the body is not a \(name): a message in it, or one of several choices, is set twice"
        case .tooDeep(let name):
            "the body is not a \(name) that is taken: messages in it nest deeper than "
                + "\(Limits.maximumNesting); nest fewer transactions"
        case .tooManyParts(let name):
            "the body is not a \(name) that is taken: it has too many small parts; send fewer"
        }
    }
}
