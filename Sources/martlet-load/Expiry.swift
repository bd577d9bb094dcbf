import EventLoop
import RPC
import Units
import Wire

/// Many leases: granted one by one, all kept alive once, and then left to end together.
final class Expiry {
    private let plan: Plan
    private let loop: Loop
    private var connection: Connection?
    private var granted = 0
    private var asked = 0
    private var refreshed = 0
    private var timer: Timer?
    private var isOver = false
    private(set) var firstError: String?
    private(set) var began = Instant.zero
    private(set) var allGranted = Instant.zero
    /// The last keep-alive was asked for, and answered.
    private(set) var lastAsked = Instant.zero
    private(set) var allRefreshed = Instant.zero
    /// The first were seen to be gone, and all.
    private(set) var firstGone = Instant.zero
    private(set) var allGone = Instant.zero
    /// The longest that a status took meanwhile.
    private(set) var longestStatus = Instant.Span(nanoseconds: 0)
    private var statusSent = Instant.zero
    var onMeasure: () -> Void = {}

    private static let batch = 10_000

    init(_ plan: Plan, on loop: Loop) {
        self.plan = plan
        self.loop = loop
    }

    func run() {
        let settings = RPC::Settings(software: "martlet-load/0.1.0")
        _ = Connect.start(on: loop, to: plan.addresses[0]) { outcome in
            switch outcome {
            case .success(let stream):
                self.use(
                    Connection(
                        stream, .caller, settings,
                        Security(self.plan.keyring, dialling: self.plan.addresses[0])))
            case .failure(let failure): self.fail(failure.description)
            }
        }
        _ = loop.run(for: .seconds(3600)) { self.isOver }
        connection?.close()
    }

    private func use(_ connection: Connection) {
        self.connection = connection
        connection.onReady = { _, _ in
            self.began = self.loop.now
            for _ in 0..<1_024 { self.grant() }
        }
        connection.onFrame = { self.took($1, $2) }
        connection.onClose = { _, reason in
            if !self.isOver { self.fail("connection lost: \(reason)") }
        }
    }

    private func fail(_ words: String) {
        if firstError == nil { firstError = words }
        isOver = true
    }

    private func call<Request: WireMessage>(_ method: Method, _ request: Request) {
        guard connection?.open(method, { request.encode(into: &$0) }) != nil else {
            return fail("a call could not be made")
        }
    }

    private func id(_ number: Int) -> Int64 { Int64(plan.seed << 32) + Int64(number) + 1 }

    private func grant() {
        guard asked < plan.leases else { return }
        call(.leaseGrant, LeaseGrantRequest(ttl: plan.ttl, id: id(asked)))
        asked += 1
    }

    private func took(_ header: FrameHeader, _ body: Bytes) {
        guard header.type == .response else {
            return fail((try? WireError(decoding: body))?.message ?? "a call failed")
        }
        switch header.method {
        case .leaseGrant:
            granted += 1
            if granted == plan.leases { refresh() } else { grant() }
        case .leaseKeepAliveMany:
            refreshed += min(Expiry.batch, plan.leases - refreshed)
            if refreshed == plan.leases { wait() }
        case .status: look(body)
        default: break
        }
    }

    private func refresh() {
        allGranted = loop.now
        for start in stride(from: 0, to: plan.leases, by: Expiry.batch) {
            let end = min(start + Expiry.batch, plan.leases)
            call(.leaseKeepAliveMany, LeaseKeepAliveManyRequest(ids: (start..<end).map(id)))
        }
        lastAsked = loop.now
    }

    private func wait() {
        allRefreshed = loop.now
        onMeasure()
        let timer = Timer(on: loop) { _ in
            self.statusSent = self.loop.now
            self.call(.status, StatusRequest())
        }
        timer.start(after: .milliseconds(20))
        self.timer = timer
    }

    private func look(_ body: Bytes) {
        longestStatus = max(longestStatus, loop.now.since(statusSent))
        guard let status = try? StatusResponse(decoding: body) else {
            return fail("a status does not parse")
        }
        if status.leases < plan.leases, firstGone == .zero { firstGone = loop.now }
        guard status.leases > 0 else {
            allGone = loop.now
            timer?.close()
            isOver = true
            return
        }
        timer?.start(after: .milliseconds(20))
    }

    /// How long after the last could have ended the last was gone.
    var lateness: Instant.Span {
        allGone.since(allRefreshed + .seconds(UInt64(plan.ttl)))
    }
}
