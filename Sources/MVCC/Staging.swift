package import Units

// A transaction on trial: what it would write can be weighed before it is settled.
extension MVCC {
    /// Does a transaction without making it part of the state: `settle` or `abandon` follows, and
    /// nothing else before.
    package mutating func prepare(
        _ transaction: Transaction
    ) throws(Failure) -> TransactionResult {
        try transaction.check()
        var room = Limits.resultBytes
        do {
            return try run(transaction, room: &room)
        } catch {
            rollBack()
            throw error
        }
    }

    /// Makes what was prepared part of the state, at one revision.
    package mutating func settle() { commit() }

    /// Forgets what was prepared.
    package mutating func abandon() { rollBack() }

    /// Visits each key that the prepared transaction writes, once, with the bytes of key and value
    /// as they are and as they would be; nil where there is no pair.
    package func visitPrepared(_ visit: (_ key: Bytes, _ old: Int?, _ new: Int?) -> Void) {
        var below = layers
        below.pending = Overlay()
        for number in 0..<UInt32(layers.pending.versions.count) {
            let key = layers.pending.versions.key(of: number)
            guard layers.pending.newest(key) == number else { continue }
            let version = layers.pending.versions[number]
            let old = below.visit(key, at: .newest) { key.count + $1.count }
            visit(key, old, version.isLive ? key.count + Int(version.valueCount) : nil)
        }
    }
}
