import EventLoop
import Testing
import Units
import Wire

@testable import Client

private func header(_ revision: Int64) -> ResponseHeader { ResponseHeader(revision: revision) }

private func events(_ revisions: Int64...) -> WatchResponse {
    WatchResponse(
        header: header(revisions.last!),
        events: revisions.map { Event(type: .put, kv: KeyValue(key: [1], modRevision: $0)) })
}

private func pairs(_ keys: UInt8...) -> [KeyValue] { keys.map { KeyValue(key: [$0]) } }

@Suite struct WatchTests {
    /// A watch that notes what it hears.
    final class Listener {
        var seen: [Int64] = []
        var notices: [Watch.Notice] = []
        var failure: ClientFailure?
        var watch: Watch?

        init(_ bench: Bench, from revision: Int64 = 0, patience: Patience = .init()) {
            watch = bench.client.watch(
                WatchRequest(key: [1], startRevision: revision), patience,
                onNotice: { [unowned self] in notices.append($0) },
                onAnswer: { [unowned self] answer in
                    seen += answer.events.compactMap { $0.kv?.modRevision }
                },
                then: { [unowned self] in failure = $0 })
        }
    }

    @Test func itGoesOnAfterTheLastRevisionItSaw() {
        let bench = Bench()
        bench.members[0].onRequest = { request in
            request.part(WatchResponse(header: header(4), created: true))
            request.part(events(5, 6))
            request.hangUp()
        }
        var asked: Int64 = 0
        bench.members[1].onRequest = { request in
            asked = request.decoded(WatchRequest.self).startRevision
            request.part(WatchResponse(header: header(9), created: true))
            // One that says again what was seen already is corrected.
            request.part(events(6, 7))
            request.part(events(8))
        }
        let listener = Listener(bench)
        bench.run { listener.seen.count >= 4 }
        #expect(asked == 7)
        #expect(listener.seen == [5, 6, 7, 8])
        #expect(listener.notices.first == .began(from: 5))
        #expect(listener.notices.last == .began(from: 7))
        #expect(listener.notices.count == 3)
        listener.watch?.cancel()
    }

    @Test func progressMovesItOn() {
        var cursor = WatchCursor(start: 0)
        _ = cursor.advance(WatchResponse(header: header(4), created: true))
        #expect(cursor.next == 5)
        _ = cursor.advance(WatchResponse(header: header(9)))
        #expect(cursor.next == 10)
        // The header of an answer with events may be ahead of them.
        var answer = events(11)
        answer.header = header(20)
        _ = cursor.advance(answer)
        #expect(cursor.next == 12)
    }

    /// A revision that comes in parts is heard whole, also when the line breaks in between.
    @Test func partsOfARevisionAreAllHeard() {
        func part(_ keys: ClosedRange<UInt8>, fragment: Bool) -> WatchResponse {
            WatchResponse(
                header: header(9),
                events: keys.map {
                    Event(type: .put, kv: KeyValue(key: [$0], modRevision: 7))
                }, fragment: fragment)
        }
        func keys(_ answer: WatchResponse) -> [UInt8] { answer.events.map { $0.kv!.key[0] } }
        var cursor = WatchCursor(start: 5)
        #expect(keys(cursor.advance(part(1...3, fragment: true))) == [1, 2, 3])
        #expect(keys(cursor.advance(part(4...5, fragment: true))) == [4, 5])
        #expect(cursor.next == 7)
        _ = cursor.advance(WatchResponse(header: header(9), created: true))
        #expect(keys(cursor.advance(part(1...4, fragment: true))) == [])
        #expect(keys(cursor.advance(part(5...8, fragment: false))) == [6, 7, 8])
        #expect(cursor.next == 8)
    }

    @Test func aStartInThePastStaysWhereItIs() {
        var cursor = WatchCursor(start: 3)
        _ = cursor.advance(WatchResponse(header: header(9), created: true))
        #expect(cursor.next == 3)
    }

    @Test func aCompactedRevisionEndsIt() {
        let bench = Bench(members: 1)
        bench.members[0].onRequest = {
            $0.fail(WireError(code: .compacted, message: "gone", revision: 8))
        }
        let listener = Listener(bench, from: 3)
        bench.run { listener.failure != nil }
        #expect(listener.failure?.code == .compacted)
        #expect(listener.watch?.next == 3)
    }

    @Test func aMemberThatLagsBehindIsWaitedFor() {
        let bench = Bench(members: 1)
        bench.members[0].onRequest = { request in
            switch bench.members[0].requests.count {
            case 1:
                request.part(WatchResponse(header: header(4), created: true))
                request.part(events(5))
                request.hangUp()
            case 2: request.fail(WireError(code: .futureRevision, message: "later", revision: 3))
            default:
                request.part(WatchResponse(header: header(5), created: true))
                request.part(events(6))
            }
        }
        let listener = Listener(bench)
        bench.run { listener.seen == [5, 6] }
        #expect(listener.failure == nil)
        listener.watch?.cancel()
    }

    @Test func aWatchThatNeverBeginsEndsInTime() {
        let bench = Bench(members: 1)
        let listener = Listener(bench, patience: Patience(timeout: .milliseconds(50)))
        bench.run { listener.failure != nil }
        guard case .timedOut = listener.failure else {
            Issue.record("\(String(describing: listener.failure))")
            return
        }
    }

    @Test func onceBegunItOutlastsItsPatience() {
        let bench = Bench(members: 1)
        bench.members[0].onRequest = {
            $0.part(WatchResponse(header: header(4), created: true))
        }
        let listener = Listener(bench, patience: Patience(timeout: .milliseconds(50)))
        _ = bench.loop.run(for: .milliseconds(150)) { false }
        bench.members[0].requests[0].part(events(5))
        bench.run { listener.seen == [5] }
        listener.watch?.cancel()
    }
}

@Suite struct ScanTests {
    private func scan(
        _ bench: Bench, _ request: RangeRequest, _ patience: Patience = .init()
    ) -> (keys: [UInt8], end: Result<RangeResponse, ClientFailure>) {
        var keys: [UInt8] = []
        let end: Result<RangeResponse, ClientFailure> = bench.client.wait { then in
            bench.client.scan(
                request, patience, onPart: { keys += $0.kvs.map { $0.key[0] } }, then: then)
        }
        return (keys, end)
    }

    @Test func itGoesOnBehindTheLastPairAtTheSameRevision() throws {
        let bench = Bench()
        bench.members[0].onRequest = { request in
            request.part(RangeResponse(header: header(7), kvs: pairs(1, 2)))
            request.hangUp()
        }
        var asked = RangeRequest()
        bench.members[1].onRequest = { request in
            asked = request.decoded()
            request.part(RangeResponse(header: header(7), kvs: pairs(3)))
            request.answer(RangeResponse(header: header(9), count: 1))
        }
        let (keys, end) = scan(bench, RangeRequest(key: [1], rangeEnd: [9]))
        #expect(keys == [1, 2, 3])
        #expect(asked.key == [2, 0] && asked.revision == 7 && asked.chunked)
        let answer = try end.get()
        #expect(answer.count == 3 && answer.header?.revision == 7 && !answer.more)
    }

    @Test func silenceBetweenPartsSendsItElsewhere() {
        let bench = Bench()
        bench.members[0].onRequest = {
            $0.part(RangeResponse(header: header(7), kvs: pairs(1)))
        }
        bench.members[1].onRequest = { request in
            request.part(RangeResponse(header: header(7), kvs: pairs(2)))
            request.answer(RangeResponse(header: header(7), count: 1))
        }
        let patience = Patience(timeout: .milliseconds(400), attempt: .milliseconds(20))
        let (keys, end) = scan(bench, RangeRequest(key: [1], rangeEnd: [9]), patience)
        #expect(keys == [1, 2])
        #expect(end.isSuccess)
    }

    /// What is sorted is asked for anew, at the same revision, and not handed out twice.
    @Test func aSortedRangeGoesOnBehindWhatCame() {
        let request = RangeRequest(
            key: [1], rangeEnd: [9], limit: 4, sortOrder: .descending, limitBytes: 500)
        var cursor = RangeCursor(request)
        let first = cursor.next()
        #expect(first.chunked && first.key == [1] && first.revision == 0)
        let pairs = [[8], [7], [5], [2]].map { KeyValue(key: $0) }
        let header = ResponseHeader(revision: 77)
        #expect(
            cursor.advance(RangeResponse(header: header, kvs: Array(pairs[..<2]))).kvs
                == Array(pairs[..<2]))
        let again = cursor.next()
        #expect(again.key == [1] && again.rangeEnd == [9] && again.limit == 4)
        #expect(again.revision == 77 && again.limitBytes == 500 && !again.countOnly)
        #expect(cursor.advance(RangeResponse(header: header, kvs: [pairs[0]])).kvs == [])
        #expect(
            cursor.advance(RangeResponse(header: header, kvs: Array(pairs[1...]))).kvs
                == Array(pairs[2...]))
        let end = cursor.finish(RangeResponse(header: header, more: true, count: 11))
        #expect(end.count == 11 && end.more && cursor.received == 4)
    }

    @Test func whenOnlyTheCountIsMissingOnlyThatIsAsked() throws {
        var cursor = RangeCursor(RangeRequest(key: [1], rangeEnd: [9], limit: 2))
        _ = cursor.next()
        cursor.advance(RangeResponse(header: header(7), kvs: pairs(1, 2)))
        let rest = cursor.next()
        #expect(rest.countOnly && rest.key == [1] && rest.limit == 2 && rest.revision == 7)
        let whole = cursor.finish(RangeResponse(header: header(8), count: 5))
        #expect(whole.count == 5 && whole.more)
        #expect(cursor.received == 2)
    }

    @Test func aSingleKeyAndARangeThatEndedAreDone() {
        var single = RangeCursor(RangeRequest(key: [1]))
        _ = single.next()
        single.advance(RangeResponse(header: header(7), kvs: pairs(1)))
        #expect(single.next().countOnly)
        var ended = RangeCursor(RangeRequest(key: [1], rangeEnd: [2, 0]))
        _ = ended.next()
        ended.advance(RangeResponse(header: header(7), kvs: pairs(1, 2)))
        #expect(ended.next().countOnly)
        var open = RangeCursor(RangeRequest(key: [1], rangeEnd: [0], limit: 5))
        _ = open.next()
        open.advance(RangeResponse(header: header(7), kvs: pairs(1, 2)))
        let rest = open.next()
        #expect(rest.key == [2, 0] && rest.limit == 3 && !rest.countOnly)
    }

    @Test func anErrorEndsIt() {
        let bench = Bench(members: 1)
        bench.members[0].onRequest = { $0.fail(WireError(code: .compacted, revision: 4)) }
        let (_, end) = scan(bench, RangeRequest(key: [1], rangeEnd: [9], revision: 2))
        #expect(end.failure?.code == .compacted)
    }
}

@Suite struct EndpointsTests {
    private let a = Address.host("10.0.0.1", port: 1)
    private let b = Address.host("10.0.0.2", port: 1)
    private let local = Address.host("127.0.0.1", port: 1)
    private let socket = Address.unix("/run/x")

    private func endpoints(_ addresses: [Address]) -> Endpoints {
        Endpoints(addresses, chance: Chance(seed: 1, name: "test"))
    }

    @Test func theNearestComesFirst() {
        #expect(endpoints([a, local, socket, a]).addresses == [socket, local, a])
    }

    @Test func oneThatFailedComesBackAfterItsPause() {
        var endpoints = endpoints([a, b])
        endpoints.failed(a, "x", at: .zero)
        #expect(endpoints.choice(at: .zero).address == b)
        endpoints.failed(b, "y", at: .zero + .milliseconds(1))
        let choice = endpoints.choice(at: .zero + .milliseconds(1))
        #expect(choice.at > .zero)
        endpoints.served(choice.address)
        #expect(endpoints.choice(at: .zero).at == .zero)
    }

    @Test func aThousandFailuresAtOnceCountOnce() {
        var once = endpoints([a])
        once.failed(a, "x", at: .zero)
        var often = once
        for _ in 0..<1000 { often.failed(a, "x", at: .zero) }
        #expect(once == often)
    }

    @Test func pausesDoubleUpToALimitAndDiffer() {
        var chance = Chance(seed: 1, name: "test")
        for failures in 0..<40 {
            let pause = Endpoints.pause(after: failures, &chance)
            let whole = min(
                Limits.longestPause.nanoseconds,
                Limits.shortestPause.nanoseconds << UInt64(min(failures, 20)))
            #expect(pause.nanoseconds >= whole / 2 && pause.nanoseconds <= whole)
        }
        let pauses = Set((0..<10).map { _ in Endpoints.pause(after: 9, &chance) })
        #expect(pauses.count > 5)
    }
}
