import Testing
import Units

@testable import TLS

/// An authority and whoever it vouches for, valid from a day ago for a year unless told otherwise.
struct Town {
    static let day: Int64 = 86_400
    /// Seconds since 1970, now.
    static let now = Int64(SystemClock.seconds)
    static let valid = Issuer.Validity(from: now - day, to: now + 365 * day)
    static let past = Issuer.Validity(from: now - 30 * day, to: now - day)
    static let future = Issuer.Validity(from: now + day, to: now + 30 * day)

    let issuer = Issuer.found(named: "town", valid)

    func papers(_ subject: Issuer.Subject, _ validity: Issuer.Validity = valid) -> Papers {
        issuer.issue(subject, validity)
    }

    func context(
        _ papers: Papers?, trusting other: Town? = nil, wants: Bool = true
    ) throws -> Context {
        try Context(
            papers: papers, authorities: [(other ?? self).issuer.certificate],
            wantsClientCertificate: wants)
    }
}

/// Two who talk, and the wire between them.
final class Talk {
    var caller: TLS::Session
    var callee: TLS::Session
    var toCallee: [UInt8] = []
    var toCaller: [UInt8] = []
    var heardByCaller: [UInt8] = []
    var heardByCallee: [UInt8] = []

    init(
        _ client: Context, _ server: Context, expecting: TLS::Expectation = .host("127.0.0.1"),
        welcoming: TLS::Expectation = .user
    ) {
        caller = TLS::Session(calling: expecting, client, &toCallee)
        callee = TLS::Session(answering: welcoming, server)
    }

    /// Carries what there is, in pieces of at most `size`, until nobody says anything.
    func carry(pieces size: Int = .max) {
        while !toCallee.isEmpty || !toCaller.isEmpty {
            let forth = toCallee
            toCallee = []
            for piece in pieces(forth, size) {
                callee.receive(piece.span, plain: &heardByCallee, out: &toCaller)
            }
            let back = toCaller
            toCaller = []
            for piece in pieces(back, size) {
                caller.receive(piece.span, plain: &heardByCaller, out: &toCallee)
            }
        }
    }

    private func pieces(_ bytes: [UInt8], _ size: Int) -> [[UInt8]] {
        var rest = bytes[...]
        var found: [[UInt8]] = []
        while !rest.isEmpty {
            found.append(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return found
    }

    var isOpen: Bool { caller.state == .open && callee.state == .open }
}
