internal import CTLS
package import Units

/// One conversation, without the way that its bytes take.
///
/// Bytes of the network go in by `receive`, plain bytes by `send`; what comes out is appended to
/// what the owner hands in.
@safe package struct Session: ~Copyable {
    package enum State: Equatable, Sendable {
        /// → `open` when both have shown who they are, → `failed`.
        case handshaking
        /// → `closed`, → `failed`.
        case open
        /// They said farewell.
        case closed
        case failed(Failure)
    }

    package private(set) var state = State.handshaking
    private let raw: OpaquePointer
    private let conduit = Conduit()
    private let verifier: Verifier
    private let context: Context
    private var isNew = true
    private var hasParted = false
    private var isProven = false

    /// The side that connects: its first words are appended to `out`.
    package init(calling expectation: Expectation, _ context: Context, _ out: inout [UInt8]) {
        self.init(context, expectation)
        unsafe SSL_set_connect_state(raw)
        unsafe SSL_set_verify(raw, SSL_VERIFY_PEER, Verifier.callback)
        if case .host(let host) = expectation, !IPAddress.isOne(host) {
            unsafe ctls_set_server_name(raw, host)
        }
        unsafe advance(UnsafeRawBufferPointer(start: nil, count: 0), &out)
    }

    /// The side that is connected to.
    package init(answering expectation: Expectation, _ context: Context) {
        self.init(context, expectation)
        unsafe SSL_set_accept_state(raw)
        let mode =
            context.wantsClientCertificate
            ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_PEER
        unsafe SSL_set_verify(raw, mode, Verifier.callback)
    }

    private init(_ context: Context, _ expectation: Expectation) {
        self.context = context
        verifier = Verifier(expectation)
        unsafe raw = SSL_new(context.raw)!
        let bio = unsafe conduit.makeBIO()
        unsafe SSL_set_bio(raw, bio, bio)
        unsafe SSL_set_ex_data(raw, 0, Unmanaged.passUnretained(verifier).toOpaque())
    }

    deinit { unsafe SSL_free(raw) }

    /// Who is there, once it was `open`; nil for a client that may go without.
    package var peer: Certificate? {
        guard isProven, let raw = unsafe SSL_get1_peer_certificate(raw) else { return nil }
        return unsafe Certificate(owning: raw)
    }

    /// Takes all of `bytes`, which came from the network. What they say is appended to `plain`, what
    /// has to leave in return to `out`.
    package mutating func receive(
        _ bytes: Bytes, plain: inout [UInt8], out: inout [UInt8]
    ) {
        guard !bytes.isEmpty, recognises(bytes) else { return }
        unsafe bytes.withUnsafeBytes { bytes in
            if state == .handshaking {
                unsafe conduit.with(bytes, &out) { handshakeThenRead(&plain) }
            } else {
                unsafe conduit.with(bytes, &out) { read(&plain) }
            }
        }
    }

    /// Seals `plain` for the network. Only when `open`.
    package mutating func send(_ plain: Bytes, out: inout [UInt8]) {
        guard state == .open, !hasParted, !plain.isEmpty else { return }
        unsafe plain.withUnsafeBytes { plain in
            unsafe conduit.with(UnsafeRawBufferPointer(start: nil, count: 0), &out) {
                var written = 0
                ERR_clear_error()
                let status = unsafe SSL_write_ex(raw, plain.baseAddress, plain.count, &written)
                if status != 1 { fail(unsafe SSL_get_error(raw, status)) }
            }
        }
    }

    /// Says farewell, once. Nothing can be sent after it.
    package mutating func part(_ out: inout [UInt8]) {
        guard state == .open || state == .closed, !hasParted else { return }
        hasParted = true
        unsafe conduit.with(UnsafeRawBufferPointer(start: nil, count: 0), &out) {
            ERR_clear_error()
            unsafe SSL_shutdown(raw)
        }
    }

    // MARK: Steps

    /// Whether what came first can be TLS: a handshake, or an alert of one who cannot.
    private mutating func recognises(_ bytes: Bytes) -> Bool {
        guard state == .handshaking || state == .open else { return false }
        guard isNew else { return true }
        isNew = false
        let first = bytes[0]
        let second = bytes.count > 1 ? bytes[1] : nil
        if first == 0x16 || first == 0x15, second == nil || second == 3 { return true }
        let isMartlet = first == 0x4D && (second == nil || second == 1)
        state = .failed(isMartlet ? .plainMartlet : .notTLS)
        return false
    }

    private mutating func advance(_ bytes: UnsafeRawBufferPointer, _ out: inout [UInt8]) {
        unsafe conduit.with(bytes, &out) { handshake() }
    }

    private mutating func handshakeThenRead(_ plain: inout [UInt8]) {
        handshake()
        if state == .open { read(&plain) }
    }

    private mutating func handshake() {
        ERR_clear_error()
        let status = unsafe SSL_do_handshake(raw)
        guard status == 1 else { return fail(unsafe SSL_get_error(raw, status)) }
        var name: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        unsafe SSL_get0_alpn_selected(raw, &name, &count)
        guard count == ALPN.name.utf8.count else {
            state = .failed(
                .noCommonGround(
                    "the other side speaks TLS, but not '\(ALPN.name)'; is the address right?"))
            return
        }
        state = .open
        isProven = true
    }

    /// A record at a time, until nothing whole is left.
    private mutating func read(_ plain: inout [UInt8]) {
        while state == .open, hasMore {
            var status: Int32 = 0
            ERR_clear_error()
            plain.append(addingCapacity: Limits.record) { span in
                unsafe span.withUnsafeMutableBufferPointer { buffer, initialized in
                    var count = 0
                    unsafe status = SSL_read_ex(
                        raw, buffer.baseAddress! + initialized, buffer.count - initialized,
                        &count)
                    initialized += count
                }
            }
            guard status != 1 else { continue }
            let error = unsafe SSL_get_error(raw, status)
            if error == SSL_ERROR_WANT_READ { return }
            return fail(error)
        }
    }

    private var hasMore: Bool {
        let pending = unsafe SSL_pending(raw)
        return conduit.hasInput || pending > 0
    }

    private mutating func fail(_ error: Int32) {
        switch error {
        case SSL_ERROR_WANT_READ: break
        case SSL_ERROR_ZERO_RETURN: state = .closed
        default: state = .failed(failure())
        }
    }

    /// What the library's error means.
    private func failure() -> Failure {
        let reason = ctls_reason(ERR_peek_error())
        defer { ERR_clear_error() }
        switch reason {
        case SSL_R_CERTIFICATE_VERIFY_FAILED:
            return .refused(verifier.objection ?? .other("it cannot be verified"))
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return .refused(.missing)
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_NO_SHARED_CIPHER, SSL_R_WRONG_SSL_VERSION:
            return .noCommonGround("the other side does not speak TLS 1.3; upgrade it")
        case SSL_R_NO_APPLICATION_PROTOCOL:
            return .noCommonGround(
                "the other side speaks TLS, but not '\(ALPN.name)'; is the address right?")
        case SSL_AD_REASON_OFFSET...(SSL_AD_REASON_OFFSET + 255):
            return .refusedByThem(Alert(number: UInt8(reason - SSL_AD_REASON_OFFSET)))
        default: return .broken(Library.lastWords())
        }
    }
}
