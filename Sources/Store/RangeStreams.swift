internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Ranges answered by chunks: each turn sends what credit allows, and the cursor keeps the place.
extension Store {
    mutating func openRange(_ call: Call, _ query: RangeQuery) throws(Refusal) {
        guard let session = sessions[call.session] else { return }
        guard session.order.count < Limits.rangeStreams else {
            throw Refusal(.overloaded, "too many streams are open on this connection")
        }
        var counting = query
        counting.countOnly = true
        counting.limit = 0
        let total: Int
        do throws(MVCC::Failure) {
            total = try mvcc.range(counting) { _, _, _ in true }.count
        } catch {
            throw Refusal(error)
        }
        let revision = query.revision == Revision(rawValue: 0) ? mvcc.revision : query.revision
        let cursor = RangeCursor(
            method: call.method, range: query.range, revision: revision.rawValue,
            left: query.limit == 0 ? nil : query.limit,
            keysOnly: query.keysOnly, total: Int64(total),
            more: query.limit > 0 && query.limit < total)
        guard sessions.add(call.stream, to: call.session, .range(cursor)) else { return }
        ranges.append((call.session, call.stream))
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
        var sent = 0
        do throws(Refusal) {
            while sent < Limits.turn {
                let allowance = sessions.allowance(session, stream)
                guard let size = try sendChunk(&cursor, session, stream, allowance) else { return }
                guard size > 0 else {
                    try checkWindow(session, stream)
                    return keep(cursor, session, stream, again: false)
                }
                sessions.spend(size, session, stream)
                sent += size
            }
            keep(cursor, session, stream, again: true)
        } catch {
            sessions.remove(stream, from: session)
            refuse(session, stream, cursor.method, error)
        }
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

    /// Sends one chunk: its size, 0 when credit does not reach for the next pair, nil when the
    /// stream has ended.
    private mutating func sendChunk(
        _ cursor: inout RangeCursor, _ session: SessionID, _ stream: UInt32, _ allowance: Int
    ) throws(Refusal) -> Int? {
        let start = effects.bytes.count
        let chunk = try appendChunk(&cursor, allowance: allowance)
        let size = effects.bytes.count - start
        if size > 0 { emit(.stream, session, stream, cursor.method, from: start) }
        guard chunk == .end else { return size }
        sessions.spend(size, session, stream)
        finish(cursor, session, stream)
        return nil
    }

    private enum ChunkEnd { case more, end }

    private mutating func appendChunk(
        _ cursor: inout RangeCursor, allowance: Int
    ) throws(Refusal) -> ChunkEnd {
        var out: [UInt8] = []
        swap(&out, &effects.bytes)
        defer { swap(&out, &effects.bytes) }
        let start = out.count
        var left = cursor.left
        var stopped = false
        var next: [UInt8]?
        let query = RangeQuery(
            cursor.range, revision: Revision(rawValue: cursor.revision),
            keysOnly: cursor.keysOnly, counted: false)
        do throws(MVCC::Failure) {
            _ = try mvcc.range(query) { key, value, facts in
                if left == 0 { return false }
                let before = out.count
                Hot.appendKeyValue(
                    field: 2, key: key, value: value, create: facts.create.rawValue,
                    mod: facts.mod.rawValue, version: facts.version, lease: facts.lease.rawValue,
                    to: &out)
                let size = out.count - start
                if size > allowance || (size > Limits.chunk && before > start) {
                    out.removeLast(out.count - before)
                    next = key.array
                    stopped = true
                    return false
                }
                left = left.map { $0 - 1 }
                return true
            }
        } catch {
            throw Refusal(error)
        }
        cursor.left = left
        if let next { cursor.range = KeyRange(lower: next, extent: cursor.range.extent) }
        return stopped ? .more : .end
    }

    private mutating func finish(
        _ cursor: RangeCursor, _ session: SessionID, _ stream: UInt32
    ) {
        sessions.remove(stream, from: session)
        let start = effects.bytes.count
        var header = header
        header.revision = cursor.revision
        RangeResponse(header: header, more: cursor.more, count: cursor.total)
            .encode(into: &effects.bytes)
        emit(.response, session, stream, cursor.method, from: start)
    }
}
