import Testing
import Units

@testable import Wire

@Suite struct MessageTests {
    @Test func putComesBack() throws {
        let put = PutRequest(key: [1], value: [2, 3], lease: -4, previous: true)
        let minusFour = [252] + Array(repeating: UInt8(255), count: 8) + [1]
        #expect(put.encoded == [10, 1, 1, 18, 2, 2, 3, 24] + minusFour + [32, 1])
        #expect(try PutRequest(decoding: put.encoded.span) == put)
    }

    @Test func nestedTransactionComesBack() throws {
        let inner = TxnRequest(
            compare: [Compare(result: .less, target: .value, key: [9], value: [8])],
            success: [Operation(operation: .put(PutRequest(key: [1])))]
        )
        let outer = TxnRequest(failure: [Operation(operation: .txn(inner)), Operation()])
        #expect(try TxnRequest(decoding: outer.encoded.span) == outer)
    }

    @Test func textIsKept() throws {
        let error = WireError(code: .unrecognized(-7), message: "grüße", leaderID: .max)
        #expect(try WireError(decoding: error.encoded.span) == error)
        #expect(WireError(message: "a\0b").encoded == WireError(message: "a\u{FFFD}b").encoded)
    }
}
