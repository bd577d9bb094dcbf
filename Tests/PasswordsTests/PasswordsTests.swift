import Testing

@testable import Passwords

@Suite struct VerifierTests {
    /// Cheap, so that tests are quick.
    private static let cheap = Verifier.Cost(logN: 4, r: 8, p: 1)

    @Test func takesTheRightPasswordOnly() throws {
        let verifier = try #require(Verifier(password: Array("secret".utf8), cost: Self.cheap))
        #expect(verifier.matches(Array("secret".utf8)))
        #expect(!verifier.matches(Array("Secret".utf8)))
        #expect(!verifier.matches([]))
        let read = try #require(Verifier(verifier.bytes))
        #expect(read == verifier)
        #expect(Verifier.check(Array("secret".utf8), against: verifier.bytes))
        #expect(!Verifier.check(Array("other".utf8), against: verifier.bytes))
    }

    @Test func hasItsOwnSalt() throws {
        let first = try #require(Verifier(password: [1], cost: Self.cheap))
        let second = try #require(Verifier(password: [1], cost: Self.cheap))
        #expect(first.salt != second.salt)
        #expect(first.hash != second.hash)
    }

    /// RFC 7914, section 12, the second vector, its first 32 bytes.
    @Test func isScrypt() {
        let cost = Verifier.Cost(logN: 10, r: 8, p: 16)
        let hash = Crypto.derive(Array("password".utf8), Array("NaCl".utf8), cost)
        #expect(
            hash == [
                0xFD, 0xBA, 0xBE, 0x1C, 0x9D, 0x34, 0x72, 0x00, 0x78, 0x56, 0xE7, 0x19, 0x0D, 0x01,
                0xE9, 0xFE, 0x7C, 0x6A, 0xD7, 0xCB, 0xC8, 0x23, 0x78, 0x30, 0xE7, 0x73, 0x76, 0x63,
                0x4B, 0x37, 0x31, 0x62,
            ])
    }

    @Test func whatIsNoneMatchesNothing() {
        #expect(Verifier([]) == nil)
        #expect(Verifier([UInt8](repeating: 1, count: 51)) == nil)
        #expect(Verifier([2, 15, 8, 1] + [UInt8](repeating: 0, count: 48)) == nil)
        #expect(Verifier([1, 63, 8, 1] + [UInt8](repeating: 0, count: 48)) == nil)
        #expect(Verifier([1, 15, 0, 1] + [UInt8](repeating: 0, count: 48)) == nil)
        #expect(!Verifier.check([], against: []))
    }

    /// Over the limit of memory there is no hash, and so no match.
    @Test func hasALimitOfMemory() {
        let cost = Verifier.Cost(logN: 20, r: 32, p: 1)
        #expect(Crypto.derive([1], [2], cost) == nil)
    }
}
