internal import Units

/// Goes through the keys of all overlays in order, each key once.
struct Walk {
    private var cursors: (KeyTree.Cursor, KeyTree.Cursor, KeyTree.Cursor)
    /// What each overlay has next.
    private var next: Layers.Stack
    private let upper: [UInt8]?

    init(_ layers: borrowing Layers, from lower: [UInt8], to upper: [UInt8]?) {
        self.upper = upper
        cursors = (
            layers.pending.tree.cursor(from: lower.span, in: layers.pending.versions),
            layers.active.tree.cursor(from: lower.span, in: layers.active.versions),
            layers.frozen.tree.cursor(from: lower.span, in: layers.frozen.versions)
        )
        next = Layers.Stack()
        advance(Layers.Stack(pending: 0, active: 0, frozen: 0), layers)
    }

    /// The lowest key that is left, as its newest versions; nil at the end.
    func peek(_ layers: borrowing Layers) -> Layers.Stack? {
        var lowest = Layers.Stack(pending: next.pending)
        if next.active != Version.none {
            let order = Self.order(
                layers, lowest, Layers.Stack(active: next.active))
            if order > 0 { lowest = Layers.Stack(active: next.active) }
            if order == 0 { lowest.active = next.active }
        }
        if next.frozen != Version.none {
            let order = Self.order(layers, lowest, Layers.Stack(frozen: next.frozen))
            if order > 0 { lowest = Layers.Stack(frozen: next.frozen) }
            if order == 0 { lowest.frozen = next.frozen }
        }
        return lowest.isEmpty ? nil : lowest
    }

    /// Leaves the key of `stack`, which was the lowest.
    mutating func advance(_ stack: Layers.Stack, _ layers: borrowing Layers) {
        if stack.pending != Version.none {
            next.pending = step(&cursors.0, layers.pending)
        }
        if stack.active != Version.none {
            next.active = step(&cursors.1, layers.active)
        }
        if stack.frozen != Version.none {
            next.frozen = step(&cursors.2, layers.frozen)
        }
    }

    private func step(_ cursor: inout KeyTree.Cursor, _ overlay: borrowing Overlay) -> UInt32 {
        guard let number = overlay.tree.next(&cursor) else { return Version.none }
        guard let upper else { return number }
        let isBelow = overlay.versions.key(of: number).compared(to: upper.span) < 0
        return isBelow ? number : Version.none
    }

    private static func order(
        _ layers: borrowing Layers, _ left: Layers.Stack, _ right: Layers.Stack
    ) -> Int {
        left.isEmpty ? 1 : layers.key(of: left).compared(to: layers.key(of: right))
    }
}

extension Layers.Stack {
    var isEmpty: Bool {
        pending == Version.none && active == Version.none && frozen == Version.none
    }
}

extension Layers {
    /// Visits every key in the range that exists at `revision`, in order, until `visit` says false.
    func walk(
        _ range: KeyRange, at revision: Revision, _ visit: (Bytes, Facts, Bytes) -> Bool
    ) {
        guard !range.isSingle else {
            let key = range.lower.span
            _ = self.visit(key, at: revision) { visit(key, $0, $1) }
            return
        }
        let upper = range.upper
        var walk = Walk(self, from: range.lower, to: upper)
        var goesOn = true
        func below(_ key: Bytes, _ record: Bytes) -> Bool {
            while let stack = walk.peek(self) {
                let order = self.key(of: stack).compared(to: key)
                guard order <= 0 else { break }
                walk.advance(stack, self)
                goesOn = show(stack, record: order == 0 ? record : nil, at: revision, visit)
                if order == 0 || !goesOn { return goesOn }
            }
            goesOn = self.visit(key, record, at: revision) { visit(key, $0, $1) } ?? true
            return goesOn
        }
        if let upper {
            tables.scan(
                .current, from: range.lower.span, to: upper.span, descending: false, below)
        } else {
            tables.scan(.current, from: range.lower.span, to: nil, descending: false, below)
        }
        while goesOn, let stack = walk.peek(self) {
            walk.advance(stack, self)
            goesOn = show(stack, record: nil, at: revision, visit)
        }
    }

    /// Visits one key of which overlays have versions, and the tables perhaps a record.
    private func show(
        _ stack: Stack, record: Bytes?, at revision: Revision,
        _ visit: (Bytes, Facts, Bytes) -> Bool
    ) -> Bool {
        let key = key(of: stack)
        if let found = look(stack, at: revision) {
            return self.visit(found) { visit(key, $0, $1) } ?? true
        }
        guard let record else { return true }
        return self.visit(key, record, at: revision) { visit(key, $0, $1) } ?? true
    }
}
