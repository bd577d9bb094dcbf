package import ArgumentParser
internal import Client
internal import EventLoop
internal import Units
internal import Wire

package struct AlarmNoun: ParsableCommand {
    package static var configuration: CommandConfiguration {
        noun(
            "alarm", "What the cluster wants an operator to know.",
            [AlarmListVerb.self, AlarmClearVerb.self])
    }
    @OptionGroup package var reach: Reach
    package init() {}
}

package struct AlarmListVerb: Verb {
    package static let examples = [Example("What is wrong?", "martlet store alarm list")]
    package static var configuration: CommandConfiguration {
        entry(
            "list", "List the alarms that stand.",
            more: "An alarm goes by itself when its cause does.")
    }

    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let answer: AlarmsResponse = try session.ask("list the alarms") {
            $0.alarms(session.patience, then: $1)
        }
        session.print(Rendering.json(answer), or: Rendering.words(answer))
    }
}

package struct AlarmClearVerb: Verb {
    package static let examples = [
        Example("A member was looked after", "martlet store alarm clear corrupt b --yes")
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "clear", "Clear an alarm.",
            more: "It comes back if its cause remains. Nothing else is changed by it.")
    }

    @Argument(help: "Its kind, as listed: no-space, corrupt or digest-unchecked.")
    package var kind: String
    @Argument(help: "The name or id of the member it is about. Leave it out when it names none.")
    package var member: String?
    @Flag(help: "Do not ask.") package var yes = false
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        guard let wanted = AlarmKind(word: kind) else {
            let near = Suggestion.nearest(to: kind, among: AlarmKind.words.map(\.word))
            throw .misused(
                "'\(kind)' is no kind of alarm. "
                    + (near.map { "Did you mean '\($0)'?" } ?? "Try 'martlet store alarm list'"))
        }
        try session.confirm(yes, "clear the alarm '\(kind)'")
        var id: UInt64 = 0
        if let member { id = try session.member(member).id }
        let answer: AlarmsResponse = try session.ask("clear the alarm") {
            $0.clearAlarm(wanted, id, session.patience, then: $1)
        }
        session.print(Rendering.json(answer), or: Rendering.words(answer))
    }
}

package struct DigestVerb: Verb {
    package static let examples = [
        Example("Do all members hold the same?", "martlet store digest"),
        Example("As of a revision", "martlet store digest --revision 1200"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "digest", "Compare the data of all members, side by side.",
            more: """
                Every member reads all pairs at one revision and answers with a number that is the \
                same where the pairs are. The exit code is 1 when two of them differ.
                """)
    }

    @Option(help: "The revision to compare. Else the newest that every member has.")
    package var revision: Int64?
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        if let revision, revision < 1 { throw .misused("revisions begin at 1") }
        let places = try session.everyMember()
        var wanted = revision ?? 0
        if revision == nil {
            let now = session.askEach(places) { client, address, then in
                client.digest(DigestRequest(), of: address, session.patience, then: then)
            }
            wanted = now.compactMap { try? $0.get().header?.revision }.min() ?? 0
        }
        let request = DigestRequest(keys: true, revision: wanted)
        let answers = session.askEach(places) { client, address, then in
            client.digest(request, of: address, session.patience, then: then)
        }
        let rows = zip(places, answers).map { DigestRow(name: $0.name, answer: $1) }
        session.print(Rendering.json(rows, wanted), or: Rendering.words(rows, wanted))
        let digests = rows.compactMap { try? $0.answer.get().keysDigest }
        guard digests.count == rows.count, digests.allSatisfy({ $0 == digests[0] }) else {
            throw Complaint(.silent, "")
        }
    }
}

struct DigestRow {
    var name: String
    var answer: Result<DigestResponse, ClientFailure>
}

/// A member, and where it answers.
struct MemberPlace {
    var name: String
    var address: Address?
}

extension Session {
    /// Every member, by name, with its first client address.
    func everyMember() throws(Complaint) -> [MemberPlace] {
        try members().members.sorted { ($0.name, $0.id) < ($1.name, $1.id) }.map { member in
            MemberPlace(
                name: member.name.isEmpty ? Hex.id(member.id) : member.name,
                address: member.clientAddresses.lazy.compactMap { try? Address($0) }.first)
        }
    }

    /// Asks all at once; the answers in the same order.
    func askEach<Answer>(
        _ places: [MemberPlace],
        _ begin: (Client, Address, @escaping Client.Then<Answer>) -> Void
    ) -> [Result<Answer, ClientFailure>] {
        guard let client = try? client() else { return [] }
        var answers: [Result<Answer, ClientFailure>?] = places.map { _ in nil }
        for (index, place) in places.enumerated() {
            guard let address = place.address else {
                answers[index] = .failure(.unreachable([]))
                continue
            }
            begin(client, address) { answers[index] = $0 }
        }
        while answers.contains(where: { $0 == nil }) {
            let ended = loop.run(for: .seconds(3600)) { answers.allSatisfy { $0 != nil } }
            if !ended, loop.isStopping { break }
        }
        return answers.map { $0 ?? .failure(.cancelled) }
    }
}

extension AlarmKind {
    static let words: [(kind: AlarmKind, word: String)] = [
        (.quota, "quota"), (.disk, "disk"), (.corrupt, "corrupt"),
        (.digestUnchecked, "digest-unchecked"),
    ]

    init?(word: String) {
        guard let found = AlarmKind.words.first(where: { $0.word == word }) else { return nil }
        self = found.kind
    }

    var word: String {
        AlarmKind.words.first { $0.kind == self }?.word ?? "kind \(rawValue)"
    }
}

extension Rendering {
    static func json(_ answer: AlarmsResponse) -> JSON {
        object([("alarms", .array(answer.alarms.map { json($0, at: answer.clusterTime) }))])
    }

    static func json(_ alarm: Alarm, at time: UInt64) -> JSON {
        object([
            ("kind", .string(alarm.kind.word)),
            ("member", alarm.member == 0 ? .null : .string(Hex.id(alarm.member))),
            ("words", .string(alarm.words)),
            ("seconds_ago", .integer(seconds(alarm, at: time))),
            ("index", .integer(Int64(clamping: alarm.index))),
        ])
    }

    private static func seconds(_ alarm: Alarm, at time: UInt64) -> Int64 {
        Int64((time - min(alarm.since, time)) / 1_000_000_000)
    }

    static func words(_ answer: AlarmsResponse) -> String {
        guard !answer.alarms.isEmpty else { return "no alarms" }
        return answer.alarms.map { words($0, at: answer.clusterTime) }.joined(separator: "\n")
    }

    static func words(_ alarm: Alarm, at time: UInt64) -> String {
        "\(alarm.kind.word): \(alarm.words) (for \(Spelling.time(seconds: seconds(alarm, at: time))))"
    }

    static func json(_ rows: [DigestRow], _ revision: Int64) -> JSON {
        object([
            ("revision", .integer(revision)), ("members", .array(rows.map(json))),
        ])
    }

    private static func json(_ row: DigestRow) -> JSON {
        switch row.answer {
        case .failure(let failure):
            object([("name", .string(row.name)), ("why", .string(failure.message))])
        case .success(let answer):
            object([
                ("name", .string(row.name)), ("digest", .string(Hex.id(answer.keysDigest))),
                ("keys", .integer(answer.keys)),
                ("applied_index", .integer(Int64(clamping: answer.appliedIndex))),
                ("state_digest", .string(Hex.id(answer.digest))),
                ("compacted_revision", .integer(answer.compactedRevision)),
            ])
        }
    }

    static func words(_ rows: [DigestRow], _ revision: Int64) -> String {
        var table = Table(
            ["member", "digest", "keys", "applied", "compacted"], right: [2, 3, 4])
        for row in rows {
            switch row.answer {
            case .failure(let failure): table.add([row.name, "no answer: \(failure.message)"])
            case .success(let answer):
                table.add([
                    row.name, Hex.id(answer.keysDigest), Spelling.count(answer.keys),
                    Spelling.count(Int64(clamping: answer.appliedIndex)),
                    Spelling.count(answer.compactedRevision),
                ])
            }
        }
        let digests = Set(rows.compactMap { try? $0.answer.get().keysDigest })
        let verdict =
            digests.count > 1
            ? "the members differ" : digests.isEmpty ? "nobody answers" : "all that answer agree"
        return table.text + "\n\(verdict) at revision \(Spelling.count(revision))"
    }
}
