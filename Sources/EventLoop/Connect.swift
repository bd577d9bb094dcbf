internal import CUV
package import Units

/// An attempt to reach an address: names are looked up, and each address of a name gets its turn.
package final class Connect {
    package typealias Outcome = Result<Stream, LoopFailure>
    private let loop: Loop
    private let target: Address
    private let limit: Instant.Span
    private var then: ((Outcome) -> Void)?
    private var rest: [SocketAddress] = []
    private var stream: Stream?
    private var lookup: Lookup?
    private var timer: Timer?

    private init(
        _ loop: Loop, _ target: Address, _ limit: Instant.Span,
        _ then: @escaping (Outcome) -> Void
    ) {
        self.loop = loop
        self.target = target
        self.limit = limit
        self.then = then
    }

    /// `then` is called once, in a later turn; never after `cancel`. Each address has `limit`.
    @discardableResult
    package static func start(
        on loop: Loop, to target: Address, limit: Instant.Span = Limits.connect,
        then: @escaping (Outcome) -> Void
    ) -> Connect {
        let attempt = Connect(loop, target, limit, then)
        switch target {
        case .unix(let path): attempt.connect(path: path)
        case .host(let host, let port): attempt.find(host, port)
        }
        return attempt
    }

    package func cancel() {
        then = nil
        lookup?.cancel()
        drop()
    }

    private func find(_ host: String, _ port: UInt16) {
        lookup = Lookup.start(on: loop, host, port: port) { outcome in
            switch outcome {
            case .failure(let failure): self.end(.failure(failure))
            case .success(let found):
                self.rest = found.reversed()
                self.connectNext()
            }
        }
    }

    private func connectNext() {
        let stream = begin(.tcp)
        let request = unsafe ConnectRequest.make(self)
        let next = rest.removeLast()
        let status = unsafe next.withPointer { address in
            unsafe uv_tcp_connect(request, stream.tcp, address) {
                unsafe ConnectRequest.ended($0, $1)
            }
        }
        guard status != 0 else { return }
        unsafe ConnectRequest.drop(request)
        loop.nextTurn { self.connected(status) }
    }

    private func connect(path: String) {
        let stream = begin(.unix)
        guard path.utf8.count <= Limits.unixPath else {
            let failure = LoopFailure(
                .nameTooLong(limit: Limits.unixPath), "connect to", target.description)
            return loop.nextTurn { self.end(.failure(failure)) }
        }
        let request = unsafe ConnectRequest.make(self)
        unsafe uv_pipe_connect(request, stream.pipe, path) { unsafe ConnectRequest.ended($0, $1) }
    }

    private func begin(_ kind: Stream.Kind) -> Stream {
        let stream = Stream(
            on: loop, kind, peer: kind == .unix ? target.description : "")
        self.stream = stream
        let timer = Timer(on: loop) { _ in self.connected(UV_ETIMEDOUT.rawValue) }
        timer.start(after: limit)
        self.timer = timer
        return stream
    }

    fileprivate func connected(_ status: Int32) {
        guard then != nil else { return }
        if status == 0, let stream {
            self.stream = nil
            stream.prepare()
            return end(.success(stream))
        }
        drop()
        if rest.isEmpty {
            end(.failure(LoopFailure(status: status, "connect to", target.description)))
        } else {
            connectNext()
        }
    }

    private func drop() {
        stream?.close()
        stream = nil
        timer?.close()
        timer = nil
    }

    private func end(_ outcome: Outcome) {
        let then = then.take()
        drop()
        then?(outcome)
    }
}

private enum ConnectRequest {
    static func make(_ attempt: Connect) -> UnsafeMutablePointer<uv_connect_t> {
        let request = UnsafeMutablePointer<uv_connect_t>.allocate(capacity: 1)
        unsafe request.pointee.data = Unmanaged.passRetained(attempt).toOpaque()
        return unsafe request
    }

    static func drop(_ request: UnsafeMutablePointer<uv_connect_t>) {
        unsafe Unmanaged<Connect>.fromOpaque(request.pointee.data).release()
        unsafe request.deallocate()
    }

    static func ended(_ request: UnsafeMutablePointer<uv_connect_t>?, _ status: Int32) {
        let attempt = unsafe Unmanaged<Connect>.fromOpaque(request!.pointee.data)
            .takeRetainedValue()
        unsafe request!.deallocate()
        // A stream that was closed under way, by the timer or a cancel, was answered for already.
        if status != UV_ECANCELED.rawValue { attempt.connected(status) }
    }
}
