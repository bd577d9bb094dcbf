/// Conversations that nobody else can read or change, between two who have shown who they are.
///
/// Picture two clerks who pass notes through a speaking tube that runs through a stranger's house.
/// Before the first note each holds up a passport with the seal of an authority that both trust, and
/// looks whether the name in it is the one that was called. Then they agree on a code, and whoever
/// listens at the tube hears noise. The clerks never touch the tube themselves: they turn notes into
/// noise and noise into notes, and others carry it.
///
/// - `Session` is one conversation: bytes of the network in, plain bytes out, and back. No sockets.
/// - `Context` is what all conversations of one kind share: our certificate and key, whom we trust.
///   `Keyring` holds the context of the moment, so that new files serve new connections.
/// - `Certificate`, `PrivateKey` and `Issuer` read and make passports; `Objection` and `Failure`
///   say for people why one was not accepted.
///
/// Who is who:
/// - A **server** (and a member at its clients' door) is checked against the address that was
///   dialled: a DNS name or an IP address in its subject alternative names, never its common name.
/// - A **member** has the URI `urn:martlet:member:NAME` in its alternative names. Members that dial
///   one another ask for that name and not for the address, which may change. There is no cluster in
///   it: a cluster is whoever holds a certificate of its members' authority.
/// - A **client** is the user that its common name says. The common name of a member's certificate
///   is `member:NAME`, which no user can be called.
///
/// Invariants:
/// - TLS 1.3 and ALPN `martlet/1`, nothing older and nothing else. There is no renegotiation.
/// - No session tickets: connections live for days, a full handshake costs under 0.5 ms, and every
///   connection is held to the certificates of the moment.
/// - A whole turn's output is sealed at once, in records of up to 16 KiB; it is copied once.
/// - A connection that ends without a farewell loses nothing silently: frames carry their length.
///
/// Imports: `CTLS` (nobody else does), `Units`, the C library for addresses as text. Never: sockets,
/// files, what a byte means.
package enum ALPN {
    /// As it goes over the wire: its length, then the name.
    static let wire: [UInt8] = [9] + Array(name.utf8)
    package static let name = "martlet/1"
}
