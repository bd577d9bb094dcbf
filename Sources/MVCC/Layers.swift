internal import Units

/// The state as four sheets of glass, one above the other: what a transaction is about to write, what
/// was written since the last checkpoint began, what that checkpoint is writing, and the tables. Who
/// looks down sees of each key the uppermost mark.
struct Layers {
    var pending = Overlay()
    var active = Overlay()
    var frozen = Overlay()
    var tables: any Tables

    /// The newest version of one key in each overlay that has any.
    struct Stack {
        var pending = Version.none
        var active = Version.none
        var frozen = Version.none
    }

    func stack(of key: Bytes) -> Stack {
        Stack(pending: pending.newest(key), active: active.newest(key), frozen: frozen.newest(key))
    }

    @_lifetime(borrow self)
    func key(of stack: Stack) -> Bytes {
        if stack.pending != Version.none { return pending.versions.key(of: stack.pending) }
        if stack.active != Version.none { return active.versions.key(of: stack.active) }
        return frozen.versions.key(of: stack.frozen)
    }

    /// The key's facts as of now; absent when it does not exist.
    func facts(of key: Bytes) -> Facts {
        let number = pending.newest(key)
        if number != Version.none { return pending.versions[number].facts }
        return factsBelowPending(key, at: active.find(key))
    }

    /// The same, when pending is known to have none, and `position` is the key's in active.
    func factsBelowPending(_ key: Bytes, at position: KeyTree.Position) -> Facts {
        // The facts of a tombstone but for `mod` are those of an absent key.
        if position.found { return active.versions[active.tree.number(at: position)].facts }
        let number = frozen.newest(key)
        if number != Version.none { return frozen.versions[number].facts }
        return tables.get(.current, key) { record in
            guard let record else { return .absent }
            return Layout.Header(record).facts
        }
    }

    /// Hands out the version that is visible at `revision`, if the key exists then.
    func visit<R>(
        _ key: Bytes, at revision: Revision, _ body: (Facts, Bytes) -> R
    ) -> R? {
        let stack = stack(of: key)
        if let found = look(stack, at: revision) {
            return visit(found, body)
        }
        return tables.get(.current, key) { record in
            guard let record else { return nil }
            return visit(key, record, at: revision, body)
        }
    }

    /// Which version of an overlay is visible.
    struct Found {
        enum Where { case pending, active, frozen }
        var layer: Where
        var number: UInt32
    }

    func look(_ stack: Stack, at revision: Revision) -> Found? {
        var number = pending.visible(stack.pending, at: revision)
        if number != Version.none { return Found(layer: .pending, number: number) }
        number = active.visible(stack.active, at: revision)
        if number != Version.none { return Found(layer: .active, number: number) }
        number = frozen.visible(stack.frozen, at: revision)
        if number != Version.none { return Found(layer: .frozen, number: number) }
        return nil
    }

    func visit<R>(_ found: Found, _ body: (Facts, Bytes) -> R) -> R? {
        switch found.layer {
        case .pending: Self.visit(found.number, of: pending, body)
        case .active: Self.visit(found.number, of: active, body)
        case .frozen: Self.visit(found.number, of: frozen, body)
        }
    }

    private static func visit<R>(
        _ number: UInt32, of overlay: borrowing Overlay, _ body: (Facts, Bytes) -> R
    ) -> R? {
        let version = overlay.versions[number]
        guard version.isLive else { return nil }
        return body(version.facts, overlay.versions.value(of: number))
    }

    /// Of the tables' versions of a key, whose newest is `record`.
    func visit<R>(
        _ key: Bytes, _ record: Bytes, at revision: Revision, _ body: (Facts, Bytes) -> R
    ) -> R? {
        let header = Layout.Header(record)
        if header.facts.mod <= revision {
            guard header.isLive else { return nil }
            return body(header.facts, record.extracting(Layout.Header.size...))
        }
        let bound = Layout.Order(revision: revision, sub: 0).nextRevision
        return visitHistory(key, below: bound, body)
    }

    /// The last version of `key` in history before `bound`, if it is no tombstone.
    func visitHistory<R>(
        _ key: Bytes, below bound: Layout.Order, _ body: (Facts, Bytes) -> R
    ) -> R? {
        let hash = Hash64.of(key)
        let from = Layout.history(hash, Layout.beginning)
        let to = Layout.history(hash, bound)
        var result: R? = nil
        tables.scan(.history, from: from.span, to: to.span, descending: true) { _, record in
            let version = Layout.Superseded(record)
            guard version.key.compared(to: key) == 0 else { return true }
            if version.header.isLive { result = body(version.header.facts, version.value) }
            return false
        }
        return result
    }
}
