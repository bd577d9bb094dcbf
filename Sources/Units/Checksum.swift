internal import CChecksum

/// CRC-32C (Castagnoli; RFC 3720 appendix B.4).
package enum CRC32C {
    /// The checksum of `bytes`, going on from `seed`: the checksum of what came before, or 0.
    package static func of(_ bytes: Swift.Span<UInt8>, seed: UInt32 = 0) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe martlet_crc32c(seed, $0.baseAddress, $0.count) }
    }

    package static func of(_ bytes: [UInt8], seed: UInt32 = 0) -> UInt32 {
        of(bytes.span, seed: seed)
    }
}

/// A 64-bit hash that is the same on every machine and in every run. Not for adversaries.
package enum Hash64 {
    package static func of(_ bytes: Swift.Span<UInt8>, seed: UInt64 = 0) -> UInt64 {
        unsafe bytes.withUnsafeBytes { unsafe martlet_hash64(seed, $0.baseAddress, $0.count) }
    }

    package static func of(_ bytes: [UInt8], seed: UInt64 = 0) -> UInt64 {
        of(bytes.span, seed: seed)
    }
}
