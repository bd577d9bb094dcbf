import Units
import Wire

/// A response message, with headers that hold nothing but the revision, so that answers of different
/// members can be compared.
enum Reply: Equatable {
    case put(PutResponse)
    case range(RangeResponse)
    case delete(DeleteRangeResponse)
    case txn(TxnResponse)
    case compact(CompactResponse)
    case grant(LeaseGrantResponse)
    case revoke(LeaseRevokeResponse)
    case keepAlive(LeaseKeepAliveResponse)
    case timeToLive(LeaseTimeToLiveResponse)
    case leases(LeaseListResponse)

    /// Nil when the bytes are not the response of this method.
    init?(_ method: Wire::Method, _ body: Bytes) {
        do throws(MessageFault) {
            self = try Reply.decode(method, body)
        } catch {
            return nil
        }
        stamp(ResponseHeader(revision: revision))
    }

    private static func decode(
        _ method: Wire::Method, _ body: Bytes
    ) throws(MessageFault) -> Reply {
        switch method {
        case .put: .put(try PutResponse(decoding: body))
        case .range: .range(try RangeResponse(decoding: body))
        case .deleteRange: .delete(try DeleteRangeResponse(decoding: body))
        case .txn: .txn(try TxnResponse(decoding: body))
        case .compact: .compact(try CompactResponse(decoding: body))
        case .leaseGrant: .grant(try LeaseGrantResponse(decoding: body))
        case .leaseRevoke: .revoke(try LeaseRevokeResponse(decoding: body))
        case .leaseKeepAlive: .keepAlive(try LeaseKeepAliveResponse(decoding: body))
        case .leaseTimeToLive: .timeToLive(try LeaseTimeToLiveResponse(decoding: body))
        case .leaseList: .leases(try LeaseListResponse(decoding: body))
        default: throw MessageFault.malformed("response of no method that is used here")
        }
    }

    var header: ResponseHeader? {
        switch self {
        case .put(let response): response.header
        case .range(let response): response.header
        case .delete(let response): response.header
        case .txn(let response): response.header
        case .compact(let response): response.header
        case .grant(let response): response.header
        case .revoke(let response): response.header
        case .keepAlive(let response): response.header
        case .timeToLive(let response): response.header
        case .leases(let response): response.header
        }
    }

    var revision: Int64 { header?.revision ?? 0 }

    mutating func stamp(_ header: ResponseHeader) {
        switch self {
        case .put(var response):
            response.header = header
            self = .put(response)
        case .range(var response):
            response.header = header
            self = .range(response)
        case .delete(var response):
            response.header = header
            self = .delete(response)
        case .txn(var response):
            response.stamp(header)
            self = .txn(response)
        case .compact: self = .compact(CompactResponse(header: header))
        case .grant(var response):
            response.header = header
            self = .grant(response)
        case .revoke: self = .revoke(LeaseRevokeResponse(header: header))
        case .keepAlive(var response):
            response.header = header
            self = .keepAlive(response)
        case .timeToLive(var response):
            response.header = header
            self = .timeToLive(response)
        case .leases(var response):
            response.header = header
            self = .leases(response)
        }
    }
}

extension TxnResponse {
    /// Puts this header on it and on all that is in it.
    mutating func stamp(_ header: ResponseHeader) {
        self.header = header
        for place in responses.indices { responses[place].stamp(header) }
    }
}

extension OperationResponse {
    fileprivate mutating func stamp(_ header: ResponseHeader) {
        switch response {
        case .range(var inner):
            inner.header = header
            response = .range(inner)
        case .put(var inner):
            inner.header = header
            response = .put(inner)
        case .deleteRange(var inner):
            inner.header = header
            response = .deleteRange(inner)
        case .txn(var inner):
            inner.stamp(header)
            response = .txn(inner)
        case nil: break
        }
    }
}
