package import Units

package enum EventKind: UInt8, BitwiseCopyable, Sendable {
    case put = 0
    case delete = 1
}

/// One write, as a watch tells it. Valid during the visit only.
package struct EventView: ~Escapable {
    package let kind: EventKind
    package let key: Bytes
    /// Empty in a deletion.
    package let value: Bytes
    /// Of a deletion: its revision as `mod`, all else zero.
    package let facts: Facts
    /// The replaced or deleted pair, if it was asked for and is not compacted.
    package let previous: Facts?
    package let previousValue: Bytes

    @_lifetime(copy key, copy value, copy previousValue)
    init(
        kind: EventKind, key: Bytes, value: Bytes, facts: Facts, previous: Facts?,
        previousValue: Bytes
    ) {
        self.kind = kind
        self.key = key
        self.value = value
        self.facts = facts
        self.previous = previous
        self.previousValue = previousValue
    }
}

extension MVCC {
    /// Visits the events of these revisions in order. An event for which `visit` returns false was
    /// not taken: nothing further is visited. Revisions yet to come have no events.
    ///
    /// With `previous`, each event carries the pair that it replaced, but for those at the compacted
    /// revision itself, before which everything is forgotten.
    package func events(
        from: Revision, through: Revision, previous: Bool = false,
        _ visit: (EventView) -> Bool
    ) throws(Failure) {
        let oldest = max(compacted, .first)
        guard from >= oldest else { throw .compacted(below: oldest) }
        let last = min(through, revision)
        guard from <= last else { return }
        let threshold = previous ? compacted : .newest
        let replay = Replay(layers: layers, interval: from...last, previousAfter: threshold)
        guard replay.tables(visit), replay.overlay(layers.frozen, isActive: false, visit) else {
            return
        }
        _ = replay.overlay(layers.active, isActive: true, visit)
    }
}

/// One reading of events, from the oldest layer to the newest. Its parts say whether to go on.
private struct Replay {
    let layers: Layers
    let interval: ClosedRange<Revision>
    /// Events later than this carry the pair before.
    let previousAfter: Revision

    func tables(_ visit: (EventView) -> Bool) -> Bool {
        let from = Layout.event(Layout.Order(revision: interval.lowerBound, sub: 0))
        let to = Layout.event(Layout.Order(revision: interval.upperBound, sub: 0).nextRevision)
        var goesOn = true
        layers.tables.scan(.events, from: from.span, to: to.span, descending: false) { at, event in
            let order = Layout.Order(endOf: at)
            let key = event.extracting(1...)
            if Layout.kind(event[0]) == .delete {
                let facts = Write(deletingAt: order.revision, sub: order.sub).facts
                goesOn = show(.delete, key, order, facts, Bytes(), visit)
            } else {
                goesOn = layers.visitTables(key, at: order) { facts, value in
                    show(.put, key, order, facts, value, visit)
                }
            }
            return goesOn
        }
        return goesOn
    }

    private func show(
        _ kind: EventKind, _ key: Bytes, _ order: Layout.Order, _ facts: Facts, _ value: Bytes,
        _ visit: (EventView) -> Bool
    ) -> Bool {
        if order.revision > previousAfter {
            let goesOn = layers.visitHistory(key, below: order) { previous, previousValue in
                visit(
                    EventView(
                        kind: kind, key: key, value: value, facts: facts, previous: previous,
                        previousValue: previousValue))
            }
            if let goesOn { return goesOn }
        }
        return visit(
            EventView(
                kind: kind, key: key, value: value, facts: facts, previous: nil,
                previousValue: Bytes()))
    }

    func overlay(
        _ overlay: borrowing Overlay, isActive: Bool, _ visit: (EventView) -> Bool
    ) -> Bool {
        var number = UInt32(overlay.versions.first(from: interval.lowerBound))
        while number < UInt32(overlay.versions.count) {
            guard overlay.versions[number].mod <= interval.upperBound.rawValue else { return true }
            guard show(number, of: overlay, isActive: isActive, visit) else { return false }
            number += 1
        }
        return true
    }

    private func show(
        _ number: UInt32, of overlay: borrowing Overlay, isActive: Bool,
        _ visit: (EventView) -> Bool
    ) -> Bool {
        let version = overlay.versions[number]
        if version.mod > previousAfter.rawValue && version.previous == Version.none {
            let key = overlay.versions.key(of: number)
            let goesOn = layers.visitBelow(key, isActive: isActive) { facts, value in
                tell(number, of: overlay, facts, value, visit)
            }
            if let goesOn { return goesOn }
        } else if version.mod > previousAfter.rawValue {
            let previous = overlay.versions[version.previous]
            if previous.isLive {
                let value = overlay.versions.value(of: version.previous)
                return tell(number, of: overlay, previous.facts, value, visit)
            }
        }
        return tell(number, of: overlay, nil, Bytes(), visit)
    }

    private func tell(
        _ number: UInt32, of overlay: borrowing Overlay, _ previous: Facts?,
        _ previousValue: Bytes, _ visit: (EventView) -> Bool
    ) -> Bool {
        visit(
            EventView(
                kind: overlay.versions[number].kind, key: overlay.versions.key(of: number),
                value: overlay.versions.value(of: number), facts: overlay.versions[number].facts,
                previous: previous, previousValue: previousValue))
    }
}

extension Layers {
    /// The version that was put at `order`, which is in the tables.
    fileprivate func visitTables<R>(
        _ key: Bytes, at order: Layout.Order, _ body: (Facts, Bytes) -> R
    ) -> R {
        let newest: R? = tables.get(.current, key) { record in
            guard let record else { return nil }
            let header = Layout.Header(record)
            guard header.order == order else { return nil }
            return body(header.facts, record.extracting(Layout.Header.size...))
        }
        if let newest { return newest }
        let place = Layout.history(Hash64.of(key), order)
        return tables.get(.history, place.span) { record in
            guard let record else { preconditionFailure("an event's version is not in the tables") }
            let version = Layout.Superseded(record)
            return body(version.header.facts, version.value)
        }
    }

    /// The key's newest version below the active overlay, or below the frozen one, if it is live.
    fileprivate func visitBelow<R>(
        _ key: Bytes, isActive: Bool, _ body: (Facts, Bytes) -> R
    ) -> R? {
        let number = isActive ? frozen.newest(key) : Version.none
        if number != Version.none {
            return visit(Found(layer: .frozen, number: number), body)
        }
        return tables.get(.current, key) { record in
            guard let record else { return nil }
            return visit(key, record, at: .newest, body)
        }
    }
}
