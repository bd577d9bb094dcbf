internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Connections of clients that have streams open, and what they may still be sent.
struct Sessions {
    private var table: [SessionID: Session] = [:]

    struct Session {
        /// What each new stream may be sent at first, in bytes.
        var streamCredit: Int
        /// What all streams together may be sent at first.
        var connectionCredit: Int
        /// What all streams together may still be sent.
        var credit: Int
        var streams: [UInt32: Stream] = [:]
        /// Numbers of the open streams, ascending.
        var order: [UInt32] = []
    }

    struct Stream {
        var credit: Int
        var kind: Kind

        enum Kind: Equatable {
            case range(RangeCursor)
            case watch(WatcherID)
        }
    }

    mutating func open(_ id: SessionID, streamCredit: Int, connectionCredit: Int) {
        table[id] = Session(
            streamCredit: streamCredit, connectionCredit: connectionCredit,
            credit: connectionCredit)
    }

    mutating func close(_ id: SessionID) -> Session? { table.removeValue(forKey: id) }

    subscript(id: SessionID) -> Session? {
        get { table[id] }
        _modify { yield &table[id] }
    }

    func stream(_ id: SessionID, _ stream: UInt32) -> Stream? { table[id]?.streams[stream] }

    /// False when the session is gone.
    mutating func add(_ stream: UInt32, to id: SessionID, _ kind: Stream.Kind) -> Bool {
        guard let credit = table[id]?.streamCredit else { return false }
        table[id]!.streams[stream] = Stream(credit: credit, kind: kind)
        table[id]!.order.append(stream)
        return true
    }

    mutating func remove(_ stream: UInt32, from id: SessionID) {
        table[id]?.streams[stream] = nil
        table[id]?.order.removeAll { $0 == stream }
    }

    /// Bytes that may be sent on this stream now.
    func allowance(_ id: SessionID, _ stream: UInt32) -> Int {
        guard let session = table[id], let stream = session.streams[stream] else { return 0 }
        return min(session.credit, stream.credit)
    }

    mutating func spend(_ bytes: Int, _ id: SessionID, _ stream: UInt32) {
        table[id]?.credit -= bytes
        table[id]?.streams[stream]?.credit -= bytes
    }

    /// Nothing more can come by waiting for credit: the account is as full as it gets.
    func isWindowOpen(_ id: SessionID, _ stream: UInt32) -> Bool {
        guard let session = table[id] else { return false }
        let widest = min(session.streamCredit, session.connectionCredit, Limits.widestWindow)
        return allowance(id, stream) >= widest
    }

    mutating func add(credit bytes: Int, _ id: SessionID, _ stream: UInt32) {
        if stream == 0 {
            table[id]?.credit += bytes
        } else {
            table[id]?.streams[stream]?.credit += bytes
        }
    }
}

extension Store {
    mutating func credit(_ session: SessionID, _ stream: UInt32, _ bytes: Int) {
        sessions.add(credit: bytes, session, stream)
        guard let open = sessions[session] else { return }
        if stream == 0 {
            for stream in open.order { wake(session, stream) }
        } else {
            wake(session, stream)
        }
    }

    mutating func cancel(_ session: SessionID, _ stream: UInt32) {
        guard let open = sessions.stream(session, stream) else { return }
        switch open.kind {
        case .range(let cursor):
            sessions.remove(stream, from: session)
            refuse(session, stream, cursor.method, .cancelled, "cancelled by the caller")
        case .watch(let number):
            endWatch(number, Refusal(.cancelled, "cancelled by the caller"))
        }
    }

    mutating func close(_ id: SessionID) {
        guard let session = sessions.close(id) else { return }
        for stream in session.order {
            if case .watch(let number)? = session.streams[stream]?.kind { forgetWatch(number) }
        }
    }

    private mutating func wake(_ session: SessionID, _ stream: UInt32) {
        guard let open = sessions.stream(session, stream) else { return }
        switch open.kind {
        case .range: ranges.append((session, stream))
        case .watch(let number): wakeWatch(number)
        }
    }
}
