package import Units

/// The ordered tables below the state. Numbers are on disk and in snapshots: never renumber.
package enum Table: UInt8, CaseIterable, Sendable {
    /// "state" → where things stand (see `Meta`); "membership" → opaque bytes.
    case meta = 0
    /// key → its newest version. A deleted key stays, as a tombstone, until compaction passes it.
    case current = 1
    /// (hash of key, revision, place in the revision) → a version that was superseded, with its key.
    case history = 2
    /// (revision, place in the revision) → what kind of write, and its key.
    case events = 3
    /// lease → time to live, expiry.
    case leases = 4
    /// (lease, revision, place in the revision) → a key whose newest version bears this lease.
    case attachments = 5
    /// Sessions of clients, by which a command is carried out once; see `Records` for this and the
    /// next.
    case sessions = 6
    /// The directory tree: nodes by path, and what stands beside them.
    case tree = 7
    /// The directory tree's events, by their index.
    case treeEvents = 8
    /// Users, roles, quotas.
    case access = 9
    /// Of the cluster: its version, alarms.
    case facts = 10
    /// 1 and a fence → how many keys are in the district behind it; see `Census`.
    case census = 11
}

/// What a checkpoint wrote. Reads are synchronous and never fail: an engine that cannot read stops
/// the program.
package protocol Tables: AnyObject {
    /// Hands the value to `body`, valid during the call only; nil when there is none.
    func get<R>(_ table: Table, _ key: Bytes, _ body: (Bytes?) -> R) -> R

    /// Visits the half-open interval [from, to) in order, or from its end; `to` nil: to the last key.
    /// Stops when `visit` returns false. `visit` may read, not write.
    func scan(
        _ table: Table, from: Bytes, to: Bytes?, descending: Bool,
        _ visit: (_ key: Bytes, _ value: Bytes) -> Bool)
}

/// Tables as seen by the transaction that writes a checkpoint or a snapshot; it reads its own writes.
package protocol WritableTables: Tables {
    func put(_ table: Table, _ key: Bytes, _ value: Bytes)
    /// Deleting what is not there does nothing.
    func delete(_ table: Table, _ key: Bytes)
}
