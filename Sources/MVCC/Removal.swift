internal import Units

/// What was compacted leaves with checkpoints. When nobody writes, none would come by themselves.
extension MVCC {
    /// The next checkpoint would remove something that was compacted.
    package var awaitsRemoval: Bool {
        guard !isFrozen, meta.compacted > .zero else { return false }
        let tables = layers.tables
        let written = Meta.read(from: tables)
        if written.compacted < meta.compacted, overlayBytes > 0 { return true }
        let from = Layout.event(written.purged)
        let to = Layout.event(Layout.Order(revision: meta.compacted, sub: 0))
        guard from.span.compared(to: to.span) < 0 else { return false }
        var isThere = false
        tables.scan(.events, from: from.span, to: to.span, descending: false) { _, _ in
            isThere = true
            return false
        }
        return isThere
    }
}
