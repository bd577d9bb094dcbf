internal import Client
internal import EventLoop
internal import Units
internal import Wire

/// Many puts, at a steady rate or as fast as they are answered, and what became of them.
///
/// With a rate, each put has a moment when it is due, and its time counts from then: a store that
/// stalls is not excused by the puts that were held back meanwhile.
final class Trial {
    struct Plan: Equatable {
        /// Puts under way at the same time.
        var clients: Int
        /// Per second; nil: as fast as it goes.
        var rate: Int?
        var count: Int
        var valueSize: Int
        var prefix: String
    }

    private let session: Session
    private let client: Client
    private let plan: Plan
    private var chance: Chance
    /// What values are cut from.
    private let pool: [UInt8]
    private var started = Instant.zero
    private var ended = Instant.zero
    private var sent = 0
    private var open = 0
    private var failures = 0
    private var failure: String?
    private var slowest: UInt64 = 0
    private var sum: Double = 0
    private var squares: Double = 0
    private(set) var done = 0
    private let interrupt: Interrupt

    init(_ session: Session, _ client: Client, _ plan: Plan) {
        self.session = session
        self.client = client
        self.plan = plan
        var chance = Chance(seed: session.loop.now.nanoseconds, name: "trial")
        pool = (0..<(plan.valueSize + 4_096)).map { _ in UInt8(chance.below(256)) }
        self.chance = chance
        interrupt = Interrupt(session)
    }

    var isInterrupted: Bool { interrupt.came }

    func run() -> Report {
        started = session.loop.now
        let timer = Timer(on: session.loop) { [weak self] _ in self?.pump() }
        timer.start(every: Limits.trialTick)
        pump()
        while !isDone { _ = session.loop.run(for: .milliseconds(100)) { self.isDone } }
        timer.close()
        interrupt.close()
        ended = session.loop.now
        return report
    }

    private var isDone: Bool {
        open == 0 && (sent == plan.count || failures >= Limits.trialFailures || interrupt.came)
    }

    private func pump() {
        guard failures < Limits.trialFailures, !interrupt.came else { return }
        while open < plan.clients, sent < plan.count {
            guard let due = due(sent) else { return send(at: session.loop.now) }
            guard due <= session.loop.now else { return }
            send(at: due)
        }
    }

    private func due(_ number: Int) -> Instant? {
        guard let rate = plan.rate else { return session.loop.now }
        return started + Instant.Span(nanoseconds: UInt64(number) * 1_000_000_000 / UInt64(rate))
    }

    private func send(at due: Instant) {
        let key = Trial.key(plan.prefix, sent)
        sent += 1
        open += 1
        let start = Int(chance.below(UInt64(pool.count - plan.valueSize)))
        let value = Array(pool[start..<(start + plan.valueSize)])
        client.put(PutRequest(key: key, value: value), patience) { outcome in
            self.open -= 1
            switch outcome {
            case .success: self.took(self.session.loop.now.since(due))
            case .failure(let why): self.failed(why)
            }
            self.pump()
        }
    }

    static func key(_ prefix: String, _ number: Int) -> [UInt8] {
        let digits = String(number)
        let zeros = String(repeating: "0", count: max(0, 10 - digits.count))
        return Array((prefix + zeros + digits).utf8)
    }

    private var patience: Patience {
        Patience(timeout: session.reach.timeout?.span ?? Limits.importPatience, mayRepeat: true)
    }

    private func took(_ span: Instant.Span) {
        done += 1
        slowest = max(slowest, span.nanoseconds)
        let milliseconds = Double(span.nanoseconds) / 1e6
        sum += milliseconds
        squares += milliseconds * milliseconds
    }

    private func failed(_ why: ClientFailure) {
        failures += 1
        failure = failure ?? why.message
    }

    // MARK: What became of it

    struct Report: Equatable {
        var puts: Int
        var failures: Int
        var failure: String?
        var milliseconds: Double
        var slowest: Double
        var mean: Double
        var deviation: Double

        var perSecond: Double { milliseconds > 0 ? Double(puts) * 1000 / milliseconds : 0 }
    }

    private var report: Report {
        let count = Double(max(1, done))
        let mean = sum / count
        return Report(
            puts: done, failures: failures, failure: failure,
            milliseconds: Double(ended.since(started).nanoseconds) / 1e6,
            slowest: Double(slowest) / 1e6, mean: mean,
            deviation: max(0, squares / count - mean * mean).squareRoot())
    }

    // MARK: Afterwards

    /// Removes the keys piece by piece, so that no revision is a large one. Returns how many.
    func clean() throws(Complaint) -> Int64 {
        var removed: Int64 = 0
        for first in stride(from: 0, to: sent, by: Limits.trialClean) {
            let request = DeleteRangeRequest(
                key: Trial.key(plan.prefix, first),
                rangeEnd: Trial.key(plan.prefix, first + Limits.trialClean))
            let answer: DeleteRangeResponse = try session.ask("remove the keys of the check") {
                $0.delete(request, self.patience, then: $1)
            }
            removed += answer.deleted
        }
        return removed
    }
}

/// What was measured against what was wanted.
struct Verdicts {
    struct Line: Equatable {
        var name: String
        var isGood: Bool
        var measured: String
        var wanted: String
    }

    var lines: [Line] = []
    var isGood: Bool { lines.allSatisfy(\.isGood) }

    mutating func add(_ name: String, _ isGood: Bool, _ measured: String, _ wanted: String) {
        lines.append(Line(name: name, isGood: isGood, measured: measured, wanted: wanted))
    }

    func words(_ paint: (String, Terminal.Colour) -> String) -> String {
        var table = Table(["", "what", "measured", "wanted"])
        for line in lines {
            table.add([line.isGood ? "pass" : "FAIL", line.name, line.measured, line.wanted])
        }
        let end = isGood ? paint("pass", .green) : paint("FAIL", .red)
        return table.text + "\n" + end
    }

    var json: JSON {
        .array(
            lines.map { line in
                Rendering.object([
                    ("what", .string(line.name)), ("pass", .bool(line.isGood)),
                    ("measured", .string(line.measured)), ("wanted", .string(line.wanted)),
                ])
            })
    }

    /// 12.345 → "12.3"
    static func tenths(_ number: Double) -> String {
        let tenths = Int64((number * 10).rounded())
        return "\(Spelling.count(tenths / 10)).\(tenths % 10)"
    }
}
