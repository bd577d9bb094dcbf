internal import CLMDB
internal import Glibc

/// Why something on the disk could not be done; one case for each thing a caller may do about it.
package enum DiskFailure: Error, Equatable, Sendable {
    /// A sync did not succeed. Final: what was written may be gone. Stop being a member.
    case syncFailed(Fault)
    /// The disk is full. The same call may be tried again when there is space.
    case noSpace(Fault)
    /// Anything else; final for the file.
    case io(Fault)

    /// What was tried, on what, and what the system said.
    package struct Fault: Equatable, Sendable {
        package var action: String
        package var path: String
        package var code: Int32
    }

    package var fault: Fault {
        switch self {
        case .syncFailed(let fault), .noSpace(let fault), .io(let fault): fault
        }
    }
}

extension DiskFailure: CustomStringConvertible {
    /// One line for people.
    package var description: String {
        let what = "cannot \(fault.action) '\(fault.path)': \(words(for: fault.code))"
        return switch self {
        case .syncFailed: what + "; what was written may be lost, so this member has to stop"
        case .noSpace: what + "; free some space, it goes on by itself"
        case .io: what
        }
    }
}

extension DiskFailure {
    /// What to make of the system's answer to anything but a sync.
    static func of(_ action: String, _ path: String, _ code: Int32) -> DiskFailure {
        let fault = Fault(action: action, path: path, code: code)
        let isFull = code == ENOSPC || code == EDQUOT || code == EFBIG || code == MDB_MAP_FULL
        return isFull ? .noSpace(fault) : .io(fault)
    }
}

/// The system's words for an error number; LMDB's own are negative.
func words(for code: Int32) -> String {
    code < 0
        ? unsafe String(cString: mdb_strerror(code)) : unsafe String(cString: strerror(code))
}
