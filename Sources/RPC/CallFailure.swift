package import Wire

/// Why a call came to nothing.
package struct CallFailure: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Cause: Equatable, Sendable {
        /// The other side answered with an error.
        case answered
        /// Our own deadline passed.
        case deadline
        /// The connection was lost, or never made.
        case disconnected
        /// It was not sent: too much waits already, or it is too long.
        case notSent
    }

    package var cause: Cause
    package var code: ErrorCode
    /// For people, one line.
    package var message: String
    /// The other side may have done what was asked. False: it is safe to ask again elsewhere.
    package var mayHaveRun: Bool
    /// With NOT_LEADER, if known.
    package var leaderID: UInt64 = 0
    package var leaderAddress = ""
    /// With OVERLOADED and NO_LEADER: when to try again.
    package var retryAfterMilliseconds: UInt32 = 0
    /// With COMPACTED and FUTURE_REVISION.
    package var revision: Int64 = 0

    package init(_ cause: Cause, _ code: ErrorCode, _ message: String, mayHaveRun: Bool) {
        self.cause = cause
        self.code = code
        self.message = message
        self.mayHaveRun = mayHaveRun
    }

    /// From the body of an ERROR frame.
    init(_ error: WireError) {
        self.init(
            .answered, error.code, error.message, mayHaveRun: error.code.leavesOpenWhatHappened)
        leaderID = error.leaderID
        leaderAddress = error.leaderAddress
        retryAfterMilliseconds = error.retryAfterMs
        revision = error.revision
    }

    package var description: String { message }
}

extension ErrorCode {
    /// After this error a write may or may not have happened.
    package var leavesOpenWhatHappened: Bool {
        switch self {
        case .deadlineExceeded, .outcomeUnknown, .internal, .cancelled, .unrecognized,
            .frameTooLarge, .shuttingDown:
            true
        default: false
        }
    }
}
