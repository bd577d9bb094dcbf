internal import CUV

/// Why the machine did not do what was asked.
package struct LoopFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// One case per reaction.
    package enum Reason: Equatable, Sendable {
        case addressInUse
        case addressNotHere
        case notPermitted
        case refused
        case notFound
        case unreachable
        case timedOut
        case reset
        case cancelled
        case tooManyDescriptors
        case nameTooLong(limit: Int)
        case unknownHost
        case unknownGroup(String)
        case notASocket
        case unreadInput(limit: Int)
        case other(Int32)
    }

    package var reason: Reason
    /// What was tried: "listen on", "connect to".
    package var action: String
    /// On what: an address, a path, a program.
    package var subject: String

    package init(_ reason: Reason, _ action: String, _ subject: String) {
        self.reason = reason
        self.action = action
        self.subject = subject
    }

    /// From a negative libuv status.
    init(status: Int32, _ action: String, _ subject: String) {
        self.init(Reason(status: status), action, subject)
    }

    package var description: String { "cannot \(action) \(subject): \(reason)" }
}

extension LoopFailure.Reason {
    init(status: Int32) {
        switch uv_errno_t(rawValue: status) {
        case UV_EADDRINUSE: self = .addressInUse
        case UV_EADDRNOTAVAIL: self = .addressNotHere
        case UV_EACCES, UV_EPERM: self = .notPermitted
        case UV_ECONNREFUSED: self = .refused
        case UV_ENOENT: self = .notFound
        case UV_ENETUNREACH, UV_EHOSTUNREACH: self = .unreachable
        case UV_ETIMEDOUT: self = .timedOut
        case UV_ECONNRESET, UV_EPIPE: self = .reset
        case UV_ECANCELED: self = .cancelled
        case UV_EMFILE, UV_ENFILE: self = .tooManyDescriptors
        case UV_EAI_NONAME, UV_EAI_NODATA, UV_EAI_AGAIN, UV_EAI_FAIL: self = .unknownHost
        default: self = .other(status)
        }
    }
}

extension LoopFailure.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .addressInUse: "address in use; stop the program that has it or choose another"
        case .addressNotHere: "this machine does not have that address"
        case .notPermitted: "not permitted"
        case .refused: "nobody listens there"
        case .notFound: "no such file or directory"
        case .unreachable: "no route to it"
        case .timedOut: "it did not answer in time"
        case .reset: "the other side closed the connection"
        case .cancelled: "it was cancelled"
        case .tooManyDescriptors: "too many open files; raise LimitNOFILE"
        case .nameTooLong(let limit): "the name is longer than \(limit) bytes"
        case .unknownHost: "no such host"
        case .unknownGroup(let group): "there is no group '\(group)'"
        case .notASocket: "there is a file that is not a socket; move it away"
        case .unreadInput(let limit): "more than \(limit) bytes were left unread"
        case .other(let status): unsafe String(cString: uv_strerror(status))
        }
    }
}
