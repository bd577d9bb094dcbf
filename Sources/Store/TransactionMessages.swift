internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

extension Transaction {
    init(_ request: TxnRequest) throws(Refusal) {
        self.init()
        for compare in request.compare { compares.append(try Compare(compare)) }
        for operation in request.success { success.append(try Operation(operation)) }
        for operation in request.failure { failure.append(try Operation(operation)) }
    }
}

extension Transaction {
    /// False when carrying it out changes nothing, whichever way the compares go.
    var writes: Bool { (success + failure).contains { $0.writes } }
}

extension Transaction.Operation {
    var writes: Bool {
        switch self {
        case .range: false
        case .put, .delete: true
        case .transaction(let nested): nested.writes
        }
    }
}

extension Transaction.Compare {
    init(_ compare: Wire::Compare) throws(Refusal) {
        let relation: Relation =
            switch compare.result {
            case .equal: .equal
            case .greater: .greater
            case .less: .less
            case .notEqual: .notEqual
            default: throw .invalid("compare result \(compare.result) is not known")
            }
        let target: Target =
            switch compare.target {
            case .version: .version(compare.number)
            case .create: .create(Revision(rawValue: compare.number))
            case .mod: .mod(Revision(rawValue: compare.number))
            case .lease: .lease(LeaseID(rawValue: compare.number))
            case .value: .value(compare.value)
            default: throw .invalid("compare target \(compare.target) is not known")
            }
        self.init(
            range: try KeyRange(compare.key, compare.rangeEnd), relation: relation, target: target)
    }
}

extension Transaction.Operation {
    init(_ operation: Wire::Operation) throws(Refusal) {
        switch operation.operation {
        case .range(let request): self = .range(try RangeQuery(request))
        case .put(let request):
            var options: PutOptions = []
            if request.previous { options.insert(.previous) }
            if request.ignoreValue { options.insert(.ignoreValue) }
            if request.ignoreLease { options.insert(.ignoreLease) }
            self = .put(
                Transaction.Put(
                    key: request.key, value: request.value,
                    lease: LeaseID(rawValue: request.lease), options: options))
        case .deleteRange(let request):
            self = .delete(
                try KeyRange(request.key, request.rangeEnd), previous: request.previous)
        case .txn(let request): self = .transaction(try Transaction(request))
        case nil: throw .invalid("an operation of the transaction is empty")
        }
    }
}

extension RangeQuery {
    init(_ request: RangeRequest) throws(Refusal) {
        guard request.limit >= 0 else { throw .invalid("limit \(request.limit) is negative") }
        guard request.revision >= 0 else {
            throw .invalid("revision \(request.revision) is negative")
        }
        guard request.limitBytes >= 0 else {
            throw .invalid("limit of \(request.limitBytes) bytes is negative")
        }
        self.init(
            try KeyRange(request.key, request.rangeEnd),
            revision: Revision(rawValue: request.revision), limit: Int(request.limit),
            keysOnly: request.keysOnly, countOnly: request.countOnly)
        limitBytes = Int(request.limitBytes)
        descending = try Self.isDescending(request.sortOrder)
        target = try RangeQuery.Target(request.sortTarget)
        filter = try RangeQuery.Filter(request)
    }

    private static func isDescending(_ order: SortOrder) throws(Refusal) -> Bool {
        switch order {
        case .unsorted, .ascending: false
        case .descending: true
        case .unrecognized(let number): throw .invalid("sort order \(number) is not known")
        }
    }
}

extension RangeQuery.Target {
    fileprivate init(_ target: SortTarget) throws(Refusal) {
        switch target {
        case .byKey: self = .key
        case .byVersion: self = .version
        case .byCreate: self = .create
        case .byMod: self = .mod
        case .byValue: self = .value
        case .unrecognized(let number): throw .invalid("sort target \(number) is not known")
        }
    }
}

extension RangeQuery.Filter {
    fileprivate init(_ request: RangeRequest) throws(Refusal) {
        let bounds = [
            request.minModRevision, request.maxModRevision, request.minCreateRevision,
            request.maxCreateRevision,
        ]
        guard bounds.allSatisfy({ $0 >= 0 }) else {
            throw .invalid("a bound of revisions is negative")
        }
        self.init(
            minMod: Revision(rawValue: bounds[0]), maxMod: Revision(rawValue: bounds[1]),
            minCreate: Revision(rawValue: bounds[2]), maxCreate: Revision(rawValue: bounds[3]))
    }
}

extension TxnResponse {
    init(_ result: TransactionResult, header: ResponseHeader) {
        self.init(
            header: header, succeeded: result.succeeded,
            responses: result.responses.map { OperationResponse($0, header: header) })
    }
}

extension OperationResponse {
    init(_ result: TransactionResult.Response, header: ResponseHeader) {
        switch result {
        case .range(let records, let summary):
            self.init(
                response: .range(
                    RangeResponse(
                        header: header, kvs: records.map(KeyValue.init), more: summary.more,
                        count: Int64(summary.count))))
        case .put(let previous):
            self.init(
                response: .put(PutResponse(header: header, previous: previous.map(KeyValue.init))))
        case .delete(let deleted):
            self.init(
                response: .deleteRange(
                    DeleteRangeResponse(
                        header: header, deleted: Int64(deleted.count),
                        previous: deleted.records.map(KeyValue.init))))
        case .transaction(let nested):
            self.init(response: .txn(TxnResponse(nested, header: header)))
        }
    }
}
