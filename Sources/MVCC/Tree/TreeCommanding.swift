internal import Units

/// Changing.
extension MVCC {
    /// Carries out a command as of the present cluster time. A failure moves its counter alone.
    @discardableResult
    package mutating func tree(_ command: Tree.Command) throws(Tree.Failure) -> Tree.Event {
        do throws(Tree.Failure) {
            try command.check()
            let event = try perform(command)
            remember(event)
            treeBook.statistics.count(command.action, succeeded: true)
            saveTreeBook()
            return event
        } catch {
            treeBook.statistics.count(command.action, succeeded: false)
            saveTreeBook()
            throw error
        }
    }

    mutating func saveTreeBook() {
        let key = TreeLayout.book
        setRecord(.tree, key.span, treeBook.encoded)
    }

    private mutating func perform(_ command: Tree.Command) throws(Tree.Failure) -> Tree.Event {
        switch command.action {
        case .set: try set(command)
        case .create: try create(command)
        case .createInOrder: try createInOrder(command)
        case .update: try update(command)
        case .compareAndSwap: try compareAndSwap(command)
        case .compareAndDelete: try compareAndDelete(command)
        case .delete: try delete(command)
        case .expire: preconditionFailure("nobody commands a node to expire")
        }
    }

    private func requireBelowRoot(_ path: Tree.Path) throws(Tree.Failure) {
        guard !path.isRoot else { throw treeFailure(.rootReadOnly, path) }
    }

    private mutating func set(_ command: Tree.Command) throws(Tree.Failure) -> Tree.Event {
        let path = command.path
        try requireBelowRoot(path)
        let old = knownEntry(path)
        var value = command.value
        if command.refresh {
            let kept = try treeEntry(path)
            value = kept.value
        }
        if let old, old.isDirectory { throw treeFailure(.notFile, path) }
        return try place(command, at: path, value, over: old)
    }

    private mutating func create(_ command: Tree.Command) throws(Tree.Failure) -> Tree.Event {
        try requireBelowRoot(command.path)
        guard knownEntry(command.path) == nil else { throw treeFailure(.exists, command.path) }
        return try place(command, at: command.path, command.value, over: nil)
    }

    private mutating func createInOrder(
        _ command: Tree.Command
    ) throws(Tree.Failure) -> Tree.Event {
        let digits = Array("\(treeBook.index + 1)".utf8)
        let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: 20 - digits.count)
        let path = command.path.child(zeros + digits)
        guard knownEntry(path) == nil else { throw treeFailure(.exists, path) }
        var event = try place(command, at: path, command.value, over: nil)
        event.action = .create
        return event
    }

    /// Puts a new node, and the directories that are missing above it.
    private mutating func place(
        _ command: Tree.Command, at path: Tree.Path, _ value: [UInt8], over old: Tree.Entry?
    ) throws(Tree.Failure) -> Tree.Event {
        let index = treeBook.index + 1
        if old == nil { try makeParents(of: path, at: index) }
        var entry = Tree.Entry(
            isDirectory: command.isDirectory, created: index, modified: index)
        if !command.isDirectory { entry.value = value }
        setEnd(of: &entry, command)
        put(path, entry, over: old)
        return Tree.Event(
            action: command.action, node: entry.shown(path, at: clusterTime),
            previous: old?.shown(path, at: clusterTime), isRefresh: command.refresh)
    }

    private mutating func makeParents(
        of path: Tree.Path, at index: UInt64
    ) throws(Tree.Failure) {
        var depth = path.depth - 1
        while depth > 0 {
            guard let entry = knownEntry(path.ancestor(depth)) else {
                depth -= 1
                continue
            }
            guard entry.isDirectory else {
                throw treeFailure(.notDirectory, path.ancestor(depth))
            }
            break
        }
        while depth < path.depth - 1 {
            depth += 1
            put(path.ancestor(depth), .directory(at: index), over: nil)
        }
    }

    private func setEnd(of entry: inout Tree.Entry, _ command: Tree.Command) {
        entry.expiry = command.ttl.map { clusterTime + .seconds($0) } ?? .never
        entry.expiration = command.ttl == nil ? 0 : command.expiration
    }

    private mutating func update(_ command: Tree.Command) throws(Tree.Failure) -> Tree.Event {
        try requireBelowRoot(command.path)
        let old = try treeEntry(command.path)
        if old.isDirectory, !command.value.isEmpty { throw treeFailure(.notFile, command.path) }
        return change(command, old)
    }

    private mutating func compareAndSwap(
        _ command: Tree.Command
    ) throws(Tree.Failure) -> Tree.Event {
        try requireBelowRoot(command.path)
        let old = try treeEntry(command.path)
        if old.isDirectory { throw treeFailure(.notFile, command.path) }
        try command.compare(old, index: treeBook.index)
        return change(command, old)
    }

    /// A new value for a file, another end for both; a directory keeps its index but in the event.
    private mutating func change(_ command: Tree.Command, _ old: Tree.Entry) -> Tree.Event {
        let index = treeBook.index + 1
        var entry = old
        setEnd(of: &entry, command)
        if !old.isDirectory {
            entry.modified = index
            if !command.refresh { entry.value = command.value }
        }
        put(command.path, entry, over: old)
        var node = entry.shown(command.path, at: clusterTime)
        node.modified = index
        return Tree.Event(
            action: command.action, node: node,
            previous: old.shown(command.path, at: clusterTime), isRefresh: command.refresh)
    }

    private mutating func compareAndDelete(
        _ command: Tree.Command
    ) throws(Tree.Failure) -> Tree.Event {
        let old = try treeEntry(command.path)
        if old.isDirectory { throw treeFailure(.notFile, command.path) }
        try command.compare(old, index: treeBook.index)
        return remove(command.path, old, as: .compareAndDelete)
    }

    private mutating func delete(_ command: Tree.Command) throws(Tree.Failure) -> Tree.Event {
        try requireBelowRoot(command.path)
        let old = try treeEntry(command.path)
        if old.isDirectory, !command.recursive {
            guard command.isDirectory else { throw treeFailure(.notFile, command.path) }
            guard !hasChildren(command.path) else {
                throw treeFailure(.directoryNotEmpty, command.path)
            }
        }
        return remove(command.path, old, as: .delete)
    }

    /// Removes a node with all that is below it.
    mutating func remove(
        _ path: Tree.Path, _ old: Tree.Entry, as action: Tree.Action
    ) -> Tree.Event {
        drop(TreeLayout.node(path), path, expiry: old.expiry)
        if old.isDirectory { dropBelow(path) }
        return Tree.Event(
            action: action, node: .gone(path, old, at: treeBook.index + 1),
            previous: old.shown(path, at: clusterTime))
    }
}

/// A node that is to go.
private struct Leaf {
    var key: [UInt8]
    var expiry: Instant
}

// Records.
extension MVCC {
    private mutating func put(_ path: Tree.Path, _ entry: Tree.Entry, over old: Tree.Entry?) {
        let before = old?.expiry ?? .never
        if before != entry.expiry {
            if before != .never { unmark(path, before) }
            if entry.expiry != .never { mark(path, entry.expiry) }
        }
        let key = TreeLayout.node(path)
        setRecord(.tree, key.span, entry.encoded)
    }

    private mutating func drop(
        _ key: [UInt8], _ path: @autoclosure () -> Tree.Path, expiry: Instant
    ) {
        setRecord(.tree, key.span, nil)
        if expiry != .never { unmark(path(), expiry) }
    }

    /// Floor by floor, until one is empty.
    private mutating func dropBelow(_ path: Tree.Path) {
        var levels = 1
        while dropFloor(TreeLayout.below(path, levels: levels)) { levels += 1 }
    }

    /// False when there was nothing.
    private mutating func dropFloor(_ range: (from: [UInt8], to: [UInt8])) -> Bool {
        var from = range.from
        var found = false
        while true {
            var page: [Leaf] = []
            scanRecords(.tree, from: from.span, to: range.to.span) { key, record in
                page.append(Leaf(key: key.array, expiry: Tree.Entry.expiry(record)))
                return page.count < Limits.treePage
            }
            guard let last = page.last else { return found }
            found = true
            from = last.key + [0]
            for node in page {
                drop(node.key, TreeLayout.path(node: node.key.span), expiry: node.expiry)
            }
        }
    }
}
