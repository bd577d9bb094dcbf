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
}
