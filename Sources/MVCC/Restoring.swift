/// What an operator does to a state that begins a new life.
extension MVCC {
    /// Every lease lives its whole time from now on.
    package mutating func renewLeases() {
        for lease in leases {
            do throws(Failure) {
                try keepAlive(lease)
            } catch {
                preconditionFailure("a lease that is there can be kept alive: \(error)")
            }
        }
    }

    /// Goes on `count` revisions further on, and forgets everything before: whoever saw more of the
    /// old life than the state holds is told that it was compacted, and never sees a revision twice.
    package mutating func skipRevisions(_ count: Int64) {
        precondition(
            count > 0 && count <= Limits.skippedRevisions, "no revisions can be skipped so")
        meta.revision = Revision(rawValue: meta.revision.rawValue + count)
        meta.compacted = meta.revision
        meta.digest.absorb(compacted: meta.revision)
    }
}
