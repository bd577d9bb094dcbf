import Daemon
import EventLoop
import Glibc
import Testing
import Units

/// A datagram socket that somebody sends to, as systemd or the journal would have one.
final class Mailbox {
    let path: String
    private let descriptor: Int32

    init(abstract: Bool = false) {
        let name = "/tmp/martlet-mailbox-\(getpid())-\(Loop.seed())"
        path = abstract ? "@" + name : name
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8)
        if abstract { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let status = withUnsafePointer(to: &address) {
            bind(
                descriptor, UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self),
                socklen_t(2 + bytes.count))
        }
        precondition(status == 0)
    }

    deinit {
        close(descriptor)
        if !path.hasPrefix("@") { unlink(path) }
    }

    /// The next message, if one has come.
    func next() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return count < 0 ? nil : Array(bytes[..<count])
    }

    var text: String? { next().map { String(decoding: $0, as: UTF8.self) } }
}

/// A pipe whose far end tells what was written.
final class Paper {
    let near: Int32
    private let far: Int32

    init() {
        var ends: [Int32] = [0, 0]
        precondition(pipe(&ends) == 0)
        far = ends[0]
        near = ends[1]
        _ = fcntl(far, F_SETFL, O_NONBLOCK)
    }

    deinit {
        close(near)
        close(far)
    }

    var text: String {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(far, &bytes, bytes.count)
        return String(decoding: bytes[..<max(0, count)], as: UTF8.self)
    }
}

func withLoop(_ body: (Loop) throws -> Void) throws {
    let loop = Loop()
    defer {
        loop.stop()
        loop.run()
        #expect(loop.openHandles == 0)
    }
    try body(loop)
}
