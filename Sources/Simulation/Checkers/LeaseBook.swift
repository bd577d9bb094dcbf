import Units

/// What callers may count on of their leases, by true time.
struct LeaseBook {
    private struct Entry {
        var ttl: UInt64
        /// When the newest grant or keep-alive in the log was asked for.
        var asked: Moment
        /// When the grant was first seen carried out.
        var granted: Moment
        /// When its end was first seen carried out.
        var ended: Moment?
    }

    private var table: [Int64: Entry] = [:]
    private var order: [Int64] = []
    private(set) var expired = 0

    mutating func granted(_ id: Int64, ttl: Int64, asked: Moment, at now: Moment) {
        if table[id] == nil { order.append(id) }
        table[id] = Entry(ttl: UInt64(ttl), asked: asked, granted: now, ended: nil)
    }

    mutating func kept(_ id: Int64, asked: Moment) {
        guard let entry = table[id] else { return }
        table[id]!.asked = max(entry.asked, asked)
    }

    mutating func revoked(_ id: Int64, at now: Moment) { table[id]?.ended = now }

    /// Its time was over, says the store.
    mutating func expired(_ id: Int64, at now: Moment) throws(Violation) {
        guard let entry = table[id] else {
            throw Violation("lease \(id) ended although nobody was granted it")
        }
        let due = entry.asked + .seconds(entry.ttl)
        guard now >= due else {
            throw Violation(
                "lease \(id) of \(entry.ttl) s was asked for or kept alive at \(entry.asked) and "
                    + "ended at \(now), before \(due)")
        }
        expired += 1
        table[id]!.ended = now
    }

    /// A list of leases that was asked for at `invoked` and has been told now.
    func check(_ ids: [Int64], invoked: Moment, _ name: String) throws(Violation) {
        var listed: Set<Int64> = []
        for id in ids {
            guard let entry = table[id] else {
                throw Violation("\(name) lists lease \(id), which nobody was granted")
            }
            if let ended = entry.ended, ended < invoked {
                throw Violation("\(name) lists lease \(id), which ended at \(ended)")
            }
            listed.insert(id)
        }
        for id in order where !listed.contains(id) {
            let entry = table[id]!
            if entry.granted < invoked && entry.ended == nil {
                throw Violation("\(name) does not list lease \(id), which lives")
            }
        }
    }
}
