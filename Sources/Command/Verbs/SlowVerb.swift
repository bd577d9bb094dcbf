package import ArgumentParser
internal import Client
internal import EventLoop
internal import Units
internal import Wire

package struct SlowVerb: Verb {
    package static let examples = [
        Example("What took long lately, and why", "martlet store slow"),
        Example("For a program", "martlet store slow --json"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "slow", "Show a member's last slow operations, each with its cause.",
            more: """
                It tells of the member that answers; --host chooses it. What is slow is that \
                member's --slow-operation. The cause is what took the longest part: no leader, \
                the queue, the member's own disk, the majority (and which member was last), \
                carrying it out, or a caller that did not take the answer.
                """)
    }

    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let answer: SlowOperationsResponse = try session.ask("list the slow operations") {
            $0.slowOperations(of: nil, session.patience, then: $1)
        }
        session.print(SlowVerb.json(answer), or: SlowVerb.words(answer))
    }

    static func words(_ answer: SlowOperationsResponse) -> String {
        guard answer.limitUs > 0 else { return "this member takes nothing for slow" }
        guard !answer.operations.isEmpty else {
            return "nothing took \(answer.limitUs / 1000) ms or longer since the member started"
        }
        return answer.operations.map { info in
            let ago = Spelling.time(seconds: Int64(clamping: info.agoUs / 1_000_000))
            return "\(ago) ago: \(info.words)"
        }.joined(separator: "\n")
    }

    static func json(_ answer: SlowOperationsResponse) -> JSON {
        Rendering.object([
            ("limit_ms", .integer(Int64(clamping: answer.limitUs / 1000))),
            ("operations", .array(answer.operations.map { json($0) })),
        ])
    }

    static func json(_ info: SlowOperationInfo, of member: String? = nil) -> JSON {
        var members: [(String, JSON)] = [("number", .integer(Int64(clamping: info.number)))]
        if let member { members.append(("member", .string(member))) }
        members += [
            ("ago_us", .integer(Int64(clamping: info.agoUs))),
            ("method", .string("\(Method(rawValue: Int32(truncatingIfNeeded: info.method)))")),
            ("operations", .integer(Int64(info.operations))), Rendering.bytes("key", info.key),
            ("total_us", .integer(Int64(clamping: info.totalUs))),
            ("cause", .string(cause(info.cause))),
            ("waited_us", .integer(Int64(clamping: info.waitedUs))),
        ]
        if info.memberID != 0 { members.append(("waited_for", .string(Hex.id(info.memberID)))) }
        return Rendering.object(members + [("words", .string(info.words))])
    }

    private static func cause(_ cause: SlowCause) -> String {
        switch cause {
        case .none: "unknown"
        case .slowNoLeader: "no_leader"
        case .slowQueue: "queue"
        case .slowSync: "sync"
        case .slowQuorum: "quorum"
        case .slowWork: "work"
        case .slowCredit: "credit"
        case .unrecognized(let number): "cause \(number)"
        }
    }
}
