import Glibc
import Journal
import Testing
import Units

/// What the journal costs by itself: small in every run, larger with `MARTLET_BENCHMARK` set.
@Suite struct JournalBenchmark {
    static let scale = getenv("MARTLET_BENCHMARK") == nil ? 1 : 100

    /// Processor time of this thread, in nanoseconds.
    static func time(_ body: () -> Void) -> Double {
        var start = timespec()
        var end = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
        body()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
        return Double(end.tv_sec - start.tv_sec) * 1e9 + Double(end.tv_nsec - start.tv_nsec)
    }

    @Test(arguments: [1, 10, 100])
    func append(records: Int) {
        let payload = [UInt8](repeating: 7, count: 300)
        let groups = 2000 * Self.scale / records
        var journal = Journal(identity: .mine)
        var writes: [Journal.Write] = []
        let spent = Self.time {
            for _ in 0..<groups {
                let next = journal.lastIndex + 1
                let batch = (0..<UInt64(records)).map {
                    Journal.Record(kind: 1, term: 1, index: next + $0, payload: payload)
                }
                journal.append(batch, into: &writes)
                writes.removeAll(keepingCapacity: true)
            }
        }
        #expect(journal.lastGroup == UInt64(groups))
        print(
            "append, \(records) records of 300 bytes a group: "
                + "\(Int(spent) / (groups * records)) ns a record")
    }

    @Test func recover() {
        let payload = [UInt8](repeating: 7, count: 300)
        let size = (1 << 20) * min(Self.scale, 64)
        var journal = Journal(identity: .mine, segmentBytes: size)
        var file = [UInt8](repeating: 0, count: size)
        let count = UInt64(size / 2 / 400)
        for index in 1...count {
            var writes: [Journal.Write] = []
            journal.append(
                [Journal.Record(kind: 1, term: 1, index: index, payload: payload)], into: &writes)
            for case .write(_, let offset, let bytes) in writes {
                file.replaceSubrange(offset..<offset + bytes.count, with: bytes)
            }
        }
        var found: Journal.Recovery?
        let spent = Self.time {
            found = Journal.recover(
                identity: .mine, segmentBytes: size, segments: [1], knownDurable: count,
                after: count
            ) { _ in file }
        }
        #expect(found?.ready?.journal == journal)
        print("recover \(size >> 20) MiB, half full: \(spent / 1e6) ms")
    }
}
