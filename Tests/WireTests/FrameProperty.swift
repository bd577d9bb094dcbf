import Units
import Wire

/// What must hold for any bytes that a connection receives: FrameFuzz looks for bytes where it does
/// not, and the tests replay what it found worth keeping.
enum FrameProperty {
    /// Takes frames off `bytes` as a connection does, and returns how many. Then once more with the
    /// first frame mended, as chance alone never finds a checksum.
    @discardableResult
    static func check(_ bytes: [UInt8]) -> Int {
        let frames = checkFrames(bytes)
        if bytes.count >= FrameHeader.size { checkFrames(mended(bytes)) }
        return frames
    }

    /// One frame of all bytes, its type among those that exist.
    private static func mended(_ bytes: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = []
        frame.appendFrame(
            type: FrameType(rawValue: bytes[2] % 9 + 1)!, stream: bytes.span.little(at: 8),
            method: Method(rawValue: bytes.span.little(at: 12)),
            deadline: bytes.span.little(at: 16),
            body: bytes.span.extracting(FrameHeader.size..<bytes.count))
        return frame
    }

    @discardableResult
    private static func checkFrames(_ bytes: [UInt8]) -> Int {
        var at = 0
        var frames = 0
        while let end = next(in: bytes, from: at) {
            precondition(end > at && end <= bytes.count, "a frame lies in what was received")
            at = end
            frames += 1
        }
        return frames
    }

    private static func next(in bytes: [UInt8], from at: Int) -> Int? {
        let rest = bytes.span.extracting(at..<bytes.count)
        do throws(FrameFault) {
            guard let (header, body) = try FrameReader.next(in: rest) else { return nil }
            check(header, rest.extracting(body), rest.extracting(0..<body.upperBound))
            return at + body.upperBound
        } catch {
            precondition(!error.message.isEmpty && error.code != .none)
            return nil
        }
    }

    /// A frame that was taken is the frame that we would have sent.
    private static func check(_ header: FrameHeader, _ body: Bytes, _ frame: Bytes) {
        var again: [UInt8] = []
        again.appendFrame(
            type: header.type, flags: header.flags, stream: header.stream, method: header.method,
            deadline: header.deadline, body: body)
        precondition(again == frame.array, "a frame has one form")
        check(body, of: header)
    }

    /// A message that was taken says the same when it is written and read again.
    private static func check<M: WireMessage>(_ type: M.Type, _ body: Bytes) -> M? {
        do throws(MessageFault) {
            let message = try M(decoding: body)
            let canonical = message.encoded
            let again = try M(decoding: canonical.span)
            precondition(again == message, "a message means the same when written again")
            precondition(again.encoded == canonical, "a message has one canonical form")
            return message
        } catch {
            precondition(error.code == .badMessage && !error.message.isEmpty)
            return nil
        }
    }

    private static func check(_ body: Bytes, of header: FrameHeader) {
        switch header.type {
        case .hello: _ = check(Hello.self, body)
        case .credit: _ = check(Credit.self, body)
        case .goaway: _ = check(Goaway.self, body)
        case .error: _ = check(WireError.self, body)
        case .request: checkRequest(body, header.method)
        case .response, .stream: checkResponse(body, header.method)
        case .cancel, .ping: break
        }
    }

    private static func checkRequest(_ body: Bytes, _ method: Method) {
        switch method {
        case .put:
            let view = (try? PutView(body))?.message(in: body.array)
            precondition(check(PutRequest.self, body) == view, "the view sees the message")
        case .range:
            let view = (try? RangeView(body))?.message(in: body.array)
            precondition(check(RangeRequest.self, body) == view, "the view sees the message")
        case .deleteRange: _ = check(DeleteRangeRequest.self, body)
        case .txn: _ = check(TxnRequest.self, body)
        case .compact: _ = check(CompactRequest.self, body)
        case .watch: _ = check(WatchRequest.self, body)
        case .leaseGrant: _ = check(LeaseGrantRequest.self, body)
        case .leaseTimeToLive: _ = check(LeaseTimeToLiveRequest.self, body)
        case .memberAdd: _ = check(MemberAddRequest.self, body)
        case .peer: _ = check(PeerMessage.self, body)
        default: break
        }
    }

    private static func checkResponse(_ body: Bytes, _ method: Method) {
        switch method {
        case .put: _ = check(PutResponse.self, body)
        case .range: _ = check(RangeResponse.self, body)
        case .txn: _ = check(TxnResponse.self, body)
        case .watch: _ = check(WatchResponse.self, body)
        case .leaseTimeToLive: _ = check(LeaseTimeToLiveResponse.self, body)
        case .leaseList: _ = check(LeaseListResponse.self, body)
        case .status: _ = check(StatusResponse.self, body)
        case .memberList: _ = check(MemberListResponse.self, body)
        default: break
        }
    }
}
