/// Why something was not done; nothing was changed.
package enum Failure: Swift.Error, Equatable, Sendable {
    case keyEmpty
    case keyTooLong(limit: Int)
    case valueTooLarge(limit: Int)
    /// The end of the range is not above its key.
    case invalidRange
    /// The key whose value or lease was to be kept does not exist.
    case keyNotFound
    /// A value, or a lease, was given together with the wish to keep the present one.
    case valueGiven, leaseGiven
    case leaseNotFound(LeaseID)
    case leaseExists(LeaseID)
    case tooManyLeases(limit: Int)
    /// A lease's id is negative.
    case invalidLease(LeaseID)
    /// Not within the seconds that a lease may live.
    case invalidTTL(ClosedRange<Int64>)
    /// What is before this revision was forgotten.
    case compacted(below: Revision)
    case futureRevision(newest: Revision)
    case tooManyOperations(limit: Int)
    case tooManyCompares(limit: Int)
    case duplicateKey
    /// The deleted pairs that were asked for exceed what one answer can hold.
    case resultTooLarge(limit: Int)
    case tooManyWatchers(limit: Int)
    /// More pairs than may be sorted or sifted in one go.
    case tooManyToSort(limit: Int)
    /// The values to sort by exceed what may be held.
    case sortTooLarge(limit: Int)
}

extension Failure: CustomStringConvertible {
    /// One line that says what is wrong and what to do.
    package var description: String {
        switch self {
        case .keyEmpty: "the key is empty; give 1 to \(Limits.key) bytes"
        case .keyTooLong(let limit): "the key is longer than \(limit) bytes; use a shorter one"
        case .valueTooLarge(let limit):
            "the value is larger than \(limit) bytes; split it over several keys"
        case .invalidRange: "the end of the range is not above its key; swap them"
        case .keyNotFound: "the key does not exist, so nothing of it can be kept; put it in full"
        case .valueGiven: "a value was given although the present one is to be kept; leave one out"
        case .leaseGiven: "a lease was given although the present one is to be kept; leave one out"
        case .leaseNotFound(let id): "lease \(id) does not exist; grant it first"
        case .leaseExists(let id): "lease \(id) exists already; choose another id or 0"
        case .tooManyLeases(let limit):
            "there are \(limit) leases, the most there may be; revoke some"
        case .invalidLease(let id): "lease id \(id.rawValue) is negative; choose another id or 0"
        case .invalidTTL(let range):
            "the time to live is not between \(range.lowerBound) and \(range.upperBound) seconds"
        case .compacted(let below):
            "revisions below \(below.rawValue) were compacted; ask for \(below.rawValue) or later"
        case .futureRevision(let newest):
            "the revision is in the future; the newest is \(newest.rawValue)"
        case .tooManyOperations(let limit):
            "the transaction has more than \(limit) operations; split it"
        case .tooManyCompares(let limit):
            "the transaction has more than \(limit) compares; split it"
        case .duplicateKey: "the transaction puts a key twice; put it once"
        case .resultTooLarge(let limit):
            "the deleted pairs exceed \(limit) bytes; delete less at a time or do not ask for them"
        case .tooManyWatchers(let limit): "there are \(limit) watchers, the most there may be"
        case .tooManyToSort(let limit):
            "the range has more than \(limit) keys, the most that a transaction may sort or sift; "
                + "narrow it, or read it outside of the transaction"
        case .sortTooLarge(let limit):
            "what the pairs are to be sorted by exceeds \(limit) bytes; narrow the range or set a "
                + "limit"
        }
    }
}
