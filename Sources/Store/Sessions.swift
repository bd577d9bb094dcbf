internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Connections of clients that have streams open, and what they may still be sent.
struct Sessions {
    private var table: [SessionID: Session] = [:]
    /// In the order in which they were opened, and some that are gone.
    private(set) var order: [SessionID] = []

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
        /// Who it is by the connection itself.
        var caller = Caller.anonymous
        /// Who it is by name and password; comes first.
        var login: Login?

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

    struct Login: Equatable {
        var user: String
        /// As they were when the password was checked.
        var credentials: Int64
    }

    struct Stream {
        var credit: Int
        var kind: Kind

        enum Kind: Equatable {
            case range(RangeCursor)
            case watch(WatcherID)
            case backup(UInt64)
            case recording
            /// Waits for a lock.
            case standing
            /// Observes an election.
            case observer
            case treeWatch(WatcherID)
            case treeListing(TreeListing)
        }
    }

    mutating func open(_ id: SessionID, streamCredit: Int, connectionCredit: Int) {
        if order.count > 64, order.count > 2 * table.count { order.removeAll { table[$0] == nil } }
        order.append(id)
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
        guard sessions.stream(session, stream) != nil else {
            return cancelAsking(CallKey(session: session, stream: stream))
        }
        end(session, stream, Refusal(.cancelled, "cancelled by the caller"))
    }

    /// Ends a stream with an error.
    mutating func end(_ session: SessionID, _ stream: UInt32, _ refusal: Refusal) {
        let call = CallKey(session: session, stream: stream)
        guard let open = sessions.stream(session, stream) else { return }
        switch open.kind {
        case .standing: cancelStanding(call, refusal)
        case .observer: endObserver(call, refusal)
        case .range(let cursor):
            sessions.remove(stream, from: session)
            refuse(session, stream, cursor.method, refusal)
        case .watch(let number): endWatch(number, refusal)
        case .backup(let id): dropBackup(id, refusal)
        case .recording:
            sessions.remove(stream, from: session)
            refuse(session, stream, recordingMethod, refusal)
        case .treeWatch(let number): endTreeWatch(number, refusal)
        case .treeListing(let listing):
            forget(listing, session, stream)
            refuse(session, stream, listing.method, refusal)
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
            case .backup(let id): dropBackup(id, nil)
            case .range, .recording, nil: break
            }
        }
    }

    private mutating func wake(_ session: SessionID, _ stream: UInt32) {
        guard let open = sessions.stream(session, stream) else { return }
        switch open.kind {
        case .range: ranges.append((session, stream))
        case .watch(let number): wakeWatch(number)
        case .backup(let id): backups.waking.append(id)
        case .recording: break
        case .observer: wakeObserver(CallKey(session: session, stream: stream))
        case .standing: break
        case .treeWatch(let number): directory.watches.wake(number)
        case .treeListing: directory.listings.append((session, stream))
        }
    }
}
