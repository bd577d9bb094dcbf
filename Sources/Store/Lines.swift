internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// A call of a client.
struct CallKey: Hashable {
    var session: SessionID
    var stream: UInt32
}

/// The line before one lock: every key directly below its name, the oldest first. Made when somebody
/// here begins to wait, then kept up by events, so that each costs the logarithm of the line's length.
struct Line {
    struct Place {
        var create: Int64
        var key: [UInt8]
        var isGone = false
    }

    /// The name and a slash.
    let prefix: [UInt8]
    /// Events up to this revision are in it.
    private var since: Int64 = 0
    private var places = Deque<Place>()
    private var creates: [[UInt8]: Int64] = [:]
    /// Who waits here for a key to come first.
    var waiting: [[UInt8]: [CallKey]] = [:]
    /// Who waits for a key that has gone since this was last looked at.
    var bereft: [CallKey] = []
    var observers: [CallKey] = []
    /// Something has happened that those who wait or observe may want to know.
    var isTouched = false

    init(prefix: [UInt8]) { self.prefix = prefix }

    var isIdle: Bool { waiting.isEmpty && bereft.isEmpty && observers.isEmpty }
    var first: Place? { places.first }

    /// As the state has it. Who waited for a key that is no longer the same is bereft.
    mutating func fill(_ sorted: [Place], at revision: Int64) {
        let before = places
        places = Deque()
        creates = [:]
        for place in sorted {
            places.append(place)
            creates[place.key] = place.create
        }
        since = revision
        for position in 0..<before.count
        where creates[before[position].key] != before[position].create {
            bereft += waiting.removeValue(forKey: before[position].key) ?? []
        }
    }

    mutating func put(_ key: [UInt8], create: Int64, mod: Int64) {
        guard mod > since else { return }
        isTouched = isTouched || first?.key == key || places.isEmpty
        guard creates[key] == nil else { return }
        places.append(Place(create: create, key: key))
        creates[key] = create
    }

    mutating func delete(_ key: [UInt8], mod: Int64) {
        guard mod > since, let create = creates.removeValue(forKey: key) else { return }
        let wasFirst = first?.key == key
        leave(key, create)
        if let calls = waiting.removeValue(forKey: key) { bereft += calls }
        isTouched = isTouched || wasFirst || !bereft.isEmpty
    }

    private mutating func leave(_ key: [UInt8], _ create: Int64) {
        var position = lowerBound(create)
        while places[position].key != key { position += 1 }
        places[position].isGone = true
        while places.first?.isGone == true { places.removeFirst() }
    }

    private func lowerBound(_ create: Int64) -> Int {
        var low = 0
        var high = places.count
        while low < high {
            let middle = (low + high) / 2
            if places[middle].create < create { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Everyone who waits for a lock or observes an election at this member, and in which lines.
struct Lines {
    /// A caller whose key is in line.
    struct Standing {
        var method: UInt32
        var line: Int
        var key: [UInt8]
        var create: Int64
        var deadline: Instant
        /// It is its turn, and a majority is asked whether that is still so.
        var isConfirming = false
    }

    struct Observer {
        enum Told: Equatable {
            case nothing, nobody
            case leader(create: Int64, mod: Int64)
        }

        var method: UInt32
        var line: Int
        var told = Told.nothing
    }

    /// A LOCK or CAMPAIGN that is on its way through the log.
    struct Asking {
        var deadline: Instant
        var isCancelled = false
    }

    /// One that was applied in this turn.
    struct Arrival {
        var call: CallKey
        var method: UInt32
        var asking: Asking
        var prefix: [UInt8]
        var key: [UInt8]
        var create: Int64
        var mayWait: Bool
    }

    private var lines: [Line?] = []
    private var free: [Int] = []
    private var index: [[UInt8]: Int] = [:]
    var standing: [CallKey: Standing] = [:]
    var observers: [CallKey: Observer] = [:]
    var asking: [CallKey: Asking] = [:]
    var arrivals: [Arrival] = []
    /// Lines that may want to tell somebody something, in order.
    private var touched: [Int] = []
    /// Events up to this revision were followed.
    var followed: Int64 = 0
    private var alarms = Alarms()

    var isIdle: Bool { index.isEmpty }
    var deadline: Instant { alarms.first }

    subscript(line: Int) -> Line {
        get { lines[line]! }
        _modify { yield &lines[line]! }
    }

    /// All that are open, in a fixed order.
    var open: [Int] { lines.indices.filter { lines[$0] != nil } }

    func isOpen(_ line: Int) -> Bool { lines[line] != nil }

    func find(_ prefix: [UInt8]) -> Int? { index[prefix] }

    mutating func add(_ prefix: [UInt8]) -> Int {
        let line = free.popLast() ?? lines.count
        if line == lines.count { lines.append(nil) }
        lines[line] = Line(prefix: prefix)
        index[prefix] = line
        return line
    }

    mutating func closeIfIdle(_ line: Int) {
        guard let idle = lines[line], idle.isIdle else { return }
        index[idle.prefix] = nil
        lines[line] = nil
        free.append(line)
    }

    mutating func touch(_ line: Int) {
        lines[line]?.isTouched = true
        touched.append(line)
    }

    mutating func takeTouched() -> [Int] {
        var due: [Int] = []
        swap(&due, &touched)
        return due.filter { line in
            guard lines[line]?.isTouched == true else { return false }
            lines[line]!.isTouched = false
            return true
        }
    }

    /// An event of the state.
    mutating func follow(_ event: borrowing EventView) {
        guard let slash = event.key.lastSlash else { return }
        guard let line = index[event.key.extracting(...slash).array] else { return }
        let key = event.key.array
        let mod = event.facts.mod.rawValue
        if event.kind == .put {
            lines[line]!.put(key, create: event.facts.create.rawValue, mod: mod)
        } else {
            lines[line]!.delete(key, mod: mod)
        }
        if lines[line]!.isTouched { touched.append(line) }
    }

    mutating func stand(_ call: CallKey, _ standing: Standing) {
        self.standing[call] = standing
        lines[standing.line]!.waiting[standing.key, default: []].append(call)
        alarms.add(standing.deadline, call)
    }

    mutating func leave(_ call: CallKey) -> Standing? {
        guard let left = standing.removeValue(forKey: call) else { return nil }
        let line = left.line
        lines[line]!.bereft.removeAll { $0 == call }
        lines[line]!.waiting[left.key]?.removeAll { $0 == call }
        if lines[line]!.waiting[left.key]?.isEmpty == true {
            lines[line]!.waiting[left.key] = nil
        }
        closeIfIdle(line)
        return left
    }

    mutating func observe(_ call: CallKey, _ observer: Observer) {
        observers[call] = observer
        lines[observer.line]!.observers.append(call)
        touch(observer.line)
    }

    mutating func look(away call: CallKey) {
        guard let observer = observers.removeValue(forKey: call) else { return }
        lines[observer.line]!.observers.removeAll { $0 == call }
        closeIfIdle(observer.line)
    }

    /// Those whose time is up, the first to be late first.
    mutating func late(at now: Instant) -> [CallKey] {
        var late: [CallKey] = []
        while let call = alarms.take(at: now) {
            if let standing = standing[call], standing.deadline <= now { late.append(call) }
        }
        return late
    }
}

extension Bytes {
    /// Where the last slash is that has something behind it.
    fileprivate var lastSlash: Int? {
        var place = count - 2
        while place >= 0 {
            if self[place] == Line.slash { return place }
            place -= 1
        }
        return nil
    }
}

extension Line {
    static let slash = UInt8(ascii: "/")
}

/// A heap of deadlines. Those whose call has ended are passed by when their time comes.
private struct Alarms {
    private struct Alarm {
        var at: Instant
        var call: CallKey
    }

    private var heap: [Alarm] = []

    var first: Instant { heap.first?.at ?? .never }

    mutating func add(_ instant: Instant, _ call: CallKey) {
        guard instant != .never else { return }
        heap.append(Alarm(at: instant, call: call))
        var at = heap.count - 1
        while at > 0, heap[at].at < heap[(at - 1) / 2].at {
            heap.swapAt(at, (at - 1) / 2)
            at = (at - 1) / 2
        }
    }

    mutating func take(at now: Instant) -> CallKey? {
        guard let top = heap.first, top.at <= now else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return top.call
    }

    private mutating func sink() {
        var at = 0
        while true {
            var least = at
            for child in [2 * at + 1, 2 * at + 2]
            where child < heap.count && heap[child].at < heap[least].at {
                least = child
            }
            guard least != at else { return }
            heap.swapAt(at, least)
            at = least
        }
    }
}
