package import Units

/// The calendar.
extension MVCC {
    /// When the next node ends, by cluster time.
    package var nextTreeExpiry: Instant? {
        nextTreeEnd == .never ? nil : nextTreeEnd
    }

    /// Removes nodes whose time is over by the present cluster time, the first to end first, each
    /// with an event and an index of its own; at most `limit`.
    ///
    /// - Returns: how many.
    @discardableResult
    package mutating func expireTree(limit: Int = Limits.treeExpiring) -> Int {
        var count = 0
        for (time, path) in dueNodes(limit) {
            // It may have gone with its directory.
            guard let entry = knownEntry(path), entry.expiry == time else { continue }
            remember(remove(path, entry, as: .expire))
            treeBook.statistics.count(.expire, succeeded: true)
            count += 1
        }
        if count > 0 { saveTreeBook() }
        return count
    }

    private func dueNodes(_ limit: Int) -> [(Instant, Tree.Path)] {
        guard nextTreeEnd <= clusterTime, limit > 0 else { return [] }
        var due: [(Instant, Tree.Path)] = []
        let from = TreeLayout.expiries(from: nextTreeEnd)
        let to = TreeLayout.calendarEnd
        scanRecords(.tree, from: from.span, to: to.span) { key, _ in
            let time = TreeLayout.time(expiry: key)
            guard time <= clusterTime else { return false }
            due.append((time, TreeLayout.path(expiry: key)))
            return due.count < limit
        }
        return due
    }

    mutating func mark(_ path: Tree.Path, _ time: Instant) {
        let key = TreeLayout.expiry(time, path)
        setRecord(.tree, key.span, [])
        nextTreeEnd = min(nextTreeEnd, time)
    }

    mutating func unmark(_ path: Tree.Path, _ time: Instant) {
        let key = TreeLayout.expiry(time, path)
        setRecord(.tree, key.span, nil)
        if time == nextTreeEnd { findNextTreeEnd(from: time) }
    }

    /// Nothing ends before `time`.
    mutating func findNextTreeEnd(from time: Instant) {
        let from = TreeLayout.expiries(from: time)
        let to = TreeLayout.calendarEnd
        var next = Instant.never
        scanRecords(.tree, from: from.span, to: to.span) { key, _ in
            next = TreeLayout.time(expiry: key)
            return false
        }
        nextTreeEnd = next
    }
}
