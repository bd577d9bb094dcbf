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
}
