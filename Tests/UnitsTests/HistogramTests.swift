import Testing
import Units

@Suite struct HistogramTests {
    @Test func theBoundsAreThoseThatPeopleKnow() {
        var values = Histogram()
        for milliseconds: UInt64 in [1, 2, 4, 8, 8192] {
            values.observe(.milliseconds(milliseconds))
        }
        // 2^10 ticks are a millisecond.
        #expect(values.count(through: 9) == 0)
        #expect(values.count(through: 10) == 1)
        #expect(values.count(through: 11) == 2)
        #expect(values.count(through: 13) == 4)
        #expect(values.count(through: 22) == 4)
        #expect(values.count(through: 23) == 5)
        #expect(values.sum == 8_207_000_000)
    }

    @Test func justAboveABoundIsInTheNextBucket() {
        var values = Histogram()
        values.observe(Instant.Span(nanoseconds: 1_000_001))
        #expect(values.count(through: 10) == 0)
        #expect(values.count(through: 11) == 1)
    }

    @Test func nothingIsLost() {
        var chance = Chance(seed: 3, name: "histogram")
        var values = Histogram()
        for _ in 0..<10_000 {
            values.observe(Instant.Span(nanoseconds: chance.next() >> chance.below(64)))
        }
        #expect(values.count == 10_000)
        #expect(values.counts.reduce(0, +) == 10_000)
        let sums = (0...Histogram.powers).map { values.count(through: $0) }
        #expect(zip(sums, sums.dropFirst()).allSatisfy { $0 <= $1 })
    }

    /// What is read back is off by an eighth at most, from 8 ticks up to the largest bound.
    @Test func theErrorIsBounded() throws {
        var chance = Chance(seed: 5, name: "error")
        for _ in 0..<20_000 {
            let amount = 8_000 + chance.next() >> (30 + chance.below(20))
            guard amount <= 32_768_000_000 else { continue }
            var values = Histogram()
            values.observe(Instant.Span(nanoseconds: amount))
            let told = try #require(values.span(perMille: 500)).nanoseconds
            let error = told > amount ? told - amount : amount - told
            #expect(error * 8 <= amount + 8 * 977, "\(amount) was told as \(told)")
        }
    }

    @Test func quantilesOfManyAmounts() throws {
        var values = Histogram()
        for milliseconds: UInt64 in 1...1000 { values.observe(.milliseconds(milliseconds)) }
        let median = try #require(values.span(perMille: 500)).nanoseconds
        let high = try #require(values.span(perMille: 990)).nanoseconds
        #expect((437_000_000...563_000_000).contains(median))
        #expect((866_000_000...1_114_000_000).contains(high))
    }

    @Test func theExtremesHavePlaces() {
        var values = Histogram()
        #expect(values.quantile(perMille: 500) == nil)
        values.observe(Instant.Span(nanoseconds: 0))
        #expect(values.count(through: 0) == 1)
        values.observe(Instant.Span(nanoseconds: .max))
        #expect(values.counts.last == 1)
        #expect(values.quantile(perMille: 1000) == 1 << UInt64(Histogram.powers))
    }
}
