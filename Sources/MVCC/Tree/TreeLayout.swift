internal import Units

/// Keys in `.tree` and `.treeEvents`; see the front door.
enum TreeLayout {
    static let book: [UInt8] = [0]
    static let calendar: [UInt8] = [2]
    static let calendarEnd: [UInt8] = [3]
    private static let floor: UInt8 = 1

    static func node(_ path: Tree.Path) -> [UInt8] {
        on(floor: path.depth, path.bytes)
    }

    private static func on(floor depth: Int, _ bytes: [UInt8]) -> [UInt8] {
        var key: [UInt8] = [floor]
        key.reserveCapacity(3 + bytes.count)
        key.append(little: UInt16(depth).byteSwapped)
        key.append(bytes.span)
        return key
    }

    /// All nodes below `path` that are `levels` deeper.
    static func below(_ path: Tree.Path, levels: Int) -> (from: [UInt8], to: [UInt8]) {
        let from = on(floor: path.depth + levels, path.below)
        var to = from
        to[to.count - 1] += 1
        return (from, to)
    }

    /// Of a node's key.
    static func path(node key: Bytes) -> Tree.Path {
        Tree.Path(unchecked: key.extracting(3...).array)
    }

    static func expiry(_ time: Instant, _ path: Tree.Path) -> [UInt8] {
        var key = expiries(from: time)
        key.append(little: UInt16(path.depth).byteSwapped)
        key.append(path.bytes.span)
        return key
    }

    static func expiries(from time: Instant) -> [UInt8] {
        var key = calendar
        key.append(little: time.nanoseconds.byteSwapped)
        return key
    }

    /// Of a key in the calendar.
    static func time(expiry key: Bytes) -> Instant { Instant(nanoseconds: key.head(at: 1)) }
    static func path(expiry key: Bytes) -> Tree.Path {
        Tree.Path(unchecked: key.extracting(11...).array)
    }

    /// Whether a record of `.tree` can be read without running past its ends.
    static func isNode(_ key: Bytes, _ value: Bytes) -> Bool {
        guard (1...Limits.recordKey).contains(key.count), value.count <= Limits.record else {
            return false
        }
        return switch key[0] {
        case book[0]: key.count == 1 && value.count == Tree.Book.size
        case floor: key.count > 3 && key[3] == Tree.Path.slash && Tree.Entry.isWellFormed(value)
        case calendar[0]: key.count > 11 && key[11] == Tree.Path.slash && value.isEmpty
        default: false
        }
    }

    /// The same of `.treeEvents`.
    static func isEvent(_ key: Bytes, _ value: Bytes) -> Bool {
        guard key.count == 9, value.count <= Limits.record else { return false }
        switch key[8] {
        case 0:
            guard value.count > 2, Tree.Action(rawValue: value[0]) != nil else { return false }
            return Tree.Node.isWellFormed(value.extracting(2...))
        case 1: return Tree.Node.isWellFormed(value)
        default: return false
        }
    }

    static func event(_ index: UInt64, _ part: UInt8) -> [UInt8] {
        var key: [UInt8] = []
        key.append(little: index.byteSwapped)
        key.append(part)
        return key
    }
}

extension Tree.Book {
    init(_ record: Bytes) {
        precondition(record.count == Self.size, "the tree's record is of an unknown format")
        let words = (0..<(Self.size / 8)).map { record.little(UInt64.self, at: 8 * $0) }
        index = words[0]
        oldest = words[1]
        eventCount = words[2]
        eventBytes = words[3]
        statistics = Tree.Statistics(Array(words[4...]))
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.size)
        for word in [index, oldest, eventCount, eventBytes] { bytes.append(little: word) }
        for tally in statistics.tallies {
            bytes.append(little: tally.success)
            bytes.append(little: tally.fail)
        }
        bytes.append(little: statistics.expired)
        return bytes
    }

    static func read(from tables: any Tables) -> Tree.Book {
        let key = TreeLayout.book
        return tables.get(.tree, key.span) { record in
            guard let record else { return Tree.Book() }
            return Tree.Book(record)
        }
    }
}
