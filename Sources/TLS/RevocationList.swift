internal import CTLS
internal import Glibc
package import Units

/// Certificates that their authority takes back before their time.
@safe package final class RevocationList {
    let raw: OpaquePointer

    init(owning raw: OpaquePointer) { unsafe self.raw = raw }

    deinit { unsafe X509_CRL_free(raw) }

    /// All lists of a PEM file; at least one.
    package static func all(pem: Bytes) throws(PaperFault) -> [RevocationList] {
        let memory = Memory(reading: pem)
        var found: [RevocationList] = []
        while let raw = unsafe PEM_read_bio_X509_CRL(memory.raw, nil, nil, nil) {
            unsafe found.append(RevocationList(owning: raw))
            guard found.count <= Limits.certificates else { throw .tooManyCertificates }
        }
        ERR_clear_error()
        guard !found.isEmpty else { throw .noList }
        return found
    }

    package var pem: [UInt8] {
        let memory = Memory()
        unsafe PEM_write_bio_X509_CRL(memory.raw, raw)
        return memory.content
    }

    /// Whether one of these authorities has signed it.
    func isOf(_ authorities: [Certificate]) -> Bool {
        defer { ERR_clear_error() }
        return authorities.contains { authority in
            unsafe X509_CRL_verify(raw, X509_get0_pubkey(authority.raw)) == 1
        }
    }

    package func revokes(_ certificate: Certificate) -> Bool {
        let issuer = unsafe X509_get_issuer_name(certificate.raw)
        guard unsafe X509_NAME_cmp(issuer, X509_CRL_get_issuer(raw)) == 0 else { return false }
        var entry: OpaquePointer?
        return unsafe X509_CRL_get0_by_cert(raw, &entry, certificate.raw) == 1
    }
}

extension Issuer {
    /// A list with `certificate` and all that is in `list`. It holds as long as this authority.
    package func revoke(
        _ certificate: Certificate, in list: RevocationList?, at now: Int64
    ) throws(PaperFault) -> RevocationList {
        let authority = self.certificate
        guard certificate.objection(trusting: [authority]) != .unknownAuthority else {
            throw .unfit("another authority made it")
        }
        let made = unsafe RevocationList(
            owning: list.map { unsafe X509_CRL_dup($0.raw)! } ?? X509_CRL_new()!)
        unsafe X509_CRL_set_version(made.raw, 1)
        if list == nil { Issuer.add(keyOf: authority, to: made) }
        unsafe X509_CRL_set_issuer_name(made.raw, X509_get_subject_name(authority.raw))
        let date = unsafe ASN1_TIME_set(nil, time_t(now))
        defer { unsafe ASN1_STRING_free(date) }
        unsafe X509_CRL_set1_lastUpdate(made.raw, date)
        unsafe X509_CRL_set1_nextUpdate(made.raw, X509_get0_notAfter(authority.raw))
        if !made.revokes(certificate) { unsafe Issuer.add(certificate, to: made, date) }
        let size = unsafe X509_CRL_sign(made.raw, key.raw, EVP_sha256())
        precondition(size > 0, "the library does not sign")
        // Only one that was read knows whose it is.
        let text = made.pem
        return try RevocationList.all(pem: text.span)[0]
    }

    /// Authorities may have the same name: the list says by its key which one made it.
    private static func add(keyOf authority: Certificate, to list: RevocationList) {
        var context = unsafe X509V3_CTX()
        unsafe ctls_set_issuer(&context, authority.raw, authority.raw)
        let part = unsafe ctls_extension(&context, NID_authority_key_identifier, "keyid:always")
        precondition(unsafe part != nil, "an authority has a key")
        unsafe X509_CRL_add_ext(list.raw, part, -1)
        unsafe X509_EXTENSION_free(part)
    }

    private static func add(
        _ certificate: Certificate, to list: RevocationList,
        _ date: UnsafeMutablePointer<ASN1_TIME>?
    ) {
        let entry = unsafe X509_REVOKED_new()
        unsafe X509_REVOKED_set_serialNumber(
            entry, X509_get_serialNumber(certificate.raw))
        unsafe X509_REVOKED_set_revocationDate(entry, date)
        unsafe X509_CRL_add0_revoked(list.raw, entry)
        unsafe X509_CRL_sort(list.raw)
    }
}
