/// The sizes of this room.
package enum Limits {
    /// The longest plain text of one record (RFC 8446, 5.1).
    package static let record = 16 * 1024
    /// Certificates in one file. More is refused: it is a bundle of a whole browser.
    package static let certificates = 64
    /// Certificates between theirs and an authority of ours.
    package static let chain = 4
    /// Bytes of a file of certificates or of a key, for those who read them.
    package static let file = 256 * 1024
    /// Bytes of a name in a certificate that we make (RFC 5280, upper bound of a common name).
    package static let name = 64
    /// Addresses in a certificate that we make.
    package static let addresses = 64
    /// The longest that a certificate that we make may be valid.
    package static let days = 36_500
    /// A buffer larger than this is not kept for the next one who reads.
    package static let spareBuffer = 512 * 1024
}
