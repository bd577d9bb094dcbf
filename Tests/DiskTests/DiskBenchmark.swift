import Glibc
import Journal
import MVCC
import Testing
import Units

@testable import Disk

/// What the disk costs: small in every run, larger with `MARTLET_BENCHMARK` set.
@Suite(.serialized) struct DiskBenchmark {
    static let isLarge = getenv("MARTLET_BENCHMARK") != nil
    let scratch = Scratch()

    /// Seconds on the wall.
    static func time(_ body: () throws -> Void) rethrows -> Double {
        let clock = ContinuousClock()
        let spent = try clock.measure(body)
        return Double(spent.components.seconds) + Double(spent.components.attoseconds) / 1e18
    }

    @Test(arguments: [1, 16, 256])
    func groupCommit(records: Int) throws {
        let size = Self.isLarge ? Journal.Limits.segmentBytes : 1 << 20
        let files = try SegmentFiles(scratch.path, segmentBytes: size)
        while try files.spares.prefill() {}
        var journal = Journal(identity: .init(cluster: 1, member: 1), segmentBytes: size)
        let payload = [UInt8](repeating: 7, count: 300)
        let groups = Self.isLarge ? 2000 : 5
        let spent = try Self.time {
            for _ in 0..<groups {
                let next = journal.lastIndex + 1
                let batch = (0..<UInt64(records)).map {
                    Journal.Record(kind: 1, term: 1, index: next + $0, payload: payload)
                }
                var writes: [Journal.Write] = []
                journal.append(batch, into: &writes)
                try files.perform(writes)
            }
        }
        print(
            "group commit, \(records) records of 300 bytes: \(Int(Double(groups) / spent)) groups/s, "
                + "\(Int(Double(groups * records) / spent)) records/s")
    }

    @Test func checkpointAndReopen() throws {
        let keys = Self.isLarge ? 100_000 : 1_000
        var state: MVCC
        do {
            let engine = try Engine(scratch.path)
            let view = try engine.tables()
            state = MVCC(tables: view)
            for round in 1...2 {
                for number in 0..<keys {
                    let key = Array("key-\(Hash64.of(Array("\(number)".utf8)))".utf8)
                    let value = [UInt8](repeating: UInt8(round), count: 256)
                    _ = try state.put(key: key.span, value: value.span)
                }
                state.applied(Mark(index: UInt64(round), term: 1))
                let checkpoint = state.freeze()
                let spent = try Self.time { try engine.commit(checkpoint) }
                try view.renew()
                state.thaw(tables: view)
                print("checkpoint \(round) of \(keys) keys of 256 bytes: \(spent * 1e3) ms")
            }
        }
        var mark: Mark?
        let spent = try Self.time { mark = MVCC(tables: try Engine(scratch.path).tables()).mark }
        #expect(mark?.index == 2)
        print("reopen: \(spent * 1e3) ms")
    }
}
