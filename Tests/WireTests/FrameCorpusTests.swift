import Foundation
import Testing
import Units

@testable import Wire

/// Runs on what FrameFuzz keeps, whole and damaged.
@Suite struct FrameCorpusTests {
    static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().appending(path: "../Fuzz/FrameCorpus").standardized

    static func corpus() throws -> [[UInt8]] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }
            .map { [UInt8](try Data(contentsOf: $0)) }
    }

    @Test func holdsOnTheCorpus() throws {
        let frames = try Self.corpus().map { FrameProperty.check($0) }
        #expect(frames.count >= 20)
        #expect(frames.reduce(0, +) >= 20)
    }

    @Test func holdsOnDamage() throws {
        var random = RandomBody(seed: 4, name: "corpus")
        for bytes in try Self.corpus() {
            for _ in 0..<100 { FrameProperty.check(random.mutated(bytes)) }
        }
    }

    /// The checksum keeps damage from the messages behind it, so they are damaged before it is made.
    @Test func holdsOnDamagedBodies() {
        var random = RandomBody(seed: 5, name: "bodies")
        let methods: [Wire.Method] = [.put, .range, .txn, .watch, .leaseList, .memberList, .peer]
        for round in 0..<2000 {
            let body = random.mutated(random.canonical(PeerMessage.descriptor))
            for type in [FrameType.request, .response] {
                var frame: [UInt8] = []
                frame.appendFrame(
                    type: type, stream: 1, method: methods[round % methods.count],
                    body: body.span)
                FrameProperty.check(frame)
            }
        }
    }
}
