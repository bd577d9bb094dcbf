internal import MVCC
internal import Units
internal import Wire

/// Who may do what, as the log has made it.
///
/// Picture a doorman with a book. The book (the `.access` records) is part of the state: every member
/// has the same, it is in the digest, and only commands of the log change it. The doorman remembers
/// what he has looked up (`known`) until the book changes.
struct Access {
    /// The role that permits everything, and the user that must have it.
    static let root = "root"

    private(set) var record: AccessRecord
    /// What was looked up; nil for those who are no users.
    private var known: [String: Grants?] = [:]
    /// The book was changed since open streams were looked at.
    var hasChanged = false

    init(_ state: MVCC) { record = Access.book(of: state) }

    var isEnabled: Bool { record.enabled }
    var revision: Int64 { record.revision }

    /// What the user may do; nil when there is none of this name.
    mutating func grants(of user: String, _ state: MVCC) -> Grants? {
        if let found = known[user] { return found }
        if known.count >= Limits.knownUsers { known = [:] }
        let grants = state.user(user).map { record in
            Grants(user, record, record.roles.flatMap { state.role($0)?.permissions ?? [] })
        }
        known[user] = .some(grants)
        return grants
    }

    /// Writes down that the book was changed.
    mutating func change(_ state: inout MVCC, _ body: (inout AccessRecord) -> Void = { _ in }) {
        record.revision += 1
        body(&record)
        state.setRecord(.access, Access.key(.book, "").span, record.encoded)
        known = [:]
        hasChanged = true
    }

    // MARK: Where records are

    enum Shelf: UInt8 {
        case book = 0x61
        case user = 0x75
        case role = 0x72
        case quota = 0x71
        case owner = 0x6F
        case session = 0x73
    }

    static func key(_ shelf: Shelf, _ name: String) -> [UInt8] {
        [shelf.rawValue] + Array(name.utf8)
    }

    private static func book(of state: MVCC) -> AccessRecord {
        state.record(.access, Access.key(.book, "").span).map(AccessRecord.init(trusted:))
            ?? AccessRecord()
    }
}

extension MVCC {
    func user(_ name: String) -> UserRecord? {
        guard name.utf8.count <= Limits.name else { return nil }
        return record(.access, Access.key(.user, name).span).map(UserRecord.init(trusted:))
    }

    func role(_ name: String) -> RoleRecord? {
        guard name.utf8.count <= Limits.name else { return nil }
        return record(.access, Access.key(.role, name).span).map(RoleRecord.init(trusted:))
    }

    mutating func set(user name: String, _ record: UserRecord?) {
        setRecord(.access, Access.key(.user, name).span, record?.encoded)
    }

    mutating func set(role name: String, _ record: RoleRecord?) {
        setRecord(.access, Access.key(.role, name).span, record?.encoded)
    }

    /// The names on a shelf, in order.
    func names(on shelf: Access.Shelf) -> [String] {
        var names: [String] = []
        scanRecords(.access, from: [shelf.rawValue].span, to: [shelf.rawValue + 1].span) { key, _ in
            names.append(String(decoding: key.extracting(1...).array, as: UTF8.self))
            return true
        }
        return names
    }
}

extension WireMessage {
    /// Of a record that this program wrote.
    init(trusted bytes: [UInt8]) {
        do throws(MessageFault) {
            try self.init(decoding: bytes.span)
        } catch {
            preconditionFailure("a record of the state does not parse: \(error)")
        }
    }
}
