internal import CTLS

/// The three calls of libcrypto that are needed here.
enum Crypto {
    static func random(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let status = unsafe bytes.withUnsafeMutableBufferPointer {
            unsafe RAND_bytes($0.baseAddress, Int32(count))
        }
        return status == 1 ? bytes : nil
    }

    static func derive(_ password: [UInt8], _ salt: [UInt8], _ cost: Verifier.Cost) -> [UInt8]? {
        var hash = [UInt8](repeating: 0, count: Limits.hash)
        let status = unsafe password.withUnsafeBytes { password in
            unsafe hash.withUnsafeMutableBufferPointer { hash in
                unsafe EVP_PBE_scrypt(
                    password.baseAddress?.assumingMemoryBound(to: CChar.self), password.count,
                    salt, salt.count, 1 << UInt64(cost.logN), UInt64(cost.r), UInt64(cost.p),
                    Limits.memory, hash.baseAddress, hash.count)
            }
        }
        return status == 1 ? hash : nil
    }

    /// In a time that does not tell where they differ.
    static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return unsafe CRYPTO_memcmp(left, right, left.count) == 0
    }
}
