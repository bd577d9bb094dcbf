internal import MVCC
internal import Units

/// Keys in intervals that neither touch nor overlap, in order: what some permissions come to
/// together.
struct Territory: Equatable {
    private struct Interval: Equatable {
        var from: [UInt8]
        /// The first key that is not in it any more; nil when all above are.
        var to: [UInt8]?
    }

    private var intervals: [Interval] = []

    init() {}

    init(_ ranges: [KeyRange]) {
        let sorted = ranges.map { Interval(from: Territory.lower($0), to: $0.upper) }
            .sorted { $0.from.span.compared(to: $1.from.span) < 0 }
        for next in sorted {
            guard let last = intervals.last, Territory.reaches(last.to, next.from) else {
                intervals.append(next)
                continue
            }
            intervals[intervals.count - 1].to = Territory.higher(last.to, next.to)
        }
    }

    /// No key is empty, so that what begins at the empty one begins at the first there can be.
    private static func lower(_ range: KeyRange) -> [UInt8] {
        range.lower.isEmpty ? [0] : range.lower
    }

    private static func reaches(_ end: [UInt8]?, _ key: [UInt8]) -> Bool {
        guard let end else { return true }
        return end.span.compared(to: key.span) >= 0
    }

    private static func higher(_ left: [UInt8]?, _ right: [UInt8]?) -> [UInt8]? {
        guard let left, let right else { return nil }
        return left.span.compared(to: right.span) < 0 ? right : left
    }

    var isEmpty: Bool { intervals.isEmpty }

    /// Whether all keys are in it, those that do not exist included.
    var isEverything: Bool { covers(.all) }

    /// Whether every key of the range is in it, whether it exists or not.
    func covers(_ range: KeyRange) -> Bool {
        let from = Territory.lower(range)
        guard let interval = interval(around: from.span) else { return false }
        guard let end = interval.to else { return true }
        if range.isSingle { return from.span.compared(to: end.span) < 0 }
        guard let upper = range.upper else { return false }
        return upper.span.compared(to: end.span) <= 0
    }

    func covers(key: Bytes) -> Bool {
        guard let interval = interval(around: key) else { return false }
        return interval.to.map { key.compared(to: $0.span) < 0 } ?? true
    }

    /// The last interval that does not begin above `key`.
    private func interval(around key: Bytes) -> Interval? {
        var low = 0
        var high = intervals.count
        while low < high {
            let middle = (low + high) / 2
            let from = intervals[middle].from
            if from.span.compared(to: key) <= 0 {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low == 0 ? nil : intervals[low - 1]
    }
}
