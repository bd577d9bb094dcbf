import Testing
import Units

@testable import Wire

@Suite struct MessageTests {
    @Test func putIsLaidOutAsProtobuf() throws {
        let put = PutRequest(key: [1], value: [2, 3], lease: -4, previous: true)
        let minusFour = [252] + Array(repeating: UInt8(255), count: 8) + [1]
        #expect(put.encoded == [10, 1, 1, 18, 2, 2, 3, 24] + minusFour + [32, 1])
        #expect(try PutRequest(decoding: put.encoded.span) == put)
    }

    @Test func nothingIsNoBytes() throws {
        for type in allMessages {
            #expect(type.init().encoded.isEmpty)
        }
        #expect(KeyValue(key: [], value: []).encoded.isEmpty)
        #expect(PutResponse(header: ResponseHeader()).encoded == [10, 0])
    }

    @Test func nestedTransactionComesBack() throws {
        let inner = TxnRequest(
            compare: [Compare(result: .less, target: .value, key: [9], value: [8])],
            success: [Operation(operation: .put(PutRequest(key: [1])))])
        let outer = TxnRequest(failure: [Operation(operation: .txn(inner)), Operation()])
        #expect(try TxnRequest(decoding: outer.encoded.span) == outer)
    }

    @Test func textIsKept() throws {
        let error = WireError(code: .unrecognized(-7), message: "grüße", leaderID: .max)
        #expect(try WireError(decoding: error.encoded.span) == error)
    }

    @Test func zeroInTextIsReplacedOnTheWayOut() throws {
        let error = WireError(message: "a\0b")
        #expect(try WireError(decoding: error.encoded.span).message == "a\u{FFFD}b")
    }

    /// Canonical bytes come back as they were, from every message of `proto/`.
    @Test func everyMessageComesBack() throws {
        for type in allMessages {
            var random = RandomBody(seed: 1, name: "\(type)")
            for _ in 0..<80 { try comesBack(random.canonical(type.descriptor), as: type) }
        }
    }

    func comesBack<M: WireMessage & Packed>(_ body: [UInt8], as type: M.Type) throws {
        let message = try M(decoding: body.span)
        #expect(message.encoded == body)
        #expect(M.byProtobufC(body) == body)
        var behind: [UInt8] = [7]
        message.encode(into: &behind)
        #expect(behind == [7] + body)
    }

    /// Damaged bytes are refused where protobuf-c refuses them, or for a reason of our own that has
    /// a name; what is taken means the same to both.
    @Test func damageMeansTheSameToBoth() throws {
        var taken = 0
        for type in allMessages {
            var random = RandomBody(seed: 2, name: "\(type)")
            for _ in 0..<150 {
                let body = random.mutated(random.canonical(type.descriptor))
                if meansTheSame(body, as: type) { taken += 1 }
            }
        }
        #expect(taken > 1000)
    }

    func meansTheSame<M: WireMessage & Packed>(_ body: [UInt8], as type: M.Type) -> Bool {
        let other = M.byProtobufC(body)
        do throws(MessageFault) {
            let message = try M(decoding: body.span)
            let ours = message.encoded
            #expect(try M(decoding: ours.span) == message, "\(M.self) \(body)")
            guard let other else {
                Issue.record("protobuf-c refuses \(M.self) \(body)")
                return false
            }
            #expect(try M(decoding: other.span) == message, "\(M.self) \(body)")
            return true
        } catch {
            if case .malformed = error, !RandomBody.hasBool(M.descriptor) {
                #expect(other == nil, "\(M.self) \(body)")
            }
            return false
        }
    }

    @Test func unknownFieldsAreSkipped() throws {
        let unknown: [UInt8] = [0xA0, 6, 1, 0xA2, 6, 2, 9, 9, 0xA1, 6, 1, 2, 3, 4, 5, 6, 7, 8]
        let body = unknown + CompactRequest(revision: 5).encoded + [0xA5, 6, 1, 2, 3, 4]
        #expect(try CompactRequest(decoding: body.span) == CompactRequest(revision: 5))
    }

    @Test func lastScalarHolds() throws {
        let body: [UInt8] = [8, 1, 8, 2]
        #expect(try CompactRequest(decoding: body.span).revision == 2)
    }

    @Test func listsMayComeUnpacked() throws {
        let body: [UInt8] = [16, 1, 18, 2, 2, 3, 16, 4]
        #expect(try LeaseListResponse(decoding: body.span).ids == [1, 2, 3, 4])
    }
}

@Suite struct MessageFaultTests {
    func fault<M: WireMessage>(_ type: M.Type, _ body: [UInt8]) -> MessageFault? {
        do throws(MessageFault) {
            _ = try M(decoding: body.span)
            return nil
        } catch { return error }
    }

    @Test func eachReasonHasItsName() {
        #expect(fault(PutRequest.self, [10, 5, 1]) == .malformed("PutRequest"))
        #expect(fault(PutRequest.self, [8, 1]) == .malformed("PutRequest"))
        #expect(fault(PutRequest.self, [11, 12]) == .malformed("PutRequest"))
        #expect(fault(PutRequest.self, [0, 1]) == .badNumber("PutRequest"))
        let wide = [24] + [UInt8](repeating: 0x80, count: 9) + [2]
        #expect(fault(PutRequest.self, wide) == .badNumber("PutRequest"))
        #expect(fault(WireError.self, [18, 1, 0xFF]) == .badText("Error"))
        #expect(fault(WireError.self, [18, 3, 97, 0, 98]) == .badText("Error"))
        #expect(fault(PutResponse.self, [10, 0, 10, 0]) == .setTwice("PutResponse"))
        #expect(fault(Operation.self, [10, 0, 18, 0]) == .setTwice("Operation"))
    }

    /// Each level of transaction takes two of nesting, and the put in the innermost one more.
    func nested(_ levels: Int) -> TxnRequest {
        let inner = Operation(operation: .put(PutRequest(key: [1])))
        return (1..<levels).reduce(TxnRequest(success: [inner])) { txn, _ in
            TxnRequest(success: [Operation(operation: .txn(txn))])
        }
    }

    @Test func nestingIsBounded() {
        #expect(fault(TxnRequest.self, nested(15).encoded) == nil)
        #expect(fault(TxnRequest.self, nested(16).encoded) == .tooDeep("TxnRequest"))
    }

    /// Transactions as deep as 200,000 bytes can nest them, written from the inside out.
    @Test func abyssIsRefusedAtItsEdge() {
        var body: [UInt8] = []
        var tag: UInt8 = 34
        repeat {
            var length: [UInt8] = [0]
            if !body.isEmpty {
                length = []
                Hot.appendVarintField(field: 1, UInt64(body.count), to: &length)
                length.removeFirst()
            }
            body.append(contentsOf: length.reversed())
            body.append(tag)
            tag = tag == 34 ? 18 : 34
        } while body.count < 200_000 || tag == 34
        body.reverse()
        #expect(fault(Operation.self, body) == .tooDeep("Operation"))
    }

    @Test func memoryIsBounded() {
        var body = [UInt8](repeating: 10, count: 1 << 20)
        for index in stride(from: 1, to: body.count, by: 2) { body[index] = 0 }
        #expect(fault(TxnRequest.self, body) == .tooManyParts("TxnRequest"))
    }

    @Test func oneFrameOfSmallPairsFits() throws {
        let pair = KeyValue(key: [1, 2, 3, 4, 5, 6, 7, 8], modRevision: 1000, version: 1)
        let response = RangeResponse(kvs: Array(repeating: pair, count: 50_000))
        #expect(response.encoded.count < Limits.maximumFrame)
        #expect(try RangeResponse(decoding: response.encoded.span) == response)
    }

    @Test func wordsFitOneLine() {
        let faults: [MessageFault] = [
            .malformed("X"), .badNumber("X"), .badText("X"), .setTwice("X"), .tooDeep("X"),
            .tooManyParts("X"),
        ]
        for fault in faults {
            #expect(fault.code == .badMessage)
            #expect(fault.message.hasPrefix("the body is not a X"))
            #expect(!fault.message.contains("\n"))
        }
    }
}
