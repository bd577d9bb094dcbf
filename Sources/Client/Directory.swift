internal import EventLoop
internal import Units
package import Wire

/// The directory tree. Its failures are answers: see `TreeResponse.failure`.
extension Client {
    /// A look or a change. A listing that may be longer than one frame is for `list`.
    @discardableResult
    package func tree(
        _ request: TreeRequest, _ patience: Patience = .init(), then: @escaping Then<TreeResponse>
    ) -> Errand {
        request.action == .get
            ? read(.tree, request, patience, then) : write(.tree, request, patience, then)
    }

    /// A listing of any length, at one index. A break begins it anew.
    @discardableResult
    package func list(
        _ request: TreeRequest, _ patience: Patience = .init(), then: @escaping Then<TreeResponse>
    ) -> Errand {
        var request = request
        request.chunked = true
        let body = request.encoded
        var nodes: [TreeNode] = []
        var fault: MessageFault?
        let errand = Errand(
            self, .tree, .read, patience, isStream: true,
            encode: { out in
                nodes = []
                out += body
            },
            onPart: { part, _ in
                do throws(MessageFault) {
                    nodes += try TreeResponse(decoding: part).nodes
                } catch {
                    fault = error
                }
            },
            then: { outcome, address in
                if let fault { return then(.failure(.badAnswer(address!, fault.message))) }
                let answer: Result<TreeResponse, ClientFailure> = Client.read(outcome, address)
                then(
                    answer.map { last in
                        var whole = last
                        whole.nodes = nodes + last.nodes
                        return whole
                    })
            })
        start(errand)
        return errand
    }

    @discardableResult
    package func treeStatistics(
        _ patience: Patience = .init(), then: @escaping Then<TreeStatisticsResponse>
    ) -> Errand {
        read(.treeStatistics, TreeStatisticsRequest(), patience, then)
    }

    /// `onAnswer` gets events in order; `then` the answer that ends it (failure 401, or the event
    /// that was waited for `once`), or why it could not go on.
    @discardableResult
    package func watchTree(
        _ request: TreeWatchRequest, _ patience: Patience = .init(),
        onNotice: @escaping (Watch.Notice) -> Void = { _ in },
        onAnswer: @escaping (TreeResponse) -> Void, then: @escaping Then<TreeResponse>
    ) -> TreeWatch {
        let watch = TreeWatch(self, request, patience, onNotice, onAnswer, then)
        watch.start()
        return watch
    }
}

/// What happens in the tree, from an index on, over any number of connections.
package final class TreeWatch {
    private let client: Client
    private let request: TreeWatchRequest
    private let patience: Patience
    private var errand: Errand?
    private var opening: Timer?
    private var hasBegun = false
    private var isInterrupted = false
    private let onNotice: (Watch.Notice) -> Void
    private let onAnswer: (TreeResponse) -> Void
    private let then: Client.Then<TreeResponse>
    /// The first index that was not seen yet; 0 before the store said where "now" is.
    package private(set) var next: UInt64

    fileprivate init(
        _ client: Client, _ request: TreeWatchRequest, _ patience: Patience,
        _ onNotice: @escaping (Watch.Notice) -> Void,
        _ onAnswer: @escaping (TreeResponse) -> Void, _ then: @escaping Client.Then<TreeResponse>
    ) {
        self.client = client
        self.request = request
        self.patience = patience
        self.onNotice = onNotice
        self.onAnswer = onAnswer
        self.then = then
        next = request.waitIndex
    }

    fileprivate func start(after pause: Instant.Span = .milliseconds(0)) {
        let errand = Errand(
            client, .treeWatch, .read, patience, isStream: true,
            encode: { out in
                var request = self.request
                request.waitIndex = self.next
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
            self.then(
                .failure(.timedOut(timeout, because: errand.because, mayHaveHappened: false)))
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
            let answer = try TreeResponse(decoding: body)
            if answer.created { return began(answer) }
            guard let index = answer.node?.modifiedIndex, index >= next else { return }
            next = index + 1
            onAnswer(answer)
        } catch {
            cancel()
            then(.failure(.badAnswer(address, error.message)))
        }
    }

    private func began(_ answer: TreeResponse) {
        if next == 0 { next = answer.index + 1 }
        hasBegun = true
        isInterrupted = false
        opening?.close()
        errand?.persist()
        onNotice(.began(from: Int64(clamping: next)))
    }

    private func ended(_ outcome: Result<[UInt8], ClientFailure>, _ address: Address?) {
        opening?.close()
        errand = nil
        if case .failure(let failure) = outcome, hasBegun, failure.code == .cancelled {
            interrupted(failure.message)
            return start(after: Limits.rewatch)
        }
        then(Client.read(outcome, address))
    }

    /// Told once, however many tries it takes.
    private func interrupted(_ why: String) {
        guard hasBegun, !isInterrupted else { return }
        isInterrupted = true
        onNotice(.interrupted(why))
    }
}
