package import EventLoop
package import Units
package import Wire

/// How a call can end without its answer; one case per way to react.
package enum ClientFailure: Error, Equatable, Sendable {
    /// The store said no.
    case refused(WireError, by: Address)
    /// No endpoint could be reached; what was asked for did certainly not happen.
    case unreachable([Unreached])
    /// Time ran out. `because` is what stood in the way last, if anything was heard.
    case timedOut(Instant.Span, because: String?, mayHaveHappened: Bool)
    /// The connection broke under a write: it may or may not have happened.
    case lost(Address, String)
    /// The answer is not the message it should be.
    case badAnswer(Address, String)
    /// More calls wait than `Limits.calls`.
    case tooManyCalls
    /// The request has so many bytes, and no server takes that.
    case tooLong(Int)
    /// The caller cancelled, or closed the client.
    case cancelled

    /// An endpoint and what was wrong with it.
    package struct Unreached: Equatable, Sendable {
        package var address: Address
        package var why: String

        package init(_ address: Address, _ why: String) {
            self.address = address
            self.why = why
        }

        /// Why, without saying again who.
        package var reason: String {
            let doubled = "cannot connect to \(address): "
            return why.hasPrefix(doubled) ? String(why.dropFirst(doubled.count)) : why
        }
    }
}

extension ClientFailure {
    /// The store's error code, if it was the store that said no.
    package var code: ErrorCode? {
        guard case .refused(let error, _) = self else { return nil }
        return error.code
    }

    /// Whether a write that failed like this might be in force all the same.
    package var mayHaveHappened: Bool {
        switch self {
        case .lost: true
        case .timedOut(_, _, let mayHaveHappened): mayHaveHappened
        case .refused(let error, _):
            Reaction(to: .refused(error), of: .write) == .giveUp(mayHaveHappened: true)
        case .badAnswer: true
        case .unreachable, .tooManyCalls, .tooLong, .cancelled: false
        }
    }

    /// For people, one line: why, and what to do. It follows after "cannot …: ".
    package var message: String {
        switch self {
        case .refused(let error, let address):
            "\(error.message.isEmpty ? "error \(error.code.rawValue)" : error.message)"
                + " (said \(address))"
        case .unreachable(let tried):
            "no host answers: "
                + tried.map { "\($0.address) (\($0.reason))" }.joined(separator: ", ")
        case .timedOut(let span, let because, let mayHaveHappened):
            "no answer within \(ClientFailure.seconds(span))"
                + (because.map { ": \($0)" } ?? "") + doubt(mayHaveHappened)
        case .lost(let address, let why):
            "the connection to \(address) broke: \(why)" + doubt(true)
        case .badAnswer(let address, let why):
            "\(address) gave an answer that cannot be read: \(why)"
        case .tooManyCalls: "too many calls wait already; the limit is \(Limits.calls)"
        case .tooLong(let count):
            "the request has \(count) bytes; the limit is \(Wire.Limits.maximumFrame)"
        case .cancelled: "it was cancelled"
        }
    }

    private func doubt(_ mayHaveHappened: Bool) -> String {
        mayHaveHappened ? "; it may have happened all the same, so look before you repeat it" : ""
    }

    private static func seconds(_ span: Instant.Span) -> String {
        let milliseconds = span.nanoseconds / 1_000_000
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
    }
}
