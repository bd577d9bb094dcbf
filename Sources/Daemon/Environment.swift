internal import Glibc

/// The variables that a program was started with.
package struct Environment: Equatable, Sendable {
    private var values: [String: String]

    package init(_ values: [String: String]) {
        self.values = values
    }

    /// This process's own, of which only the named variables are looked at.
    package static func own(_ names: [String]) -> Environment {
        var values: [String: String] = [:]
        for name in names {
            if let value = unsafe getenv(name) { values[name] = unsafe String(cString: value) }
        }
        return Environment(values)
    }

    package subscript(name: String) -> String? { values[name] }
}
