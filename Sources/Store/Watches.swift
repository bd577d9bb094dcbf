internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Who watches what, and how far each has been told.
///
/// A watch is a range and a place in the history, nothing more. While it keeps up it is `live`: the
/// events of a turn are matched once and handed to it. When its credit runs out it is only a place
/// again, and goes on by reading history when credit returns; nothing is buffered for it and nothing
/// is lost.
struct Watches {
    var registry = Watchers()
    private var table: [WatcherID: Watch] = [:]
    /// Events up to here were offered to live watches.
    var delivered: Int64 = 0
    /// Watches that are not live and may be able to go on now.
    var waking: [WatcherID] = []
    /// All, in the order in which they came, and some that are gone.
    private(set) var order: [WatcherID] = []
    /// Watches that asked for progress marks, in the order in which they came.
    var progressing: [WatcherID] = []
    /// When the next of them is due, at the earliest.
    var nextProgress = Instant.never
    /// Watches that want the pairs that were replaced.
    var previousCount = 0
    /// What live watches are told in this turn.
    var bulletin = Bulletin()

    var count: Int { table.count }
    var deadline: Instant { progressing.isEmpty ? .never : nextProgress }

    mutating func remember(_ id: WatcherID) {
        if order.count > 64, order.count > 2 * table.count { order.removeAll { table[$0] == nil } }
        order.append(id)
    }

    subscript(id: WatcherID) -> Watch? {
        get { table[id] }
        _modify { yield &table[id] }
    }
}

struct Watch {
    let session: SessionID
    let stream: UInt32
    let method: UInt32
    let range: KeyRange
    let style: Bulletin.Style
    let noPut: Bool
    let noDelete: Bool
    let glob: Glob?
    /// Between progress marks, if they are wanted.
    let progress: Instant.Span?
    /// It asked for events from now on.
    let fromNow: Bool
    /// The next revision to tell of.
    var next: Int64
    /// Events of that revision that were told already.
    var skip = 0
    var isLive = false
    /// The first answer, which says that the watch is there, was sent.
    var isCreated = false
    var lastSent: Instant
    /// A progress mark was asked for and not sent yet.
    var wantsMark = false
    /// Events of this turn.
    var pending = Bulletin.nothing

    func wants(_ type: EventKind, _ key: Bytes) -> Bool {
        guard type == .put ? !noPut : !noDelete else { return false }
        return glob?.matches(key) ?? true
    }
}

extension Store {
    mutating func watch(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try WatchRequest(request: body)
        let range = try KeyRange(request.key, request.rangeEnd)
        guard request.startRevision >= 0 else {
            throw .invalid("start revision \(request.startRevision) is negative")
        }
        guard watches.count < Limits.watches else {
            throw Refusal(.overloaded, "this member has \(watches.count) watches, its limit")
        }
        let start = request.startRevision
        if start > 0, start <= mvcc.compacted.rawValue {
            throw Refusal(MVCC::Failure.compacted(below: mvcc.compacted))
        }
        let glob = try Self.glob(request.glob)
        let progress = try progressInterval(request)
        let id: WatcherID
        do throws(MVCC::Failure) {
            id = try watches.registry.add(range)
        } catch {
            throw Refusal(error)
        }
        watches.remember(id)
        guard sessions.add(call.stream, to: call.session, .watch(id)) else {
            return watches.registry.remove(id)
        }
        watches[id] = Watch(
            session: call.session, stream: call.stream, method: call.method, range: range,
            style: .init(previous: request.previous, keysOnly: request.keysOnly),
            noPut: request.noPut, noDelete: request.noDelete, glob: glob, progress: progress,
            fromNow: start == 0, next: start == 0 ? mvcc.revision.rawValue + 1 : start,
            lastSent: now)
        if request.previous { watches.previousCount += 1 }
        if let progress { markProgress(for: id, after: progress) }
        watches.waking.append(id)
    }

    private static func glob(_ pattern: [UInt8]) throws(Refusal) -> Glob? {
        guard !pattern.isEmpty else { return nil }
        do throws(Glob.Fault) {
            return try Glob(pattern)
        } catch {
            throw .invalid(error.description)
        }
    }

    private func progressInterval(_ request: WatchRequest) throws(Refusal) -> Instant.Span? {
        guard request.progress else { return nil }
        guard request.progressIntervalMs > 0 else { return settings.progressInterval }
        let interval = Instant.Span.milliseconds(UInt64(request.progressIntervalMs))
        guard interval >= Limits.progressInterval else {
            throw .invalid(
                "a progress interval of \(request.progressIntervalMs) ms is too short; ask for "
                    + "100 ms or more")
        }
        return interval
    }

    /// False while there is no credit for it.
    private mutating func sendCreated(_ id: WatcherID, _ watch: Watch) -> Bool {
        guard !watch.isCreated else { return true }
        let start = effects.bytes.count
        var header = header
        if watch.fromNow { header.revision = watch.next - 1 }
        Hot.appendHeader(field: 1, header, to: &effects.bytes)
        Hot.appendVarintField(field: 2, UInt64(1), to: &effects.bytes)
        let size = effects.bytes.count - start
        guard size <= sessions.allowance(watch.session, watch.stream) else {
            effects.bytes.removeLast(size)
            return false
        }
        watches[id]!.isCreated = true
        emitWatch(id, start..<effects.bytes.count)
        return true
    }

    private mutating func emitWatch(_ id: WatcherID, _ body: Range<Int>) {
        guard let watch = watches[id] else { return }
        sessions.spend(body.count, watch.session, watch.stream)
        watches[id]!.lastSent = now
        effects.frames.append(
            OutgoingFrame(
                session: watch.session, type: .stream, stream: watch.stream,
                method: watch.method, body: body))
    }

    mutating func endWatch(_ id: WatcherID, _ refusal: Refusal) {
        guard let watch = watches[id] else { return }
        forgetWatch(id)
        sessions.remove(watch.stream, from: watch.session)
        refuse(watch.session, watch.stream, watch.method, refusal)
    }

    mutating func forgetWatch(_ id: WatcherID) {
        guard let watch = watches[id] else { return }
        watches.registry.remove(id)
        watches[id] = nil
        if watch.style.previous { watches.previousCount -= 1 }
        if watch.progress != nil { watches.progressing.removeAll { $0 == id } }
    }

    /// The state was replaced: every watch reads on from its place in the new history.
    mutating func restartWatches() {
        for id in watches.order where watches[id] != nil {
            pause(id)
            watches.waking.append(id)
        }
        watches.delivered = mvcc.revision.rawValue
    }

    mutating func wakeWatch(_ id: WatcherID) {
        if watches[id]?.isLive == false { watches.waking.append(id) }
    }
}

/// Live delivery: each event is matched and encoded once a turn.
extension Store {
    mutating func deliverEvents() {
        let newest = mvcc.revision.rawValue
        guard watches.delivered < newest else { return }
        defer { watches.delivered = newest }
        guard watches.count > 0 else { return }
        var touched: [WatcherID] = []
        collectEvents(through: newest, &touched)
        for id in touched { sendPending(id) }
        watches.bulletin.clear()
    }

    private mutating func collectEvents(through newest: Int64, _ touched: inout [WatcherID]) {
        var table = Watches()
        swap(&table, &watches)
        defer { swap(&table, &watches) }
        var matches: [WatcherID] = []
        let from = Revision(rawValue: table.delivered + 1)
        do throws(MVCC::Failure) {
            try mvcc.events(
                from: from, through: Revision(rawValue: newest), previous: table.previousCount > 0
            ) { event in
                matches.removeAll(keepingCapacity: true)
                table.registry.match(event.key, into: &matches)
                table.bulletin.turnPage()
                for id in matches {
                    guard let watch = table[id], watch.isLive,
                        watch.next <= event.facts.mod.rawValue,
                        watch.wants(event.kind, event.key)
                    else { continue }
                    if watch.pending == Bulletin.nothing { touched.append(id) }
                    table[id]!.pending = table.bulletin.add(
                        event, watch.style, after: watch.pending)
                }
                return true
            }
        } catch {
            preconditionFailure("events of this turn cannot be compacted yet")
        }
    }

    /// Watches that are told the same share one body.
    private mutating func sendPending(_ id: WatcherID) {
        guard let watch = watches[id] else { return }
        watches[id]!.pending = Bulletin.nothing
        let header = header
        let body = watches.bulletin.body(of: watch.pending, header, in: &effects.bytes)
        guard body.count <= sessions.allowance(watch.session, watch.stream),
            body.count <= Wire::Limits.maximumFrame
        else {
            pause(id)
            watches.waking.append(id)
            return
        }
        emitWatch(id, body)
    }
}

/// Catching up: a watch that is not live reads history as far as its credit goes.
extension Store {
    mutating func advanceWatches() {
        var due: [WatcherID] = []
        swap(&due, &watches.waking)
        for id in due where watches[id]?.isLive == false { catchUp(id) }
    }

    private struct Page {
        var out: [UInt8]
        var start: Int
        var boundary: (size: Int, next: Int64)
        var revision: Int64
        var told = 0
        var skip: Int
        var visited = 0
        var isFull = false
    }

    private mutating func catchUp(_ id: WatcherID) {
        guard let watch = watches[id], sendCreated(id, watch) else { return }
        let newest = mvcc.revision.rawValue
        guard watch.next <= newest else { return goLive(id) }
        let allowance = min(
            sessions.allowance(watch.session, watch.stream), Wire::Limits.maximumFrame)
        var page = page(for: watch)
        do throws(MVCC::Failure) {
            try read(&page, watch, allowance: allowance, through: newest)
        } catch {
            return endWatch(id, Refusal(error))
        }
        send(page, id, watch, allowance: allowance, through: newest)
    }

    private mutating func page(for watch: Watch) -> Page {
        var out: [UInt8] = []
        Hot.appendHeader(field: 1, header, to: &out)
        return Page(
            out: out, start: out.count, boundary: (out.count, watch.next), revision: watch.next,
            skip: watch.skip)
    }

    private func read(
        _ page: inout Page, _ watch: Watch, allowance: Int, through newest: Int64
    ) throws(MVCC::Failure) {
        let limit = min(allowance, Limits.chunk)
        try mvcc.events(
            from: Revision(rawValue: watch.next), through: Revision(rawValue: newest),
            previous: watch.style.previous
        ) { event in
            page.visited += 1
            if event.facts.mod.rawValue > page.revision {
                page.boundary = (page.out.count, event.facts.mod.rawValue)
                page.revision = event.facts.mod.rawValue
                page.told = 0
                page.skip = 0
                if page.out.count >= limit || page.visited > Limits.eventsRead {
                    page.isFull = true
                    return false
                }
            }
            guard watch.range.contains(event.key), watch.wants(event.kind, event.key) else {
                return true
            }
            if page.skip > 0 {
                page.skip -= 1
                page.told += 1
                return true
            }
            let before = page.out.count
            Hot.append(event, watch.style, to: &page.out)
            if page.out.count + Limits.fragmentMark > allowance {
                page.out.removeLast(page.out.count - before)
                page.isFull = true
                return false
            }
            page.told += 1
            return true
        }
        if !page.isFull { page.boundary = (page.out.count, newest + 1) }
    }

    private mutating func send(
        _ page: Page, _ id: WatcherID, _ watch: Watch, allowance: Int, through newest: Int64
    ) {
        var page = page
        let whole = page.boundary.size > page.start || page.boundary.next > watch.next
        let told = page.out.count > page.start
        if whole {
            page.out.removeLast(page.out.count - page.boundary.size)
            watches[id]!.next = page.boundary.next
            watches[id]!.skip = 0
        } else if told && sessions.isWindowOpen(watch.session, watch.stream) {
            Hot.appendVarintField(field: 4, UInt64(1), to: &page.out)
            watches[id]!.skip = page.told
        } else if !told && sessions.isWindowOpen(watch.session, watch.stream) {
            return endWatch(
                id,
                .invalid(
                    "an event at revision \(page.revision) does not fit into this stream's credit; "
                        + "watch again with at least \(Wire::Limits.maximumFrame) bytes"))
        } else {
            return
        }
        if page.out.count > page.start {
            let start = effects.bytes.count
            effects.bytes.append(page.out.span)
            emitWatch(id, start..<effects.bytes.count)
        }
        if watches[id]!.next > newest { goLive(id) } else { watches.waking.append(id) }
    }

    private mutating func goLive(_ id: WatcherID) {
        watches[id]!.isLive = true
        watches[id]!.next = max(watches[id]!.next, watches.delivered + 1)
        if watches[id]!.wantsMark { sendMark(id) }
    }
}

/// Progress marks: a watch that has been told all says so, now and then or when asked to.
extension Store {
    private mutating func markProgress(for id: WatcherID, after interval: Instant.Span) {
        watches.progressing.append(id)
        watches.nextProgress = min(watches.nextProgress, now + interval)
    }

    mutating func markProgress() {
        guard now >= watches.deadline else { return }
        watches.nextProgress = .never
        for id in watches.progressing {
            guard let watch = watches[id], let interval = watch.progress else { continue }
            if watch.isLive, now.since(watch.lastSent) >= interval { sendMark(id) }
            let due = (watches[id]?.lastSent ?? now) + interval
            watches.nextProgress = min(watches.nextProgress, due > now ? due : now + interval)
        }
    }

    /// A live watch has been told all there is. Without credit, the mark waits for it.
    private mutating func sendMark(_ id: WatcherID) {
        guard let watch = watches[id] else { return }
        let start = effects.bytes.count
        Hot.appendHeader(field: 1, header, to: &effects.bytes)
        let body = start..<effects.bytes.count
        guard body.count <= sessions.allowance(watch.session, watch.stream) else {
            effects.bytes.removeLast(body.count)
            if watch.wantsMark { pause(id) }
            return
        }
        watches[id]!.wantsMark = false
        emitWatch(id, body)
    }

    /// Takes a watch out of live delivery; it goes on from its place in history.
    fileprivate mutating func pause(_ id: WatcherID) {
        guard let watch = watches[id], watch.isLive else { return }
        watches[id]!.isLive = false
        watches[id]!.next = max(watch.next, watches.delivered + 1)
    }

    /// Asks for marks on one watch of a connection, or on all.
    mutating func requestProgress(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try WatchProgressRequest(request: body)
        var ids: [WatcherID] = []
        let streams = sessions[call.session]?.order ?? []
        for stream in request.stream == 0 ? streams : [request.stream] {
            guard case .watch(let id)? = sessions.stream(call.session, stream)?.kind else {
                guard request.stream == 0 else {
                    throw .invalid("stream \(stream) is no watch of this connection")
                }
                continue
            }
            ids.append(id)
        }
        for id in ids {
            watches[id]!.wantsMark = true
            pause(id)
            watches.waking.append(id)
        }
        let start = effects.bytes.count
        WatchProgressResponse(header: header, watches: Int64(ids.count))
            .encode(into: &effects.bytes)
        answer(call.session, call.stream, call.method, from: start)
    }
}
