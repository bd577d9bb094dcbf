internal import Units

/// Leases by name, and by when they end.
///
/// Picture a drawer of cards, and beside it a row of trays, one for each thirtieth of a second in which
/// a lease ends. A card lies in one tray and knows its place there, so that renewing it is taking it
/// out and laying it on top of another; the trays themselves stand in a heap with the next on top. A
/// million leases that end together are one tray: it is emptied from the top, and nothing is sorted.
struct Leases: Sendable {
    struct Lease: Sendable {
        var id: LeaseID
        var ttl: Int64
        var expiry: Instant
        /// A key may bear it; false only if certainly none does.
        var mayHaveKeys = false
    }

    /// What a checkpoint does to the table: first what ended, then what there is.
    struct Changes: Sendable {
        var ended: [LeaseID] = []
        var written: [Lease] = []
    }

    static let recordSize = 16

    private struct Slot: Sendable {
        var lease: Lease
        var tray: Int32
        /// In the tray; -1 when the slot is free.
        var place: Int32
        /// In `changed`.
        var isChanged: Bool
    }

    private struct Tray: Sendable {
        var tick: UInt64
        /// In the heap.
        var place: Int32
        var slots: [Int32] = []
    }

    private var slots: [Slot] = []
    private var free: [Int32] = []
    private var index: [LeaseID: Int32] = [:]
    private var trays: [Tray] = []
    private var freeTrays: [Int32] = []
    private var trayIndex: [UInt64: Int32] = [:]
    /// Trays, the first to end on top.
    private var heap: [Int32] = []
    /// Slots that were written since the last checkpoint began.
    private var changed: [Int32] = []
    private var ended: [LeaseID] = []

    init() {}

    init(tables: any Tables) {
        var leases = Leases()
        tables.scan(.leases, from: Bytes(), to: nil, descending: false) { key, record in
            let id = LeaseID(rawValue: Int64(bitPattern: key.head(at: 0)))
            let expiry = Instant(nanoseconds: record.little(at: 8))
            leases.add(Lease(id: id, ttl: record.little(at: 0), expiry: expiry))
            return true
        }
        var last = LeaseID.none
        tables.scan(.attachments, from: Bytes(), to: nil, descending: false) { key, _ in
            let id = LeaseID(rawValue: Int64(bitPattern: key.head(at: 0)))
            if id != last { _ = leases.attach(id) }
            last = id
            return true
        }
        _ = leases.takeChanges()
        self = leases
    }

    var count: Int { index.count }

    subscript(id: LeaseID) -> Lease? { index[id].map { slots[Int($0)].lease } }

    func contains(_ id: LeaseID) -> Bool { index[id] != nil }

    mutating func add(_ lease: Lease) {
        let slot = free.popLast() ?? Int32(slots.count)
        if Int(slot) == slots.count {
            slots.append(Slot(lease: lease, tray: 0, place: -1, isChanged: false))
        } else {
            slots[Int(slot)].lease = lease
        }
        index[lease.id] = slot
        lay(slot, at: Leases.tick(of: lease.expiry))
        noteChange(slot)
    }

    /// A key is to bear it; false when there is no such lease.
    mutating func attach(_ id: LeaseID) -> Bool {
        guard let slot = index[id] else { return false }
        slots[Int(slot)].lease.mayHaveKeys = true
        return true
    }

    /// Returns it as it was; nil when there is none.
    mutating func renew(_ id: LeaseID, from start: Instant) -> Lease? {
        guard let slot = index[id] else { return nil }
        let lease = slots[Int(slot)].lease
        let expiry = start + .seconds(UInt64(lease.ttl))
        slots[Int(slot)].lease.expiry = expiry
        noteChange(slot)
        let tick = Leases.tick(of: expiry)
        if trays[Int(slots[Int(slot)].tray)].tick != tick {
            take(slot)
            lay(slot, at: tick)
        }
        return lease
    }

    mutating func remove(_ id: LeaseID) {
        guard let slot = index.removeValue(forKey: id) else { return }
        take(slot)
        slots[Int(slot)].place = -1
        free.append(slot)
        ended.append(id)
    }

    /// What changed since this was last asked.
    mutating func takeChanges() -> Changes {
        var changes = Changes()
        swap(&changes.ended, &ended)
        changes.written.reserveCapacity(changed.count)
        for slot in changed {
            slots[Int(slot)].isChanged = false
            if slots[Int(slot)].place >= 0 { changes.written.append(slots[Int(slot)].lease) }
        }
        changed.removeAll()
        return changes
    }

    private mutating func noteChange(_ slot: Int32) {
        guard !slots[Int(slot)].isChanged else { return }
        slots[Int(slot)].isChanged = true
        changed.append(slot)
    }
}

// By name.
extension Leases {
    /// At most so many names above `after`, in order.
    func names(after: LeaseID, limit: Int) -> [LeaseID] {
        var names: [LeaseID] = []
        var bound = LeaseID(rawValue: .max)
        for slot in slots where slot.place >= 0 && slot.lease.id > after {
            guard slot.lease.id <= bound else { continue }
            names.append(slot.lease.id)
            guard names.count > limit, names.count == 2 * limit else { continue }
            names.sort()
            names.removeLast(limit)
            bound = names[limit - 1]
        }
        names.sort()
        return Array(names.prefix(limit))
    }
}

// By time.
extension Leases {
    /// When the next tray has ended as a whole.
    var nextExpiry: Instant? { heap.first.map { end(of: $0) } }

    /// Those whose tray has ended at `instant`, tray by tray, passing by the first `skipped`. Removing
    /// them in this order moves no others.
    func expired(at instant: Instant, limit: Int, skipping skipped: Int = 0) -> [LeaseID] {
        var found: [LeaseID] = []
        var skip = skipped
        visitInOrder { tray in
            guard end(of: tray) <= instant else { return false }
            let ids = trays[Int(tray)].slots
            let first = ids.count - min(skip, ids.count)
            skip -= ids.count - first
            for place in stride(from: first - 1, through: 0, by: -1) {
                guard found.count < limit else { return false }
                found.append(slots[Int(ids[place])].lease.id)
            }
            return true
        }
        return found
    }

    private static func tick(of expiry: Instant) -> UInt64 {
        expiry.nanoseconds / Limits.leaseTick.nanoseconds
    }

    private func end(of tray: Int32) -> Instant {
        Instant(nanoseconds: (trays[Int(tray)].tick + 1) * Limits.leaseTick.nanoseconds)
    }

    private mutating func lay(_ slot: Int32, at tick: UInt64) {
        let tray = tray(for: tick)
        slots[Int(slot)].tray = tray
        slots[Int(slot)].place = Int32(trays[Int(tray)].slots.count)
        trays[Int(tray)].slots.append(slot)
    }

    private mutating func tray(for tick: UInt64) -> Int32 {
        if let tray = trayIndex[tick] { return tray }
        let new = Tray(tick: tick, place: Int32(heap.count))
        let tray = freeTrays.popLast() ?? Int32(trays.count)
        if Int(tray) == trays.count { trays.append(new) } else { trays[Int(tray)] = new }
        trayIndex[tick] = tray
        heap.append(tray)
        rise(heap.count - 1)
        return tray
    }

    /// Takes a card out of its tray; the topmost takes its place.
    private mutating func take(_ slot: Int32) {
        let tray = Int(slots[Int(slot)].tray)
        let place = Int(slots[Int(slot)].place)
        let top = trays[tray].slots.removeLast()
        if top != slot {
            trays[tray].slots[place] = top
            slots[Int(top)].place = Int32(place)
        }
        if trays[tray].slots.isEmpty { clear(Int32(tray)) }
    }

    private mutating func clear(_ tray: Int32) {
        let place = Int(trays[Int(tray)].place)
        trayIndex[trays[Int(tray)].tick] = nil
        trays[Int(tray)].slots = []
        freeTrays.append(tray)
        let last = heap.removeLast()
        guard last != tray else { return }
        put(last, at: place)
        sink(place)
        rise(Int(trays[Int(last)].place))
    }
}

// The heap of trays.
extension Leases {
    /// Visits trays, the first to end first, until `visit` returns false. Looks at no more of the heap
    /// than it must.
    private func visitInOrder(_ visit: (Int32) -> Bool) {
        var near = heap.isEmpty ? [] : [0]
        while let place = takeFirst(&near) {
            guard visit(heap[place]) else { return }
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count {
                near.append(child)
                var at = near.count - 1
                while at > 0 && precedes(near[at], near[(at - 1) / 2]) {
                    near.swapAt(at, (at - 1) / 2)
                    at = (at - 1) / 2
                }
            }
        }
    }

    /// Takes the first of `near`, a small heap of places in the large one.
    private func takeFirst(_ near: inout [Int]) -> Int? {
        guard let first = near.first else { return nil }
        let last = near.removeLast()
        guard !near.isEmpty else { return first }
        near[0] = last
        var at = 0
        while true {
            var least = at
            for child in [2 * at + 1, 2 * at + 2]
            where child < near.count && precedes(near[child], near[least]) {
                least = child
            }
            guard least != at else { return first }
            near.swapAt(at, least)
            at = least
        }
    }

    private func precedes(_ left: Int, _ right: Int) -> Bool {
        trays[Int(heap[left])].tick < trays[Int(heap[right])].tick
    }

    private mutating func put(_ tray: Int32, at place: Int) {
        heap[place] = tray
        trays[Int(tray)].place = Int32(place)
    }

    private mutating func exchange(_ left: Int, _ right: Int) {
        let tray = heap[left]
        put(heap[right], at: left)
        put(tray, at: right)
    }

    private mutating func rise(_ place: Int) {
        var place = place
        while place > 0 && precedes(place, (place - 1) / 2) {
            exchange(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func sink(_ place: Int) {
        var place = place
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < heap.count && precedes(child, least) {
                least = child
            }
            guard least != place else { return }
            exchange(place, least)
            place = least
        }
    }
}
