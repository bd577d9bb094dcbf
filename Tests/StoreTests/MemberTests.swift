import MVCC
import Raft
import Testing
import Units
import Wire

@testable import Store

extension Street {
    /// A leader whose cluster is at the newest version and knows all births.
    func settled() -> Office {
        _ = elect()
        for _ in 0..<4 { pass(50) }
        return elect()
    }

    /// Passes time until something is so; at most ten seconds.
    func wait(_ what: () -> Bool) -> Bool {
        for _ in 0..<200 {
            if what() { return true }
            pass(50)
        }
        return what()
    }

    func others(than leader: Office) -> [Office] { offices.filter { $0.id != leader.id } }
}

extension Office {
    var voters: [UInt64] { store.members.filter { !$0.isLearner }.map(\.id.rawValue) }
    var everybody: [UInt64] { store.members.map(\.id.rawValue) }

    func add(_ id: UInt64, standing: Bool = false, version: UInt32 = 0) -> UInt32 {
        ask(
            .memberAdd,
            MemberAddRequest(
                name: "m\(id)", peerAddress: "p\(id)", clientAddresses: ["c\(id)"], id: id,
                standing: standing, version: version
            ).encoded)
    }

    func words(_ stream: UInt32) throws -> String {
        try last(stream, as: WireError.self).message
    }
}

@Suite struct LearnerTests {
    @Test func isPromotedWhenItHasCaughtUp() {
        let street = Street(3)
        let leader = street.settled()
        _ = leader.add(4)
        street.build(4, of: [1, 2, 3])
        street.pass(50)
        #expect(leader.everybody == [1, 2, 3, 4])
        #expect(leader.voters == [1, 2, 3])
        #expect(street.wait { leader.voters == [1, 2, 3, 4] })
        #expect(street.wait { street[4].voters == [1, 2, 3, 4] })
    }

    /// Not at once: it has to keep up for a second.
    @Test func isNotPromotedBeforeItsTime() {
        let street = Street(1)
        let leader = street.settled()
        _ = leader.add(2)
        street.build(2, of: [1])
        for _ in 0..<18 { street.pass(50) }
        #expect(leader.voters == [1])
        #expect(street.wait { leader.voters == [1, 2] })
    }

    @Test func standsWhenItWasAskedTo() throws {
        let street = Street(3)
        let leader = street.settled()
        _ = leader.add(4, standing: true)
        street.build(4, of: [1, 2, 3])
        for _ in 0..<80 { street.pass(50) }
        #expect(leader.voters == [1, 2, 3])
        let stream = leader.ask(.memberPromote, MemberPromoteRequest(id: 4).encoded)
        street.pass(50)
        #expect(leader.types(stream) == [.response])
        #expect(leader.voters == [1, 2, 3, 4])
    }

    @Test func severalAreOnePromotedAfterTheOther() {
        let street = Street(1)
        let leader = street.settled()
        for id: UInt64 in 2...4 {
            _ = leader.add(id)
            street.build(id, of: [1])
            street.pass(50)
        }
        #expect(street.wait { leader.voters == [1, 2, 3, 4] })
    }

    @Test func oneThatIsAwayIsNotPromoted() {
        let street = Street(3)
        let leader = street.settled()
        _ = leader.add(4)
        for _ in 0..<80 { street.pass(50) }
        #expect(leader.voters == [1, 2, 3])
    }

    @Test func promotingAVoterIsNoMistake() throws {
        let street = Street(3)
        let leader = street.settled()
        let stream = leader.ask(.memberPromote, MemberPromoteRequest(id: 2).encoded)
        #expect(leader.types(stream) == [.response])
    }

    @Test func anAddressIsTakenOnce() throws {
        let street = Street(3)
        let leader = street.settled()
        let request = MemberAddRequest(name: "other", peerAddress: "p2")
        #expect(try leader.code(leader.ask(.memberAdd, request.encoded)) == .memberExists)
    }

    @Test func namesAndAddressesHaveTheirLimits() throws {
        let leader = Street(1).settled()
        let long = String(repeating: "x", count: Store::Limits.memberName + 1)
        let far = String(repeating: "x", count: Store::Limits.address + 1)
        let many = Array(repeating: "a", count: Store::Limits.clientAddresses + 1)
        for request in [
            MemberAddRequest(name: long, peerAddress: "p"),
            MemberAddRequest(name: "n", peerAddress: far),
            MemberAddRequest(name: "n", peerAddress: "p", clientAddresses: many),
        ] {
            #expect(try leader.code(leader.ask(.memberAdd, request.encoded)) == .invalidArgument)
        }
    }
}

@Suite struct AdmissionTests {
    /// The operator admits a machine; when it joins, it is told the same.
    @Test func joiningWhatWasAdmittedIsTheSame() throws {
        let street = Street(1)
        let leader = street.settled()
        let request = MemberAddRequest(name: "d", peerAddress: "pd")
        let first: MemberListResponse = try leader.answer(.memberAdd, request.encoded)
        let again: MemberListResponse = try leader.answer(.memberAdd, request.encoded)
        #expect(first.addedID != 0 && first.addedID == again.addedID)
        #expect(again.members.count == 2)
    }

    /// A wiped member that comes back under its old name does not get its old id.
    @Test func aWipedMemberDoesNotJoinUnderItsName() throws {
        let street = Street(3, births: true)
        let leader = street.settled()
        let request = MemberAddRequest(name: "m2", peerAddress: "p2")
        let stream = leader.ask(.memberAdd, request.encoded)
        #expect(try leader.code(stream) == .memberExists)
        #expect(try leader.words(stream).contains("martlet store member replace m2"))
    }

    @Test func anOlderProgramDoesNotJoin() throws {
        let street = Street(3)
        let leader = street.settled()
        #expect(leader.store.clusterVersion == .second)
        #expect(try leader.code(leader.add(4, version: 1)) == .versionTooLow)
    }

    @Test func anIdIsNotTakenTwice() throws {
        let street = Street(3)
        let leader = street.settled()
        let gone = try #require(street.others(than: leader).first)
        _ = leader.ask(.memberRemove, MemberRemoveRequest(id: gone.id).encoded)
        street.pass(50)
        street.pass(50)
        #expect(!leader.everybody.contains(gone.id))
        #expect(try leader.code(leader.add(gone.id)) == .memberExists)
    }
}

@Suite struct RemovalTests {
    /// Removing an unreachable member while another is away would leave two of three and need both.
    @Test func refusesWhenTooFewWouldBeLeft() throws {
        let street = Street(3)
        let leader = street.settled()
        let (away, alive) = (street.others(than: leader)[0], street.others(than: leader)[1])
        street.cutOff = [away.id]
        for _ in 0..<12 { street.pass(50) }
        let stream = leader.ask(.memberRemove, MemberRemoveRequest(id: alive.id).encoded)
        #expect(try leader.code(stream) == .quorumAtRisk)
        let words = try leader.words(stream)
        #expect(words.contains("of the 2 voters after it only 1"))
        #expect(words.contains("'m\(away.id)'"))
    }

    @Test func removesOneThatIsAwayWhileAnotherIsDown() {
        let street = Street(5)
        let leader = street.settled()
        let down = street.others(than: leader).prefix(2).map(\.id)
        street.cutOff = Set(down)
        for _ in 0..<12 { street.pass(50) }
        _ = leader.ask(.memberRemove, MemberRemoveRequest(id: down[0]).encoded)
        #expect(street.wait { leader.voters.count == 4 })
    }

    @Test func theLeaderMovesAwayFirst() throws {
        let street = Street(3)
        let leader = street.settled()
        let stream = leader.ask(.memberRemove, MemberRemoveRequest(id: leader.id).encoded)
        for _ in 0..<6 { street.pass(20) }
        #expect(try leader.code(stream) == .notLeader)
        let next = street.elect()
        #expect(next.id != leader.id)
        #expect(try leader.last(stream, as: WireError.self).leaderID == next.id)
        let again = next.ask(.memberRemove, MemberRemoveRequest(id: leader.id).encoded)
        for _ in 0..<6 { street.pass(50) }
        #expect(next.types(again) == [.response])
        #expect(leader.isRemoved && leader.store.role != .leader)
    }

    @Test func theOnlyVoterStays() throws {
        let leader = Street(1).settled()
        let stream = leader.ask(.memberRemove, MemberRemoveRequest(id: 1).encoded)
        #expect(try leader.code(stream) == .quorumAtRisk)
    }

    /// It was cut off when it was removed; when it comes back it is told, and nobody hears its votes.
    @Test func whoWasCutOffLearnsOfItWhenItComesBack() throws {
        let street = Street(3)
        let leader = street.settled()
        let gone = try #require(street.others(than: leader).first)
        street.cutOff = [gone.id]
        for _ in 0..<12 { street.pass(50) }
        _ = leader.ask(.memberRemove, MemberRemoveRequest(id: gone.id).encoded)
        #expect(street.wait { !leader.everybody.contains(gone.id) })
        for _ in 0..<20 { street.pass(50) }
        let term = leader.store.term
        street.cutOff = []
        for _ in 0..<20 { street.pass(50) }
        #expect(leader.dismissals.contains { $0.member.rawValue == gone.id })
        #expect(leader.dismissals.allSatisfy { $0.code == .memberRemoved })
        #expect(leader.store.term == term && leader.store.role == .leader)
        #expect(!gone.isRemoved)
    }

    @Test func onlySoManyAreRemembered() throws {
        let leader = Street(1).settled()
        for number in 0..<UInt64(Store::Limits.removedMembers + 5) {
            let before = Membership(members: [
                .init(id: MemberID(1)), .init(id: MemberID(1_000 + number)),
            ])
            leader.store.rememberRemoved(
                from: before, to: Membership(members: [.init(id: MemberID(1))]),
                at: LogIndex(rawValue: 100 + number))
        }
        #expect(leader.store.mvcc.facts(Fact.removals).count == Store::Limits.removedMembers)
        #expect(!leader.store.strangers.wasRemoved(MemberID(1_000)))
        #expect(leader.store.strangers.wasRemoved(MemberID(1_010)))
    }
}

@Suite struct IdentityTests {
    /// With an empty directory under its old id it would vote against what it promised.
    @Test func aWipedMemberDoesNotVoteAgain() throws {
        let street = Street(3, births: true)
        let leader = street.settled()
        leader.put("a", "1")
        street.settle()
        #expect(leader.store.strangers.birth(of: MemberID(leader.id)) == leader.id)
        let wiped = street.others(than: leader)[0]
        let other = street.others(than: leader)[1]
        street.pass(50)
        let fresh = Office(wiped.id, of: [1, 2, 3], birth: 99, life: 1)
        fresh.now = leader.now
        street.offices[Int(wiped.id) - 1] = fresh
        street.cutOff = [leader.id]
        for _ in 0..<40 { street.pass(50) }
        // Two of three are there, and must not go on.
        #expect(other.store.role != .leader)
        #expect(other.dismissals.contains { $0.code == .identityLost })
        street.cutOff = []
        #expect(street.wait { leader.store.role == .leader || other.store.role == .leader })
        for _ in 0..<20 { street.pass(50) }
        let seen = (leader.dismissals + other.dismissals).filter { $0.code == .identityLost }
        #expect(seen.allSatisfy { $0.member.rawValue == wiped.id })
        #expect(seen.first?.words.contains("member replace m\(wiped.id)") == true)
    }

    @Test func aRestartIsWelcome() {
        let street = Street(3, births: true)
        let leader = street.settled()
        for _ in 0..<20 { street.pass(50) }
        #expect(leader.store.strangers.birth(of: MemberID(2)) == 2)
        #expect(street.offices.allSatisfy { $0.dismissals.isEmpty })
    }

    /// Of two processes with one identity the second is refused, until the first is gone.
    @Test func twoMembersWithOneIdentity() {
        let office = Office(1, of: [1, 2, 3])
        let two = MemberID(2)
        #expect(office.store.called(by: two, incarnation: 7, connection: 1) == nil)
        #expect(office.store.called(by: two, incarnation: 7, connection: 2) == nil)
        let refused = office.store.called(by: two, incarnation: 8, connection: 3)
        #expect(refused?.code == .identityTaken)
        #expect(refused?.words.contains("'m2'") == true)
        office.store.calledOff(connection: 1)
        #expect(office.store.called(by: two, incarnation: 8, connection: 4) != nil)
        office.store.calledOff(connection: 2)
        #expect(office.store.called(by: two, incarnation: 8, connection: 5) == nil)
        #expect(office.store.called(by: MemberID(3), incarnation: 7, connection: 6) == nil)
    }

    /// A copy of our own directory calls us.
    @Test func aTwinOfOursIsRefused() {
        let office = Office(1, of: [1, 2])
        let refused = office.store.called(by: MemberID(1), incarnation: 99, connection: 1)
        #expect(refused?.code == .identityTaken)
    }
}

@Suite struct AddressTests {
    @Test func theOperatorChangesThem() throws {
        let street = Street(3)
        let leader = street.settled()
        let request = MemberUpdateRequest(
            id: 2, name: "neu", peerAddress: "q2", clientAddresses: ["d2", "e2"])
        let stream = leader.ask(.memberUpdate, request.encoded)
        street.pass(50)
        #expect(leader.types(stream) == [.response])
        for office in street.offices {
            let member = try #require(office.store.members.first { $0.id.rawValue == 2 })
            #expect(member.name == "neu" && member.peerAddress == "q2")
            #expect(member.clientAddresses == ["d2", "e2"] && !member.isLearner)
        }
        let taken = MemberUpdateRequest(id: 3, peerAddress: "q2")
        #expect(try leader.code(leader.ask(.memberUpdate, taken.encoded)) == .memberExists)
        let nobody = MemberUpdateRequest(id: 77, name: "x")
        #expect(try leader.code(leader.ask(.memberUpdate, nobody.encoded)) == .memberNotFound)
    }

    @Test func aMemberThatMovedTellsItself() throws {
        let street = Street(3)
        let leader = street.settled()
        let moved = street.others(than: leader)[0]
        var settings = Store::Settings()
        settings.peerAddress = "elsewhere"
        settings.clientAddresses = ["there"]
        street.restart(moved.id, settings)
        #expect(
            street.wait {
                street.offices.allSatisfy { office in
                    office.store.members.contains {
                        $0.id.rawValue == moved.id && $0.peerAddress == "elsewhere"
                            && $0.clientAddresses == ["there"]
                    }
                }
            })
    }

    /// Others call it at the new place at once, even with nobody to write it down.
    @Test func theNewPlaceIsUsedWithoutALeader() throws {
        let street = Street(3)
        let leader = street.settled()
        let moved = street.others(than: leader)[0]
        let other = street.others(than: leader)[1]
        street.cutOff = [leader.id]
        var settings = Store::Settings()
        settings.peerAddress = "elsewhere"
        street.restart(moved.id, settings)
        street.deliver()
        street.pass(10)
        let peer = try #require(other.store.peers.first { $0.id.rawValue == moved.id })
        #expect(peer.peerAddress == "elsewhere")
    }

    /// It says so of itself, and may not take another's place.
    @Test func nobodyTakesAnothersAddress() throws {
        let street = Street(3)
        let leader = street.settled()
        let moved = street.others(than: leader)[0]
        var settings = Store::Settings()
        settings.peerAddress = "p\(leader.id)"
        street.restart(moved.id, settings)
        for _ in 0..<60 { street.pass(50) }
        let member = try #require(leader.store.members.first { $0.id.rawValue == moved.id })
        #expect(member.peerAddress == "p\(moved.id)")
    }
}

extension Street {
    /// The member stops and starts with other settings; its disk stays as it is.
    func restart(_ id: UInt64, _ settings: Store::Settings) {
        self[id].finishAll()
        offices[Int(id) - 1] = self[id].restarted(settings)
    }
}

@Suite struct ReplacementTests {
    private func replace(
        _ leader: Office, _ old: UInt64, name: String = "new", peer: String = "pn"
    ) -> UInt32 {
        leader.ask(
            .memberReplace,
            MemberReplaceRequest(oldID: old, name: name, peerAddress: peer, newID: 4).encoded)
    }

    @Test func aDeadMemberIsReplacedByOneCommand() throws {
        let street = Street(3, births: true)
        let leader = street.settled()
        let dead = street.others(than: leader)[0]
        street.cutOff = [dead.id]
        for _ in 0..<12 { street.pass(50) }
        let stream = replace(leader, dead.id)
        street.pass(50)
        let answer = try leader.last(stream, as: MemberListResponse.self)
        #expect(answer.replacement?.oldID == dead.id && answer.addedID == 4)
        street.build(4, of: [1, 2, 3], birth: 4)
        #expect(street.wait { leader.voters == [1, 2, 3, 4].filter { $0 != dead.id } })
        #expect(street.wait { leader.store.replacement == nil })
        #expect(leader.store.strangers.wasRemoved(MemberID(dead.id)))
        street.cutOff = []
        for _ in 0..<10 { street.pass(50) }
        #expect(leader.dismissals.contains { $0.code == .memberRemoved })
    }

    /// The plan is in the log: whoever leads goes on with it.
    @Test func goesOnUnderTheNextLeader() throws {
        let street = Street(5)
        let leader = street.settled()
        let dead = street.others(than: leader)[0]
        street.cutOff = [dead.id]
        leader.ask(
            .memberReplace,
            MemberReplaceRequest(oldID: dead.id, name: "n", peerAddress: "pn", newID: 6).encoded)
        street.pass(50)
        street.pass(50)
        street.cutOff = [dead.id, leader.id]
        street.build(6, of: [1, 2, 3, 4, 5])
        let next = street.elect()
        #expect(next.id != leader.id)
        #expect(next.store.replacement != nil)
        #expect(street.wait { next.voters.contains(6) && !next.voters.contains(dead.id) })
        #expect(next.voters.count == 5)
    }

    @Test func canBeGivenUp() throws {
        let street = Street(3)
        let leader = street.settled()
        let old = street.others(than: leader)[0].id
        _ = replace(leader, old)
        #expect(street.wait { leader.everybody.contains(4) })
        let remove = leader.ask(.memberRemove, MemberRemoveRequest(id: 4).encoded)
        #expect(try leader.code(remove) == .membershipBusy)
        let stream = leader.ask(.memberReplace, MemberReplaceRequest(giveUp: true).encoded)
        street.pass(50)
        #expect(leader.types(stream) == [.response])
        #expect(street.wait { leader.store.replacement == nil })
        #expect(leader.voters == [1, 2, 3] && leader.everybody == [1, 2, 3])
    }

    @Test func oneAtATimeAndOnlyOfMembers() throws {
        let street = Street(3)
        let leader = street.settled()
        let nobody = replace(leader, 77)
        street.pass(50)
        #expect(try leader.code(nobody) == .memberNotFound)
        let nothing = leader.ask(.memberReplace, MemberReplaceRequest(giveUp: true).encoded)
        street.pass(50)
        #expect(try leader.code(nothing) == .memberNotFound)
        let taken = replace(leader, 2, name: "m3")
        street.pass(50)
        #expect(try leader.code(taken) == .memberExists)
        _ = replace(leader, 2)
        let second = replace(leader, 3)
        street.pass(50)
        #expect(try leader.code(second) == .membershipBusy)
    }

    /// The machine is the same, its data is lost: name and address may stay.
    @Test func aWipedMachineComesBackAsAnother() throws {
        let street = Street(3, births: true)
        let leader = street.settled()
        let wiped = street.others(than: leader)[0]
        street.cutOff = [wiped.id]
        for _ in 0..<12 { street.pass(50) }
        _ = replace(leader, wiped.id, name: "m\(wiped.id)", peer: "p\(wiped.id)")
        #expect(street.wait { leader.everybody.contains(4) })
        let request = MemberAddRequest(name: "m\(wiped.id)", peerAddress: "p\(wiped.id)")
        let stream = leader.ask(.memberAdd, request.encoded)
        #expect(try leader.last(stream, as: MemberListResponse.self).addedID == 4)
    }

    @Test func theLeaderItselfIsReplaced() throws {
        let street = Street(3)
        let leader = street.settled()
        _ = replace(leader, leader.id)
        street.build(4, of: [1, 2, 3])
        #expect(
            street.wait { street[4].voters.count == 3 && !street[4].voters.contains(leader.id) })
        #expect(leader.isRemoved)
    }
}
