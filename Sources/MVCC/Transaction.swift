/// Writes and reads that happen together or not at all, chosen by compares.
package struct Transaction: Equatable, Sendable {
    package var compares: [Compare]
    package var success: [Operation]
    package var failure: [Operation]

    package init(compares: [Compare] = [], success: [Operation] = [], failure: [Operation] = []) {
        self.compares = compares
        self.success = success
        self.failure = failure
    }

    package struct Compare: Equatable, Sendable {
        package enum Relation: Equatable, Sendable { case equal, greater, less, notEqual }

        package enum Target: Equatable, Sendable {
            case version(Int64)
            case create(Revision)
            case mod(Revision)
            case lease(LeaseID)
            case value([UInt8])
        }

        /// Holds when it holds for every key in here. Where there is none, it is asked of one that
        /// does not exist.
        package var range: KeyRange
        package var relation: Relation
        /// What the key's fact stands in relation to.
        package var target: Target

        package init(range: KeyRange, relation: Relation, target: Target) {
            self.range = range
            self.relation = relation
            self.target = target
        }
    }

    package indirect enum Operation: Equatable, Sendable {
        case range(RangeQuery)
        case put(Put)
        case delete(KeyRange, previous: Bool)
        case transaction(Transaction)
    }

    package struct Put: Equatable, Sendable {
        package var key: [UInt8]
        package var value: [UInt8]
        package var lease: LeaseID
        package var options: PutOptions

        package init(
            key: [UInt8], value: [UInt8], lease: LeaseID = .none, options: PutOptions = []
        ) {
            self.key = key
            self.value = value
            self.lease = lease
            self.options = options
        }
    }
}

/// What came of a transaction.
package struct TransactionResult: Equatable, Sendable {
    /// All compares held.
    package var succeeded: Bool
    /// One for each operation of the path that was taken.
    package var responses: [Response]

    package indirect enum Response: Equatable, Sendable {
        case range([Record], RangeSummary)
        case put(previous: Record?)
        case delete(Deleted)
        case transaction(TransactionResult)
    }

    package init(succeeded: Bool, responses: [Response]) {
        self.succeeded = succeeded
        self.responses = responses
    }
}
