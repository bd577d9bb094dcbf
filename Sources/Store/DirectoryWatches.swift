internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Who watches which path of the tree, and how far each has been told.
///
/// As with `Watches`: a watch is a path and a place in the history. Who keeps up is `live`, and gets
/// each event as it happens, written once for all; whose credit runs out becomes a place again, and
/// reads history when credit returns. The tree's history ends, so who falls behind it is told so.
struct DirectoryWatches {
    private(set) var registry = Tree.Watchers()
    private var table: [WatcherID: DirectoryWatch] = [:]
    /// Events up to here were offered to live watches.
    var delivered: UInt64 = 0
    /// Watches that are not live and may be able to go on now.
    var waking: [WatcherID] = []
    /// All, in the order in which they came, and some that are gone.
    private(set) var order: [WatcherID] = []

    var count: Int { table.count }

    subscript(id: WatcherID) -> DirectoryWatch? {
        get { table[id] }
        _modify { yield &table[id] }
    }

    mutating func add(_ path: Tree.Path, recursive: Bool) -> WatcherID {
        if order.count > 64, order.count > 2 * table.count { order.removeAll { table[$0] == nil } }
        let id = registry.add(path, recursive: recursive)
        order.append(id)
        return id
    }

    mutating func remove(_ id: WatcherID) {
        registry.remove(id)
        table[id] = nil
    }

    mutating func wake(_ id: WatcherID) {
        if table[id]?.isLive == false { waking.append(id) }
    }

    /// It reads history from `next` on.
    mutating func fallBack(_ id: WatcherID, to next: UInt64) {
        table[id]!.isLive = false
        table[id]!.next = next
        waking.append(id)
    }
}

struct DirectoryWatch {
    let session: SessionID
    let stream: UInt32
    let method: UInt32
    let path: Tree.Path
    let recursive: Bool
    /// The first event ends it.
    let once: Bool
    /// It asked for events from now on.
    let fromNow: Bool
    /// The next index to tell of; of a live watch the first it was to be told.
    var next: UInt64
    var isLive = false
    /// The first answer, which says that the watch is there, was sent.
    var isCreated = false
}

extension Store {
    mutating func watchTree(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try TreeWatchRequest(request: body)
        let path = try Tree.Path(request: request.path)
        guard directory.watches.count < Limits.watches else {
            throw Refusal(.overloaded, "this member has \(Limits.watches) watches, its limit")
        }
        let id = directory.watches.add(path, recursive: request.recursive)
        guard sessions.add(call.stream, to: call.session, .treeWatch(id)) else {
            return directory.watches.remove(id)
        }
        let next = request.waitIndex == 0 ? mvcc.treeIndex + 1 : request.waitIndex
        directory.watches[id] = DirectoryWatch(
            session: call.session, stream: call.stream, method: call.method, path: path,
            recursive: request.recursive, once: request.once, fromNow: request.waitIndex == 0,
            next: next)
        directory.watches.waking.append(id)
    }

    mutating func endTreeWatch(_ id: WatcherID, _ refusal: Refusal) {
        guard let watch = forgetTreeWatch(id) else { return }
        refuse(watch.session, watch.stream, watch.method, refusal)
    }

    private mutating func forgetTreeWatch(_ id: WatcherID) -> DirectoryWatch? {
        guard let watch = directory.watches[id] else { return nil }
        directory.watches.remove(id)
        sessions.remove(watch.stream, from: watch.session)
        return watch
    }

    /// The state was replaced: every watch reads on from its place in the new history.
    mutating func restartTreeWatches() {
        for id in directory.watches.order {
            guard let watch = directory.watches[id] else { continue }
            let told = watch.isLive ? directory.watches.delivered + 1 : 0
            directory.watches.fallBack(id, to: max(watch.next, told))
        }
        directory.watches.delivered = mvcc.treeIndex
    }
}

/// Live delivery.
extension Store {
    mutating func deliverTreeEvents() {
        let newest = mvcc.treeIndex
        let from = directory.watches.delivered + 1
        guard from <= newest else { return }
        directory.watches.delivered = newest
        guard directory.watches.count > 0 else { return }
        for (event, ids) in matches(from: from, through: newest) { tell(event, ids) }
    }

    private func matches(
        from: UInt64, through newest: UInt64
    ) -> [(event: Tree.Event, ids: [WatcherID])] {
        let registry = directory.watches.registry
        var found: [(event: Tree.Event, ids: [WatcherID])] = []
        mvcc.treeEvents(from: from, through: newest) { event in
            let ids = registry.match(event)
            if !ids.isEmpty { found.append((event, ids)) }
            return true
        }
        return found
    }

    private mutating func tell(_ event: Tree.Event, _ ids: [WatcherID]) {
        let body = write(event)
        for id in ids {
            guard let watch = directory.watches[id], watch.isLive, watch.next <= event.index else {
                continue
            }
            if !tell(body, id, watch) { directory.watches.fallBack(id, to: event.index) }
        }
    }

    /// Where in the turn's bytes the event stands.
    private mutating func write(_ event: Tree.Event) -> Range<Int> {
        let start = effects.bytes.count
        var response = treeResponse
        response.tell(event)
        response.encode(into: &effects.bytes)
        return start..<effects.bytes.count
    }

    /// False when there is no credit for it.
    private mutating func tell(_ body: Range<Int>, _ id: WatcherID, _ watch: DirectoryWatch) -> Bool
    {
        if watch.once {
            _ = forgetTreeWatch(id)
        } else {
            guard body.count <= sessions.allowance(watch.session, watch.stream) else {
                return false
            }
            sessions.spend(body.count, watch.session, watch.stream)
        }
        effects.frames.append(
            OutgoingFrame(
                session: watch.session, type: watch.once ? .response : .stream,
                stream: watch.stream, method: watch.method, body: body))
        return true
    }
}

/// Catching up.
extension Store {
    mutating func advanceTreeWatches() {
        var due: [WatcherID] = []
        swap(&due, &directory.watches.waking)
        for id in due where directory.watches[id]?.isLive == false { catchUpTree(id) }
    }

    private mutating func catchUpTree(_ id: WatcherID) {
        guard let watch = directory.watches[id] else { return }
        if let failure = mvcc.treeHistoryCleared(watch.next) { return end(id, failure) }
        guard sendTreeCreated(id, watch) else { return }
        let page = page(for: watch)
        for event in page.events where !tellOld(event, id) { return }
        guard directory.watches[id] != nil else { return }
        directory.watches[id]!.next = page.next
        if page.next > mvcc.treeIndex {
            directory.watches[id]!.isLive = true
        } else {
            directory.watches.waking.append(id)
        }
    }

    /// What concerns it of the next part of history, and where the part after that begins.
    private func page(for watch: DirectoryWatch) -> (events: [Tree.Event], next: UInt64) {
        var events: [Tree.Event] = []
        var visited = 0
        var bytes = 0
        var next = max(watch.next, mvcc.treeIndex + 1)
        mvcc.treeEvents(from: watch.next, through: mvcc.treeIndex) { event in
            guard visited < Limits.eventsRead, bytes < Limits.chunk else {
                next = event.index
                return false
            }
            visited += 1
            if Tree.concerns(event, watching: watch.path, recursive: watch.recursive) {
                events.append(event)
                bytes += event.node.key.count + (event.node.value?.count ?? 0)
            }
            return true
        }
        return (events, next)
    }

    /// False when it can hear no more, for now or at all.
    private mutating func tellOld(_ event: Tree.Event, _ id: WatcherID) -> Bool {
        guard let watch = directory.watches[id] else { return false }
        let body = write(event)
        guard !tell(body, id, watch) else { return !watch.once }
        effects.bytes.removeLast(body.count)
        directory.watches[id]!.next = event.index
        if sessions.isWindowOpen(watch.session, watch.stream) {
            endTreeWatch(
                id,
                .invalid(
                    "the event at index \(event.index) does not fit into this stream's credit; "
                        + "watch again with at least \(Wire::Limits.maximumFrame) bytes"))
        }
        return false
    }

    private mutating func end(_ id: WatcherID, _ failure: Tree.Failure) {
        guard let watch = forgetTreeWatch(id) else { return }
        let start = effects.bytes.count
        var response = treeResponse
        response.fail(failure)
        response.encode(into: &effects.bytes)
        emit(.response, watch.session, watch.stream, watch.method, from: start)
    }

    /// False while there is no credit for it.
    private mutating func sendTreeCreated(_ id: WatcherID, _ watch: DirectoryWatch) -> Bool {
        guard !watch.isCreated else { return true }
        let start = effects.bytes.count
        var response = treeResponse
        response.created = true
        if watch.fromNow { response.index = watch.next - 1 }
        response.encode(into: &effects.bytes)
        let size = effects.bytes.count - start
        guard size <= sessions.allowance(watch.session, watch.stream) else {
            effects.bytes.removeLast(size)
            return false
        }
        sessions.spend(size, watch.session, watch.stream)
        directory.watches[id]!.isCreated = true
        emit(.stream, watch.session, watch.stream, watch.method, from: start)
        return true
    }
}
