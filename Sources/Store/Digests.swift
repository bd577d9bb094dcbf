internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Whether the members still hold the same: a mark in the log, a report of every member, a verdict.
///
/// Picture a choir that stops at a bar number now and then, and everyone says which note they sing.
/// Who sings another note than most is sent to learn the piece anew; when there is no "most", the
/// audience is told. Whoever has said nothing for long is told of, too: silence is no agreement.
struct Digests {
    struct Note: Equatable {
        var index: UInt64
        var digest: UInt64
    }

    /// What a member said; no digest when it cannot tell.
    struct Report: Equatable {
        var member: MemberID
        var digest: UInt64?
    }

    struct Comparison: Equatable {
        var member: MemberID
        var at: Instant
    }

    /// A mark that the leader wants to hear of.
    struct Round {
        var index: UInt64
        var reports: [Report]
        var started: Instant
        var asked: Instant
    }

    /// What this member's digest was at the newest marks, oldest first.
    private(set) var notes: [Note] = []
    /// The newest mark in what is applied.
    private(set) var mark: UInt64
    var round: Round?
    /// A mark is on its way through the log.
    var isProposed = false
    /// A mark is wanted whether there is traffic or not.
    var isWanted = false
    /// When the next mark is due if anything is applied until then.
    var due = Instant.zero
    /// The leader's memory of when each member was last compared, or first missed.
    private var compared: [Comparison] = []

    init(applied: UInt64) { mark = applied }

    mutating func note(_ index: UInt64, _ digest: UInt64) {
        mark = index
        notes.append(Note(index: index, digest: digest))
        if notes.count > Limits.digestNotes { notes.removeFirst() }
    }

    func note(at index: UInt64) -> Note? { notes.last { $0.index == index } }

    mutating func restart(at index: UInt64) {
        mark = max(mark, index)
        notes.removeAll()
        round = nil
    }

    /// A reign begins or ends.
    mutating func lead(at now: Instant, every interval: Instant.Span) {
        round = nil
        isProposed = false
        compared.removeAll()
        due = now + interval
    }

    /// When the member was last compared; from now on, if it never was.
    mutating func lastCompared(_ member: MemberID, at now: Instant) -> Instant {
        if let found = compared.first(where: { $0.member == member }) { return found.at }
        compared.append(Comparison(member: member, at: now))
        return now
    }

    mutating func wasCompared(_ member: MemberID, at now: Instant) {
        compared.removeAll { $0.member == member }
        compared.append(Comparison(member: member, at: now))
    }
}

extension Store {
    /// When the leader has to look after digests.
    var digestDeadline: Instant {
        guard raft.role == .leader else { return .never }
        if let round = digests.round { return round.asked + Limits.digestPatience }
        if digests.isProposed { return .never }
        return appliedIndex.rawValue > digests.mark ? digests.due : .never
    }

    /// The leader puts a mark into the log when one is due.
    mutating func considerDigest() {
        guard raft.role == .leader, digests.round == nil, !digests.isProposed else { return }
        let entries = appliedIndex.rawValue - min(digests.mark, appliedIndex.rawValue)
        let isDue = entries >= settings.digestEntries || (entries > 0 && now >= digests.due)
        guard isDue || digests.isWanted else { return }
        digests.isProposed = true
        digests.isWanted = false
        proposeInternally(InternalMethod.digestMark, [])
    }

    /// At apply: everything before this command is applied.
    mutating func passDigestMark() {
        let index = mvcc.mark.index + 1
        digests.note(index, mvcc.digest)
        digests.isProposed = false
        digests.due = now + settings.digestInterval
        if raft.role == .leader {
            digests.round = .init(
                index: index, reports: [.init(member: identity.member, digest: mvcc.digest)],
                started: now, asked: now)
            judgeIfComplete()
        } else if let leader = raft.leader {
            report(index, to: leader)
        }
    }

    /// What this member's digest was at the mark; nothing while it has not come there yet.
    private mutating func report(_ index: UInt64, to leader: MemberID) {
        let note = digests.note(at: index)
        guard note != nil || appliedIndex.rawValue >= index else { return }
        send(
            .digestReport(
                DigestReport(index: index, digest: note?.digest ?? 0, unknown: note == nil)),
            to: leader, term: raft.term)
    }

    mutating func asked(_ query: DigestQuery, by member: MemberID) {
        report(query.index, to: member)
    }

    mutating func reported(_ report: DigestReport, by member: MemberID) {
        guard raft.role == .leader, let round = digests.round, round.index == report.index,
            !round.reports.contains(where: { $0.member == member }),
            raft.membership[member] != nil
        else { return }
        digests.round!.reports.append(
            .init(member: member, digest: report.unknown ? nil : report.digest))
        judgeIfComplete()
    }

    private mutating func judgeIfComplete() {
        guard let round = digests.round else { return }
        let isComplete = raft.membership.members.allSatisfy { member in
            round.reports.contains { $0.member == member.id }
        }
        if isComplete { judge(round) }
    }

    /// Asks again who has not reported; in the end judges without them.
    mutating func tendDigests() {
        guard raft.role == .leader, let round = digests.round,
            now.since(round.asked) >= Limits.digestPatience
        else { return }
        guard now.since(round.started) < Limits.digestRound else { return judge(round) }
        digests.round!.asked = now
        for member in raft.membership.members
        where !round.reports.contains(where: { $0.member == member.id }) {
            send(.digestQuery(DigestQuery(index: round.index)), to: member.id, term: raft.term)
        }
    }

    private mutating func judge(_ round: Digests.Round) {
        digests.round = nil
        let verdict = DigestVerdict(round.reports, voters: raft.membership.voters)
        for member in raft.membership.members { judge(member.id, verdict, at: round.index) }
        switch verdict.majority {
        case .some: clear(.corrupt, 0)
        case nil where verdict.isSplit:
            raise(
                .corrupt, 0,
                "members hold different data, and no majority agrees, so that nobody can tell who "
                    + "is right; compare them by 'martlet store digest'")
        case nil: break
        }
    }

    private mutating func judge(
        _ member: MemberID, _ verdict: DigestVerdict, at index: UInt64
    ) {
        let id = member.rawValue
        switch verdict.of(member) {
        case .agrees:
            digests.wasCompared(member, at: now)
            clear(.corrupt, id)
            clear(.digestUnchecked, id)
        case .differs:
            digests.wasCompared(member, at: now)
            clear(.digestUnchecked, id)
            raise(
                .corrupt, id,
                "\(name(of: member)) holds other data than the majority at entry \(index); it "
                    + "serves nobody and gets a fresh copy")
        case .unknown:
            let since = digests.lastCompared(member, at: now)
            guard now.since(since) >= Limits.digestUnchecked else { return }
            raise(
                .digestUnchecked, id,
                "\(name(of: member)) could not be compared with the others for more than "
                    + "\(Limits.digestUnchecked.nanoseconds / 60_000_000_000) minutes; see "
                    + "whether it runs")
        }
    }

    func name(of member: MemberID) -> String {
        let name = members.first { $0.id == member }?.name ?? ""
        return "member " + (name.isEmpty ? hex(member) : "'\(name)'")
    }
}

/// What follows from the digests of one mark.
struct DigestVerdict {
    enum Finding: Equatable {
        case agrees
        case differs
        /// It did not report, or there is nothing to hold its report against.
        case unknown
    }

    private let reports: [Digests.Report]
    /// What more than half of the voters hold.
    let majority: UInt64?

    init(_ reports: [Digests.Report], voters: [MemberID]) {
        self.reports = reports.filter { $0.digest != nil }
        let ballots = self.reports.filter { voters.contains($0.member) }
        majority =
            ballots.first { one in
                ballots.count { $0.digest == one.digest } > voters.count / 2
            }?.digest
    }

    var isSplit: Bool { reports.contains { $0.digest != reports[0].digest } }

    func of(_ member: MemberID) -> Finding {
        guard let majority, let report = reports.first(where: { $0.member == member }) else {
            return .unknown
        }
        return report.digest == majority ? .agrees : .differs
    }
}
