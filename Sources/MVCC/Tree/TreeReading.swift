package import Units

/// Looking.
extension MVCC {
    /// Of the newest event; where the next waits from is one above.
    package var treeIndex: UInt64 { treeBook.index }
    /// Watches can begin here at the earliest.
    package var treeOldest: UInt64 { treeBook.oldest }
    package var treeStatistics: Tree.Statistics { treeBook.statistics }

    /// Shows a node, and of a directory what is in it: `visit` gets the children in order of their
    /// names, each directory before what is in it when `recursive`, until it returns false. Hidden
    /// ones are left out with all below them.
    ///
    /// - Parameter time: by cluster time, for the time that is left.
    package func look(
        at path: Tree.Path, recursive: Bool, time: Instant, _ visit: (Tree.Node) -> Bool
    ) throws(Tree.Failure) -> Tree.Node {
        let entry = try treeEntry(path)
        if entry.isDirectory { _ = visitChildren(of: path, recursive, time, visit) }
        return entry.shown(path, at: time)
    }

    /// False when `visit` has had enough.
    private func visitChildren(
        of path: Tree.Path, _ recursive: Bool, _ time: Instant, _ visit: (Tree.Node) -> Bool
    ) -> Bool {
        let range = TreeLayout.below(path, levels: 1)
        var goesOn = true
        scanRecords(.tree, from: range.from.span, to: range.to.span) { key, record in
            let child = TreeLayout.path(node: key)
            guard !child.isHidden else { return true }
            let entry = Tree.Entry(record)
            goesOn = visit(entry.shown(child, at: time))
            if goesOn, recursive, entry.isDirectory {
                goesOn = visitChildren(of: child, recursive, time, visit)
            }
            return goesOn
        }
        return goesOn
    }

    /// The node, or why there is none: what is missing on the way, or what is in the way.
    func treeEntry(_ path: Tree.Path) throws(Tree.Failure) -> Tree.Entry {
        if let entry = knownEntry(path) { return entry }
        for depth in 1...path.depth {
            let step = path.ancestor(depth)
            guard let entry = knownEntry(step) else { throw treeFailure(.keyNotFound, step) }
            guard entry.isDirectory else { throw treeFailure(.notDirectory, step) }
        }
        preconditionFailure("a path whose last node is there was not found")
    }

    func knownEntry(_ path: Tree.Path) -> Tree.Entry? {
        guard !path.isRoot else { return .root }
        let key = TreeLayout.node(path)
        return record(.tree, key.span).map { Tree.Entry($0.span) }
    }

    /// Of the root nothing is said, but that it is read only.
    func treeFailure(_ code: Tree.Failure.Code, _ path: Tree.Path) -> Tree.Failure {
        let isNamed = !path.isRoot || code == .rootReadOnly
        return Tree.Failure(code, isNamed ? path.bytes : [], index: treeBook.index)
    }

    func hasChildren(_ path: Tree.Path) -> Bool {
        let range = TreeLayout.below(path, levels: 1)
        var found = false
        scanRecords(.tree, from: range.from.span, to: range.to.span) { _, _ in
            found = true
            return false
        }
        return found
    }
}
