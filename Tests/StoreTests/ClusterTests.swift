import MVCC
import Raft
import Testing
import Units
import Wire

@testable import Store

@Suite struct ForwardingTests {
    @Test func reachesTheLeaderAndIsAnsweredWhereItWasAsked() throws {
        let street = Street(3)
        let leader = street.elect()
        let other = try #require(street.offices.first { $0.id != leader.id })
        let stream = other.put("a", "1")
        street.settle()
        street.pass(60)
        #expect(other.types(stream) == [.response])
        #expect(try street.offices.allSatisfy { try $0.get("a") == "1" })
    }

    @Test func isCarriedOutOnceThoughItComesTwice() throws {
        let street = Street(3)
        let leader = street.elect()
        let other = try #require(street.offices.first { $0.id != leader.id })
        let stream = other.put("a", "1")
        street.deliver(copies: 3)
        street.settle()
        street.pass(60)
        #expect(other.types(stream) == [.response])
        #expect(leader.store.revision == Revision(rawValue: 2))
    }

    @Test func isSentAgainWhenItGotLost() throws {
        let street = Street(3)
        let leader = street.elect()
        let other = try #require(street.offices.first { $0.id != leader.id })
        let stream = other.put("a", "1")
        other.mail.removeAll()
        for _ in 0..<15 { street.pass(50) }
        #expect(other.types(stream) == [.response])
        #expect(leader.store.revision == Revision(rawValue: 2))
    }

    @Test func goesToTheNextLeaderWhenTheFirstIsLost() throws {
        let street = Street(3)
        let leader = street.elect()
        let other = try #require(street.offices.first { $0.id != leader.id })
        street.cutOff = [leader.id]
        let stream = other.put("a", "1")
        let next = street.elect()
        #expect(next.id != leader.id)
        for _ in 0..<20 { street.pass(50) }
        #expect(other.types(stream) == [.response])
        #expect(next.store.revision == Revision(rawValue: 2))
        street.cutOff = []
        for _ in 0..<20 { street.pass(50) }
        #expect(leader.store.revision == Revision(rawValue: 2))
        #expect(leader.store.digest == next.store.digest)
    }

    /// A refusal may cross with a copy that was taken: asking another leader then would double it.
    @Test func aRefusalFreesItForNobodyElse() throws {
        let street = Street(3)
        let leader = street.elect()
        let other = try #require(street.offices.first { $0.id != leader.id })
        other.put("a", "1")
        let term = other.store.term
        let batch = other.store.proposals.batches[0]
        other.store.refused(
            ForwardRefusal(origin: other.store.proposals.origin, first: batch.first, count: 1),
            term: term)
        #expect(other.store.proposals.batches[0].state == .sent(term, at: other.now))
    }
}

@Suite struct TransferTests {
    private let settings = Store::Settings(checkpointBytes: 2_000, trailingLogBytes: 0)

    @Test func bringsAMemberUpToDateThatTheLogCannot() throws {
        let street = Street(3, settings: settings)
        let leader = street.elect()
        let away = try #require(street.offices.first { $0.id != leader.id })
        street.cutOff = [away.id]
        let watch = away.ask(
            .watch, WatchRequest(key: [0], rangeEnd: [0], startRevision: 2).encoded)
        for number in 0..<200 {
            leader.put("k\(number % 50)", "value \(number)")
            street.settle()
        }
        street.pass(60)
        street.cutOff = []
        for _ in 0..<40 { street.pass(50) }
        #expect(away.store.appliedIndex == leader.store.appliedIndex)
        #expect(away.store.digest == leader.store.digest)
        #expect(try away.get("k49") == "value 199")
        let told = try away.frames(watch).flatMap {
            try WatchResponse(decoding: $0.body.span).events
        }
        #expect(told.map { $0.kv?.modRevision ?? 0 } == Array(2...201))
        // It came by snapshot: the first entries were never applied here.
        #expect(away.applied.count < leader.applied.count)
    }

    @Test func leavesWritesOnTheirWayWithAnOpenOutcome() throws {
        let street = Street(3, settings: settings)
        let leader = street.elect()
        let away = try #require(street.offices.first { $0.id != leader.id })
        let stream = away.put("lost", "?")
        street.cutOff = [away.id]
        for number in 0..<200 {
            leader.put("k\(number % 50)", "value \(number)")
            street.settle()
        }
        street.pass(60)
        street.cutOff = []
        for _ in 0..<40 { street.pass(50) }
        #expect(away.store.digest == leader.store.digest)
        #expect(try away.code(stream) == .outcomeUnknown)
    }
}

/// Transfers that meet with trouble.
@Suite struct TroubledTransferTests {
    /// A street on which one member lags beyond the log, and who leads.
    private func street(
        rate: UInt64 = 0, perPart: Int = .max
    ) throws -> (street: Street, leader: Office, away: Office) {
        let street = Street(
            3,
            settings: Store::Settings(
                checkpointBytes: 2_000, trailingLogBytes: 0, snapshotRate: rate))
        for office in street.offices { office.recordsPerPart = perPart }
        let leader = street.elect()
        let away = try #require(street.offices.first { $0.id != leader.id })
        street.cutOff = [away.id]
        for number in 0..<100 {
            leader.put("k\(number)", "value \(number)")
            street.settle()
        }
        street.pass(60)
        return (street, leader, away)
    }

    @Test func aLostConnectionGoesOnWhereItWas() throws {
        let (street, leader, away) = try street(rate: 5_000, perPart: 10)
        street.cutOff = []
        for _ in 0..<100 where (away.store.transfers.incoming?.sequence ?? 0) < 5 {
            street.pass(50)
        }
        let before = try #require(away.store.transfers.incoming)
        #expect(before.sequence >= 5)
        street.cutOff = [away.id]
        for _ in 0..<100 { street.pass(50) }
        street.cutOff = []
        for _ in 0..<200 where away.store.transfers.incoming?.sequence == before.sequence {
            street.pass(50)
        }
        let after = try #require(away.store.transfers.incoming)
        #expect(after.id == before.id && after.sequence > before.sequence)
        for _ in 0..<400 where away.store.appliedIndex < leader.store.appliedIndex {
            street.pass(50)
        }
        #expect(away.store.digest == leader.store.digest)
        #expect(away.abandoned == 0)
    }

    @Test func unconfirmedPartsAreSentAgainMoreAndMoreSeldom() throws {
        let (street, leader, away) = try street(perPart: 10)
        street.cutOff = []
        for _ in 0..<20 where leader.store.transfers.outgoing.isEmpty { street.pass(20) }
        street.cutOff = [away.id]
        for office in street.offices { office.finishAll() }
        var sent: [Int] = []
        for _ in 0..<200 {
            for office in street.offices where office.id != away.id { office.pass(100) }
            sent.append(leader.mail.filter { $0.to == away.id && $0.bytes.count > 500 }.count)
            street.settle()
        }
        // In 20 s, windows of four: after 0.5, 1.5, 3.5, 7.5 and 15.5 s.
        #expect(sent.reduce(0, +) <= 6 * Store::Limits.snapshotWindow)
    }

    @Test func aFullDiskLeavesTheMemberAsItWasAndIsTriedAgain() throws {
        let (street, leader, away) = try street()
        let before = (away.store.digest, away.store.appliedIndex)
        away.isFull = true
        street.cutOff = []
        for _ in 0..<60 { street.pass(50) }
        #expect(away.store.digest == before.0 && away.store.appliedIndex == before.1)
        // What came was given back each time, and tries are a pause apart.
        #expect((1...4).contains(away.abandoned))
        #expect(away.store.transfers.incoming == nil)
        away.isFull = false
        for _ in 0..<60 { street.pass(50) }
        #expect(away.store.digest == leader.store.digest)
    }

    @Test func theRateIsKept() throws {
        let (street, leader, away) = try street(rate: 2_000, perPart: 5)
        street.cutOff = []
        let start = street[1].now
        for _ in 0..<2000 where away.store.appliedIndex < leader.store.appliedIndex {
            street.pass(20)
        }
        let took = street[1].now.since(start)
        // Some 10 kB of records at 2 kB a second.
        #expect(took > .seconds(3) && took < .seconds(20))
        #expect(away.store.digest == leader.store.digest)
    }

    @Test func recordsThatWereAlteredOnTheirWayAreRefused() throws {
        let (street, leader, away) = try street(perPart: 10)
        street.cutOff = []
        for _ in 0..<20 where leader.store.transfers.outgoing.isEmpty { street.pass(20) }
        let chunk = SnapshotChunk(
            lastIndex: 1 << 30, lastTerm: 1 << 20, membership: MembershipMessage(clusterID: 7),
            transfer: 99, sequence: 0, last: false, records: [1, 2, 3], digest: 1, recordsHash: 4)
        let abandoned = away.abandoned
        away.store.received(chunk, from: MemberID(leader.id), term: leader.store.term)
        away.turn()
        away.finishAll()
        #expect(away.abandoned == abandoned + 1)
        for _ in 0..<60 { street.pass(50) }
        #expect(away.store.digest == leader.store.digest)
    }
}

@Suite struct PaceTests {
    @Test(arguments: [(1_000, 500, 500), (1, 3, 3_000), (1 << 40, 1, 0)])
    func piecesArePaidForByTime(rate: UInt64, bytes: Int, milliseconds: UInt64) {
        var pace = Pace(rate)
        let now = Instant(nanoseconds: 5)
        #expect(pace.allows(at: now))
        pace.spend(bytes, at: now)
        #expect(pace.due.since(now).nanoseconds / 1_000_000 == milliseconds)
        #expect(pace.allows(at: now + .milliseconds(milliseconds + 1)))
    }

    @Test func noRateIsNoLimit() {
        var pace = Pace(0)
        pace.spend(.max, at: .zero)
        #expect(pace.allows(at: .zero))
        var slow = Pace(1)
        slow.spend(.max, at: .zero)
        #expect(!slow.allows(at: .zero + .seconds(1_000_000)))
    }
}

@Suite struct MembershipTests {
    @Test func answersWhoIsAskedButDoesNotLead() throws {
        let street = Street(3)
        let leader = street.elect()
        let other = try #require(street.offices.first { $0.id != leader.id })
        let stream = other.ask(.memberRemove, MemberRemoveRequest(id: 1).encoded)
        #expect(try other.code(stream) == .notLeader)
        let error = try other.last(stream, as: WireError.self)
        #expect(error.leaderID == leader.id && error.leaderAddress == "c\(leader.id)")
    }

    @Test func removesAndSaysSo() throws {
        let street = Street(3)
        let leader = street.elect()
        let other = try #require(street.offices.first { $0.id != leader.id })
        let stream = leader.ask(.memberRemove, MemberRemoveRequest(id: other.id).encoded)
        for _ in 0..<10 { street.pass(50) }
        #expect(leader.types(stream) == [.response])
        #expect(leader.store.members.map(\.id.rawValue).contains(other.id) == false)
    }

    /// Who joins reads of memberships in which it was not yet: it was not removed by them.
    @Test func nobodyIsRemovedWhoWasNotThere() {
        func membership(_ ids: [UInt64]) -> Membership {
            Membership(members: ids.map { Membership.Member(id: MemberID($0)) })
        }
        let joiner = Office(4, of: [1, 2, 3])
        joiner.store.administrationApplied(
            membership([1, 2]), after: membership([1, 2, 3]), at: LogIndex(rawValue: 1))
        #expect(!joiner.store.effects.removed)
        joiner.store.administrationApplied(
            membership([1, 2, 4]), after: membership([1, 2]), at: LogIndex(rawValue: 2))
        #expect(!joiner.store.effects.removed)
        joiner.store.administrationApplied(
            membership([1, 2]), after: membership([1, 2, 4]), at: LogIndex(rawValue: 3))
        #expect(joiner.store.effects.removed)
    }

    @Test func movesLeadership() throws {
        let street = Street(3)
        let leader = street.elect()
        let other = try #require(street.offices.first { $0.id != leader.id })
        let stream = leader.ask(.moveLeader, MoveLeaderRequest(targetID: other.id).encoded)
        for _ in 0..<10 { street.pass(20) }
        #expect(other.store.role == .leader)
        #expect(leader.types(stream) == [.response])
    }

    @Test func readsOfAFollowerSeeWhatTheLeaderAcknowledged() throws {
        let street = Street(3)
        let leader = street.elect()
        let other = try #require(street.offices.first { $0.id != leader.id })
        leader.put("a", "1")
        street.settle()
        let stream = other.ask(.range, RangeRequest(key: [97]).encoded)
        for _ in 0..<4 { street.pass(60) }
        let frame = try #require(other.frames(stream).last)
        let response = try RangeResponse(decoding: frame.body.span)
        #expect(response.kvs.first?.value == [49])
    }
}
