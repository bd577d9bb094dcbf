internal import EventLoop
internal import Units
package import Wire

/// A range of any length, read in parts, all at one revision, over any number of connections.
package final class Scan {
    private let client: Client
    private let patience: Patience
    private var cursor: RangeCursor
    private var errand: Errand?
    private var silence: Timer?
    private let onPart: (RangeResponse) -> Void
    private let then: Client.Then<RangeResponse>

    /// `onPart` gets the pairs as they come, in order; `then` an answer without pairs, with the
    /// count and the revision, or the failure.
    fileprivate init(
        _ client: Client, _ request: RangeRequest, _ patience: Patience,
        _ onPart: @escaping (RangeResponse) -> Void, _ then: @escaping Client.Then<RangeResponse>
    ) {
        self.client = client
        self.patience = patience
        self.onPart = onPart
        self.then = then
        cursor = RangeCursor(request)
    }

    fileprivate func start() {
        let errand = Errand(
            client, .range, .read, patience, isStream: true,
            encode: { self.cursor.next().encode(into: &$0) },
            onPart: { body, address in self.take(body, address) },
            then: { outcome, address in self.ended(outcome, address) })
        self.errand = errand
        if let timeout = patience.timeout {
            let timer = Timer(on: client.loop) { _ in self.fellSilent() }
            timer.start(after: limit(timeout))
            silence = timer
        }
        client.start(errand)
    }

    /// How long no part may come before another member is asked: time must be left for that.
    private func limit(_ timeout: Instant.Span) -> Instant.Span {
        max(min(timeout, patience.attempt), Instant.Span(nanoseconds: timeout.nanoseconds / 2))
    }

    package func cancel() {
        silence?.close()
        errand?.cancel()
        errand = nil
    }

    private func take(_ body: Bytes, _ address: Address) {
        do throws(MessageFault) {
            let part = try RangeResponse(decoding: body)
            let fresh = cursor.advance(part)
            progressed()
            onPart(fresh)
        } catch {
            cancel()
            then(.failure(.badAnswer(address, error.message)))
        }
    }

    private func progressed() {
        guard let timeout = patience.timeout else { return }
        errand?.deadline = client.loop.now + timeout
        errand?.unreachedCount = 0
        silence?.start(after: limit(timeout))
    }

    private func fellSilent() {
        guard let errand, !errand.isOver, let timeout = patience.timeout else { return }
        silence?.start(after: limit(timeout))
        guard let address = errand.abandonTry() else { return }
        client.failed(errand, address, .expired("\(address) sent nothing for a while"))
    }

    private func ended(_ outcome: Result<[UInt8], ClientFailure>, _ address: Address?) {
        silence?.close()
        errand = nil
        let answer: Result<RangeResponse, ClientFailure> = Client.read(outcome, address)
        guard case .success(let last) = answer else { return then(answer) }
        if !last.kvs.isEmpty { onPart(last) }
        then(.success(cursor.finish(last)))
    }
}

extension Client {
    @discardableResult
    package func scan(
        _ request: RangeRequest, _ patience: Patience = .init(),
        onPart: @escaping (RangeResponse) -> Void, then: @escaping Then<RangeResponse>
    ) -> Scan {
        let scan = Scan(self, request, patience, onPart, then)
        scan.start()
        return scan
    }
}
