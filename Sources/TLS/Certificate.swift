internal import CTLS
internal import Glibc

/// A passport: who somebody is, until when, and who says so.
@safe package final class Certificate {
    let raw: OpaquePointer

    init(owning raw: OpaquePointer) { unsafe self.raw = raw }

    deinit { unsafe X509_free(raw) }

    /// Where the name of a member stands.
    package static let memberPrefix = "urn:martlet:member:"

    /// The user, if it names just one that can be printed.
    package var commonName: String? { unsafe Certificate.commonName(X509_get_subject_name(raw)) }

    /// Who signed it.
    package var issuerName: String? { unsafe Certificate.commonName(X509_get_issuer_name(raw)) }

    private static func commonName(_ name: OpaquePointer?) -> String? {
        let place = unsafe X509_NAME_get_index_by_NID(name, NID_commonName, -1)
        guard place >= 0, unsafe X509_NAME_get_index_by_NID(name, NID_commonName, place) < 0
        else { return nil }
        let entry = unsafe X509_NAME_get_entry(name, place)
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = unsafe ASN1_STRING_to_UTF8(&bytes, X509_NAME_ENTRY_get_data(entry))
        defer { unsafe CRYPTO_free(bytes, "", 0) }
        guard count > 0 else { return nil }
        return unsafe printable(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }

    /// Text without control characters; a zero byte would make two names look like one.
    private static func printable(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        guard unsafe !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return nil }
        return unsafe String(validating: bytes, as: UTF8.self)
    }

    // MARK: Other names

    package enum OtherName: Equatable, Sendable {
        case dns(String)
        case ip(String)
        case uri(String)
    }

    /// The subject alternative names that can be read, in order.
    package var otherNames: [OtherName] {
        let names = unsafe OpaquePointer(
            X509_get_ext_d2i(raw, NID_subject_alt_name, nil, nil))
        guard let names = unsafe names else { return [] }
        defer { unsafe ctls_free_names(names) }
        return unsafe (0..<ctls_name_count(names)).compactMap {
            unsafe Certificate.otherName(ctls_name(names, $0))
        }
    }

    private static func otherName(_ name: UnsafeMutablePointer<GENERAL_NAME>?) -> OtherName? {
        guard let name = unsafe name, let text = unsafe ctls_name_text(name) else { return nil }
        let bytes = unsafe UnsafeBufferPointer(
            start: ASN1_STRING_get0_data(text), count: Int(ASN1_STRING_length(text)))
        switch unsafe name.pointee.type {
        case GEN_DNS: return unsafe printable(bytes).map { .dns($0) }
        case GEN_URI: return unsafe printable(bytes).map { .uri($0) }
        case GEN_IPADD: return unsafe literal(bytes).map { .ip($0) }
        default: return nil
        }
    }

    private static func literal(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        var text = [CChar](repeating: 0, count: 64)
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard unsafe inet_ntop(family, bytes.baseAddress, &text, socklen_t(text.count)) != nil
        else { return nil }
        return String(
            decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The member, if it names just one.
    package var memberName: String? {
        let names = otherNames.compactMap { name -> String? in
            guard case .uri(let text) = name, text.hasPrefix(Certificate.memberPrefix) else {
                return nil
            }
            return MemberURI.decode(text.dropFirst(Certificate.memberPrefix.count))
        }
        return names.count == 1 ? names[0] : nil
    }

    /// Whether it is for a server of this DNS name, or at this IP address.
    package func isFor(host: String) -> Bool {
        if IPAddress.isOne(host) { return unsafe X509_check_ip_asc(raw, host, 0) == 1 }
        let flags =
            UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT)
            | UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS)
        return unsafe X509_check_host(raw, host, host.utf8.count, flags, nil) == 1
    }

    /// For whom it is, for people.
    package var holder: String {
        if let member = memberName { return "member '\(member)'" }
        let names = otherNames.map { name in
            switch name {
            case .dns(let text), .ip(let text), .uri(let text): "'\(text)'"
            }
        }
        if names.isEmpty { return commonName.map { "'\($0)'" } ?? "nobody" }
        return names.prefix(4).joined(separator: ", ") + (names.count > 4 ? " …" : "")
    }

    // MARK: Facts

    /// Seconds since 1970.
    package var notBefore: Int64 { unsafe Certificate.seconds(X509_get0_notBefore(raw)) }
    package var notAfter: Int64 { unsafe Certificate.seconds(X509_get0_notAfter(raw)) }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
        let zero = unsafe ASN1_TIME_set(nil, 0)
        defer { unsafe ASN1_STRING_free(zero) }
        var days: Int32 = 0
        var rest: Int32 = 0
        unsafe ASN1_TIME_diff(&days, &rest, zero, time)
        return Int64(days) * 86_400 + Int64(rest)
    }

    /// It may sign others.
    package var isAuthority: Bool { unsafe X509_check_ca(raw) == 1 }
    package var servesClients: Bool { may(XKU_SSL_SERVER) }
    package var callsServers: Bool { may(XKU_SSL_CLIENT) }

    private func may(_ use: Int32) -> Bool {
        let uses = unsafe X509_get_extended_key_usage(raw)
        return !isAuthority && uses & UInt32(use) != 0
    }

    /// Hexadecimal.
    package var serial: String {
        let number = unsafe ASN1_INTEGER_to_BN(X509_get0_serialNumber(raw), nil)
        defer { unsafe BN_free(number) }
        guard let text = unsafe BN_bn2hex(number) else { return "" }
        defer { unsafe CRYPTO_free(text, "", 0) }
        return unsafe String(cString: text).lowercased()
    }

    /// SHA-256 of the whole, hexadecimal: two certificates with the same one are the same.
    package var fingerprint: String {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        unsafe X509_digest(raw, EVP_sha256(), &digest, &count)
        return digest[..<Int(count)].map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }
}

/// Days, as people write them: 2026-11-21, in UTC.
package enum Day {
    /// From seconds since 1970.
    package static func text(_ seconds: Int64) -> String {
        var time = time_t(seconds)
        var parts = unsafe tm()
        guard unsafe gmtime_r(&time, &parts) != nil else { return "?" }
        func pad(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (year, month, day) = unsafe (parts.tm_year, parts.tm_mon, parts.tm_mday)
        return "\(year + 1900)-\(pad(month + 1))-\(pad(day))"
    }
}

enum IPAddress {
    static func isOne(_ text: String) -> Bool {
        let octets = unsafe a2i_IPADDRESS(text)
        defer { unsafe ASN1_STRING_free(octets) }
        return unsafe octets != nil
    }
}

/// Any name as the end of a URI: what RFC 3986 does not leave unreserved stands as %XX.
enum MemberURI {
    static func encode(_ name: String) -> String {
        name.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                String(UnicodeScalar(byte))
            default:
                "%" + String(byte >> 4, radix: 16, uppercase: true)
                    + String(byte & 15, radix: 16, uppercase: true)
            }
        }.joined()
    }

    /// Nil when it is not in this form.
    static func decode(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = digit(rest.popFirst()), let low = digit(rest.popFirst()) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        guard !bytes.isEmpty, !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            return nil
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8?) -> UInt8? {
        switch byte {
        case .some(0x30...0x39): byte! - 0x30
        case .some(0x41...0x46): byte! - 0x37
        case .some(0x61...0x66): byte! - 0x57
        default: nil
        }
    }
}
