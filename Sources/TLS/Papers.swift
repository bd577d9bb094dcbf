internal import CTLS
package import Units

/// What is wrong with a file of certificates or of a key. Words follow after the file's name.
package enum PaperFault: Error, Equatable, Sendable {
    case noCertificate
    case tooManyCertificates
    case badCertificate(number: Int)
    case noKey
    case lockedKey
    /// The key is not that of the certificate.
    case otherKey
    /// The library does not take it, in its words: too weak, as a rule.
    case unfit(String)
}

extension PaperFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noCertificate: "there is no certificate in PEM form in it"
        case .tooManyCertificates: "it has more than \(Limits.certificates) certificates"
        case .badCertificate(let number): "certificate \(number) in it cannot be read"
        case .noKey: "there is no private key in PEM form in it"
        case .lockedKey: "the key is locked with a password; write it without one, mode 0600"
        case .otherKey: "the key does not belong to the certificate"
        case .unfit(let words): "it is not accepted: \(words)"
        }
    }
}

/// A certificate, those between it and its authority, and its key.
package struct Papers {
    /// Ours first.
    package let chain: [Certificate]
    package let key: PrivateKey

    package init(chain: [Certificate], key: PrivateKey) throws(PaperFault) {
        guard let own = chain.first else { throw .noCertificate }
        let fits = unsafe X509_check_private_key(own.raw, key.raw)
        ERR_clear_error()
        guard fits == 1 else { throw .otherKey }
        self.chain = chain
        self.key = key
    }

    package var certificate: Certificate { chain[0] }
}

extension Certificate {
    /// All certificates of a PEM file, in order; at least one.
    package static func all(pem: Bytes) throws(PaperFault) -> [Certificate] {
        let memory = Memory(reading: pem)
        var found: [Certificate] = []
        while let raw = unsafe PEM_read_bio_X509(memory.raw, nil, nil, nil) {
            unsafe found.append(Certificate(owning: raw))
            guard found.count <= Limits.certificates else { throw .tooManyCertificates }
        }
        let reason = ctls_reason(ERR_peek_last_error())
        ERR_clear_error()
        guard reason == PEM_R_NO_START_LINE || reason == 0 else {
            throw .badCertificate(number: found.count + 1)
        }
        guard !found.isEmpty else { throw .noCertificate }
        return found
    }

    package var pem: [UInt8] {
        let memory = Memory()
        unsafe PEM_write_bio_X509(memory.raw, raw)
        return memory.content
    }
}
