internal import EventLoop
internal import Units
package import Wire

/// What happens to a range of keys, from a revision on, over any number of connections.
///
/// It ends only when the store says that it can never go on (the revision was compacted, the
/// request is wrong), or when nobody could be reached at the very beginning.
package final class Watch {
    package enum Notice: Equatable, Sendable {
        /// The store has begun, or begun again: events come from this revision on.
        case began(from: Int64)
        /// The line was lost, or the member has trouble; another try follows by itself.
        case interrupted(String)
    }

    private let client: Client
    private let request: WatchRequest
    private let patience: Patience
    private var cursor: WatchCursor
    private var errand: Errand?
    private var hasBegun = false
    private var isInterrupted = false
    private var opening: Timer?
    private let onNotice: (Notice) -> Void
    private let onAnswer: (WatchResponse) -> Void
    private let then: (ClientFailure) -> Void

    fileprivate init(
        _ client: Client, _ request: WatchRequest, _ patience: Patience,
        _ onNotice: @escaping (Notice) -> Void, _ onAnswer: @escaping (WatchResponse) -> Void,
        _ then: @escaping (ClientFailure) -> Void
    ) {
        self.client = client
        self.request = request
        self.patience = patience
        self.onNotice = onNotice
        self.onAnswer = onAnswer
        self.then = then
        cursor = WatchCursor(start: request.startRevision)
    }

    /// The first revision that was not seen yet; 0 before the store said where "now" is.
    package var next: Int64 { cursor.next }

    fileprivate func start(after pause: Instant.Span = .milliseconds(0)) {
        let errand = Errand(
            client, .watch, .read, patience, isStream: true,
            encode: { out in
                var request = self.request
                request.startRevision = self.cursor.next
                request.encode(into: &out)
            },
            onPart: { body, address in self.take(body, address) },
            then: { outcome, address in self.ended(outcome, address) })
        errand.onTrouble = { self.interrupted($0.message) }
        errand.notBefore = client.loop.now + pause
        self.errand = errand
        if hasBegun { errand.persist() } else { watchOpening(errand) }
        client.start(errand)
    }

    /// Until it has begun, a watch is a call like others: it must begin in time.
    private func watchOpening(_ errand: Errand) {
        guard let timeout = patience.timeout else { return }
        let timer = Timer(on: client.loop) { _ in
            guard !errand.isOver, !self.hasBegun else { return }
            self.cancel()
            self.then(.timedOut(timeout, because: errand.because, mayHaveHappened: false))
        }
        timer.start(after: timeout)
        opening = timer
    }

    package func cancel() {
        opening?.close()
        errand?.cancel()
        errand = nil
    }

    private func take(_ body: Bytes, _ address: Address) {
        do throws(MessageFault) {
            let answer = cursor.advance(try WatchResponse(decoding: body))
            if answer.created { return began() }
            onAnswer(answer)
        } catch {
            cancel()
            then(.badAnswer(address, error.message))
        }
    }

    /// From now on it goes on for as long as it takes.
    private func began() {
        hasBegun = true
        isInterrupted = false
        opening?.close()
        errand?.persist()
        onNotice(.began(from: cursor.next))
    }

    private func ended(_ outcome: Result<[UInt8], ClientFailure>, _ address: Address?) {
        opening?.close()
        errand = nil
        switch outcome {
        case .failure(let failure) where isBehind(failure): goOn(failure.message)
        case .failure(let failure): then(failure)
        case .success: goOn("\(address!) ended the watch")
        }
    }

    /// A member that has not caught up with what others have shown us, or that ended it politely.
    private func isBehind(_ failure: ClientFailure) -> Bool {
        hasBegun && (failure.code == .futureRevision || failure.code == .cancelled)
    }

    private func goOn(_ why: String) {
        interrupted(why)
        start(after: Limits.rewatch)
    }

    /// Told once, however many tries it takes.
    private func interrupted(_ why: String) {
        guard hasBegun, !isInterrupted else { return }
        isInterrupted = true
        onNotice(.interrupted(why))
    }
}

extension Client {
    /// `onAnswer` gets events, whole revisions in order, and progress marks if they were asked for;
    /// `then` why it ended, if that was not by `cancel`.
    @discardableResult
    package func watch(
        _ request: WatchRequest, _ patience: Patience = .init(),
        onNotice: @escaping (Watch.Notice) -> Void = { _ in },
        onAnswer: @escaping (WatchResponse) -> Void,
        then: @escaping (ClientFailure) -> Void
    ) -> Watch {
        let watch = Watch(self, request, patience, onNotice, onAnswer, then)
        watch.start()
        return watch
    }
}
