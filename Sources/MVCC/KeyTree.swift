internal import Units

/// The newest version of each key of an overlay, in key order: a B+tree.
///
/// Picture a card index. A drawer's label says what its cards begin with, so on a card only the next
/// eight letters need to be read; the full name is looked up only for cards that look alike. Here a
/// node's `skip` is the length of what its fences, the separators left and right of it, begin with
/// (Graefe, "Modern B-Tree Techniques", 3.5): every key that a search brings here begins so too. Where
/// a fence is missing, at the edges, it is what the node's own keys begin with, and a search compares
/// that first. A `head` is the eight bytes behind it. Keys never leave.
struct KeyTree: Sendable {
    static let width = 64

    /// Nodes of one kind: blocks of `width` heads and slots in flat arrays.
    struct Nodes: Sendable {
        struct Info: BitwiseCopyable, Sendable {
            var count: Int32 = 0
            var skip: Int16 = 0
            /// A fence is missing, so a key may come that does not begin like the others.
            var isOpen = true
            /// Leaves: the one to the right.
            var next: UInt32 = Version.none
        }

        var infos = Pages<Info>()
        var heads = Pages<UInt64>()
        /// Numbers of versions: in a leaf its keys, in an inner node its separators.
        var slots = Pages<UInt32>()
    }

    /// From the root to a leaf: inner nodes, and which child was taken.
    struct Path {
        static let limit = 12
        var nodes = InlineArray<12, UInt32>(repeating: 0)
        var places = InlineArray<12, Int32>(repeating: 0)
    }

    /// Where a key is, or would be put.
    struct Position {
        var leaf: UInt32
        var index: Int
        var found: Bool
        var path: Path
    }

    /// A place in a walk over all keys.
    struct Cursor {
        var leaf: UInt32
        var index: Int
    }

    private var leaves = Nodes()
    private var inners = Nodes()
    /// Child `i` of inner node `n` is at `n * width + i`.
    private var children = Pages<UInt32>()
    private var root: UInt32 = 0
    /// Levels of inner nodes.
    private var height = 0

    var byteCount: Int { leaves.byteCount + inners.byteCount + children.byteCount }

    mutating func removeAll() {
        leaves.removeAll()
        inners.removeAll()
        children.removeAll()
        root = 0
        height = 0
    }
}

// Looking up.
extension KeyTree {
    var isEmpty: Bool { leaves.infos.count == 0 }

    func find(_ key: Bytes, in versions: Versions) -> Position {
        var path = Path()
        var node = root
        guard !isEmpty else { return Position(leaf: 0, index: 0, found: false, path: path) }
        for level in 0..<height {
            let place = inners.place(of: key, in: node, versions)
            let child = place.found ? place.index + 1 : place.index
            path.nodes[level] = node
            path.places[level] = Int32(child)
            node = children[Int(node) * Self.width + child]
        }
        let place = leaves.place(of: key, in: node, versions)
        return Position(leaf: node, index: place.index, found: place.found, path: path)
    }

    /// The number of the version at a position that was found.
    func number(at position: Position) -> UInt32 {
        leaves.slots[Int(position.leaf) * Self.width + position.index]
    }

    func cursor(from key: Bytes, in versions: Versions) -> Cursor {
        let position = find(key, in: versions)
        return Cursor(leaf: position.leaf, index: position.index)
    }

    /// The number at the cursor, and moves it on; nil at the end.
    func next(_ cursor: inout Cursor) -> UInt32? {
        guard !isEmpty else { return nil }
        while cursor.index >= Int(leaves.infos[Int(cursor.leaf)].count) {
            let next = leaves.infos[Int(cursor.leaf)].next
            guard next != Version.none else { return nil }
            cursor = Cursor(leaf: next, index: 0)
        }
        cursor.index += 1
        return leaves.slots[Int(cursor.leaf) * Self.width + cursor.index - 1]
    }
}

// Adding.
extension KeyTree {
    /// Sets the newest version of a key that was found.
    mutating func replace(at position: Position, with number: UInt32) {
        leaves.slots[Int(position.leaf) * Self.width + position.index] = number
    }

    /// Adds a key that was not found.
    mutating func insert(_ number: UInt32, at position: Position, in versions: Versions) {
        if isEmpty { root = leaves.add() }
        let leaf = position.leaf
        guard leaves.count(leaf) == Self.width else {
            return leaves.insert(number, in: leaf, at: position.index, versions)
        }
        let right = leaves.add()
        leaves.infos[Int(right)].next = leaves.infos[Int(leaf)].next
        leaves.infos[Int(leaf)].next = right
        let atEnd = position.index == Self.width && leaves.infos[Int(right)].next == Version.none
        let middle = atEnd ? Self.width : Self.width / 2
        leaves.move(from: leaf, middle, to: right)
        if position.index > middle || atEnd {
            leaves.insert(number, in: right, at: position.index - middle, versions)
        } else {
            leaves.insert(number, in: leaf, at: position.index, versions)
        }
        let separator = leaves.slots[Int(right) * Self.width]
        let fences = fences(of: position.path, level: height)
        leaves.setSkip(of: leaf, between: fences.lower, separator, versions)
        leaves.setSkip(of: right, between: separator, fences.upper, versions)
        raise(separator, right, path: position.path, level: height - 1, versions)
    }

    /// Hangs `child` into the inner node at `level` of the path, right of where the path went.
    private mutating func raise(
        _ separator: UInt32, _ child: UInt32, path: Path, level: Int, _ versions: Versions
    ) {
        guard level >= 0 else { return plant(separator, child, versions) }
        let node = path.nodes[level]
        let place = Int(path.places[level])
        guard inners.count(node) == Self.width - 1 else {
            return hang(separator, child, in: node, at: place, versions)
        }
        let middle = Self.width / 2 - 1
        let promoted = inners.slots[Int(node) * Self.width + middle]
        let right = addInner()
        inners.move(from: node, middle + 1, to: right)
        inners.infos[Int(node)].count -= 1
        moveChildren(from: node, middle + 1, to: right)
        if place <= middle {
            hang(separator, child, in: node, at: place, versions)
        } else {
            hang(separator, child, in: right, at: place - middle - 1, versions)
        }
        let fences = fences(of: path, level: level)
        inners.setSkip(of: node, between: fences.lower, promoted, versions)
        inners.setSkip(of: right, between: promoted, fences.upper, versions)
        raise(promoted, right, path: path, level: level - 1, versions)
    }

    private mutating func hang(
        _ separator: UInt32, _ child: UInt32, in node: UInt32, at place: Int, _ versions: Versions
    ) {
        let count = inners.count(node)
        inners.insert(separator, in: node, at: place, versions)
        children.shift(child, at: Int(node) * Self.width + place + 1, count: count - place + 1)
    }

    /// A new root above the old one and its new right neighbour.
    private mutating func plant(_ separator: UInt32, _ right: UInt32, _ versions: Versions) {
        precondition(height < Path.limit, "the tree is too high")
        let node = addInner()
        inners.insert(separator, in: node, at: 0, versions)
        inners.setSkip(of: node, between: Version.none, Version.none, versions)
        children[Int(node) * Self.width] = root
        children[Int(node) * Self.width + 1] = right
        root = node
        height += 1
    }

    private mutating func addInner() -> UInt32 {
        children.append(repeating: 0, count: Self.width)
        return inners.add()
    }

    private mutating func moveChildren(from node: UInt32, _ first: Int, to right: UInt32) {
        for index in first..<Self.width {
            children[Int(right) * Self.width + index - first] =
                children[Int(node) * Self.width + index]
        }
    }

    /// The separators left and right of where the path goes below `level`.
    private func fences(of path: Path, level: Int) -> (lower: UInt32, upper: UInt32) {
        var lower = Version.none
        var upper = Version.none
        for level in 0..<level {
            let node = Int(path.nodes[level])
            let place = Int(path.places[level])
            if place > 0 { lower = inners.slots[node * Self.width + place - 1] }
            if place < Int(inners.infos[node].count) {
                upper = inners.slots[node * Self.width + place]
            }
        }
        return (lower, upper)
    }
}

extension KeyTree.Nodes {
    var byteCount: Int { infos.byteCount + heads.byteCount + slots.byteCount }

    mutating func removeAll() {
        infos.removeAll()
        heads.removeAll()
        slots.removeAll()
    }

    func count(_ node: UInt32) -> Int { Int(infos[Int(node)].count) }

    mutating func add() -> UInt32 {
        infos.append(Info())
        heads.append(repeating: 0, count: KeyTree.width)
        slots.append(repeating: 0, count: KeyTree.width)
        return UInt32(infos.count - 1)
    }

    /// The first slot whose key is not below `key`, and whether it is `key` itself.
    func place(
        of key: Bytes, in node: UInt32, _ versions: Versions
    ) -> (index: Int, found: Bool) {
        let info = infos[Int(node)]
        let count = Int(info.count)
        let skip = Int(info.skip)
        if info.isOpen && skip > 0 {
            let first = versions.key(of: slots[Int(node) * KeyTree.width])
            let start = key.extracting(first: skip)
            let order = start.compared(to: first.extracting(first: skip))
            if order != 0 { return (order < 0 ? 0 : count, false) }
        }
        let head = key.head(at: skip)
        let heads = heads.block(at: Int(node) * KeyTree.width, count: KeyTree.width)
        let slots = slots.block(at: Int(node) * KeyTree.width, count: KeyTree.width)
        // Halves without branches: which way it goes cannot be predicted.
        var low = 0
        var rest = count
        while rest > 0 {
            let half = (rest + 1) >> 1
            low += heads[low + half - 1] < head ? half : 0
            rest -= half
        }
        var high = low
        while high < count && heads[high] == head { high += 1 }
        while low < high {
            let middle = (low + high) >> 1
            let order = versions.key(of: slots[middle]).compared(to: key)
            if order == 0 { return (middle, true) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return (low, false)
    }

    mutating func insert(
        _ number: UInt32, in node: UInt32, at place: Int, _ versions: Versions
    ) {
        let count = count(node)
        if infos[Int(node)].isOpen && infos[Int(node)].skip > 0 {
            admit(versions.key(of: number), to: node, versions)
        }
        let head = versions.key(of: number).head(at: Int(infos[Int(node)].skip))
        let start = Int(node) * KeyTree.width + place
        heads.shift(head, at: start, count: count - place + 1)
        slots.shift(number, at: start, count: count - place + 1)
        infos[Int(node)].count = Int32(count + 1)
    }

    /// Shortens what an open node skips to what `key` begins with too.
    private mutating func admit(_ key: Bytes, to node: UInt32, _ versions: Versions) {
        let first = versions.key(of: slots[Int(node) * KeyTree.width])
        let shared = key.sharedPrefix(with: first)
        if shared < Int(infos[Int(node)].skip) { setSkip(of: node, to: shared, versions) }
    }

    /// Moves the slots from `first` on to the empty node `right`.
    mutating func move(from node: UInt32, _ first: Int, to right: UInt32) {
        let count = count(node)
        for index in first..<count {
            heads[Int(right) * KeyTree.width + index - first] =
                heads[Int(node) * KeyTree.width + index]
            slots[Int(right) * KeyTree.width + index - first] =
                slots[Int(node) * KeyTree.width + index]
        }
        infos[Int(right)].count = Int32(count - first)
        infos[Int(right)].skip = infos[Int(node)].skip
        infos[Int(right)].isOpen = infos[Int(node)].isOpen
        infos[Int(node)].count = Int32(first)
    }

    /// Makes a node that was split, or is new, skip what it may.
    mutating func setSkip(
        of node: UInt32, between lower: UInt32, _ upper: UInt32, _ versions: Versions
    ) {
        let isOpen = lower == Version.none || upper == Version.none
        let start = Int(node) * KeyTree.width
        let low = isOpen ? slots[start] : lower
        let high = isOpen ? slots[start + count(node) - 1] : upper
        infos[Int(node)].isOpen = isOpen
        let skip = versions.key(of: low).sharedPrefix(with: versions.key(of: high))
        if skip != Int(infos[Int(node)].skip) { setSkip(of: node, to: skip, versions) }
    }

    /// Reads the heads anew.
    private mutating func setSkip(of node: UInt32, to skip: Int, _ versions: Versions) {
        infos[Int(node)].skip = Int16(skip)
        for index in 0..<count(node) {
            let place = Int(node) * KeyTree.width + index
            heads[place] = versions.key(of: slots[place]).head(at: skip)
        }
    }
}
