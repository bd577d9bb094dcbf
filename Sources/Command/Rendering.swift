package import Wire

/// Answers, as lines for people and as JSON for programs.
package enum Rendering {
    package static func object(_ members: [(String, JSON)]) -> JSON {
        .object(members.map { JSON.Member($0.0, $0.1) })
    }

    /// Under `name` when the bytes are text, else as base64 under `name` and "64".
    package static func bytes(_ name: String, _ bytes: [UInt8]) -> (String, JSON) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return (name + "64", .string(Base64.encode(bytes)))
        }
        return (name, .string(text))
    }

    // MARK: Pairs

    package static func json(_ pair: KeyValue, keysOnly: Bool) -> JSON {
        object(members(pair, keysOnly: keysOnly))
    }

    static func members(_ pair: KeyValue, keysOnly: Bool) -> [(String, JSON)] {
        var members = [bytes("key", pair.key)]
        if !keysOnly { members.append(bytes("value", pair.value)) }
        members.append(("create_revision", .integer(pair.createRevision)))
        members.append(("mod_revision", .integer(pair.modRevision)))
        members.append(("version", .integer(pair.version)))
        if pair.lease != 0 { members.append(("lease", .string(Hex.id(pair.lease)))) }
        return members
    }

    package static func words(_ pair: KeyValue, keysOnly: Bool) -> String {
        let key = Spelling.line(pair.key)
        return keysOnly ? key : key + "\t" + Spelling.line(pair.value)
    }

    // MARK: Writes

    package static func json(_ answer: PutResponse) -> JSON {
        var members: [(String, JSON)] = [revision(answer.header)]
        if let previous = answer.previous {
            members.append(("previous", json(previous, keysOnly: false)))
        }
        return object(members)
    }

    package static func words(_ answer: PutResponse) -> String {
        let done = "written at revision \(Spelling.count(answer.header?.revision ?? 0))"
        guard let previous = answer.previous else { return done }
        return done + "; it was \(words(previous, keysOnly: false))"
    }

    package static func json(_ answer: DeleteRangeResponse) -> JSON {
        var members = [("deleted", JSON.integer(answer.deleted)), revision(answer.header)]
        if !answer.previous.isEmpty {
            members.append(
                ("previous", .array(answer.previous.map { json($0, keysOnly: false) })))
        }
        return object(members)
    }

    package static func words(_ answer: DeleteRangeResponse) -> String {
        guard answer.deleted > 0 else { return "nothing to delete: there is no such key" }
        let count = Spelling.count(answer.deleted, "key")
        let revision = Spelling.count(answer.header?.revision ?? 0)
        let pairs = answer.previous.map { "\n" + words($0, keysOnly: false) }.joined()
        return "deleted \(count) at revision \(revision)" + pairs
    }

    private static func revision(_ header: ResponseHeader?) -> (String, JSON) {
        ("revision", .integer(header?.revision ?? 0))
    }

    // MARK: Transactions

    package static func json(_ answer: TxnResponse) -> JSON {
        object([
            ("succeeded", .bool(answer.succeeded)), revision(answer.header),
            ("responses", .array(answer.responses.map(json))),
        ])
    }

    private static func json(_ answer: OperationResponse) -> JSON {
        switch answer.response {
        case nil: .null
        case .put(let put): object([("put", json(put))])
        case .deleteRange(let delete): object([("delete", json(delete))])
        case .range(let range): object([("range", json(range))])
        case .txn(let nested): object([("txn", json(nested))])
        }
    }

    private static func json(_ answer: RangeResponse) -> JSON {
        object([
            ("pairs", .array(answer.kvs.map { json($0, keysOnly: false) })),
            ("count", .integer(answer.count)), ("more", .bool(answer.more)),
        ])
    }

    package static func words(_ answer: TxnResponse) -> String {
        let first =
            answer.succeeded
            ? "it holds; done at revision \(Spelling.count(answer.header?.revision ?? 0))"
            : "it does not hold; the other part is done"
        return ([first] + answer.responses.map(words)).joined(separator: "\n")
    }

    private static func words(_ answer: OperationResponse) -> String {
        switch answer.response {
        case nil: "an answer of a newer kind"
        case .put: "written"
        case .deleteRange(let delete): "deleted \(Spelling.count(delete.deleted, "key"))"
        case .range(let range):
            range.kvs.isEmpty
                ? Spelling.count(range.count, "key")
                : range.kvs.map { words($0, keysOnly: false) }.joined(separator: "\n")
        case .txn(let nested): words(nested)
        }
    }

    // MARK: Leases

    package static func json(_ answer: LeaseTimeToLiveResponse, keys: Bool) -> JSON {
        var members: [(String, JSON)] = [
            ("lease", .string(Hex.id(answer.id))), ("ttl", .integer(answer.ttl)),
            ("granted_ttl", .integer(answer.grantedTtl)),
        ]
        if keys {
            members.append(("keys", .array(answer.keys.map { object([bytes("key", $0)]) })))
        }
        return object(members)
    }

    package static func words(_ answer: LeaseTimeToLiveResponse, keys: Bool) -> String {
        let first =
            "lease \(Hex.id(answer.id)) lives for \(answer.ttl) of \(answer.grantedTtl) s"
        guard keys else { return first }
        return ([first] + answer.keys.map(Spelling.line)).joined(separator: "\n")
    }

    // MARK: Members

    package static func name(_ member: MemberInfo) -> String {
        member.name.isEmpty ? Hex.id(member.id) : "'\(member.name)'"
    }

    package static func json(_ answer: MemberListResponse) -> JSON {
        var fields: [(String, JSON)] = [
            ("leader", answer.leaderID == 0 ? .null : .string(Hex.id(answer.leaderID))),
            ("members", .array(answer.members.map(json))),
        ]
        if let plan = answer.replacement {
            fields.append(
                (
                    "replacement",
                    object([
                        ("old", .string(Hex.id(plan.oldID))), ("new", .string(Hex.id(plan.newID))),
                        ("name", .string(plan.name)), ("given_up", .bool(plan.givenUp)),
                    ])
                ))
        }
        return object(fields)
    }

    private static func words(_ plan: Replacement, _ members: [MemberInfo]) -> String {
        let newcomer = members.first { $0.id == plan.newID }
        let step =
            switch newcomer?.learner {
            case nil: "waits to be let in"
            case true?: "catches up"
            case false?: "has its seat"
            }
        let name = plan.oldName.isEmpty ? Hex.id(plan.oldID) : "'\(plan.oldName)'"
        return "\(name) is being replaced by '\(plan.name)' (\(Hex.id(plan.newID))), which "
            + (plan.givenUp ? "is given up" : step)
    }

    private static func json(_ member: MemberInfo) -> JSON {
        object([
            ("id", .string(Hex.id(member.id))), ("name", .string(member.name)),
            ("learner", .bool(member.learner)), ("standing", .bool(member.standing)),
            ("peer_address", .string(member.peerAddress)),
            ("client_addresses", .array(member.clientAddresses.map { .string($0) })),
        ])
    }

    package static func words(_ answer: MemberListResponse) -> String {
        var table = Table(["member", "id", "seat", "peer", "clients"])
        for member in answer.members.sorted(by: { ($0.name, $0.id) < ($1.name, $1.id) }) {
            let learner = member.standing ? "standing learner" : "learner"
            let seat = member.learner ? learner : "voter"
            table.add([
                member.name, Hex.id(member.id),
                member.id == answer.leaderID ? "leader" : seat, member.peerAddress,
                member.clientAddresses.joined(separator: ", "),
            ])
        }
        guard let plan = answer.replacement else { return table.text }
        return table.text + "\n\n" + words(plan, answer.members)
    }
}

/// Columns as wide as what is in them.
package struct Table {
    private var rows: [[String]]
    private let right: Set<Int>

    package init(_ head: [String], right: Set<Int> = []) {
        rows = [head]
        self.right = right
    }

    /// A row may be shorter than the head; its last cell then runs on.
    package mutating func add(_ row: [String]) { rows.append(row) }

    package var text: String {
        let widths = rows[0].indices.map { column in
            rows.filter { $0.count == rows[0].count }.map { $0[column].count }.max() ?? 0
        }
        return rows.map { line($0, widths) }.joined(separator: "\n")
    }

    private func line(_ row: [String], _ widths: [Int]) -> String {
        var line = ""
        for (column, cell) in row.enumerated() {
            let space = String(repeating: " ", count: max(0, widths[column] - cell.count))
            line +=
                right.contains(column) && row.count == widths.count ? space + cell : cell + space
            line += "  "
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}
