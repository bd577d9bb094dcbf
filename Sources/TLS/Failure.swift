/// What is wrong with a certificate of the other side.
package enum Objection: Equatable, Sendable {
    case expired
    case notYetValid
    /// No authority that we trust has signed it.
    case unknownAuthority
    /// It is for somebody else: who was expected, and for whom it is.
    case otherName(expected: String, found: String)
    /// None was given.
    case missing
    /// It may not be used for this: a client's at a server, or the other way round.
    case wrongUse
    /// It has no common name, or not one that can stand for a user.
    case nameless
    /// In the library's words.
    case other(String)
}

/// Why a conversation came to nothing; one case per way to react.
package enum Failure: Error, Equatable, Sendable {
    /// We do not accept them.
    case refused(Objection)
    /// They do not accept us: an alert of RFC 8446, 6.2.
    case refusedByThem(Alert)
    /// They speak Martlet's protocol, but in plain text.
    case plainMartlet
    /// What they say is not TLS at all.
    case notTLS
    /// They speak TLS, but no version or no protocol that we do.
    case noCommonGround(String)
    /// They broke the rules of TLS, or somebody changed what they said.
    case broken(String)
}

/// Why the other side ended the conversation.
package enum Alert: Equatable, Sendable {
    case certificateRequired
    case certificateExpired
    case unknownAuthority
    case badCertificate
    case noCommonVersion
    case noCommonProtocol
    case other(UInt8)

    init(number: UInt8) {
        switch number {
        case 116: self = .certificateRequired
        case 45: self = .certificateExpired
        case 48: self = .unknownAuthority
        case 42, 43, 44, 46: self = .badCertificate
        case 70: self = .noCommonVersion
        case 120: self = .noCommonProtocol
        default: self = .other(number)
        }
    }
}

extension Objection: CustomStringConvertible {
    /// Follows after "its certificate".
    package var description: String {
        switch self {
        case .expired: "its certificate has expired; renew it ('martlet cert')"
        case .notYetValid:
            "its certificate is not valid yet; compare the clocks of both machines"
        case .unknownAuthority: "its certificate is from an authority that is not trusted here"
        case .otherName(let expected, let found):
            "its certificate is for \(found), not for \(expected)"
        case .missing: "it gave no certificate, and one is wanted here"
        case .wrongUse:
            "its certificate is not made for this use (a client's at a server, or the reverse)"
        case .nameless: "its certificate has no common name that could be a user"
        case .other(let words): "its certificate is not accepted: \(words)"
        }
    }
}

extension Failure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .refused(let objection): objection.description
        case .refusedByThem(let alert): alert.description
        case .plainMartlet:
            "the other side speaks without TLS, and this side with it; give both TLS, or neither"
        case .notTLS: "what came is not TLS; is the address right?"
        case .noCommonGround(let words): words
        case .broken(let words): "TLS went wrong: \(words)"
        }
    }
}

extension Alert: CustomStringConvertible {
    package var description: String {
        switch self {
        case .certificateRequired:
            "the other side wants a certificate, and we gave none"
        case .certificateExpired: "the other side says that our certificate has expired"
        case .unknownAuthority:
            "the other side does not trust the authority of our certificate"
        case .badCertificate: "the other side does not accept our certificate"
        case .noCommonVersion: "the other side does not speak TLS 1.3"
        case .noCommonProtocol:
            "the other side speaks TLS, but not Martlet's protocol; is the address right?"
        case .other(let number): "the other side ended TLS with alert \(number)"
        }
    }
}
