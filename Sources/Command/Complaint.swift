/// What goes to standard error when a command does not do what it was asked.
package struct Complaint: Error, Equatable {
    package enum Kind: Equatable, Sendable {
        /// It was right to ask, but it did not work: exit code 1.
        case failed
        /// It was not asked rightly: exit code 2.
        case misused
        /// All was said already, or nobody listens any more: exit code 1 and no words.
        case silent
        /// A command that was run for us ended like this: its exit code, and no words.
        case ended(Int32)
    }
    package var kind: Kind
    package var message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package static func failed(_ message: String) -> Complaint { Complaint(.failed, message) }
    package static func misused(_ message: String) -> Complaint { Complaint(.misused, message) }

    package var exitCode: Int32 {
        switch kind {
        case .failed, .silent: 1
        case .misused: 2
        case .ended(let code): code
        }
    }

    /// There is something to be said.
    package var isSpoken: Bool { kind == .failed || kind == .misused }
}
