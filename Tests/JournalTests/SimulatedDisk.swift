import Journal
import Units

/// Files whose writes stay in a volatile cache, sector by sector, until they are synced.
struct SimulatedDisk {
    static let sector = 512

    struct File {
        var durable: [UInt8]
        var seen: [UInt8]
        var dirty: Set<Int> = []
    }

    private(set) var files: [UInt64: File] = [:]
    /// Contents of dropped segments, which new ones may begin with.
    private var dropped: [[UInt8]] = []
    var chance: Chance
    private(set) var syncs = 0

    init(seed: UInt64) {
        chance = Chance(seed: seed, name: "disk")
    }

    mutating func perform(_ writes: some Sequence<Journal.Write>) {
        for write in writes { perform(write) }
    }

    private mutating func perform(_ write: Journal.Write) {
        switch write {
        case .prepare(let segment, let bytes):
            var content = [UInt8](repeating: 0, count: bytes)
            if !dropped.isEmpty, chance.below(4) > 0 {
                content = dropped[Int(chance.below(UInt64(dropped.count)))]
            }
            files[segment] = File(durable: content, seen: content)
        case .write(let segment, let offset, let bytes):
            precondition(offset + bytes.count <= files[segment]!.seen.count, "outside")
            files[segment]!.seen.replaceSubrange(offset..<offset + bytes.count, with: bytes)
            let sectors = offset / Self.sector...(offset + bytes.count - 1) / Self.sector
            files[segment]!.dirty.formUnion(sectors)
        case .sync(let segment):
            files[segment]!.durable = files[segment]!.seen
            files[segment]!.dirty = []
            syncs += 1
        case .drop(let segment):
            dropped.append(files.removeValue(forKey: segment)!.durable)
        }
    }

    /// Power is cut: of what was not synced, any sectors may be there.
    mutating func crash() {
        for number in files.keys.sorted() {
            for sector in files[number]!.dirty.sorted() where chance.below(2) == 0 {
                let range = sector * Self.sector..<(sector + 1) * Self.sector
                files[number]!.durable.replaceSubrange(range, with: files[number]!.seen[range])
            }
            files[number]!.seen = files[number]!.durable
            files[number]!.dirty = []
        }
    }

    mutating func change(_ segment: UInt64, _ body: (inout [UInt8]) -> Void) {
        body(&files[segment]!.seen)
        files[segment]!.durable = files[segment]!.seen
    }

    mutating func copy(_ old: UInt64, to new: UInt64) { files[new] = files[old] }
    mutating func lose(_ segment: UInt64) { files[segment] = nil }

    var segments: [UInt64] { files.keys.sorted() }

    func recover(
        _ identity: Journal.Identity = .mine, knownDurable: UInt64 = 0, after: UInt64 = 0
    ) -> Journal.Recovery {
        Journal.recover(
            identity: identity, segmentBytes: Journal.small, segments: segments,
            knownDurable: knownDurable, after: after
        ) { files[$0]!.seen }
    }
}

extension Journal.Identity {
    static let mine = Journal.Identity(cluster: 0xC0FFEE, member: 7)
}

extension Journal {
    static let small = 16384
}

/// A log and its disk, as one thing that can be written to and read back.
struct Notebook {
    var journal = Journal(identity: .mine, segmentBytes: Journal.small)
    var disk = SimulatedDisk(seed: 1)
    /// What a reader has to find.
    var records: [Journal.Record] = []

    mutating func append(_ range: ClosedRange<UInt64>, term: UInt64 = 1, bytes: Int = 100) {
        append(range.map { .sample($0, term: term, bytes: bytes) })
    }

    mutating func append(_ added: [Journal.Record]) {
        var writes: [Journal.Write] = []
        journal.append(added, into: &writes)
        disk.perform(writes)
        for record in added { records.follow(record) }
    }

    mutating func restart(after index: UInt64) {
        var writes: [Journal.Write] = []
        journal.restart(after: index, into: &writes)
        disk.perform(writes)
        records = []
    }

    @discardableResult
    mutating func release(through index: UInt64) -> [Journal.Write] {
        var writes: [Journal.Write] = []
        journal.release(through: index, into: &writes)
        disk.perform(writes)
        records.removeAll { $0.index < journal.firstIndex }
        return writes
    }
}

extension [Journal.Record] {
    /// The log after one more record.
    mutating func follow(_ record: Journal.Record) {
        while let last, last.index >= record.index { removeLast() }
        append(record)
    }
}

extension Journal.Record {
    static func sample(_ index: UInt64, term: UInt64 = 1, bytes: Int = 100) -> Journal.Record {
        Journal.Record(
            kind: UInt8(index % 3), term: term, index: index,
            payload: (0..<bytes).map { UInt8(truncatingIfNeeded: index &* 31 &+ UInt64($0)) })
    }
}

extension Journal.Recovery {
    var ready: (journal: Journal, records: [Journal.Record], cut: Journal.TornTail?)? {
        guard case .ready(let journal, let records, let cut) = self else { return nil }
        return (journal, records, cut)
    }

    var damage: Journal.Damage? {
        guard case .damaged(let damage) = self else { return nil }
        return damage
    }
}
