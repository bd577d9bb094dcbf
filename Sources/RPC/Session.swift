package import Units
package import Wire

/// What a connection's frames mean: its state without its socket.
///
/// Given a frame, it says what is to be done about it, and keeps account of open calls, of credit,
/// of who said goodbye, and of when the other side was last heard.
package struct Session: Equatable {
    package enum Side: Equatable, Sendable {
        /// We connected, and make the calls.
        case caller
        /// We were connected to, and answer them.
        case callee
    }

    package enum Phase: Equatable, Sendable {
        /// Our Hello is sent. → `open` with theirs, → `ended` on anything else.
        case opening
        /// → `ended` on a fault, on theirs or ours.
        case open
        case ended
    }

    /// What to do about a frame. What belongs to the rarer ones is in the session's properties.
    package enum Verdict: Equatable, Sendable {
        /// Nothing.
        case ignored
        /// `peer` has said Hello.
        case ready
        /// A new call: hand it on.
        case request
        /// A new call that is not taken: ERROR on its stream.
        case refused(ErrorCode)
        /// The end of a call of ours: RESPONSE or ERROR. Its account is closed already.
        case answer
        /// A STREAM frame of a call of ours.
        case part
        /// An open call is no longer wanted.
        case cancelled
        /// More may be sent, on this call or (0) all.
        case credit
        /// Send the body back.
        case echo
        /// `goaway` says how far they read.
        case goaway
        /// They part from us, for the reason in `failure`.
        case parted
        /// We part from them: ERROR (or GOAWAY) with `failure`, then the end.
        case fault
    }

    /// Why the conversation ended.
    package struct Failure: Equatable, Sendable {
        package var code: ErrorCode
        package var message: String
    }

    struct Call: Equatable, Sendable {
        var method: Method
        /// Callee: bytes of the request.
        var size: UInt32 = 0
        /// Callee: STREAM bytes we may still send. Caller: bytes they may still send.
        var credit: Int
        /// Caller: bytes consumed and not yet given back.
        var consumed = 0
    }

    package let side: Side
    package let settings: Settings
    package private(set) var phase = Phase.opening
    package private(set) var peer = Hello()
    package private(set) var failure: Failure?
    package private(set) var goaway: Goaway?
    /// We said goodbye: calls above `lastCall` are not looked at.
    package private(set) var isLeaving = false
    /// The highest number of a call so far.
    package private(set) var lastCall: UInt32 = 0
    private var calls = Table<Call>()
    /// Callee: bytes of all requests that are open.
    package private(set) var openBytes = 0
    private var credit = 0
    /// Bytes of the last CREDIT.
    package private(set) var given = 0
    private var consumed = 0
    private var started: Instant
    private var heard: Instant
    private var asked: Instant?

    package init(_ side: Side, _ settings: Settings, at now: Instant) {
        self.side = side
        self.settings = settings
        started = now
        heard = now
        if side == .caller { credit = Int(settings.hello.connectionCredit) }
    }

    package var openCalls: Int { calls.count }
    package var openNumbers: [UInt32] { calls.numbers }
    package func isOpen(_ stream: UInt32) -> Bool { calls.contains(stream) }
    package func method(of stream: UInt32) -> Method? { calls[stream]?.method }

    /// The longest body that the other side takes.
    package var longestBody: Int { Int(peer.maximumFrame) }

    // MARK: Frames that came

    package mutating func receive(_ header: FrameHeader, _ body: Bytes) -> Verdict {
        guard phase == .open else { return receiveFirst(header, body) }
        switch (header.type, side) {
        case (.request, .callee): return request(header, body.count)
        case (.response, .caller): return answer(header)
        case (.stream, .caller): return part(header, body.count)
        case (.error, _): return header.stream == 0 ? parted(body) : answer(header)
        case (.cancel, .callee): return cancel(header)
        case (.credit, _): return credit(header, body)
        case (.ping, _): return header.flags.contains(.ack) ? .ignored : .echo
        case (.goaway, _): return goaway(body)
        case (.hello, _): return fault(.badFrame, "a second HELLO on one connection")
        case (.request, .caller), (.cancel, .caller):
            return fault(.badFrame, "\(header.type) came from the side that was connected to")
        case (.response, .callee):
            return fault(.badFrame, "\(header.type) came from the side that connected")
        case (.stream, .callee):
            return fault(
                .creditOverrun, "STREAM came from the side that connected; it was given no credit")
        }
    }

    private mutating func receiveFirst(_ header: FrameHeader, _ body: Bytes) -> Verdict {
        guard phase == .opening else { return .ignored }
        if header.type == .error, header.stream == 0 { return parted(body) }
        if header.type == .goaway { return goaway(body) }
        guard header.type == .hello else {
            return fault(.badFrame, "the first frame was \(header.type), not HELLO")
        }
        do throws(MessageFault) {
            peer = try Hello(decoding: body)
        } catch {
            return fault(.badMessage, "HELLO does not parse")
        }
        return greet()
    }

    private mutating func greet() -> Verdict {
        let mine = settings.hello
        let known = mine.requiredFeatures | mine.optionalFeatures
        let unknown = peer.requiredFeatures & ~known
        guard unknown == 0 else {
            let bits = String(unknown, radix: 16)
            return fault(
                .unknownFeature, "required features 0x\(bits) are not known here; upgrade us")
        }
        guard peer.maximumFrame >= UInt32(Limits.smallestFrame) else {
            return fault(
                .invalidArgument,
                "maximum_frame is \(peer.maximumFrame), and must be \(Limits.smallestFrame) or more"
            )
        }
        guard agree(mine.clusterID, peer.clusterID) else {
            return fault(
                .clusterMismatch,
                "this is cluster \(hex(mine.clusterID)), not \(hex(peer.clusterID))")
        }
        guard agree(mine.memberID, peer.targetID), agree(mine.targetID, peer.memberID) else {
            return fault(
                .memberMismatch,
                "member \(hex(peer.targetID | mine.targetID)) was called, but this is "
                    + hex(peer.targetID == 0 ? peer.memberID : mine.memberID))
        }
        peer.maximumFrame = min(peer.maximumFrame, UInt32(Wire.Limits.maximumFrame))
        if side == .callee { credit = Int(peer.connectionCredit) }
        phase = .open
        return .ready
    }

    private func agree(_ left: UInt64, _ right: UInt64) -> Bool {
        left == 0 || right == 0 || left == right
    }

    private func hex(_ number: UInt64) -> String { String(number, radix: 16) }

    private mutating func request(_ header: FrameHeader, _ size: Int) -> Verdict {
        guard header.stream > lastCall else {
            return fault(
                .badFrame, "call \(header.stream) came after call \(lastCall); numbers only rise")
        }
        guard !isLeaving else { return .ignored }
        lastCall = header.stream
        if let code = refusal(header, size) {
            return header.flags.contains(.oneWay) ? .ignored : .refused(code)
        }
        if !header.flags.contains(.oneWay) {
            calls.insert(
                header.stream,
                Call(method: header.method, size: UInt32(size), credit: Int(peer.streamCredit)))
            openBytes += size
        }
        return .request
    }

    private func refusal(_ header: FrameHeader, _ size: Int) -> ErrorCode? {
        switch header.method {
        case .none, .unrecognized: return .unknownMethod
        default: break
        }
        if header.deadline == 0 { return .deadlineExceeded }
        if calls.count >= settings.calls { return .overloaded }
        if openBytes > 0, openBytes + size > settings.requestBytes { return .overloaded }
        return nil
    }

    private mutating func answer(_ header: FrameHeader) -> Verdict {
        guard side == .caller else {
            return fault(.badFrame, "\(header.type) came from the side that connected")
        }
        guard let call = calls.remove(header.stream) else { return unknown(header) }
        guard call.method == header.method else { return mismatch(header, call.method) }
        return .answer
    }

    private mutating func part(_ header: FrameHeader, _ count: Int) -> Verdict {
        guard let call = calls[header.stream] else { return unknown(header) }
        guard call.method == header.method else { return mismatch(header, call.method) }
        guard count <= call.credit, count <= credit else {
            return fault(
                .creditOverrun,
                "\(count) bytes on call \(header.stream) with credit for \(min(call.credit, credit))"
            )
        }
        calls.update(header.stream) { $0.credit -= count }
        credit -= count
        return .part
    }

    private mutating func cancel(_ header: FrameHeader) -> Verdict {
        guard header.stream <= lastCall || isLeaving else { return unknown(header) }
        // The answer may have crossed it on the way.
        guard let call = calls[header.stream] else { return .ignored }
        guard call.method == header.method else { return mismatch(header, call.method) }
        return .cancelled
    }

    private mutating func credit(_ header: FrameHeader, _ body: Bytes) -> Verdict {
        let given: Int
        do throws(MessageFault) {
            given = Int(try Credit(decoding: body).bytes)
        } catch {
            return fault(.badMessage, "CREDIT does not parse")
        }
        self.given = given
        // Only the side that answers sends what credit pays for.
        guard side == .callee else { return .ignored }
        if header.stream == 0 {
            credit = min(Limits.credit, credit + given)
            return .credit
        }
        guard header.stream <= lastCall || isLeaving else { return unknown(header) }
        let isOpen: Void? = calls.update(header.stream) {
            $0.credit = min(Limits.credit, $0.credit + given)
        }
        return isOpen == nil ? .ignored : .credit
    }

    private mutating func goaway(_ body: Bytes) -> Verdict {
        do throws(MessageFault) {
            goaway = try Goaway(decoding: body)
        } catch {
            return fault(.badMessage, "GOAWAY does not parse")
        }
        return .goaway
    }

    private mutating func parted(_ body: Bytes) -> Verdict {
        phase = .ended
        do throws(MessageFault) {
            let error = try WireError(decoding: body)
            failure = Failure(code: error.code, message: error.message)
        } catch {
            failure = Failure(code: .badMessage, message: "their ERROR does not parse")
        }
        return .parted
    }

    private mutating func unknown(_ header: FrameHeader) -> Verdict {
        fault(.badFrame, "\(header.type) for call \(header.stream), which is not open")
    }

    private mutating func mismatch(_ header: FrameHeader, _ method: Method) -> Verdict {
        fault(
            .badFrame,
            "\(header.type) of \(header.method) for call \(header.stream), which is \(method)")
    }

    /// Ends the conversation from our side.
    package mutating func fault(_ code: ErrorCode, _ message: String) -> Verdict {
        phase = .ended
        failure = Failure(code: code, message: message)
        return .fault
    }

    // MARK: Frames that we send

    /// The number of a new call; nil when the connection takes no more.
    package mutating func open(_ method: Method, oneWay: Bool) -> UInt32? {
        guard phase == .open, goaway == nil, !isLeaving, lastCall < Limits.lastCall else {
            return nil
        }
        lastCall += 1
        if !oneWay {
            calls.insert(
                lastCall, Call(method: method, credit: Int(settings.hello.streamCredit)))
        }
        return lastCall
    }

    /// Ends a call that we answer; false when it is not open.
    package mutating func close(_ stream: UInt32) -> Bool {
        guard let call = calls.remove(stream) else { return false }
        openBytes -= Int(call.size)
        return true
    }

    /// STREAM bytes that may be sent on an open call now.
    package func creditLeft(_ stream: UInt32) -> Int {
        guard let call = calls[stream] else { return 0 }
        return max(0, min(call.credit, credit))
    }

    /// Pays for a STREAM frame; false, and nothing is paid, when the credit is not there.
    package mutating func spend(_ count: Int, on stream: UInt32) -> Bool {
        guard let call = calls[stream], count <= call.credit, count <= credit else { return false }
        calls.update(stream) { $0.credit -= count }
        credit -= count
        return true
    }

    /// The owner is done with so many STREAM bytes. What is to be given back now, on the call's
    /// account and on the connection's; 0 is nothing. Half an account is worth a frame.
    package mutating func consume(
        _ count: Int, on stream: UInt32
    ) -> (call: Int, connection: Int) {
        let half = Int(settings.hello.streamCredit) / 2
        let ofCall = calls.update(stream) { call in
            call.consumed += count
            guard call.consumed > half else { return 0 }
            defer { call.consumed = 0 }
            call.credit += call.consumed
            return call.consumed
        }
        consumed += count
        guard consumed > Int(settings.hello.connectionCredit) / 2 else { return (ofCall ?? 0, 0) }
        defer { consumed = 0 }
        credit += consumed
        return (ofCall ?? 0, consumed)
    }

    /// No new call is taken from now on; the body of the GOAWAY.
    package mutating func leave(_ code: ErrorCode, _ message: String) -> Goaway {
        isLeaving = true
        return Goaway(code: code, message: message, lastStream: lastCall)
    }

    // MARK: Time

    package enum Due: Equatable, Sendable { case nothing, ping, handshakeTimeout, silence }

    /// Something came, whatever it was.
    package mutating func hear(at now: Instant) {
        heard = now
        asked = nil
    }

    /// What the time asks for.
    package mutating func look(at now: Instant) -> Due {
        switch phase {
        case .ended: return .nothing
        case .opening:
            return now.since(started) >= settings.handshake ? .handshakeTimeout : .nothing
        case .open: break
        }
        if let asked { return now.since(asked) >= settings.silence ? .silence : .nothing }
        guard now.since(heard) >= settings.ping else { return .nothing }
        asked = now
        return .ping
    }
}
