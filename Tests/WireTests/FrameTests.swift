import Testing
import Units

@testable import Wire

@Suite struct FrameTests {
    let frame: [UInt8] = {
        var bytes: [UInt8] = []
        bytes.appendFrame(
            type: .request, flags: .oneWay, stream: 7, method: .put, deadline: 1500,
            body: [1, 2, 3].span)
        return bytes
    }()

    @Test func laidOutAsDocumented() {
        let head: [UInt8] = [
            0x4D, 1, 2, 1, 3, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0xDC, 5, 0, 0,
        ]
        #expect(Array(frame[..<20]) == head)
        #expect(frame.span.little(UInt32.self, at: 20) == CRC32C.of(head + [1, 2, 3]))
        #expect(Array(frame[24...]) == [1, 2, 3])
    }

    /// The worked example of proto/wire.proto.
    @Test func exampleIsTrue() {
        var bytes: [UInt8] = []
        bytes.appendFrame(type: .ping, body: Array("hi".utf8).span)
        #expect(
            bytes == [
                0x4D, 0x01, 0x07, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xAD, 0x5F, 0x7F, 0x21,
                0x68, 0x69,
            ])
    }

    @Test func comesBackWhole() throws {
        let (header, body) = try #require(try FrameReader.next(in: frame.span))
        #expect(body == 24..<27)
        #expect(
            header
                == FrameHeader(
                    type: .request, flags: .oneWay, length: 3, stream: 7, method: .put,
                    deadline: 1500))
    }

    @Test func waitsForEveryByte() throws {
        for count in 0..<frame.count {
            #expect(try FrameReader.next(in: frame.span.extracting(0..<count)) == nil)
        }
    }

    @Test func bodyIsEncodedInPlace() throws {
        var bytes = frame
        let start = bytes.beginFrame()
        PutRequest(key: [1]).encode(into: &bytes)
        bytes.endFrame(at: start, type: .response, stream: 9, method: .put)
        let behind = bytes.span.extracting(frame.count..<bytes.count)
        let (header, body) = try #require(try FrameReader.next(in: behind))
        #expect(header == FrameHeader(type: .response, length: 3, stream: 9, method: .put))
        #expect(try PutRequest(decoding: behind.extracting(body)) == PutRequest(key: [1]))
    }

    @Test func unknownMethodIsKeptForTheAnswer() throws {
        var bytes: [UInt8] = []
        bytes.appendFrame(
            type: .request, stream: 1, method: .unrecognized(-9), deadline: FrameHeader.noDeadline)
        #expect(try FrameReader.next(in: bytes.span)?.header.method == .unrecognized(-9))
    }

    @Test func framesFollowOneAnother() throws {
        let bytes = frame + frame + [0x4D]
        var at = 0
        for _ in 0..<2 {
            let rest = bytes.span.extracting(at..<bytes.count)
            at += try #require(try FrameReader.next(in: rest)).body.upperBound
        }
        #expect(at == 2 * frame.count)
        #expect(try FrameReader.next(in: bytes.span.extracting(at..<bytes.count)) == nil)
    }
}

@Suite struct FrameFaultTests {
    func fault(_ bytes: [UInt8], limit: Int = Limits.maximumFrame) -> FrameFault? {
        do throws(FrameFault) {
            _ = try FrameReader.next(in: bytes.span, limit: limit)
            return nil
        } catch { return error }
    }

    func fault(
        _ type: FrameType,
        flags: FrameFlags = [],
        stream: UInt32 = 0,
        method: Method = .none,
        deadline: UInt32 = 0,
        body: Int = 0
    ) -> FrameFault? {
        var bytes: [UInt8] = []
        bytes.appendFrame(
            type: type, flags: flags, stream: stream, method: method, deadline: deadline,
            body: [UInt8](repeating: 0, count: body).span)
        return fault(bytes)
    }

    @Test func magicAndVersionAreSeenAtOnce() {
        #expect(fault([0x47]) == .badMagic)
        #expect(fault([0x4D, 2]) == .badVersion(2))
    }

    @Test func lengthIsRefusedBeforeTheBodyComes() {
        let head: [UInt8] = [0x4D, 1, 7, 0, 1, 0, 0x20, 0] + [UInt8](repeating: 0, count: 16)
        #expect(fault(head) == .tooLarge(length: 2_097_153, limit: 2_097_152))
        #expect(fault([0x4D, 1, 7, 0, 0, 0, 0x20] + head[7...]) == nil)
        #expect(fault(head, limit: 3 << 20) == nil)
    }

    @Test func everyBitIsUnderTheChecksum() {
        var frame: [UInt8] = []
        frame.appendFrame(type: .hello, body: Hello(software: "x").encoded.span)
        #expect(fault(frame) == nil)
        for bit in 64..<frame.count * 8 {
            var damaged = frame
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(fault(damaged) == .badChecksum)
        }
    }

    @Test func unknownTypesAndFlagsAreRefused() {
        var frame: [UInt8] = []
        frame.appendFrame(type: .ping)
        frame[2] = 10
        let sum = FrameReader.checksum(of: frame.span, frame: 0, 24..<24)
        frame.replaceSubrange(
            20..., with: (0..<4).map { UInt8(truncatingIfNeeded: sum >> ($0 * 8)) })
        #expect(fault(frame) == .unknownType(10))
        #expect(fault(.ping, flags: [.ack, .oneWay]) == .unknownFlags(1, .ping))
        #expect(
            fault(.request, flags: FrameFlags(rawValue: 0x81), stream: 1)
                == .unknownFlags(0x80, .request))
    }

    @Test(arguments: [FrameType.hello, .ping, .goaway])
    func connectionFramesNameNoCall(_ type: FrameType) {
        #expect(fault(type, stream: 1) == .badFrame(type, .streamNotZero))
        #expect(fault(type, method: .put) == .badFrame(type, .methodNotZero))
        #expect(fault(type) == nil)
    }

    @Test(arguments: [FrameType.request, .response, .stream, .cancel])
    func callFramesNameTheirCall(_ type: FrameType) {
        #expect(fault(type) == .badFrame(type, .streamZero))
        #expect(fault(type, stream: 1, method: .put) == nil)
    }

    @Test(arguments: [FrameType.credit, .error])
    func creditAndErrorMayMeanEither(_ type: FrameType) {
        #expect(fault(type, stream: 1, method: .put) == nil)
        #expect(fault(type) == nil)
        #expect(fault(type, method: .put) == .badFrame(type, .methodNotZero))
    }

    @Test(arguments: FrameType.allCases.filter { $0 != .request })
    func onlyRequestsHaveDeadlines(_ type: FrameType) {
        let stream: UInt32 = type.place == .connection ? 0 : 1
        #expect(fault(type, stream: stream, deadline: 1) == .badFrame(type, .deadlineNotZero))
    }

    @Test func cancelIsEmptyAndPingIsShort() {
        #expect(fault(.cancel, stream: 1, body: 1) == .badFrame(.cancel, .bodyTooLong))
        #expect(fault(.ping, flags: .ack, body: 64) == nil)
        #expect(fault(.ping, body: 65) == .badFrame(.ping, .bodyTooLong))
    }

    /// What is the matter of the call and not of the frame: left to who takes calls.
    @Test func deadlineZeroIsAFrame() {
        #expect(fault(.request, stream: 1, method: .put, deadline: 0) == nil)
    }

    @Test(arguments: [
        (FrameFault.badMagic, ErrorCode.badMagic), (.badVersion(2), .badVersion),
        (.badChecksum, .badChecksum), (.tooLarge(length: 9, limit: 8), .frameTooLarge),
        (.unknownType(99), .badFrame), (.unknownFlags(4, .ping), .badFrame),
        (.badFrame(.ping, .bodyTooLong), .badFrame), (.badFrame(.request, .streamZero), .badFrame),
        (.badFrame(.hello, .streamNotZero), .badFrame),
        (.badFrame(.hello, .methodNotZero), .badFrame),
        (.badFrame(.hello, .deadlineNotZero), .badFrame),
    ])
    func wordsFitOneLine(_ fault: FrameFault, _ code: ErrorCode) {
        #expect(fault.code == code)
        #expect(!fault.message.contains("\n"))
        #expect(fault.message.first?.isLowercase == true)
    }
}
