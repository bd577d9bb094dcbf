/// One line of the replicated log.
package struct Entry: Equatable, Sendable {
    package enum Body: Equatable, Sendable {
        /// The first entry of each leader (section 3.6.2 of the dissertation).
        case empty
        /// What the state machine eats; nothing to Raft.
        case commands([UInt8])
        /// In force as soon as it is in the log.
        case membership(Membership)
    }

    package var term: Term
    package var index: LogIndex
    package var body: Body

    package init(term: Term, index: LogIndex, body: Body) {
        self.term = term
        self.index = index
        self.body = body
    }

    /// What it weighs in windows and limits.
    package var size: Int {
        switch body {
        case .empty: Limits.entryOverhead
        case .commands(let payload): Limits.entryOverhead + payload.count
        case .membership(let membership): Limits.entryOverhead + membership.size
        }
    }
}

/// What must survive a crash besides the log: never two votes in one term, never a term twice.
package struct HardState: Equatable, Sendable {
    package var term: Term
    package var vote: MemberID?

    package init(term: Term, vote: MemberID?) {
        self.term = term
        self.vote = vote
    }
}

/// Where a saved state stands: it holds the effect of every entry up to `index`.
package struct SnapshotMark: Equatable, Sendable {
    package var index: LogIndex
    package var term: Term
    /// In force at `index`.
    package var membership: Membership

    package init(index: LogIndex, term: Term, membership: Membership) {
        self.index = index
        self.term = term
        self.membership = membership
    }
}
