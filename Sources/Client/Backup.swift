internal import EventLoop
internal import Units
package import Wire

/// A backup on its way, from one member at a time. When that one is lost, another begins anew.
package final class Backup {
    private let client: Client
    private let request: BackupRequest
    private let patience: Patience
    private var errand: Errand?
    private var silence: Timer?
    private var parts: UInt64 = 0
    private var bytes: UInt64 = 0
    private let onPart: (BackupResponse) -> Void
    private let then: Client.Then<BackupResponse>

    fileprivate init(
        _ client: Client, _ request: BackupRequest, _ patience: Patience,
        _ onPart: @escaping (BackupResponse) -> Void,
        _ then: @escaping Client.Then<BackupResponse>
    ) {
        self.client = client
        self.request = request
        self.patience = patience
        self.onPart = onPart
        self.then = then
    }

    fileprivate func start() {
        var patience = patience
        patience.timeout = nil
        let errand = Errand(
            client, .backup, .read, patience, isStream: true,
            encode: { self.request.encode(into: &$0) },
            onPart: { body, address in self.take(body, address) },
            then: { outcome, address in self.ended(outcome, address) })
        self.errand = errand
        client.start(errand)
        listen()
    }

    /// Gives up when nothing has come for the time of its patience.
    private func listen() {
        guard let timeout = patience.timeout else { return }
        let timer = silence ?? Timer(on: client.loop) { _ in self.fellSilent(timeout) }
        silence = timer
        timer.start(after: timeout)
    }

    private func fellSilent(_ timeout: Instant.Span) {
        guard let errand, !errand.isOver else { return }
        let because = errand.because
        cancel()
        then(.failure(.timedOut(timeout, because: because, mayHaveHappened: false)))
    }

    package func cancel() {
        silence?.close()
        silence = nil
        errand?.cancel()
        errand = nil
    }

    private func take(_ body: Bytes, _ address: Address) {
        do throws(MessageFault) {
            let part = try BackupResponse(decoding: body)
            if part.head != nil { (parts, bytes) = (0, 0) }
            parts += 1
            bytes += UInt64(part.records.count)
            errand?.unreachedCount = 0
            listen()
            onPart(part)
        } catch {
            cancel()
            then(.failure(.badAnswer(address, error.message)))
        }
    }

    private func ended(_ outcome: Result<[UInt8], ClientFailure>, _ address: Address?) {
        silence?.close()
        silence = nil
        errand = nil
        let answer: Result<BackupResponse, ClientFailure> = Client.read(outcome, address)
        guard case .success(let last) = answer, last.parts != parts || last.bytes != bytes else {
            return then(answer)
        }
        then(
            .failure(
                .badAnswer(
                    address!, "\(parts) parts came, but the member sent \(last.parts)")))
    }
}

extension Client {
    /// `onPart` gets the parts in order; one with a head says that all before it are void. `then`
    /// gets the end, when every part has come. `patience.timeout` is how long nothing may come.
    @discardableResult
    package func backup(
        _ request: BackupRequest, _ patience: Patience = .init(),
        onPart: @escaping (BackupResponse) -> Void, then: @escaping Then<BackupResponse>
    ) -> Backup {
        let backup = Backup(self, request, patience, onPart, then)
        backup.start()
        return backup
    }
}
