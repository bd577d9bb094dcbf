import Units
import Wire

/// What clients ask for, drawn from the seed.
struct Workload {
    enum Choice: CaseIterable {
        case put, get, staleGet, getBack, stream, delete, deleteRange, transact, readTogether
        case compact, grant, keepAlive, revoke, timeToLive, listLeases, watch, unwatch

        var weight: Int {
            switch self {
            case .put: 30
            case .get: 15
            case .staleGet, .transact: 8
            case .delete, .getBack, .stream, .readTogether, .watch, .grant, .keepAlive: 4
            case .deleteRange, .revoke, .timeToLive, .listLeases, .unwatch: 2
            case .compact: 1
            }
        }
    }

    enum Step {
        case ask(Request)
        case watch(WatchRequest)
        case unwatch
    }

    private let rates: Plan.WorkRates
    private let keys: [[UInt8]]
    private let total: Int

    init(_ rates: Plan.WorkRates, chance: inout Chance) {
        self.rates = rates
        keys = (0..<rates.keys).map { number in Workload.key(number, &chance) }
        total = rates.weights.reduce(0, +)
    }

    private static func key(_ number: Int, _ chance: inout Chance) -> [UInt8] {
        var key = Array("\(chance.pick(["a", "b", "dir/"]))\(number)".utf8)
        if chance.once(in: 12) { key += [UInt8](repeating: 0xFF, count: chance.draw(1...3)) }
        if chance.once(in: 12) { key += [0, UInt8(number)] }
        if chance.once(in: 20) { key += [UInt8](repeating: 0x78, count: chance.draw(400...700)) }
        return key
    }

    /// The next step of a client that knows these leases and has seen this revision; `id` is the
    /// number that the operation will have.
    func next(
        id: Int, leases: [Int64], seen: Int64, _ chance: inout Chance
    ) -> Step {
        var draw = chance.draw(0...total - 1)
        var choice = Choice.put
        for (place, weight) in rates.weights.enumerated() {
            choice = Choice.allCases[place]
            if draw < weight { break }
            draw -= weight
        }
        return step(choice, id, leases, seen, &chance)
    }

    private func step(
        _ choice: Choice, _ id: Int, _ leases: [Int64], _ seen: Int64, _ chance: inout Chance
    ) -> Step {
        switch choice {
        case .put: .ask(.put(put(id, leases, &chance)))
        case .get: .ask(.range(range(&chance)))
        case .staleGet: .ask(.range(stale(&chance)))
        case .getBack: .ask(.range(back(seen, &chance)))
        case .stream: .ask(.range(stream(&chance)))
        case .delete: .ask(.delete(delete(&chance, wide: false)))
        case .deleteRange: .ask(.delete(delete(&chance, wide: true)))
        case .transact: .ask(.txn(transaction(id, leases, &chance)))
        case .readTogether: .ask(.txn(reading(&chance)))
        case .compact:
            .ask(.compact(CompactRequest(revision: max(1, seen - Int64(chance.below(20))))))
        case .grant:
            .ask(
                .grant(
                    LeaseGrantRequest(
                        ttl: Int64(chance.draw(rates.leaseSeconds)),
                        id: Int64(id) << 20 | Int64(chance.below(1 << 20)))))
        case .keepAlive: lease(leases, &chance) { .keepAlive(LeaseKeepAliveRequest(id: $0)) }
        case .revoke: lease(leases, &chance) { .revoke(LeaseRevokeRequest(id: $0)) }
        case .timeToLive:
            lease(leases, &chance) { .timeToLive(LeaseTimeToLiveRequest(id: $0, keys: true)) }
        case .listLeases: .ask(.leases(LeaseListRequest()))
        case .watch: .watch(watch(seen, &chance))
        case .unwatch: .unwatch
        }
    }

    private func lease(
        _ leases: [Int64], _ chance: inout Chance, _ request: (Int64) -> Request
    ) -> Step {
        .ask(request(leases.isEmpty ? 7 : chance.pick(leases)))
    }

    private func value(_ id: Int, _ chance: inout Chance) -> [UInt8] {
        if chance.once(in: 30) { return [] }
        let text = Array("v\(id)".utf8)
        return text + [UInt8](repeating: 0x2E, count: chance.draw(0...rates.valueBytes))
    }

    private func put(_ id: Int, _ leases: [Int64], _ chance: inout Chance) -> PutRequest {
        var request = PutRequest(key: chance.pick(keys), value: value(id, &chance))
        if !leases.isEmpty, chance.once(in: 4) { request.lease = chance.pick(leases) }
        request.previous = chance.once(in: 5)
        if chance.once(in: 20) {
            request.ignoreValue = true
            request.value = []
        }
        if chance.once(in: 20) {
            request.ignoreLease = true
            request.lease = 0
        }
        return request
    }

    /// One key, some, or all.
    private func extent(_ chance: inout Chance) -> (key: [UInt8], end: [UInt8]) {
        let key = chance.pick(keys)
        switch chance.below(5) {
        case 0, 1: return (key, [])
        case 2: return ([0], [0])
        case 3: return (Array("dir/".utf8), Array("dir0".utf8))
        default:
            let other = chance.pick(keys)
            if key == other { return (key, [0]) }
            return key.lexicographicallyPrecedes(other) ? (key, other) : (other, key)
        }
    }

    private func range(_ chance: inout Chance) -> RangeRequest {
        let (key, end) = extent(&chance)
        var request = RangeRequest(key: key, rangeEnd: end)
        if chance.once(in: 4) { request.limit = Int64(chance.draw(1...5)) }
        request.keysOnly = chance.once(in: 6)
        request.countOnly = chance.once(in: 8)
        return request
    }

    private func stale(_ chance: inout Chance) -> RangeRequest {
        var request = range(&chance)
        request.serializable = true
        return request
    }

    private func back(_ seen: Int64, _ chance: inout Chance) -> RangeRequest {
        var request = chance.coin() ? range(&chance) : stale(&chance)
        request.revision = max(1, seen + 2 - Int64(chance.below(30)))
        return request
    }

    private func stream(_ chance: inout Chance) -> RangeRequest {
        var request = chance.coin() ? range(&chance) : stale(&chance)
        request.countOnly = false
        request.chunked = true
        return request
    }

    private func delete(_ chance: inout Chance, wide: Bool) -> DeleteRangeRequest {
        let (key, end) = wide ? extent(&chance) : (chance.pick(keys), [])
        return DeleteRangeRequest(key: key, rangeEnd: end, previous: chance.once(in: 3))
    }

    private func watch(_ seen: Int64, _ chance: inout Chance) -> WatchRequest {
        let (key, end) = extent(&chance)
        var request = WatchRequest(key: key, rangeEnd: end)
        if chance.coin() { request.startRevision = max(1, seen - Int64(chance.below(40))) }
        request.previous = chance.once(in: 3)
        request.noPut = chance.once(in: 8)
        request.noDelete = chance.once(in: 8)
        request.progress = chance.coin()
        return request
    }
}

// Transactions.
extension Workload {
    private func transaction(
        _ id: Int, _ leases: [Int64], _ chance: inout Chance
    ) -> TxnRequest {
        var request = TxnRequest()
        for _ in 0..<chance.below(3) { request.compare.append(compare(&chance)) }
        request.success = path(id, leases, &chance, depth: 0)
        request.failure = path(id, leases, &chance, depth: 0)
        if request.success.isEmpty && request.failure.isEmpty {
            request.success = [Wire::Operation(operation: .put(put(id, leases, &chance)))]
        }
        return request
    }

    private func reading(_ chance: inout Chance) -> TxnRequest {
        var request = TxnRequest()
        for _ in 0..<chance.below(3) { request.compare.append(compare(&chance)) }
        for _ in 0..<chance.draw(1...3) {
            request.success.append(Wire::Operation(operation: .range(range(&chance))))
            request.failure.append(Wire::Operation(operation: .range(range(&chance))))
        }
        return request
    }

    private func path(
        _ id: Int, _ leases: [Int64], _ chance: inout Chance, depth: Int
    ) -> [Wire::Operation] {
        (0..<chance.below(4)).map { _ in
            switch chance.below(depth == 0 ? 5 : 4) {
            case 0: Wire::Operation(operation: .range(range(&chance)))
            case 1: Wire::Operation(operation: .deleteRange(delete(&chance, wide: chance.coin())))
            case 2, 3: Wire::Operation(operation: .put(put(id, leases, &chance)))
            default:
                Wire::Operation(
                    operation: .txn(
                        TxnRequest(
                            compare: [compare(&chance)],
                            success: path(id, leases, &chance, depth: 1),
                            failure: path(id, leases, &chance, depth: 1))))
            }
        }
    }

    private func compare(_ chance: inout Chance) -> Compare {
        var compare = Compare(
            result: CompareResult(rawValue: Int32(chance.below(4))),
            target: CompareTarget(rawValue: Int32(chance.below(5))), key: chance.pick(keys))
        if chance.once(in: 5) { compare.rangeEnd = [0] }
        compare.number = chance.coin() ? 0 : Int64(chance.below(10))
        if compare.target == .value { compare.value = Array("v\(chance.below(200))".utf8) }
        return compare
    }
}
