internal import CUV
internal import Glibc

/// A door: takes connections on a TCP address or a unix socket.
package final class Listener: Handle {
    package let kind: Stream.Kind
    /// Where it listens; with the real port if 0 was asked for.
    package private(set) var address: Address
    private var onStream: ((Stream) -> Void)?
    /// A connection could not be taken; the door stays open.
    package var onFailure: ((LoopFailure) -> Void)?

    /// Who may knock at a unix socket.
    package struct Access: Equatable, Sendable {
        package var mode: UInt32
        package var group: String?

        package init(mode: UInt32 = 0o660, group: String? = nil) {
            self.mode = mode
            self.group = group
        }
    }

    private init(
        on loop: Loop, _ kind: Stream.Kind, _ address: Address,
        _ onStream: @escaping (Stream) -> Void
    ) {
        self.kind = kind
        self.address = address
        self.onStream = onStream
        super.init(on: loop, kind == .tcp ? UV_TCP : UV_NAMED_PIPE)
        switch kind {
        case .tcp: unsafe uv_tcp_init(loop.raw, tcp)
        case .unix: unsafe uv_pipe_init(loop.raw, pipe, 0)
        }
        register()
    }

    /// Listens on `address`. Of a name's addresses the first is taken. A unix socket that nobody
    /// answers any more is replaced; its file goes when the listener is closed.
    package static func open(
        on loop: Loop, _ address: Address, access: Access = Access(),
        onStream: @escaping (Stream) -> Void
    ) throws(LoopFailure) -> Listener {
        switch address {
        case .host(let host, let port):
            let found = try Lookup.now(host, port: port)[0]
            let listener = Listener(on: loop, .tcp, address, onStream)
            try listener.bind(found)
            try listener.listen()
            listener.address =
                unsafe socketName {
                    unsafe uv_tcp_getsockname(listener.tcp, $0, $1)
                } ?? address
            return listener
        case .unix(let path):
            try UnixSocket.clear(path)
            let listener = Listener(on: loop, .unix, address, onStream)
            try listener.bind(path, access)
            try listener.listen()
            return listener
        }
    }

    /// Listens on a socket that somebody else has bound, as socket activation does.
    package static func adopt(
        on loop: Loop, descriptor: Int32, _ kind: Stream.Kind,
        onStream: @escaping (Stream) -> Void
    ) throws(LoopFailure) -> Listener {
        let name = Address.unix("descriptor \(descriptor)")
        let listener = Listener(on: loop, kind, name, onStream)
        switch kind {
        case .tcp:
            try listener.check(unsafe uv_tcp_open(listener.tcp, descriptor))
            listener.address =
                unsafe socketName {
                    unsafe uv_tcp_getsockname(listener.tcp, $0, $1)
                } ?? name
        case .unix:
            try listener.check(unsafe uv_pipe_open(listener.pipe, descriptor))
            listener.address = UnixSocket.path(of: descriptor).map { .unix($0) } ?? name
        }
        try listener.listen()
        return listener
    }

    private var tcp: UnsafeMutablePointer<uv_tcp_t> {
        unsafe memory.assumingMemoryBound(to: uv_tcp_t.self)
    }

    private var pipe: UnsafeMutablePointer<uv_pipe_t> {
        unsafe memory.assumingMemoryBound(to: uv_pipe_t.self)
    }

    private var stream: UnsafeMutablePointer<uv_stream_t> {
        unsafe memory.assumingMemoryBound(to: uv_stream_t.self)
    }

    private func bind(_ address: SocketAddress) throws(LoopFailure) {
        let tcp = unsafe tcp
        try check(unsafe address.withPointer { unsafe uv_tcp_bind(tcp, $0, 0) })
    }

    /// Between bind and listen nobody can connect, so the rights are set in that gap.
    private func bind(_ path: String, _ access: Access) throws(LoopFailure) {
        let mask = umask(0o177)
        let status = unsafe uv_pipe_bind(pipe, path)
        umask(mask)
        try check(status)
        do throws(LoopFailure) {
            try UnixSocket.restrict(path, access)
        } catch {
            close()
            throw error
        }
    }

    private func listen() throws(LoopFailure) {
        try check(
            unsafe uv_listen(stream, Limits.backlog) { handle, status in
                unsafe Handle.of(handle!.pointee.data, Listener.self).knocked(status)
            })
    }

    private func check(_ status: Int32) throws(LoopFailure) {
        guard status != 0 else { return }
        close()
        throw LoopFailure(status: status, "listen on", address.description)
    }

    private func knocked(_ status: Int32) {
        guard !isClosed else { return }
        let stream = Stream(on: loop, kind)
        let result = status == 0 ? unsafe uv_accept(self.stream, stream.stream) : status
        guard result == 0 else {
            stream.close()
            onFailure?(LoopFailure(status: result, "accept on", address.description))
            return
        }
        stream.prepare()
        onStream?(stream)
    }

    override func didClose() {
        onStream = nil
        onFailure = nil
    }
}
