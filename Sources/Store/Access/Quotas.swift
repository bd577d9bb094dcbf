internal import MVCC
internal import Units
internal import Wire

/// How much may be kept under a prefix or by a user, and how much is.
///
/// Picture scales in front of some shelves. What is put there or taken away is weighed, elsewhere
/// nobody looks. The readings are part of the state: each is written down at the end of the log entry
/// that changed it, so that all members read the same.
struct Quotas {
    /// What one write makes of a key, in bytes of key and value; nil where there is no pair.
    struct Change: Equatable {
        var key: [UInt8]
        var old: Int?
        var new: Int?
    }

    /// By how much a reading moves.
    struct Delta: Equatable {
        var place: Int
        var bytes: Int64 = 0
        var keys: Int64 = 0
    }

    private(set) var list: [Quota] = []
    private var prefixes: [[UInt8]: Int] = [:]
    private var users: [String: Int] = [:]
    /// How long the prefixes are, each length once.
    private var lengths: [Int] = []
    /// Places whose readings are not written down yet.
    private(set) var dirty: [Int] = []

    init(_ state: MVCC) {
        let shelf = Access.Shelf.quota.rawValue
        state.scanRecords(.access, from: [shelf].span, to: [shelf + 1].span) { _, record in
            list.append(Quota(trusted: record.array))
            return true
        }
        index()
    }

    private mutating func index() {
        prefixes = [:]
        users = [:]
        lengths = []
        for (place, quota) in list.enumerated() {
            guard quota.user.isEmpty else {
                users[quota.user] = place
                continue
            }
            prefixes[quota.prefix] = place
            if !lengths.contains(quota.prefix.count) { lengths.append(quota.prefix.count) }
        }
    }

    var isEmpty: Bool { list.isEmpty }
    var hasUsers: Bool { !users.isEmpty }

    subscript(of quota: Quota) -> Quota? {
        (quota.user.isEmpty ? prefixes[quota.prefix] : users[quota.user]).map { list[$0] }
    }

    func hasQuota(user: String) -> Bool { users[user] != nil }

    /// Sets or, with nil, removes the one of this user or prefix.
    mutating func set(_ like: Quota, _ quota: Quota?) {
        list.removeAll { $0.user == like.user && $0.prefix == like.prefix }
        if let quota { list.append(quota) }
        list.sort { $0.recordKey.span.compared(to: $1.recordKey.span) < 0 }
        index()
    }

    // MARK: Weighing

    /// What changes come to, on each of the scales that they concern.
    func weigh(
        _ changes: [Change], by user: String?, owner: ([UInt8]) -> String?
    ) -> [Delta] {
        var deltas: [Delta] = []
        for change in changes {
            for length in lengths where length <= change.key.count {
                guard let place = prefixes[Array(change.key.prefix(length))] else { continue }
                Quotas.add(change.old, change.new, at: place, to: &deltas)
            }
            guard hasUsers else { continue }
            if let place = owner(change.key).flatMap({ users[$0] }) {
                Quotas.add(change.old, nil, at: place, to: &deltas)
            }
            if let place = user.flatMap({ users[$0] }) {
                Quotas.add(nil, change.new, at: place, to: &deltas)
            }
        }
        return deltas
    }

    private static func add(_ old: Int?, _ new: Int?, at place: Int, to deltas: inout [Delta]) {
        let known = deltas.firstIndex { $0.place == place }
        if known == nil { deltas.append(Delta(place: place)) }
        let index = known ?? deltas.count - 1
        deltas[index].bytes += Int64(new ?? 0) - Int64(old ?? 0)
        deltas[index].keys += (new == nil ? 0 : 1) - (old == nil ? 0 : 1)
    }

    /// The refusal of a write that would end above a limit.
    func check(_ deltas: [Delta]) throws(Refusal) {
        for delta in deltas {
            let quota = list[delta.place]
            if quota.bytes > 0, delta.bytes > 0, quota.usedBytes + delta.bytes > quota.bytes {
                throw quota.exceeded(quota.usedBytes, quota.bytes, delta.bytes, "bytes")
            }
            if quota.keys > 0, delta.keys > 0, quota.usedKeys + delta.keys > quota.keys {
                throw quota.exceeded(quota.usedKeys, quota.keys, delta.keys, "keys")
            }
        }
    }

    mutating func add(_ deltas: [Delta]) {
        for delta in deltas where delta.bytes != 0 || delta.keys != 0 {
            list[delta.place].usedBytes += delta.bytes
            list[delta.place].usedKeys += delta.keys
            if !dirty.contains(delta.place) { dirty.append(delta.place) }
        }
    }

    mutating func takeDirty() -> [Quota] {
        defer { dirty = [] }
        return dirty.map { list[$0] }
    }
}

extension Quota {
    /// Users before prefixes.
    var recordKey: [UInt8] {
        let shelf = Access.Shelf.quota.rawValue
        return user.isEmpty ? [shelf, 0x70] + prefix : [shelf, 0x2D] + Array(user.utf8)
    }

    fileprivate func exceeded(
        _ used: Int64, _ limit: Int64, _ more: Int64, _ what: String
    ) -> Refusal {
        let whose = user.isEmpty ? "prefix \(Quoted.text(prefix))" : "user '\(user)'"
        return Refusal(
            .quotaExceeded,
            "the quota of \(whose) is \(limit) \(what); \(used) are used, and this needs \(more) "
                + "more. Delete some, or ask for a larger quota")
    }
}

extension Store {
    // MARK: Before a write

    func checkQuota(put key: Bytes, value: Int) throws(Refusal) {
        guard !quotas.isEmpty else { return }
        let key = key.array
        let change = Quotas.Change(key: key, old: size(of: key), new: key.count + value)
        try quotas.check(weigh([change]))
    }

    func checkQuota(_ changes: [Quotas.Change]) throws(Refusal) {
        try quotas.check(weigh(changes))
    }

    private func weigh(_ changes: [Quotas.Change]) -> [Quotas.Delta] {
        quotas.weigh(changes, by: carrying?.user, owner: mvcc.owner)
    }

    private func size(of key: [UInt8]) -> Int? {
        var size: Int?
        _ = try? mvcc.range(RangeQuery(.single(key))) { key, value, _ in
            size = key.count + value.count
            return true
        }
        return size
    }

    // MARK: After it

    /// Weighs what a command has written since `revision`.
    mutating func account(since revision: Revision, by user: String?) {
        guard mvcc.revision > revision else { return }
        let changes = changes(since: revision)
        // One by one: a key that is written twice has its owner of in between.
        for change in changes {
            quotas.add(quotas.weigh([change], by: user, owner: mvcc.owner))
            if quotas.hasUsers { own(change, by: user) }
        }
    }

    private func changes(since revision: Revision) -> [Quotas.Change] {
        var changes: [Quotas.Change] = []
        do throws(MVCC::Failure) {
            try mvcc.events(from: revision.next, through: mvcc.revision, previous: true) { event in
                let key = event.key.array
                let old = event.previous == nil ? nil : key.count + event.previousValue.count
                let new = event.kind == .delete ? nil : key.count + event.value.count
                changes.append(Quotas.Change(key: key, old: old, new: new))
                return true
            }
        } catch {
            preconditionFailure("events of this command cannot be compacted yet")
        }
        return changes
    }

    private mutating func own(_ change: Quotas.Change, by user: String?) {
        let key = [Access.Shelf.owner.rawValue] + change.key
        let owner = change.new == nil ? nil : user.flatMap { quotas.hasQuota(user: $0) ? $0 : nil }
        guard mvcc.owner(of: change.key) != owner else { return }
        mvcc.setRecord(.access, key.span, owner.map { Array($0.utf8) })
    }

    /// At the end of a log entry: the readings are written down.
    mutating func writeQuotas() {
        for quota in quotas.takeDirty() {
            mvcc.setRecord(.access, quota.recordKey.span, quota.encoded)
        }
    }

    // MARK: Setting them

    mutating func setQuota(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        guard let wanted = try QuotaSetRequest(request: body).quota else {
            throw .invalid("which quota? It is missing")
        }
        try Quotas.check(wanted)
        writeQuotas()
        if wanted.bytes == 0, wanted.keys == 0 {
            remove(wanted)
        } else {
            try set(wanted)
        }
        if answer { answerQuotas() }
    }

    private mutating func set(_ wanted: Quota) throws(Refusal) {
        if !wanted.user.isEmpty { _ = try existing(user: wanted.user) }
        guard quotas[of: wanted] != nil || quotas.list.count < Limits.quotas else {
            throw .invalid("there are \(Limits.quotas) quotas, the most there may be")
        }
        var quota = quotas[of: wanted] ?? counted(wanted)
        quota.bytes = wanted.bytes
        quota.keys = wanted.keys
        quotas.set(wanted, quota)
        mvcc.setRecord(.access, quota.recordKey.span, quota.encoded)
    }

    /// With what is there already.
    private func counted(_ wanted: Quota) -> Quota {
        var quota = Quota(user: wanted.user, prefix: wanted.prefix)
        guard wanted.user.isEmpty else { return quota }
        _ = try? mvcc.range(RangeQuery(.prefix(wanted.prefix))) { key, value, _ in
            quota.usedBytes += Int64(key.count + value.count)
            quota.usedKeys += 1
            return true
        }
        return quota
    }

    private mutating func remove(_ wanted: Quota) {
        guard quotas[of: wanted] != nil else { return }
        quotas.set(wanted, nil)
        mvcc.setRecord(.access, wanted.recordKey.span, nil)
        guard !wanted.user.isEmpty else { return }
        for key in mvcc.keys(ownedBy: wanted.user) { mvcc.setRecord(.access, key.span, nil) }
    }

    private mutating func answerQuotas() {
        QuotaListResponse(header: header, quotas: quotas.list).encode(into: &effects.bytes)
    }

    mutating func serveQuotas(_ call: Call, _ body: Bytes) throws(Refusal) {
        _ = try QuotaListRequest(request: body)
        let start = effects.bytes.count
        answerQuotas()
        answer(call.session, call.stream, call.method, from: start)
    }
}

extension Quotas {
    static func check(_ quota: Quota) throws(Refusal) {
        guard quota.bytes >= 0, quota.keys >= 0 else { throw .invalid("a limit is negative") }
        guard quota.user.isEmpty || quota.prefix.isEmpty else {
            throw .invalid("a quota is of a user or of a prefix, not of both")
        }
        guard quota.user.utf8.count <= Limits.name, quota.prefix.count <= MVCC::Limits.key else {
            throw .invalid("the user's name or the prefix of a quota is too long")
        }
    }
}

extension MVCC {
    /// Of a key that was written by a user with a quota: who.
    func owner(of key: [UInt8]) -> String? {
        let place = [Access.Shelf.owner.rawValue] + key
        return record(.access, place.span).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The records that say so of this user.
    func keys(ownedBy user: String) -> [[UInt8]] {
        let shelf = Access.Shelf.owner.rawValue
        var keys: [[UInt8]] = []
        scanRecords(.access, from: [shelf].span, to: [shelf + 1].span) { key, owner in
            if String(decoding: owner.array, as: UTF8.self) == user { keys.append(key.array) }
            return true
        }
        return keys
    }
}
