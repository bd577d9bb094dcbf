internal import Units

extension Tree {
    /// Whether who watches `path` is told of `event`: of what happens there; if `recursive` also of
    /// what happens below, unless it is hidden from there; and of the end of a directory above.
    package static func concerns(_ event: Event, watching path: Path, recursive: Bool) -> Bool {
        guard !event.isRefresh else { return false }
        let place = Path(unchecked: event.node.key)
        if place == path { return true }
        if place.isBelow(path) { return recursive && place.hiddenDepth <= path.depth }
        return event.endsDirectory && path.isBelow(place)
    }

    /// Who watches which path.
    package struct Watchers: Sendable {
        private struct Watcher {
            var path: Path
            var recursive: Bool
        }

        private var table: [WatcherID: Watcher] = [:]
        /// Those of each path, in the order in which they came.
        private var places = SortedRuns<[WatcherID]>()
        private var last: UInt64 = 0

        package init() {}
    }
}

extension Tree.Event {
    /// A directory is gone, and all that was in it.
    var endsDirectory: Bool {
        switch action {
        case .delete, .expire: node.isDirectory
        case .set, .create, .createInOrder, .update, .compareAndSwap, .compareAndDelete: false
        }
    }
}

extension Tree.Watchers {
    package var count: Int { table.count }

    /// Names are not given twice.
    package mutating func add(_ path: Tree.Path, recursive: Bool) -> WatcherID {
        last += 1
        let id = WatcherID(rawValue: last)
        table[id] = Watcher(path: path, recursive: recursive)
        let key = path.bytes
        places.put(key.span, (places[key.span] ?? []) + [id])
        return id
    }

    /// Does nothing when there is no such watcher.
    package mutating func remove(_ id: WatcherID) {
        guard let watcher = table.removeValue(forKey: id) else { return }
        let key = watcher.path.bytes
        let left = (places[key.span] ?? []).filter { $0 != id }
        if left.isEmpty { places.delete(key.span) } else { places.put(key.span, left) }
    }

    /// Those whom `Tree.concerns` names, in ascending order.
    package func match(_ event: Tree.Event) -> [WatcherID] {
        guard !table.isEmpty, !event.isRefresh else { return [] }
        let place = Tree.Path(unchecked: event.node.key)
        var found: [WatcherID] = []
        for depth in place.hiddenDepth...place.depth {
            let here = place.ancestor(depth).bytes
            for id in places[here.span] ?? []
            where depth == place.depth || table[id]?.recursive == true { found.append(id) }
        }
        if event.endsDirectory {
            let from = place.below
            let to = place.bytes + [Tree.Path.slash + 1]
            places.scanUp(from: from.span, to: to.span) { _, ids in
                found += ids
                return true
            }
        }
        return found.sorted()
    }
}
