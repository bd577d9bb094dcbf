import ArgumentParser
import EventLoop
import Glibc
import TLS
import Units

@main
struct MartletLoad: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet-load",
        abstract: "Loads a store and measures rate, latency and CPU per operation.",
        discussion: """
            Every connection keeps 'depth' calls under way. Connections are spread over the hosts.

              martlet-load put --host 127.0.0.1:2390 --connections 64 --depth 16
              martlet-load fill --host unix:m1.sock --keys 1000000 --depth 256
              martlet-load watch --watchers 10000 --connections 10 --rate 20
              martlet-load lease --leases 1000000 --ttl 30
              martlet-load put --ca ca.crt --cert client-a.crt --key client-a.key
            """)

    @Argument(
        help: "put, get, get-serializable, range (of 1,000), fill (each key once), watch, or lease."
    )
    var shape = "put"

    @Option(
        help: ArgumentHelp(
            "Where the members are: host:port or unix:/path, with commas between.",
            valueName: "addresses"))
    var host = "127.0.0.1:2390"

    @Option(help: ArgumentHelp("Speak TLS, and trust this authority (PEM).", valueName: "file"))
    var ca: String?

    @Option(help: ArgumentHelp("Our certificate, with TLS.", valueName: "file"))
    var cert: String?

    @Option(help: ArgumentHelp("Its key.", valueName: "file"))
    var key: String?

    @Option(help: "How many connections.")
    var connections = 1

    @Option(help: "Calls under way on each connection.")
    var depth = 1

    @Option(help: "How many keys there are.")
    var keys = 10_000

    @Option(help: "Bytes of a key.")
    var keySize = 32

    @Option(help: "Bytes of a value.")
    var valueSize = 256

    @Option(help: "Watches of one key, in the shape watch.")
    var watchers = 1_000

    @Option(help: "Puts each second that they are told of.")
    var rate = 20

    @Option(help: "Leases, in the shape lease.")
    var leases = 10_000

    @Option(help: "Seconds that each lives.")
    var ttl: Int64 = 20

    @Option(help: "Seconds that are measured.")
    var seconds: UInt64 = 5

    @Option(help: "Seconds before that.")
    var warmUp: UInt64 = 1

    @Option(
        name: .customLong("pid"),
        help: "Process ids of the members, with commas between, to account for their CPU time.")
    var processes: String?

    @Flag(help: "One line of JSON instead of words.")
    var json = false

    func validate() throws {
        guard Shape(rawValue: shape) != nil else {
            let known = Shape.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("'\(shape)' is no shape of load; known are \(known)")
        }
        guard connections > 0, depth > 0, keys > 0, keySize > 0, valueSize >= 0, seconds > 0 else {
            throw ValidationError("connections, depth, keys, sizes and seconds must be above zero")
        }
        guard depth <= 16_000 else { throw ValidationError("a connection takes 16,000 calls") }
    }

    func run() throws {
        var plan = Plan()
        plan.shape = Shape(rawValue: shape)!
        plan.addresses = try host.split(separator: ",").map { try address($0) }
        plan.connections = connections
        plan.depth = depth
        plan.keys = keys
        plan.keySize = keySize
        plan.valueSize = valueSize
        plan.length = .seconds(seconds)
        plan.warmUp = .seconds(warmUp)
        plan.watchers = watchers
        plan.leases = leases
        plan.ttl = ttl
        plan.rate = rate
        plan.keyring = try keyring()
        let members = (processes ?? "").split(separator: ",").compactMap { Int32($0) }
        switch plan.shape {
        case .watch: return try fanOut(plan, members)
        case .lease: return try expire(plan, members)
        default: break
        }
        let load = Load(plan, on: Loop())
        var before = Usage(of: members)
        load.onMeasure = { before = Usage(of: members) }
        load.run()
        let figures = Figures(load, Usage(of: members).since(before), counted: !members.isEmpty)
        print(json ? figures.json : figures.words)
        if load.errors > 0 {
            throw ValidationError("\(load.errors) calls failed, first: \(load.firstError ?? "")")
        }
    }

    private func fanOut(_ plan: Plan, _ members: [Int32]) throws {
        let fanout = Fanout(plan, on: Loop())
        var before = Usage(of: members)
        fanout.onMeasure = { before = Usage(of: members) }
        fanout.run()
        let usage = Usage(of: members).since(before)
        if let error = fanout.firstError { throw ValidationError(error) }
        let created = fanout.allCreated.since(fanout.began)
        let told = fanout.ended.since(fanout.measured)
        print(
            Row([
                ("shape", "\"watch\""), ("watchers", "\(plan.watchers)"),
                ("created_per_second", "\(rate(plan.watchers, created))"),
                ("puts", "\(fanout.putCount)"), ("events", "\(fanout.received)"),
                ("missing", "\(fanout.expected - fanout.received)"),
                ("events_per_second", "\(rate(fanout.received, told))"),
                ("p50_ms", milliseconds(fanout.latencies.percentile(0.5))),
                ("p99_ms", milliseconds(fanout.latencies.percentile(0.99))),
                ("max_ms", milliseconds(fanout.latencies.longest)),
                ("server_us_per_event", each(usage.members, fanout.received)),
            ]).text(json: json))
    }

    private func expire(_ plan: Plan, _ members: [Int32]) throws {
        let expiry = Expiry(plan, on: Loop())
        var before = Usage(of: members)
        expiry.onMeasure = { before = Usage(of: members) }
        expiry.run()
        let usage = Usage(of: members).since(before)
        if let error = expiry.firstError { throw ValidationError(error) }
        let refreshed = expiry.allRefreshed.since(expiry.allGranted)
        print(
            Row([
                ("shape", "\"lease\""), ("leases", "\(plan.leases)"),
                (
                    "granted_per_second",
                    "\(rate(plan.leases, expiry.allGranted.since(expiry.began)))"
                ),
                ("all_kept_alive_ms", milliseconds(refreshed.nanoseconds)),
                (
                    "gone_within_ms",
                    milliseconds(expiry.allGone.since(expiry.firstGone).nanoseconds)
                ),
                ("late_ms", milliseconds(expiry.lateness.nanoseconds)),
                ("longest_status_ms", milliseconds(expiry.longestStatus.nanoseconds)),
                ("server_us_per_lease", each(usage.members, plan.leases)),
            ]).text(json: json))
    }

    private func rate(_ count: Int, _ span: Instant.Span) -> Int {
        Int(Double(count) * 1e9 / Double(max(1, span.nanoseconds)))
    }

    private func milliseconds(_ nanoseconds: UInt64) -> String {
        "\(round3(Double(nanoseconds) / 1e6))"
    }

    private func each(_ microseconds: UInt64, _ count: Int) -> String {
        "\(round3(Double(microseconds) / Double(max(1, count))))"
    }

    private func keyring() throws -> Keyring? {
        guard let ca else {
            guard cert == nil, key == nil else {
                throw ValidationError("--cert and --key need --ca")
            }
            return nil
        }
        do throws(PaperFault) {
            var papers: Papers?
            if let cert, let key {
                papers = try Papers(
                    chain: Certificate.all(pem: read(cert).span),
                    key: PrivateKey(pem: read(key).span))
            }
            return Keyring(
                try Context(papers: papers, authorities: Certificate.all(pem: read(ca).span)))
        } catch {
            throw ValidationError("cannot use the certificates: \(error)")
        }
    }

    /// What is in a file; nothing when it cannot be read, which is then no certificate.
    private func read(_ path: String) -> [UInt8] {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        return unsafe [UInt8](unsafeUninitializedCapacity: TLS::Limits.file) { buffer, count in
            unsafe count = max(0, Glibc.read(file, buffer.baseAddress, buffer.count))
        }
    }

    private func address(_ text: Substring) throws -> Address {
        do throws(Address.Fault) {
            return try Address(String(text))
        } catch {
            throw ValidationError("\(error)")
        }
    }
}

/// Figures by name, as a line of JSON or of words.
struct Row {
    let figures: [(name: String, value: String)]

    init(_ figures: [(String, String)]) { self.figures = figures }

    func text(json: Bool) -> String {
        json
            ? "{" + figures.map { "\"\($0.name)\":\($0.value)" }.joined(separator: ",") + "}"
            : figures.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
    }
}

/// CPU microseconds so far.
struct Usage {
    var members: UInt64
    var own: UInt64
    var machine: UInt64

    init(of processes: [Int32]) {
        members = processes.reduce(0) { $0 + (Accounting.time(of: $1) ?? 0) }
        own = Accounting.own()
        machine = Accounting.machine()
    }

    func since(_ earlier: Usage) -> Usage {
        var result = self
        result.members -= min(members, earlier.members)
        result.own -= min(own, earlier.own)
        result.machine -= min(machine, earlier.machine)
        return result
    }
}

/// What came of a run.
struct Figures {
    let json: String
    let words: String

    init(_ load: Load, _ usage: Usage, counted: Bool) {
        let count = load.latencies.count
        let time = max(1, load.ended.since(load.began).nanoseconds)
        let rate = Double(count) * 1e9 / Double(time)
        let each = Double(max(1, count))
        let plan = load.plan
        let shape = "\(plan.shape.rawValue) \(plan.connections)x\(plan.depth)"
        let foreign =
            Double(usage.machine - min(usage.machine, usage.own + usage.members)) * 1000
            / Double(time)
        let points = [0.5, 0.99, 0.999].map { Double(load.latencies.percentile($0)) / 1e6 }
        let server = counted ? Double(usage.members) / each : 0
        let client = Double(usage.own) / each
        json =
            "{\"shape\":\"\(plan.shape.rawValue)\",\"connections\":\(plan.connections),"
            + "\"depth\":\(plan.depth),\"ops\":\(count),\"errors\":\(load.errors),"
            + "\"seconds\":\(round3(Double(time) / 1e9)),\"rate\":\(round3(rate)),"
            + "\"p50_ms\":\(round3(points[0])),\"p99_ms\":\(round3(points[1])),"
            + "\"p999_ms\":\(round3(points[2])),"
            + "\"max_ms\":\(round3(Double(load.latencies.longest) / 1e6)),"
            + "\"server_us\":\(round3(server)),\"client_us\":\(round3(client)),"
            + "\"foreign_cores\":\(round3(foreign))}"
        words =
            "\(shape): \(Int(rate)) ops/s, p50 \(round3(points[0])) ms, p99 \(round3(points[1])) ms, "
            + "p99.9 \(round3(points[2])) ms, errors \(load.errors)"
            + (counted ? ", server \(round3(server)) us/op" : "")
            + ", client \(round3(client)) us/op, others used \(round3(foreign)) cores"
    }
}

private func round3(_ number: Double) -> Double { (number * 1000).rounded() / 1000 }
