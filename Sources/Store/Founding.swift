package import Raft
internal import Units

/// Who this member is and with whom it starts, from flags alone.
package struct Founding: Equatable, Sendable {
    package var cluster: UInt64
    package var member: MemberID
    package var members: [Member]

    package enum Fault: Error, Equatable, Sendable, CustomStringConvertible {
        case badEntry(String)
        case notListed(String)
        case twice(String)

        package var description: String {
            switch self {
            case .badEntry(let entry):
                "cannot read '\(entry)' in --initial-cluster: write name=host:port, or "
                    + "name=host:port/client-host:port"
            case .notListed(let name):
                "member '\(name)' is not in --initial-cluster; add it, or correct --name"
            case .twice(let name):
                "'\(name)' stands twice in --initial-cluster; names and addresses are used once"
            }
        }
    }

    /// A member's id follows from its name and its cluster, so that all members that are started
    /// with the same list agree without talking.
    package init(
        name: String, peerAddress: String, clientAddresses: [String], initialCluster: String?,
        token: String
    ) throws(Fault) {
        var listed = try Founding.parse(initialCluster ?? "\(name)=\(peerAddress)")
        guard let own = listed.firstIndex(where: { $0.name == name }) else {
            throw .notListed(name)
        }
        if listed[own].clients.isEmpty { listed[own].clients = clientAddresses }
        let text = listed.map { "\($0.name)=\($0.peer)" }.sorted().joined(separator: ",")
        let cluster = Hash64.of(Array("\(token)\n\(text)".utf8))
        self.cluster = cluster
        member = Founding.id(name, in: cluster)
        members = listed.map { entry in
            Member(
                id: Founding.id(entry.name, in: cluster), name: entry.name,
                peerAddress: entry.peer, clientAddresses: entry.clients)
        }
    }

    package static func id(_ name: String, in cluster: UInt64) -> MemberID {
        MemberID(rawValue: Hash64.of(Array(name.utf8), seed: cluster) | 1)
    }

    /// A cluster that was there before.
    package init(cluster: UInt64, member: MemberID, members: [Member]) {
        self.cluster = cluster
        self.member = member
        self.members = members
    }

    private typealias Entry = (name: String, peer: String, clients: [String])

    private static func parse(_ text: String) throws(Fault) -> [Entry] {
        var entries: [Entry] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let entry = try parse(entry: part)
            guard !entries.contains(where: { $0.name == entry.name }) else {
                throw .twice(entry.name)
            }
            guard !entries.contains(where: { $0.peer == entry.peer }) else {
                throw .twice(entry.peer)
            }
            entries.append(entry)
        }
        return entries
    }

    private static func parse(entry text: Substring) throws(Fault) -> Entry {
        let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, !halves[0].isEmpty else { throw .badEntry(String(text)) }
        let addresses = halves[1].split(
            separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard addresses.allSatisfy({ isAddress($0) }) else { throw .badEntry(String(text)) }
        return (
            String(halves[0].drop { $0 == " " }), String(addresses[0]),
            addresses.dropFirst().map(String.init)
        )
    }

    private static func isAddress(_ text: Substring) -> Bool {
        guard let colon = text.lastIndex(of: ":"), colon != text.startIndex else { return false }
        return UInt16(text[text.index(after: colon)...]).map { $0 > 0 } ?? false
    }
}
