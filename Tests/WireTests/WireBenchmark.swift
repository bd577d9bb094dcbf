import Glibc
import Testing
import Units

@testable import Wire

/// What the hottest messages cost, by hand and through protobuf-c. Prints, and judges nothing: a
/// figure from a debug build says little. For real ones:
///
///     swift test -c release -Xswiftc -enable-testing --filter WireBenchmark
@Suite(.serialized) struct WireBenchmark {
    let put = PutRequest(
        key: [UInt8](repeating: 0x6B, count: 24), value: [UInt8](repeating: 0x76, count: 256))
    let header = ResponseHeader(
        clusterID: 0x1122_3344_5566_7788, memberID: 0x99AA_BBCC_DDEE_FF00, revision: 1_000_000,
        raftTerm: 7)

    #if DEBUG
        let rounds = 1_000
    #else
        let rounds = 1_000_000
    #endif

    func measure(_ name: String, _ body: () throws -> Int) rethrows {
        var sum = 0
        let start = processorTime()
        for _ in 0..<rounds { sum &+= try body() }
        let each = Double(processorTime() - start) / Double(rounds)
        print("WireBenchmark: \(name): \((each * 10).rounded() / 10) ns")
        #expect(sum != 0)
    }

    /// Nanoseconds that this thread has run.
    func processorTime() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    @Test func putRequest() throws {
        let body = put.encoded
        try measure("PutView") { try PutView(body.span).value.count }
        try measure("PutRequest(decoding:)") { try PutRequest(decoding: body.span).value.count }
        var out: [UInt8] = []
        measure("PutRequest.encode") {
            out.removeAll(keepingCapacity: true)
            put.encode(into: &out)
            return out.count
        }
    }

    @Test func putResponse() {
        var out: [UInt8] = []
        measure("Hot.encodePutResponse") {
            out.removeAll(keepingCapacity: true)
            Hot.encodePutResponse(header, to: &out)
            return out.count
        }
        measure("PutResponse.encode") {
            out.removeAll(keepingCapacity: true)
            PutResponse(header: header).encode(into: &out)
            return out.count
        }
    }

    @Test func rangeRequest() throws {
        let body = RangeRequest(key: put.key, limit: 1).encoded
        try measure("RangeView") { try RangeView(body.span).key.count }
        try measure("RangeRequest(decoding:)") { try RangeRequest(decoding: body.span).key.count }
    }

    @Test func keyValue() {
        var out: [UInt8] = []
        measure("Hot.appendKeyValue") {
            out.removeAll(keepingCapacity: true)
            Hot.appendKeyValue(
                field: 2, key: put.key.span, value: put.value.span, create: 5, mod: 1_000_000,
                version: 9, lease: 0, to: &out)
            return out.count
        }
        let pair = KeyValue(
            key: put.key, createRevision: 5, modRevision: 1_000_000, version: 9, value: put.value)
        measure("RangeResponse.encode, one pair") {
            out.removeAll(keepingCapacity: true)
            RangeResponse(kvs: [pair]).encode(into: &out)
            return out.count
        }
    }

    @Test func frame() throws {
        let body = put.encoded
        var out: [UInt8] = []
        measure("appendFrame, \(body.count) bytes of body") {
            out.removeAll(keepingCapacity: true)
            out.appendFrame(
                type: .request, stream: 1, method: .put, deadline: 1000, body: body.span)
            return out.count
        }
        try measure("FrameReader.next") { try FrameReader.next(in: out.span)!.body.count }
    }
}
