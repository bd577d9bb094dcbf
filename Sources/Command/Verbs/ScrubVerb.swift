package import ArgumentParser
internal import Client
internal import EventLoop
internal import Units
internal import Wire

package struct ScrubVerb: Verb {
    package static let examples = [
        Example("When was the disk last looked at?", "martlet store scrub"),
        Example("Look now, and wait", "martlet store scrub --now --timeout 10m"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "scrub", "Show whether the members' disks still hold what was written.",
            more: """
                Every member reads its whole disk again in the background, by default once a day. \
                Damage in the state is mended from another member, damage in the log by a \
                checkpoint. The exit code is 1 when a member does not answer, or the last pass of \
                one found damage.
                """)
    }

    @Flag(help: "Begin a pass on every member at once, and wait until it is done.")
    package var now = false
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let places = try session.everyMember()
        var answers = ask(session, places, ScrubRequest(now: now))
        if now { answers = wait(session, places, since: answers) }
        let rows = zip(places, answers).map { ScrubRow(name: $0.name, answer: $1) }
        session.print(Rendering.json(rows), or: Rendering.words(rows))
        let sound = rows.allSatisfy { row in
            guard case .success(let answer) = row.answer else { return false }
            return answer.damaged == 0 && answer.health == .sound
        }
        guard sound else { throw Complaint(.silent, "") }
    }

    private func ask(
        _ session: Session, _ places: [MemberPlace], _ request: ScrubRequest
    ) -> [Result<ScrubResponse, ClientFailure>] {
        session.askEach(places) { client, address, then in
            client.scrub(request, of: address, session.patience, then: then)
        }
    }

    /// Until every pass that was begun has ended, or patience has.
    private func wait(
        _ session: Session, _ places: [MemberPlace],
        since first: [Result<ScrubResponse, ClientFailure>]
    ) -> [Result<ScrubResponse, ClientFailure>] {
        let deadline = session.loop.now + (reach.timeout?.span ?? Limits.scrub)
        var answers = first
        while session.loop.now < deadline {
            let isRunning = zip(first, answers).contains { before, after in
                guard let before = try? before.get(), let after = try? after.get() else {
                    return false
                }
                return before.running && after.passes == before.passes
            }
            guard isRunning else { break }
            _ = session.loop.run(for: Limits.lookEvery) { false }
            answers = ask(session, places, ScrubRequest())
        }
        return answers
    }
}

struct ScrubRow {
    var name: String
    var answer: Result<ScrubResponse, ClientFailure>
}

extension Rendering {
    static func json(_ rows: [ScrubRow]) -> JSON {
        object([("members", .array(rows.map(json)))])
    }

    private static func json(_ row: ScrubRow) -> JSON {
        switch row.answer {
        case .failure(let failure):
            object([("name", .string(row.name)), ("why", .string(failure.message))])
        case .success(let answer):
            object([
                ("name", .string(row.name)), ("health", .string(word(answer.health))),
                ("running", .bool(answer.running)),
                ("bytes_done", .integer(Int64(clamping: answer.bytesDone))),
                ("passes", .integer(Int64(clamping: answer.passes))),
                ("seconds_ago", .integer(Int64(clamping: answer.secondsAgo))),
                ("bytes", .integer(Int64(clamping: answer.bytes))),
                ("checked", .integer(Int64(clamping: answer.checked))),
                ("damaged", .integer(Int64(clamping: answer.damaged))),
                ("rate", .integer(Int64(clamping: answer.rate))),
                ("damage", .array(answer.damage.map { .string($0) })),
            ])
        }
    }

    private static func word(_ health: Health) -> String {
        switch health {
        case .sound: "sound"
        case .recovering: "recovering"
        case .suspect: "suspect"
        case .unrecognized(let number): "health \(number)"
        }
    }

    static func words(_ rows: [ScrubRow]) -> String {
        var table = Table(
            ["member", "health", "last pass", "read", "checked", "damaged"], right: [3, 4, 5])
        for row in rows {
            switch row.answer {
            case .failure(let failure): table.add([row.name, "no answer: \(failure.message)"])
            case .success(let answer): table.add(cells(row.name, answer))
            }
        }
        let damage = rows.flatMap { row in
            ((try? row.answer.get())?.damage ?? []).map { "\(row.name): \($0)" }
        }
        return ([table.text] + damage).joined(separator: "\n")
    }

    private static func cells(_ name: String, _ answer: ScrubResponse) -> [String] {
        let ago = "\(Spelling.time(seconds: Int64(clamping: answer.secondsAgo))) ago"
        let when =
            answer.running ? "under way" : answer.passes == 0 ? "none since the start" : ago
        return [
            name, word(answer.health), when, Spelling.size(Int64(clamping: answer.bytes)),
            Spelling.count(Int64(clamping: answer.checked)),
            Spelling.count(Int64(clamping: answer.damaged)),
        ]
    }
}
