internal import CTLS

/// Whom we want on the other side.
package enum Expectation: Equatable, Sendable {
    /// A server that was dialled at this DNS name or IP address.
    case host(String)
    /// The member of this name.
    case member(String)
    /// Any member.
    case anyMember
    /// Whoever can be named.
    case user
}

extension Expectation {
    /// What speaks against a certificate that is in order otherwise.
    func objection(to certificate: Certificate) -> Objection? {
        switch self {
        case .host(let host):
            certificate.isFor(host: host)
                ? nil : .otherName(expected: "'\(host)'", found: certificate.holder)
        case .member(let name):
            certificate.memberName == name
                ? nil : .otherName(expected: "member '\(name)'", found: certificate.holder)
        case .anyMember:
            certificate.memberName != nil
                ? nil : .otherName(expected: "a member", found: certificate.holder)
        case .user: certificate.commonName == nil ? .nameless : nil
        }
    }
}

/// Looks at the other side's certificate during the handshake, so that a refusal is an alert.
@safe final class Verifier {
    let expectation: Expectation
    private(set) var objection: Objection?

    init(_ expectation: Expectation) { self.expectation = expectation }

    /// OpenSSL has this verifier's conversation call it for each certificate of a chain.
    static let callback: @convention(c) (Int32, OpaquePointer?) -> Int32 = { isWell, store in
        let place = SSL_get_ex_data_X509_STORE_CTX_idx()
        guard let session = unsafe X509_STORE_CTX_get_ex_data(store, place),
            let me = unsafe SSL_get_ex_data(OpaquePointer(session), 0)
        else { return 0 }
        let verifier = unsafe Unmanaged<Verifier>.fromOpaque(me).takeUnretainedValue()
        return unsafe verifier.look(store, isWell: isWell == 1) ? 1 : 0
    }

    private func look(_ store: OpaquePointer?, isWell: Bool) -> Bool {
        guard isWell else {
            if objection == nil { objection = unsafe Objection(X509_STORE_CTX_get_error(store)) }
            return false
        }
        guard unsafe X509_STORE_CTX_get_error_depth(store) == 0,
            let raw = unsafe X509_STORE_CTX_get_current_cert(store)
        else { return true }
        unsafe X509_up_ref(raw)
        objection = expectation.objection(to: unsafe Certificate(owning: raw))
        guard objection != nil else { return true }
        unsafe X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH)
        return false
    }
}

extension Objection {
    /// From an X509_V_ERR.
    init(_ error: Int32) {
        switch error {
        case X509_V_ERR_CERT_HAS_EXPIRED: self = .expired
        case X509_V_ERR_CERT_NOT_YET_VALID: self = .notYetValid
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
            X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_UNTRUSTED,
            X509_V_ERR_CERT_SIGNATURE_FAILURE:
            self = .unknownAuthority
        case X509_V_ERR_INVALID_PURPOSE: self = .wrongUse
        default: self = .other(unsafe String(cString: X509_verify_cert_error_string(Int(error))))
        }
    }
}

extension Certificate {
    /// What those who trust `authorities` would say about it, with `between` handed in with it.
    package func objection(
        trusting authorities: [Certificate], between: [Certificate] = []
    ) -> Objection? {
        let store = unsafe X509_STORE_new()
        let check = unsafe X509_STORE_CTX_new()
        let others = unsafe OPENSSL_sk_new_null()
        defer {
            unsafe X509_STORE_CTX_free(check)
            unsafe X509_STORE_free(store)
            unsafe OPENSSL_sk_free(others)
        }
        for authority in authorities { unsafe X509_STORE_add_cert(store, authority.raw) }
        for certificate in between {
            unsafe OPENSSL_sk_push(others, UnsafeRawPointer(certificate.raw))
        }
        unsafe X509_STORE_CTX_init(check, store, raw, others)
        let status = unsafe X509_verify_cert(check)
        defer { ERR_clear_error() }
        return status == 1 ? nil : unsafe Objection(X509_STORE_CTX_get_error(check))
    }
}
