internal import Units

/// What was written since the checkpoint before, set aside to be written into tables: on another
/// thread, in one transaction of the engine. It may be written again when that failed.
package struct Checkpoint: Sendable {
    let meta: Meta
    let overlay: Overlay
    let leases: Leases.Changes
    let membership: [UInt8]
    let records: Records.Sheet
    let census: [Census.Change]

    /// The log entry up to which the tables will hold the state.
    package var mark: Mark { meta.mark }
    package var digest: UInt64 { meta.digest.state }

    /// Writes everything, and removes a bounded part of what was compacted.
    package func write(into tables: some WritableTables) {
        var cursor = KeyTree.Cursor(leaf: 0, index: 0)
        while let number = overlay.tree.next(&cursor) { write(number, into: tables) }
        writeEvents(into: tables)
        for lease in leases.ended { tables.delete(.leases, Layout.lease(lease).span) }
        for lease in leases.written { write(lease, into: tables) }
        records.write(into: tables)
        for change in census { change.write(into: tables) }
        var meta = meta
        meta.purged = Meta.read(from: tables).purged
        purge(&meta, in: tables)
        put(Meta.key, meta.encoded, into: tables)
        put(Meta.membershipKey, membership, into: tables)
    }

    private func put(_ key: [UInt8], _ value: [UInt8], into tables: some WritableTables) {
        tables.put(.meta, key.span, value.span)
    }

    /// Writes the newest version of a key, and what it superseded.
    private func write(_ newest: UInt32, into tables: some WritableTables) {
        let key = overlay.versions.key(of: newest)
        let hash = Hash64.of(key)
        let version = overlay.versions[newest]
        supersede(key, hash, in: tables)
        var record: [UInt8] = []
        var number = version.previous
        while number != Version.none {
            let header = Layout.Header(overlay.versions[number])
            Layout.Superseded.encode(
                header, key: key, value: overlay.versions.value(of: number), into: &record)
            tables.put(.history, Layout.history(hash, header.order).span, record.span)
            number = overlay.versions[number].previous
        }
        let header = Layout.Header(version)
        record.removeAll(keepingCapacity: true)
        header.append(to: &record)
        record.append(overlay.versions.value(of: newest))
        tables.put(.current, key, record.span)
        guard header.facts.lease != .none else { return }
        tables.put(.attachments, Layout.attachment(header.facts.lease, header.order).span, key)
    }

    /// Moves the tables' version of a key to history, unless it came with this very checkpoint.
    private func supersede(_ key: Bytes, _ hash: UInt64, in tables: some WritableTables) {
        let record: [UInt8] = tables.get(.current, key) { record in
            guard let record else { return [] }
            return record.array
        }
        guard !record.isEmpty else { return }
        let header = Layout.Header(record.span)
        guard header.facts.mod.rawValue < overlay.versions[0].mod else { return }
        var bytes: [UInt8] = []
        let value = record.span.extracting(Layout.Header.size...)
        Layout.Superseded.encode(header, key: key, value: value, into: &bytes)
        tables.put(.history, Layout.history(hash, header.order).span, bytes.span)
        guard header.facts.lease != .none else { return }
        tables.delete(.attachments, Layout.attachment(header.facts.lease, header.order).span)
    }

    private func writeEvents(into tables: some WritableTables) {
        var event: [UInt8] = []
        for number in 0..<UInt32(overlay.versions.count) {
            let header = Layout.Header(overlay.versions[number])
            event.removeAll(keepingCapacity: true)
            event.append(header.kind.rawValue)
            event.append(overlay.versions.key(of: number))
            tables.put(.events, Layout.event(header.order).span, event.span)
        }
    }

    private func write(_ lease: Leases.Lease, into tables: some WritableTables) {
        let key = Layout.lease(lease.id)
        var record: [UInt8] = []
        record.append(little: lease.ttl)
        record.append(little: lease.expiry.nanoseconds)
        tables.put(.leases, key.span, record.span)
    }
}

// Removal of what was compacted.
//
// Every event before the compacted revision replaced at most one version of its key that is still
// there, for the events before it removed the earlier ones. That version goes, and the event, and if
// the event was a deletion, the tombstone: from then on nothing hides behind it.
extension Checkpoint {
    private struct Removal {
        var order: Layout.Order
        var event: [UInt8]
    }

    private func purge(_ meta: inout Meta, in tables: some WritableTables) {
        var left = Limits.removalsPerCheckpoint + 2 * overlay.versions.count
        while left > 0 {
            let batch = removals(
                after: meta.purged, limit: min(left, Limits.removalBatch), in: tables)
            for removal in batch { remove(removal, in: tables) }
            guard let last = batch.last else { return }
            meta.purged = last.order
            left -= batch.count
        }
    }

    private func removals(
        after purged: Layout.Order, limit: Int, in tables: some WritableTables
    ) -> [Removal] {
        var batch: [Removal] = []
        let from = Layout.event(purged)
        let to = Layout.event(Layout.Order(revision: max(meta.compacted, .zero), sub: 0))
        guard from.span.compared(to: to.span) < 0 else { return [] }
        tables.scan(.events, from: from.span, to: to.span, descending: false) { key, event in
            batch.append(Removal(order: Layout.Order(endOf: key), event: event.array))
            return batch.count < limit
        }
        return batch
    }

    private func remove(_ removal: Removal, in tables: some WritableTables) {
        let key = removal.event.span.extracting(1...)
        let hash = Hash64.of(key)
        for order in superseded(key, hash, before: removal.order, in: tables) {
            tables.delete(.history, Layout.history(hash, order).span)
        }
        tables.delete(.events, Layout.event(removal.order).span)
        guard Layout.kind(removal.event[0]) == .delete else { return }
        tables.delete(.history, Layout.history(hash, removal.order).span)
        let isNewest = tables.get(.current, key) { record in
            guard let record else { return false }
            return Layout.Header(record).order == removal.order
        }
        if isNewest { tables.delete(.current, key) }
    }

    private func superseded(
        _ key: Bytes, _ hash: UInt64, before order: Layout.Order, in tables: some WritableTables
    ) -> [Layout.Order] {
        var orders: [Layout.Order] = []
        let from = Layout.history(hash, Layout.beginning)
        let to = Layout.history(hash, order)
        tables.scan(.history, from: from.span, to: to.span, descending: false) { place, record in
            if Layout.Superseded(record).key.compared(to: key) == 0 {
                orders.append(Layout.Order(endOf: place))
            }
            return true
        }
        return orders
    }
}
