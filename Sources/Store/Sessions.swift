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

        /// Where in `order` it is or would be.
        func place(of stream: UInt32) -> Int {
            var low = 0
            var high = order.count
            while low < high {
                let middle = (low + high) / 2
                if order[middle] < stream { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    struct Stream {
        var credit: Int
        var kind: Kind

        enum Kind: Equatable {
            case range(RangeCursor)
            case watch(WatcherID)
            /// Waits for a lock.
            case standing
            /// Observes an election.
            case observer
            case treeWatch(WatcherID)
            case treeListing(TreeListing)
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
        let place = table[id]!.place(of: stream)
        table[id]!.order.insert(stream, at: place)
        return true
    }

    mutating func remove(_ stream: UInt32, from id: SessionID) {
        guard table[id]?.streams.removeValue(forKey: stream) != nil else { return }
        let place = table[id]!.place(of: stream)
        table[id]!.order.remove(at: place)
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
        let call = CallKey(session: session, stream: stream)
        guard let open = sessions.stream(session, stream) else { return cancelAsking(call) }
        switch open.kind {
        case .standing: cancelStanding(call)
        case .observer: endObserver(call, Refusal(.cancelled, "cancelled by the caller"))
        case .range(let cursor):
            sessions.remove(stream, from: session)
            refuse(session, stream, cursor.method, .cancelled, "cancelled by the caller")
        case .watch(let number):
            endWatch(number, Refusal(.cancelled, "cancelled by the caller"))
        case .treeWatch(let number):
            endTreeWatch(number, Refusal(.cancelled, "cancelled by the caller"))
        case .treeListing(let listing):
            forget(listing, session, stream)
            refuse(session, stream, listing.method, .cancelled, "cancelled by the caller")
        }
    }

    mutating func close(_ id: SessionID) {
        guard let session = sessions.close(id) else { return }
        for stream in session.order {
            let call = CallKey(session: id, stream: stream)
            switch session.streams[stream]?.kind {
            case .watch(let number): forgetWatch(number)
            case .standing: forgetStanding(call)
            case .observer: lines.look(away: call)
            case .treeWatch(let number): directory.watches.remove(number)
            case .treeListing(let listing): forget(listing, id, stream)
            case .range, nil: break
            }
        }
    }

    private mutating func wake(_ session: SessionID, _ stream: UInt32) {
        guard let open = sessions.stream(session, stream) else { return }
        switch open.kind {
        case .range: ranges.append((session, stream))
        case .watch(let number): wakeWatch(number)
        case .observer: wakeObserver(CallKey(session: session, stream: stream))
        case .standing: break
        case .treeWatch(let number): directory.watches.wake(number)
        case .treeListing: directory.listings.append((session, stream))
        }
    }
}
