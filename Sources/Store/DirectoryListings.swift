internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// A listing on its way out. The tree keeps no past, so all of it is written down at once, and sent
/// as credit allows.
struct TreeListing: Equatable {
    var method: UInt32
    var parts: [[UInt8]] = []
    var sent = 0
    /// The answer that ends it.
    var last: [UInt8] = []
    var bytes = 0
}

/// Writes a listing down, in one piece or in parts.
struct ListingPen {
    let limit: Int
    let partSize: Int
    var nodes: [TreeNode] = []
    var size = 0
    var parts: [[UInt8]] = []
    var total = 0

    /// False when it has become too long.
    mutating func add(_ node: Tree.Node) -> Bool {
        let cost = node.key.count + (node.value?.count ?? 0) + 64
        if size + cost > partSize, !nodes.isEmpty { endPart() }
        nodes.append(TreeNode(node))
        size += cost
        total += cost
        return total <= limit
    }

    mutating func endPart() {
        parts.append(TreeResponse(nodes: nodes).encoded)
        nodes.removeAll(keepingCapacity: true)
        size = 0
    }
}

extension Store {
    mutating func lookAtTree(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try TreeRequest(request: body)
        let path = try Tree.Path(request: request.path)
        let limit = request.chunked ? Limits.treeListing : Wire::Limits.maximumFrame
        var pen = ListingPen(limit: limit, partSize: request.chunked ? Limits.chunk : limit)
        var response = treeResponse
        do throws(Tree.Failure) {
            let time = clusterTime
            let node = try mvcc.look(at: path, recursive: request.recursive, time: time) {
                pen.add($0)
            }
            response.node = TreeNode(node)
        } catch {
            response.fail(error)
        }
        guard pen.total <= limit else { throw Self.tooLong(request, limit) }
        directory.looks.add(response.failure == nil)
        guard request.chunked else {
            response.nodes = pen.nodes
            return answer(call, response)
        }
        if !pen.nodes.isEmpty { pen.endPart() }
        try open(call, pen.parts, response)
    }

    private static func tooLong(_ request: TreeRequest, _ limit: Int) -> Refusal {
        Refusal(
            .frameTooLarge,
            "the listing is over \(limit) bytes; "
                + (request.chunked ? "list the directories in it one by one" : "ask for chunks"))
    }

    private mutating func answer(_ call: Call, _ response: TreeResponse) {
        let start = effects.bytes.count
        response.encode(into: &effects.bytes)
        answer(call.session, call.stream, call.method, from: start)
    }

    private mutating func open(
        _ call: Call, _ parts: [[UInt8]], _ response: TreeResponse
    ) throws(Refusal) {
        let bytes = parts.reduce(0) { $0 + $1.count }
        guard directory.listingBytes + bytes <= Limits.treeListings else {
            throw Refusal(.overloaded, "too many listings wait for their readers")
        }
        let listing = TreeListing(
            method: call.method, parts: parts, last: response.encoded, bytes: bytes)
        guard sessions.add(call.stream, to: call.session, .treeListing(listing)) else { return }
        directory.listingBytes += bytes
        directory.listings.append((call.session, call.stream))
    }

    mutating func advanceTree() {
        var due: [(SessionID, UInt32)] = []
        swap(&due, &directory.listings)
        for (session, stream) in due {
            guard case .treeListing(let listing)? = sessions.stream(session, stream)?.kind else {
                continue
            }
            advance(listing, session, stream)
        }
        advanceTreeWatches()
    }

    private mutating func advance(_ listing: TreeListing, _ session: SessionID, _ stream: UInt32) {
        var listing = listing
        while listing.sent < listing.parts.count {
            let part = listing.parts[listing.sent]
            guard part.count <= sessions.allowance(session, stream) else { break }
            sessions.spend(part.count, session, stream)
            send(.stream, part, listing.method, session, stream)
            listing.sent += 1
        }
        guard listing.sent == listing.parts.count else {
            return wait(listing, session, stream)
        }
        forget(listing, session, stream)
        send(.response, listing.last, listing.method, session, stream)
    }

    private mutating func wait(_ listing: TreeListing, _ session: SessionID, _ stream: UInt32) {
        guard !sessions.isWindowOpen(session, stream) else {
            forget(listing, session, stream)
            return refuse(
                session, stream, listing.method,
                .invalid(
                    "a node does not fit into this stream's credit; "
                        + "list again with at least \(Wire::Limits.maximumFrame) bytes"))
        }
        sessions[session]?.streams[stream]?.kind = .treeListing(listing)
    }

    private mutating func send(
        _ type: FrameType, _ bytes: [UInt8], _ method: UInt32, _ session: SessionID,
        _ stream: UInt32
    ) {
        let start = effects.bytes.count
        effects.bytes.append(bytes.span)
        emit(type, session, stream, method, from: start)
    }

    mutating func forget(_ listing: TreeListing, _ session: SessionID, _ stream: UInt32) {
        directory.listingBytes -= listing.bytes
        sessions.remove(stream, from: session)
    }
}
