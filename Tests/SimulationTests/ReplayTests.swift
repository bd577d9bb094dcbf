import Store
import Testing
import Units
import Wire

@testable import Simulation

@Suite struct ReplayTests {
    /// What real members were given in a world of faults, given again to fresh ones, makes them decide
    /// the same, turn by turn.
    @Test(arguments: [11, 12, 13, 14] as [UInt64]) func membersDecideAgainAsTheyDid(
        seed: UInt64
    ) throws {
        let recordings = try ReplayTests.recordings(seed)
        #expect(!recordings.isEmpty)
        for recording in recordings where recording.isWhole {
            let report = Replay.run(recording)
            #expect(report.outcome == .same, "seed \(seed): \(report.text)")
        }
        for one in recordings {
            for other in recordings { #expect(Replay.difference(one, other) == nil) }
        }
    }

    private static func recordings(_ seed: UInt64) throws -> [Recording] {
        var options = Simulation.Options(
            seed: seed, members: 3, clients: 3, duration: .milliseconds(1_500))
        options.recordingBytes = 64 << 20
        return try Simulation.run(options).recordings.map { try Recording($0) }
    }

    @Test func mostRecordingsAreWhole() throws {
        let recordings = try ReplayTests.recordings(11)
        #expect(recordings.contains { $0.isWhole })
        #expect(recordings.contains { $0.events.count > 100 })
    }

    @Test func anotherRequestMakesAnotherDecision() throws {
        let recordings = try ReplayTests.recordings(12)
        let put = UInt32(bitPattern: Wire::Method.put.rawValue)
        var changed = false
        for var recording in recordings where recording.isWhole {
            let place = recording.events.firstIndex { event in
                if case .request(_, _, put, _, let body) = event.what {
                    body.count > 8
                } else {
                    false
                }
            }
            guard let place,
                case .request(let session, let stream, _, let within, var body) =
                    recording.events[place].what
            else { continue }
            changed = true
            body[body.count - 1] ^= 1
            recording.events[place].what = .request(
                session, stream: stream, method: put, within: within, body: body)
            guard case .differs = Replay.run(recording).outcome else {
                Issue.record("a changed request made no difference")
                continue
            }
        }
        #expect(changed)
    }

    @Test func whatCanNeverBeIsTold() throws {
        var recording = try ReplayTests.recordings(13)[0]
        recording.isWhole = false
        #expect(Replay.run(recording).outcome == .checked)
        let place = try #require(recording.events.lastIndex { $0.isTurn })
        recording.events[place].what = .turn(fingerprint: 0, applied: 0, term: 99, digest: 0)
        guard case .broken(let why) = Replay.run(recording).outcome else {
            Issue.record("an applied index that falls was not found")
            return
        }
        #expect(why.contains("falls"))
    }

    @Test func eventsAreLinesForPeople() throws {
        let recording = try ReplayTests.recordings(14)[0]
        var lines: [String] = []
        _ = Replay.run(recording) { lines.append($0) }
        #expect(lines.count == recording.events.count)
        #expect(lines.first?.hasPrefix("+0.000000 ") == true)
        #expect(lines.contains { $0.contains("turn ends: term ") })
        #expect(lines.contains { $0.contains(" message of ") })
    }
}
