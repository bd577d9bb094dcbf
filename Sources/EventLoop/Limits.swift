package import Units

/// The sizes of this room.
package enum Limits {
    /// One read takes at most this much. The buffer is the loop's, shared by all its streams.
    package static let input = 256 * 1024
    /// A partial frame up to this size waits in a block of its own size and is copied in front of
    /// the next read; a longer one grows in place.
    package static let copiedLeftover = 64 * 1024
    /// A stream whose owner leaves more than this unread fails: nobody frames that much.
    package static let leftover = 4 * 1024 * 1024
    /// What the kernel did not take at once is handed over in blocks of this size.
    package static let outputBlock = 256 * 1024
    /// Output buffers that are kept between turns, and the largest that is worth keeping.
    package static let spareBuffers = 256
    package static let spareBufferSize = 64 * 1024
    /// Connections that wait to be accepted.
    package static let backlog: Int32 = 1024
    /// Bytes of a unix socket's path (`sockaddr_un` holds one more, the closing zero).
    package static let unixPath = 107
    /// Bytes of a host name.
    package static let hostName = 253
    /// Addresses of one name that are tried.
    package static let addressesPerName = 8
    /// How long one address gets to answer a connect.
    package static let connect = Instant.Span.seconds(5)
    /// How long, and for how much, a finished stream goes on reading, so that its last words are
    /// not lost to a reset.
    package static let linger = Instant.Span.seconds(1)
    package static let lingerBytes = 4 * 1024 * 1024
    /// Jobs that may wait in one worker's queue; more is a bug of the owner.
    package static let workerQueue = 65_536
}
