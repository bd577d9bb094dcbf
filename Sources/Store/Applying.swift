internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// What is known of the command that is being carried out, beside the command.
struct Applying {
    /// Its number, if it was taken by this member's present life.
    var command: UInt64?
    /// Who waits for it here.
    var waiter: Proposals.Waiter?
    /// Where its answer begins in `effects.bytes`.
    var start = 0
    /// It is answered later.
    var isDeferred = false
    /// The term of its entry.
    var term = Term.zero
    /// Its answer becomes part of the state: nothing that differs among members may be in it.
    var isKept = false
}
