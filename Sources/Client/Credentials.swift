internal import RPC
internal import Wire

/// A user's name and password, said anew on every connection.
package struct Credentials: Equatable, Sendable {
    package var user: String
    package var password: String

    package init(user: String, password: String) {
        self.user = user
        self.password = password
    }

    var introduction: Introduction {
        Introduction(.authenticate, AuthenticateRequest(user: user, password: password).encoded)
    }
}
