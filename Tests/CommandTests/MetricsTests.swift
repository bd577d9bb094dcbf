import Testing

@testable import Command

@Suite struct MetricsTextTests {
    static let text = """
        # HELP up Whether it \\\\ is.
        # TYPE up gauge
        up 1
        # TYPE bytes_total counter
        bytes_total{To="a\\"b",From="c,}"} 1234567
        # HELP wait_seconds Waits.
        # TYPE wait_seconds histogram
        wait_seconds_bucket{stage="q",le="0.001"} 50
        wait_seconds_bucket{stage="q",le="0.002"} 100
        wait_seconds_bucket{stage="q",le="+Inf"} 100
        wait_seconds_sum{stage="q"} 0.125
        wait_seconds_count{stage="q"} 100
        nonsense{ 1
        alone 2.5e-3

        """

    @Test func isReadBack() throws {
        let text = MetricsText(MetricsTextTests.text)
        #expect(text.families.map(\.name) == ["up", "bytes_total", "wait_seconds", "alone"])
        #expect(text.family("up")?.help == "Whether it \\ is.")
        #expect(text.value("bytes_total", ("To", "a\"b")) == 1_234_567)
        #expect(text.value("bytes_total", ("From", "c,}")) == 1_234_567)
        #expect(text.value("bytes_total", ("To", "x")) == nil)
        #expect(text.value("alone") == 0.0025)
        let waits = try #require(text.distribution("wait_seconds", ("stage", "q")))
        #expect(waits.count == 100)
        #expect(waits.mean == 0.00125)
        #expect(waits.quantile(0.5) == 0.001)
        #expect(waits.quantile(0.75) == 0.0015)
        #expect(waits.quantile(1) == 0.002)
    }

    @Test func differencesAreOfTheLastWhile() throws {
        var now = try #require(
            MetricsText(MetricsTextTests.text).distribution("wait_seconds", ("stage", "q")))
        let earlier = now
        #expect(now.since(nil) == now)
        #expect(now.since(earlier).quantile(0.5) == nil)
        now.count += 10
        for index in 1..<3 { now.buckets[index].count += 10 }
        #expect(now.since(earlier).count == 10)
        #expect(try #require(now.since(earlier).quantile(0.5)) == 0.0015)
        // The member was started anew.
        #expect(earlier.since(now) == earlier)
    }

    @Test(
        arguments: [
            (nil, "-"), (0.0000005, "500 ns"), (0.0000123, "12.3 us"), (0.00123, "1.23 ms"),
            (0.5, "500 ms"), (2, "2.00 s"), (1234, "1,234 s"),
        ] as [(Double?, String)]) func durations(seconds: Double?, text: String)
    {
        #expect(Spelling.duration(seconds) == text)
    }

    @Test func garbageIsLeftOut() {
        #expect(MetricsText("{}\n=\n# \nx{a=\"b} 1\nx{a=\"b\"\n\u{0}").families.isEmpty)
    }
}
