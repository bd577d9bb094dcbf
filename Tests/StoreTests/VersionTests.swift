import Journal
import MVCC
import Raft
import Testing
import Units
import Wire

@testable import Store

@Suite struct VersionTests {
    private func settings(_ version: UInt32) -> Store::Settings {
        var settings = Store::Settings()
        settings.supportedVersion = ClusterVersion(rawValue: version)
        return settings
    }

    /// Members of 0.2 beside one of 0.1, until that one is upgraded.
    @Test func aMixedClusterHoldsBackWhatIsNew() throws {
        let street = Street(3)
        street.restart(3, settings(1))
        let leader = street.electOne(of: [1, 2])
        for _ in 0..<6 { street.pass(50) }
        #expect(street.offices.allSatisfy { $0.store.clusterVersion == .first })
        let put = leader.put("a", "1")
        let request = MemberReplaceRequest(oldID: 3, name: "n", peerAddress: "pn")
        let early = leader.ask(.memberReplace, request.encoded)
        for _ in 0..<4 { street.pass(50) }
        #expect(leader.types(put) == [.response])
        #expect(try leader.code(early) == .versionTooLow)
        #expect(Set(street.offices.map(\.store.digest)).count == 1)

        street.restart(3, settings(2))
        #expect(street.wait { street.offices.allSatisfy { $0.store.clusterVersion == .second } })
        let late = street.elect().ask(.memberReplace, request.encoded)
        for _ in 0..<4 { street.pass(50) }
        #expect(street.elect().types(late) == [.response])
        #expect(Set(street.offices.map(\.store.digest)).count == 1)
    }

    @Test func isKeptOverARestartAndASnapshot() {
        let office = Office()
        office.lead()
        #expect(office.store.clusterVersion == .second)
        let again = office.restarted(.init())
        again.lead()
        #expect(again.store.clusterVersion == .second)
    }

    /// A member that was left out when the version rose is not listened to.
    @Test func anOlderMemberIsTurnedAway() {
        let street = Street(3)
        let leader = street.settled()
        let old = street.others(than: leader)[0]
        street.restart(old.id, settings(1))
        for _ in 0..<10 { street.pass(50) }
        #expect(leader.dismissals.contains { $0.code == .versionTooLow })
    }

    @Test func tellsWhoKnowsWhat() throws {
        let street = Street(3)
        let leader = street.settled()
        let answer: ClusterVersionResponse = try leader.answer(
            .clusterVersion, ClusterVersionRequest(downgradeTo: 1).encoded)
        #expect(answer.clusterVersion == 2)
        #expect(answer.members.map(\.supported) == [2, 2, 2])
        #expect(answer.objection.contains("export"))
        let same: ClusterVersionResponse = try leader.answer(
            .clusterVersion, ClusterVersionRequest(downgradeTo: 2).encoded)
        #expect(same.objection.isEmpty)
    }

    // MARK: What this program does not know

    private func append(_ entries: [EntryMessage], to office: Office) {
        let message = PeerMessage(
            from: 2, to: 1, term: 1, version: 2,
            body: .appendRequest(Wire::AppendRequest(commit: 1, entries: entries)))
        office.store.receive(message.encoded.span, at: office.now)
        office.turn()
        office.finishAll()
    }

    @Test func anEntryOfAnUnknownKindStopsTheMember() throws {
        let office = Office(1, of: [1, 2])
        append([EntryMessage(term: 1, index: 1, kind: .unrecognized(9))], to: office)
        let words = try #require(office.halted)
        #expect(words.contains("entry 1") && words.contains("kind of entry 9"))
        #expect(office.store.appliedIndex == .zero)
    }

    @Test(arguments: [60_000, 0x10FF]) func anUnknownMethodStopsTheMember(_ method: UInt32) throws {
        let office = Office(1, of: [1, 2])
        var batch = Batch()
        batch.append(method, [UInt8]().span)
        let payload = batch.payload(origin: 5, first: 1)
        append([EntryMessage(term: 1, index: 1, kind: .commands, payload: payload)], to: office)
        #expect(try #require(office.halted).contains("a method \(method)"))
        #expect(office.store.appliedIndex == .zero)
    }

    @Test func aVersionBeyondOursStopsTheMember() throws {
        let office = Office(1, of: [1, 2])
        var batch = Batch()
        batch.append(InternalMethod.clusterVersion, [3, 0, 0, 0].span)
        let payload = batch.payload(origin: 5, first: 1)
        append([EntryMessage(term: 1, index: 1, kind: .commands, payload: payload)], to: office)
        #expect(try #require(office.halted).contains("0.3"))
    }

    @Test func aLogOfANewerProgramIsNoticed() {
        let known = Journal.Record(kind: 2, term: 1, index: 1, payload: [])
        let newer = Journal.Record(kind: 3, term: 1, index: 2, payload: [])
        #expect(Store.unknown(among: [known]) == nil)
        #expect(Store.unknown(among: [known, newer]) == 2)
    }
}

extension Street {
    func electOne(of wanted: Set<UInt64>) -> Office {
        let cut = cutOff
        cutOff = cut.union(offices.map(\.id).filter { !wanted.contains($0) })
        let leader = elect()
        cutOff = cut
        return leader
    }
}
