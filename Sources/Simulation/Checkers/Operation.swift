import Units
import Wire

/// What a client asks for.
enum Request: Equatable {
    case put(PutRequest)
    case range(RangeRequest)
    case delete(DeleteRangeRequest)
    case txn(TxnRequest)
    case compact(CompactRequest)
    case grant(LeaseGrantRequest)
    case revoke(LeaseRevokeRequest)
    case keepAlive(LeaseKeepAliveRequest)
    case timeToLive(LeaseTimeToLiveRequest)
    case leases(LeaseListRequest)

    var method: Wire::Method {
        switch self {
        case .put: .put
        case .range: .range
        case .delete: .deleteRange
        case .txn: .txn
        case .compact: .compact
        case .grant: .leaseGrant
        case .revoke: .leaseRevoke
        case .keepAlive: .leaseKeepAlive
        case .timeToLive: .leaseTimeToLive
        case .leases: .leaseList
        }
    }

    /// It goes through the log.
    var isCommand: Bool {
        switch self {
        case .put, .delete, .compact, .grant, .revoke: true
        case .range, .timeToLive, .leases: false
        // It shares a command with others, which is the store's own.
        case .keepAlive: false
        case .txn(let request): request.writes
        }
    }

    private var encoded: [UInt8] {
        switch self {
        case .put(let request): request.encoded
        case .range(let request): request.encoded
        case .delete(let request): request.encoded
        case .txn(let request): request.encoded
        case .compact(let request): request.encoded
        case .grant(let request): request.encoded
        case .revoke(let request): request.encoded
        case .keepAlive(let request): request.encoded
        case .timeToLive(let request): request.encoded
        case .leases(let request): request.encoded
        }
    }

    /// The message, and behind it a field that only the checker knows: which operation this is. The
    /// store must carry it along unread.
    func tagged(_ id: Int) -> [UInt8] {
        var bytes = encoded
        Tag.append(id, to: &bytes)
        return bytes
    }
}

/// Field 2000 of every request, a fixed 64-bit number, always last.
enum Tag {
    private static let key: [UInt8] = [0x81, 0x7D]

    static func append(_ id: Int, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: key)
        bytes.append(little: UInt64(id))
    }

    static func read(_ bytes: Bytes) -> Int? {
        let start = bytes.count - 10
        guard start >= 0, bytes[start] == key[0], bytes[start + 1] == key[1] else { return nil }
        return Int(bytes.little(UInt64.self, at: start + 2))
    }
}

extension TxnRequest {
    fileprivate var writes: Bool {
        (success + failure).contains { operation in
            switch operation.operation {
            case .put, .deleteRange: true
            case .txn(let nested): nested.writes
            case .range, nil: false
            }
        }
    }
}

/// One request of one client, and what came of it.
struct Operation {
    enum Outcome: Equatable {
        case pending
        case answered(Reply)
        case refused(ErrorCode)
        /// The connection broke, or the answer was that nobody knows.
        case unknown
    }

    let id: Int
    let client: Int
    let request: Request
    let invoked: Moment
    /// The newest revision that anyone had been told of by then.
    let told: Int64
    var completed: Moment?
    var outcome = Outcome.pending
    /// Its place among all commands of the log, once it is committed.
    var position: UInt64?
    /// The revision it made.
    var made: Int64?
    /// What the model says that it answers.
    var expected: Model.Outcome?
}
