import Units

/// What is to happen, in the order of time. Things at the same time come in an order that the seed
/// draws, so that nothing can lean on the order in which they were planned.
struct Schedule<Item> {
    private struct Slot {
        var time: Moment
        var tie: UInt64
        var sequence: UInt64
        var item: Item

        func isBefore(_ other: borrowing Slot) -> Bool {
            (time.nanoseconds, tie, sequence) < (other.time.nanoseconds, other.tie, other.sequence)
        }
    }

    private var heap: [Slot] = []
    private var chance: Chance
    private var sequence: UInt64 = 0

    init(chance: Chance) { self.chance = chance }

    var count: Int { heap.count }

    mutating func add(_ item: Item, at time: Moment) {
        sequence += 1
        heap.append(Slot(time: time, tie: chance.next(), sequence: sequence, item: item))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func next() -> (time: Moment, item: Item)? {
        guard let last = heap.popLast() else { return nil }
        guard let first = heap.first else { return (last.time, last.item) }
        heap[0] = last
        sink()
        return (first.time, first.item)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < heap.count else { return }
            if child + 1 < heap.count, heap[child + 1].isBefore(heap[child]) { child += 1 }
            guard heap[child].isBefore(heap[parent]) else { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }
}
