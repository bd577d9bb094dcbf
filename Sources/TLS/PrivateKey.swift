internal import CTLS
package import Units

/// A key that proves that a certificate is ours.
@safe package final class PrivateKey {
    let raw: OpaquePointer

    init(owning raw: OpaquePointer) { unsafe self.raw = raw }

    deinit { unsafe EVP_PKEY_free(raw) }

    /// A new one on P-256: every TLS library takes it, and it is quick to check.
    package static func make() -> PrivateKey {
        guard let raw = unsafe ctls_make_p256() else {
            preconditionFailure("the library makes no keys")
        }
        return unsafe PrivateKey(owning: raw)
    }

    /// Reads PEM without a password.
    package convenience init(pem: Bytes) throws(PaperFault) {
        let memory = Memory(reading: pem)
        let found = unsafe PEM_read_bio_PrivateKey(
            memory.raw, nil,
            { _, _, _, asked in
                // Nobody is there to be asked.
                unsafe asked!.assumingMemoryBound(to: Bool.self).pointee = true
                return -1
            }, memory.asked)
        ERR_clear_error()
        guard let found = unsafe found else { throw memory.wasAsked ? .lockedKey : .noKey }
        unsafe self.init(owning: found)
    }

    /// PKCS 8, without a password.
    package var pem: [UInt8] {
        let memory = Memory()
        unsafe PEM_write_bio_PKCS8PrivateKey(memory.raw, raw, nil, nil, 0, nil, nil)
        return memory.content
    }
}

/// Bytes that OpenSSL reads or writes as if they were a file.
@safe final class Memory {
    let raw: OpaquePointer
    let asked: UnsafeMutablePointer<Bool>

    init() {
        unsafe raw = BIO_new(BIO_s_mem())!
        unsafe asked = .allocate(capacity: 1)
        unsafe asked.initialize(to: false)
    }

    convenience init(reading bytes: Bytes) {
        self.init()
        unsafe bytes.withUnsafeBytes {
            _ = unsafe BIO_write(raw, $0.baseAddress, Int32(clamping: $0.count))
        }
    }

    deinit {
        unsafe BIO_free(raw)
        unsafe asked.deallocate()
    }

    /// A password was asked for.
    var wasAsked: Bool { unsafe asked.pointee }

    var content: [UInt8] {
        var bytes: UnsafeMutablePointer<CChar>?
        let count = unsafe ctls_memory(raw, &bytes)
        return unsafe Array(UnsafeRawBufferPointer(start: bytes, count: count))
    }
}
