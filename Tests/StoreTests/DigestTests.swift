import MVCC
import Raft
import Testing
import Units
import Wire

@testable import Store

/// Members that hold different data find out, and the one that is wrong is mended.
@Suite struct DigestTests {
    private let settings = Store::Settings(
        trailingLogBytes: 0, digestEntries: 10, digestInterval: .seconds(5))

    /// Changes the state of one member alone, as a fault in its memory would.
    private func spoil(_ office: Office, _ value: String = "spoilt") {
        office.store.mvcc.setRecord(.facts, Array("odd".utf8).span, Array(value.utf8))
    }

    private func write(_ street: Street, _ leader: Office, _ count: Int) {
        for number in 0..<count {
            leader.put("k\(number)", "v\(number)")
            street.settle()
        }
    }

    private func pass(_ street: Street, seconds: Int) {
        for _ in 0..<seconds * 20 { street.pass(50) }
    }

    @Test func equalMembersRaiseNoAlarm() {
        let street = Street(3, settings: settings)
        let leader = street.elect()
        write(street, leader, 25)
        pass(street, seconds: 1)
        let notes = street.offices.map(\.store.digests.notes)
        #expect(notes[0].count >= 2)
        #expect(notes.allSatisfy { $0 == notes[0] })
        #expect(leader.store.alarms.isEmpty && leader.store.digests.round == nil)
    }

    @Test func aMarkIsPutAfterSomeTimeOnlyWhenThereIsTraffic() {
        let street = Street(3, settings: settings)
        let leader = street.elect()
        pass(street, seconds: 12)
        let applied = leader.store.appliedIndex
        pass(street, seconds: 20)
        #expect(leader.store.appliedIndex == applied)
        write(street, leader, 1)
        pass(street, seconds: 6)
        #expect(leader.store.appliedIndex.rawValue == applied.rawValue + 2)
    }

    @Test func whoDiffersFromTheMajorityIsMendedByASnapshot() throws {
        let street = Street(3, settings: settings)
        let leader = street.elect()
        let odd = try #require(street.offices.first { $0.id != leader.id })
        write(street, leader, 5)
        spoil(odd)
        write(street, leader, 12)
        #expect(odd.store.health == .suspect)
        #expect(leader.store.alarms.map(\.member) == [odd.id])
        #expect(leader.store.alarms.map(\.kind) == [.corrupt])
        let asked = odd.ask(.range, RangeRequest(key: [107], serializable: true).encoded)
        #expect(try odd.code(asked) == .noLeader)
        write(street, leader, 3)
        pass(street, seconds: 8)
        #expect(odd.store.health == .sound)
        #expect(odd.store.digest == leader.store.digest)
        #expect(odd.store.appliedIndex == leader.store.appliedIndex)
        #expect(street.offices.allSatisfy { $0.store.alarms.isEmpty })
        #expect(try odd.get("k11") == "v11")
    }

    @Test func aLeaderThatDiffersHandsOverAndIsMended() throws {
        let street = Street(3, settings: settings)
        let odd = street.elect()
        write(street, odd, 5)
        spoil(odd)
        write(street, odd, 12)
        let leader = street.elect()
        #expect(leader.id != odd.id && odd.store.health == .suspect)
        pass(street, seconds: 10)
        #expect(odd.store.health == .sound && odd.store.digest == leader.store.digest)
        #expect(leader.store.alarms.isEmpty)
    }

    @Test func withoutAMajorityNobodyIsTrustedToMendAnother() throws {
        let street = Street(2, settings: settings)
        let leader = street.elect()
        write(street, leader, 5)
        spoil(street.offices[1])
        write(street, leader, 12)
        pass(street, seconds: 12)
        #expect(leader.store.alarms.map(\.member) == [0])
        #expect(street.offices.allSatisfy { $0.store.health == .sound })
    }

    @Test func silenceForLongIsAnAlarmAndGoesWithTheSilence() throws {
        let street = Street(3, settings: settings)
        let leader = street.elect()
        let away = try #require(street.offices.first { $0.id != leader.id })
        street.cutOff = [away.id]
        for _ in 0..<64 {
            write(street, leader, 1)
            for _ in 0..<50 { street.pass(200) }
        }
        #expect(leader.store.alarms.map(\.kind) == [.digestUnchecked])
        #expect(leader.store.alarms.map(\.member) == [away.id])
        street.cutOff = []
        pass(street, seconds: 2)
        write(street, leader, 11)
        pass(street, seconds: 12)
        #expect(leader.store.alarms.isEmpty)
    }

    @Test func aReportThatGotLostIsAskedForAgain() throws {
        let street = Street(3, settings: settings)
        let leader = street.elect()
        write(street, leader, 9)
        leader.put("last", "x")
        for _ in 0..<6 {
            for office in street.offices { office.finishAll() }
            street.deliver()
            for office in street.offices where office.id != leader.id {
                office.mail.removeAll { letter in
                    let message = try? PeerMessage(decoding: letter.bytes.span)
                    if case .digestReport? = message?.body { return true }
                    return false
                }
            }
        }
        pass(street, seconds: 3)
        #expect(!leader.store.digests.notes.isEmpty)
        #expect(leader.store.digests.round == nil && leader.store.alarms.isEmpty)
    }

    /// A member that crashed before it was mended doubts itself from the start.
    @Test func theAlarmIsRememberedOverARestart() throws {
        let office = Office(1, of: [1, 2, 3])
        let body = AlarmRecord.command(raise: true, .corrupt, 1, "it differs")
        office.store.changeAlarm(body.span)
        #expect(office.store.health == .suspect)
        var again = Office(1, of: [1, 2, 3]).store
        again.mvcc = office.store.mvcc
        again.doubtIfAlarmed()
        #expect(again.health == .suspect)
    }

    @Test func aSingleMemberIsNeverDoubted() {
        let office = Office()
        office.lead()
        office.store.doubt(since: 1)
        #expect(office.store.health == .sound)
    }

    /// Any digests, any silences: who is told to differ does, and a majority stands behind it.
    @Test(arguments: UInt64(1)...50) func verdictsNeedAMajority(seed: UInt64) {
        var chance = Chance(seed: seed, name: "verdict")
        let voters = (1...(1 + chance.below(7))).map { MemberID($0) }
        var reports: [Digests.Report] = []
        for member in voters + [MemberID(99)] where chance.below(4) > 0 {
            reports.append(.init(member: member, digest: chance.below(3)))
        }
        let verdict = DigestVerdict(reports, voters: voters)
        for report in reports {
            let (member, digest) = (report.member, report.digest)
            let backers = reports.count { $0.digest == digest && voters.contains($0.member) }
            switch verdict.of(member) {
            case .agrees: #expect(backers > voters.count / 2)
            case .differs:
                #expect(backers <= voters.count / 2)
                #expect(
                    reports.count { $0.digest == verdict.majority && voters.contains($0.member) }
                        > voters.count / 2)
            case .unknown: #expect(verdict.majority == nil)
            }
        }
        #expect(verdict.of(MemberID(98)) == .unknown)
    }
}

@Suite struct DigestCallTests {
    @Test func isEqualOnMembersAtARevisionWhateverCameLater() throws {
        let street = Street(3)
        let leader = street.elect()
        for number in 0..<50 { leader.put("k\(number)", String(repeating: "x", count: 20_000)) }
        street.settle()
        street.pass(60)
        let revision = leader.store.revision.rawValue
        let other = try #require(street.offices.first { $0.id != leader.id })
        leader.put("later", "y")
        street.settle()
        var answers: [DigestResponse] = []
        for office in [leader, other] {
            let stream: UInt32 = 7_000
            office.store.request(
                session: SessionID(rawValue: 1), stream: stream,
                method: UInt32(bitPattern: Wire::Method.digest.rawValue), deadline: nil,
                body: DigestRequest(keys: true, revision: revision).encoded.span, at: office.now)
            office.endTurn()
            #expect(office.types(stream) == [] && office.store.wantsTurn)
            office.turn()
            answers.append(try office.last(stream))
        }
        #expect(answers[0].keys == 50 && answers[0].keysDigest == answers[1].keysDigest)
        #expect(answers[0].keysDigest != 0 && answers[0].revision == revision)
    }

    @Test func saysWhatItCannotDo() throws {
        let office = Office()
        office.lead()
        var stream = office.ask(.digest, DigestRequest(keys: true, revision: 99).encoded)
        office.turn()
        #expect(try office.code(stream) == .futureRevision)
        stream = office.ask(.digest, DigestRequest(keys: true, revision: -1).encoded)
        #expect(try office.code(stream) == .invalidArgument)
    }

    @Test func onlySoManyAtOneTime() throws {
        let office = Office()
        office.lead()
        for _ in 0..<30 {
            office.put(
                "k\(office.store.revision.rawValue)", "\(String(repeating: "x", count: 60_000))")
            office.finishAll()
        }
        var last: UInt32 = 0
        for _ in 0...Store::Limits.digestWalks {
            last += 1
            office.store.request(
                session: SessionID(rawValue: 1), stream: 1000 + last, method: 129, deadline: nil,
                body: DigestRequest(keys: true).encoded.span, at: office.now)
        }
        for _ in 0..<10 { office.turn() }
        #expect(try office.code(1000 + last) == .overloaded)
        #expect(office.types(1001) == [.response])
    }
}

@Suite struct AlarmTests {
    @Test func areListedAndClearedByCall() throws {
        let office = Office()
        office.lead()
        office.store.raise(.disk, 1, "full")
        office.turn()
        office.finishAll()
        var answer: AlarmsResponse = try office.answer(.alarms, AlarmsRequest().encoded)
        #expect(answer.alarms.map(\.words) == ["full"] && answer.alarms[0].index > 0)
        answer = try office.answer(
            .alarms, AlarmsRequest(action: .clear, kind: .disk, member: 1).encoded)
        #expect(answer.alarms.isEmpty && office.store.alarms.isEmpty)
        let stream = office.ask(.alarms, AlarmsRequest(action: .clear).encoded)
        #expect(try office.code(stream) == .invalidArgument)
    }

    @Test func keepTheirAgeWhenTheirWordsChange() {
        var store = Office().store
        store.changeAlarm(AlarmRecord.command(raise: true, .corrupt, 9, "one").span)
        let since = store.alarms[0].since
        store.mvcc.begin(clusterTime: Instant(nanoseconds: 5_000_000_000))
        store.changeAlarm(AlarmRecord.command(raise: true, .corrupt, 9, "two").span)
        #expect(store.alarms.map(\.words) == ["two"] && store.alarms[0].since == since)
    }

    @Test func haveLimits() {
        let office = Office()
        office.lead()
        office.store.raise(.corrupt, 5, String(repeating: "w", count: 2 * Store::Limits.alarmWords))
        office.turn()
        office.finishAll()
        #expect(office.store.alarms[0].words.utf8.count == Store::Limits.alarmWords)
        for member in 0..<UInt64(Store::Limits.alarms) {
            office.store.changeAlarm(AlarmRecord.command(raise: true, .disk, member, "w").span)
        }
        let count = office.store.alarms.count
        office.store.raise(.disk, 1 << 40, "one more")
        office.turn()
        office.finishAll()
        #expect(office.store.alarms.count == count)
    }

    /// Bodies that no leader writes change nothing that cannot be read back.
    @Test(arguments: UInt64(1)...20) func anyCommandIsTakenWithoutHarm(seed: UInt64) {
        var chance = Chance(seed: seed, name: "alarm")
        var store = Office().store
        for _ in 0..<50 {
            let body = (0..<chance.below(40)).map { _ in UInt8(chance.below(3)) }
            store.changeAlarm(body.span)
        }
        for alarm in store.alarms { #expect(store.alarm(alarm.kind, alarm.member) == alarm) }
    }

    @Test func aMemberRemembersItsDigestAtSoManyMarks() {
        var digests = Digests(applied: 0)
        for index in 1...UInt64(Store::Limits.digestNotes + 3) { digests.note(index, index) }
        #expect(digests.notes.count == Store::Limits.digestNotes)
        #expect(digests.note(at: 3) == nil && digests.note(at: 4)?.digest == 4)
    }
}
