internal import EventLoop
package import Units
package import Wire

/// Locks, elections, and leases by the many.
extension Client {
    /// Twice is as good as once.
    @discardableResult
    package func keepAlive(
        _ request: LeaseKeepAliveManyRequest, _ patience: Patience = .init(),
        then: @escaping Then<LeaseKeepAliveManyResponse>
    ) -> Errand {
        call(.leaseKeepAliveMany, .repeatable, request, patience, then)
    }

    /// One page of the leases.
    @discardableResult
    package func leases(
        _ request: LeaseListRequest, _ patience: Patience = .init(),
        then: @escaping Then<LeaseListResponse>
    ) -> Errand {
        call(.leaseList, .read, request, patience, then)
    }

    /// Waits for a lock for as long as the patience has it; without a timeout, for ever. The lease has
    /// to be kept alive meanwhile. Asking again with the same lease keeps the place in line, so a lost
    /// connection costs nothing; cancelling gives it up.
    @discardableResult
    package func lock(
        _ request: LockRequest, _ patience: Patience = .init(), then: @escaping Then<LockResponse>
    ) -> Errand {
        wait(.lock, request, patience, then)
    }

    @discardableResult
    package func unlock(
        _ request: UnlockRequest, _ patience: Patience = .init(),
        then: @escaping Then<UnlockResponse>
    ) -> Errand {
        write(.unlock, request, patience, then)
    }

    /// Waits until the election is won, as `lock` does.
    @discardableResult
    package func campaign(
        _ request: CampaignRequest, _ patience: Patience = .init(),
        then: @escaping Then<CampaignResponse>
    ) -> Errand {
        wait(.campaign, request, patience, then)
    }

    @discardableResult
    package func proclaim(
        _ request: ProclaimRequest, _ patience: Patience = .init(),
        then: @escaping Then<ProclaimResponse>
    ) -> Errand {
        write(.proclaim, request, patience, then)
    }

    @discardableResult
    package func resign(
        _ request: ResignRequest, _ patience: Patience = .init(),
        then: @escaping Then<ResignResponse>
    ) -> Errand {
        write(.resign, request, patience, then)
    }

    @discardableResult
    package func electionLeader(
        _ request: ElectionLeaderRequest, _ patience: Patience = .init(),
        then: @escaping Then<ElectionLeaderResponse>
    ) -> Errand {
        call(.electionLeader, .read, request, patience, then)
    }

    /// One try lasts as long as all of it: giving up a try would give up the place in line.
    private func wait<Request: WireMessage, Answer: WireMessage>(
        _ method: Method, _ request: Request, _ patience: Patience, _ then: @escaping Then<Answer>
    ) -> Errand {
        var patience = patience
        if let timeout = patience.timeout { patience.attempt = timeout }
        return call(
            method, .repeatable, request, patience, isStream: patience.timeout == nil, then)
    }

    /// Follows an election over any number of connections, until it is cancelled. `onAnswer` hears of
    /// the present leader at first, then of every change; `then` why it could not begin.
    @discardableResult
    package func observe(
        _ request: ElectionObserveRequest, _ patience: Patience = .init(),
        onAnswer: @escaping (ElectionLeaderResponse) -> Void,
        then: @escaping (ClientFailure) -> Void
    ) -> Errand {
        var told: KeyValue??
        weak var known: Errand?
        let errand = Errand(
            self, .electionObserve, .read, patience, isStream: true,
            encode: { request.encode(into: &$0) },
            onPart: { body, address in
                do throws(MessageFault) {
                    let answer = try ElectionLeaderResponse(decoding: body)
                    known?.persist()
                    guard told != .some(answer.leader) else { return }
                    told = .some(answer.leader)
                    onAnswer(answer)
                } catch {
                    known?.cancel()
                    then(.badAnswer(address, error.message))
                }
            },
            then: { outcome, _ in
                switch outcome {
                case .success: then(.cancelled)
                case .failure(let failure): then(failure)
                }
            })
        known = errand
        start(errand)
        return errand
    }
}

/// Keeps a lease alive, and says when that is no longer so.
///
/// It counts from the moment at which the last answered request was sent: the store, which began to count
/// later, never ends the lease before.
package final class LeaseKeeper {
    private let client: Client
    private let lease: Int64
    private let ttl: Int64
    private var timer: Timer?
    private var errand: Errand?
    /// It is certain to live until then.
    private var safeUntil: Instant
    private var onLost: ((String) -> Void)?

    /// - Parameter granted: when the lease was asked for.
    package init(
        _ client: Client, lease: Int64, ttl: Int64, granted: Instant,
        onLost: @escaping (String) -> Void
    ) {
        self.client = client
        self.lease = lease
        self.ttl = ttl
        self.onLost = onLost
        safeUntil = granted + .seconds(UInt64(ttl))
        timer = Timer(on: client.loop) { [weak self] _ in self?.beat() }
        rest()
    }

    package func close() {
        onLost = nil
        timer?.close()
        timer = nil
        errand?.cancel()
        errand = nil
    }

    /// Thrice in its life, so that one lost beat does not end it.
    private func rest() {
        timer?.start(after: .milliseconds(UInt64(ttl) * 1_000 / 3))
    }

    private func beat() {
        let sent = client.loop.now
        guard sent < safeUntil else { return lost("no answer came in time to keep it alive") }
        var patience = Patience(timeout: safeUntil.since(sent), rounds: nil)
        patience.attempt = min(patience.attempt, .milliseconds(UInt64(ttl) * 1_000 / 3))
        errand = client.keepAlive(LeaseKeepAliveRequest(id: lease), patience) { [weak self] in
            self?.answered($0, sent)
        }
    }

    private func answered(
        _ outcome: Result<LeaseKeepAliveResponse, ClientFailure>, _ sent: Instant
    ) {
        switch outcome {
        case .success:
            safeUntil = sent + .seconds(UInt64(ttl))
            rest()
        case .failure(let failure): lost(failure.message)
        }
    }

    private func lost(_ why: String) {
        let told = onLost
        close()
        told?(why)
    }
}
