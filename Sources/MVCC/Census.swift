internal import Units

/// How many keys there are, by district, so that nobody has to be counted twice.
///
/// Picture a town whose streets are cut into districts of a few hundred houses, with a board at each
/// border post that says how many people live behind it. Who wants to know how many live between two
/// houses adds up the boards and walks only through the two districts at the ends. A district that
/// grows too large is cut in two; one that has become too small is joined with the one before it.
///
/// A border post is a `fence`: the least key that may live in its district. Where the fences stand
/// follows from the log alone, like all that is kept with the state.
struct Census: Sendable {
    /// Keys above which a district is cut in two.
    static let largest = 512
    /// Keys below which a district is joined with the one before, if both together are not many more.
    static let smallest = 64

    /// What a checkpoint does to the table.
    struct Change: Sendable {
        var fence: [UInt8]
        /// Nil: the fence is gone.
        var count: Int?
    }

    /// The first is empty: all keys live behind it.
    private var fences: [[UInt8]] = [[]]
    private var counts: [Int] = [0]
    /// The eight bytes of each fence behind `skip`, which all but the first begin with.
    private var heads: [UInt64] = [0]
    private var skip = 0
    private var changed: [Bool] = [true]
    private var gone: [[UInt8]] = []

    init() {}

    /// From the table; what it counted may be less than there is, if an earlier version of the program
    /// wrote the state.
    init(tables: any Tables) {
        var census = Census()
        census.changed[0] = false
        tables.scan(.census, from: Bytes(), to: nil, descending: false) { key, count in
            let fence = key.extracting(1...)
            if fence.isEmpty {
                census.counts[0] = Int(count.little(Int64.self, at: 0))
            } else {
                census.fences.append(fence.array)
                census.counts.append(Int(count.little(Int64.self, at: 0)))
                census.heads.append(0)
                census.changed.append(false)
            }
            return true
        }
        census.readHeads()
        self = census
    }

    var total: Int { counts.reduce(0, +) }
    var districtCount: Int { fences.count }

    /// The district of a key.
    func district(of key: Bytes) -> Int {
        guard fences.count > 1 else { return 0 }
        let first = fences[1]
        let order = first.span.extracting(first: skip).compared(to: key.extracting(first: skip))
        if order > 0 { return 0 }
        if order < 0 { return fences.count - 1 }
        let head = key.head(at: skip)
        var low = partition(from: 1) { heads[$0] >= head }
        var high = partition(from: low) { heads[$0] > head }
        while low < high {
            let middle = (low + high) / 2
            let fence = fences[middle]
            let isAfter = fence.span.compared(to: key) > 0
            if isAfter { high = middle } else { low = middle + 1 }
        }
        return low - 1
    }

    /// The first place from `start` on at which `isThere`, when it is so from there on.
    private func partition(from start: Int, _ isThere: (Int) -> Bool) -> Int {
        var low = start
        var high = fences.count
        while low < high {
            let middle = (low + high) / 2
            if isThere(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// A key came into being, or ceased; true when its district wants to be cut.
    mutating func note(_ key: Bytes, _ difference: Int) -> Bool {
        let district = district(of: key)
        counts[district] += difference
        changed[district] = true
        precondition(counts[district] >= 0, "more keys ceased than there were")
        guard difference < 0 else { return counts[district] > Self.largest }
        joinIfSmall(district)
        return false
    }

    private mutating func joinIfSmall(_ district: Int) {
        guard district > 0, counts[district] < Self.smallest,
            counts[district - 1] + counts[district] <= Self.largest / 2
        else { return }
        counts[district - 1] += counts[district]
        changed[district - 1] = true
        gone.append(fences[district])
        counts.remove(at: district)
        heads.remove(at: district)
        changed.remove(at: district)
        fences.remove(at: district)
    }

    func count(_ district: Int) -> Int { counts[district] }

    /// The keys that may live in a district.
    func range(_ district: Int) -> KeyRange {
        let next = district + 1
        return KeyRange(
            lower: fences[district],
            extent: next < fences.count ? .below(fences[next]) : .toEnd)
    }

    /// Cuts a district: `left` of its keys are below `fence`.
    mutating func cut(_ district: Int, at fence: [UInt8], left: Int) {
        let right = counts[district] - left
        precondition(left >= 0 && right >= 0, "a district is cut inside")
        counts[district] = left
        changed[district] = true
        let place = district + 1
        fences.insert(fence, at: place)
        counts.insert(right, at: place)
        changed.insert(true, at: place)
        heads.insert(0, at: place)
        let other = place == 1 ? 2 : 1
        guard other < fences.count, shared(fence, fences[other]) >= skip else {
            return readHeads()
        }
        heads[place] = fence.span.head(at: skip)
    }

    private mutating func readHeads() {
        skip = 0
        guard fences.count > 1 else { return }
        skip = shared(fences[1], fences[fences.count - 1])
        for place in 1..<fences.count {
            let fence = fences[place]
            heads[place] = fence.span.head(at: skip)
        }
    }

    private func shared(_ left: [UInt8], _ right: [UInt8]) -> Int {
        left.span.sharedPrefix(with: right.span)
    }

    /// How many keys live in the districts that lie wholly in a range, and what is left at its ends.
    func cover(_ range: KeyRange) -> (count: Int, districts: Range<Int>, ends: [KeyRange]) {
        let lower = range.lower
        var ends: [KeyRange] = []
        var first = district(of: lower.span)
        if fences[first] != lower {
            first += 1
            guard let fence = first < fences.count ? fences[first] : nil,
                range.upper.map({ fence.span.compared(to: $0.span) < 0 }) ?? true
            else { return (0, 0..<0, [range]) }
            ends.append(KeyRange(lower: lower, extent: .below(fence)))
        }
        var end = fences.count
        if let upper = range.upper {
            end = district(of: upper.span)
            if fences[end] != upper {
                ends.append(KeyRange(lower: fences[end], extent: .below(upper)))
            }
        }
        return (counts[first..<end].reduce(0, +), first..<end, ends)
    }

    /// What changed since this was last asked.
    mutating func takeChanges() -> [Change] {
        var changes = gone.map { Change(fence: $0, count: nil) }
        gone.removeAll()
        for place in fences.indices where changed[place] {
            changes.append(Change(fence: fences[place], count: counts[place]))
            changed[place] = false
        }
        return changes
    }
}

extension Census.Change {
    func write(into tables: some WritableTables) {
        let key = [1] + fence
        guard let count else { return tables.delete(.census, key.span) }
        var value: [UInt8] = []
        value.append(little: Int64(count))
        tables.put(.census, key.span, value.span)
    }
}

// Counting.
extension MVCC {
    /// How many keys there are in a range now.
    func count(_ range: KeyRange) -> Int {
        guard !range.isSingle else {
            return layers.visit(range.lower.span, at: .newest) { _, _ in 1 } ?? 0
        }
        let cover = census.cover(range)
        var count = cover.count
        for end in cover.ends {
            layers.walk(end, at: .newest) { _, _, _ in
                count += 1
                return true
            }
        }
        guard !cover.districts.isEmpty, !layers.pending.isEmpty else { return count }
        let whole = KeyRange(
            lower: census.range(cover.districts.lowerBound).lower,
            extent: census.range(cover.districts.upperBound - 1).extent)
        return count + layers.pending.growth(in: whole)
    }

    /// Cuts the district of a key, if it has grown too large. Nothing may be pending.
    mutating func cutDistrict(of key: Bytes) { cut(census.district(of: key)) }

    private mutating func cut(_ district: Int) {
        let count = census.count(district)
        guard count > Census.largest else { return }
        let half = count / 2
        var seen = 0
        var fence: [UInt8] = []
        let range = census.range(district)
        layers.walk(range, at: .newest) { key, _, _ in
            if seen == half { fence = key.array }
            seen += 1
            return seen <= half
        }
        census.cut(district, at: fence, left: half)
        cut(district + 1)
        cut(district)
    }

    /// The districts as they stand in the tables, or counted anew when those lack some.
    mutating func readCensus() {
        census = Census(tables: layers.tables)
        guard census.total != keyCount else { return }
        var anew = Census()
        var counted = 0
        layers.walk(.all, at: .newest) { key, _, _ in
            if counted == Census.largest / 2 {
                anew.cut(anew.districtCount - 1, at: key.array, left: counted)
                counted = 0
            }
            _ = anew.note(key, 1)
            counted += 1
            return true
        }
        census = anew
    }
}

extension Census {
    /// A write is final; true when the key's district wants to be cut.
    mutating func note(_ write: Write, key: Bytes) -> Bool {
        let difference = (write.facts.version == 1 ? 1 : 0) - (write.kind == .delete ? 1 : 0)
        return difference != 0 && note(key, difference)
    }
}

extension Overlay {
    /// By how much the keys in a range are more with this overlay than without it.
    fileprivate func growth(in range: KeyRange) -> Int {
        var growth = 0
        var cursor = tree.cursor(from: range.lower.span, in: versions)
        while let newest = tree.next(&cursor) {
            if let upper = range.upper, versions.key(of: newest).compared(to: upper.span) >= 0 {
                break
            }
            var first = newest
            while versions[first].previous != Version.none { first = versions[first].previous }
            let existed = !(versions[first].isLive && versions[first].version == 1)
            growth += (versions[newest].isLive ? 1 : 0) - (existed ? 1 : 0)
        }
        return growth
    }
}
