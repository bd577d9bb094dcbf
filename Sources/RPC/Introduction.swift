package import Wire

/// The first call of a connection, which says who is calling: all others wait for its answer.
package struct Introduction: Equatable, Sendable {
    package var method: Method
    package var body: [UInt8]

    package init(_ method: Method, _ body: [UInt8]) {
        self.method = method
        self.body = body
    }
}
