internal import CTLS
internal import Glibc

/// An authority that makes certificates: its own certificate and key.
package struct Issuer {
    package let certificate: Certificate
    package let key: PrivateKey

    package init(certificate: Certificate, key: PrivateKey) throws(PaperFault) {
        _ = try Papers(chain: [certificate], key: key)
        guard certificate.isAuthority else { throw .unfit("it is no authority's certificate") }
        self.certificate = certificate
        self.key = key
    }

    /// From when to when, in seconds since 1970.
    package struct Validity: Equatable, Sendable {
        package var from: Int64
        package var to: Int64

        package init(from: Int64, to: Int64) {
            self.from = from
            self.to = to
        }
    }

    /// For whom a certificate is. Names and addresses must have been checked: see `Subject.fault`.
    package struct Subject: Equatable, Sendable {
        package var commonName: String
        package var memberName: String?
        /// DNS names and IP addresses.
        package var addresses: [String] = []
        package var servesClients = false
        package var callsServers = false

        /// A user of the store.
        package static func client(_ name: String) -> Subject {
            Subject(commonName: name, callsServers: true)
        }

        /// A member's door for clients.
        package static func server(_ name: String, addresses: [String]) -> Subject {
            Subject(commonName: name, addresses: addresses, servesClients: true)
        }

        /// A member, at all its doors and when it calls other members.
        package static func member(_ name: String, addresses: [String]) -> Subject {
            Subject(
                commonName: "member:\(name)", memberName: name, addresses: addresses,
                servesClients: true, callsServers: true)
        }
    }

    /// A new authority.
    package static func found(named name: String, _ validity: Validity) -> Issuer {
        let key = PrivateKey.make()
        let certificate = blank(name, key, validity)
        add(
            [
                (NID_basic_constraints, "critical,CA:TRUE,pathlen:0"),
                (NID_key_usage, "critical,keyCertSign,cRLSign"),
                (NID_subject_key_identifier, "hash"),
            ], to: certificate, by: certificate)
        sign(certificate, key)
        do throws(PaperFault) {
            return try Issuer(certificate: certificate, key: key)
        } catch {
            preconditionFailure("what was made is not what was meant: \(error)")
        }
    }

    /// A certificate with a new key.
    package func issue(_ subject: Subject, _ validity: Validity) -> Papers {
        let own = PrivateKey.make()
        let made = Issuer.blank(subject.commonName, own, validity)
        unsafe X509_set_issuer_name(made.raw, X509_get_subject_name(certificate.raw))
        Issuer.add(Issuer.extensions(of: subject), to: made, by: certificate)
        Issuer.sign(made, key)
        do throws(PaperFault) {
            return try Papers(chain: [made], key: own)
        } catch {
            preconditionFailure("what was made is not what was meant: \(error)")
        }
    }

    private static func blank(
        _ name: String, _ key: PrivateKey, _ validity: Validity
    ) -> Certificate {
        let made = unsafe Certificate(owning: X509_new()!)
        unsafe X509_set_version(made.raw, 2)
        setSerial(made)
        set(validity, made)
        let subject = unsafe X509_get_subject_name(made.raw)
        let text = Array(name.utf8)
        unsafe X509_NAME_add_entry_by_NID(
            subject, NID_commonName, MBSTRING_UTF8, text, Int32(text.count), -1, 0)
        unsafe X509_set_issuer_name(made.raw, subject)
        unsafe X509_set_pubkey(made.raw, key.raw)
        return made
    }

    /// 126 random bits: positive, and never used twice.
    private static func setSerial(_ made: Certificate) {
        let number = unsafe BN_new()
        defer { unsafe BN_free(number) }
        unsafe BN_rand(number, 126, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY)
        unsafe BN_to_ASN1_INTEGER(number, X509_get_serialNumber(made.raw))
    }

    private static func set(_ validity: Validity, _ made: Certificate) {
        let from = unsafe ASN1_TIME_set(nil, time_t(validity.from))
        let to = unsafe ASN1_TIME_set(nil, time_t(validity.to))
        unsafe X509_set1_notBefore(made.raw, from)
        unsafe X509_set1_notAfter(made.raw, to)
        unsafe ASN1_STRING_free(from)
        unsafe ASN1_STRING_free(to)
    }

    private static func extensions(of subject: Subject) -> [(Int32, String)] {
        var uses: [String] = []
        if subject.servesClients { uses.append("serverAuth") }
        if subject.callsServers { uses.append("clientAuth") }
        var names = subject.addresses.map { IPAddress.isOne($0) ? "IP:\($0)" : "DNS:\($0)" }
        if let member = subject.memberName {
            names.append("URI:\(Certificate.memberPrefix)\(MemberURI.encode(member))")
        }
        var extensions = [
            (NID_basic_constraints, "critical,CA:FALSE"),
            (NID_key_usage, "critical,digitalSignature"),
            (NID_ext_key_usage, uses.joined(separator: ",")),
            (NID_subject_key_identifier, "hash"), (NID_authority_key_identifier, "keyid"),
        ]
        if !names.isEmpty {
            extensions.append((NID_subject_alt_name, names.joined(separator: ",")))
        }
        return extensions
    }

    private static func add(
        _ extensions: [(Int32, String)], to made: Certificate, by issuer: Certificate
    ) {
        var context = unsafe X509V3_CTX()
        unsafe ctls_set_issuer(&context, issuer.raw, made.raw)
        for (kind, value) in extensions {
            let part = unsafe ctls_extension(&context, kind, value)
            precondition(unsafe part != nil, "'\(value)' is no such part of a certificate")
            unsafe X509_add_ext(made.raw, part, -1)
            unsafe X509_EXTENSION_free(part)
        }
    }

    private static func sign(_ made: Certificate, _ key: PrivateKey) {
        let size = unsafe X509_sign(made.raw, key.raw, EVP_sha256())
        precondition(size > 0, "the library does not sign")
    }
}

extension Issuer.Subject {
    /// What is wrong with it, for people; nil when it can be issued.
    package var fault: String? {
        if let fault = Issuer.Subject.fault(in: commonName) { return fault }
        if let memberName, memberName.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) {
            return "the name '\(memberName)' has blanks"
        }
        guard addresses.count <= Limits.addresses else {
            return "\(addresses.count) addresses are more than \(Limits.addresses)"
        }
        for address in addresses where !Issuer.Subject.isAddress(address) {
            return "'\(address)' is neither an IP address nor a DNS name"
        }
        return servesClients && addresses.isEmpty ? "a server needs an address" : nil
    }

    package static func fault(in name: String) -> String? {
        let count = name.unicodeScalars.count
        guard count > 0, name.utf8.count <= Limits.name else {
            return "a name has 1 to \(Limits.name) bytes"
                + (name.hasPrefix("member:") ? ", 'member:' in front counted" : "")
        }
        guard !name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            return "a name has no control characters"
        }
        return nil
    }

    /// A wildcard may stand for the first label.
    private static func isAddress(_ text: String) -> Bool {
        if IPAddress.isOne(text) { return true }
        let name = text.hasPrefix("*.") ? text.dropFirst(2) : text[...]
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        return name.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy {
                        switch $0 {
                        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
                        default: false
                        }
                    }
            }
    }
}
