package import ArgumentParser
internal import Client
internal import Wire

package struct AlarmListVerb: Verb {
    package static let examples = [Example("Is anything wrong?", "martlet store alarm list")]
    package static var configuration: CommandConfiguration {
        entry(
            "list", "List the alarms in force.",
            more: """
                Alarms need no disarming: each ends by itself when its cause has gone. While a \
                voter is over its quota, or its disk nearly full, what adds to the state is \
                refused; reads, deletes, compaction and changes of members go on.
                """)
    }

    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let answer: AlarmsResponse = try session.ask("list the alarms") {
            $0.alarms(session.patience, then: $1)
        }
        let members = try session.members().members
        session.print(Rendering.json(answer), or: Rendering.words(answer, members))
    }
}

extension Rendering {
    private static func name(_ kind: AlarmKind) -> String {
        switch kind {
        case .quota: "quota"
        case .disk: "disk"
        case .damage: "damage"
        case .noAlarm: "none"
        case .unrecognized(let number): "kind \(number)"
        }
    }

    fileprivate static func json(_ answer: AlarmsResponse) -> JSON {
        object([
            (
                "alarms",
                .array(
                    answer.alarms.map {
                        object([
                            ("member", .string(Hex.id($0.memberID))),
                            ("kind", .string(name($0.kind))),
                            ("used", .integer($0.used)), ("limit", .integer($0.limit)),
                            ("message", .string($0.message)),
                        ])
                    })
            )
        ])
    }

    fileprivate static func words(_ answer: AlarmsResponse, _ members: [MemberInfo]) -> String {
        guard !answer.alarms.isEmpty else { return "no alarm is in force" }
        var table = Table(["member", "alarm", "used", "limit", ""], right: [2, 3])
        for alarm in answer.alarms {
            let member = members.first { $0.id == alarm.memberID }
            table.add([
                member.map { $0.name.isEmpty ? Hex.id($0.id) : $0.name } ?? Hex.id(alarm.memberID),
                name(alarm.kind), Spelling.size(alarm.used), Spelling.size(alarm.limit),
                alarm.message,
            ])
        }
        return table.text
    }
}
