internal import Units

/// Leases by name, and by when they end.
///
/// Picture a drawer of cards and, beside it, a heap with the next to expire on top; each card knows
/// its place in the heap, so renewing one moves only a few.
struct Leases: Sendable {
    struct Lease: Sendable {
        var id: LeaseID
        var ttl: Int64
        var expiry: Instant
        var place: Int32
        /// Changed since the last checkpoint began.
        var isChanged: Bool
    }

    /// What a checkpoint does to the table.
    struct Change: Sendable {
        var id: LeaseID
        /// Nil: ended.
        var lease: Lease?
    }

    static let recordSize = 16

    private var slots: [Lease] = []
    private var free: [Int32] = []
    private var index: [LeaseID: Int32] = [:]
    private var heap: [Int32] = []
    private var changed: [LeaseID] = []

    init() {}

    init(tables: any Tables) {
        var leases = Leases()
        tables.scan(.leases, from: Bytes(), to: nil, descending: false) { key, record in
            let id = LeaseID(rawValue: Int64(bitPattern: key.head(at: 0)))
            let expiry = Instant(nanoseconds: record.little(at: 8))
            leases.add(id, ttl: record.little(at: 0), expiry: expiry)
            return true
        }
        _ = leases.takeChanges()
        self = leases
    }

    var count: Int { heap.count }

    subscript(id: LeaseID) -> Lease? { index[id].map { slots[Int($0)] } }

    func contains(_ id: LeaseID) -> Bool { index[id] != nil }

    mutating func add(_ id: LeaseID, ttl: Int64, expiry: Instant) {
        let lease = Lease(
            id: id, ttl: ttl, expiry: expiry, place: Int32(heap.count), isChanged: true)
        let slot = free.popLast() ?? Int32(slots.count)
        if Int(slot) == slots.count { slots.append(lease) } else { slots[Int(slot)] = lease }
        index[id] = slot
        heap.append(slot)
        changed.append(id)
        rise(heap.count - 1)
    }

    mutating func renew(_ id: LeaseID, expiry: Instant) {
        guard let slot = index[id] else { return }
        slots[Int(slot)].expiry = expiry
        noteChange(Int(slot))
        sink(Int(slots[Int(slot)].place))
        rise(Int(slots[Int(slot)].place))
    }

    mutating func remove(_ id: LeaseID) {
        guard let slot = index.removeValue(forKey: id) else { return }
        let place = Int(slots[Int(slot)].place)
        noteChange(Int(slot))
        free.append(slot)
        let last = heap.removeLast()
        guard last != slot else { return }
        put(last, at: place)
        sink(place)
        rise(Int(slots[Int(last)].place))
    }

    /// What changed since this was last asked.
    mutating func takeChanges() -> [Change] {
        let changes = changed.map { Change(id: $0, lease: self[$0]) }
        for change in changes {
            if let slot = index[change.id] { slots[Int(slot)].isChanged = false }
        }
        changed.removeAll()
        return changes
    }

    private mutating func noteChange(_ slot: Int) {
        guard !slots[slot].isChanged else { return }
        slots[slot].isChanged = true
        changed.append(slots[slot].id)
    }
}

// By time.
extension Leases {
    var nextExpiry: Instant? { heap.first.map { slots[Int($0)].expiry } }

    /// Those that end at `instant` or before, the first to end first.
    func expired(at instant: Instant, limit: Int) -> [LeaseID] {
        var found: [LeaseID] = []
        var near = heap.isEmpty ? [] : [0]
        while found.count < limit, let place = takeFirst(&near) {
            let lease = slots[Int(heap[place])]
            guard lease.expiry <= instant else { break }
            found.append(lease.id)
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count {
                near.append(child)
                var at = near.count - 1
                while at > 0 && precedes(near[at], near[(at - 1) / 2]) {
                    near.swapAt(at, (at - 1) / 2)
                    at = (at - 1) / 2
                }
            }
        }
        return found
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

    /// All names in order.
    var sorted: [LeaseID] { heap.map { slots[Int($0)].id }.sorted() }

    private func precedes(_ left: Int, _ right: Int) -> Bool {
        let (left, right) = (slots[Int(heap[left])], slots[Int(heap[right])])
        return (left.expiry, left.id) < (right.expiry, right.id)
    }

    private mutating func put(_ slot: Int32, at place: Int) {
        heap[place] = slot
        slots[Int(slot)].place = Int32(place)
    }

    private mutating func swap(_ left: Int, _ right: Int) {
        let slot = heap[left]
        put(heap[right], at: left)
        put(slot, at: right)
    }

    private mutating func rise(_ place: Int) {
        var place = place
        while place > 0 && precedes(place, (place - 1) / 2) {
            swap(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func sink(_ place: Int) {
        var place = place
        while true {
            var least = place
            if 2 * place + 1 < heap.count && precedes(2 * place + 1, least) {
                least = 2 * place + 1
            }
            if 2 * place + 2 < heap.count && precedes(2 * place + 2, least) {
                least = 2 * place + 2
            }
            guard least != place else { return }
            swap(place, least)
            place = least
        }
    }
}
