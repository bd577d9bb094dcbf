package import Journal
package import MVCC
internal import Raft
internal import Units
internal import Wire

/// What a log may hold is agreed upon: a command that older programs do not know is carried out only
/// when every member has said that it knows it. See CLUSTER VERSION in proto/raft.proto.
package struct ClusterVersion: RawRepresentable, Comparable, Hashable, Sendable {
    package var rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Program version 0.1.
    package static let first = ClusterVersion(rawValue: 1)
    /// Program version 0.2: sessions, locks, the directory, users, alarms, replacing members.
    package static let second = ClusterVersion(rawValue: 2)
    /// The newest that this program knows.
    package static let newest = second

    /// As programs are called: "0.2".
    package var name: String { "0.\(rawValue)" }

    package static func < (left: ClusterVersion, right: ClusterVersion) -> Bool {
        left.rawValue < right.rawValue
    }

    /// Since when a command may be in the log; nil when this program does not know it.
    static func since(_ method: UInt32) -> ClusterVersion? {
        switch Method(rawValue: Int32(truncatingIfNeeded: method)) {
        case .put, .deleteRange, .txn, .compact, .leaseGrant, .leaseRevoke, .leaseKeepAlive: .first
        case .unrecognized:
            switch method {
            case InternalMethod.expireLeases, InternalMethod.clusterVersion: .first
            case InternalMethod.known: .second
            default: nil
            }
        case .none: nil
        default: .second
        }
    }
}

/// Who supports what, as far as this member has heard.
struct Versions {
    /// What was agreed upon, as applied.
    var cluster = ClusterVersion.first
    private var heard: [Word] = []
    /// The last that was proposed, and in which term.
    var proposed: (term: Term, version: ClusterVersion)?

    private struct Word {
        var id: MemberID
        var version: ClusterVersion
    }

    subscript(id: MemberID) -> ClusterVersion? { heard.first { $0.id == id }?.version }

    mutating func hear(_ version: ClusterVersion, of id: MemberID) {
        if let place = heard.firstIndex(where: { $0.id == id }) {
            heard[place].version = version
        } else {
            heard.append(Word(id: id, version: version))
        }
    }

    mutating func forget(_ id: MemberID) { heard.removeAll { $0.id == id } }
}

extension Store {
    /// What the members agreed upon, as far as it is applied here.
    package var clusterVersion: ClusterVersion { versions.cluster }

    /// Which version a state stands at.
    package static func clusterVersion(of state: MVCC) -> ClusterVersion {
        guard let record = state.record(.facts, Fact.version.key.span), record.count == 4 else {
            return .first
        }
        return ClusterVersion(rawValue: record.span.little(at: 0))
    }

    /// The number of the first record whose kind this program does not know.
    package static func unknown(among records: [Journal.Record]) -> UInt64? {
        records.first { !Entry.knows(kind: $0.kind) }?.index
    }

    /// For what is new in a method that is old: call it where the command is carried out, too.
    func require(_ version: ClusterVersion, for what: String) throws(Refusal) {
        guard versions.cluster < version else { return }
        let late = members.filter { supported(by: $0.id).map { $0 < version } ?? true }
        let names = late.map { "'\($0.name)'" }.joined(separator: ", ")
        throw Refusal(
            .versionTooLow,
            "\(what) needs cluster version \(version.name), and this one has "
                + "\(versions.cluster.name)"
                + (late.isEmpty || raft.role != .leader
                    ? "; it is raised when all members run \(version.name) or later"
                    : ": not yet heard that \(names) can do it; upgrade there, or start it"))
    }

    func supported(by id: MemberID) -> ClusterVersion? {
        id == identity.member ? settings.supportedVersion : versions[id]
    }

    /// The leader raises the version when all members have said that they know the next.
    mutating func raiseVersion() {
        guard raft.role == .leader, let common = commonVersion, common > versions.cluster else {
            return
        }
        if let last = versions.proposed, last.term == raft.term, last.version >= common { return }
        versions.proposed = (raft.term, common)
        var body: [UInt8] = []
        body.append(little: common.rawValue)
        proposeInternally(InternalMethod.clusterVersion, body)
    }

    private var commonVersion: ClusterVersion? {
        var common = settings.supportedVersion
        for member in raft.membership.members where member.id != identity.member {
            guard let version = versions[member.id] else { return nil }
            common = min(common, version)
        }
        return common
    }

    /// All members are at this version, says the log.
    mutating func raise(_ body: Bytes) {
        guard body.count == 4 else { return }
        let version = ClusterVersion(rawValue: body.little(at: 0))
        guard version > versions.cluster else { return }
        mvcc.setRecord(.facts, Fact.version.key.span, body.array)
        versions.cluster = version
        effects.versionRaised = true
    }

    // MARK: What this program does not know

    /// Why this entry must not be carried out here: another program would do what this one cannot.
    func unknownPart(of payload: Bytes) -> String? {
        var cursor = BatchCursor()
        while let command = cursor.next(in: payload) {
            if command.method == InternalMethod.clusterVersion, command.body.count == 4 {
                let wanted = ClusterVersion(
                    rawValue: payload.little(at: command.body.lowerBound))
                guard wanted > settings.supportedVersion else { continue }
                return "the cluster goes to version \(wanted.name)"
            }
            if ClusterVersion.since(command.method) == nil { return "a method \(command.method)" }
        }
        return nil
    }

    /// Nothing more is applied: going on would lead to another state than the others'.
    mutating func halt(at index: LogIndex, _ what: String) {
        guard effects.halted == nil else { return }
        isHalted = true
        effects.halted =
            "entry \(index.rawValue) of the log holds what this program (version "
            + "\(settings.supportedVersion.name)) does not know: \(what). Install the newer "
            + "program again, or remove this member"
    }

    mutating func answerVersion(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try ClusterVersionRequest(request: body)
        let start = effects.bytes.count
        ClusterVersionResponse(
            header: header, clusterVersion: versions.cluster.rawValue,
            members: members.map {
                MemberVersion(
                    memberID: $0.id.rawValue, name: $0.name,
                    supported: supported(by: $0.id)?.rawValue ?? 0)
            },
            objection: objection(toDowngrade: request.downgradeTo)
        ).encode(into: &effects.bytes)
        answer(call.session, call.stream, call.method, from: start)
    }

    private func objection(toDowngrade wanted: UInt32) -> String {
        guard wanted != 0 else { return "" }
        let version = ClusterVersion(rawValue: wanted)
        guard version < versions.cluster else {
            return version > ClusterVersion.newest
                ? "version \(version.name) is not known to this member" : ""
        }
        return "the cluster is at version \(versions.cluster.name), and data of it cannot be read "
            + "by \(version.name): export the keys, found a cluster of \(version.name) programs "
            + "and import them there"
    }
}

/// The names of this room's records in the table of facts.
enum Fact {
    case version
    case birth(MemberID)
    case removed(MemberID)
    case replacement
    case alarm(MemberID, UInt8)

    var key: [UInt8] {
        switch self {
        case .version: return Array("version".utf8)
        case .replacement: return Array("replacement".utf8)
        case .birth(let id): return Fact.births + Fact.bytes(id)
        case .removed(let id): return Fact.removals + Fact.bytes(id)
        case .alarm(let id, let kind): return Fact.alarms + Fact.bytes(id) + [kind]
        }
    }

    static let births = Array("birth/".utf8)
    static let removals = Array("removed/".utf8)
    static let alarms = Array("alarm/".utf8)

    private static func bytes(_ id: MemberID) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: id.rawValue >> (56 - 8 * $0)) }
    }

    static func id(at offset: Int, in key: Bytes) -> MemberID {
        MemberID(rawValue: key.head(at: offset))
    }
}

extension MVCC {
    /// The facts whose names begin with `prefix`, in order.
    func facts(_ prefix: [UInt8]) -> [(key: [UInt8], value: [UInt8])] {
        var found: [(key: [UInt8], value: [UInt8])] = []
        var end = prefix
        end[end.count - 1] += 1
        scanRecords(.facts, from: prefix.span, to: end.span) { key, value in
            found.append((key.array, value.array))
            return true
        }
        return found
    }
}
