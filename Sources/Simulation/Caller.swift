import Store
import Units
import Wire

/// One client, or the operator: who asks, over one connection at a time, and counts what it is sent.
final class Caller {
    enum Call {
        case operation(Int, pairs: [KeyValue])
        /// Its place in `watches`.
        case watch(Int)
        case administration
    }

    struct Watch {
        var record: WatchRecord
        /// Nil while it waits for a connection.
        var stream: UInt32?
        var isWanted = true
    }

    let index: Int
    var chance: Chance
    /// The connection it has, as its number in the world.
    var session: Int?
    private var lastStream: UInt32 = 0
    private var calls: [UInt32: Call] = [:]
    /// Streams of `calls`, oldest first.
    private(set) var open: [UInt32] = []
    /// What the other side may still send.
    private var streamCredit: [UInt32: Int] = [:]
    private var connectionCredit = 0
    var watches: [Watch] = []
    var leases: [Int64] = []
    /// Gives no credit before.
    var stalledUntil = Moment.zero

    init(index: Int, seed: UInt64) {
        self.index = index
        chance = Chance(seed: seed, name: "caller \(index)")
    }

    func connect(_ session: Int, connectionCredit: Int) {
        self.session = session
        self.connectionCredit = connectionCredit
        lastStream = 0
    }

    /// Opens a call and returns its number.
    func call(_ call: Call, streamCredit: Int) -> UInt32 {
        lastStream += 1
        calls[lastStream] = call
        open.append(lastStream)
        self.streamCredit[lastStream] = streamCredit
        return lastStream
    }

    subscript(stream: UInt32) -> Call? {
        get { calls[stream] }
        set { calls[stream] = newValue }
    }

    func end(_ stream: UInt32) {
        calls[stream] = nil
        streamCredit[stream] = nil
        open.removeAll { $0 == stream }
    }

    /// A STREAM frame came; it must have been paid for.
    func spend(_ bytes: Int, _ stream: UInt32) throws(Violation) {
        streamCredit[stream]! -= bytes
        connectionCredit -= bytes
        guard streamCredit[stream]! >= 0, connectionCredit >= 0 else {
            throw Violation(
                "client \(index) was sent \(bytes) bytes on stream \(stream) without credit for "
                    + "them: it has \(streamCredit[stream]!) and \(connectionCredit) now")
        }
    }

    func give(_ bytes: Int, _ stream: UInt32) {
        if stream == 0 { connectionCredit += bytes } else { streamCredit[stream]? += bytes }
    }

    /// The connection is gone: the calls that were open.
    func disconnect() -> [Call] {
        let lost = open.compactMap { calls[$0] }
        session = nil
        calls.removeAll()
        streamCredit.removeAll()
        open.removeAll()
        for place in watches.indices { watches[place].stream = nil }
        return lost
    }
}

/// A connection between a caller and one life of a node. Frames arrive in the order in which they were
/// sent.
struct Link {
    let caller: Int
    let node: Int
    let life: UInt64
    var upward = Moment.zero
    var downward = Moment.zero

    /// What goes to the node.
    enum Upward {
        case open(streamCredit: Int, connectionCredit: Int)
        case request(stream: UInt32, method: UInt32, deadline: Instant.Span?, body: [UInt8])
        case credit(stream: UInt32, bytes: Int)
        case cancel(stream: UInt32)
        case close
    }

    /// What comes from it.
    enum Downward {
        case frame(type: FrameType, stream: UInt32, method: UInt32, body: [UInt8])
        case lost
    }
}
