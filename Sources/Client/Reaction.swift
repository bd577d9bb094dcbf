package import Units
package import Wire

/// What a call does to the store, as far as repeating it matters.
package enum CallKind: Equatable, Sendable, CaseIterable {
    /// Changes nothing: asking twice is as good as asking once.
    case read
    /// Changes something, and twice is not the same as once.
    case write
    /// Changes something, but its caller says that twice does no harm.
    case repeatable
}

/// Why a try of a call came to nothing.
package enum Trouble: Equatable, Sendable {
    /// The store answered with an error.
    case refused(WireError)
    /// It never left: no connection could be made, or it broke before anything was sent.
    case notSent(String)
    /// The member left (GOAWAY) and said that it had not looked at this call.
    case notLookedAt(String)
    /// The connection broke after the call was sent.
    case lost(String)
    /// The call was sent, and no answer came in time.
    case expired(String)
    /// An answer came that is not the message it should be.
    case badAnswer(String)
}

/// What to do about it.
package enum Reaction: Equatable, Sendable {
    /// Hand the failure to the caller. `mayHaveHappened` says whether a write might be in force.
    case giveUp(mayHaveHappened: Bool)
    /// Ask another endpoint, or the same one again if it is the only one, after a pause of its own
    /// or of the given length.
    case tryElsewhere(pause: Instant.Span?)
    /// Ask the member that is said to lead.
    case follow(String)
}

extension Reaction {
    /// The whole rule. A write is sent again only after word that it was certainly not executed.
    package init(to trouble: Trouble, of kind: CallKind) {
        switch trouble {
        case .notSent, .notLookedAt: self = .tryElsewhere(pause: nil)
        case .refused(let error): self = Reaction.to(error, of: kind)
        case .lost, .expired:
            self = kind == .write ? .giveUp(mayHaveHappened: true) : .tryElsewhere(pause: nil)
        case .badAnswer: self = .giveUp(mayHaveHappened: kind != .read)
        }
    }

    private static func to(_ error: WireError, of kind: CallKind) -> Reaction {
        switch error.code {
        case .notLeader:
            error.leaderAddress.isEmpty ? .tryElsewhere(pause: nil) : .follow(error.leaderAddress)
        case .noLeader, .overloaded:
            .tryElsewhere(pause: pause(error))
        case .shuttingDown, .outcomeUnknown, .internal:
            kind == .write ? .giveUp(mayHaveHappened: true) : .tryElsewhere(pause: nil)
        case .badMagic, .badVersion, .badChecksum, .badFrame, .creditOverrun:
            kind == .write ? .giveUp(mayHaveHappened: true) : .tryElsewhere(pause: nil)
        case .clusterMismatch, .memberMismatch, .memberRemoved, .identityLost, .identityTaken,
            .unknownFeature:
            .tryElsewhere(pause: nil)
        case .deadlineExceeded:
            kind == .write ? .giveUp(mayHaveHappened: true) : .tryElsewhere(pause: nil)
        case .unknownMethod, .badMessage, .invalidArgument, .keyEmpty, .keyTooLong,
            .valueTooLarge, .leaseNotFound, .leaseExists, .compacted, .futureRevision,
            .keyNotFound, .tooManyOperations, .duplicateKey, .memberNotFound, .memberExists,
            .quorumAtRisk, .notPermitted, .noSpace, .membershipBusy, .none,
            .unauthenticated, .sessionNotFound, .sequencePassed, .notHeld, .userNotFound,
            .userExists, .roleNotFound, .roleExists, .quotaExceeded, .treeFailed, .versionTooLow:
            .giveUp(mayHaveHappened: false)
        // Too large is the answer, not the request, which is measured before it leaves.
        case .cancelled, .frameTooLarge, .unrecognized:
            .giveUp(mayHaveHappened: kind != .read)
        }
    }

    private static func pause(_ error: WireError) -> Instant.Span? {
        guard error.retryAfterMs > 0 else { return nil }
        return min(.milliseconds(UInt64(error.retryAfterMs)), Limits.longestHint)
    }
}
