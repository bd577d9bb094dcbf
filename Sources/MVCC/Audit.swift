internal import Units

/// Whether the tables of a state agree with themselves: every record is well formed, every version has
/// its event and every event its version, keys are counted right, leases have their keys and keys
/// their leases.
package struct Audit {
    /// What is wrong, the first few of each kind.
    package private(set) var faults: [String] = []
    /// Faults, told or not.
    package private(set) var faultCount = 0
    package private(set) var records = 0
    /// Keys that exist.
    package private(set) var keys = 0

    private let tables: any Tables
    private let meta: Meta?
    private let limit: Int

    /// - Parameter limit: faults that are told.
    package init(of tables: any Tables, limit: Int) {
        self.tables = tables
        self.limit = limit
        let name = Meta.key
        meta = tables.get(.meta, name.span) { record in
            guard let record, Meta.isWellFormed(record) else { return nil }
            return Meta(record)
        }
        if meta == nil { complain("the record that says where the state stands is missing or bad") }
        for table in Table.allCases { check(table) }
        guard let meta, faultCount == 0 else { return }
        if keys != meta.keyCount {
            complain("\(keys) keys are there, and \(meta.keyCount) should be")
        }
    }

    private mutating func complain(_ what: String) {
        faultCount += 1
        if faults.count < limit { faults.append(what) }
    }

    private mutating func check(_ table: Table) {
        var found: [String] = []
        var bad = 0
        var records = 0
        var keys = 0
        tables.scan(table, from: Bytes(), to: nil, descending: false) { key, value in
            records += 1
            if let fault = fault(table, key, value, &keys) {
                bad += 1
                if found.count < limit { found.append("table '\(table)': \(fault)") }
            }
            return true
        }
        self.records += records
        self.keys += keys
        for fault in found { complain(fault) }
        faultCount += bad - found.count
    }

    private func fault(
        _ table: Table, _ key: Bytes, _ value: Bytes, _ keys: inout Int
    ) -> String? {
        guard Layout.isWellFormed(table, key, value) else { return "a record makes no sense" }
        guard let meta else { return nil }
        switch table {
        case .current:
            let header = Layout.Header(value)
            if header.isLive { keys += 1 }
            return current(header, key, meta)
        case .history: return history(key, value, meta)
        case .events: return event(key, value, meta)
        case .attachments: return attachment(key, value)
        case .leases: return LeaseID(bytes: key) == .none ? "a lease has no name" : nil
        case .meta, .sessions, .tree, .treeEvents, .access, .facts, .census: return nil
        }
    }

    private func current(_ header: Layout.Header, _ key: Bytes, _ meta: Meta) -> String? {
        guard header.facts.mod <= meta.revision else {
            return "a key is of revision \(header.facts.mod.rawValue), later than the state"
        }
        guard hasEvent(header.order, key, meta) else {
            return "the write at revision \(header.facts.mod.rawValue) has no event"
        }
        let lease = header.facts.lease
        guard lease != .none, header.isLive else { return nil }
        let place = Layout.attachment(lease, header.order)
        guard holds(.attachments, place), holds(.leases, Layout.lease(lease)) else {
            return "a key bears lease \(lease), which is not there"
        }
        return nil
    }

    private func history(_ place: Bytes, _ value: Bytes, _ meta: Meta) -> String? {
        let version = Layout.Superseded(value)
        guard place.head(at: 0) == Hash64.of(version.key),
            Layout.Order(endOf: place) == version.header.order
        else { return "an earlier version is in the wrong place" }
        guard hasEvent(version.header.order, version.key, meta) else {
            return "the write at revision \(version.header.facts.mod.rawValue) has no event"
        }
        return nil
    }

    /// Events that were compacted may be gone.
    private func hasEvent(_ order: Layout.Order, _ key: Bytes, _ meta: Meta) -> Bool {
        guard order > meta.purged else { return true }
        let place = Layout.event(order)
        return tables.get(.events, place.span) { event in
            guard let event else { return false }
            return event.extracting(1...).compared(to: key) == 0
        }
    }

    private func event(_ place: Bytes, _ value: Bytes, _ meta: Meta) -> String? {
        let order = Layout.Order(endOf: place)
        let key = value.extracting(1...)
        let isNewest = tables.get(.current, key) { record in
            guard let record, Layout.isVersion(record) else { return false }
            return Layout.Header(record).order == order
        }
        guard isNewest || holds(.history, Layout.history(Hash64.of(key), order)) else {
            return "the event of revision \(order.revision.rawValue) has no version"
        }
        return nil
    }

    private func attachment(_ place: Bytes, _ key: Bytes) -> String? {
        let order = Layout.Order(endOf: place)
        let lease = LeaseID(bytes: place)
        let bears = tables.get(.current, key) { record in
            guard let record, Layout.isVersion(record) else { return false }
            let header = Layout.Header(record)
            return header.order == order && header.facts.lease == lease
        }
        return bears ? nil : "lease \(lease) has a key that does not bear it"
    }

    private func holds(_ table: Table, _ key: [UInt8]) -> Bool {
        tables.get(table, key.span) { value in
            guard value != nil else { return false }
            return true
        }
    }
}

extension LeaseID {
    /// The first eight bytes of a key in `leases` or `attachments`.
    fileprivate init(bytes: Bytes) {
        self.init(rawValue: Int64(bitPattern: bytes.head(at: 0)))
    }
}
