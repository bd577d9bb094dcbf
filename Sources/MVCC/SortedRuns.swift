internal import Units

/// Values by key, in order of key: a list of short sorted runs, which is what a large sorted array is
/// without its long moves.
struct SortedRuns<Value> {
    struct Pair {
        var key: [UInt8]
        var value: Value

        func compared(to other: Bytes) -> Int { key.span.compared(to: other) }
    }

    struct Place {
        var run: Int
        var index: Int
        var found: Bool
    }

    private var runs: [[Pair]] = []
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    subscript(key: Bytes) -> Value? {
        let place = place(of: key)
        return place.found ? runs[place.run][place.index].value : nil
    }

    /// Where `key` is, or would be put.
    func place(of key: Bytes) -> Place {
        let after = runs.partition { $0[0].compared(to: key) > 0 }
        guard after > 0 else { return Place(run: 0, index: 0, found: false) }
        let run = runs[after - 1]
        let index = run.partition { $0.compared(to: key) >= 0 }
        let found = index < run.count && run[index].compared(to: key) == 0
        return Place(run: after - 1, index: index, found: found)
    }

    /// Returns what was there.
    @discardableResult
    mutating func put(_ key: Bytes, _ value: Value) -> Value? {
        guard !runs.isEmpty else {
            runs.append([Pair(key: key.array, value: value)])
            count += 1
            return nil
        }
        let place = place(of: key)
        guard !place.found else {
            let old = runs[place.run][place.index].value
            runs[place.run][place.index].value = value
            return old
        }
        count += 1
        runs[place.run].insert(Pair(key: key.array, value: value), at: place.index)
        split(place.run)
        return nil
    }

    private mutating func split(_ run: Int) {
        let limit = 256
        guard runs[run].count > limit else { return }
        runs.insert(Array(runs[run][(limit / 2)...]), at: run + 1)
        runs[run].removeSubrange((limit / 2)...)
    }

    mutating func delete(_ key: Bytes) {
        let place = place(of: key)
        guard place.found else { return }
        count -= 1
        runs[place.run].remove(at: place.index)
        if runs[place.run].isEmpty { runs.remove(at: place.run) }
    }
}

// In order.
extension SortedRuns {
    /// Visits [from, to) upwards until `visit` returns false.
    func scanUp(from: Bytes, to: Bytes?, _ visit: (Bytes, Value) -> Bool) {
        var place = start(from: from)
        while let pair = pair(at: place) {
            if let to, pair.compared(to: to) >= 0 { return }
            guard visit(pair.key.span, pair.value) else { return }
            place = self.place(after: place)
        }
    }

    /// Visits [from, to) downwards until `visit` returns false.
    func scanDown(from: Bytes, to: Bytes?, _ visit: (Bytes, Value) -> Bool) {
        var place = start(before: to)
        while let pair = pair(at: place), pair.compared(to: from) >= 0 {
            guard visit(pair.key.span, pair.value) else { return }
            place = self.place(before: place)
        }
    }

    /// The place of the first pair at or after `key`.
    func start(from key: Bytes) -> Place { settled(place(of: key)) }

    /// The place of the last pair before `key`, or of the last.
    func start(before key: Bytes?) -> Place {
        guard let key else {
            return place(before: Place(run: runs.count, index: 0, found: false))
        }
        return place(before: place(of: key))
    }

    /// Nil beyond either end.
    func pair(at place: Place) -> Pair? {
        guard runs.indices.contains(place.run), runs[place.run].indices.contains(place.index) else {
            return nil
        }
        return runs[place.run][place.index]
    }

    func place(after place: Place) -> Place {
        settled(Place(run: place.run, index: place.index + 1, found: false))
    }

    func place(before place: Place) -> Place {
        if place.index > 0 { return Place(run: place.run, index: place.index - 1, found: true) }
        let run = place.run - 1
        return Place(run: run, index: run >= 0 ? runs[run].count - 1 : -1, found: run >= 0)
    }

    /// At the end of a run stands the next one's first.
    private func settled(_ place: Place) -> Place {
        guard runs.indices.contains(place.run), place.index >= runs[place.run].count else {
            return place
        }
        return Place(run: place.run + 1, index: 0, found: false)
    }
}

extension SortedRuns: Sendable where Value: Sendable {}
extension SortedRuns.Pair: Sendable where Value: Sendable {}

extension Array {
    /// The first index whose element is `after`, when all those before are not.
    fileprivate func partition(after: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if after(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
