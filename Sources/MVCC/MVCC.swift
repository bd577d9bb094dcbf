package import Units

package struct MVCC {
    package init(tables: any Tables, maximumLeases: Int = Limits.leases) { fatalError() }
    package private(set) var mark: Mark
    package private(set) var revision: Revision
    package private(set) var compacted: Revision
    package private(set) var digest: UInt64
    package private(set) var clusterTime: Instant
    package private(set) var keyCount: Int
    package var leaseCount: Int { fatalError() }
    package var membership: [UInt8]
    package var overlayBytes: Int { fatalError() }
    package var watchers: Watchers
    package mutating func applied(_ mark: Mark) {}
    package mutating func begin(clusterTime: Instant) {}
    package private(set) var replaced: Record?
    @discardableResult
    package mutating func put(
        key: Bytes, value: Bytes, lease: LeaseID = .none, options: PutOptions = []
    ) throws(Failure) -> Revision { fatalError() }
    package mutating func delete(_ range: KeyRange, previous: Bool = false) throws(Failure)
        -> Deleted
    { fatalError() }
    package mutating func transact(_ transaction: Transaction) throws(Failure) -> TransactionResult
    { fatalError() }
    package mutating func compact(to: Revision) throws(Failure) {}
    package func range(_ query: RangeQuery, _ visit: (_ key: Bytes, _ value: Bytes, Facts) -> Bool)
        throws(Failure) -> RangeSummary
    { fatalError() }
    package func events(
        from: Revision, through: Revision, previous: Bool = false,
        _ visit: (borrowing EventView) -> Bool
    ) throws(Failure) { fatalError() }
    @discardableResult
    package mutating func grant(_ id: LeaseID, ttl seconds: Int64) throws(Failure) -> LeaseID {
        fatalError()
    }
    package mutating func revoke(_ id: LeaseID) throws(Failure) -> Deleted { fatalError() }
    package mutating func keepAlive(_ id: LeaseID) throws(Failure) -> Int64 { fatalError() }
    package func timeToLive(_ id: LeaseID) throws(Failure) -> (remaining: Int64, granted: Int64) {
        fatalError()
    }
    package func keys(of id: LeaseID) -> [[UInt8]] { fatalError() }
    package var leases: [LeaseID] { fatalError() }
    package func expired(at: Instant, limit: Int) -> [LeaseID] { fatalError() }
    package var nextExpiry: Instant? { fatalError() }
    package mutating func freeze() -> Checkpoint { fatalError() }
    package mutating func thaw(tables: any Tables) {}
}
