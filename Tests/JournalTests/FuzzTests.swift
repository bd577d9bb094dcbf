import Foundation
import Testing
import Units

/// What the fuzzer found worth keeping, and random inputs of its kind.
@Suite struct FuzzTests {
    static let corpus = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../Fuzz/JournalCorpus").standardized

    @Test func corpus() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.corpus.path)
        #expect(!names.isEmpty)
        for name in names.sorted() {
            JournalProperty.check(Array(try Data(contentsOf: Self.corpus.appending(path: name))))
        }
    }

    @Test(arguments: UInt64(1)...3)
    func randomInputs(seed: UInt64) {
        var chance = Chance(seed: seed, name: "journal")
        for _ in 0..<150 {
            let count = Int(chance.below(120))
            JournalProperty.check(
                [UInt8(chance.below(3))] + (0..<count).map { _ in UInt8(chance.below(256)) })
        }
    }
}
