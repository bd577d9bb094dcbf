/// The keys, at every revision that is not compacted; leases; who watches what.
///
/// Picture a ledger that is written in pencil on sheets of glass over a printed book. A write never
/// rubs anything out: it adds a line with the next revision's number. Now and then the upper sheet is
/// taken away to be printed (`freeze`), a clean one takes its place, and when the new book is there
/// the old sheet is dropped (`thaw`). Reading as of an earlier revision means to overlook what was
/// written later. Compaction tears out what was overwritten before some revision, and nothing else.
///
/// Invariants:
/// - What is applied depends on the state and the command alone, never on when checkpoints or removals
///   happened: two members that applied the same log answer every question alike, and their digests
///   are equal.
/// - A failing call changes nothing.
/// - No two writes share revision and place in it (`Layout.Order`). The events of one revision follow
///   one another.
/// - The tables hold what was applied up to `Mark` and nothing later; overlays hold only what is later.
/// - A tombstone is kept until compaction passes it, so that older versions stay hidden below it.
///
/// Imports: `Units`. Never: Raft, Wire, files, clocks, iteration of a `Dictionary` or `Set`.
package import Units

package struct MVCC {
    var layers: Layers
    var leaseBook: Leases
    var meta: Meta
    var records = Records()
    /// What is known of the directory tree besides its nodes, and when the next of them ends.
    var treeBook: Tree.Book
    var nextTreeEnd = Instant.never
    var census = Census()
    private let maximumLeases: Int

    /// Opaque bytes that are kept with the state.
    package var membership: [UInt8] {
        didSet { precondition(membership.count <= Limits.membership, "membership is too large") }
    }
    /// Who watches what; not part of the replicated state.
    package var watchers = Watchers()
    /// The pair that the last put with `PutOptions.previous` replaced.
    package internal(set) var replaced: Record?
    private(set) var isFrozen = false

    /// The state that a checkpoint or a snapshot left in `tables`; empty tables for a new store.
    package init(tables: any Tables, maximumLeases: Int = Limits.leases) {
        layers = Layers(tables: tables)
        leaseBook = Leases(tables: tables)
        meta = Meta.read(from: tables)
        let key = Meta.membershipKey
        membership = tables.get(.meta, key.span) { bytes in
            guard let bytes else { return [] }
            return bytes.array
        }
        self.maximumLeases = maximumLeases
        treeBook = Tree.Book.read(from: tables)
        findNextTreeEnd(from: .zero)
        readCensus()
    }
}

// Where the state stands.
extension MVCC {
    /// The log entry up to which commands were applied.
    package var mark: Mark { meta.mark }
    /// The newest.
    package var revision: Revision { meta.revision }
    /// What is older was forgotten; zero when nothing was.
    package var compacted: Revision { meta.compacted }
    /// Equal on members at an equal mark.
    package var digest: UInt64 { meta.digest.state }
    /// The time that leases live by: that of the last batch.
    package var clusterTime: Instant { meta.clusterTime }
    package var keyCount: Int { meta.keyCount }
    package var leaseCount: Int { leaseBook.count }
    /// Bytes in memory that the next checkpoint would write, roughly.
    package var overlayBytes: Int { layers.active.byteCount + records.active.byteCount }
    /// Bytes in memory that the checkpoint under way writes, roughly.
    package var frozenBytes: Int { layers.frozen.byteCount + records.frozen.byteCount }

    /// A batch begins, stamped with this time. Time never goes back.
    package mutating func begin(clusterTime: Instant) {
        meta.clusterTime = max(meta.clusterTime, clusterTime)
    }

    /// The log was applied up to here.
    package mutating func applied(_ mark: Mark) {
        precondition(mark.index >= meta.mark.index, "the log was applied backwards")
        meta.mark = mark
    }

    /// Forgets what was before `revision`, at once for readers; its bytes go with later checkpoints.
    package mutating func compact(to revision: Revision) throws(Failure) {
        guard revision > meta.compacted else { throw .compacted(below: meta.compacted) }
        guard revision <= meta.revision else { throw .futureRevision(newest: meta.revision) }
        guard revision >= .first else { throw .compacted(below: .first) }
        meta.compacted = revision
        meta.digest.absorb(compacted: revision)
    }
}

// Checkpoints.
extension MVCC {
    /// Sets aside what was written since the last checkpoint began, to be written elsewhere.
    package mutating func freeze() -> Checkpoint {
        precondition(!isFrozen, "one checkpoint at a time")
        isFrozen = true
        layers.frozen = layers.active
        layers.active = Overlay()
        records.frozen = records.active
        records.active = Records.Sheet()
        return Checkpoint(
            meta: meta, overlay: layers.frozen, leases: leaseBook.takeChanges(),
            membership: membership, records: records.frozen, census: census.takeChanges())
    }

    /// The checkpoint is durable, and `tables` show it: reads go there from now on.
    package mutating func thaw(tables: any Tables) {
        precondition(isFrozen, "no checkpoint is under way")
        isFrozen = false
        layers.frozen = Overlay()
        records.frozen = Records.Sheet()
        layers.tables = tables
    }
}

// Leases.
extension MVCC {
    /// Grants a lease of this name, or of a new one for `.none`; returns its name.
    @discardableResult
    package mutating func grant(
        _ wanted: LeaseID, ttl seconds: Int64
    ) throws(Failure) -> LeaseID {
        guard Limits.timeToLive.contains(seconds) else { throw .invalidTTL(Limits.timeToLive) }
        guard wanted >= .none else { throw .invalidLease(wanted) }
        guard !leaseBook.contains(wanted) else { throw .leaseExists(wanted) }
        guard leaseBook.count < maximumLeases else { throw .tooManyLeases(limit: maximumLeases) }
        let id = wanted == .none ? unusedLease() : wanted
        let expiry = clusterTime + .seconds(UInt64(seconds))
        leaseBook.add(Leases.Lease(id: id, ttl: seconds, expiry: expiry))
        meta.digest.absorb(id, ttl: seconds, expiry: expiry)
        return id
    }

    /// The same on every member; not to be guessed easily from the one before.
    private func unusedLease() -> LeaseID {
        var name = Hash64.of([], seed: digest ^ clusterTime.nanoseconds)
        while true {
            let id = LeaseID(rawValue: Int64(name & UInt64(Int64.max)))
            if id != .none && !leaseBook.contains(id) { return id }
            name = Hash64.of([], seed: name)
        }
    }

    /// Ends a lease and deletes its keys, at one revision; without keys it ends without one.
    @discardableResult
    package mutating func revoke(_ id: LeaseID) throws(Failure) -> Deleted {
        guard let lease = leaseBook[id] else { throw .leaseNotFound(id) }
        return end(lease)
    }

    /// Ends a lease whose time is over; false when it has time left, or ended before.
    @discardableResult
    package mutating func expire(_ id: LeaseID) -> Bool {
        guard let lease = leaseBook[id], lease.expiry <= clusterTime else { return false }
        end(lease)
        return true
    }

    @discardableResult
    private mutating func end(_ lease: Leases.Lease) -> Deleted {
        let keys = lease.mayHaveKeys ? keys(of: lease.id) : []
        for key in keys { stageTombstone(of: key.span) }
        if !keys.isEmpty { commit() }
        leaseBook.remove(lease.id)
        meta.digest.absorb(endOf: lease.id)
        return Deleted(count: keys.count)
    }

    /// The lease lives its whole time from now; returns the seconds.
    @discardableResult
    package mutating func keepAlive(_ id: LeaseID) throws(Failure) -> Int64 {
        guard let lease = leaseBook.renew(id, from: clusterTime) else { throw .leaseNotFound(id) }
        meta.digest.absorb(id, ttl: lease.ttl, expiry: clusterTime + .seconds(UInt64(lease.ttl)))
        return lease.ttl
    }

    /// Seconds left by cluster time, rounded up, and seconds granted.
    package func timeToLive(
        _ id: LeaseID
    ) throws(Failure) -> (remaining: Int64, granted: Int64) {
        guard let lease = leaseBook[id] else { throw .leaseNotFound(id) }
        let left = lease.expiry.since(clusterTime).nanoseconds
        let (seconds, rest) = left.quotientAndRemainder(dividingBy: 1_000_000_000)
        return (Int64(seconds) + (rest > 0 ? 1 : 0), lease.ttl)
    }

    /// The keys that bear a lease, in order.
    package func keys(of id: LeaseID) -> [[UInt8]] { layers.keys(of: id) }

    /// All leases in order of their names.
    package var leases: [LeaseID] {
        leaseBook.names(after: LeaseID(rawValue: -1), limit: leaseCount)
    }

    /// At most so many leases with names above `after`, in order.
    package func leases(after: LeaseID, limit: Int) -> [LeaseID] {
        leaseBook.names(after: after, limit: limit)
    }

    /// Leases whose time is over at `instant`, to within `Limits.leaseTick`; those that ended earlier
    /// come first. The first `skipped` of them are passed by.
    package func expired(at instant: Instant, limit: Int, skipping skipped: Int = 0) -> [LeaseID] {
        leaseBook.expired(at: instant, limit: limit, skipping: skipped)
    }

    /// When `expired` will next have something to tell.
    package var nextExpiry: Instant? { leaseBook.nextExpiry }
}

extension Layers {
    /// The keys whose newest version bears this lease. Every version that does is a candidate; a
    /// later one of the same key, wherever it is, overrules it.
    fileprivate func keys(of lease: LeaseID) -> [[UInt8]] {
        var keys: [[UInt8]] = []
        active.versions(bearing: lease) { number in
            let key = active.versions.key(of: number)
            if active.newest(key) == number { keys.append(key.array) }
        }
        frozen.versions(bearing: lease) { number in
            let key = frozen.versions.key(of: number)
            guard active.newest(key) == Version.none, frozen.newest(key) == number else { return }
            keys.append(key.array)
        }
        let from = Layout.attachment(lease, Layout.beginning)
        let to = Layout.attachment(lease, Layout.end)
        tables.scan(.attachments, from: from.span, to: to.span, descending: false) { _, key in
            if active.newest(key) == Version.none && frozen.newest(key) == Version.none {
                keys.append(key.array)
            }
            return true
        }
        return keys.sorted { $0.span.compared(to: $1.span) < 0 }
    }
}
