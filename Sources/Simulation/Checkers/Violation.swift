/// A promise of the store that was seen broken.
package struct Violation: Error, Equatable {
    /// One line for people.
    package var text: String

    init(_ text: String) { self.text = text }
}
