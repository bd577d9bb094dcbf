internal import Units

/// What happened last.
extension MVCC {
    /// Visits the events from `first` through `last` that are still known, in order, until `visit`
    /// returns false. Those of refreshes are among them.
    package func treeEvents(
        from first: UInt64, through last: UInt64, _ visit: (Tree.Event) -> Bool
    ) {
        guard first <= last else { return }
        let from = TreeLayout.event(first, 0)
        let to = TreeLayout.event(last, .max)
        var open: Tree.Event?
        var goesOn = true
        scanRecords(.treeEvents, from: from.span, to: to.span) { key, record in
            guard key[8] == 0 else {
                open?.previous = Tree.Node(record)
                return true
            }
            if let event = open { goesOn = visit(event) }
            open = goesOn ? Tree.Event(record) : nil
            return goesOn
        }
        if let open { _ = visit(open) }
    }

    /// Why a watch cannot begin at `index`; nil when it can.
    package func treeHistoryCleared(_ index: UInt64) -> Tree.Failure? {
        guard index < treeBook.oldest else { return nil }
        let words = "the requested history has been cleared [\(treeBook.oldest)/\(index)]"
        return Tree.Failure(.historyCleared, Array(words.utf8), index: treeBook.index)
    }

    /// Takes the event's index, and forgets what is too old.
    mutating func remember(_ event: Tree.Event) {
        precondition(event.index == treeBook.index + 1, "each event takes the next index")
        treeBook.index = event.index
        write(event.index, 0, event.encoded)
        if let previous = event.previous {
            var record: [UInt8] = []
            previous.append(to: &record)
            write(event.index, 1, record)
        }
        treeBook.eventCount += 1
        while isHistoryFull { forgetOldest() }
    }

    private mutating func write(_ index: UInt64, _ part: UInt8, _ record: [UInt8]) {
        let key = TreeLayout.event(index, part)
        setRecord(.treeEvents, key.span, record)
        treeBook.eventBytes += UInt64(record.count)
    }

    private var isHistoryFull: Bool {
        if treeBook.eventCount > Limits.treeEvents { return true }
        return treeBook.eventCount > Limits.treeEventsLeast
            && treeBook.eventBytes > Limits.treeEventBytes
    }

    private mutating func forgetOldest() {
        let index = treeBook.oldest
        treeBook.oldest += 1
        for part: UInt8 in 0...1 {
            let key = TreeLayout.event(index, part)
            guard let record = record(.treeEvents, key.span) else { continue }
            setRecord(.treeEvents, key.span, nil)
            treeBook.eventBytes -= UInt64(record.count)
            if part == 0 { treeBook.eventCount -= 1 }
        }
    }
}

extension Tree.Event {
    /// Record: action 1, refresh 1, node.
    init(_ record: Bytes) {
        guard let action = Tree.Action(rawValue: record[0]) else {
            preconditionFailure("an event's record is of no known action")
        }
        self.init(
            action: action, node: Tree.Node(record.extracting(2...)), isRefresh: record[1] != 0)
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = [action.rawValue, isRefresh ? 1 : 0]
        node.append(to: &bytes)
        return bytes
    }
}
