/// The log as others may see it.
extension Raft {
    /// The term of the entry at `index`, if the log still knows: one before its first entry may be.
    package func logTerm(at index: LogIndex) -> Term? { log.term(at: index) }

    /// The entries after `index` up to `last`; nil when the log does not reach back so far, or not
    /// as far as `last`.
    package func logEntries(after index: LogIndex, through last: LogIndex) -> [Entry]? {
        guard index >= log.base, index <= last, last <= log.lastIndex else { return nil }
        return log.entries(after: index, through: last)
    }
}
