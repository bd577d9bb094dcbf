import Glibc
import Testing
import Units

@testable import Simulation

/// Worlds, a few of every kind. Many more are run by `martlet-simulate --seeds`.
@Suite struct WorldTests {
    private static func options(_ seed: UInt64) -> Simulation.Options {
        Simulation.Options(seed: seed, clients: 2, duration: .milliseconds(900))
    }

    @Test(arguments: UInt64(1)...40) func keepsItsPromises(seed: UInt64) {
        let report = Simulation.run(Self.options(seed))
        #expect(
            report.violation == nil,
            "swift run martlet-simulate --seed \(seed) --clients 2 --ticks 900")
        #expect(report.tally.entries > 0)
        #expect(report.simulated > .zero)
    }

    /// Seeds that once found a bug, as they found it; what took longer to find has a test of its own
    /// in the room where it was mended.
    ///
    /// 9: a refusal that crossed with a copy of its batch made the batch twice. 12: every member of a
    /// cluster restarted at once.
    @Test(arguments: [9, 12] as [UInt64]) func keepsWhatWasMended(seed: UInt64) {
        let report = Simulation.run(Simulation.Options(seed: seed))
        #expect(report.violation == nil, "swift run martlet-simulate --seed \(seed)")
    }

    @Test func theSameSeedMakesTheSameTrace() {
        var first: [String] = []
        var second: [String] = []
        var options = Self.options(3)
        options.trace = { first.append($0) }
        let one = Simulation.run(options)
        options.trace = { second.append($0) }
        let other = Simulation.run(options)
        #expect(one == other)
        #expect(first.count > 1000)
        #expect(first == second)
        options.trace = nil
        #expect(Simulation.run(options).hash == one.hash)
    }

    @Test func anotherSeedMakesAnother() {
        #expect(Simulation.run(Self.options(5)).hash != Simulation.run(Self.options(6)).hash)
    }

    @Test func optionsAreKept() {
        for members in [1, 7] {
            let world = World(Simulation.Options(seed: 1, members: members, clients: 16))
            #expect(world.plan.members == members)
            #expect(world.plan.clients == 16)
        }
    }
}

/// The program, as a process of its own.
@Suite struct ProgramTests {
    private static var program: String? {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let path = "/\(root)/.build/debug/martlet-simulate"
        return access(path, X_OK) == 0 ? path : nil
    }

    private func run(_ words: String, environment: String = "") throws -> (String, Int32) {
        let program = try #require(Self.program)
        let pipe = try #require(popen("\(environment) \(program) \(words) 2>&1", "r"))
        var output = ""
        while case let byte = fgetc(pipe), byte != EOF {
            output.append(Character(Unicode.Scalar(UInt8(byte))))
        }
        return (output, (pclose(pipe) >> 8) & 0xFF)
    }

    @Test(.enabled(if: program != nil)) func hashesDoNotDependOnTheProcess() throws {
        let words = "--seed 11 --seeds 3 --ticks 800 --clients 2 --hash"
        let plain = try run(words)
        let fixed = try run(words, environment: "SWIFT_DETERMINISTIC_HASHING=1")
        #expect(plain.0 == fixed.0)
        #expect(plain.0 == (try run(words)).0)
        #expect(plain.1 == 0)
        let hash = Simulation.run(
            Simulation.Options(seed: 11, clients: 2, duration: .milliseconds(800))
        ).hash
        let digits = String(hash, radix: 16)
        #expect(plain.0.contains(digits))
        #expect(plain.0.split(separator: "\n").count == 3)
    }

    @Test(
        .enabled(if: program != nil),
        arguments: ["--members 8", "--clients 0", "--seeds 0", "--seed x", "--nonsense"])
    func refusesWhatItDoesNotUnderstand(words: String) throws {
        let (output, code) = try run(words)
        #expect(code == 2 || code == 64)
        #expect(!output.isEmpty)
    }

    @Test(.enabled(if: program != nil)) func tracesOnDemand() throws {
        let (output, code) = try run("--seed 4 --ticks 300 --clients 2 --members 1 --trace")
        #expect(code == 0)
        #expect(output.contains("m1 leads term 1"))
        #expect(output.contains("all promises were kept"))
    }
}
