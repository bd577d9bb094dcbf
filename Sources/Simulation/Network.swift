import Units

/// What is between members: it delays, loses, doubles and reorders messages, and is cut now and then.
struct Network {
    struct Rates {
        var delay: ClosedRange<Instant.Span>
        /// Per million messages.
        var loss: UInt64
        var duplication: UInt64
        /// Per million messages; each then takes up to `lateness`.
        var late: UInt64
        var lateness: Instant.Span
        /// Messages of a pair arrive in the order in which they were sent, as over one connection.
        var ordered: Bool
    }

    private(set) var rates: Rates
    private var chance: Chance
    /// From → to, as `Limits.nodes` rows.
    private var cut = [Bool](repeating: false, count: Limits.nodes * Limits.nodes)
    private var last = [Moment](repeating: .zero, count: Limits.nodes * Limits.nodes * 2)

    init(_ rates: Rates, chance: Chance) {
        self.rates = rates
        self.chance = chance
    }

    private func pair(_ from: Int, _ to: Int) -> Int { from * Limits.nodes + to }

    func isCut(from: Int, to: Int) -> Bool { cut[pair(from, to)] }

    mutating func cut(from: Int, to: Int) { cut[pair(from, to)] = true }

    mutating func mend(from: Int, to: Int) { cut[pair(from, to)] = false }

    /// Everything passes from now on, and soon.
    mutating func heal() {
        for position in cut.indices { cut[position] = false }
        rates.loss = 0
        rates.duplication = 0
        rates.late = 0
    }

    /// When copies of a message that is sent now arrive; none when it is lost.
    mutating func arrivals(from: Int, to: Int, bulk: Bool, at now: Moment) -> [Moment] {
        guard !isCut(from: from, to: to), !chance.happens(perMillion: rates.loss) else { return [] }
        var times = [arrival(pair(from, to) * 2 + (bulk ? 1 : 0), at: now)]
        if chance.happens(perMillion: rates.duplication) {
            times.append(arrival(pair(from, to) * 2 + (bulk ? 1 : 0), at: now))
        }
        return times
    }

    private mutating func arrival(_ lane: Int, at now: Moment) -> Moment {
        var time = now + chance.span(rates.delay)
        if chance.happens(perMillion: rates.late) { time = time + chance.around(rates.lateness) }
        guard rates.ordered else { return time }
        time = max(time, last[lane] + Instant.Span(nanoseconds: 1))
        last[lane] = time
        return time
    }
}

extension Network.Rates {
    init(_ weather: Plan.Weather, _ chance: inout Chance) {
        let slow = UInt64(chance.pick([100, 500, 5_000, 30_000]))
        delay = .microseconds(20)...(.microseconds(slow))
        loss = UInt64(chance.pick([0, 1_000, 20_000, 100_000]))
        duplication = UInt64(chance.pick([0, 1_000, 50_000]))
        late = UInt64(chance.pick([0, 1_000, 20_000]))
        lateness = .milliseconds(UInt64(chance.draw(5...1_000)))
        ordered = chance.coin()
        switch weather {
        case .calm:
            loss = 0
            duplication = 0
            late = 0
        case .brutal: loss = UInt64(chance.draw(20_000...200_000))
        case .mixed: break
        }
    }
}
