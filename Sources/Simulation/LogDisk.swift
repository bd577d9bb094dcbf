import Journal
import Store
import Units

/// The files of one member's log, with what a power cut leaves of them.
///
/// Written bytes are seen at once, as through a page cache, but are durable only after a sync. A crash
/// keeps, of what was not synced, any subset of its sectors.
struct LogDisk {
    private struct File {
        var number: UInt64
        var seen: [UInt8]
        var durable: [UInt8]
        var dirty: [Range<Int>] = []
    }

    static let sector = 512

    private var files: [File] = []
    /// Contents of dropped files, to be served again under another number.
    private var spares: [[UInt8]] = []
    private(set) var syncs = 0

    var segments: [UInt64] { files.map(\.number) }
    var bytes: Int { files.reduce(0) { $0 + $1.seen.count } }

    func contents(of segment: UInt64) -> [UInt8] {
        files.first { $0.number == segment }?.seen ?? []
    }

    mutating func perform(_ writes: [Journal.Write]) {
        for write in writes { perform(write) }
    }

    private mutating func perform(_ write: Journal.Write) {
        switch write {
        case .prepare(let segment, let count): prepare(segment, count)
        case .write(let segment, let offset, let bytes): put(bytes, segment, offset)
        case .sync(let segment): sync(segment)
        case .drop(let segment): drop(segment)
        }
    }

    private mutating func prepare(_ segment: UInt64, _ count: Int) {
        files.removeAll { $0.number == segment }
        var bytes = spares.popLast() ?? []
        if bytes.count != count { bytes = [UInt8](repeating: 0, count: count) }
        files.append(File(number: segment, seen: bytes, durable: bytes))
    }

    private mutating func put(_ bytes: [UInt8], _ segment: UInt64, _ offset: Int) {
        guard let place = files.firstIndex(where: { $0.number == segment }) else {
            preconditionFailure("a write to segment \(segment), which was never prepared")
        }
        let range = offset..<offset + bytes.count
        files[place].seen.replaceSubrange(range, with: bytes)
        files[place].dirty.append(range)
    }

    private mutating func sync(_ segment: UInt64) {
        guard let place = files.firstIndex(where: { $0.number == segment }) else {
            preconditionFailure("a sync of segment \(segment), which was never prepared")
        }
        for range in files[place].dirty {
            files[place].durable.replaceSubrange(range, with: files[place].seen[range])
        }
        files[place].dirty.removeAll()
        syncs += 1
    }

    private mutating func drop(_ segment: UInt64) {
        guard let place = files.firstIndex(where: { $0.number == segment }) else { return }
        let file = files.remove(at: place)
        if spares.count < 2 { spares.append(file.durable) }
    }

    /// Power goes while these writes were being performed: some of them were, and the one that was
    /// under way maybe, or in part.
    mutating func crash(during writes: [Journal.Write], _ chance: inout Chance) {
        let done = chance.draw(0...writes.count)
        for write in writes.prefix(done) { perform(write) }
        if done < writes.count {
            switch writes[done] {
            case .write: perform(writes[done])
            case .prepare, .drop: if chance.coin() { perform(writes[done]) }
            case .sync: break
            }
        }
        for place in files.indices { tear(place, &chance) }
    }

    private mutating func tear(_ place: Int, _ chance: inout Chance) {
        for range in files[place].dirty {
            var start = range.lowerBound
            while start < range.upperBound {
                let end = min((start / Self.sector + 1) * Self.sector, range.upperBound)
                if chance.coin() {
                    files[place].durable.replaceSubrange(
                        start..<end, with: files[place].seen[start..<end])
                }
                start = end
            }
        }
        files[place].dirty.removeAll()
        files[place].seen = files[place].durable
    }
}

/// The two alternating slots beside the log: the newest readable one counts.
struct SlotsFile {
    private var slots: [(generation: UInt64, value: Slots)?] = [nil, nil]

    private var newest: (generation: UInt64, value: Slots)? {
        switch (slots[0], slots[1]) {
        case (let left?, let right?): left.generation > right.generation ? left : right
        case (let left?, nil): left
        case (nil, let right): right
        }
    }

    var value: Slots? { newest?.value }

    mutating func save(_ value: Slots) {
        let generation = (newest?.generation ?? 0) + 1
        slots[Int(generation % 2)] = (generation, value)
    }

    /// Power goes while this was being saved: it was, or was not, or its slot is unreadable now.
    mutating func crash(during value: Slots, _ chance: inout Chance) {
        switch chance.below(3) {
        case 0: break
        case 1: save(value)
        default: slots[Int(((newest?.generation ?? 0) + 1) % 2)] = nil
        }
    }
}
