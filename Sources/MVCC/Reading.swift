package import Units

extension MVCC {
    /// Visits pairs in the order of the query. A pair for which `visit` returns false was not taken:
    /// nothing further is handed out, and the summary says that there is more. To read on, ask for
    /// `range.after(` the last key taken `)` at the summary's revision, not counted.
    package func range(
        _ query: RangeQuery, _ visit: (_ key: Bytes, _ value: Bytes, Facts) -> Bool
    ) throws(Failure) -> RangeSummary {
        let at = try readable(query.revision)
        guard !query.countOnly else {
            let count = isNewest(query) ? count(query.range) : countBack(query.range, at: at)
            return RangeSummary(count: count, more: false, revision: at)
        }
        guard query.target == .key else { return try sorted(query, at: at, visit) }
        var query = query
        let isBounded = query.filter != .none && query.lookLimit == 0
        if isBounded { query.lookLimit = Limits.lookedAtOnce }
        var sieve = Sieve(query, goesOnCounting: query.counted && !isNewest(query))
        walk(query, at: view(query, at)) { key, facts, value in
            sieve.take(key, facts, value, visit)
        }
        if isBounded, sieve.stoppedAt != nil { throw .tooManyToSort(limit: Limits.lookedAtOnce) }
        let goesOn = sieve.more && query.counted && isNewest(query)
        return RangeSummary(
            count: !query.counted ? sieve.taken : goesOn ? count(query.range) : sieve.looked,
            more: sieve.more, revision: at, stoppedAt: sieve.stoppedAt)
    }

    /// One pair as of now, if it exists.
    package func get(_ key: Bytes) -> Record? {
        layers.visit(key, at: .newest) { facts, value in
            Record(key: key.array, value: value.array, facts: facts)
        }
    }

    /// Counts as of an earlier revision, at most `limit` of the keys; `next` is the first that was not
    /// counted.
    package func countBack(
        _ range: KeyRange, at revision: Revision, limit: Int
    ) throws(Failure) -> (count: Int, next: [UInt8]?) {
        let at = try readable(revision)
        var count = 0
        var next: [UInt8]?
        layers.walk(range, at: at) { key, _, _ in
            guard count < limit else {
                next = key.array
                return false
            }
            count += 1
            return true
        }
        return (count, next)
    }

    private func countBack(_ range: KeyRange, at revision: Revision) -> Int {
        var count = 0
        layers.walk(range, at: revision) { _, _, _ in
            count += 1
            return true
        }
        return count
    }

    /// The revision that a query means, if it can be read.
    func readable(_ wanted: Revision) throws(Failure) -> Revision {
        guard wanted != .zero else { return revision }
        let oldest = max(compacted, .first)
        guard wanted >= oldest else { throw .compacted(below: oldest) }
        guard wanted <= revision else { throw .futureRevision(newest: revision) }
        return wanted
    }

    private func isNewest(_ query: RangeQuery) -> Bool {
        query.revision == .zero || (query.revision == revision && layers.pending.isEmpty)
    }

    /// What a reading overlooks: with no revision given, not even what is pending.
    private func view(_ query: RangeQuery, _ at: Revision) -> Revision {
        query.revision == .zero ? .newest : at
    }

    private func walk(
        _ query: RangeQuery, at view: Revision, _ visit: (Bytes, Facts, Bytes) -> Bool
    ) {
        if query.descending {
            walkDown(query.range, at: view, visit)
        } else {
            layers.walk(query.range, at: view, visit)
        }
    }

    /// Visits the keys from the last to the first: district by district, each read upwards and handed
    /// out backwards.
    private func walkDown(
        _ range: KeyRange, at view: Revision, _ visit: (Bytes, Facts, Bytes) -> Bool
    ) {
        guard !range.isSingle else { return layers.walk(range, at: view, visit) }
        var district = census.districtCount - 1
        if let upper = range.upper { district = census.district(of: upper.span) }
        var goesOn = true
        while goesOn, district >= 0 {
            let whole = census.range(district)
            guard let part = range.intersection(whole) else {
                guard whole.lower.span.compared(to: range.lower.span) > 0 else { return }
                district -= 1
                continue
            }
            var keys: [[UInt8]] = []
            layers.walk(part, at: view) { key, _, _ in
                keys.append(key.array)
                return true
            }
            while goesOn, let key = keys.popLast() {
                goesOn = layers.visit(key.span, at: view) { visit(key.span, $0, $1) } ?? true
            }
            district -= 1
        }
    }

    private func sorted(
        _ query: RangeQuery, at: Revision, _ visit: (Bytes, Bytes, Facts) -> Bool
    ) throws(Failure) -> RangeSummary {
        var sorting = Sorting(query)
        let isDone = sorting.collect(self, at: view(query, at), limit: Limits.lookedAtOnce)
        guard isDone else {
            throw sorting.isTooLarge
                ? .sortTooLarge(limit: Limits.sorting) : .tooManyToSort(limit: Limits.lookedAtOnce)
        }
        sorting.finish()
        var sieve = Sieve(query, goesOnCounting: false)
        while !sieve.more, let key = sorting.next {
            layers.visit(key.span, at: view(query, at)) { facts, value in
                _ = sieve.take(key.span, facts, value, visit)
            }
            if !sieve.more { sorting.removeNext() }
        }
        return RangeSummary(
            count: query.counted ? sorting.looked : sieve.taken,
            more: sieve.more || sorting.isCut, revision: at)
    }
}

/// Lets through what a query asks for, and knows when it has had enough.
private struct Sieve {
    let query: RangeQuery
    let goesOnCounting: Bool
    var looked = 0
    var taken = 0
    var bytes = 0
    var more = false
    var stoppedAt: [UInt8]?

    init(_ query: RangeQuery, goesOnCounting: Bool) {
        self.query = query
        self.goesOnCounting = goesOnCounting
    }

    /// Whether the walk goes on.
    mutating func take(
        _ key: Bytes, _ facts: Facts, _ value: Bytes, _ visit: (Bytes, Bytes, Facts) -> Bool
    ) -> Bool {
        if query.lookLimit > 0, looked == query.lookLimit {
            stoppedAt = key.array
            more = true
            return false
        }
        looked += 1
        guard !more, query.filter == .none || query.filter.admits(facts) else {
            return !more || goesOnCounting
        }
        let value = query.keysOnly ? Bytes() : value
        let size = key.count + value.count
        let isFull =
            (query.limit > 0 && taken == query.limit)
            || (query.limitBytes > 0 && taken > 0 && bytes + size > query.limitBytes)
        guard !isFull, visit(key, value, facts) else {
            more = true
            return goesOnCounting
        }
        taken += 1
        bytes += size
        return true
    }
}
