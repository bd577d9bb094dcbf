import MVCC
import Raft
import Testing
import Units
import Wire

@testable import Store

extension Office {
    func openSession(_ id: Int64 = 77, ttl: Int64 = 60) throws {
        let opened: SessionOpenResponse = try answer(
            .sessionOpen, SessionOpenRequest(ttl: ttl, id: id).encoded)
        #expect(opened.id == id && opened.ttl == ttl)
    }

    static func once(
        _ sequence: Int64, _ method: Wire::Method, _ body: some WireMessage, below: Int64 = 0,
        session: Int64 = 77
    ) -> [UInt8] {
        OnceRequest(
            session: session, sequence: sequence, acknowledgedBelow: below,
            method: UInt32(bitPattern: method.rawValue), body: body.encoded
        ).encoded
    }

    @discardableResult
    func once(_ sequence: Int64, put key: String, _ value: String, below: Int64 = 0) -> UInt32 {
        let put = PutRequest(key: Array(key.utf8), value: Array(value.utf8))
        let stream = ask(.once, Office.once(sequence, .put, put, below: below))
        finishAll()
        return stream
    }

    var sessionRecords: Int {
        var count = 0
        let end: [UInt8] = [255]
        store.mvcc.scanRecords(.sessions, from: Bytes(), to: end.span) { _, _ in
            count += 1
            return true
        }
        return count
    }
}

@Suite struct OnceTests {
    private func office(ttl: Int64 = 60) throws -> Office {
        let office = Office()
        office.lead()
        try office.openSession(ttl: ttl)
        return office
    }

    @Test func isCarriedOutOnceAndAnsweredAlike() throws {
        let office = try office()
        let first: OnceResponse = try office.last(office.once(1, put: "a", "1"))
        #expect(!first.repeated)
        let put = try PutResponse(decoding: first.answer.span)
        #expect(put.header?.revision == 2 && put.header?.memberID == 0)
        office.put("b", "1")
        office.finishAll()
        let again: OnceResponse = try office.last(office.once(1, put: "a", "1"))
        #expect(again.repeated && again.answer == first.answer)
        #expect(again.header?.revision == 3)
        #expect(office.store.revision == Revision(rawValue: 3))
        let next: OnceResponse = try office.last(office.once(2, put: "a", "2"))
        #expect(try PutResponse(decoding: next.answer.span).header?.revision == 4)
    }

    @Test func aRefusalIsRepeatedToo() throws {
        let office = try office()
        let put = PutRequest(key: [97], value: [1], lease: 9)
        for turn in 0..<2 {
            let stream = office.ask(.once, Office.once(1, .put, put))
            office.finishAll()
            #expect(try office.code(stream) == .leaseNotFound)
            if turn == 0 { try office.grant(9) }
        }
        #expect(try office.get("a") == nil)
    }

    @Test func whatWasAcknowledgedIsForgotten() throws {
        let office = try office()
        for sequence in 1...5 as ClosedRange<Int64> { office.once(sequence, put: "a", "1") }
        let all = office.sessionRecords
        office.once(6, put: "a", "1", below: 5)
        #expect(office.sessionRecords == all - 4 + 1)
        #expect(try office.code(office.once(4, put: "a", "1")) == .sequencePassed)
        let kept: OnceResponse = try office.last(office.once(5, put: "a", "1"))
        #expect(kept.repeated)
        #expect(office.store.revision == Revision(rawValue: 7))
    }

    @Test func anEndedSessionIsNotFound() throws {
        let office = try office()
        office.once(1, put: "a", "1")
        let _: SessionCloseResponse = try office.answer(
            .sessionClose, SessionCloseRequest(id: 77).encoded)
        #expect(try office.code(office.once(1, put: "a", "1")) == .sessionNotFound)
        let closed = office.ask(.sessionClose, SessionCloseRequest(id: 77).encoded)
        office.finishAll()
        #expect(try office.code(closed) == .sessionNotFound)
        #expect(office.store.revision == Revision(rawValue: 2))
        #expect(office.store.sessionCount == 0 && office.sessionRecords == 1)
    }

    @Test func endsWhenNobodyUsesIt() throws {
        let office = try office(ttl: 4)
        for step in 1...6 as ClosedRange<Int64> {
            office.pass(3_000)
            office.finishAll()
            let stream = office.once(step, put: "a", "\(step)")
            #expect(office.types(stream) == [.response])
        }
        let idle = OnceRequest(session: 77, acknowledgedBelow: 7).encoded
        office.pass(3_000)
        let _: OnceResponse = try office.answer(.once, idle)
        #expect(office.sessionRecords == 3)
        office.pass(5_100)
        office.finishAll()
        let late = office.ask(.once, idle)
        office.finishAll()
        #expect(try office.code(late) == .sessionNotFound)
        #expect(office.store.sessionCount == 0)
    }

    @Test func openingTwiceIsOpeningOnce() throws {
        let office = try office()
        office.once(1, put: "a", "1")
        try office.openSession()
        #expect(office.store.sessionCount == 1)
        let again: OnceResponse = try office.last(office.once(1, put: "a", "1"))
        #expect(again.repeated)
    }

    @Test func keepsNoMoreThanItMay() throws {
        let office = try office()
        for sequence in 1...Store::Limits.sessionAnswers {
            let put = PutRequest(key: [97], value: [1])
            office.post(UInt32(100_000 + sequence), .once, Office.once(sequence, .put, put))
        }
        office.turn()
        office.finishAll()
        let next = Store::Limits.sessionAnswers + 1
        #expect(try office.code(office.once(next, put: "a", "1")) == .overloaded)
        // The number is still free.
        let stream = office.once(next, put: "a", "1", below: 10)
        let done: OnceResponse = try office.last(stream)
        #expect(!done.repeated)
    }

    @Test func keepsNoMoreBytesThanItMay() throws {
        let office = try office()
        office.put("big", String(repeating: "x", count: 200_000))
        office.finishAll()
        let put = PutRequest(key: Array("big".utf8), previous: true, ignoreValue: true)
        var refused: Int64 = 0
        for sequence in 1...30 as ClosedRange<Int64> {
            let stream = office.ask(.once, Office.once(sequence, .put, put))
            office.finishAll()
            guard office.types(stream) == [.error] else { continue }
            #expect(try office.code(stream) == .overloaded)
            refused = sequence
            break
        }
        #expect(refused == Store::Limits.sessionBytes / 200_000 + 2)
    }

    @Test func aLongAnswerIsToldOnce() throws {
        let office = try office()
        office.put("big", String(repeating: "x", count: 300_000))
        office.finishAll()
        let put = PutRequest(key: Array("big".utf8), previous: true, ignoreValue: true)
        let first = office.ask(.once, Office.once(1, .put, put))
        office.finishAll()
        let told: OnceResponse = try office.last(first)
        #expect(told.answer.count > 300_000)
        let second = office.ask(.once, Office.once(1, .put, put))
        office.finishAll()
        #expect(try office.code(second) == .frameTooLarge)
        #expect(office.store.revision == Revision(rawValue: 3))
    }

    @Test func thereAreOnlySoManySessions() throws {
        let office = try office()
        var count: [UInt8] = []
        count.append(little: Store::Limits.clientSessions)
        let key: [UInt8] = [4]
        office.store.mvcc.setRecord(.sessions, key.span, count)
        let stream = office.ask(.sessionOpen, SessionOpenRequest(ttl: 60, id: 78).encoded)
        office.finishAll()
        #expect(try office.code(stream) == .overloaded)
    }

    @Test func wrapsEveryWrite() throws {
        let office = try office()
        var sequence: Int64 = 0
        func once<Answer: WireMessage>(
            _ method: Wire::Method, _ body: some WireMessage, as: Answer.Type
        ) throws -> Answer {
            sequence += 1
            let told: OnceResponse = try office.answer(
                .once, Office.once(sequence, method, body))
            let again: OnceResponse = try office.answer(
                .once, Office.once(sequence, method, body))
            #expect(again.repeated && again.answer == told.answer)
            return try Answer(decoding: told.answer.span)
        }
        let granted = try once(.leaseGrant, LeaseGrantRequest(ttl: 60), as: LeaseGrantResponse.self)
        #expect(granted.id > 0)
        #expect(try office.leases() == [granted.id])
        for key in ["a", "b"] { office.put(key, "1", lease: granted.id) }
        office.finishAll()
        let deleted = try once(
            .deleteRange, DeleteRangeRequest(key: [97]), as: DeleteRangeResponse.self)
        #expect(deleted.deleted == 1)
        let watch = office.ask(.watch, WatchRequest(key: [0], rangeEnd: [0]).encoded)
        let txn = TxnRequest(success: [
            Operation(operation: .put(PutRequest(key: [99], value: [1])))
        ])
        #expect(try once(.txn, txn, as: TxnResponse.self).succeeded)
        _ = try once(
            .compact, CompactRequest(revision: office.store.revision.rawValue),
            as: CompactResponse.self)
        _ = try once(
            .leaseRevoke, LeaseRevokeRequest(id: granted.id), as: LeaseRevokeResponse.self)
        #expect(try office.leases() == [])
        #expect(office.types(watch).count >= 2)
    }

    @Test func saysWhatIsInIt() throws {
        let body = Office.once(1, .put, PutRequest(key: [97], value: [1]))
        let inner = try #require(try Store.wrapped(body.span))
        #expect(inner.method == 1)
        #expect(try PutRequest(decoding: inner.body.span).key == [97])
        #expect(try Store.wrapped(OnceRequest(session: 7).encoded.span) == nil)
    }

    private static let wrong: [OnceRequest] = [
        OnceRequest(session: 77, sequence: 1), OnceRequest(session: 77, method: 1),
        OnceRequest(session: 77, body: [1]), OnceRequest(session: 77, sequence: -1, method: 1),
        OnceRequest(session: 77, sequence: 1, acknowledgedBelow: 2, method: 1),
        OnceRequest(session: 77, sequence: 1, acknowledgedBelow: -2, method: 1),
        OnceRequest(session: 77, sequence: 1, method: 2),
        OnceRequest(session: 77, sequence: 1, method: 26),
        OnceRequest(session: 77, sequence: 1, method: 27),
        OnceRequest(session: 77, sequence: 1, method: 0x1000),
    ]

    @Test(arguments: 0..<10) func refusesWhatIsWrong(place: Int) throws {
        let office = try office()
        let stream = office.ask(.once, OnceTests.wrong[place].encoded)
        #expect(try office.code(stream) == .invalidArgument)
    }

    @Test func refusesWrongSessions() throws {
        let office = try office()
        for (ttl, id) in [(0, 5), (86_401, 5), (60, -1)] as [(Int64, Int64)] {
            let stream = office.ask(.sessionOpen, SessionOpenRequest(ttl: ttl, id: id).encoded)
            #expect(try office.code(stream) == .invalidArgument)
        }
        let chosen: SessionOpenResponse = try office.answer(
            .sessionOpen, SessionOpenRequest(ttl: 5).encoded)
        #expect(chosen.id > 0)
    }

    /// The answer is lost with its member; the next member repeats it.
    @Test func isCarriedOutOnceThoughTheLeaderChanges() throws {
        let street = Street(3)
        let old = street.elect()
        let opened = old.ask(.sessionOpen, SessionOpenRequest(ttl: 60, id: 77).encoded)
        street.settle()
        #expect(old.types(opened) == [.response])
        let put = Office.once(1, .put, PutRequest(key: [97], value: [1]))
        let first = old.ask(.once, put)
        street.settle()
        street.pass(60)
        let told: OnceResponse = try old.last(first)
        street.cutOff = [old.id]
        let new = street.elect()
        let again = new.ask(.once, put)
        for _ in 0..<4 { street.pass(60) }
        let repeated: OnceResponse = try new.last(again)
        #expect(repeated.repeated && repeated.answer == told.answer)
        #expect(new.store.revision == Revision(rawValue: 2))
        street.cutOff = []
        for _ in 0..<20 { street.pass(50) }
        #expect(Set(street.offices.map(\.store.digest)).count == 1)
    }
}
