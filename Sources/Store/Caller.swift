/// Who is at the other end of a connection, as far as the connection itself tells.
package enum Caller: Equatable, Sendable {
    case anonymous
    /// A process of this machine, with this uid.
    case unix(uid: UInt32)
    /// The common name of a certificate that was checked.
    case certificate(name: String)
}
