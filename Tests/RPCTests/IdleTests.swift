import EventLoop
import Glibc
import RPC
import Testing
import Units
import Wire

@Suite(.serialized) struct IdleTests {
    /// Both ends live in this process, so each connection takes two descriptors: 4,500 connections
    /// here, and 10,000 where 21,000 descriptors are allowed.
    @Test func manyIdleConnectionsCostLittle() throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let count = limit.rlim_cur >= 21_000 ? 10_000 : min(4_500, Int(limit.rlim_cur) / 2 - 200)
        try withLoop { loop in
            let echo = try Echo(on: loop)
            let before = resident()
            let channels = (0..<count).map { _ in
                Channel(on: loop, to: echo.address, .test, chance: Chance(seed: 1, name: "dial"))
            }
            // Not more at once than wait to be accepted.
            for start in stride(from: 0, to: count, by: 500) {
                let some = channels[start..<min(count, start + 500)]
                for channel in some { channel.start() }
                loop.turn { some.allSatisfy { $0.isUp } }
            }
            #expect(echo.server.count == count)
            let each = (resident() - before) / count
            #expect(each < 16_384, "\(each) bytes for both ends of a connection")
            let outcome = channels[count / 2].call(.put, "awake")
            loop.turn { outcome.isOver }
            #expect(outcome.text == "awake")
            for channel in channels { channel.close() }
            loop.turn { echo.server.count == 0 }
        }
    }

    private func resident() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 128)
        fgets(&text, 127, file)
        let words = String(decoding: text.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            .split(separator: " ")
        return (Int(words[1]) ?? 0) * 4_096
    }
}
