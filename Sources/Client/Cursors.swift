package import Wire

/// How far a watch has come; all that is needed to go on with it elsewhere.
package struct WatchCursor: Equatable, Sendable {
    /// The first revision whose events were not seen yet; 0 until the store said where "now" is.
    package private(set) var next: Int64
    /// Events of revision `next` that were handed on: it came in parts, and not all of them yet.
    private var seen = 0
    /// Events of revision `next` that this stream has told of.
    private var told = 0

    package init(start: Int64) { next = start }

    /// Takes in an answer and returns it without events that were seen before.
    package mutating func advance(_ answer: WatchResponse) -> WatchResponse {
        let revision = answer.header?.revision ?? 0
        guard !answer.created else {
            if next == 0 { next = revision + 1 }
            told = 0
            return answer
        }
        guard let last = answer.events.last?.kv?.modRevision else {
            next = max(next, revision + 1)
            return answer
        }
        var fresh = answer
        fresh.events = answer.events.filter { isFresh($0.kv?.modRevision ?? 0) }
        if !answer.fragment, last >= next { begin(last + 1) }
        return fresh
    }

    private mutating func begin(_ revision: Int64) {
        next = revision
        seen = 0
        told = 0
    }

    /// Whether an event of this revision was not handed on before.
    private mutating func isFresh(_ revision: Int64) -> Bool {
        if revision > next { begin(revision) }
        guard revision == next else { return false }
        told += 1
        guard told > seen else { return false }
        seen = told
        return true
    }
}

/// How far a range that is read in parts has come.
///
/// After a break it goes on behind the last pair, at the same revision. When all the pairs had come
/// and only the count was missing, it asks for the count alone. What is sorted or sifted is asked for
/// anew, in the same order at the same revision, and the pairs that had come already are passed over.
package struct RangeCursor: Equatable, Sendable {
    private let original: RangeRequest
    private var revision: Int64
    private var last: [UInt8]?
    /// Pairs that have come.
    package private(set) var received: Int64 = 0
    private var receivedBefore: Int64 = 0
    private var asksForCount = false
    /// In ascending order of key, without a bound but the count's.
    private let isPlain: Bool
    /// Pairs that come again.
    private var repeated: Int64 = 0

    package init(_ request: RangeRequest) {
        original = request
        revision = request.revision
        var plain = RangeRequest(
            key: request.key, rangeEnd: request.rangeEnd, limit: request.limit,
            revision: request.revision, serializable: request.serializable,
            keysOnly: request.keysOnly, countOnly: request.countOnly, chunked: request.chunked)
        plain.sortOrder = request.sortOrder == .ascending ? .ascending : .unsorted
        isPlain = plain == request
    }

    /// What is to be asked for now.
    package mutating func next() -> RangeRequest {
        var request = original
        request.chunked = true
        request.revision = revision
        receivedBefore = received
        asksForCount = isPlain && isExhausted
        if !isPlain {
            repeated = received
        } else if asksForCount {
            request.countOnly = true
        } else if let last {
            request.key = last + [0]
            if request.limit > 0 { request.limit -= received }
        }
        return request
    }

    private var isExhausted: Bool {
        guard let last else { return false }
        if original.rangeEnd.isEmpty { return true }
        if original.limit > 0, received >= original.limit { return true }
        return original.rangeEnd != [0]
            && !(last + [0]).lexicographicallyPrecedes(original.rangeEnd)
    }

    /// Takes in a part and returns it without pairs that had come before.
    @discardableResult
    package mutating func advance(_ part: RangeResponse) -> RangeResponse {
        if revision == 0 { revision = part.header?.revision ?? 0 }
        var fresh = part
        let again = min(Int(repeated), part.kvs.count)
        fresh.kvs.removeFirst(again)
        repeated -= Int64(again)
        received += Int64(fresh.kvs.count)
        last = fresh.kvs.last?.key ?? last
        return fresh
    }

    /// Takes in the answer that ends it: with the count, and the revision, of the whole.
    package mutating func finish(_ answer: RangeResponse) -> RangeResponse {
        advance(answer)
        var whole = answer
        whole.kvs = []
        if isPlain, !asksForCount { whole.count += receivedBefore }
        if isPlain, original.limit > 0 { whole.more = whole.count > received }
        if revision > 0 { whole.header?.revision = revision }
        return whole
    }
}
