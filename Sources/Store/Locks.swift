internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Locks and elections as commands. A lock is the folder of keys below its name, and belongs to the
/// oldest; see proto/coordination.proto. What is put and deleted depends on the log alone; who waits
/// for it is known only to the member that was asked (`Waiting.swift`).
extension Store {
    /// The key by which a lease stands in line for `name`.
    static func key(of lease: LeaseID, inLineFor name: [UInt8]) -> [UInt8] {
        let digits = String(UInt64(bitPattern: lease.rawValue), radix: 16)
        return prefix(of: name) + Array(digits.utf8)
    }

    static func prefix(of name: [UInt8]) -> [UInt8] { name + [Line.slash] }

    /// Visits the keys directly below a prefix, in order of key.
    func visitLine(_ prefix: [UInt8], _ visit: (_ key: Bytes, Facts) -> Bool) {
        let query = RangeQuery(.prefix(prefix), keysOnly: true, counted: false)
        do throws(MVCC::Failure) {
            _ = try mvcc.range(query) { key, _, facts in
                for place in prefix.count..<key.count where key[place] == Line.slash { return true }
                return key.count == prefix.count ? true : visit(key, facts)
            }
        } catch {
            preconditionFailure("the newest revision can be read: \(error)")
        }
    }

    /// The line as the state has it, the oldest first.
    func line(_ prefix: [UInt8]) -> [Line.Place] {
        var places: [Line.Place] = []
        visitLine(prefix) { key, facts in
            places.append(Line.Place(create: facts.create.rawValue, key: key.array))
            return true
        }
        return places.sorted { left, right in
            guard left.create == right.create else { return left.create < right.create }
            return left.key.span.compared(to: right.key.span) < 0
        }
    }

    private func isFree(_ prefix: [UInt8]) -> Bool {
        var isFree = true
        visitLine(prefix) { _, _ in
            isFree = false
            return false
        }
        return isFree
    }

    func isFirst(_ key: [UInt8], _ create: Int64, in prefix: [UInt8]) -> Bool {
        if let line = lines.find(prefix) { return lines[line].first?.key == key }
        var isFirst = true
        visitLine(prefix) { other, facts in
            let order = facts.create.rawValue - create
            isFirst = order > 0 || (order == 0 && other.compared(to: key.span) >= 0)
            return isFirst
        }
        return isFirst
    }
}

/// The commands.
extension Store {
    mutating func lock(_ body: Bytes) throws(Refusal) {
        let request = try LockRequest(request: body)
        try takePlace(
            request.name, LeaseID(rawValue: request.lease), value: nil,
            mayWait: !request.noWait)
    }

    mutating func campaign(_ body: Bytes) throws(Refusal) {
        let request = try CampaignRequest(request: body)
        try takePlace(
            request.name, LeaseID(rawValue: request.lease), value: request.value,
            mayWait: !request.noWait)
    }

    private mutating func takePlace(
        _ name: [UInt8], _ lease: LeaseID, value: [UInt8]?, mayWait: Bool
    ) throws(Refusal) {
        applying.isDeferred = true
        let key = Store.key(of: lease, inLineFor: name)
        let prefix = Store.prefix(of: name)
        let present = mvcc.get(key.span)
        if present == nil, !mayWait, !isFree(prefix) {
            throw Refusal(.notHeld, "another holds \(quoted(name))")
        }
        if present == nil || present?.facts.lease != lease
            || value ?? present?.value != present?.value
        {
            try put(key, value ?? present?.value ?? [], lease)
        }
        guard let waiter = applying.waiter, waiter.stream != 0 else { return }
        let create = present?.facts.create ?? mvcc.revision
        let call = CallKey(session: waiter.session, stream: waiter.stream)
        let asking = lines.asking.removeValue(forKey: call) ?? Lines.Asking(deadline: .never)
        lines.arrivals.append(
            Lines.Arrival(
                call: call, method: waiter.method, asking: asking, prefix: prefix, key: key,
                create: create.rawValue, mayWait: mayWait))
    }

    private mutating func put(
        _ key: [UInt8], _ value: [UInt8], _ lease: LeaseID
    ) throws(Refusal) {
        do throws(MVCC::Failure) {
            _ = try mvcc.put(key: key.span, value: value.span, lease: lease)
        } catch {
            throw Refusal(error)
        }
    }

    mutating func unlock(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let request = try UnlockRequest(request: body)
        try leavePlace(request.key, token: request.token)
        if answer { UnlockResponse(header: header).encode(into: &effects.bytes) }
    }

    mutating func resign(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let request = try ResignRequest(request: body)
        try leavePlace(request.key, token: request.token)
        if answer { ResignResponse(header: header).encode(into: &effects.bytes) }
    }

    private mutating func leavePlace(_ key: [UInt8], token: Int64) throws(Refusal) {
        _ = try held(key, token: token)
        do throws(MVCC::Failure) {
            _ = try mvcc.delete(.single(key))
        } catch {
            throw Refusal(error)
        }
    }

    mutating func proclaim(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let request = try ProclaimRequest(request: body)
        let place = try held(request.key, token: request.token)
        try put(request.key, request.value, place.facts.lease)
        if answer { ProclaimResponse(header: header).encode(into: &effects.bytes) }
    }

    /// The key, if it still is the one that got the token; 0 is any.
    private func held(_ key: [UInt8], token: Int64) throws(Refusal) -> Record {
        guard let place = mvcc.get(key.span) else {
            throw Refusal(
                .notHeld, "the key \(quoted(key)) is not there: it was given back, or ended")
        }
        guard token == 0 || place.facts.create.rawValue == token else {
            throw Refusal(
                .notHeld,
                "the key \(quoted(key)) has the token \(place.facts.create.rawValue) now, not "
                    + "\(token)")
        }
        return place
    }

    func quoted(_ name: [UInt8]) -> String {
        "'\(String(decoding: name.prefix(128), as: UTF8.self))'"
    }
}

/// What can be said of these requests before they cost a log entry.
extension Request {
    static func check(lockName name: [UInt8], lease: Int64) throws(Refusal) {
        guard !name.isEmpty else { throw Refusal(MVCC::Failure.keyEmpty) }
        guard name.count <= Limits.lockName else {
            throw Refusal(
                .keyTooLong,
                "the name has \(name.count) bytes; the limit is \(Limits.lockName)")
        }
        guard lease > 0 else { throw .invalid("a lock needs a lease; grant one first") }
    }

    static func check(lock body: Bytes) throws(Refusal) {
        let request = try LockRequest(request: body)
        try check(lockName: request.name, lease: request.lease)
    }

    static func check(campaign body: Bytes) throws(Refusal) {
        let request = try CampaignRequest(request: body)
        try check(lockName: request.name, lease: request.lease)
        try check(value: request.value)
    }

    static func check(unlock body: Bytes) throws(Refusal) {
        let request = try UnlockRequest(request: body)
        try check(key: request.key.count)
    }

    static func check(resign body: Bytes) throws(Refusal) {
        let request = try ResignRequest(request: body)
        try check(key: request.key.count)
    }

    static func check(proclaim body: Bytes) throws(Refusal) {
        let request = try ProclaimRequest(request: body)
        try check(key: request.key.count)
        try check(value: request.value)
    }

    private static func check(value: [UInt8]) throws(Refusal) {
        guard value.count <= MVCC::Limits.value else {
            throw Refusal(MVCC::Failure.valueTooLarge(limit: MVCC::Limits.value))
        }
    }
}
