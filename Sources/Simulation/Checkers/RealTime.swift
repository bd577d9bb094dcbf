import Units

/// Linearizability, given an order: in the order in which operations took effect, none may stand
/// before another that had ended before it began.
///
/// Writes tell their place themselves (their revision, or their index in the log), so that no search is
/// needed: one pass over the sorted operations decides, in O(n log n).
enum RealTime {
    struct Span: Equatable {
        var id: Int
        var invoked: Moment
        /// Nil when the caller never learnt that it ended.
        var completed: Moment?
        /// The place in the order. Operations of one rank may stand in any order among themselves.
        var rank: UInt64
    }

    /// Two operations of which the first stands before the second, but began only after the second had
    /// ended.
    static func disorder(in spans: [Span]) -> (first: Span, second: Span)? {
        let spans = spans.sorted { ($0.rank, $0.id) < ($1.rank, $1.id) }
        var latest: Span?
        var start = 0
        while start < spans.count {
            var end = start
            while end < spans.count, spans[end].rank == spans[start].rank { end += 1 }
            let group = spans[start..<end]
            for span in group {
                if let latest, let completed = span.completed, completed < latest.invoked {
                    return (latest, span)
                }
            }
            for span in group where latest.map({ $0.invoked < span.invoked }) ?? true {
                latest = span
            }
            start = end
        }
        return nil
    }
}
