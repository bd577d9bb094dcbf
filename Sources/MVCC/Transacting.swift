internal import Units

extension MVCC {
    /// Does all of one path or nothing. Compares and reads see what the operations before them in the
    /// same transaction wrote; a read at an earlier revision does not.
    @discardableResult
    package mutating func transact(
        _ transaction: Transaction
    ) throws(Failure) -> TransactionResult {
        let result = try prepare(transaction)
        settle()
        return result
    }

    mutating func run(
        _ transaction: Transaction, room: inout Int
    ) throws(Failure) -> TransactionResult {
        let succeeded = transaction.compares.allSatisfy { holds($0) }
        var responses: [TransactionResult.Response] = []
        for operation in succeeded ? transaction.success : transaction.failure {
            responses.append(try run(operation, room: &room))
        }
        return TransactionResult(succeeded: succeeded, responses: responses)
    }

    private mutating func run(
        _ operation: Transaction.Operation, room: inout Int
    ) throws(Failure) -> TransactionResult.Response {
        switch operation {
        case .range(let query): try read(query, room: &room)
        case .put(let put): .put(previous: try stage(put))
        case .delete(let range, let previous):
            .delete(try stage(deleting: range, previous: previous, room: &room))
        case .transaction(let nested): .transaction(try run(nested, room: &room))
        }
    }

    private func read(
        _ query: RangeQuery, room: inout Int
    ) throws(Failure) -> TransactionResult.Response {
        var records: [Record] = []
        var left = room
        let summary = try range(query) { key, value, facts in
            let size = key.count + value.count + Limits.resultOverhead
            guard size <= left else { return false }
            left -= size
            records.append(Record(key: key.array, value: value.array, facts: facts))
            return true
        }
        room = left
        return .range(records, summary)
    }

    private func holds(_ compare: Transaction.Compare) -> Bool {
        var holds = true
        var count = 0
        layers.walk(compare.range, at: .newest) { _, facts, value in
            count += 1
            holds = compare.holds(for: facts, value)
            return holds
        }
        return count > 0 ? holds : compare.holdsForAbsent
    }
}

extension Transaction.Compare {
    func holds(for facts: Facts, _ present: Bytes) -> Bool {
        switch target {
        case .version(let number): relation.holds(facts.version, number)
        case .create(let revision): relation.holds(facts.create, revision)
        case .mod(let revision): relation.holds(facts.mod, revision)
        case .lease(let id): relation.holds(facts.lease, id)
        case .value(let value): relation.holds(present.compared(to: value.span), 0)
        }
    }

    /// What does not exist has no value, so nothing holds for it.
    var holdsForAbsent: Bool {
        if case .value = target { return false }
        return holds(for: .absent, Bytes())
    }
}

extension Transaction.Compare.Relation {
    func holds<Word: Comparable>(_ left: Word, _ right: Word) -> Bool {
        switch self {
        case .equal: left == right
        case .greater: left > right
        case .less: left < right
        case .notEqual: left != right
        }
    }
}

// What can be refused without looking at the state.
extension Transaction {
    func check() throws(Failure) {
        _ = try countOperations(depth: 0)
        _ = try putKeys()
    }

    /// Operations on the longer path; a nested transaction is one more than it holds.
    private func countOperations(depth: Int) throws(Failure) -> Int {
        guard depth < Limits.operations else { throw .tooManyOperations(limit: Limits.operations) }
        guard compares.count <= Limits.operations else {
            throw .tooManyCompares(limit: Limits.operations)
        }
        var longest = 0
        for path in [success, failure] {
            var count = path.count
            for case .transaction(let nested) in path {
                count += try nested.countOperations(depth: depth + 1)
            }
            longest = max(longest, count)
        }
        guard longest <= Limits.operations else {
            throw .tooManyOperations(limit: Limits.operations)
        }
        return longest
    }

    /// The keys that either path may put. No path puts one twice; the two paths may share some.
    private func putKeys() throws(Failure) -> [[UInt8]] {
        let keys = (try Self.putKeys(of: success) + Self.putKeys(of: failure)).sorted(
            by: Self.precedes)
        return keys.indices.filter { $0 == 0 || keys[$0] != keys[$0 - 1] }.map { keys[$0] }
    }

    private static func putKeys(of path: [Operation]) throws(Failure) -> [[UInt8]] {
        var keys: [[UInt8]] = []
        for operation in path {
            switch operation {
            case .put(let put): keys.append(put.key)
            case .transaction(let nested): keys += try nested.putKeys()
            case .range, .delete: break
            }
        }
        keys.sort(by: precedes)
        for index in keys.indices.dropFirst() where keys[index] == keys[index - 1] {
            throw .duplicateKey
        }
        return keys
    }

    private static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.span.compared(to: right.span) < 0
    }
}
