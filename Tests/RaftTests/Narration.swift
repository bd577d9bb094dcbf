import Raft

/// Effects and messages in the words of the transcripts.
enum Narration {
    static func of(_ effect: Effect, at id: MemberID, before last: LogIndex) -> [String] {
        lines(of: effect, before: last).map { "\(id.rawValue): \($0)" }
    }

    private static func lines(of effect: Effect, before last: LogIndex) -> [String] {
        switch effect {
        case .saveHardState(let state):
            [
                "saves term \(state.term.rawValue)"
                    + (state.vote.map { " vote \($0.rawValue)" } ?? "")
            ]
        case .append(let entries): appending(entries, before: last)
        case .restartLog(let mark): ["log restarts after \(place(mark.index, mark.term))"]
        case .send: []
        case .commit(let entries): entries.map { "commits \(entry($0))" }
        case .sendSnapshot(let to): ["wants a snapshot sent to \(to.rawValue)"]
        case .readReady(let id, let index): ["read \(id) ready at \(index.rawValue)"]
        case .readRefused(let id): ["read \(id) refused"]
        case .roleChanged(let role, let term, let leader): [self.role(role, term, leader)]
        case .membershipChanged(let membership): ["members \(self.membership(membership))"]
        case .proposalRefused(let refusal): ["proposal refused: \(refusal)"]
        case .changeRefused(let refusal): ["change refused: \(refusal)"]
        case .transferRefused(let refusal): ["transfer refused: \(refusal)"]
        case .recovered: ["log is whole again"]
        }
    }

    private static func appending(_ entries: [Entry], before last: LogIndex) -> [String] {
        var lines: [String] = []
        if entries[0].index <= last {
            lines.append("drops \(range(entries[0].index, last))")
        }
        return lines + entries.map { "appends \(entry($0))" }
    }

    static func range(_ first: LogIndex, _ last: LogIndex) -> String {
        first == last ? "index \(first.rawValue)" : "\(first.rawValue) to \(last.rawValue)"
    }

    static func place(_ index: LogIndex, _ term: Term) -> String {
        "\(index.rawValue)@\(term.rawValue)"
    }

    static func entry(_ entry: Entry) -> String {
        "\(place(entry.index, entry.term)) \(body(entry.body))"
    }

    private static func body(_ body: Entry.Body) -> String {
        switch body {
        case .empty: "empty"
        case .commands(let payload):
            payload.count > 20
                ? "\(payload.count) bytes" : "\"\(String(decoding: payload, as: UTF8.self))\""
        case .membership(let membership): "members \(self.membership(membership))"
        }
    }

    /// `1 2 3 learner 4`, or while joint `1 2 3 → 1 2 4 learner 3`.
    static func membership(_ membership: Membership) -> String {
        let voters = names(membership.members.filter { $0.seat == .voter })
        let learners = membership.members.filter { $0.seat == .learner }
        let coming = voters + (learners.isEmpty ? "" : " learner \(names(learners))")
        let outgoing = names(membership.members.filter(\.outgoing))
        return membership.isJoint ? "\(outgoing) → \(coming)" : coming
    }

    private static func names(_ members: [Membership.Member]) -> String {
        members.map { "\($0.id.rawValue)" }.joined(separator: " ")
    }

    private static func role(_ role: Role, _ term: Term, _ leader: MemberID?) -> String {
        switch role {
        case .leader: "leads term \(term.rawValue)"
        case .candidate: "stands for term \(term.rawValue)"
        case .preCandidate: "asks around in term \(term.rawValue)"
        case .follower:
            leader.map { "follows \($0.rawValue) in term \(term.rawValue)" }
                ?? "waits in term \(term.rawValue)"
        }
    }

    static func mail(_ mail: Mail) -> String {
        "\(mail.from.rawValue) → \(mail.to.rawValue): \(message(mail.message))"
    }

    private static func message(_ message: Message) -> String {
        let term = "term \(message.term.rawValue)"
        return switch message {
        case .voteRequest(let body):
            "\(body.preVote ? "pre-vote" : "vote")? \(term) last "
                + place(body.lastIndex, body.lastTerm) + (body.transfer ? " transfer" : "")
        case .voteResponse(let body):
            "\(body.preVote ? "pre-vote" : "vote") \(body.granted ? "granted" : "refused") \(term)"
        case .appendRequest(let body): append(body, term)
        case .appendResponse(let body):
            body.matched
                ? "matched \(body.index.rawValue) \(term)"
                : "no match at \(body.index.rawValue) \(term) try "
                    + place(body.hintIndex, body.hintTerm)
        case .heartbeat(let body):
            "heartbeat \(term) commit \(body.commit.rawValue)" + round(body.readRound)
        case .heartbeatResponse(let body): "alive \(term)" + round(body.readRound)
        case .timeoutNow: "stand now \(term)"
        case .readIndexRequest: "read index? \(term)"
        case .readIndexResponse(let body):
            body.refused
                ? "read index refused \(term)" : "read index \(body.index.rawValue) \(term)"
        }
    }

    private static func round(_ number: UInt64) -> String { number == 0 ? "" : " round \(number)" }

    private static func append(_ body: AppendRequest, _ term: String) -> String {
        let entries = body.entries.map { "\($0.index.rawValue)@\($0.term.rawValue)" }
        let what = entries.isEmpty ? "nothing" : entries.joined(separator: " ")
        return "append \(term) after \(place(body.previousIndex, body.previousTerm)): \(what), "
            + "commit \(body.commit.rawValue)"
    }
}
