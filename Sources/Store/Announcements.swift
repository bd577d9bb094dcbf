internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Members that are reached elsewhere than the membership says.
///
/// Whoever moved tells everybody; they use the new address at once, so that even an election can do
/// with it, and the leader has it written into the membership.
struct Addresses {
    /// What others announced and the membership does not say yet.
    private(set) var announced: [Moved] = []
    var due = Instant.zero

    struct Moved {
        var id: MemberID
        var what: Announcement
    }

    subscript(id: MemberID) -> Announcement? { announced.first { $0.id == id }?.what }

    mutating func set(_ id: MemberID, _ announcement: Announcement?) {
        announced.removeAll { $0.id == id }
        if let announcement { announced.append(Moved(id: id, what: announcement)) }
    }
}

extension Store {
    /// The other members, with the addresses to dial.
    package var peers: [Member] {
        members.filter { $0.id != identity.member }.map { member in
            var member = member
            if let moved = addresses[member.id] { member.peerAddress = moved.peerAddress }
            return member
        }
    }

    /// Tells where we are reached, once a second until everybody knows.
    mutating func announce() {
        guard now >= addresses.due, let wanted = ownAnnouncement else { return }
        addresses.due = now + Limits.announcementInterval
        if raft.role == .leader { return received(wanted, from: identity.member) }
        for member in raft.membership.members where member.id != identity.member {
            send(.announcement(wanted), to: member.id, term: raft.term)
        }
    }

    /// Nil while the membership says what is so.
    private var ownAnnouncement: Announcement? {
        guard settings.peerAddress != nil || settings.clientAddresses != nil,
            let own = raft.membership[identity.member].map(MemberMessage.init(member:))
        else { return nil }
        let wanted = Announcement(
            peerAddress: settings.peerAddress ?? own.peerAddress,
            clientAddresses: settings.clientAddresses ?? own.clientAddresses)
        return isNews(wanted, of: own) ? wanted : nil
    }

    private func isNews(_ announcement: Announcement, of member: MemberMessage) -> Bool {
        announcement.peerAddress != member.peerAddress
            || announcement.clientAddresses != member.clientAddresses
    }

    mutating func received(_ announcement: Announcement, from id: MemberID) {
        guard let member = raft.membership[id].map(MemberMessage.init(member:)),
            !announcement.peerAddress.isEmpty,
            announcement.clientAddresses.count <= Limits.clientAddresses,
            !isTaken(announcement.peerAddress, besides: id)
        else { return }
        let news = isNews(announcement, of: member) ? announcement : nil
        guard addresses[id] != news else { return }
        addresses.set(id, news)
        effects.membershipChanged = true
    }

    func isTaken(_ peerAddress: String, besides id: MemberID) -> Bool {
        members.contains { $0.peerAddress == peerAddress && $0.id != id }
    }

    /// What the membership says by now need not be remembered.
    mutating func settleAddresses() {
        for moved in addresses.announced {
            let member = raft.membership[moved.id].map(MemberMessage.init(member:))
            let isNews = member.map { self.isNews(moved.what, of: $0) } ?? false
            if !isNews { addresses.set(moved.id, nil) }
        }
    }

    /// Writes the next announced address into the membership; false when there is none.
    mutating func adoptAddress() -> Bool {
        guard let moved = addresses.announced.first,
            let member = raft.membership[moved.id]
        else { return false }
        var message = MemberMessage(member: member)
        message.peerAddress = moved.what.peerAddress
        message.clientAddresses = moved.what.clientAddresses
        raftStep(.change(.update(moved.id, context: message.raft.context)))
        return true
    }
}
