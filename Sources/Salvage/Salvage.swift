/// What is done to data while no member runs on them.
///
/// Picture the workshop behind an archive, where books are brought that were in the water. Nobody
/// reads there for pleasure: a book is checked leaf by leaf (`Checkup`), a lost one is bound anew
/// from its copies and the pages written since (`Restoration`), and when all but one of a set are
/// gone, that one gets a new cover and begins a set of its own.
///
/// - Checking changes nothing, not even a lock file.
/// - What is made is made beside what is there, in a directory of its own that gets its name when it
///   is whole and durable. Nothing is ever overwritten: what a forced new cluster replaces is moved
///   aside and kept.
/// - The log is carried out by `Store`, as a member would: the same code, the same state.
/// - A cluster that is made here has an id that no other has, so that its members never talk to
///   those of the old one; members made from the same backups in the same way have the same.
///
/// Imports: Archive, Journal, MVCC, Raft, Store, Disk, Units. Never: sockets, the event loop, words
/// for terminals other than reasons.
package enum Salvage {
    /// Why a deed was not done. Nothing was changed.
    package struct Failure: Error, Equatable, CustomStringConvertible {
        /// For people: what failed, on what, why, and what to do.
        package var description: String

        package init(_ description: String) { self.description = description }
    }
}
