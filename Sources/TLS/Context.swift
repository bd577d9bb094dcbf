internal import CTLS

/// What all conversations of one kind share: our papers and those whom we trust.
@safe package final class Context {
    let raw: OpaquePointer
    package let papers: Papers?
    package let authorities: [Certificate]
    let wantsClientCertificate: Bool

    /// - Parameters:
    ///   - papers: ours; a client may have none, if its server lets it.
    ///   - authorities: who may vouch for the other side; at least one.
    ///   - wantsClientCertificate: as a server, whether clients without one are refused. One that
    ///     is given is checked in any case.
    package init(
        papers: Papers?, authorities: [Certificate], wantsClientCertificate: Bool = true
    ) throws(PaperFault) {
        guard !authorities.isEmpty else { throw .noCertificate }
        unsafe raw = SSL_CTX_new(TLS_method())!
        self.papers = papers
        self.authorities = authorities
        self.wantsClientCertificate = wantsClientCertificate
        setRules()
        try trust()
        if let papers { try use(papers) }
    }

    deinit { unsafe SSL_CTX_free(raw) }

    private func setRules() {
        unsafe ctls_only_1_3(raw)
        // AES-128 is the quickest of the three, and as good here.
        unsafe SSL_CTX_set_ciphersuites(
            raw,
            "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256")
        unsafe ctls_set_groups(raw, "X25519:P-256")
        unsafe SSL_CTX_set_num_tickets(raw, 0)
        // No tickets; and 10,000 idle connections should not hold 34 KiB each.
        unsafe ctls_set_options(raw)
        unsafe SSL_CTX_set_verify_depth(raw, Int32(Limits.chain))
        unsafe SSL_CTX_set_alpn_protos(raw, ALPN.wire, UInt32(ALPN.wire.count))
        unsafe SSL_CTX_set_alpn_select_cb(raw, Context.choose, nil)
    }

    /// The server's choice of a protocol: ours, or none.
    private static let choose:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
            UnsafeMutablePointer<UInt8>?, UnsafePointer<UInt8>?, UInt32, UnsafeMutableRawPointer?
        ) -> Int32 = { _, chosen, count, offered, length, _ in
            var place = 0
            while place < Int(length) {
                let size = Int(unsafe offered![place])
                guard place + 1 + size <= Int(length) else { break }
                let name = unsafe UnsafeBufferPointer(start: offered! + place + 1, count: size)
                if unsafe name.elementsEqual(ALPN.name.utf8) {
                    unsafe chosen!.pointee = name.baseAddress
                    unsafe count!.pointee = UInt8(size)
                    return SSL_TLSEXT_ERR_OK
                }
                place += 1 + size
            }
            return SSL_TLSEXT_ERR_ALERT_FATAL
        }

    private func trust() throws(PaperFault) {
        let store = unsafe SSL_CTX_get_cert_store(raw)
        for (place, authority) in authorities.enumerated() {
            guard unsafe X509_STORE_add_cert(store, authority.raw) == 1 else {
                ERR_clear_error()
                throw .badCertificate(number: place + 1)
            }
        }
    }

    private func use(_ papers: Papers) throws(PaperFault) {
        guard unsafe SSL_CTX_use_certificate(raw, papers.certificate.raw) == 1,
            unsafe SSL_CTX_use_PrivateKey(raw, papers.key.raw) == 1
        else { throw .unfit(Library.lastWords()) }
        for certificate in papers.chain.dropFirst() {
            guard unsafe ctls_add_chain(raw, certificate.raw) == 1 else {
                throw .unfit(Library.lastWords())
            }
        }
    }
}

/// Holds the context of the moment for those who make connections: what is put in later serves the
/// connections that are made later.
package final class Keyring {
    package var context: Context
    /// A buffer for whoever reads next.
    private var spare: [UInt8] = []

    package init(_ context: Context) { self.context = context }

    package func takeBuffer() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &spare)
        return taken
    }

    package func giveBack(_ buffer: consuming [UInt8]) {
        guard buffer.capacity <= Limits.spareBuffer, buffer.capacity > spare.capacity else {
            return
        }
        buffer.removeAll(keepingCapacity: true)
        spare = buffer
    }
}

/// What the library says.
enum Library {
    /// The reason of the last error, in its words; forgets all errors.
    static func lastWords() -> String {
        defer { ERR_clear_error() }
        guard let words = unsafe ERR_reason_error_string(ERR_peek_last_error()) else {
            return "for no known reason"
        }
        return unsafe String(cString: words)
    }
}
