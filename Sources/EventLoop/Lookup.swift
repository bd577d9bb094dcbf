internal import CUV
internal import Glibc

/// Names to addresses, by the machine's resolver, on libuv's own threads.
@safe package final class Lookup {
    package typealias Outcome = Result<[SocketAddress], LoopFailure>
    private let host: String
    private let port: UInt16
    private let request: UnsafeMutablePointer<uv_getaddrinfo_t>
    private var then: ((Outcome) -> Void)?

    private init(_ host: String, _ port: UInt16, _ then: @escaping (Outcome) -> Void) {
        self.host = host
        self.port = port
        self.then = then
        unsafe request = .allocate(capacity: 1)
    }

    deinit { unsafe request.deallocate() }

    /// `then` is called once, in a later turn, with at least one address or a failure.
    @discardableResult
    package static func start(
        on loop: Loop, _ host: String, port: UInt16, then: @escaping (Outcome) -> Void
    ) -> Lookup {
        let lookup = Lookup(host, port, then)
        if let literal = SocketAddress(literal: host, port: port) {
            loop.nextTurn { lookup.end(.success([literal])) }
        } else {
            lookup.ask(loop)
        }
        return lookup
    }

    /// The answer, if one still comes, goes nowhere.
    package func cancel() {
        then = nil
    }

    private func ask(_ loop: Loop) {
        unsafe request.pointee.data = Unmanaged.passRetained(self).toOpaque()
        var hints = unsafe Lookup.hints
        let status = unsafe uv_getaddrinfo(
            loop.raw, request, { unsafe Lookup.answered($0, $1, $2) }, host, nil, &hints)
        guard status != 0 else { return }
        unsafe Unmanaged.passUnretained(self).release()
        loop.nextTurn { self.end(.failure(self.failure(status))) }
    }

    private static var hints: addrinfo {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_ADDRCONFIG
        return unsafe hints
    }

    private static func answered(
        _ request: UnsafeMutablePointer<uv_getaddrinfo_t>?, _ status: Int32,
        _ list: UnsafeMutablePointer<addrinfo>?
    ) {
        let lookup = unsafe Unmanaged<Lookup>.fromOpaque(request!.pointee.data)
            .takeRetainedValue()
        let found = unsafe collect(list, port: lookup.port)
        unsafe uv_freeaddrinfo(list)
        if status == 0, found.isEmpty {
            lookup.end(.failure(LoopFailure(.unknownHost, "look up", lookup.host)))
        } else {
            lookup.end(status == 0 ? .success(found) : .failure(lookup.failure(status)))
        }
    }

    /// For start-up only: waits for the answer.
    static func now(_ host: String, port: UInt16) throws(LoopFailure) -> [SocketAddress] {
        if let literal = SocketAddress(literal: host, port: port) { return [literal] }
        var list: UnsafeMutablePointer<addrinfo>?
        var hints = unsafe Lookup.hints
        let status = unsafe getaddrinfo(host, nil, &hints, &list)
        defer { if unsafe list != nil { unsafe freeaddrinfo(list) } }
        let found = status == 0 ? unsafe collect(list, port: port) : []
        guard !found.isEmpty else { throw LoopFailure(.unknownHost, "look up", host) }
        return found
    }

    private static func collect(
        _ list: UnsafeMutablePointer<addrinfo>?, port: UInt16
    ) -> [SocketAddress] {
        var found: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next, found.count < Limits.addressesPerName {
            if let address = unsafe SocketAddress(UnsafePointer(entry.pointee.ai_addr)) {
                found.append(address.with(port: port))
            }
            unsafe next = entry.pointee.ai_next
        }
        return found
    }

    private func failure(_ status: Int32) -> LoopFailure {
        LoopFailure(status: status, "look up", host)
    }

    private func end(_ outcome: Outcome) {
        let then = then.take()
        then?(outcome)
    }
}
