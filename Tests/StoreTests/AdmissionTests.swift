import MVCC
import Raft
import Testing
import Units
import Wire

@testable import Store

@Suite struct QueueTests {
    /// Room for a hundred commands; nothing is ever durable, so that all of them wait.
    private static func office() -> Office {
        var settings = Store::Settings()
        settings.waitingCommands = 100
        settings.waitingReads = 100
        settings.proposalTimeout = .seconds(600)
        let office = Office(settings: settings)
        office.lead()
        for session in UInt64(2)..<60 { office.open(session) }
        return office
    }

    /// How many of so many are let in.
    private static func count(
        _ office: Office, _ tries: Int, _ method: Wire::Method, _ body: some WireMessage,
        session: UInt64 = 1
    ) -> Int {
        (0..<tries).count { _ in
            office.frames(office.ask(method, body.encoded, session: session)).isEmpty
        }
    }

    @Test func theLastPlacesAreKept() throws {
        let office = Self.office()
        for session in UInt64(1)...50 {
            _ = Self.count(office, 2, .put, put("k"), session: session)
        }
        #expect(office.store.proposals.waiters.count == Store::Limits.writeShare)
        let write = office.ask(.put, put("k").encoded, session: 51)
        #expect(try office.code(write) == .overloaded)
        for session in UInt64(1)...50 {
            _ = Self.count(office, 1, .deleteRange, delete("k"), session: session)
        }
        #expect(office.store.proposals.waiters.count == Store::Limits.reliefShare)
        let deletion = office.ask(.deleteRange, delete("k").encoded, session: 51)
        #expect(try office.code(deletion) == .overloaded)
        for session in UInt64(1)...50 {
            _ = Self.count(
                office, 1, .leaseRevoke, LeaseRevokeRequest(id: 1), session: session)
        }
        #expect(office.store.proposals.waiters.count == 100)
        let lease = office.ask(.leaseRevoke, LeaseRevokeRequest(id: 1).encoded, session: 51)
        #expect(try office.code(lease) == .overloaded)
        // Reads stand in another line.
        let read = office.ask(.range, get("k").encoded, session: 52)
        #expect(office.types(read) == [.response])
    }

    @Test func oneConnectionDoesNotKeepTheOthersOut() throws {
        let office = Self.office()
        // Alone it may have all that there is for writes.
        let greedy = Self.count(office, 100, .put, put("k"), session: 2)
        #expect(greedy == Store::Limits.writeShare)
        let other = Self.office()
        #expect(Self.count(other, 30, .put, put("k"), session: 3) == 30)
        // With two at the door its share is half of it.
        #expect(Self.count(other, 100, .put, put("k"), session: 2) == 40)
        #expect(Self.count(other, 100, .put, put("k"), session: 3) == 10)
    }

    @Test func theHintFollowsFromTheLine() throws {
        let office = Self.office()
        _ = Self.count(office, 100, .put, put("k"), session: 2)
        let call = office.ask(.put, put("k").encoded, session: 2)
        let error = try office.last(call, as: WireError.self)
        #expect(error.retryAfterMs == Store::Limits.retryAfter)
        var pace = Throughput()
        pace.note(1, at: Instant(nanoseconds: 5_000_000_000))
        pace.note(20_000, at: Instant(nanoseconds: 6_000_000_000))
        #expect(pace.hint(waiting: 4_000) == 100)
        #expect(pace.hint(waiting: 10) == Store::Limits.shortestRetry)
        #expect(pace.hint(waiting: 10_000_000) == Store::Limits.longestRetry)
    }

    @Test func bytesCountToo() throws {
        var settings = Store::Settings()
        settings.waitingBytes = 1_000_000
        let office = Office(settings: settings)
        office.lead()
        for session in UInt64(2)..<20 { office.open(session) }
        let large = PutRequest(key: [97], value: .init(repeating: 0, count: 100_000))
        var taken = 0
        for session in UInt64(2)..<20 {
            taken += Self.count(office, 1, .put, large, session: session)
        }
        #expect(taken == 8)
        #expect(Self.count(office, 1, .deleteRange, delete("k"), session: 19) == 1)
    }

    @Test func whatIsCommittedAndNotCarriedOutHoldsNewWritesBack() throws {
        let office = Self.office()
        let entry = Entry(
            term: Term(rawValue: 1), index: LogIndex(rawValue: 99),
            body: .commands(.init(repeating: 0, count: Store::Limits.applyLag)))
        office.store.backlog.append([entry])
        #expect(office.store.pressure >= 100)
        #expect(throws: Refusal.self) { try office.store.admit(1, 10, SessionID(rawValue: 1)) }
        #expect(throws: Refusal.self) {
            try office.store.admit(read: 10, SessionID(rawValue: 1))
        }
        office.store.backlog.removeAll()
        #expect(office.store.backlog.bytes == 0)
        try office.store.admit(1, 10, SessionID(rawValue: 1))
    }

    /// Reads that wait for a leader that there is not.
    @Test func readsHaveSharesToo() throws {
        var settings = Store::Settings()
        settings.waitingReads = 100
        let office = Office(of: [1, 2, 3], settings: settings)
        for session in UInt64(2)..<5 { office.open(session) }
        let read = RangeRequest(key: [97])
        #expect(Self.count(office, 30, .range, read, session: 3) == 30)
        #expect(Self.count(office, 100, .range, read, session: 2) == 50)
        #expect(Self.count(office, 100, .range, read, session: 3) == 20)
        #expect(office.store.reads.count == 100)
        #expect(office.store.reads.bytes > 0)
    }

    /// A line that is full delays no heartbeat.
    @Test func heartbeatsDoNotStandInLine() throws {
        var settings = Store::Settings()
        settings.waitingCommands = 100
        let street = Street(3, settings: settings)
        let leader = street.elect()
        _ = Self.count(leader, 200, .put, put("k"))
        #expect(leader.store.proposals.waiters.count >= Store::Limits.writeShare)
        leader.mail.removeAll()
        leader.pass(60)
        let beats = leader.mail.filter {
            guard let message = try? PeerMessage(decoding: $0.bytes.span),
                case .heartbeat? = message.body
            else { return false }
            return true
        }
        #expect(Set(beats.map(\.to)).count == 2)
    }

    /// Shares go with those who have them, and counting stops when it is calm again.
    @Test func countingEndsWhenItIsCalm() throws {
        let office = Self.office()
        _ = Self.count(office, 60, .put, put("k"), session: 2)
        #expect(office.store.proposals.shares.isCounting)
        office.finishAll()
        #expect(Self.count(office, 1, .put, put("k"), session: 2) == 1)
        #expect(!office.store.proposals.shares.isCounting)
        var shares = Shares()
        shares.begin()
        shares.add(SessionID(rawValue: 1), 10)
        shares.add(SessionID(rawValue: 1), 10)
        shares.remove(SessionID(rawValue: 1), 10)
        shares.remove(SessionID(rawValue: 1), 10)
        var empty = Shares()
        empty.begin()
        #expect(shares == empty)
    }
}
