import MVCC
import Testing
import Units
import Wire

@testable import Store

@Suite struct WatchTests {
    private func answers(_ office: Office, _ stream: UInt32) throws -> [WatchResponse] {
        try office.frames(stream).filter { $0.type == .stream }.map {
            try WatchResponse(decoding: $0.body.span)
        }
    }

    private func revisions(_ office: Office, _ stream: UInt32) throws -> [Int64] {
        try answers(office, stream).flatMap(\.events).map { $0.kv?.modRevision ?? 0 }
    }

    @Test func isToldOnlyWhatIsDurable() throws {
        let office = Office()
        office.lead()
        let watch = office.ask(.watch, WatchRequest(key: [97]).encoded)
        #expect(try answers(office, watch).map(\.created) == [true])
        office.put("a", "1")
        #expect(try answers(office, watch).count == 1)
        office.finishAll()
        let told = try answers(office, watch)
        #expect(told.count == 2)
        #expect(told[1].events.map { $0.kv?.value } == [[49]])
        #expect(told[1].header?.revision == 2)
    }

    @Test func beginsWhereItIsTold() throws {
        let office = Office()
        office.lead()
        for number in 0..<10 { office.put("a", "\(number)") }
        office.finishAll()
        let watch = office.ask(.watch, WatchRequest(key: [97], startRevision: 5).encoded)
        office.put("a", "x")
        office.put("b", "x")
        office.finishAll()
        #expect(try revisions(office, watch) == Array(5...12))
    }

    @Test func waitsForCreditAndGoesOnWithoutGaps() throws {
        let office = Office()
        office.lead()
        office.open(2, streamCredit: 600, connectionCredit: 1 << 20)
        let watch = office.ask(.watch, WatchRequest(key: [97]).encoded, session: 2)
        for number in 0..<40 {
            office.put("a", "value number \(number)")
            office.finishAll()
        }
        let sent = office.frames(watch).reduce(0) { $0 + $1.body.count }
        #expect(sent <= 600)
        #expect(try revisions(office, watch).count < 40)
        for _ in 0..<40 { office.credit(watch, 300, session: 2) }
        #expect(try revisions(office, watch) == Array(2...41))
        let all = office.frames(watch).reduce(0) { $0 + $1.body.count }
        #expect(all <= 600 + 40 * 300)
    }

    @Test func sharesTheConnectionsCredit() throws {
        let office = Office()
        office.lead()
        office.open(2, streamCredit: 1 << 20, connectionCredit: 400)
        let first = office.ask(.watch, WatchRequest(key: [97]).encoded, session: 2)
        let second = office.ask(.watch, WatchRequest(key: [97]).encoded, session: 2)
        for number in 0..<20 {
            office.put("a", "\(number)")
            office.finishAll()
        }
        let sent = (office.frames(first) + office.frames(second)).reduce(0) { $0 + $1.body.count }
        #expect(sent <= 400)
        for _ in 0..<40 { office.credit(0, 400, session: 2) }
        #expect(try revisions(office, first) == Array(2...21))
        #expect(try revisions(office, second) == Array(2...21))
    }

    /// Pairs of stream and connection credit, either of which may be the narrow one.
    @Test(arguments: [(500, 1 << 20), (1 << 20, 500), (500, 500)])
    func splitsARevisionOnlyWhenItMust(streamCredit: Int, connectionCredit: Int) throws {
        let office = Office()
        office.lead()
        office.open(2, streamCredit: streamCredit, connectionCredit: connectionCredit)
        let watch = office.ask(
            .watch, WatchRequest(key: [0], rangeEnd: [0]).encoded, session: 2)
        let puts = (0..<20).map { number in
            Wire::Operation(
                operation: .put(
                    PutRequest(key: [UInt8(number + 1)], value: [UInt8](repeating: 1, count: 40))))
        }
        let _: TxnResponse = try office.answer(.txn, TxnRequest(success: puts).encoded)
        // What came is paid back, until nothing comes any more.
        var paid = 0
        while paid < office.frames(watch).count {
            let size = office.frames(watch)[paid].body.count
            #expect(size <= 500)
            office.credit(0, size, session: 2)
            office.credit(watch, size, session: 2)
            paid += 1
        }
        let told = try answers(office, watch)
        #expect(told.flatMap(\.events).map { $0.kv?.key.first ?? 0 } == Array(1...20))
        let parts = told.filter { !$0.events.isEmpty }
        #expect(parts.count > 1)
        #expect(parts.dropLast().allSatisfy { $0.fragment })
        #expect(parts.last?.fragment == false)
    }

    @Test func beginsAfterTheRevisionThatItsFirstAnswerTells() throws {
        let office = Office()
        office.lead()
        office.put("a", "1")
        // The request comes before the write counts, in the same turn.
        office.store.request(
            session: SessionID(rawValue: 1), stream: 900,
            method: UInt32(bitPattern: Wire::Method.watch.rawValue), deadline: nil,
            body: WatchRequest(key: [97]).encoded.span, at: office.now)
        office.finishLogJob()
        let told = try answers(office, 900)
        #expect(told.first?.created == true)
        #expect(told.first?.header?.revision == 1)
        #expect(told.dropFirst().flatMap(\.events).map { $0.kv?.modRevision } == [2])
    }

    @Test func marksProgress() throws {
        let office = Office(settings: .init(progressInterval: .milliseconds(100)))
        office.lead()
        let watch = office.ask(.watch, WatchRequest(key: [97], progress: true).encoded)
        office.put("b", "1")
        office.finishAll()
        office.pass(150)
        office.pass(150)
        let told = try answers(office, watch)
        #expect(told.last?.events.isEmpty == true)
        #expect(told.last?.header?.revision == 2)
    }

    /// Every kind of filter, live and from history.
    @Test func isToldOnlyWhatItWants() throws {
        let office = Office()
        office.lead()
        let all = WatchRequest(key: [0], rangeEnd: [0], startRevision: 2, previous: true)
        var requests = [all, all, all, all, all]
        requests[0].noPut = true
        requests[1].noDelete = true
        requests[2].keysOnly = true
        requests[3].glob = Array("a/*".utf8)
        requests[4].glob = Array("a/**".utf8)
        requests[4].previous = false
        let live = requests.map { office.ask(.watch, $0.encoded) }
        for key in ["a/1", "b/1", "a/1/2", "a/1"] { office.put(key, "value of \(key)") }
        office.finishAll()
        office.ask(.deleteRange, DeleteRangeRequest(key: Array("a/1".utf8)).encoded)
        office.finishAll()
        let late = requests.map { office.ask(.watch, $0.encoded) }
        let expected: [[Int64]] = [[6], [2, 3, 4, 5], [2, 3, 4, 5, 6], [2, 5, 6], [2, 4, 5, 6]]
        for watches in [live, late] {
            for (watch, revisions) in zip(watches, expected) {
                #expect(try self.revisions(office, watch) == revisions)
            }
            let bare = try answers(office, watches[2]).flatMap(\.events)
            #expect(bare.allSatisfy { $0.kv?.value == [] && $0.previous?.value ?? [] == [] })
            #expect(bare.last?.previous?.modRevision == 5)
            let full = try answers(office, watches[3]).flatMap(\.events)
            #expect(full.last?.previous?.value == Array("value of a/1".utf8))
            #expect(try answers(office, watches[4]).flatMap(\.events).last?.previous == nil)
        }
    }

    @Test func refusesWhatIsNoFilter() throws {
        let office = Office()
        office.lead()
        let bad = [
            WatchRequest(key: [97], glob: Array("[".utf8)),
            WatchRequest(key: [97], progress: true, progressIntervalMs: 99),
        ]
        for request in bad {
            #expect(try office.code(office.ask(.watch, request.encoded)) == .invalidArgument)
        }
    }

    /// Many who are told the same get the same bytes, which stand in the effects once.
    @Test func sharesWhatManyAreTold() throws {
        let office = Office()
        office.lead()
        let same = (0..<50).map { _ in office.ask(.watch, WatchRequest(key: [97]).encoded) }
        let wide = (0..<50).map { _ in
            office.ask(.watch, WatchRequest(key: [0], rangeEnd: [0]).encoded)
        }
        for (key, value) in [("a", "1"), ("b", "2"), ("a", "3")] {
            office.store.request(
                session: SessionID(rawValue: 1), stream: UInt32(5_000) + UInt32(value)!,
                method: UInt32(bitPattern: Wire::Method.put.rawValue), deadline: nil,
                body: PutRequest(key: Array(key.utf8), value: Array(value.utf8)).encoded.span,
                at: office.now)
        }
        office.turn()
        office.finishAll()
        for watch in same { #expect(try revisions(office, watch) == [2, 4]) }
        for watch in wide { #expect(try revisions(office, watch) == [2, 3, 4]) }
    }

    @Test func marksProgressWhenAsked() throws {
        let office = Office()
        office.lead()
        let watch = office.ask(.watch, WatchRequest(key: [97]).encoded)
        let other = office.ask(.watch, WatchRequest(key: [97]).encoded)
        office.put("b", "1")
        office.finishAll()
        let asked = office.ask(
            .watchProgress, WatchProgressRequest(stream: watch).encoded)
        #expect(office.types(asked) == [.response])
        #expect(try answers(office, watch).last?.events.isEmpty == true)
        #expect(try answers(office, watch).last?.header?.revision == 2)
        #expect(try answers(office, other).count == 1)
        office.ask(.watchProgress, WatchProgressRequest().encoded)
        #expect(try answers(office, watch).count == 3)
        #expect(try answers(office, other).count == 2)
        office.put("a", "1")
        office.finishAll()
        #expect(try revisions(office, watch) == [3])
        let none = office.ask(.watchProgress, WatchProgressRequest(stream: asked).encoded)
        #expect(try office.code(none) == .invalidArgument)
    }

    /// A mark never runs ahead of events that wait for credit.
    @Test func aMarkWaitsForCreditToo() throws {
        let office = Office()
        office.lead()
        office.open(2, streamCredit: 120, connectionCredit: 1 << 20)
        let watch = office.ask(.watch, WatchRequest(key: [97]).encoded, session: 2)
        for number in 0..<10 {
            office.put("a", "value number \(number)")
            office.finishAll()
        }
        office.ask(.watchProgress, WatchProgressRequest(stream: watch).encoded, session: 2)
        let early = try answers(office, watch).dropFirst()
        #expect(!early.contains { $0.events.isEmpty })
        for _ in 0..<30 { office.credit(watch, 100, session: 2) }
        #expect(try revisions(office, watch) == Array(2...11))
        let last = try #require(try answers(office, watch).last)
        #expect(last.events.isEmpty && last.header?.revision == 11)
    }

    @Test func keepsItsOwnInterval() throws {
        let office = Office(settings: .init(progressInterval: .seconds(60)))
        office.lead()
        let quick = office.ask(
            .watch, WatchRequest(key: [97], progress: true, progressIntervalMs: 200).encoded)
        let slow = office.ask(.watch, WatchRequest(key: [97], progress: true).encoded)
        for _ in 0..<10 { office.pass(110) }
        #expect(try (4...6).contains(answers(office, quick).count))
        #expect(try answers(office, slow).count == 1)
    }

    @Test func endsWhenItIsCancelled() throws {
        let office = Office()
        office.lead()
        let watch = office.ask(.watch, WatchRequest(key: [97]).encoded)
        office.step(.cancelled(SessionID(rawValue: 1), stream: watch))
        #expect(try office.code(watch) == .cancelled)
        office.put("a", "1")
        office.finishAll()
        #expect(office.types(watch) == [.stream, .error])
    }

    @Test func isForgottenWithItsConnection() throws {
        let office = Office()
        office.lead()
        office.open(2)
        let watch = office.ask(.watch, WatchRequest(key: [97]).encoded, session: 2)
        office.step(.closed(SessionID(rawValue: 2)))
        office.put("a", "1")
        office.finishAll()
        #expect(office.frames(watch).count == 1)
    }

    @Test func hearsWhatIsCompactedInTheSameTurn() throws {
        let office = Office()
        office.lead()
        let watch = office.ask(.watch, WatchRequest(key: [97]).encoded)
        office.put("z", "holds the log")
        for number in 0..<3 {
            office.store.request(
                session: SessionID(rawValue: 1), stream: UInt32(1000 + number), method: 1,
                deadline: nil,
                body: PutRequest(key: [97], value: [UInt8(number)]).encoded.span, at: office.now)
        }
        office.ask(.compact, CompactRequest(revision: 5).encoded)
        office.finishAll()
        #expect(try revisions(office, watch) == [3, 4, 5])
    }
}

@Suite struct RangeStreamTests {
    private func pairs(_ office: Office, _ stream: UInt32) throws -> [KeyValue] {
        try office.frames(stream).filter { $0.type == .stream }.flatMap {
            try RangeResponse(decoding: $0.body.span).kvs
        }
    }

    @Test func comesInChunksAsCreditAllows() throws {
        let office = Office()
        office.lead()
        for number in 10..<60 { office.put("k\(number)", "value \(number)") }
        office.finishAll()
        office.open(2, streamCredit: 300, connectionCredit: 1 << 20)
        let request = RangeRequest(key: [0], rangeEnd: [0], chunked: true)
        let stream = office.ask(.range, request.encoded, session: 2)
        office.finishAll()
        let first = try pairs(office, stream).count
        #expect(first > 0 && first < 50)
        // What happens meanwhile is not seen.
        office.put("k10", "later")
        office.put("k99", "later")
        office.finishAll()
        for _ in 0..<50 { office.credit(stream, 150, session: 2) }
        let all = try pairs(office, stream)
        #expect(all.count == 50)
        #expect(all.allSatisfy { $0.value != Array("later".utf8) })
        let end = try #require(office.frames(stream).last)
        #expect(end.type == .response)
        let summary = try RangeResponse(decoding: end.body.span)
        #expect(summary.count == 50 && !summary.more && summary.kvs.isEmpty)
        #expect(summary.header?.revision == 51)
    }

    @Test func endsWhenItIsCancelled() throws {
        let office = Office()
        office.lead()
        for number in 10..<60 { office.put("k\(number)", "value \(number)") }
        office.finishAll()
        office.open(2, streamCredit: 300, connectionCredit: 1 << 20)
        let request = RangeRequest(key: [0], rangeEnd: [0], serializable: true, chunked: true)
        let stream = office.ask(.range, request.encoded, session: 2)
        office.step(.cancelled(SessionID(rawValue: 2), stream: stream))
        #expect(try office.code(stream) == .cancelled)
        let count = office.frames(stream).count
        office.credit(stream, 10_000, session: 2)
        #expect(office.frames(stream).count == count)
    }

    @Test func keepsToItsLimit() throws {
        let office = Office()
        office.lead()
        for number in 10..<20 { office.put("k\(number)", "v") }
        office.finishAll()
        let request = RangeRequest(
            key: [0], rangeEnd: [0], limit: 4, serializable: true, chunked: true)
        let stream = office.ask(.range, request.encoded)
        #expect(try pairs(office, stream).count == 4)
        let end = try #require(office.frames(stream).last)
        let summary = try RangeResponse(decoding: end.body.span)
        #expect(summary.more && summary.count == 10)
    }

    private func office(_ count: Int) -> Office {
        let office = Office()
        office.lead()
        for number in 0..<count { office.put("k\(1_000 + number)", "v\(number % 7)") }
        office.finishAll()
        return office
    }

    private func summary(_ office: Office, _ stream: UInt32) throws -> RangeResponse {
        let end = try #require(office.frames(stream).last)
        #expect(end.type == .response)
        return try RangeResponse(decoding: end.body.span)
    }

    /// In every order, whole and in chunks of any size, it is the same.
    @Test(arguments: [SortTarget.byKey, .byVersion, .byCreate, .byMod, .byValue])
    func isSortedAlikeInChunks(_ target: SortTarget) throws {
        let office = office(200)
        for number in [3, 50, 199] { office.put("k\(1_000 + number)", "w") }
        office.finishAll()
        for order in [SortOrder.unsorted, .ascending, .descending] {
            for (limit, bytes, since) in [(0, 0, 0), (17, 0, 0), (0, 300, 0), (40, 0, 120)] {
                var request = RangeRequest(
                    key: [0], rangeEnd: [0], limit: Int64(limit), serializable: true,
                    sortOrder: order, sortTarget: target, minModRevision: Int64(since),
                    limitBytes: Int64(bytes))
                let whole = try summary(office, office.ask(.range, request.encoded))
                request.chunked = true
                office.open(2, streamCredit: 200, connectionCredit: 1 << 20)
                let stream = office.ask(.range, request.encoded, session: 2)
                for _ in 0..<100 where office.types(stream).last != .response {
                    office.credit(stream, 170, session: 2)
                }
                let end = try summary(office, stream)
                #expect(try pairs(office, stream) == whole.kvs)
                #expect(end.more == whole.more && end.count == whole.count)
                #expect(end.count == 200)
                office.step(.closed(SessionID(rawValue: 2)))
            }
        }
    }

    /// As of an old revision, whole and in chunks, everything is as it was then.
    @Test func readsBackAlikeInChunks() throws {
        let office = office(100)
        for number in 0..<100 { office.put("l\(number)", "later") }
        office.finishAll()
        var request = RangeRequest(
            key: [0], rangeEnd: [0], limit: 30, revision: 81, serializable: true)
        for descending in [false, true] {
            request.chunked = false
            request.sortOrder = descending ? .descending : .ascending
            let whole = try summary(office, office.ask(.range, request.encoded))
            #expect(whole.kvs.count == 30 && whole.count == 80 && whole.more)
            request.chunked = true
            let stream = office.ask(.range, request.encoded)
            #expect(try pairs(office, stream) == whole.kvs)
            #expect(try summary(office, stream).count == 80)
        }
        request.countOnly = true
        #expect(try summary(office, office.ask(.range, request.encoded)).count == 80)
        request.revision = 900
        #expect(try office.code(office.ask(.range, request.encoded)) == .futureRevision)
    }

    /// Compaction meanwhile ends a stream that reads what is gone.
    @Test func endsWhenItsRevisionIsCompacted() throws {
        let office = office(100)
        office.open(2, streamCredit: 300, connectionCredit: 1 << 20)
        let request = RangeRequest(
            key: [0], rangeEnd: [0], serializable: true, chunked: true, sortTarget: .byMod)
        let stream = office.ask(.range, request.encoded, session: 2)
        office.put("z", "")
        office.put("z", "1")
        office.finishAll()
        office.ask(.compact, CompactRequest(revision: 103).encoded)
        office.finishAll()
        office.credit(stream, 1_000, session: 2)
        #expect(try office.code(stream) == .compacted)
    }

    @Test func refusesWhatIsNoOrder() throws {
        let office = office(1)
        let bad = [
            RangeRequest(key: [97], sortOrder: .unrecognized(9)),
            RangeRequest(key: [97], sortTarget: .unrecognized(9)),
            RangeRequest(key: [97], limitBytes: -1), RangeRequest(key: [97], minModRevision: -1),
        ]
        for request in bad {
            #expect(try office.code(office.ask(.range, request.encoded)) == .invalidArgument)
        }
    }
}
