import MVCC
import Raft
import Testing
import Units
import Wire

@testable import Store

@Suite struct WriteTests {
    @Test func isAnsweredOnlyWhenDurable() throws {
        let office = Office()
        office.lead()
        let stream = office.put("a", "1")
        #expect(office.frames(stream).isEmpty)
        #expect(office.logJobs.count == 1)
        office.pass(1)
        #expect(office.frames(stream).isEmpty)
        office.finishLogJob()
        #expect(office.types(stream) == [.response])
        let response = try office.last(stream, as: PutResponse.self)
        #expect(response.header?.revision == 2)
        #expect(response.header?.clusterID == 7)
        #expect(response.header?.memberID == 1)
    }

    @Test func oneGroupAtATime() {
        let office = Office()
        office.lead()
        let first = office.put("a", "1")
        let others = (0..<5).map { office.put("b\($0)", "x") }
        #expect(office.logJobs.count == 1)
        office.finishLogJob()
        #expect(office.types(first) == [.response])
        #expect(others.allSatisfy { office.frames($0).isEmpty })
        #expect(office.logJobs.count == 1)
        office.finishLogJob()
        #expect(others.allSatisfy { office.types($0) == [.response] })
    }

    @Test func waitsForALeader() {
        let office = Office()
        let stream = office.put("a", "1")
        #expect(office.frames(stream).isEmpty)
        office.lead()
        #expect(office.types(stream) == [.response])
    }

    @Test func isNotReadBeforeItCounts() throws {
        let office = Office()
        office.lead()
        office.put("a", "1")
        let read = office.ask(.range, RangeRequest(key: [97], serializable: true).encoded)
        let early = try office.last(read, as: RangeResponse.self)
        #expect(early.kvs.isEmpty)
        office.finishAll()
        #expect(try office.get("a") == "1")
        #expect(try office.get("a", serializable: false) == "1")
    }

    @Test func answersWhatWasReplaced() throws {
        let office = Office()
        office.lead()
        office.put("a", "1")
        let response: PutResponse = try office.answer(
            .put, PutRequest(key: [97], value: [50], previous: true).encoded)
        #expect(response.previous?.value == [49])
        let deleted: DeleteRangeResponse = try office.answer(
            .deleteRange, DeleteRangeRequest(key: [97], previous: true).encoded)
        #expect(deleted.deleted == 1)
        #expect(deleted.previous.first?.value == [50])
        #expect(deleted.header?.revision == 4)
    }

    @Test func transactionsChoose() throws {
        let office = Office()
        office.lead()
        let compare = Compare(result: .equal, target: .version, key: [97], number: 0)
        let write = Wire::Operation(operation: .put(PutRequest(key: [97], value: [1])))
        let read = Wire::Operation(operation: .range(RangeRequest(key: [97])))
        let body = TxnRequest(compare: [compare], success: [write], failure: [read]).encoded
        let first: TxnResponse = try office.answer(.txn, body)
        let second: TxnResponse = try office.answer(.txn, body)
        #expect(first.succeeded && !second.succeeded)
        guard case .range(let range)? = second.responses.first?.response else {
            Issue.record("the failure path reads")
            return
        }
        #expect(range.kvs.first?.value == [1])
        #expect(second.header?.revision == 2)
    }

    @Test func readOnlyTransactionsCostNoEntry() throws {
        let office = Office()
        office.lead()
        let entries = office.applied.count
        let read = Wire::Operation(operation: .range(RangeRequest(key: [97])))
        let response: TxnResponse = try office.answer(.txn, TxnRequest(success: [read]).encoded)
        #expect(response.succeeded)
        #expect(office.applied.count == entries)
    }
}

@Suite struct DeadlineTests {
    @Test func ofAWriteLeavesTheOutcomeOpen() throws {
        let office = Office()
        office.lead()
        let stream = office.ask(.put, PutRequest(key: [97], value: [49]).encoded, within: 20)
        office.pass(30)
        #expect(try office.code(stream) == .deadlineExceeded)
        office.finishAll()
        #expect(office.types(stream) == [.error])
        #expect(try office.get("a") == "1")
    }

    @Test func ofAReadWithoutALeader() throws {
        let street = Street(3)
        let stream = street[1].ask(.range, RangeRequest(key: [97]).encoded, within: 20)
        street[1].pass(30)
        #expect(try street[1].code(stream) == .noLeader)
    }

    @Test func everyWriteHasOne() throws {
        let office = Office(settings: .init(proposalTimeout: .milliseconds(40)))
        office.lead()
        let stream = office.put("a", "1")
        office.pass(39)
        #expect(office.frames(stream).isEmpty)
        office.pass(1)
        #expect(try office.code(stream) == .deadlineExceeded)
    }
}

@Suite struct LeaseTests {
    @Test func endsWithItsKeysAndNotBefore() throws {
        let office = Office()
        office.lead()
        let _: LeaseGrantResponse = try office.answer(
            .leaseGrant, LeaseGrantRequest(ttl: 2, id: 5).encoded)
        office.put("a", "1", lease: 5)
        office.finishAll()
        office.pass(1_900)
        office.finishAll()
        #expect(try office.get("a") == "1")
        // Leases end together, in steps.
        office.pass(100 + MVCC::Limits.leaseTick.nanoseconds / 1_000_000 + 1)
        office.finishAll()
        #expect(try office.get("a") == nil)
        let list: LeaseListResponse = try office.answer(.leaseList, LeaseListRequest().encoded)
        #expect(list.ids.isEmpty)
    }

    @Test func isKeptAlive() throws {
        let office = Office()
        office.lead()
        let _: LeaseGrantResponse = try office.answer(
            .leaseGrant, LeaseGrantRequest(ttl: 2, id: 5).encoded)
        for _ in 0..<4 {
            office.pass(1_500)
            let kept: LeaseKeepAliveResponse = try office.answer(
                .leaseKeepAlive, LeaseKeepAliveRequest(id: 5).encoded)
            #expect(kept.ttl == 2)
        }
        office.pass(500)
        let life: LeaseTimeToLiveResponse = try office.answer(
            .leaseTimeToLive, LeaseTimeToLiveRequest(id: 5).encoded)
        #expect(life.ttl >= 1 && life.ttl <= 2)
        #expect(life.grantedTtl == 2)
    }

    @Test func isChosenByTheStore() throws {
        let office = Office()
        office.lead()
        let grant: LeaseGrantResponse = try office.answer(
            .leaseGrant, LeaseGrantRequest(ttl: 2).encoded)
        #expect(grant.id > 0)
    }

    @Test func isRevoked() throws {
        let office = Office()
        office.lead()
        let _: LeaseGrantResponse = try office.answer(
            .leaseGrant, LeaseGrantRequest(ttl: 2, id: 5).encoded)
        office.put("a", "1", lease: 5)
        let revoked: LeaseRevokeResponse = try office.answer(
            .leaseRevoke, LeaseRevokeRequest(id: 5).encoded)
        #expect(revoked.header?.revision == 3)
        #expect(try office.get("a") == nil)
    }
}

@Suite struct RefusalTests {
    struct Case: CustomTestStringConvertible {
        var method: Wire::Method
        var body: [UInt8]
        var code: ErrorCode
        var testDescription: String { "\(method) → \(code)" }
    }

    static let cases: [Case] = [
        Case(method: .put, body: PutRequest(value: [1]).encoded, code: .keyEmpty),
        Case(
            method: .put,
            body: PutRequest(key: [UInt8](repeating: 1, count: MVCC::Limits.key + 1)).encoded,
            code: .keyTooLong),
        Case(
            method: .put,
            body: PutRequest(key: [1], value: [UInt8](repeating: 1, count: MVCC::Limits.value + 1))
                .encoded, code: .valueTooLarge),
        Case(
            method: .txn, body: [UInt8](repeating: 1, count: Store::Limits.request + 1),
            code: .invalidArgument),
        Case(method: .put, body: [0xFF, 0xFF], code: .badMessage),
        Case(method: .txn, body: [0x0A, 0x7F], code: .badMessage),
        Case(method: .put, body: PutRequest(key: [1], lease: 9).encoded, code: .leaseNotFound),
        Case(
            method: .put, body: PutRequest(key: [1], ignoreValue: true).encoded, code: .keyNotFound),
        Case(
            method: .put, body: PutRequest(key: [1], value: [1], ignoreValue: true).encoded,
            code: .invalidArgument),
        Case(
            method: .range, body: RangeRequest(key: [1], revision: 9).encoded, code: .futureRevision
        ),
        Case(
            method: .range, body: RangeRequest(key: [1], limit: -1).encoded, code: .invalidArgument),
        Case(
            method: .range, body: RangeRequest(key: [1], revision: -1).encoded,
            code: .invalidArgument),
        Case(method: .range, body: RangeRequest().encoded, code: .keyEmpty),
        Case(
            method: .range, body: RangeRequest(key: [5], rangeEnd: [4]).encoded,
            code: .invalidArgument),
        Case(
            method: .deleteRange, body: DeleteRangeRequest(key: [5], rangeEnd: [5]).encoded,
            code: .invalidArgument),
        Case(method: .compact, body: CompactRequest(revision: 9).encoded, code: .futureRevision),
        Case(method: .compact, body: CompactRequest(revision: 0).encoded, code: .invalidArgument),
        Case(method: .leaseGrant, body: LeaseGrantRequest(ttl: 0).encoded, code: .invalidArgument),
        Case(
            method: .leaseGrant, body: LeaseGrantRequest(ttl: 1, id: -1).encoded,
            code: .invalidArgument),
        Case(method: .leaseRevoke, body: LeaseRevokeRequest(id: 9).encoded, code: .leaseNotFound),
        Case(
            method: .leaseKeepAlive, body: LeaseKeepAliveRequest(id: 9).encoded,
            code: .leaseNotFound),
        Case(
            method: .leaseTimeToLive, body: LeaseTimeToLiveRequest(id: 9).encoded,
            code: .leaseNotFound),
        Case(
            method: .txn,
            body: TxnRequest(
                success: [
                    Wire::Operation(operation: .put(PutRequest(key: [1]))),
                    Wire::Operation(operation: .put(PutRequest(key: [1]))),
                ]
            ).encoded, code: .duplicateKey),
        Case(
            method: .txn,
            body: TxnRequest(
                success: (0...128).map {
                    Wire::Operation(operation: .put(PutRequest(key: [UInt8($0)])))
                }
            ).encoded, code: .tooManyOperations),
        Case(
            method: .watch, body: WatchRequest(key: [1], startRevision: -1).encoded,
            code: .invalidArgument),
        Case(
            method: .memberRemove, body: MemberRemoveRequest(id: 9).encoded, code: .memberNotFound),
        Case(method: .memberAdd, body: MemberAddRequest().encoded, code: .invalidArgument),
        Case(
            method: .memberAdd, body: MemberAddRequest(name: "m1", peerAddress: "x").encoded,
            code: .memberExists),
        Case(
            method: .moveLeader, body: MoveLeaderRequest(targetID: 9).encoded, code: .memberNotFound
        ),
        Case(method: .peer, body: [], code: .unknownMethod),
        Case(method: .unrecognized(999), body: [], code: .unknownMethod),
    ]

    @Test(arguments: cases) func hasItsCodeAndOneLine(_ test: Case) throws {
        let office = Office()
        office.lead()
        let stream = office.ask(test.method, test.body)
        office.finishAll()
        #expect(try office.code(stream) == test.code)
        let error = try office.last(stream, as: WireError.self)
        #expect(!error.message.isEmpty && !error.message.contains("\n"))
        #expect(office.store.revision == Revision(rawValue: 1))
    }

    @Test func ofCompactedRevisionsTellsTheOldest() throws {
        let office = Office()
        office.lead()
        for number in 0..<5 { office.put("a", "\(number)") }
        let _: CompactResponse = try office.answer(.compact, CompactRequest(revision: 4).encoded)
        let read = office.ask(.range, RangeRequest(key: [97], revision: 3).encoded)
        office.finishAll()
        #expect(try office.code(read) == .compacted)
        let error = try office.last(read, as: WireError.self)
        #expect(error.revision == 4)
        let watch = office.ask(.watch, WatchRequest(key: [97], startRevision: 3).encoded)
        #expect(try office.code(watch) == .compacted)
    }

    @Test func ofWritesWhenTooManyBytesWait() throws {
        let office = Office()
        let value = [UInt8](repeating: 1, count: MVCC::Limits.value)
        let body = PutRequest(key: [97], value: value).encoded
        let count = Store::Limits.waitingBytes / value.count
        let streams = (0...count).map { _ in office.ask(.put, body) }
        let room = count * Store::Limits.writeShare / 100
        #expect(streams.prefix(room - 1).allSatisfy { office.frames($0).isEmpty })
        #expect(try office.code(streams[count]) == .overloaded)
        let error = try office.last(streams[count], as: WireError.self)
        #expect(error.retryAfterMs > 0)
    }

    @Test func ofReadsWhenTooManyWait() throws {
        let street = Street(3)
        let body = RangeRequest(key: [97]).encoded
        for stream in 1...UInt32(Store::Limits.waitingReads) {
            street[1].store.request(
                session: SessionID(rawValue: 1), stream: stream, method: 2, deadline: nil,
                body: body.span, at: street[1].now)
        }
        street[1].open(2)
        let late = street[1].ask(.range, body, session: 2)
        let frame = try #require(street[1].frames(late).last { $0.session == 2 })
        let error = try WireError(decoding: frame.body.span)
        #expect(error.code == .overloaded)
    }
}

@Suite struct StatusTests {
    @Test func tellsHowThingsStand() throws {
        let office = Office()
        office.lead()
        office.put("a", "1")
        office.finishAll()
        let status: StatusResponse = try office.answer(.status, StatusRequest().encoded)
        #expect(status.role == .leader && status.leaderID == 1)
        #expect(status.name == "m1" && status.version == "1.2.3")
        #expect(status.keys == 1)
        #expect(status.appliedIndex == status.commitIndex)
        #expect(status.digest == office.store.digest)
    }

    @Test func listsMembers() throws {
        let street = Street(3)
        let leader = street.elect()
        let list: MemberListResponse = try leader.answer(.memberList, MemberListRequest().encoded)
        #expect(list.members.map(\.id) == [1, 2, 3])
        #expect(list.leaderID == leader.id)
        #expect(list.members.allSatisfy { $0.reachable })
    }
}
