/// Sizes of the room. A verifier that names other costs is none.
enum Limits {
    static let salt = 16
    static let hash = 32
    /// log2 of the highest N.
    static let logN: UInt8 = 20
    /// The highest r and p.
    static let factor: UInt8 = 32
    /// Bytes of memory that deriving may take; more is refused by scrypt itself.
    static let memory: UInt64 = 256 << 20
}
