package import EventLoop
package import TLS
package import Units
package import Wire

/// One stream with a session on it, of either side.
///
/// The owner sets the callbacks that it needs before the first turn is over. A connection keeps
/// itself alive until `onClose`, which is called once, and is the last thing that is heard of it.
package final class Connection {
    package enum CloseReason: Equatable, Sendable {
        /// We wanted it.
        case closed
        /// The other side ended it without a word.
        case finished
        /// The network did.
        case failed(LoopFailure)
        /// They broke a rule, or we did not agree.
        case fault(Session.Failure)
        /// They say that we did.
        case parted(Session.Failure)
        /// No Hello came in time.
        case noHello
        /// No answer to a ping came in time.
        case silent
        /// They read too slowly or never.
        case slow
        /// TLS: they are not who they should be, or we are not, or it is not spoken there.
        case insecure(TLS::Failure)
        /// No TLS handshake was done in time.
        case noHandshake
        /// They closed during the TLS handshake.
        case cutShort
    }

    package let stream: EventLoop.Stream
    package private(set) var session: Session
    package private(set) var isClosed = false
    /// Both Hellos were said.
    package var onReady: ((Connection, Hello) -> Void)?
    /// Callee: each REQUEST. Caller: each STREAM, RESPONSE and ERROR of its calls.
    package var onFrame: ((Connection, FrameHeader, Bytes) -> Void)?
    /// The caller no longer wants this call. It is still to be ended, by ERROR CANCELLED or else.
    package var onCancel: ((Connection, UInt32) -> Void)?
    /// So many more bytes of STREAM may go out: on this call, or (0) on the connection. With 0 bytes:
    /// what was held up because too much was unsent may go on.
    package var onCredit: ((Connection, UInt32, Int) -> Void)?
    package var onGoaway: ((Connection, Goaway) -> Void)?
    package var onClose: ((Connection, CloseReason) -> Void)?
    /// TLS: who is on the other side is known now.
    var onSecure: ((Connection) -> Void)?
    /// Where its server keeps it.
    var slot = 0
    /// Who is there, as far as that is proven; known when `onReady` is called.
    package private(set) var peer = Peer.unknown
    /// What they have shown.
    package private(set) var certificate: Certificate?
    private let line: Line?
    private let turnstile: Turnstile?
    /// The TLS handshake is not done yet.
    private(set) var isSecuring: Bool
    var isStranger: Bool { isSecuring && !isClosed }
    private var isHeldUp = false
    private var isDraining = false

    package convenience init(
        _ stream: EventLoop.Stream, _ side: Session.Side, _ settings: Settings,
        _ security: Security? = nil
    ) {
        self.init(stream, side, settings, security, turnstile: nil)
    }

    init(
        _ stream: EventLoop.Stream, _ side: Session.Side, _ settings: Settings,
        _ security: Security?, turnstile: Turnstile?
    ) {
        self.stream = stream
        self.turnstile = turnstile
        session = Session(side, settings, at: stream.loop.now)
        line = security.map { Line(stream, side, $0) }
        isSecuring = line != nil
        if let user = stream.credentials?.user { peer = .unix(uid: user) }
        stream.onRead = line == nil ? { self.read($0) } : { self.unseal($0) }
        stream.onEnd = { self.ended($0) }
        stream.send { out in
            let start = out.beginFrame()
            settings.hello.encode(into: &out)
            out.endFrame(at: start, type: .hello)
        }
        stream.resumeReading()
    }

    /// Who is there, for people.
    package var peerName: String { stream.peer }

    /// Unsent bytes.
    package var buffered: Int { stream.buffered }

    package var isReady: Bool { session.phase == .open && !isClosed }

    // MARK: Input

    private func unseal(_ bytes: Bytes) -> Int {
        guard let line else { return bytes.count }
        if isSecuring, let turnstile, !turnstile.pass(else: { self.stream.resumeReading() }) {
            stream.pauseReading()
            return 0
        }
        session.hear(at: stream.loop.now)
        line.receive(bytes)
        if isSecuring, line.state == .open || line.hasInput { secured(line) }
        deliver()
        guard !isClosed else { return bytes.count }
        switch line.state {
        case .handshaking: break
        case .open: checkOutput()
        case .closed: close(.finished)
        case .failed(let failure): insecure(failure)
        }
        return bytes.count
    }

    private func secured(_ line: Line) {
        isSecuring = false
        certificate = line.certificate
        if let name = certificate?.commonName { peer = .certificate(name: name) }
        onSecure?(self)
    }

    private func deliver() {
        guard let line, line.hasInput, !isClosed, !isHeldUp else { return }
        line.show { self.read($0) }
    }

    private func insecure(_ failure: TLS::Failure) {
        if failure == .plainMartlet, session.side == .callee {
            stream.sendSealed { out in
                let start = out.beginFrame()
                WireError(code: .unauthenticated, message: Connection.wantsTLS)
                    .encode(into: &out)
                out.endFrame(at: start, type: .error)
            }
        }
        close(.insecure(failure))
    }

    private static let wantsTLS =
        "this address wants TLS; give the authority's certificate (--ca or MARTLET_CA) and, where "
        + "it is asked for, a certificate of your own (--cert, --key)"
    private static let wantsNoTLS =
        "this is TLS, and this address speaks without; leave out certificates, or start the member "
        + "with them"

    private func read(_ bytes: Bytes) -> Int {
        session.hear(at: stream.loop.now)
        let limit = Int(session.settings.hello.maximumFrame)
        var used = 0
        while used < bytes.count, !isClosed, !isHeldUp {
            let rest = bytes.extracting(used...)
            do throws(FrameFault) {
                guard let (header, body) = try FrameReader.next(in: rest, limit: limit) else {
                    break
                }
                used += body.upperBound
                take(header, rest.extracting(body))
            } catch {
                let isTLS =
                    line == nil && session.phase == .opening && rest.count > 1 && rest[0] == 0x16
                    && rest[1] == 3
                part(session.fault(error.code, isTLS ? Connection.wantsNoTLS : error.message))
                return bytes.count
            }
        }
        return used
    }

    @inline(__always)
    private func take(_ header: FrameHeader, _ body: Bytes) {
        let verdict = session.receive(header, body)
        switch verdict {
        case .request, .answer, .part:
            onFrame?(self, header, body)
            if isDraining { endDrain() }
        default: takeRare(verdict, header, body)
        }
    }

    private func takeRare(_ verdict: Session.Verdict, _ header: FrameHeader, _ body: Bytes) {
        switch verdict {
        case .request, .answer, .part, .ignored: break
        case .ready: onReady?(self, session.peer)
        case .refused(let code): refuse(header, code)
        case .cancelled: onCancel?(self, header.stream)
        case .credit: onCredit?(self, header.stream, session.given)
        case .echo:
            write(.ping, flags: .ack) { $0.append(body) }
        case .goaway: tookGoaway()
        case .parted: close(.parted(session.failure!))
        case .fault: part(verdict)
        }
    }

    private func tookGoaway() {
        // Before any Hello it is the whole conversation: we are not wanted.
        if session.phase == .opening, let goaway = session.goaway {
            return close(.parted(.init(code: goaway.code, message: goaway.message)))
        }
        onGoaway?(self, session.goaway!)
    }

    private func refuse(_ header: FrameHeader, _ code: ErrorCode) {
        let message =
            switch code {
            case .unknownMethod: "method \(header.method.rawValue) is not known here"
            case .deadlineExceeded: "a deadline of 0 has already passed"
            default: "\(session.settings.calls) calls are open on this connection; end some first"
            }
        write(.error, stream: header.stream, method: header.method) {
            WireError(code: code, message: message).encode(into: &$0)
        }
        checkOutput()
    }

    /// Says why, and closes when it has been said.
    private func part(_ verdict: Session.Verdict) {
        guard let failure = session.failure else { return }
        if failure.code == .unknownFeature {
            write(.goaway) {
                Goaway(
                    code: failure.code, message: failure.message, lastStream: session.lastCall
                ).encode(into: &$0)
            }
        } else {
            write(.error) {
                WireError(code: failure.code, message: failure.message).encode(into: &$0)
            }
        }
        close(.fault(failure))
    }

    private func ended(_ end: EventLoop.Stream.End) {
        switch end {
        case .finished: close(isSecuring ? .cutShort : .finished)
        case .failed(let failure): close(.failed(failure))
        }
    }

    /// Parts from one who was greeted but is not wanted.
    package func refuse(_ code: ErrorCode, _ message: String) {
        guard !isClosed else { return }
        part(session.fault(code, message))
    }

    // MARK: Output

    /// Adds a frame to what leaves at the end of this turn. RESPONSE and ERROR end their call.
    ///
    /// False when it does not go: the connection is closed, the call is not open, the credit does
    /// not suffice, or the body is longer than the other side takes (an answer is then replaced by
    /// ERROR FRAME_TOO_LARGE). `encode` must not touch the connection.
    @discardableResult
    package func send(
        _ type: FrameType, flags: FrameFlags = FrameFlags(), stream number: UInt32, method: Method,
        deadline: UInt32 = 0, _ encode: (inout [UInt8]) -> Void
    ) -> Bool {
        guard !isClosed, session.phase == .open else { return false }
        if session.side == .callee, type == .response || type == .error {
            guard session.close(number) else { return false }
        }
        var length = 0
        var fits = true
        stream.send { out in
            let start = out.beginFrame()
            encode(&out)
            length = out.count - start - FrameHeader.size
            fits = length <= session.longestBody
            if fits, type == .stream { fits = session.spend(length, on: number) }
            if fits {
                out.endFrame(
                    at: start, type: type, flags: flags, stream: number, method: method,
                    deadline: deadline)
            } else {
                out.removeLast(out.count - start)
            }
        }
        if !fits, type == .response { tooLong(length, number, method) }
        checkOutput()
        if isDraining { endDrain() }
        return fits
    }

    /// The same with a body that is there already.
    @discardableResult
    package func send(
        _ type: FrameType, flags: FrameFlags = FrameFlags(), stream number: UInt32, method: Method,
        deadline: UInt32 = 0, body: Bytes
    ) -> Bool {
        send(type, flags: flags, stream: number, method: method, deadline: deadline) {
            $0.append(body)
        }
    }

    /// Ends a call with an error.
    @discardableResult
    package func fail(_ number: UInt32, _ method: Method, _ error: WireError) -> Bool {
        send(.error, stream: number, method: method) { error.encode(into: &$0) }
    }

    private func tooLong(_ length: Int, _ number: UInt32, _ method: Method) {
        let message =
            "the answer has \(length) bytes, and the caller takes \(session.longestBody); "
            + "ask for less at a time"
        write(.error, stream: number, method: method) {
            WireError(code: .frameTooLarge, message: message).encode(into: &$0)
        }
    }

    /// A frame that no rule stands against.
    private func write(
        _ type: FrameType, flags: FrameFlags = FrameFlags(), stream number: UInt32 = 0,
        method: Method = .none, _ encode: (inout [UInt8]) -> Void
    ) {
        guard !isClosed else { return }
        stream.send { out in
            let start = out.beginFrame()
            encode(&out)
            out.endFrame(at: start, type: type, flags: flags, stream: number, method: method)
        }
    }

    /// STREAM bytes that may be sent on this call now. 0 while too much is unsent; `onCredit`
    /// (with 0) tells when that is over.
    package func creditLeft(_ number: UInt32) -> Int {
        isHeldUp ? 0 : session.creditLeft(number)
    }

    @inline(__always)
    private func checkOutput() {
        if stream.buffered > session.settings.pauseOutput { holdUp() }
    }

    /// One that does not read is not read from.
    private func holdUp() {
        guard stream.buffered <= session.settings.maximumOutput else { return close(.slow) }
        guard !isHeldUp else { return }
        isHeldUp = true
        stream.pauseReading()
        stream.whenBuffered(atMost: session.settings.resumeOutput) { self.goOn() }
    }

    private func goOn() {
        guard !isClosed else { return }
        isHeldUp = false
        stream.resumeReading()
        if line?.hasInput == true { stream.loop.nextTurn { self.deliver() } }
        onCredit?(self, 0, 0)
    }

    // MARK: The caller's side

    /// Opens a call; its number, or nil when this connection takes no more or the body is too long.
    package func open(
        _ method: Method, oneWay: Bool = false, deadline: UInt32 = FrameHeader.noDeadline,
        _ encode: (inout [UInt8]) -> Void
    ) -> UInt32? {
        guard !isClosed, let number = session.open(method, oneWay: oneWay) else { return nil }
        let flags = oneWay ? FrameFlags.oneWay : FrameFlags()
        if send(
            .request, flags: flags, stream: number, method: method, deadline: deadline, encode)
        {
            return number
        }
        _ = session.close(number)
        return nil
    }

    /// The owner no longer wants this call. The callee still ends it.
    package func cancel(_ number: UInt32) {
        guard !isClosed, let method = session.method(of: number) else { return }
        write(.cancel, stream: number, method: method) { _ in }
    }

    /// The owner is done with so many STREAM bytes of a call: gives credit back when it is time.
    package func consumed(_ count: Int, on number: UInt32) {
        guard !isClosed, count > 0 else { return }
        let due = session.consume(count, on: number)
        if due.call > 0, let method = session.method(of: number) {
            write(.credit, stream: number, method: method) {
                Credit(bytes: UInt32(due.call)).encode(into: &$0)
            }
        }
        if due.connection > 0 {
            write(.credit) { Credit(bytes: UInt32(due.connection)).encode(into: &$0) }
        }
    }

    // MARK: Time and end

    /// To be called now and then: asks whether the other side is still there.
    package func look(at now: Instant) {
        guard !isClosed else { return }
        switch session.look(at: now) {
        case .nothing: break
        case .ping: write(.ping) { $0.append(little: now.nanoseconds) }
        case .handshakeTimeout: close(isSecuring ? .noHandshake : .noHello)
        case .silence: close(isHeldUp ? .slow : .silent)
        }
    }

    /// Says goodbye: no new calls; closes when those that are open have ended.
    package func drain(_ code: ErrorCode = .shuttingDown, _ message: String = "shutting down") {
        guard !isClosed, !session.isLeaving else { return }
        let goaway = session.leave(code, message)
        write(.goaway) { goaway.encode(into: &$0) }
        isDraining = true
        endDrain()
    }

    private func endDrain() {
        guard session.openCalls == 0, !isClosed else { return }
        stream.loop.nextTurn { self.close(.closed) }
    }

    /// Writes out what was sent and closes.
    package func close() { close(.closed) }

    func close(_ reason: CloseReason) {
        guard !isClosed else { return }
        isClosed = true
        line?.part()
        switch reason {
        case .closed, .fault, .finished, .noHello, .insecure: stream.finish()
        case .failed, .parted, .silent, .slow, .noHandshake, .cutShort: stream.close()
        }
        let told = onClose
        onReady = nil
        onFrame = nil
        onCancel = nil
        onCredit = nil
        onGoaway = nil
        onSecure = nil
        onClose = nil
        told?(self, reason)
    }
}

extension Connection.CloseReason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .closed: "it was closed"
        case .finished: "the other side closed it"
        case .failed(let failure): failure.description
        case .fault(let failure): failure.message
        case .parted(let failure): "the other side says: \(failure.message)"
        case .noHello: "no HELLO came in time"
        case .silent: "no answer to a ping came in time"
        case .slow: "the other side does not read what it asked for"
        case .insecure(let failure): failure.description
        case .noHandshake: "the TLS handshake was not done in time; does the other side speak TLS?"
        case .cutShort:
            "the other side closed it during the TLS handshake; its log says why, if it is ours"
        }
    }
}
