internal import MVCC
internal import Units
internal import Wire

/// A command with the user who gave it, as it travels in the log while rights are asked for. Layout in
/// proto/raft.proto.
struct OnBehalf: Equatable {
    private static let headerSize = 14
    /// In the place of a user: the member itself. No user has this name, and no client is let in
    /// under it.
    static let member = ""

    var user: String
    /// Of the book by which it was let in.
    var revision: Int64
    var method: UInt32
    /// Where the client's request lies in the wrapping.
    var body: Range<Int>

    static func wrapped(_ method: UInt32, _ body: Bytes, user: String, revision: Int64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headerSize + user.utf8.count + body.count)
        bytes.append(little: revision)
        bytes.append(little: method)
        bytes.append(little: UInt16(user.utf8.count))
        bytes.append(contentsOf: user.utf8)
        bytes.append(body)
        return bytes
    }

    /// Nil when the bytes are no wrapping.
    init?(_ bytes: Bytes) {
        guard bytes.count >= OnBehalf.headerSize else { return nil }
        let length = Int(bytes.little(UInt16.self, at: 12))
        guard bytes.count >= OnBehalf.headerSize + length else { return nil }
        revision = bytes.little(at: 0)
        method = bytes.little(at: 8)
        body = (OnBehalf.headerSize + length)..<bytes.count
        user = String(
            decoding: bytes.extracting(OnBehalf.headerSize..<body.lowerBound).array, as: UTF8.self)
    }

    /// The method of a command, wrapped or not.
    static func method(of method: UInt32, _ body: Bytes) -> UInt32 {
        guard method == InternalMethod.onBehalf, body.count >= headerSize else { return method }
        return body.little(at: 8)
    }
}

extension Store {
    /// Carries out what the user may do by now, whatever it was when the command was let in.
    mutating func carryOut(onBehalf bytes: Bytes, answer: Bool) throws(Refusal) {
        guard let command = OnBehalf(bytes), command.method < InternalMethod.first else {
            throw .invalid("the command of a user does not parse")
        }
        let body = bytes.extracting(command.body)
        if access.isEnabled, command.user != OnBehalf.member {
            let needs = try Needs.of(command.method, body)
            guard let grants = access.grants(of: command.user, mvcc),
                grants.credentials <= command.revision
            else { throw .nobody("user '\(command.user)' was changed meanwhile") }
            try check(needs, for: grants)
        }
        carrying = command
        defer { carrying = nil }
        try execute(command.method, body, answer: answer)
    }

    /// A request that came before rights were asked for, and is carried out after.
    func refuseUnnamed(_ method: UInt32) throws(Refusal) {
        guard access.isEnabled, method < InternalMethod.first else { return }
        throw .nobody("access control was enabled while the request was on its way")
    }
}
