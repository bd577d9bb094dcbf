/// Values by call number. Linear probing in flat arrays: a call is added and removed for every
/// request, and the standard dictionary would take most of a request's time for it.
package struct Table<Value> {
    private var keys: [UInt32] = []
    private var values: [Value?] = []
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { count == 0 }

    /// Multiplication scatters numbers that a caller may have chosen to collide.
    @inline(__always)
    private func home(_ key: UInt32) -> Int {
        Int(truncatingIfNeeded: (UInt64(key) &* 0x9E37_79B9_7F4A_7C15) >> 32) & (keys.count - 1)
    }

    @inline(__always)
    private func find(_ key: UInt32) -> Int? {
        guard count > 0, key != 0 else { return nil }
        var slot = home(key)
        while keys[slot] != key {
            if keys[slot] == 0 { return nil }
            slot = (slot + 1) & (keys.count - 1)
        }
        return slot
    }

    package func contains(_ key: UInt32) -> Bool { find(key) != nil }

    /// Setting nil removes.
    package subscript(key: UInt32) -> Value? {
        get { find(key).flatMap { values[$0] } }
        set {
            if let newValue { insert(key, newValue) } else { _ = remove(key) }
        }
    }

    /// Changes the value of `key` in place; false when there is none.
    package mutating func update<Result>(
        _ key: UInt32, _ change: (inout Value) -> Result
    ) -> Result? {
        guard let slot = find(key) else { return nil }
        return change(&values[slot]!)
    }

    /// `key` is above 0.
    package mutating func insert(_ key: UInt32, _ value: Value) {
        precondition(key != 0, "call 0 is the connection itself")
        if let slot = find(key) {
            values[slot] = value
            return
        }
        if keys.count < 2 * (count + 1) { grow() }
        place(key, value)
        count += 1
    }

    private mutating func place(_ key: UInt32, _ value: Value) {
        var slot = home(key)
        while keys[slot] != 0 { slot = (slot + 1) & (keys.count - 1) }
        keys[slot] = key
        values[slot] = value
    }

    private mutating func grow() {
        let oldKeys = keys
        let oldValues = values
        let size = max(8, 2 * keys.count)
        keys = [UInt32](repeating: 0, count: size)
        values = [Value?](repeating: nil, count: size)
        for (slot, key) in oldKeys.enumerated() where key != 0 { place(key, oldValues[slot]!) }
    }

    /// Takes `key` out and closes the gap, so that no later search stops short.
    package mutating func remove(_ key: UInt32) -> Value? {
        guard var gap = find(key) else { return nil }
        let value = values[gap].take()
        count -= 1
        let mask = keys.count - 1
        var next = (gap + 1) & mask
        while keys[next] != 0 {
            let distance = (next &- home(keys[next])) & mask
            if distance >= (next &- gap) & mask {
                keys[gap] = keys[next]
                values.swapAt(gap, next)
                gap = next
            }
            next = (next + 1) & mask
        }
        keys[gap] = 0
        return value
    }

    /// All numbers, in ascending order.
    package var numbers: [UInt32] { keys.filter { $0 != 0 }.sorted() }
}

extension Table: Equatable where Value: Equatable {}
extension Table: Sendable where Value: Sendable {}
