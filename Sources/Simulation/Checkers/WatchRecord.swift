import Units
import Wire

/// What one watch was told, held against what happened.
struct WatchRecord: Equatable {
    let request: WatchRequest
    private let range: Interval
    /// The next revision that it is to be told of; 0 until the first answer says.
    private(set) var next: Int64
    /// Events of that revision that were told already.
    fileprivate(set) var skip = 0
    private(set) var told = 0
    private(set) var fragments = 0

    init(_ request: WatchRequest) {
        self.request = request
        range = Interval(request.key, request.rangeEnd)
        next = request.startRevision
    }

    /// To go on elsewhere: what was seen in part is told again.
    var resumption: WatchRequest {
        var request = request
        request.startRevision = next
        return request
    }

    mutating func receive(_ answer: WatchResponse, _ model: Model) throws(Violation) {
        let revision = answer.header?.revision ?? 0
        if answer.created {
            guard answer.events.isEmpty else { throw Violation("a watch begins with events") }
            if next == 0 { next = revision + 1 }
            return
        }
        guard next > 0 else { throw Violation("a watch does not begin with `created`") }
        guard revision <= model.revision else {
            throw Violation("a watch is told of revision \(revision), which was never made")
        }
        guard !answer.events.isEmpty else { return try progress(to: revision, model) }
        for event in answer.events { try receive(event, model) }
        try close(answer.fragment, model)
    }

    /// All that there was to tell up to `revision` was told.
    func checkComplete(through revision: Int64, _ model: Model) throws(Violation) {
        guard next > 0, next <= revision else { return }
        if let missed = firstDue(through: revision, model) {
            throw Violation("a watch was never told of revision \(missed)")
        }
    }

    /// Places in the model's events of one revision that this watch is to be told of.
    private func due(at revision: Int64, _ model: Model) -> [Wire::Event] {
        model.events(at: revision).filter { event in
            range.contains(event.kv?.key ?? [])
                && (event.type == .put ? !request.noPut : !request.noDelete)
        }
    }

    private func firstDue(through revision: Int64, _ model: Model) -> Int64? {
        var at = next
        while at <= revision {
            if due(at: at, model).count > (at == next ? skip : 0) { return at }
            at += 1
        }
        return nil
    }

    private mutating func progress(
        to revision: Int64, _ model: Model
    ) throws(Violation) {
        if let missed = firstDue(through: revision, model) {
            throw Violation(
                "a watch is told that all up to \(revision) was sent, but not revision \(missed)")
        }
        if revision >= next { (next, skip) = (revision + 1, 0) }
    }

    private mutating func receive(
        _ event: Wire::Event, _ model: Model
    ) throws(Violation) {
        let revision = event.kv?.modRevision ?? 0
        if let missed = firstDue(through: revision - 1, model) {
            throw Violation("a watch skips revision \(missed) and is told of \(revision)")
        }
        guard revision >= next else {
            throw Violation("a watch is told of revision \(revision) again; \(next) is next")
        }
        if revision > next { (next, skip) = (revision, 0) }
        let due = due(at: revision, model)
        guard skip < due.count, matches(event, due[skip], model) else {
            throw Violation(
                "a watch is told \(event) at place \(skip) of revision \(revision), where "
                    + "\(skip < due.count ? "\(due[skip])" : "nothing") is due")
        }
        skip += 1
        told += 1
    }

    private func matches(
        _ event: Wire::Event, _ due: Wire::Event, _ model: Model
    ) -> Bool {
        guard event.type == due.type, event.kv == due.kv else { return false }
        guard request.previous else { return event.previous == nil }
        if event.previous == due.previous { return true }
        // What was before the compacted revision is forgotten.
        return event.previous == nil && (event.kv?.modRevision ?? 0) <= model.compacted
    }

    /// An answer ends with a whole revision, unless it says otherwise.
    private mutating func close(
        _ isFragment: Bool, _ model: Model
    ) throws(Violation) {
        let left = due(at: next, model).count - skip
        if isFragment {
            fragments += 1
            guard left > 0 else { throw Violation("a watch marks a whole revision as a fragment") }
            return
        }
        guard left == 0 else {
            throw Violation("a watch is told only a part of revision \(next), without saying so")
        }
        (next, skip) = (next + 1, 0)
    }
}

extension WatchRecord {
    /// The connection broke in the middle of a revision.
    mutating func forgetPart() { skip = 0 }
}
