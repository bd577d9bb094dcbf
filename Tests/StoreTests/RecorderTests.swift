import Raft
import Testing
import Units
import Wire

@testable import Store

@Suite struct RecorderTests {
    private func busy(_ settings: Store::Settings = .init()) -> Office {
        let office = Office(settings: settings)
        office.lead()
        for number in 0..<20 { office.put("k\(number)", "value \(number)") }
        office.finishAll()
        office.ask(.watch, WatchRequest(key: [107], rangeEnd: [108]).encoded)
        office.pass(30)
        office.finishAll()
        return office
    }

    @Test func isReadBackAsItWas() throws {
        let office = busy()
        let recording = try Recording(office.store.recording)
        #expect(recording.isWhole && recording.lost == 0)
        #expect(recording.head.identity == office.store.identity)
        #expect(recording.head.settings == office.store.settings)
        #expect(recording.head.seed == 1 && recording.head.incarnation == 1 << 32)
        let puts = recording.events.compactMap { event -> [UInt8]? in
            guard case .request(_, _, 1, _, let body) = event.what else { return nil }
            return body
        }
        #expect(puts.count == 20)
        let fourth = puts[3]
        let put = try PutRequest(decoding: fourth.span)
        #expect(put.value == Array("value 3".utf8))
        #expect(recording.events.last?.at == office.now)
        guard case .turn(let fingerprint, let applied, _, let digest)? = recording.events.last?.what
        else {
            Issue.record("the last event is no turn")
            return
        }
        #expect(fingerprint == office.store.fingerprint)
        #expect(applied == office.store.appliedIndex.rawValue && digest == office.store.digest)
    }

    @Test func memoryIsBounded() throws {
        var settings = Store::Settings()
        settings.recordingBytes = 1 << 20
        let office = Office(settings: settings)
        office.lead()
        let value = [UInt8](repeating: 7, count: 100_000)
        for _ in 0..<40 {
            office.ask(.put, PutRequest(key: [1], value: value).encoded)
            office.finishAll()
        }
        #expect(office.store.recorder.byteCount <= 1 << 20)
        let recording = try Recording(office.store.recording)
        #expect(!recording.isWhole && recording.lost > 0)
        #expect(recording.head.state.isEmpty && recording.events.count > 10)
    }

    @Test func atMost65536Events() throws {
        let office = Office()
        office.lead()
        for _ in 0..<70_000 { office.store.step(.tick, at: office.now) }
        #expect(office.store.recorder.count <= Limits.recordedEvents)
        #expect(office.store.recorder.count > Limits.recordedEvents * 9 / 10)
        let recording = try Recording(office.store.recording)
        #expect(recording.events.count == office.store.recorder.count)
        #expect(recording.lost + UInt64(recording.events.count) > 70_000)
    }

    @Test func canBeTurnedOff() throws {
        var settings = Store::Settings()
        settings.recordingBytes = 0
        let office = busy(settings)
        #expect(office.store.recorder.count == 0)
        let stream = office.ask(.recording, RecordingRequest().encoded)
        #expect(try office.code(stream) == .invalidArgument)
    }

    @Test func secretsAreLeftOut() throws {
        let office = Office()
        office.lead()
        office.ask(.authenticate, Array("a password".utf8))
        let bytes = office.store.recording
        let secrets = try Recording(bytes).events.filter {
            if case .secret(_, _, 96, 10) = $0.what { true } else { false }
        }
        #expect(secrets.count == 1)
        #expect(!String(decoding: bytes, as: UTF8.self).contains("a password"))
    }

    @Test func comesAsAStream() throws {
        let office = busy()
        let whole = office.store.recording
        office.open(2, streamCredit: 500)
        let stream = office.ask(.recording, RecordingRequest().encoded, session: 2)
        #expect(office.types(stream).allSatisfy { $0 == .stream })
        office.credit(stream, 1 << 20, session: 2)
        #expect(office.types(stream).last == .response)
        let parts = try office.frames(stream).dropLast().flatMap { frame in
            let body = frame.body
            return try RecordingResponse(decoding: body.span).part
        }
        let end = try office.last(stream, as: RecordingResponse.self)
        #expect(end.bytes == UInt64(parts.count) && end.checksum == CRC32C.of(parts))
        // The request itself came later.
        #expect(parts.count > whole.count)
        #expect(try Recording(parts).isWhole)
    }

    @Test func notTooManyAtATime() throws {
        let office = busy()
        office.open(2, streamCredit: 0)
        let streams = (0..<3).map { _ in
            office.ask(.recording, RecordingRequest().encoded, session: 2)
        }
        #expect(try office.code(streams[2]) == .overloaded)
        office.step(.cancelled(SessionID(rawValue: 2), stream: streams[0]))
        #expect(try office.code(streams[0]) == .cancelled)
        office.step(.closed(SessionID(rawValue: 2)))
        #expect(office.store.recordings.isEmpty && !office.store.wantsTurn)
    }
}

@Suite struct RecordingFileTests {
    private static func example() -> [UInt8] {
        let office = Office()
        office.lead()
        office.put("a", "1")
        office.finishAll()
        return office.store.recording
    }

    @Test func whatIsCutShortSaysSo() {
        let bytes = RecordingFileTests.example()
        for count in stride(from: 0, to: bytes.count, by: 7) {
            #expect(throws: Recording.Fault.self) { _ = try Recording(Array(bytes[..<count])) }
        }
        #expect(throws: Recording.Fault.notOne) { _ = try Recording(Array("not one at all".utf8)) }
    }

    @Test func everyFlippedBitIsFound() {
        var chance = Chance(seed: 9, name: "flip")
        let bytes = RecordingFileTests.example()
        for _ in 0..<300 {
            var other = bytes
            other[Int(chance.below(UInt64(bytes.count)))] ^= 1 << UInt8(chance.below(8))
            #expect(throws: Recording.Fault.self) { _ = try Recording(other) }
        }
    }

    /// Payloads that are nonsense under a right checksum are refused, or read as something: never a
    /// trap.
    @Test func payloadsFuzz() {
        var chance = Chance(seed: 12, name: "payload")
        var blocks: [[UInt8]] = []
        let bytes = RecordingFileTests.example()
        var at = 8
        while at < bytes.count {
            let length = Int(bytes.span.little(UInt32.self, at: at))
            blocks.append(Array(bytes[at + 8..<at + 8 + length]))
            at += 8 + length
        }
        for _ in 0..<3_000 {
            var changed = blocks
            let block = Int(chance.below(UInt64(blocks.count)))
            for _ in 0...chance.below(4) where !changed[block].isEmpty {
                let place = Int(chance.below(UInt64(changed[block].count)))
                switch chance.below(3) {
                case 0: changed[block][place] = UInt8(truncatingIfNeeded: chance.next())
                case 1: changed[block].remove(at: place)
                default: changed[block].insert(0xFF, at: place)
                }
            }
            let file = Recording.magic + changed.flatMap(Recording.framed)
            _ = try? Recording(file)
        }
    }
}
