import MVCC
import Raft
import Testing
import Units
import Wire

@testable import Store

extension Office {
    @discardableResult
    func lock(
        _ name: String, _ lease: Int64, noWait: Bool = false, session: UInt64 = 1,
        within: UInt64? = nil
    ) -> UInt32 {
        let stream = ask(
            .lock, LockRequest(name: Array(name.utf8), lease: lease, noWait: noWait).encoded,
            session: session, within: within)
        finishAll()
        return stream
    }

    @discardableResult
    func unlock(_ key: [UInt8], _ token: Int64 = 0) -> UInt32 {
        let stream = ask(.unlock, UnlockRequest(key: key, token: token).encoded)
        finishAll()
        return stream
    }

    @discardableResult
    func campaign(_ name: String, _ lease: Int64, _ value: String) -> UInt32 {
        let stream = ask(
            .campaign,
            CampaignRequest(name: Array(name.utf8), lease: lease, value: Array(value.utf8))
                .encoded)
        finishAll()
        return stream
    }

    func keys(_ prefix: String) throws -> [String] {
        var end = Array(prefix.utf8)
        end[end.count - 1] += 1
        let found: RangeResponse = try answer(
            .range, RangeRequest(key: Array(prefix.utf8), rangeEnd: end, serializable: true).encoded
        )
        return found.kvs.map { String(decoding: $0.key, as: UTF8.self) }
    }

    func cancel(_ stream: UInt32, session: UInt64 = 1) {
        step(.cancelled(SessionID(rawValue: session), stream: stream))
        finishAll()
    }
}

@Suite struct LockTests {
    private func office(leases: [Int64] = [10, 11, 12]) throws -> Office {
        let office = Office()
        office.lead()
        for id in leases { try office.grant(id) }
        return office
    }

    @Test func goesToOneAfterTheOther() throws {
        let office = try office()
        let first = office.lock("door", 10)
        let second = office.lock("door", 11)
        let third = office.lock("door", 12)
        let held: LockResponse = try office.last(first)
        #expect(String(decoding: held.key, as: UTF8.self) == "door/a")
        #expect(held.token == 2)
        #expect(office.frames(second).isEmpty && office.frames(third).isEmpty)
        #expect(try office.keys("door/") == ["door/a", "door/b", "door/c"])
        #expect(office.types(office.unlock(held.key, held.token)) == [.response])
        let next: LockResponse = try office.last(second)
        #expect(next.token > held.token)
        #expect(office.frames(third).isEmpty)
        office.unlock(next.key)
        let last: LockResponse = try office.last(third)
        #expect(last.token > next.token)
        office.unlock(last.key)
        #expect(office.store.lines.isIdle && office.store.lines.standing.isEmpty)
        #expect(office.store.sessions[SessionID(rawValue: 1)]?.order == [])
    }

    @Test func goesOnWhenTheHoldersLeaseEnds() throws {
        let office = try office(leases: [11])
        try office.grant(10, 2)
        office.lock("door", 10)
        let second = office.lock("door", 11)
        office.pass(2_100)
        office.finishAll()
        let held: LockResponse = try office.last(second)
        #expect(String(decoding: held.key, as: UTF8.self) == "door/b")
    }

    /// Named for etcd's 11456: a lock that was answered after its lease had died.
    @Test func isNotAnsweredWhenItsLeaseIsDead() throws {
        let office = try office(leases: [10])
        try office.grant(11, 2)
        let first: LockResponse = try office.last(office.lock("door", 10))
        let second = office.lock("door", 11)
        office.pass(2_100)
        office.finishAll()
        #expect(try office.code(second) == .leaseNotFound)
        // Both end within one turn: the waiter's lease, then the holder.
        try office.grant(11, 60)
        let third = office.lock("door", 11)
        #expect(office.frames(third).isEmpty)
        office.post(9_001, .unlock, UnlockRequest(key: first.key).encoded)
        office.post(9_002, .leaseRevoke, LeaseRevokeRequest(id: 11).encoded)
        office.turn()
        office.finishAll()
        #expect(try office.code(third) == .leaseNotFound)
        #expect(try office.keys("door/").isEmpty)
        #expect(try office.code(office.lock("door", 11)) == .leaseNotFound)
    }

    @Test func aDeletedKeyLosesItsPlace() throws {
        let office = try office()
        office.lock("door", 10)
        let second = office.lock("door", 11)
        office.unlock(Array("door/b".utf8))
        #expect(try office.code(second) == .notHeld)
    }

    @Test func whoCancelsLeavesTheLine() throws {
        let office = try office()
        let held: LockResponse = try office.last(office.lock("door", 10))
        let second = office.lock("door", 11)
        let third = office.lock("door", 12)
        office.cancel(second)
        #expect(try office.code(second) == .cancelled)
        #expect(try office.keys("door/") == ["door/a", "door/c"])
        office.unlock(held.key)
        #expect(office.types(third) == [.response])
    }

    @Test func whoCancelsBeforeItIsWrittenLeavesNoKey() throws {
        let office = try office()
        let first = office.ask(.lock, LockRequest(name: [97], lease: 10).encoded)
        #expect(office.frames(first).isEmpty)
        office.step(.cancelled(SessionID(rawValue: 1), stream: first))
        office.finishAll()
        #expect(try office.code(first) == .cancelled)
        #expect(try office.keys("a/").isEmpty)
        #expect(office.store.lines.asking.isEmpty)
    }

    @Test func whoseTimeIsUpLeavesTheLine() throws {
        let office = try office()
        office.lock("door", 10)
        let second = office.lock("door", 11, within: 500)
        #expect(office.store.deadline <= office.now + .milliseconds(500))
        office.pass(501)
        office.finishAll()
        #expect(try office.code(second) == .deadlineExceeded)
        #expect(try office.keys("door/") == ["door/a"])
    }

    @Test func aBrokenConnectionLeavesTheKeyToItsLease() throws {
        let office = try office()
        office.open(2)
        let held: LockResponse = try office.last(office.lock("door", 10))
        let second = office.lock("door", 11, session: 2)
        office.step(.closed(SessionID(rawValue: 2)))
        #expect(try office.keys("door/") == ["door/a", "door/b"])
        // It comes back, and has kept its place.
        let third = office.lock("door", 12)
        office.open(3)
        let again = office.lock("door", 11, session: 3)
        office.unlock(held.key)
        #expect(office.types(again) == [.response])
        #expect(office.frames(third).isEmpty && office.frames(second).isEmpty)
    }

    @Test func askingTwiceIsAskingOnce() throws {
        let office = try office()
        let first: LockResponse = try office.last(office.lock("door", 10))
        let again: LockResponse = try office.last(office.lock("door", 10))
        #expect(first.key == again.key && first.token == again.token)
        let waiting = [office.lock("door", 11), office.lock("door", 11)]
        office.cancel(waiting[0])
        #expect(try office.keys("door/").count == 2)
        office.unlock(first.key)
        #expect(office.types(waiting[1]) == [.response])
    }

    @Test func whoWillNotWaitLeavesNoKey() throws {
        let office = try office()
        office.lock("door", 10)
        #expect(try office.code(office.lock("door", 11, noWait: true)) == .notHeld)
        #expect(try office.keys("door/") == ["door/a"])
        #expect(office.types(office.lock("gate", 11, noWait: true)) == [.response])
    }

    @Test func namesBelowANameAreOthers() throws {
        let office = try office()
        #expect(office.types(office.lock("a/b", 10)) == [.response])
        #expect(office.types(office.lock("a", 11)) == [.response])
        #expect(office.types(office.lock("a/", 12)) == [.response])
        #expect(try office.code(office.lock("a", 12, noWait: true)) == .notHeld)
    }

    /// What the token is for: a write that happens only while the lock is held.
    @Test func theTokenFencesATransaction() throws {
        let office = try office()
        let held: LockResponse = try office.last(office.lock("door", 10))
        let write = TxnRequest(
            compare: [
                Compare(result: .equal, target: .create, key: held.key, number: held.token)
            ],
            success: [Operation(operation: .put(PutRequest(key: [97], value: [1])))])
        let done: TxnResponse = try office.answer(.txn, write.encoded)
        #expect(done.succeeded)
        office.unlock(held.key, held.token)
        office.lock("door", 10)
        let late: TxnResponse = try office.answer(.txn, write.encoded)
        #expect(!late.succeeded)
        #expect(try office.code(office.unlock(held.key, held.token)) == .notHeld)
    }

    private static let wrong: [(Wire::Method, [UInt8], ErrorCode)] = [
        (.lock, LockRequest(lease: 10).encoded, .keyEmpty),
        (.lock, LockRequest(name: [97]).encoded, .invalidArgument),
        (.lock, LockRequest(name: [97], lease: -3).encoded, .invalidArgument),
        (
            .lock, LockRequest(name: [UInt8](repeating: 97, count: 1_025), lease: 10).encoded,
            .keyTooLong
        ),
        (.lock, LockRequest(name: [97], lease: 99).encoded, .leaseNotFound),
        (.campaign, CampaignRequest(lease: 10).encoded, .keyEmpty),
        (
            .campaign,
            CampaignRequest(
                name: [97], lease: 10, value: [UInt8](repeating: 1, count: (1 << 20) + 1)
            ).encoded, .valueTooLarge
        ),
        (.unlock, UnlockRequest().encoded, .keyEmpty),
        (.unlock, UnlockRequest(key: [97]).encoded, .notHeld),
        (.proclaim, ProclaimRequest(key: [97], token: 2).encoded, .notHeld),
        (.resign, ResignRequest(key: [97], token: 2).encoded, .notHeld),
        (.electionLeader, ElectionLeaderRequest().encoded, .keyEmpty),
        (.electionObserve, ElectionObserveRequest().encoded, .keyEmpty),
    ]

    @Test(arguments: 0..<13) func refusesWhatIsWrong(place: Int) throws {
        let office = try office()
        let (method, body, code) = LockTests.wrong[place]
        let stream = office.ask(method, body)
        office.finishAll()
        #expect(try office.code(stream) == code)
    }

    @Test func aLongLineMovesOnOneByOne() throws {
        let office = try office(leases: Array(1...150))
        let streams = (1...150).map { office.lock("door", $0) }
        var last: Int64 = 0
        for stream in streams {
            let held: LockResponse = try office.last(stream)
            #expect(held.token > last)
            last = held.token
            office.unlock(held.key)
        }
        #expect(office.store.lines.isIdle)
    }

    @Test func isAnsweredByAFollowerAndOverAnElection() throws {
        let street = Street(3)
        let old = street.elect()
        for id in [10, 11] as [Int64] { try grant(id, ttl: 60, at: old, street) }
        let other = try #require(street.offices.first { $0.id != old.id })
        let first = old.ask(.lock, LockRequest(name: [97], lease: 10).encoded)
        for _ in 0..<4 { street.pass(60) }
        let held: LockResponse = try old.last(first)
        let second = other.ask(.lock, LockRequest(name: [97], lease: 11).encoded)
        for _ in 0..<4 { street.pass(60) }
        #expect(other.frames(second).isEmpty)
        street.cutOff = [old.id]
        let new = street.elect()
        new.ask(.unlock, UnlockRequest(key: held.key).encoded)
        for _ in 0..<20 { street.pass(60) }
        let next: LockResponse = try other.last(second)
        #expect(next.token > held.token)
    }

    /// It sees the key before it go, but cannot reach a majority: it may be old news.
    @Test func isNotAnsweredWithoutAMajority() throws {
        let street = Street(3)
        let leader = street.elect()
        for id in [10, 11] as [Int64] { try grant(id, ttl: 60, at: leader, street) }
        let held = leader.ask(.lock, LockRequest(name: [97], lease: 10).encoded)
        street.settle()
        let lock: LockResponse = try leader.last(held)
        let other = try #require(street.offices.first { $0.id != leader.id })
        let waiting = other.ask(.lock, LockRequest(name: [97], lease: 11).encoded)
        for _ in 0..<4 { street.pass(60) }
        leader.ask(.unlock, UnlockRequest(key: lock.key).encoded)
        // It hears everything, and nobody hears it.
        for _ in 0..<60 {
            for office in street.offices {
                office.pass(5)
                office.finishAll()
            }
            other.mail.removeAll()
            street.deliver()
        }
        #expect(other.store.revision == leader.store.revision)
        #expect(try other.keys("a/") == ["a/b"])
        #expect(other.frames(waiting).isEmpty)
        for _ in 0..<40 { street.pass(50) }
        #expect(other.types(waiting) == [.response])
    }
}

@Suite struct ElectionTests {
    private func office() throws -> Office {
        let office = Office()
        office.lead()
        for id in [10, 11, 12] as [Int64] { try office.grant(id) }
        return office
    }

    private func leader(_ office: Office) throws -> String? {
        let told: ElectionLeaderResponse = try office.answer(
            .electionLeader, ElectionLeaderRequest(name: Array("boss".utf8)).encoded)
        return told.leader.map { String(decoding: $0.value, as: UTF8.self) }
    }

    @Test func isWonProclaimedAndResigned() throws {
        let office = try office()
        #expect(try leader(office) == nil)
        let won: CampaignResponse = try office.last(office.campaign("boss", 10, "ada"))
        let second = office.campaign("boss", 11, "bob")
        #expect(try leader(office) == "ada")
        let _: ProclaimResponse = try office.answer(
            .proclaim,
            ProclaimRequest(key: won.key, token: won.token, value: Array("ada2".utf8)).encoded)
        #expect(try leader(office) == "ada2")
        // Campaigning again says another value, and keeps the place.
        let again: CampaignResponse = try office.last(office.campaign("boss", 10, "ada3"))
        #expect(again.token == won.token)
        #expect(try leader(office) == "ada3")
        #expect(office.frames(second).isEmpty)
        let _: ResignResponse = try office.answer(
            .resign, ResignRequest(key: won.key, token: won.token).encoded)
        let next: CampaignResponse = try office.last(second)
        #expect(next.token > won.token)
        #expect(try leader(office) == "bob")
        let stale = office.ask(
            .proclaim, ProclaimRequest(key: won.key, token: won.token, value: [1]).encoded)
        office.finishAll()
        #expect(try office.code(stale) == .notHeld)
    }

    private func told(_ office: Office, _ stream: UInt32) throws -> [String] {
        try office.frames(stream).filter { $0.type == .stream }.map {
            let answer = try ElectionLeaderResponse(decoding: $0.body.span)
            return answer.leader.map { String(decoding: $0.value, as: UTF8.self) } ?? "-"
        }
    }

    private func observe(_ office: Office, session: UInt64 = 1) -> UInt32 {
        let stream = office.ask(
            .electionObserve, ElectionObserveRequest(name: Array("boss".utf8)).encoded,
            session: session)
        office.finishAll()
        return stream
    }

    @Test func isObserved() throws {
        let office = try office()
        let watch = observe(office)
        #expect(try told(office, watch) == ["-"])
        let won: CampaignResponse = try office.last(office.campaign("boss", 10, "ada"))
        office.campaign("boss", 11, "bob")
        office.put("boss/other/thing", "no")
        office.finishAll()
        let _: ProclaimResponse = try office.answer(
            .proclaim, ProclaimRequest(key: won.key, value: Array("ada2".utf8)).encoded)
        let _: ResignResponse = try office.answer(
            .resign, ResignRequest(key: won.key).encoded)
        let _: LeaseRevokeResponse = try office.answer(
            .leaseRevoke, LeaseRevokeRequest(id: 11).encoded)
        #expect(try told(office, watch) == ["-", "ada", "ada2", "bob", "-"])
        office.cancel(watch)
        #expect(try office.code(watch) == .cancelled)
        #expect(office.store.lines.isIdle)
    }

    @Test func whoReadsSlowlyGetsTheNewest() throws {
        let office = try office()
        office.open(2, streamCredit: 60)
        let watch = observe(office, session: 2)
        #expect(try told(office, watch) == ["-"])
        let won: CampaignResponse = try office.last(office.campaign("boss", 10, "ada"))
        for value in ["1", "2", "3"] {
            let _: ProclaimResponse = try office.answer(
                .proclaim, ProclaimRequest(key: won.key, value: Array(value.utf8)).encoded)
        }
        #expect(try told(office, watch) == ["-"])
        office.credit(watch, 500, session: 2)
        #expect(try told(office, watch) == ["-", "3"])
        office.step(.closed(SessionID(rawValue: 2)))
        #expect(office.store.lines.isIdle)
    }
}

/// Random clients with leases that end, leaders that change and answers that get lost: by the order of
/// the log there is never a second holder, and every holder's token is higher than the one before.
@Suite struct LockProperty {
    @Test(arguments: 0..<8 as Range<UInt64>) func neverTwoHolders(seed: UInt64) throws {
        var chance = Chance(seed: seed, name: "locks")
        let street = Street(3)
        _ = street.elect()
        var asked: [(office: Office, stream: UInt32, lease: Int64)] = []
        var lease: Int64 = 100
        for _ in 0..<140 {
            let office = street.offices[Int(chance.below(3))]
            switch chance.below(12) {
            case 0...3:
                lease += 1
                office.ask(
                    .leaseGrant,
                    LeaseGrantRequest(ttl: Int64(1 + chance.below(4)), id: lease).encoded)
                street.pass(20)
            case 4...7:
                let chosen = max(101, lease - Int64(chance.below(4)))
                let stream = office.ask(
                    .lock, LockRequest(name: [97], lease: chosen).encoded,
                    within: chance.below(2) == 0 ? 800 : nil)
                asked.append((office, stream, chosen))
            case 8:
                guard let one = asked.last else { continue }
                one.office.cancel(one.stream)
            case 9:
                let key = Store.key(of: LeaseID(rawValue: lease - 1), inLineFor: [97])
                office.ask(.unlock, UnlockRequest(key: key).encoded)
            case 10:
                street.cutOff =
                    chance.below(2) == 0 ? [street.offices[Int(chance.below(3))].id] : []
            default:
                office.ask(
                    .leaseKeepAlive, LeaseKeepAliveRequest(id: max(101, lease - 1)).encoded)
            }
            street.pass(10 + chance.below(300))
        }
        street.cutOff = []
        for _ in 0..<60 { street.pass(100) }
        try check(street, asked)
    }

    /// Reads the line out of the log's events, and holds what was answered against it.
    private func check(
        _ street: Street, _ asked: [(office: Office, stream: UInt32, lease: Int64)]
    ) throws {
        let office = street.offices[0]
        #expect(Set(street.offices.map(\.store.digest)).count == 1)
        var line: [(create: Int64, key: [UInt8])] = []
        var holders: [Int64] = []
        try office.store.mvcc.events(from: .first, through: office.store.revision) { event in
            let key = event.key.array
            if event.kind == .put {
                if event.facts.version == 1 { line.append((event.facts.mod.rawValue, key)) }
            } else {
                line.removeAll { $0.key == key }
            }
            if let first = line.first, holders.last != first.create { holders.append(first.create) }
            return true
        }
        #expect(holders == holders.sorted() && Set(holders).count == holders.count)
        var answered = 0
        for call in asked {
            guard let frame = call.office.frames(call.stream).last, frame.type == .response else {
                continue
            }
            let lock = try LockResponse(decoding: frame.body.span)
            #expect(holders.contains(lock.token))
            answered += 1
        }
        #expect(answered > 3)
        #expect(street.offices.allSatisfy { $0.store.lines.asking.isEmpty })
    }
}
