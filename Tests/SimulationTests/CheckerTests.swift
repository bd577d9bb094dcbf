import Raft
import Testing
import Units
import Wire

@testable import Simulation

private func at(_ milliseconds: UInt64) -> Moment {
    Moment(nanoseconds: milliseconds * 1_000_000)
}

/// Every checker must find what it is there for: each is shown a history that was doctored.
@Suite struct RealTimeTests {
    private func span(
        _ id: Int, _ invoked: UInt64, _ completed: UInt64?, _ rank: UInt64
    ) -> RealTime.Span {
        RealTime.Span(id: id, invoked: at(invoked), completed: completed.map(at), rank: rank)
    }

    @Test func ordersThatFitAreTaken() {
        let spans = [span(1, 0, 5, 1), span(2, 3, 9, 2), span(3, 4, 4, 2), span(4, 10, nil, 3)]
        #expect(RealTime.disorder(in: spans) == nil)
        #expect(RealTime.disorder(in: []) == nil)
    }

    @Test func aReadOfThePastIsFound() {
        // The write at rank 4 had ended when the read began that saw rank 3.
        let found = RealTime.disorder(in: [span(1, 0, 5, 4), span(2, 6, 8, 3)])
        #expect(found?.first.id == 2 && found?.second.id == 1)
    }

    @Test func overlapIsNoDisorder() {
        #expect(RealTime.disorder(in: [span(1, 0, 5, 4), span(2, 5, 8, 3)]) == nil)
    }

    @Test func oneRankHasNoOrder() {
        #expect(RealTime.disorder(in: [span(1, 0, 1, 3), span(2, 6, 8, 3)]) == nil)
    }

    @Test func anOperationWithoutAnEndStillBeganSomeTime() {
        let found = RealTime.disorder(in: [span(1, 0, 5, 4), span(2, 6, nil, 3)])
        #expect(found?.first.id == 2)
    }

    @Test func agreesWithComparingAll() {
        var chance = Chance(seed: 1, name: "spans")
        for _ in 0..<500 {
            let spans = (0..<8).map { id in
                let start = chance.below(20)
                let end: UInt64? = chance.once(in: 5) ? nil : start + chance.below(6)
                return span(id, start, end, chance.below(12))
            }
            let plain = spans.contains { first in
                spans.contains { second in
                    guard let end = second.completed else { return false }
                    return first.rank < second.rank && end < first.invoked
                }
            }
            #expect((RealTime.disorder(in: spans) != nil) == plain)
        }
    }
}

@Suite struct LedgerTests {
    private var ledger = Ledger()
    private var history = History()

    private mutating func begin(_ request: Request, at now: Moment = .zero) -> Int {
        history.begin(request, client: 0, at: now)
    }

    private func batch(_ commands: [(Wire::Method, [UInt8])], time: UInt64 = 0) -> [UInt8] {
        var payload = [UInt8](repeating: 0, count: 16)
        payload.append(little: time)
        payload.append(little: UInt32(commands.count))
        payload.append(little: UInt32(0))
        for (method, body) in commands {
            payload.append(little: UInt32(body.count))
            payload.append(little: UInt32(bitPattern: method.rawValue))
            payload += body
        }
        return payload
    }

    private mutating func apply(
        _ index: UInt64, _ payload: [UInt8], term: UInt64 = 1, at now: Moment = .zero
    ) throws {
        let entry = Entry(term: Term(term), index: LogIndex(index), body: .commands(payload))
        try ledger.applied(entry, by: "m1", &history, at: now)
    }

    private static let put = Request.put(PutRequest(key: [1], value: [2]))

    @Test mutating func anAcknowledgedWriteIsRight() throws {
        let id = begin(Self.put)
        try apply(1, batch([(.put, Self.put.tagged(id))]))
        history.answer(id, .put(PutResponse(header: ResponseHeader(revision: 2))), at: at(1))
        try history.check(id, ledger)
        try history.checkOrder()
        #expect(ledger.model.pair([1], at: 2)?.value == [2])
    }

    @Test mutating func aWriteMadeTwiceIsFound() throws {
        let id = begin(Self.put)
        try apply(1, batch([(.put, Self.put.tagged(id))]))
        #expect(throws: Violation.self) { try apply(2, batch([(.put, Self.put.tagged(id))])) }
    }

    @Test mutating func aWriteThatNobodyAskedForIsFound() throws {
        #expect(throws: Violation.self) { try apply(1, batch([(.put, Self.put.tagged(77))])) }
        #expect(throws: Violation.self) {
            try apply(1, batch([(.put, PutRequest(key: [1]).encoded)]))
        }
    }

    @Test mutating func aRefusedWriteThatIsMadeIsFound() throws {
        let id = begin(Self.put)
        try history.refuse(id, .overloaded, at: at(1))
        #expect(throws: Violation.self) { try apply(1, batch([(.put, Self.put.tagged(id))])) }
    }

    @Test mutating func aWriteOfUnknownOutcomeMayBeMadeOrNot() throws {
        let first = begin(Self.put)
        let second = begin(Self.put)
        try history.refuse(first, .deadlineExceeded, at: at(1))
        history.lose(second)
        try apply(1, batch([(.put, Self.put.tagged(first))]))
        try history.checkOrder()
    }

    @Test mutating func anAcknowledgedWriteThatIsNotInTheLogIsFound() throws {
        let id = begin(Self.put)
        try apply(1, batch([]))
        history.answer(id, .put(PutResponse(header: ResponseHeader(revision: 1))), at: at(1))
        #expect(throws: Violation.self) { try history.check(id, ledger) }
    }

    @Test mutating func aWrongAnswerIsFound() throws {
        let id = begin(Self.put)
        try apply(1, batch([(.put, Self.put.tagged(id))]))
        history.answer(id, .put(PutResponse(header: ResponseHeader(revision: 1))), at: at(1))
        #expect(throws: Violation.self) { try history.check(id, ledger) }
    }

    @Test mutating func aRefusalOfWhatWorkedIsFound() throws {
        let id = begin(Self.put)
        try apply(1, batch([(.put, Self.put.tagged(id))]))
        #expect(throws: Violation.self) { try history.refuse(id, .leaseNotFound, at: at(1)) }
        let other = begin(Self.put)
        #expect(throws: Violation.self) { try history.refuse(other, .leaseNotFound, at: at(1)) }
    }

    @Test mutating func aRevisionThatWasNeverMadeIsFound() throws {
        let id = begin(.range(RangeRequest(key: [1])))
        history.answer(id, .range(RangeResponse(header: ResponseHeader(revision: 9))), at: at(1))
        #expect(throws: Violation.self) { try history.check(id, ledger) }
    }

    @Test mutating func aReadOfWrongPairsIsFound() throws {
        let id = begin(Self.put)
        try apply(1, batch([(.put, Self.put.tagged(id))]))
        let read = begin(.range(RangeRequest(key: [1])))
        let header = ResponseHeader(revision: 2)
        let pair = KeyValue(
            key: [1], createRevision: 2, modRevision: 2, version: 1, value: [2], lease: 0)
        history.answer(
            read, .range(RangeResponse(header: header, kvs: [pair], count: 1)), at: at(1))
        try history.check(read, ledger)
        for wrong in [
            RangeResponse(header: header), RangeResponse(header: header, kvs: [pair], count: 2),
            RangeResponse(header: header, kvs: [pair], more: true, count: 1),
            RangeResponse(header: ResponseHeader(revision: 1), kvs: [pair], count: 1),
        ] {
            history.answer(read, .range(wrong), at: at(1))
            #expect(throws: Violation.self) { try history.check(read, ledger) }
        }
    }

    @Test mutating func aLinearizableReadOfThePastIsFound() throws {
        let write = begin(Self.put, at: at(0))
        try apply(1, batch([(.put, Self.put.tagged(write))]))
        history.answer(write, .put(PutResponse(header: ResponseHeader(revision: 2))), at: at(5))
        for serializable in [true, false] {
            let read = begin(.range(RangeRequest(key: [9], serializable: serializable)), at: at(6))
            history.answer(
                read, .range(RangeResponse(header: ResponseHeader(revision: 1))), at: at(7))
            if serializable {
                try history.checkOrder()
            } else {
                #expect(throws: Violation.self) { try history.checkOrder() }
            }
        }
    }

    @Test mutating func commandsOutOfOrderAreFound() throws {
        let first = begin(Self.put, at: at(0))
        history.answer(first, .put(PutResponse(header: ResponseHeader(revision: 3))), at: at(5))
        let second = begin(Self.put, at: at(6))
        try apply(
            1, batch([(.put, Self.put.tagged(second)), (.put, Self.put.tagged(first))]))
        #expect(throws: Violation.self) { try history.checkOrder() }
    }

    @Test mutating func anotherEntryAtTheSamePlaceIsFound() throws {
        try apply(1, batch([]))
        try apply(1, batch([]))
        #expect(throws: Violation.self) { try apply(1, batch([]), term: 2) }
        #expect(throws: Violation.self) { try apply(1, batch([], time: 1)) }
    }

    @Test mutating func gapsAndFallingTermsAreFound() throws {
        #expect(throws: Violation.self) { try apply(2, batch([])) }
        try apply(1, batch([]), term: 3)
        #expect(throws: Violation.self) { try apply(2, batch([]), term: 2) }
    }

    @Test mutating func differentStatesAreFound() throws {
        try ledger.stands(at: 5, digest: 1, member: MemberID(1))
        try ledger.stands(at: 5, digest: 1, member: MemberID(2))
        try ledger.stands(at: 6, digest: 2, member: MemberID(2))
        #expect(throws: Violation.self) {
            try ledger.stands(at: 6, digest: 1, member: MemberID(1))
        }
    }

    @Test mutating func aLeaseThatEndsTooSoonIsFound() throws {
        let grant = Request.grant(LeaseGrantRequest(ttl: 2, id: 5))
        let id = begin(grant, at: at(1_000))
        try apply(1, batch([(.leaseGrant, grant.tagged(id))], time: 0))
        var expiry: [UInt8] = []
        expiry.append(little: Int64(5))
        let expire = Wire::Method.unrecognized(0x1000)
        // Cluster time does not allow it yet: nothing happens.
        try apply(2, batch([(expire, expiry)], time: 1_999_999_999), at: at(2_000))
        #expect(ledger.model.leases[5] != nil)
        // Cluster time runs ahead of true time.
        #expect(throws: Violation.self) {
            try apply(3, batch([(expire, expiry)], time: 2_000_000_000), at: at(2_999))
        }
    }

    @Test mutating func aKeepAliveCounts() throws {
        let grant = Request.grant(LeaseGrantRequest(ttl: 2, id: 5))
        let keep = Request.keepAlive(LeaseKeepAliveRequest(id: 5))
        let first = begin(grant, at: at(0))
        let second = begin(keep, at: at(1_500))
        try apply(1, batch([(.leaseGrant, grant.tagged(first))], time: 0))
        var expiry: [UInt8] = []
        expiry.append(little: Int64(5))
        try apply(2, batch([(.unrecognized(0x1001), expiry)], time: 500_000_000))
        ledger.told(history[second])
        let expire = Wire::Method.unrecognized(0x1000)
        #expect(throws: Violation.self) {
            try apply(3, batch([(expire, expiry)], time: 2_500_000_000), at: at(3_400))
        }
    }
}

@Suite struct LeaseBookTests {
    @Test func wrongListsAreFound() throws {
        var book = LeaseBook()
        book.granted(1, ttl: 2, asked: at(0), at: at(5))
        book.granted(2, ttl: 2, asked: at(0), at: at(5))
        try book.check([1, 2], invoked: at(6), "list")
        #expect(throws: Violation.self) { try book.check([1], invoked: at(6), "list") }
        #expect(throws: Violation.self) { try book.check([1, 2, 3], invoked: at(6), "list") }
        // What came while the list was made may be on it or not.
        try book.check([1], invoked: at(4), "list")
        book.revoked(2, at: at(10))
        try book.check([1, 2], invoked: at(9), "list")
        try book.check([1], invoked: at(9), "list")
        #expect(throws: Violation.self) { try book.check([1, 2], invoked: at(11), "list") }
    }

    @Test func endsOfUnknownLeasesAreFound() {
        var book = LeaseBook()
        #expect(throws: Violation.self) { try book.expired(1, at: at(1)) }
    }
}

@Suite struct ReignsTests {
    @Test func twoLeadersOfATermAreFound() throws {
        var reigns = Reigns()
        #expect(try reigns.leads(MemberID(1), life: 1, term: Term(3)))
        #expect(try !reigns.leads(MemberID(1), life: 1, term: Term(3)))
        #expect(throws: Violation.self) {
            try reigns.leads(MemberID(2), life: 1, term: Term(3))
        }
        // Nobody comes back to lead the same term after a crash.
        #expect(throws: Violation.self) {
            try reigns.leads(MemberID(1), life: 2, term: Term(3))
        }
    }

    private func vote(_ voter: UInt64, for candidate: UInt64, term: UInt64) -> PeerMessage {
        PeerMessage(
            from: voter, to: candidate, term: term,
            body: .voteResponse(Wire::VoteResponse(granted: true)))
    }

    private func held(_ term: UInt64, _ vote: UInt64?) -> HardState {
        HardState(term: Term(term), vote: vote.map { MemberID($0) })
    }

    @Test func twoVotesInATermAreFound() throws {
        var reigns = Reigns()
        try reigns.sends(vote(1, for: 2, term: 3), durable: held(3, 2))
        try reigns.sends(vote(1, for: 2, term: 3), durable: held(3, 2))
        #expect(throws: Violation.self) {
            try reigns.sends(vote(1, for: 4, term: 3), durable: held(3, 4))
        }
    }

    @Test func aVoteThatIsToldTooSoonIsFound() throws {
        for durable in [nil, held(2, nil), held(3, nil), held(3, 4)] {
            var reigns = Reigns()
            #expect(throws: Violation.self) {
                try reigns.sends(vote(1, for: 2, term: 3), durable: durable)
            }
        }
    }

    @Test func goingBackIsFound() throws {
        var progress = Progress()
        try progress.stands(commit: LogIndex(5), applied: LogIndex(4), "m1")
        #expect(throws: Violation.self) {
            try progress.stands(commit: LogIndex(4), applied: LogIndex(4), "m1")
        }
        #expect(throws: Violation.self) {
            try progress.stands(commit: LogIndex(5), applied: LogIndex(3), "m1")
        }
        #expect(throws: Violation.self) {
            try progress.stands(commit: LogIndex(5), applied: LogIndex(6), "m1")
        }
    }
}

@Suite struct WatchRecordTests {
    private let model: Model

    init() {
        var model = Model()
        _ = model.put(PutRequest(key: [1], value: [1]))
        _ = model.put(PutRequest(key: [2], value: [2]))
        _ = model.transact(
            TxnRequest(success: [
                Wire::Operation(operation: .put(PutRequest(key: [1], value: [3]))),
                Wire::Operation(operation: .put(PutRequest(key: [3], value: [3]))),
            ]))
        _ = model.delete(DeleteRangeRequest(key: [1]))
        self.model = model
    }

    private func record(
        from start: Int64 = 2, previous: Bool = false, noDelete: Bool = false
    ) -> WatchRecord {
        WatchRecord(
            WatchRequest(
                key: [0], rangeEnd: [0], startRevision: start, previous: previous,
                noDelete: noDelete))
    }

    private func events(_ revisions: ClosedRange<Int64>, previous: Bool = false) -> [Wire::Event] {
        revisions.flatMap(model.events(at:)).map { event in
            var event = event
            if !previous { event.previous = nil }
            return event
        }
    }

    private func answer(
        _ events: [Wire::Event], revision: Int64 = 5, fragment: Bool = false
    ) -> WatchResponse {
        WatchResponse(
            header: ResponseHeader(revision: revision), events: events, fragment: fragment)
    }

    @Test func allInOrderIsRight() throws {
        var watch = record()
        try watch.receive(
            WatchResponse(header: ResponseHeader(revision: 5), created: true), model)
        #expect(throws: Violation.self) { try watch.checkComplete(through: 5, model) }
        try watch.receive(answer(events(2...3)), model)
        try watch.receive(answer(events(4...5)), model)
        try watch.checkComplete(through: 5, model)
        #expect(watch.told == 5)
        #expect(watch.resumption.startRevision == 6)
    }

    @Test func fromNowOnBeginsAfterTheFirstAnswer() throws {
        var watch = record(from: 0)
        try watch.receive(
            WatchResponse(header: ResponseHeader(revision: 3), created: true), model)
        try watch.receive(answer(events(4...5)), model)
        try watch.checkComplete(through: 5, model)
    }

    @Test func aGapIsFound() {
        var watch = record()
        #expect(throws: Violation.self) { try watch.receive(answer(events(3...5)), model) }
    }

    @Test func aRepetitionIsFound() throws {
        var watch = record()
        try watch.receive(answer(events(2...3)), model)
        #expect(throws: Violation.self) { try watch.receive(answer(events(3...5)), model) }
    }

    @Test func eventsBeforeTheStartAreFound() {
        var watch = record(from: 3)
        #expect(throws: Violation.self) { try watch.receive(answer(events(2...5)), model) }
    }

    @Test func aPartWithoutAMarkIsFound() {
        var watch = record(from: 4)
        #expect(throws: Violation.self) {
            try watch.receive(answer(Array(events(4...4).prefix(1))), model)
        }
    }

    @Test func aMarkedPartIsRight() throws {
        var watch = record(from: 4)
        try watch.receive(answer(Array(events(4...4).prefix(1)), fragment: true), model)
        #expect(watch.resumption.startRevision == 4)
        try watch.receive(answer(Array(events(4...4).dropFirst())), model)
        try watch.receive(answer(events(5...5)), model)
        try watch.checkComplete(through: 5, model)
    }

    @Test func aFalseMarkIsFound() {
        var watch = record(from: 4)
        #expect(throws: Violation.self) {
            try watch.receive(answer(events(4...4), fragment: true), model)
        }
    }

    @Test func anAlteredEventIsFound() {
        var altered = events(2...2)
        altered[0].kv?.value = [9]
        var watch = record()
        #expect(throws: Violation.self) { try watch.receive(answer(altered), model) }
    }

    @Test func aMissingPreviousPairIsFound() throws {
        var watch = record(from: 5, previous: true)
        try watch.receive(answer(events(5...5, previous: true)), model)
        watch = record(from: 5, previous: true)
        #expect(throws: Violation.self) { try watch.receive(answer(events(5...5)), model) }
        watch = record(from: 5)
        #expect(throws: Violation.self) {
            try watch.receive(answer(events(5...5, previous: true)), model)
        }
    }

    @Test func unwantedEventsAreFound() throws {
        var watch = record(from: 5, noDelete: true)
        try watch.checkComplete(through: 5, model)
        #expect(throws: Violation.self) { try watch.receive(answer(events(5...5)), model) }
    }

    @Test func aFalseProgressMarkIsFound() throws {
        var watch = record()
        #expect(throws: Violation.self) { try watch.receive(answer([], revision: 3), model) }
        watch = record(from: 6)
        try watch.receive(answer([], revision: 5), model)
        #expect(throws: Violation.self) { try watch.receive(answer([], revision: 9), model) }
    }

    @Test func creditIsCounted() throws {
        let caller = Caller(index: 0, seed: 1)
        caller.connect(1, connectionCredit: 100)
        let stream = caller.call(.watch(0), streamCredit: 50)
        try caller.spend(50, stream)
        #expect(throws: Violation.self) { try caller.spend(1, stream) }
        caller.give(60, stream)
        #expect(throws: Violation.self) { try caller.spend(55, stream) }
    }
}
