package import Units

/// The name of a watcher in its registry.
package struct WatcherID: RawRepresentable, Hashable, Comparable, Sendable {
    package var rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static func < (left: WatcherID, right: WatcherID) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// Who watches what. Watchers of one key stand in a table by the key's hash; watchers of an interval
/// in a search tree by its lower end, in which every node knows the highest upper end below it, so
/// that whole branches that end before a key are passed by.
package struct Watchers: Equatable, Sendable {
    private struct Single: Equatable, Sendable {
        var id: WatcherID
        var key: [UInt8]
    }

    private var ranges: [WatcherID: KeyRange] = [:]
    private var singles: [UInt64: [Single]] = [:]
    private var intervals = Intervals()
    private var last: UInt64 = 0

    package init() {}

    package var count: Int { ranges.count }

    /// Registers a watcher. Names are not given twice.
    package mutating func add(_ range: KeyRange) throws(Failure) -> WatcherID {
        guard count < Limits.watchers else { throw .tooManyWatchers(limit: Limits.watchers) }
        last += 1
        let id = WatcherID(rawValue: last)
        ranges[id] = range
        if range.isSingle {
            singles[Hash64.of(range.lower), default: []].append(Single(id: id, key: range.lower))
        } else {
            intervals.insert(id, range)
        }
        return id
    }

    /// Does nothing when there is no such watcher.
    package mutating func remove(_ id: WatcherID) {
        guard let range = ranges.removeValue(forKey: id) else { return }
        guard range.isSingle else { return intervals.remove(id, range) }
        let hash = Hash64.of(range.lower)
        guard let place = singles[hash].flatMap({ place(of: id, in: $0) }) else { return }
        singles[hash]!.remove(at: place)
        if singles[hash]!.isEmpty { singles[hash] = nil }
    }

    /// Names ascend in a bucket, as they are given in that order.
    private func place(of id: WatcherID, in bucket: [Single]) -> Int? {
        var low = 0
        var high = bucket.count
        while low < high {
            let middle = (low + high) / 2
            if bucket[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low < bucket.count && bucket[low].id == id ? low : nil
    }

    /// Adds those who watch `key`, in ascending order.
    package func match(_ key: Bytes, into found: inout [WatcherID]) {
        guard !ranges.isEmpty else { return }
        let start = found.count
        if let bucket = singles[Hash64.of(key)] {
            for single in bucket where single.key.span.compared(to: key) == 0 {
                found.append(single.id)
            }
        }
        intervals.match(key, into: &found)
        found[start...].sort()
    }

    package func match(_ key: Bytes) -> [WatcherID] {
        var found: [WatcherID] = []
        match(key, into: &found)
        return found
    }
}

/// A treap (Aragon and Seidel, 1989) of intervals, ordered by lower end, then watcher. Priorities are
/// hashes of the names, so its shape depends on what is in it alone.
struct Intervals: Equatable, Sendable {
    private static let none: Int32 = -1

    private struct Node: Equatable, Sendable {
        var id: WatcherID
        var range: KeyRange
        var priority: UInt64
        var left = Intervals.none
        var right = Intervals.none
        /// The highest upper end here or below; nil: one has no end.
        var reach: [UInt8]?
    }

    private var nodes: [Node] = []
    private var free: [Int32] = []
    private var root = Intervals.none

    mutating func insert(_ id: WatcherID, _ range: KeyRange) {
        let priority = Hash64.of([], seed: id.rawValue)
        let node = Node(id: id, range: range, priority: priority, reach: range.upper)
        let place = free.popLast() ?? Int32(nodes.count)
        if Int(place) == nodes.count { nodes.append(node) } else { nodes[Int(place)] = node }
        let (left, right) = split(root, id, range.lower)
        root = merge(merge(left, place), right)
    }

    mutating func remove(_ id: WatcherID, _ range: KeyRange) {
        root = remove(id, range.lower, from: root)
    }

    func match(_ key: Bytes, into found: inout [WatcherID]) {
        match(key, at: root, into: &found)
    }

    private func match(_ key: Bytes, at place: Int32, into found: inout [WatcherID]) {
        guard place != Self.none else { return }
        let node = nodes[Int(place)]
        if let reach = node.reach, reach.span.compared(to: key) <= 0 { return }
        match(key, at: node.left, into: &found)
        guard node.range.lower.span.compared(to: key) <= 0 else { return }
        if node.range.contains(key) { found.append(node.id) }
        match(key, at: node.right, into: &found)
    }

    private func precedes(_ node: Node, _ id: WatcherID, _ lower: [UInt8]) -> Bool {
        let order = node.range.lower.span.compared(to: lower.span)
        return order != 0 ? order < 0 : node.id < id
    }

    /// Those before (lower, id), and the others.
    private mutating func split(
        _ place: Int32, _ id: WatcherID, _ lower: [UInt8]
    ) -> (Int32, Int32) {
        guard place != Self.none else { return (Self.none, Self.none) }
        if precedes(nodes[Int(place)], id, lower) {
            let (left, right) = split(nodes[Int(place)].right, id, lower)
            nodes[Int(place)].right = left
            update(place)
            return (place, right)
        }
        let (left, right) = split(nodes[Int(place)].left, id, lower)
        nodes[Int(place)].left = right
        update(place)
        return (left, place)
    }

    /// All of `left` are before all of `right`.
    private mutating func merge(_ left: Int32, _ right: Int32) -> Int32 {
        if left == Self.none { return right }
        if right == Self.none { return left }
        if nodes[Int(left)].priority > nodes[Int(right)].priority {
            nodes[Int(left)].right = merge(nodes[Int(left)].right, right)
            update(left)
            return left
        }
        nodes[Int(right)].left = merge(left, nodes[Int(right)].left)
        update(right)
        return right
    }

    private mutating func remove(_ id: WatcherID, _ lower: [UInt8], from place: Int32) -> Int32 {
        guard place != Self.none else { return place }
        let node = nodes[Int(place)]
        if node.id == id {
            free.append(place)
            nodes[Int(place)].range = .single([])
            nodes[Int(place)].reach = nil
            return merge(node.left, node.right)
        }
        if precedes(node, id, lower) {
            nodes[Int(place)].right = remove(id, lower, from: node.right)
        } else {
            nodes[Int(place)].left = remove(id, lower, from: node.left)
        }
        update(place)
        return place
    }

    private mutating func update(_ place: Int32) {
        var reach = nodes[Int(place)].range.upper
        for child in [nodes[Int(place)].left, nodes[Int(place)].right] where child != Self.none {
            guard let own = reach, let other = nodes[Int(child)].reach else {
                reach = nil
                break
            }
            if own.span.compared(to: other.span) < 0 { reach = other }
        }
        nodes[Int(place)].reach = reach
    }
}
