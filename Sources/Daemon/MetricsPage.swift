package import EventLoop
package import Units

/// A few pages for programs that watch over this one, by HTTP/1.1 on a port of this machine: one GET
/// on each connection, nothing that changes anything.
///
/// Everything is bounded: connections, the length of a request, and the time from the first byte of a
/// connection to its last.
package final class MetricsPage {
    /// Answers a request, now or later. Once it is too late nothing happens.
    package typealias Answer = (PageAnswer) -> Void

    package let address: Address
    private var listener: Listener?
    private let serve: (PageRequest, @escaping Answer) -> Void
    private let patience: Instant.Span
    private var visits: [Visit] = []

    /// Listens on `address`. `patience` is how long a connection may take from end to end.
    package init(
        on loop: Loop, _ address: Address, patience: Instant.Span = Limits.pagePatience,
        serve: @escaping (PageRequest, @escaping Answer) -> Void
    ) throws(LoopFailure) {
        self.serve = serve
        self.patience = patience
        let relay = Relay()
        let listener = try Listener.open(on: loop, address) { relay.came?($0) }
        self.address = listener.address
        self.listener = listener
        relay.came = { [weak self] in self?.came($0) }
    }

    private final class Relay { var came: ((EventLoop.Stream) -> Void)? }

    package var connections: Int { visits.count }

    package func close() {
        listener?.close()
        listener = nil
        for visit in visits { visit.end() }
        visits = []
    }

    private func came(_ stream: EventLoop.Stream) {
        guard visits.count < Limits.pageConnections else { return stream.close() }
        let visit = Visit(stream, patience)
        visits.append(visit)
        visit.onRequest = { [weak self, weak visit] in self?.answer($0, visit) }
        visit.onEnd = { [weak self, weak visit] in
            self?.visits.removeAll { $0 === visit }
        }
        visit.begin()
    }

    private func answer(_ request: PageRequest, _ visit: Visit?) {
        serve(request) { [weak visit] in visit?.send($0) }
    }
}

/// One connection: reads a request, waits for its answer, writes it and goes.
private final class Visit {
    private enum Phase { case reads, waits, writes, over }

    private let stream: EventLoop.Stream
    private var timer: Timer?
    private var phase = Phase.reads
    private let patience: Instant.Span
    var onRequest: ((PageRequest) -> Void)?
    var onEnd: (() -> Void)?

    init(_ stream: EventLoop.Stream, _ patience: Instant.Span) {
        self.stream = stream
        self.patience = patience
    }

    func begin() {
        stream.onRead = { [weak self] in self?.read($0) ?? $0.count }
        stream.onEnd = { [weak self] _ in self?.end() }
        let timer = Timer(on: stream.loop) { [weak self] _ in self?.isLate() }
        timer.start(after: patience)
        self.timer = timer
        stream.resumeReading()
    }

    private func read(_ bytes: Bytes) -> Int {
        guard phase == .reads else { return bytes.count }
        switch PageRequest.read(bytes) {
        case .partial: return 0
        case .refused(let status): send(.refusal(status))
        case .request(let request):
            phase = .waits
            onRequest?(request)
        }
        return bytes.count
    }

    private func isLate() {
        if phase == .writes { end() } else { send(.refusal(408)) }
    }

    func send(_ answer: PageAnswer) {
        guard phase == .reads || phase == .waits else { return }
        phase = .writes
        let bytes = answer.bytes
        stream.send { $0 += bytes }
        stream.whenBuffered(atMost: 0) { [weak self] in self?.leave() }
        stream.finish(within: patience)
        timer?.start(after: patience)
    }

    func end() {
        stream.close()
        leave()
    }

    /// The stream ends by itself.
    private func leave() {
        guard phase != .over else { return }
        phase = .over
        timer?.close()
        onEnd?()
    }
}
