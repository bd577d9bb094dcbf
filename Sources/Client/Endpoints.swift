package import EventLoop
package import Units

/// Which of several members to talk to.
///
/// Picture a regular at a row of counters. She goes to the same one as long as it serves her; when
/// it shuts she tries the next. When all are shut she goes back to each after a while, longer each
/// time. The counter in her own house, a unix socket or loopback, she tries before those across the
/// street.
package struct Endpoints: Equatable, Sendable {
    private struct Entry: Equatable, Sendable {
        var address: Address
        var failures = 0
        var notBefore = Instant.zero
        var why: String?
    }

    private var entries: [Entry]
    private var chance: Chance

    package init(_ addresses: [Address], chance: Chance) {
        precondition(!addresses.isEmpty, "a client needs somewhere to call")
        precondition(addresses.count <= Limits.endpoints, "too many endpoints")
        var unique: [Address] = []
        for address in addresses where !unique.contains(address) { unique.append(address) }
        entries = (0...2).flatMap { distance in
            unique.filter { Endpoints.distance(to: $0) == distance }.map { Entry(address: $0) }
        }
        self.chance = chance
    }

    /// 0 for a unix socket, 1 for loopback, 2 for all else.
    private static func distance(to address: Address) -> Int {
        switch address {
        case .unix: 0
        case .host: address.isLoopback ? 1 : 2
        }
    }

    package var addresses: [Address] { entries.map(\.address) }

    /// Where to go next, and when that is at the earliest. Those that failed come after those that
    /// did not; of those, the one whose pause ends first.
    package func choice(at now: Instant) -> (address: Address, at: Instant) {
        if let open = entries.first(where: { $0.failures == 0 }) { return (open.address, now) }
        let first = entries.min { $0.notBefore < $1.notBefore }!
        return (first.address, max(now, first.notBefore))
    }

    package var reasons: [ClientFailure.Unreached] {
        entries.compactMap { entry in entry.why.map { .init(entry.address, $0) } }
    }

    /// Takes it out of service for a pause: its own, or the given one. A thousand calls that fail
    /// together count once.
    package mutating func failed(
        _ address: Address, _ why: String, pause: Instant.Span? = nil, at now: Instant
    ) {
        guard let index = entries.firstIndex(where: { $0.address == address }),
            entries[index].failures == 0 || entries[index].notBefore <= now
        else { return }
        let pause = pause ?? Endpoints.pause(after: entries[index].failures, &chance)
        entries[index].failures += 1
        entries[index].notBefore = now + pause
        entries[index].why = why
    }

    package mutating func served(_ address: Address) {
        guard let index = entries.firstIndex(where: { $0.address == address }) else { return }
        entries[index].failures = 0
        entries[index].notBefore = .zero
        entries[index].why = nil
    }

    /// Doubles with every failure; the second half of it is left to chance, so that a thousand
    /// clients of one member do not come back all at once.
    package static func pause(after failures: Int, _ chance: inout Chance) -> Instant.Span {
        let doubled = Limits.shortestPause.nanoseconds << UInt64(min(failures, 20))
        let whole = min(doubled, Limits.longestPause.nanoseconds)
        return Instant.Span(nanoseconds: whole / 2 + chance.below(whole / 2 + 1))
    }
}
