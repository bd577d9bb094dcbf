import MVCC
import Units

/// The state as a plain list of everything ever written: slow, and easy to believe.
struct Model {
    struct Written {
        var revision: Int64
        var kind: EventKind
        var key: [UInt8]
        var value: [UInt8]
        var facts: Facts
    }

    struct Lease: Equatable {
        var id: LeaseID
        var ttl: Int64
        var expiry: Instant
    }

    var written: [Written] = []
    var revision: Int64 = 1
    var compacted: Int64 = 0
    var time = Instant.zero
    var leases: [Lease] = []
    /// A transaction is under way: what it writes is at the next revision.
    private var isOpen = false

    func last(_ key: [UInt8], at revision: Int64 = .max) -> Record? {
        guard let last = written.last(where: { $0.key == key && $0.revision <= revision }),
            last.kind == .put
        else { return nil }
        return Record(key: key, value: last.value, facts: last.facts)
    }

    func pairs(_ range: KeyRange, at revision: Int64 = .max) -> [Record] {
        let keys = Set(written.map(\.key)).filter { range.contains($0.span) }
        return keys.sorted(by: precedes).compactMap { last($0, at: revision) }
    }

    mutating func put(_ put: Transaction.Put) throws(Failure) -> Record? {
        if put.lease != .none && !leases.contains(where: { $0.id == put.lease }) {
            throw .leaseNotFound(put.lease)
        }
        let present = last(put.key)
        let keeps = !put.options.isDisjoint(with: [.ignoreValue, .ignoreLease])
        guard present != nil || !keeps else { throw .keyNotFound }
        let at = Revision(rawValue: revision + 1)
        let facts = Facts(
            create: present?.facts.create ?? at, mod: at,
            version: (present?.facts.version ?? 0) + 1,
            lease: put.options.contains(.ignoreLease) ? present!.facts.lease : put.lease)
        let value = put.options.contains(.ignoreValue) ? present!.value : put.value
        write(.put, put.key, value, facts)
        return put.options.contains(.previous) ? present : nil
    }

    mutating func delete(_ range: KeyRange, previous: Bool) -> Deleted {
        let records = pairs(range)
        delete(records.map(\.key))
        return Deleted(count: records.count, records: previous ? records : [])
    }

    private mutating func delete(_ keys: [[UInt8]]) {
        let at = Revision(rawValue: revision + 1)
        let open = isOpen
        isOpen = true
        for key in keys {
            write(.delete, key, [], Facts(create: .zero, mod: at, version: 0, lease: .none))
        }
        isOpen = open
        if !isOpen && !keys.isEmpty { revision += 1 }
    }

    private mutating func write(
        _ kind: EventKind, _ key: [UInt8], _ value: [UInt8], _ facts: Facts
    ) {
        written.append(
            Written(revision: revision + 1, kind: kind, key: key, value: value, facts: facts))
        if !isOpen { revision += 1 }
    }

    mutating func transact(_ transaction: Transaction) throws(Failure) -> TransactionResult {
        var next = self
        next.isOpen = true
        let result = try next.run(transaction, before: revision)
        next.isOpen = false
        if next.written.count > written.count { next.revision += 1 }
        self = next
        return result
    }

    private mutating func run(
        _ transaction: Transaction, before: Int64
    ) throws(Failure) -> TransactionResult {
        let succeeded = transaction.compares.allSatisfy { holds($0) }
        var responses: [TransactionResult.Response] = []
        for operation in succeeded ? transaction.success : transaction.failure {
            switch operation {
            case .range(let query):
                let at = query.revision.rawValue
                if at != 0 && at < max(compacted, 1) {
                    throw .compacted(below: Revision(rawValue: max(compacted, 1)))
                }
                if at > before { throw .futureRevision(newest: Revision(rawValue: before)) }
                var all = pairs(query.range, at: at == 0 ? .max : at)
                let count = all.count
                if query.limit > 0 { all = Array(all.prefix(query.limit)) }
                let summary = RangeSummary(
                    count: count, more: all.count < count,
                    revision: Revision(rawValue: at == 0 ? before : at))
                responses.append(.range(all, summary))
            case .put(let put): responses.append(.put(previous: try self.put(put)))
            case .delete(let range, let previous):
                responses.append(.delete(delete(range, previous: previous)))
            case .transaction(let nested):
                responses.append(.transaction(try run(nested, before: before)))
            }
        }
        return TransactionResult(succeeded: succeeded, responses: responses)
    }

    private func holds(_ compare: Transaction.Compare) -> Bool {
        let found = pairs(compare.range)
        guard !found.isEmpty else {
            if case .value = compare.target { return false }
            return holds(compare, Record(key: [], value: [], facts: .absent))
        }
        return found.allSatisfy { holds(compare, $0) }
    }

    private func holds(_ compare: Transaction.Compare, _ record: Record) -> Bool {
        let order: Int
        switch compare.target {
        case .version(let number): order = sign(record.facts.version, number)
        case .create(let revision): order = sign(record.facts.create, revision)
        case .mod(let revision): order = sign(record.facts.mod, revision)
        case .lease(let id): order = sign(record.facts.lease, id)
        case .value(let value):
            order = record.value == value ? 0 : precedes(record.value, value) ? -1 : 1
        }
        return switch compare.relation {
        case .equal: order == 0
        case .notEqual: order != 0
        case .less: order < 0
        case .greater: order > 0
        }
    }

    private func sign<Word: Comparable>(_ left: Word, _ right: Word) -> Int {
        left == right ? 0 : left < right ? -1 : 1
    }

    mutating func revoke(_ id: LeaseID) -> Int {
        let keys = pairs(.all).filter { $0.facts.lease == id }.map(\.key)
        delete(keys)
        leases.removeAll { $0.id == id }
        return keys.count
    }

    /// Events as `seen` tells them.
    func events(from: Int64, previous: Bool) -> [Seen] {
        written.indices.filter { written[$0].revision >= from }.map { index in
            let write = written[index]
            var before: Record?
            if previous && write.revision > compacted,
                let last = written[..<index].last(where: { $0.key == write.key }),
                last.kind == .put
            {
                before = Record(key: write.key, value: last.value, facts: last.facts)
            }
            return Seen(
                kind: write.kind,
                record: Record(key: write.key, value: write.value, facts: write.facts),
                previous: before)
        }
    }
}

/// An event that is kept.
struct Seen: Equatable {
    var kind: EventKind
    var record: Record
    var previous: Record?
}

func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.span.compared(to: right.span) < 0
}

extension MVCC {
    func all(
        _ range: KeyRange = .all, at revision: Int64 = 0
    ) throws(Failure) -> [Record] {
        var found: [Record] = []
        _ = try self.range(RangeQuery(range, revision: Revision(rawValue: revision))) {
            found.append(Record(key: $0.array, value: $1.array, facts: $2))
            return true
        }
        return found
    }

    func seen(
        from: Int64, through: Int64 = .max, previous: Bool = false
    ) throws(Failure) -> [Seen] {
        var found: [Seen] = []
        try events(
            from: Revision(rawValue: from), through: Revision(rawValue: through),
            previous: previous
        ) { event in
            let key = event.key.array
            let before = event.previous.map {
                Record(key: key, value: event.previousValue.array, facts: $0)
            }
            found.append(
                Seen(
                    kind: event.kind,
                    record: Record(key: key, value: event.value.array, facts: event.facts),
                    previous: before))
            return true
        }
        return found
    }

    @discardableResult
    mutating func put(
        _ key: String, _ value: String, lease: Int64 = 0, options: PutOptions = []
    ) throws(Failure) -> Int64 {
        let (key, value) = (Array(key.utf8), Array(value.utf8))
        return try put(
            key: key.span, value: value.span, lease: LeaseID(rawValue: lease), options: options
        ).rawValue
    }

    func get(_ key: String) -> Record? {
        let key = bytes(key)
        return get(key.span)
    }

    /// "key=value" in key order.
    func text(_ range: KeyRange = .all, at revision: Int64 = 0) throws(Failure) -> [String] {
        try all(range, at: revision).map {
            String(decoding: $0.key, as: UTF8.self) + "="
                + String(decoding: $0.value, as: UTF8.self)
        }
    }
}

extension MVCC {
    /// A checkpoint from beginning to end.
    mutating func checkpoint(into tables: MemoryTables) {
        freeze().write(into: tables)
        thaw(tables: tables)
    }
}

func range(_ key: String, _ end: String = "") throws -> KeyRange {
    try KeyRange(key: Array(key.utf8), rangeEnd: Array(end.utf8))
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
