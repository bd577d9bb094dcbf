internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Why a request is not carried out, in the words of the protocol.
struct Refusal: Swift.Error {
    var error: WireError

    init(_ code: ErrorCode, _ message: String) {
        error = WireError(code: code, message: message)
    }

    init(_ error: WireError) { self.error = error }

    static func invalid(_ message: String) -> Refusal { Refusal(.invalidArgument, message) }

    static func unknownMethod(_ method: UInt32) -> Refusal {
        Refusal(.unknownMethod, "method \(method) is not known to this member")
    }

    init(_ fault: MessageFault) {
        self.init(.badMessage, "the request does not parse: \(fault.message)")
    }

    init(_ failure: MVCC::Failure) {
        self.init(failure.code, failure.description)
        switch failure {
        case .compacted(let below): error.revision = below.rawValue
        case .futureRevision(let newest): error.revision = newest.rawValue
        default: break
        }
    }
}

extension MVCC::Failure {
    var code: ErrorCode {
        switch self {
        case .keyEmpty: .keyEmpty
        case .keyTooLong: .keyTooLong
        case .valueTooLarge: .valueTooLarge
        case .leaseNotFound: .leaseNotFound
        case .leaseExists: .leaseExists
        case .compacted: .compacted
        case .futureRevision: .futureRevision
        case .keyNotFound: .keyNotFound
        case .tooManyOperations: .tooManyOperations
        case .duplicateKey: .duplicateKey
        case .tooManyCompares: .tooManyOperations
        case .tooManyLeases, .tooManyWatchers: .overloaded
        case .resultTooLarge: .frameTooLarge
        case .tooManyToSort, .sortTooLarge: .invalidArgument
        case .invalidRange, .invalidTTL, .invalidLease, .valueGiven, .leaseGiven:
            .invalidArgument
        }
    }
}

extension Store {
    mutating func refuse(
        _ session: SessionID, _ stream: UInt32, _ method: UInt32, _ code: ErrorCode,
        _ message: String
    ) {
        refuse(session, stream, method, Refusal(code, message))
    }

    /// Ends a call with an error, adding what helps the caller to go elsewhere.
    mutating func refuse(
        _ session: SessionID, _ stream: UInt32, _ method: UInt32, _ refusal: Refusal
    ) {
        guard stream != 0 else { return }
        var error = refusal.error
        switch error.code {
        case .overloaded where error.retryAfterMs > 0: break
        case .overloaded, .noLeader, .membershipBusy, .noSpace:
            error.retryAfterMs = Limits.retryAfter
        case .notLeader:
            let leader = members.first { $0.id == raft.leader }
            error.leaderID = leader?.id.rawValue ?? 0
            error.leaderAddress = leader?.clientAddresses.first ?? ""
        default: break
        }
        metrics.refused(method, error.code)
        let start = effects.bytes.count
        error.encode(into: &effects.bytes)
        emit(.error, session, stream, method, from: start)
    }

    /// Queues a frame whose body is what was added to `effects.bytes` since `start`.
    mutating func emit(
        _ type: FrameType, _ session: SessionID, _ stream: UInt32, _ method: UInt32,
        from start: Int
    ) {
        metrics.left(type, method, effects.bytes.count - start)
        effects.frames.append(
            OutgoingFrame(
                session: session, type: type, stream: stream, method: method,
                body: start..<effects.bytes.count))
    }

    var header: ResponseHeader {
        let term = applying.isKept ? applying.term : raft.term
        return ResponseHeader(
            clusterID: identity.cluster,
            memberID: applying.isKept ? 0 : identity.member.rawValue,
            revision: mvcc.revision.rawValue, raftTerm: term.rawValue)
    }
}
