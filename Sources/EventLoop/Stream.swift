internal import CUV
internal import Glibc
package import Units

/// A connected socket, TCP or unix, or a pipe of a child.
///
/// `send` writes down; the loop writes out, once per turn. What comes in is shown to `onRead`, which
/// says how much of it was used; the rest is shown again with what comes next.
package final class Stream: Handle {
    package enum Kind: Equatable, Sendable { case tcp, unix }

    /// Why nothing more comes from the other side.
    package enum End: Equatable, Sendable {
        case finished
        case failed(LoopFailure)
    }

    package let kind: Kind
    /// Who is on the other side, for people.
    package internal(set) var peer: String
    /// Shown all unread input; answers how many bytes of it were used.
    package var onRead: ((Bytes) -> Int)?
    /// The other side ended or the connection broke. The owner closes.
    package var onEnd: ((End) -> Void)?

    /// What turns that which was sent into that which leaves: a cipher. Called once per turn with
    /// all that was sent; it takes everything from `plain`, or nothing as long as it cannot.
    package var seal: ((_ plain: inout [UInt8], _ out: inout [UInt8]) -> Void)?

    var held = Leftover()
    /// What was sent and waits for `seal`.
    var unsealed: [UInt8] = []
    var isReading = false
    var isHandingOver = false
    var out: [UInt8] = []
    var taken = 0
    var inFlight = 0
    var isListed = false
    var onceBelow: (limit: Int, then: () -> Void)?
    var hasFailed = false
    var ending: Ending?

    init(on loop: Loop, _ kind: Kind, peer: String = "") {
        self.kind = kind
        self.peer = peer
        super.init(on: loop, kind == .tcp ? UV_TCP : UV_NAMED_PIPE)
        switch kind {
        case .tcp: unsafe uv_tcp_init(loop.raw, tcp)
        case .unix: unsafe uv_pipe_init(loop.raw, pipe, 0)
        }
        register()
    }

    /// Takes over a connected descriptor.
    package convenience init(
        adopting descriptor: Int32, _ kind: Kind, on loop: Loop
    ) throws(LoopFailure) {
        self.init(on: loop, kind)
        let status =
            switch kind {
            case .tcp: unsafe uv_tcp_open(tcp, descriptor)
            case .unix: unsafe uv_pipe_open(pipe, descriptor)
            }
        guard status == 0 else {
            close()
            throw LoopFailure(status: status, "use", "descriptor \(descriptor)")
        }
        prepare()
    }

    /// Two ends of one connection inside this process.
    package static func pair(on loop: Loop) throws(LoopFailure) -> (Stream, Stream) {
        var ends: [Int32] = [0, 0]
        guard unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
            throw LoopFailure(status: -errno, "make", "a pair of sockets")
        }
        return (
            try Stream(adopting: ends[0], .unix, on: loop),
            try Stream(adopting: ends[1], .unix, on: loop)
        )
    }

    var tcp: UnsafeMutablePointer<uv_tcp_t> {
        unsafe memory.assumingMemoryBound(to: uv_tcp_t.self)
    }

    var pipe: UnsafeMutablePointer<uv_pipe_t> {
        unsafe memory.assumingMemoryBound(to: uv_pipe_t.self)
    }

    var stream: UnsafeMutablePointer<uv_stream_t> {
        unsafe memory.assumingMemoryBound(to: uv_stream_t.self)
    }

    /// Once connected: small answers leave at once, and the peer gets its name.
    func prepare() {
        if kind == .tcp { unsafe uv_tcp_nodelay(tcp, 1) }
        if peer.isEmpty { peer = remoteAddress?.description ?? (kind == .unix ? "unix" : "?") }
    }

    package var localAddress: Address? {
        kind == .unix ? nil : unsafe socketName { unsafe uv_tcp_getsockname(tcp, $0, $1) }
    }

    package var remoteAddress: Address? {
        kind == .unix ? nil : unsafe socketName { unsafe uv_tcp_getpeername(tcp, $0, $1) }
    }

    /// The process on the other side, as the kernel saw it when it connected. Unix sockets only.
    package var credentials: Credentials? {
        guard kind == .unix, let descriptor else { return nil }
        return Credentials(of: descriptor)
    }

    var descriptor: Int32? {
        var descriptor: Int32 = -1
        let status = unsafe uv_fileno(raw, &descriptor)
        return status == 0 ? descriptor : nil
    }

    func fail(_ failure: LoopFailure) {
        guard !isClosed, !hasFailed else { return }
        hasFailed = true
        stopReading()
        if ending != nil { close() } else { onEnd?(.failed(failure)) }
    }

    override func willClose() {
        loop.giveBack(out)
        loop.giveBack(unsealed)
        out = []
        unsealed = []
        taken = 0
        ending?.timer.close()
    }

    override func didClose() {
        onRead = nil
        onEnd = nil
        seal = nil
        onceBelow = nil
        held.clear()
    }
}

/// Who is on the other side of a unix socket.
package struct Credentials: Equatable, Sendable {
    package var process: Int32
    package var user: UInt32
    package var group: UInt32

    init?(of descriptor: Int32) {
        var words: [UInt32] = [0, 0, 0]
        var size = socklen_t(12)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &words, &size) == 0 else {
            return nil
        }
        process = Int32(bitPattern: words[0])
        user = words[1]
        group = words[2]
    }
}

/// Asks libuv for one of a socket's names.
func socketName(
    _ ask: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<Int32>) -> Int32
) -> Address? {
    var storage = sockaddr_storage()
    var size = Int32(MemoryLayout<sockaddr_storage>.size)
    return unsafe withUnsafeMutablePointer(to: &storage) { storage in
        let plain = unsafe UnsafeMutableRawPointer(storage).assumingMemoryBound(to: sockaddr.self)
        guard unsafe ask(plain, &size) == 0 else { return nil }
        return unsafe SocketAddress(plain)?.address
    }
}
