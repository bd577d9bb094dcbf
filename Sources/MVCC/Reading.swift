package import Units

extension MVCC {
    /// Visits pairs in key order. A pair for which `visit` returns false was not taken: nothing
    /// further is handed out, and the summary says that there is more. To read on, ask for
    /// `range.after(` the last key taken `)` at the summary's revision, not counted.
    package func range(
        _ query: RangeQuery, _ visit: (_ key: Bytes, _ value: Bytes, Facts) -> Bool
    ) throws(Failure) -> RangeSummary {
        let at = try readable(query.revision)
        if query.countOnly && query.range == .all && query.revision == .zero
            && layers.pending.isEmpty
        {
            return RangeSummary(count: keyCount, more: false, revision: at)
        }
        var taken = 0
        var count = 0
        var more = false
        layers.walk(query.range, at: query.revision == .zero ? .newest : at) { key, facts, value in
            if query.countOnly {
                count += 1
                return true
            }
            if !more {
                let isFull = query.limit > 0 && taken == query.limit
                more = isFull || !visit(key, query.keysOnly ? Bytes() : value, facts)
                if !more { taken += 1 }
            }
            count += 1
            return query.counted || !more
        }
        return RangeSummary(
            count: query.counted || query.countOnly ? count : taken, more: more, revision: at)
    }

    /// One pair as of now, if it exists.
    package func get(_ key: Bytes) -> Record? {
        layers.visit(key, at: .newest) { facts, value in
            Record(key: key.array, value: value.array, facts: facts)
        }
    }

    /// The revision that a query means, if it can be read.
    func readable(_ wanted: Revision) throws(Failure) -> Revision {
        guard wanted != .zero else { return revision }
        let oldest = max(compacted, .first)
        guard wanted >= oldest else { throw .compacted(below: oldest) }
        guard wanted <= revision else { throw .futureRevision(newest: revision) }
        return wanted
    }
}
