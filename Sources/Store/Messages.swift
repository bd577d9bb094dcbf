internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Between the protocol's messages and the cores' values.

extension KeyValue {
    init(_ record: Record) {
        self.init(
            key: record.key, createRevision: record.facts.create.rawValue,
            modRevision: record.facts.mod.rawValue, version: record.facts.version,
            value: record.value, lease: record.facts.lease.rawValue)
    }
}

extension KeyRange {
    init(_ key: [UInt8], _ rangeEnd: [UInt8]) throws(Refusal) {
        do throws(MVCC::Failure) {
            try self.init(key: key, rangeEnd: rangeEnd)
        } catch {
            throw Refusal(error)
        }
    }
}

extension PutView {
    init(request: Bytes) throws(Refusal) {
        do throws(MessageFault) { self = try PutView(request) } catch { throw Refusal(error) }
    }
}

extension WireMessage {
    init(request: Bytes) throws(Refusal) {
        do throws(MessageFault) { try self.init(decoding: request) } catch { throw Refusal(error) }
    }
}

extension MembershipMessage {
    init(_ membership: Membership, cluster: UInt64) {
        self.init(
            clusterID: cluster, members: membership.members.map(MemberMessage.init(member:)),
            joint: membership.isJoint)
    }

    /// The membership that was encoded here once; no members when there are no bytes.
    static func raft(decoding bytes: [UInt8]) -> Membership {
        do throws(MessageFault) {
            return try MembershipMessage(decoding: bytes.span).raft
        } catch {
            preconditionFailure("a membership that was checked when it came in no longer parses")
        }
    }

    /// Nil when the bytes are no membership that can be.
    static func checked(_ bytes: [UInt8]) -> Membership? {
        do throws(MessageFault) {
            let message = try MembershipMessage(decoding: bytes.span)
            let ids = message.members.map(\.id).sorted()
            let areApart = zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 }
            let isPlain = message.joint || message.members.allSatisfy { !$0.outgoing }
            return areApart && isPlain ? message.raft : nil
        } catch {
            return nil
        }
    }

    var raft: Membership {
        Membership(
            members: members.map(\.raft).sorted { $0.id < $1.id }, isJoint: joint)
    }
}

extension MemberMessage {
    init(member: Membership.Member) {
        do throws(MessageFault) {
            self = try MemberMessage(decoding: member.context.span)
        } catch {
            self = MemberMessage()
        }
        id = member.id.rawValue
        outgoing = member.outgoing
        seat =
            switch member.seat {
            case .none: .noSeat
            case .voter: .voter
            case .learner: .learner
            }
    }

    /// The context keeps name and addresses, and nothing that changes with the seat.
    var raft: Membership.Member {
        let context = MemberMessage(
            name: name, peerAddress: peerAddress, clientAddresses: clientAddresses,
            standing: standing)
        let seat: Membership.Seat =
            switch self.seat {
            case .voter: .voter
            case .learner: .learner
            default: .none
            }
        return Membership.Member(
            id: MemberID(rawValue: id), seat: seat, outgoing: outgoing, context: context.encoded)
    }

    init(_ member: Member) {
        self.init(
            id: member.id.rawValue, seat: member.isLearner ? .learner : .voter, name: member.name,
            peerAddress: member.peerAddress, clientAddresses: member.clientAddresses,
            standing: member.isStanding)
    }
}

/// The membership a new cluster or a joining member begins with, as it is kept with the state.
package func encodedMembership(_ members: [Member], cluster: UInt64) -> [UInt8] {
    MembershipMessage(
        clusterID: cluster,
        members: members.sorted { $0.id < $1.id }.map(MemberMessage.init)
    ).encoded
}

extension Store {
    var membership: (members: [Member], isJoint: Bool) {
        (raft.membership.members.map(Member.init), raft.membership.isJoint)
    }
}

extension KeyFacts {
    init(_ facts: Facts) {
        self.init(
            create: facts.create.rawValue, mod: facts.mod.rawValue, version: facts.version,
            lease: facts.lease.rawValue)
    }
}
