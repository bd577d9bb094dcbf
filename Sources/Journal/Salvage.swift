internal import Units

extension Journal {
    /// What can be made of a damaged log.
    ///
    /// Picture a minute book that lost a page. If everything on and before that page was copied into
    /// the annals long ago, the book is as good as whole: its front is torn off. If not, the pages
    /// before it are copied into a new book, in which the missing ones are to be dictated anew by
    /// others; and until that is done the damaged book is kept as it is, for as long as it lies there
    /// it tells whoever opens the drawer that something is missing.
    package enum Salvage: Equatable, Sendable {
        /// The damage lies in what the checkpoint holds. `drops` takes those segments away.
        case whole(Journal, [Record], drops: [Write])
        /// Entries may be missing. `writes` begin a new log with what is left, beside the damaged
        /// one; when all that may be missing is there again, `abandon` takes the damaged one away.
        case part(Journal, [Record], writes: [Write])
    }

    /// Looks through a log that `recover` called damaged. The parameters are those of `recover`.
    ///
    /// - Parameter covered: a durable checkpoint holds everything up to this index.
    package static func salvage<Failure: Error>(
        identity: Identity, segmentBytes: Int = Limits.segmentBytes, segments: [UInt64],
        knownDurable: UInt64, covered: UInt64,
        load: (_ segment: UInt64) throws(Failure) -> [UInt8]
    ) throws(Failure) -> Salvage {
        let numbers = segments.sorted()
        var reading = Reading(Journal(identity: identity, segmentBytes: segmentBytes), after: 0)
        var damaged = numbers.count
        for (place, number) in numbers.enumerated() {
            let bytes = try load(number)
            let isNewest = place == numbers.count - 1
            if reading.read(bytes.span, of: number, isNewest: isNewest) != nil {
                damaged = place
                break
            }
        }
        for place in numbers.indices.dropFirst(damaged) {
            let rest = try recover(
                identity: identity, segmentBytes: segmentBytes, segments: Array(numbers[place...]),
                knownDurable: knownDurable, load: load)
            guard case .ready(let journal, let records, _) = rest,
                reading.isContinued(by: journal, covered: covered)
            else { continue }
            let drops = numbers[..<place].map { Write.drop(segment: $0) }
            return .whole(journal, records, drops: drops)
        }
        return reading.rebuilt(
            beside: numbers, knownDurable: knownDurable, covered: covered)
    }

    /// The damaged log that lies beside this one is needed no more.
    package mutating func abandon(into writes: inout [Write]) {
        writes += abandoned.map { .drop(segment: $0) }
        abandoned.removeAll()
    }
}

extension Reading {
    /// Whether a log that begins in a later segment has all that the checkpoint has not. One that
    /// was begun anew beside a damaged one has not: its groups are numbered far ahead.
    func isContinued(by later: Journal, covered: UInt64) -> Bool {
        guard let first = later.live.first else { return false }
        return later.firstIndex <= covered + 1 && first.sequence >= journal.lastGroup
            && first.sequence - journal.lastGroup < Journal.Limits.leap
    }

    /// A new log with the records that were read so far, if they reach to the checkpoint.
    func rebuilt(
        beside numbers: [UInt64], knownDurable: UInt64, covered: UInt64
    ) -> Journal.Salvage {
        let reaches = (records.last?.index ?? 0) >= covered
        let kept = reaches && (records.first?.index ?? .max) <= covered + 1 ? records : []
        var fresh = Journal(identity: journal.identity, segmentBytes: journal.segmentBytes)
        fresh.nextSegment = (numbers.last ?? Journal.Limits.firstSegment - 1) + 1
        fresh.lastGroup = max(knownDurable, journal.lastGroup) + Journal.Limits.leap
        fresh.abandoned = numbers
        var writes: [Journal.Write] = []
        fresh.restart(after: kept.first.map { $0.index - 1 } ?? covered, into: &writes)
        fresh.append(kept, into: &writes)
        return .part(fresh, kept, writes: writes)
    }
}
