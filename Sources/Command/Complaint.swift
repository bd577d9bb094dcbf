/// What goes to standard error when a command does not do what it was asked.
package struct Complaint: Error, Equatable {
    package enum Kind: Equatable, Sendable {
        /// It was right to ask, but it did not work: exit code 1.
        case failed
        /// It was not asked rightly: exit code 2.
        case misused
        /// All was said already, or nobody listens any more: exit code 1 and no words.
        case silent
    }
    package var kind: Kind
    package var message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package static func failed(_ message: String) -> Complaint { Complaint(.failed, message) }
    package static func misused(_ message: String) -> Complaint { Complaint(.misused, message) }

    package var exitCode: Int32 { kind == .misused ? 2 : 1 }
}
