import Testing
import Units

@testable import TLS

struct PapersTests {
    let town = Town()

    @Test func whatIsWrittenIsReadAgain() throws {
        let papers = town.papers(.member("m1", addresses: ["10.0.0.1", "m1.example", "::1"]))
        let chain = try Certificate.all(pem: papers.certificate.pem.span)
        let key = try PrivateKey(pem: papers.key.pem.span)
        let read = try Papers(chain: chain, key: key).certificate
        #expect(read.memberName == "m1" && read.commonName == "member:m1")
        #expect(read.issuerName == "town")
        #expect(
            read.otherNames == [
                .ip("10.0.0.1"), .dns("m1.example"), .ip("::1"), .uri("urn:martlet:member:m1"),
            ])
        #expect(read.notBefore == Town.valid.from && read.notAfter == Town.valid.to)
        #expect(read.servesClients && read.callsServers && !read.isAuthority)
        #expect(read.fingerprint == papers.certificate.fingerprint)
        #expect(read.serial == papers.certificate.serial && !read.serial.isEmpty)
        #expect(read.isFor(host: "10.0.0.1") && read.isFor(host: "M1.example"))
        #expect(!read.isFor(host: "10.0.0.2") && !read.isFor(host: "example"))
        let authority = town.issuer.certificate
        #expect(authority.isAuthority && authority.memberName == nil)
        #expect(!authority.servesClients && !authority.callsServers)
        #expect(read.objection(trusting: [authority]) == nil)
        #expect(read.objection(trusting: [Town().issuer.certificate]) == .unknownAuthority)
    }

    @Test func serialsAndKeysAreNeverTheSame() {
        let all = (0..<20).map { _ in town.papers(.client("a")) }
        #expect(Set(all.map(\.certificate.serial)).count == 20)
        #expect(Set(all.map { String(decoding: $0.key.pem, as: UTF8.self) }).count == 20)
    }

    @Test func aKeyThatDoesNotBelongIsNamed() {
        let one = town.papers(.client("a"))
        let other = town.papers(.client("b"))
        #expect(throws: PaperFault.otherKey) {
            try Papers(chain: one.chain, key: other.key)
        }
        #expect(throws: PaperFault.noCertificate) { try Papers(chain: [], key: one.key) }
    }

    @Test func aLeafIsNoAuthority() {
        let leaf = town.papers(.server("s", addresses: ["s"]))
        #expect(throws: PaperFault.unfit("it is no authority's certificate")) {
            try Issuer(certificate: leaf.certificate, key: leaf.key)
        }
    }

    static let lockedKey = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgAAAAAAAAAAAICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEAAAAAAAAAAAAAAAAAAAAAAEgZA=
        -----END ENCRYPTED PRIVATE KEY-----
        """

    @Test func badFilesAreNamed() {
        func certificates(_ text: String) -> PaperFault? {
            do throws(PaperFault) {
                _ = try Certificate.all(pem: Array(text.utf8).span)
                return nil
            } catch { return error }
        }
        let good = String(decoding: town.issuer.certificate.pem, as: UTF8.self)
        #expect(certificates("") == .noCertificate)
        #expect(certificates("words") == .noCertificate)
        #expect(certificates(good + "comment\n" + good) == nil)
        #expect(certificates(String(good.prefix(200))) == .badCertificate(number: 1))
        let broken = good.replacing("MII", with: "MIJ", maxReplacements: 1)
        #expect(certificates(good + broken) == .badCertificate(number: 2))
        let many = String(repeating: good, count: Limits.certificates + 1)
        #expect(certificates(many) == .tooManyCertificates)
        #expect(throws: PaperFault.noKey) { try PrivateKey(pem: Array(good.utf8).span) }
        #expect(throws: PaperFault.noCertificate) {
            try Context(papers: nil, authorities: [])
        }
    }

    /// Nobody can be asked for a password: it must not try to.
    @Test func aLockedKeyIsNamed() {
        let fault = #expect(throws: PaperFault.self) {
            try PrivateKey(pem: Array(Self.lockedKey.utf8).span)
        }
        #expect(fault == .lockedKey || fault == .noKey)
    }

    @Test(arguments: [
        ("m1", "m1"), ("a b", "a%20b"), ("ø", "%C3%B8"), ("a,URI:x", "a%2CURI%3Ax"),
    ]) func namesOfMembersAreSafeInURIs(name: String, uri: String) {
        #expect(MemberURI.encode(name) == uri)
        #expect(MemberURI.decode(uri[...]) == name)
    }

    @Test(arguments: ["", "%", "%4", "%zz", "%00", "%0A", "%FF", "%C3"])
    func badURIsNameNobody(uri: String) {
        #expect(MemberURI.decode(uri[...]) == nil)
    }

    @Test func subjectsAreChecked() {
        #expect(Issuer.Subject.client("alice").fault == nil)
        #expect(Issuer.Subject.client("").fault != nil)
        #expect(Issuer.Subject.client("a\nb").fault != nil)
        #expect(Issuer.Subject.client(String(repeating: "a", count: 65)).fault != nil)
        #expect(Issuer.Subject.server("s", addresses: []).fault == "a server needs an address")
        for good in ["a", "a.b", "*.b", "10.0.0.1", "::1", "a_b", "A-b"] {
            #expect(Issuer.Subject.server("s", addresses: [good]).fault == nil)
        }
        for bad in ["", "a,DNS:b", "a b", "-a", "a-", "a..b", "*", "*.*.b", "10.0.0.1:80"] {
            #expect(Issuer.Subject.server("s", addresses: [bad]).fault != nil)
        }
        let many = [String](repeating: "a", count: Limits.addresses + 1)
        #expect(Issuer.Subject.server("s", addresses: many).fault != nil)
        #expect(Issuer.Subject.member("a b", addresses: ["a"]).fault != nil)
        #expect(
            Issuer.Subject.member(String(repeating: "a", count: 58), addresses: ["a"]).fault != nil)
    }

    /// PEM of chance around real PEM: named faults, no crash.
    @Test func garbageInFiles() {
        var chance = Chance(seed: 3, name: "pem")
        let good = town.papers(.client("a"))
        let pem = good.certificate.pem + good.key.pem
        for _ in 0..<300 {
            var bytes = pem
            for _ in 0...chance.below(4) {
                bytes[Int(chance.below(UInt64(bytes.count)))] = UInt8(
                    truncatingIfNeeded: chance.next())
            }
            if let found = try? Certificate.all(pem: bytes.span) {
                _ = found[0].holder + found[0].serial + found[0].fingerprint
                _ = found[0].notAfter
            }
            _ = try? PrivateKey(pem: bytes.span)
        }
    }
}
