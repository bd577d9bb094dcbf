import Journal
import MVCC
import Raft
import Testing
import Units
import Wire

@testable import Store

/// When what is read again, how fast, and what follows from damage.
@Suite struct ScrubbingTests {
    private func office(_ rate: UInt64 = 1 << 20) -> Office {
        let office = Office(settings: .init(scrub: .bytesPerSecond(rate)))
        office.lead()
        return office
    }

    /// The next part that is wanted, if it is wanted within a time.
    private func job(_ office: Office, within seconds: UInt64 = 100) -> ScrubJob? {
        for _ in 0..<seconds * 2 {
            if let job = office.scrubs.popLast() { return job }
            office.pass(500)
        }
        return nil
    }

    private func answer(
        _ office: Office, _ job: ScrubJob, _ found: ScrubFound = .init(bytes: 1000, checked: 1)
    ) {
        switch job {
        case .log: office.step(.scrubbed(found, .log(next: nil)))
        case .state: office.step(.scrubbed(found, .state(next: [])))
        }
    }

    @Test func goesThroughLogAndStateOnceADay() throws {
        let office = office()
        let first = try #require(job(office))
        guard case .log(1, nil, let through, Store::Limits.scrubPart) = first else {
            return #expect(Bool(false), "the log comes first")
        }
        #expect(through >= 1 && through <= office.store.journal.lastGroup)
        answer(office, first)
        let second = try #require(job(office))
        #expect(second == .state(from: [], limit: Store::Limits.scrubPart))
        office.step(.scrubbed(.init(bytes: 5, checked: 2), .state(next: [1, 2])))
        let third = try #require(job(office))
        #expect(third == .state(from: [1, 2], limit: Store::Limits.scrubPart))
        answer(office, third)
        #expect(office.store.scrub.passes == 1 && office.store.scrub.work == nil)
        #expect(office.store.scrub.last?.bytes == 2005)
        #expect(office.store.scrub.due >= office.now + Store::Limits.scrubPause)
        #expect(job(office, within: 3600) == nil)
    }

    @Test func keepsToItsRate() throws {
        let office = office(1000)
        let first = try #require(job(office))
        let began = office.now
        answer(office, first, .init(bytes: 20_000, checked: 1))
        _ = try #require(job(office))
        #expect(office.now.since(began) >= .seconds(20))
    }

    @Test func isOffWhenSwitchedOffAndStillDoneOnDemand() throws {
        let office = Office(settings: .init(scrub: .off))
        office.lead()
        #expect(job(office) == nil)
        let answered: ScrubResponse = try office.answer(.scrub, ScrubRequest(now: true).encoded)
        #expect(answered.running && answered.rate == 0)
        while let next = job(office, within: 1) { answer(office, next) }
        let later: ScrubResponse = try office.answer(.scrub, ScrubRequest().encoded)
        #expect(later.passes == 1 && later.bytes == 2000 && !later.running)
        #expect(job(office) == nil)
    }

    @Test func aDayIsEnoughForADisk() {
        var store = Office(settings: .init(scrub: .daily)).store
        #expect(store.scrubRate == Store::Limits.slowestScrub)
        store.process.diskBytes = 86_400 << 20
        #expect(store.scrubRate == 1 << 20)
    }

    @Test func aFailureToReadIsTriedAgainLater() throws {
        let office = office()
        let first = try #require(job(office))
        office.step(.scrubbed(.init(), .failed))
        #expect(job(office, within: 55) == nil)
        #expect(job(office) == first)
    }

    @Test func damageInTheLogGoesWithTheNextCheckpoint() throws {
        let office = office()
        for number in 0..<5 {
            office.put("k\(number)", "v")
            office.finishAll()
        }
        let first = try #require(job(office))
        answer(office, first, .init(bytes: 1, damaged: 1, words: "log segment 1 is damaged"))
        #expect(office.store.scrub.bad == 1)
        // The next write begins another segment, and a checkpoint holds the rest.
        office.put("next", "v")
        office.finishAll()
        for _ in 0..<10 {
            office.pass(1000)
            office.finishAll()
        }
        #expect(office.store.journal.segments == [2])
        #expect(office.store.scrub.bad == nil && office.store.health == .sound)
        #expect(try office.get("k4") == "v")
        let answered: ScrubResponse = try office.answer(.scrub, ScrubRequest().encoded)
        #expect(answered.damage.count == 2)
    }

    @Test func damageInTheStateOfASingleMemberIsAnAlarm() throws {
        let office = office()
        answer(office, try #require(job(office)))
        answer(office, try #require(job(office)), .init(bytes: 1, damaged: 1, words: "a record"))
        office.finishAll()
        #expect(office.store.health == .sound)
        #expect(office.store.alarms.map(\.kind) == [.corrupt])
        #expect(office.store.alarms[0].words.contains("restore a backup"))
    }

    @Test func damageInTheStateOfAMemberIsMendedByTheOthers() throws {
        let street = Street(3, settings: .init(trailingLogBytes: 0))
        let leader = street.elect()
        let odd = try #require(street.offices.first { $0.id != leader.id })
        for number in 0..<5 {
            leader.put("k\(number)", "v\(number)")
            street.settle()
        }
        odd.step(.stateDamaged("a record of the state"))
        #expect(odd.store.health == .suspect)
        for _ in 0..<200 { street.pass(50) }
        #expect(odd.store.health == .sound && odd.store.digest == leader.store.digest)
        #expect(street.offices.allSatisfy { $0.store.alarms.isEmpty })
        #expect(try odd.get("k4") == "v4")
    }

    @Test func aLeaderWhoseStateIsDamagedHandsOver() throws {
        let street = Street(3, settings: .init(trailingLogBytes: 0))
        let odd = street.elect()
        odd.put("a", "1")
        street.settle()
        odd.step(.stateDamaged("a record of the state"))
        for _ in 0..<200 { street.pass(50) }
        let leader = street.elect()
        #expect(odd.store.health == .sound && leader.id != odd.id)
        #expect(odd.store.digest == leader.store.digest)
        #expect(try odd.get("a") == "1")
    }

    @Test func remembersSoManyLinesOfDamage() {
        var scrub = Scrub()
        for number in 0..<Store::Limits.scrubDamage + 5 { scrub.note("line \(number)") }
        #expect(scrub.damage.count == Store::Limits.scrubDamage && scrub.damage[0] == "line 5")
    }
}
