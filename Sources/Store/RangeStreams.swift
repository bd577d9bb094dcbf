internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// A range that is answered in chunks, all at one revision.
struct RangeCursor: Equatable {
    /// What is done next.
    enum Phase: Equatable {
        /// As of an old revision nobody has counted: `rest` is still to be. → `sorting`, `sending`.
        case counting(rest: KeyRange)
        /// → `sending` when all keys were looked at.
        case sorting
        case sending
    }

    /// False: it is one answer in the end, which only took its time.
    let isChunked: Bool

    let method: UInt32
    /// With what is left of the range, and without limits.
    var query: RangeQuery
    var ration: Ration
    var phase: Phase
    /// When it is not sorted by key.
    var sorting: Sorting?
    var total: Int
    /// There is more than may be sent.
    var isSpent = false

    /// What the limits of the request still let through.
    struct Ration: Equatable {
        private var pairs: Int?
        private var bytes: Int?
        private var isFirst = true

        init(_ query: RangeQuery) {
            pairs = query.limit > 0 ? query.limit : nil
            bytes = query.limitBytes > 0 ? query.limitBytes : nil
        }

        func admits(_ size: Int) -> Bool {
            (pairs ?? 1) > 0 && (isFirst || size <= bytes ?? size)
        }

        mutating func spend(_ size: Int) {
            pairs = pairs.map { $0 - 1 }
            bytes = bytes.map { $0 - size }
            isFirst = false
        }
    }
}

/// Ranges answered by chunks: each turn sends what credit allows, and the cursor keeps the place.
extension Store {
    func isNewest(_ query: RangeQuery) -> Bool {
        query.revision == .zero || query.revision == mvcc.revision
    }

    mutating func openRange(
        _ call: Call, _ query: RangeQuery, chunked: Bool
    ) throws(Refusal) {
        guard let session = sessions[call.session] else { return }
        guard session.order.count < Limits.rangeStreams else {
            throw Refusal(.overloaded, "too many streams are open on this connection")
        }
        var query = query
        let isCounted = isNewest(query)
        _ = try count(query, of: .single([0]))
        if query.revision == .zero { query.revision = mvcc.revision }
        query.counted = false
        let total = isCounted ? try count(query, of: query.range) : 0
        let isSorted = query.target != .key || (!chunked && query.filter != .none)
        let sorting = isSorted && !query.countOnly ? Sorting(query) : nil
        let ration = RangeCursor.Ration(query)
        query.limit = 0
        query.limitBytes = 0
        let next: RangeCursor.Phase = sorting == nil ? .sending : .sorting
        let cursor = RangeCursor(
            isChunked: chunked, method: call.method, query: query, ration: ration,
            phase: isCounted ? next : .counting(rest: query.range), sorting: sorting, total: total)
        guard sessions.add(call.stream, to: call.session, .range(cursor)) else { return }
        ranges.append((call.session, call.stream))
    }

    private func count(_ query: RangeQuery, of range: KeyRange) throws(Refusal) -> Int {
        var query = query
        query.range = range
        query.countOnly = true
        do throws(MVCC::Failure) {
            return try mvcc.range(query) { _, _, _ in true }.count
        } catch {
            throw Refusal(error)
        }
    }

    /// Moves every stream that has something to send and credit to send it.
    mutating func advanceStreams() {
        advanceRanges()
        advanceWatches()
        advanceTree()
    }

    private mutating func advanceRanges() {
        var due: [(SessionID, UInt32)] = []
        swap(&due, &ranges)
        for (session, stream) in due {
            guard case .range(let cursor)? = sessions.stream(session, stream)?.kind else {
                continue
            }
            advance(cursor, session, stream)
        }
    }

    private mutating func advance(_ cursor: RangeCursor, _ session: SessionID, _ stream: UInt32) {
        var cursor = cursor
        do throws(Refusal) {
            if case .counting(let rest) = cursor.phase { try count(rest, &cursor) }
            if cursor.phase == .sorting { try sort(&cursor) }
            switch cursor.phase {
            case .counting, .sorting: keep(cursor, session, stream, again: true)
            case .sending where cursor.isChunked: try send(&cursor, session, stream)
            case .sending: try sendWhole(&cursor, session, stream)
            }
        } catch {
            sessions.remove(stream, from: session)
            refuse(session, stream, cursor.method, error)
        }
    }

    private func count(_ rest: KeyRange, _ cursor: inout RangeCursor) throws(Refusal) {
        do throws(MVCC::Failure) {
            let part = try mvcc.countBack(
                rest, at: cursor.query.revision, limit: Limits.lookedPerTurn)
            cursor.total += part.count
            if let next = part.next {
                cursor.phase = .counting(rest: rest.from(next))
            } else {
                cursor.phase = cursor.sorting == nil ? .sending : .sorting
            }
        } catch {
            throw Refusal(error)
        }
    }

    private func sort(_ cursor: inout RangeCursor) throws(Refusal) {
        try checkReadable(cursor)
        guard var sorting = cursor.sorting else {
            cursor.phase = .sending
            return
        }
        cursor.sorting = nil
        let view = cursor.query.revision
        if sorting.collect(mvcc, at: view, limit: Limits.lookedPerTurn) {
            sorting.finish()
            cursor.phase = .sending
        } else if sorting.isTooLarge {
            throw Refusal(MVCC::Failure.sortTooLarge(limit: MVCC::Limits.sorting))
        }
        cursor.sorting = sorting
    }

    private func checkReadable(_ cursor: RangeCursor) throws(Refusal) {
        guard cursor.query.revision < mvcc.compacted else { return }
        throw Refusal(MVCC::Failure.compacted(below: mvcc.compacted))
    }

    private mutating func send(
        _ cursor: inout RangeCursor, _ session: SessionID, _ stream: UInt32
    ) throws(Refusal) {
        var sent = 0
        while sent < Limits.turn {
            let allowance = sessions.allowance(session, stream)
            let chunk = try sendChunk(&cursor, session, stream, allowance)
            sent += chunk.size
            switch chunk.end {
            case .last: return finish(cursor, session, stream)
            case .full: break
            case .tired: return keep(cursor, session, stream, again: true)
            case .starved:
                try checkWindow(session, stream)
                return keep(cursor, session, stream, again: false)
            }
        }
        keep(cursor, session, stream, again: true)
    }

    /// One answer with as many pairs as fit.
    private mutating func sendWhole(
        _ cursor: inout RangeCursor, _ session: SessionID, _ stream: UInt32
    ) throws(Refusal) {
        let start = effects.bytes.count
        var chunk = Chunk(
            start: 0, allowance: Limits.answer, size: Limits.answer, ration: cursor.ration)
        Hot.appendHeader(field: 1, header, to: &chunk.out)
        let isEmpty = cursor.query.countOnly
        let end: ChunkEnd = isEmpty ? .last : try append(to: &chunk, &cursor)
        if cursor.isSpent || end != .last {
            Hot.appendVarintField(field: 3, UInt64(1), to: &chunk.out)
        }
        Hot.appendVarintField(field: 4, UInt64(cursor.total), to: &chunk.out)
        sessions.remove(stream, from: session)
        effects.bytes.append(chunk.out.span)
        answer(session, stream, cursor.method, from: start)
    }

    private func append(
        to chunk: inout Chunk, _ cursor: inout RangeCursor
    ) throws(Refusal) -> ChunkEnd {
        cursor.sorting == nil
            ? try appendOrdered(&chunk, &cursor) : try appendSorted(&chunk, &cursor)
    }

    private func checkWindow(_ session: SessionID, _ stream: UInt32) throws(Refusal) {
        guard sessions.isWindowOpen(session, stream) else { return }
        throw .invalid(
            "a pair does not fit into this stream's credit; ask again with at least "
                + "\(Limits.widestWindow) bytes")
    }

    private mutating func keep(
        _ cursor: RangeCursor, _ session: SessionID, _ stream: UInt32, again: Bool
    ) {
        sessions[session]?.streams[stream]?.kind = .range(cursor)
        if again { ranges.append((session, stream)) }
    }

    private enum ChunkEnd {
        /// Nothing is left, or nothing more may be sent.
        case last
        /// The frame is as large as frames are.
        case full
        /// Enough keys were looked at for one turn.
        case tired
        /// The next pair waits for credit.
        case starved
    }

    private mutating func sendChunk(
        _ cursor: inout RangeCursor, _ session: SessionID, _ stream: UInt32, _ allowance: Int
    ) throws(Refusal) -> (size: Int, end: ChunkEnd) {
        var chunk = Chunk(
            start: effects.bytes.count, allowance: allowance, ration: cursor.ration)
        swap(&chunk.out, &effects.bytes)
        let end: ChunkEnd
        do throws(Refusal) {
            end = try append(to: &chunk, &cursor)
        } catch {
            swap(&chunk.out, &effects.bytes)
            throw error
        }
        swap(&chunk.out, &effects.bytes)
        cursor.ration = chunk.ration
        let size = effects.bytes.count - chunk.start
        if size > 0 { emit(.stream, session, stream, cursor.method, from: chunk.start) }
        sessions.spend(size, session, stream)
        return (size, end == .starved && size > 0 ? .full : end)
    }

    /// The body of one STREAM frame under way.
    private struct Chunk {
        enum Fit { case taken, full, starved, overLimit }

        var out: [UInt8] = []
        let start: Int
        let allowance: Int

        let size: Int
        var ration: RangeCursor.Ration

        init(
            start: Int, allowance: Int, size: Int = Limits.chunk, ration: RangeCursor.Ration
        ) {
            self.start = start
            self.allowance = allowance
            self.size = size
            self.ration = ration
        }

        mutating func take(_ key: Bytes, _ value: Bytes, _ facts: Facts) -> Fit {
            guard ration.admits(key.count + value.count) else { return .overLimit }
            let before = out.count
            Hot.appendKeyValue(
                field: 2, key: key, value: value, create: facts.create.rawValue,
                mod: facts.mod.rawValue, version: facts.version, lease: facts.lease.rawValue,
                to: &out)
            let total = out.count - start
            guard total > allowance || (total > size && before > start) else {
                ration.spend(key.count + value.count)
                return .taken
            }
            out.removeLast(out.count - before)
            return total > allowance ? .starved : .full
        }
    }

    private func appendOrdered(
        _ chunk: inout Chunk, _ cursor: inout RangeCursor
    ) throws(Refusal) -> ChunkEnd {
        var filling = chunk
        var fit = Chunk.Fit.taken
        var next: [UInt8]?
        cursor.query.lookLimit = cursor.query.filter == .none ? 0 : Limits.lookedPerTurn
        let summary: RangeSummary
        do throws(MVCC::Failure) {
            summary = try mvcc.range(cursor.query) { key, value, facts in
                fit = filling.take(key, value, facts)
                if fit != .taken { next = key.array }
                return fit == .taken
            }
        } catch {
            throw Refusal(error)
        }
        chunk = filling
        cursor.isSpent = fit == .overLimit
        guard let next = next ?? summary.stoppedAt, !cursor.isSpent else { return .last }
        let range = cursor.query.range
        cursor.query.range = cursor.query.descending ? range.through(next) : range.from(next)
        switch fit {
        case .taken: return .tired
        case .full: return .full
        case .starved: return .starved
        case .overLimit: return .last
        }
    }

    private func appendSorted(
        _ chunk: inout Chunk, _ cursor: inout RangeCursor
    ) throws(Refusal) -> ChunkEnd {
        try checkReadable(cursor)
        guard var sorting = cursor.sorting else { return .last }
        cursor.sorting = nil
        defer { cursor.sorting = sorting }
        var query = cursor.query
        query.target = .key
        query.descending = false
        query.filter = .none
        while let key = sorting.next {
            query.range = .single(key)
            var fit = Chunk.Fit.taken
            do throws(MVCC::Failure) {
                _ = try mvcc.range(query) { key, value, facts in
                    fit = chunk.take(key, value, facts)
                    return true
                }
            } catch {
                throw Refusal(error)
            }
            switch fit {
            case .taken: sorting.removeNext()
            case .full: return .full
            case .starved: return .starved
            case .overLimit:
                cursor.isSpent = true
                return .last
            }
        }
        cursor.isSpent = sorting.isCut
        return .last
    }

    private mutating func finish(
        _ cursor: RangeCursor, _ session: SessionID, _ stream: UInt32
    ) {
        sessions.remove(stream, from: session)
        let start = effects.bytes.count
        var header = header
        header.revision = cursor.query.revision.rawValue
        RangeResponse(header: header, more: cursor.isSpent, count: Int64(cursor.total))
            .encode(into: &effects.bytes)
        emit(.response, session, stream, cursor.method, from: start)
    }
}
