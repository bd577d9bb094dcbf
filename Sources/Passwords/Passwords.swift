/// What may be kept of a password, so that it can be checked and not be found out.
///
/// Picture a lock that takes a tenth of a second to turn, for the owner and for the thief alike, and a
/// different lock for every door: the owner does not mind, and the thief who carried all doors away
/// has to try his keys on each, one by one. That is scrypt (RFC 7914) with a salt of its own for
/// every password; what is kept (the `Verifier`) names its cost, so that the cost can rise later.
///
/// Imports: `CTLS`. Never: the loop's thread (deriving blocks on purpose), files, the network.

/// What is kept of one password.
///
/// Layout, 52 bytes: version 1, log2 of N, r, p, then 16 bytes of salt and 32 of hash.
package struct Verifier: Equatable, Sendable {
    /// How much work one guess is.
    package struct Cost: Equatable, Sendable {
        /// N is 2 to this power; 128 · r · N bytes of memory are needed.
        package var logN: UInt8
        package var r: UInt8
        package var p: UInt8

        /// 32 MiB, about a tenth of a second.
        package static let usual = Cost(logN: 15, r: 8, p: 1)

        package init(logN: UInt8, r: UInt8, p: UInt8) {
            self.logN = logN
            self.r = r
            self.p = p
        }

        var isPossible: Bool {
            (1...Limits.logN).contains(logN) && (1...Limits.factor).contains(r)
                && (1...Limits.factor).contains(p)
        }
    }

    private static let version: UInt8 = 1

    package var cost: Cost
    package var salt: [UInt8]
    package var hash: [UInt8]

    /// Of a new password; nil when there is no memory or no randomness for it.
    package init?(password: [UInt8], cost: Cost = .usual) {
        guard let salt = Crypto.random(Limits.salt),
            let hash = Crypto.derive(password, salt, cost)
        else { return nil }
        self.cost = cost
        self.salt = salt
        self.hash = hash
    }

    /// As it was kept; nil when the bytes are no verifier.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 4 + Limits.salt + Limits.hash, bytes[0] == Verifier.version else {
            return nil
        }
        cost = Cost(logN: bytes[1], r: bytes[2], p: bytes[3])
        guard cost.isPossible else { return nil }
        salt = Array(bytes[4..<(4 + Limits.salt)])
        hash = Array(bytes[(4 + Limits.salt)...])
    }

    package var bytes: [UInt8] { [Verifier.version, cost.logN, cost.r, cost.p] + salt + hash }

    package func matches(_ password: [UInt8]) -> Bool {
        guard let derived = Crypto.derive(password, salt, cost) else { return false }
        return Crypto.equal(derived, hash)
    }

    /// Whether the password is the one of the verifier in `kept`. What is no verifier matches
    /// nothing, after as much work as one of the usual cost is.
    package static func check(_ password: [UInt8], against kept: [UInt8]) -> Bool {
        if let verifier = Verifier(kept) { return verifier.matches(password) }
        _ = Crypto.derive(password, [UInt8](repeating: 0, count: Limits.salt), .usual)
        return false
    }
}
