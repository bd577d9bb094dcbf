internal import Journal
internal import MVCC
internal import Raft
package import Units
internal import Wire

/// What members tell each other: Raft's messages, forwarded batches and snapshot chunks, all as the
/// PeerMessage of proto/raft.proto.
extension Store {
    /// Takes a message of another member; bytes that are no PeerMessage for this member are dropped,
    /// as lost ones would be.
    package mutating func receive(_ bytes: Bytes, at now: Instant) {
        self.now = max(self.now, now)
        recorder.note(process, at: self.now)
        recorder.note(message: bytes, at: self.now)
        let message: PeerMessage
        do throws(MessageFault) {
            message = try PeerMessage(decoding: bytes)
        } catch {
            return
        }
        let sender = MemberID(rawValue: message.from)
        guard message.to == identity.member.rawValue, message.from != 0,
            sender != identity.member, let body = message.body,
            isWelcome(sender, message)
        else { return }
        metrics.received(body, bytes.count, from: sender, at: self.now)
        stages.speaker = sender
        receive(body, from: sender, term: Term(rawValue: message.term))
        stages.speaker = nil
    }

    private mutating func receive(_ body: PeerMessage.Choice, from sender: MemberID, term: Term) {
        switch body {
        case .snapshotChunk(let chunk): received(chunk, from: sender, term: term)
        case .snapshotChunkResponse(let response): confirmed(response, from: sender)
        case .forwardRequest(let request): forwarded(request.payload, from: sender, term: term)
        case .forwardRefusal(let refusal): refused(refusal, term: term)
        case .announcement(let announcement): received(announcement, from: sender)
        case .digestReport(let report): if term == raft.term { reported(report, by: sender) }
        case .digestQuery(let query): if term == raft.term { asked(query, by: sender) }
        case .repairRequest(let request): repairAsked(request, by: sender)
        default:
            if case .appendRequest(let append) = body, haltsAt(append) { return }
            guard let message = Message(body, term: term) else { return }
            raftStep(.received(message, from: sender))
        }
    }

    mutating func send(_ message: Message, to member: MemberID) {
        send(message.body(cluster: identity.cluster), to: member, term: message.term)
    }

    mutating func send(
        _ body: PeerMessage.Choice, to member: MemberID, term: Term,
        lane: OutgoingMessage.Lane = .small
    ) {
        let start = effects.bytes.count
        PeerMessage(
            from: identity.member.rawValue, to: member.rawValue, term: term.rawValue,
            version: settings.supportedVersion.rawValue, birth: identity.birth, body: body
        ).encode(into: &effects.bytes)
        metrics.sent(body, effects.bytes.count - start, to: member, at: now)
        effects.messages.append(
            OutgoingMessage(to: member, lane: lane, body: start..<effects.bytes.count))
    }
}

extension Message {
    func body(cluster: UInt64) -> PeerMessage.Choice {
        switch self {
        case .voteRequest(let vote):
            .voteRequest(
                Wire::VoteRequest(
                    lastIndex: vote.lastIndex.rawValue, lastTerm: vote.lastTerm.rawValue,
                    preVote: vote.preVote, transfer: vote.transfer))
        case .voteResponse(let vote):
            .voteResponse(Wire::VoteResponse(granted: vote.granted, preVote: vote.preVote))
        case .appendRequest(let append):
            .appendRequest(
                Wire::AppendRequest(
                    previousIndex: append.previousIndex.rawValue,
                    previousTerm: append.previousTerm.rawValue, commit: append.commit.rawValue,
                    entries: append.entries.map { EntryMessage($0, cluster: cluster) }))
        case .appendResponse(let append):
            .appendResponse(
                Wire::AppendResponse(
                    matched: append.matched, index: append.index.rawValue,
                    hintIndex: append.hintIndex.rawValue, hintTerm: append.hintTerm.rawValue,
                    life: append.life))
        case .heartbeat(let beat):
            .heartbeat(Wire::Heartbeat(commit: beat.commit.rawValue, readRound: beat.readRound))
        case .heartbeatResponse(let beat):
            .heartbeatResponse(Wire::HeartbeatResponse(readRound: beat.readRound))
        case .timeoutNow:
            .timeoutNow(Wire::TimeoutNow())
        case .readIndexRequest(let read):
            .readIndexRequest(Wire::ReadIndexRequest(id: read.id, life: read.life))
        case .readIndexResponse(let read):
            .readIndexResponse(
                Wire::ReadIndexResponse(
                    id: read.id, index: read.index.rawValue, refused: read.refused))
        }
    }

    /// Nil when it is none of Raft's, or holds an entry that cannot be.
    init?(_ body: PeerMessage.Choice, term: Term) {
        switch body {
        case .voteRequest(let vote):
            self = .voteRequest(
                Raft::VoteRequest(
                    term: term, lastIndex: LogIndex(rawValue: vote.lastIndex),
                    lastTerm: Term(rawValue: vote.lastTerm), preVote: vote.preVote,
                    transfer: vote.transfer))
        case .voteResponse(let vote):
            self = .voteResponse(
                Raft::VoteResponse(term: term, granted: vote.granted, preVote: vote.preVote))
        case .appendRequest(let append):
            guard let request = Raft::AppendRequest(append, term: term) else { return nil }
            self = .appendRequest(request)
        case .appendResponse(let append):
            self = .appendResponse(
                Raft::AppendResponse(
                    term: term, matched: append.matched, index: LogIndex(rawValue: append.index),
                    hintIndex: LogIndex(rawValue: append.hintIndex),
                    hintTerm: Term(rawValue: append.hintTerm), life: append.life))
        case .heartbeat(let beat):
            self = .heartbeat(
                Raft::Heartbeat(
                    term: term, commit: LogIndex(rawValue: beat.commit), readRound: beat.readRound))
        case .heartbeatResponse(let beat):
            self = .heartbeatResponse(
                Raft::HeartbeatResponse(term: term, readRound: beat.readRound))
        case .timeoutNow:
            self = .timeoutNow(Raft::TimeoutNow(term: term))
        case .readIndexRequest(let read):
            self = .readIndexRequest(
                Raft::ReadIndexRequest(term: term, id: read.id, life: read.life))
        case .readIndexResponse(let read):
            self = .readIndexResponse(
                Raft::ReadIndexResponse(
                    term: term, id: read.id, index: LogIndex(rawValue: read.index),
                    refused: read.refused))
        case .snapshotChunk, .snapshotChunkResponse, .forwardRequest, .forwardRefusal,
            .announcement, .digestReport, .digestQuery, .repairRequest:
            return nil
        }
    }
}

extension Raft::AppendRequest {
    /// Nil when the entries do not follow one another, or are of an unknown kind.
    init?(_ append: Wire::AppendRequest, term: Term) {
        var entries: [Entry] = []
        entries.reserveCapacity(append.entries.count)
        var index = append.previousIndex
        for message in append.entries {
            index += 1
            guard message.index == index, let entry = Entry(message) else { return nil }
            entries.append(entry)
        }
        self.init(
            term: term, previousIndex: LogIndex(rawValue: append.previousIndex),
            previousTerm: Term(rawValue: append.previousTerm),
            commit: LogIndex(rawValue: append.commit), entries: entries)
    }
}

extension EntryMessage {
    init(_ entry: Entry, cluster: UInt64) {
        let kind: EntryKind
        let payload: [UInt8]
        switch entry.body {
        case .empty: (kind, payload) = (.empty, [])
        case .commands(let bytes): (kind, payload) = (.commands, bytes)
        case .membership(let membership):
            (kind, payload) = (
                .membership, MembershipMessage(membership, cluster: cluster).encoded
            )
        }
        self.init(
            term: entry.term.rawValue, index: entry.index.rawValue, kind: kind, payload: payload)
    }
}

extension Entry {
    init?(_ message: EntryMessage) {
        let body: Body
        switch message.kind {
        case .empty: body = .empty
        case .commands: body = .commands(message.payload)
        case .membership:
            guard let membership = MembershipMessage.checked(message.payload) else { return nil }
            body = .membership(membership)
        default: return nil
        }
        self.init(
            term: Term(rawValue: message.term), index: LogIndex(rawValue: message.index),
            body: body)
    }
}
