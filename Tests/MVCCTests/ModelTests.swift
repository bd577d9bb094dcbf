import MVCC
import Testing
import Units

/// Random commands against the model, with checkpoints, restarts and crashes in between.
@Suite struct ModelTests {
    @Test(arguments: 0..<24)
    func agreesWithTheModel(seed: Int) throws {
        var run = Run(seed: UInt64(seed))
        for _ in 0..<400 {
            try run.step()
        }
        try run.compareAll()
    }
}

private struct Run {
    var chance: Chance
    var model = Model()
    var store: MVCC
    /// Applies the same and never makes a checkpoint.
    var twin: MVCC
    var tables = MemoryTables()
    /// The checkpoint under way, and what it must come back as.
    var checkpoint: (Checkpoint, Model, MVCC)?
    /// What the tables hold.
    var durable: (Model, MVCC)
    var index: UInt64 = 0
    /// Few or many keys, so that histories or trees grow.
    let keys: UInt64

    init(seed: UInt64) {
        chance = Chance(seed: seed, name: "model")
        keys = [4, 12, 60, 400][Int(seed % 4)]
        store = MVCC(tables: tables)
        twin = MVCC(tables: MemoryTables())
        durable = (model, twin)
    }

    mutating func step() throws {
        index += 1
        switch chance.below(100) {
        case 0..<40: try put()
        case 40..<50: try delete()
        case 50..<68: try transact()
        case 68..<72: try compact()
        case 72..<76: try grant()
        case 76..<79: try revoke()
        case 79..<82: try keepAlive()
        case 82..<85: tick()
        case 85..<93: turnCheckpoint()
        case 93..<94: try restart()
        case 94..<95: try crash()
        default: try compareSome()
        }
        store.applied(Mark(index: index, term: 1))
        twin.applied(Mark(index: index, term: 1))
        try #require(store.digest == twin.digest)
        try #require(store.revision.rawValue == model.revision)
    }

    // Draws.

    mutating func key() -> [UInt8] {
        let number = chance.below(keys)
        return bytes((number % 3 == 0 ? "long/and/shared/prefix/" : "") + String(number))
    }

    mutating func value() -> [UInt8] { bytes("value \(chance.below(1000))") }

    mutating func range() -> KeyRange {
        switch chance.below(5) {
        case 0: return .all
        case 1: return KeyRange(lower: key(), extent: .toEnd)
        case 2: return .single(key())
        case 3: return .prefix(Array(key().prefix(2)))
        default:
            let ends = [key(), key()].sorted(by: precedes)
            guard ends[0] != ends[1] else { return .single(ends[0]) }
            return KeyRange(lower: ends[0], extent: .below(ends[1]))
        }
    }

    mutating func lease() -> LeaseID {
        guard chance.below(3) == 0 else { return .none }
        return LeaseID(rawValue: Int64(chance.below(6)))
    }

    mutating func draw() -> Transaction.Put {
        var put = Transaction.Put(key: key(), value: value(), lease: lease())
        if chance.below(4) == 0 { put.options.insert(.previous) }
        if chance.below(10) == 0 {
            put.options.insert(.ignoreValue)
            put.value = []
        }
        if chance.below(10) == 0 {
            put.options.insert(.ignoreLease)
            put.lease = .none
        }
        return put
    }

    mutating func drawCompare() -> Transaction.Compare {
        let relations: [Transaction.Compare.Relation] = [.equal, .greater, .less, .notEqual]
        let target: Transaction.Compare.Target =
            switch chance.below(5) {
            case 0: .version(Int64(chance.below(4)))
            case 1: .create(Revision(rawValue: Int64(chance.below(UInt64(model.revision) + 1))))
            case 2: .mod(Revision(rawValue: Int64(chance.below(UInt64(model.revision) + 1))))
            case 3: .lease(lease())
            default: .value(value())
            }
        return .init(range: range(), relation: relations[Int(chance.below(4))], target: target)
    }

    mutating func drawTransaction(depth: Int) -> Transaction {
        var transaction = Transaction()
        for _ in 0..<chance.below(3) { transaction.compares.append(drawCompare()) }
        for _ in 0..<chance.below(6) { transaction.success.append(drawOperation(depth)) }
        for _ in 0..<chance.below(4) { transaction.failure.append(drawOperation(depth)) }
        return transaction
    }

    mutating func drawOperation(_ depth: Int) -> Transaction.Operation {
        switch chance.below(depth < 2 ? 8 : 7) {
        case 0..<4: return .put(draw())
        case 4: return .delete(range(), previous: chance.below(2) == 0)
        case 5: return .range(RangeQuery(range(), limit: Int(chance.below(4))))
        case 6:
            let at = Revision(rawValue: Int64(chance.below(UInt64(model.revision) + 2)))
            return .range(RangeQuery(range(), revision: at))
        default: return .transaction(drawTransaction(depth: depth + 1))
        }
    }

    // Commands.

    mutating func put() throws {
        let put = draw()
        let expected = Result { () throws(Failure) in try model.put(put) }
        func apply(_ store: inout MVCC) -> Result<Record?, Failure> {
            Result { () throws(Failure) in
                try store.put(
                    key: put.key.span, value: put.value.span, lease: put.lease,
                    options: put.options)
                return store.replaced
            }
        }
        #expect(apply(&store) == expected)
        _ = apply(&twin)
    }

    mutating func delete() throws {
        let range = range()
        let previous = chance.below(2) == 0
        let expected = model.delete(range, previous: previous)
        #expect(try store.delete(range, previous: previous) == expected)
        _ = try twin.delete(range, previous: previous)
    }

    mutating func transact() throws {
        let transaction = drawTransaction(depth: 0)
        var copy = model
        let expected = Result { () throws(Failure) in try copy.transact(transaction) }
        let result = Result { () throws(Failure) in try store.transact(transaction) }
        _ = try? twin.transact(transaction)
        guard result != .failure(.duplicateKey) else { return }
        #expect(result == expected)
        model = copy
    }

    mutating func compact() throws {
        let spread = UInt64(model.revision - model.compacted)
        let to = model.compacted + Int64(chance.below(spread + 3))
        let revision = Revision(rawValue: to)
        guard to > model.compacted && to <= model.revision else {
            #expect(throws: Failure.self) { try store.compact(to: revision) }
            return
        }
        try store.compact(to: revision)
        try twin.compact(to: revision)
        model.compacted = to
    }

    mutating func grant() throws {
        let id = LeaseID(rawValue: Int64(1 + chance.below(5)))
        let ttl = Int64(1 + chance.below(20))
        guard !model.leases.contains(where: { $0.id == id }) else {
            #expect(throws: Failure.leaseExists(id)) { try store.grant(id, ttl: ttl) }
            return
        }
        try store.grant(id, ttl: ttl)
        try twin.grant(id, ttl: ttl)
        model.leases.append(.init(id: id, ttl: ttl, expiry: model.time + .seconds(UInt64(ttl))))
    }

    mutating func revoke() throws {
        let id = LeaseID(rawValue: Int64(1 + chance.below(5)))
        guard model.leases.contains(where: { $0.id == id }) else {
            #expect(throws: Failure.leaseNotFound(id)) { try store.revoke(id) }
            return
        }
        #expect(store.keys(of: id) == twin.keys(of: id))
        let count = model.revoke(id)
        #expect(try store.revoke(id) == Deleted(count: count))
        try twin.revoke(id)
    }

    mutating func keepAlive() throws {
        let id = LeaseID(rawValue: Int64(1 + chance.below(5)))
        guard let place = model.leases.firstIndex(where: { $0.id == id }) else { return }
        let ttl = model.leases[place].ttl
        model.leases[place].expiry = model.time + .seconds(UInt64(ttl))
        #expect(try store.keepAlive(id) == ttl)
        try twin.keepAlive(id)
    }

    mutating func tick() {
        model.time = model.time + .milliseconds(chance.below(3000))
        store.begin(clusterTime: model.time)
        twin.begin(clusterTime: model.time)
    }

    mutating func turnCheckpoint() {
        guard let (under, model, twin) = checkpoint else {
            checkpoint = (store.freeze(), self.model, self.twin)
            return
        }
        let next = tables.copy()
        under.write(into: next)
        if chance.below(4) == 0 { under.write(into: next) }
        store.thaw(tables: next)
        tables = next
        durable = (model, twin)
        checkpoint = nil
    }

    /// Everything is saved first.
    mutating func restart() throws {
        if checkpoint != nil { turnCheckpoint() }
        turnCheckpoint()
        turnCheckpoint()
        store = MVCC(tables: tables)
        try compareAll()
    }

    /// What was not saved is lost.
    mutating func crash() throws {
        checkpoint = nil
        store = MVCC(tables: tables)
        (model, twin) = durable
        #expect(store.mark == twin.mark)
        index = store.mark.index
        try compareAll()
    }

    // Comparing.

    mutating func compareSome() throws {
        let oldest = max(model.compacted, 1)
        let at = oldest + Int64(chance.below(UInt64(model.revision - oldest) + 1))
        let range = range()
        #expect(try store.all(range, at: at) == model.pairs(range, at: at))
        #expect(try store.all(range) == model.pairs(range))
        let limit = 1 + Int(chance.below(5))
        let count = model.pairs(range, at: at).count
        var taken = 0
        let query = RangeQuery(range, revision: Revision(rawValue: at), limit: limit)
        let summary = try store.range(query) { _, _, _ in
            taken += 1
            return true
        }
        #expect(taken == min(limit, count))
        #expect(summary.count == count && summary.more == (count > limit))
        let events = model.events(from: at, previous: true)
        #expect(try store.seen(from: at, previous: true) == events)
    }

    func compareAll() throws {
        let oldest = max(model.compacted, 1)
        for at in oldest...model.revision {
            try #require(try store.all(at: at) == model.pairs(.all, at: at))
        }
        #expect(throws: Failure.compacted(below: Revision(rawValue: oldest))) {
            try store.all(at: oldest - 1 == 0 ? -1 : oldest - 1)
        }
        #expect(try store.seen(from: oldest) == model.events(from: oldest, previous: false))
        #expect(
            try store.seen(from: oldest, previous: true)
                == model.events(from: oldest, previous: true))
        #expect(store.keyCount == model.pairs(.all).count)
        #expect(store.digest == twin.digest)
        #expect(store.compacted.rawValue == model.compacted)
        #expect(store.clusterTime == model.time)
        try compareLeases()
    }

    func compareLeases() throws {
        #expect(store.leases == model.leases.map(\.id).sorted())
        let order = model.leases.sorted { ($0.expiry, $0.id) < ($1.expiry, $1.id) }
        #expect((store.nextExpiry == nil) == order.isEmpty)
        if let first = order.first, let next = store.nextExpiry {
            #expect(next > first.expiry && next <= first.expiry + Limits.leaseTick)
        }
        #expect(Set(store.expired(at: .never, limit: 99)) == Set(order.map(\.id)))
        for lease in model.leases {
            let left = lease.expiry.since(model.time).nanoseconds
            let ttl = try store.timeToLive(lease.id)
            #expect(ttl.remaining == Int64((left + 999_999_999) / 1_000_000_000))
            #expect(ttl.granted == lease.ttl)
            let keys = model.pairs(.all).filter { $0.facts.lease == lease.id }.map(\.key)
            #expect(store.keys(of: lease.id) == keys)
        }
    }
}
