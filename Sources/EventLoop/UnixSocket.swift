internal import CUV
internal import Glibc

/// The file of a unix socket.
enum UnixSocket {
    /// Makes way for a new socket at `path`: removes one that nobody answers any more.
    static func clear(_ path: String) throws(LoopFailure) {
        guard path.utf8.count <= Limits.unixPath else {
            throw failure(.nameTooLong(limit: Limits.unixPath), path)
        }
        var facts = stat()
        guard unsafe lstat(path, &facts) == 0 else { return }
        guard facts.st_mode & S_IFMT == S_IFSOCK else { throw failure(.notASocket, path) }
        switch knock(path) {
        case 0, EAGAIN: throw failure(.addressInUse, path)
        case ECONNREFUSED:
            guard unsafe unlink(path) == 0 || errno == ENOENT else {
                throw LoopFailure(status: -errno, "remove the stale socket", path)
            }
        case let code: throw LoopFailure(status: -code, "listen on", "unix:\(path)")
        }
    }

    /// Tries to connect without waiting; 0 when somebody answers, otherwise errno.
    private static func knock(_ path: String) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { return errno }
        defer { Glibc.close(descriptor) }
        var address = UnixSocket.address(path)
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            let plain = unsafe UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
            return unsafe connect(descriptor, plain, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
        return status == 0 ? 0 : errno
    }

    private static func address(_ path: String) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) {
            unsafe $0.copyBytes(from: path.utf8)
        }
        return address
    }

    /// Gives the socket its mode and its group.
    static func restrict(_ path: String, _ access: Listener.Access) throws(LoopFailure) {
        if let name = access.group {
            guard let group = unsafe getgrnam(name) else {
                throw failure(.unknownGroup(name), path)
            }
            guard unsafe chown(path, uid_t.max, group.pointee.gr_gid) == 0 else {
                throw LoopFailure(status: -errno, "give to group '\(name)'", path)
            }
        }
        guard unsafe chmod(path, mode_t(access.mode)) == 0 else {
            throw LoopFailure(status: -errno, "set the mode of", path)
        }
    }

    /// The path that a bound socket has.
    static func path(of descriptor: Int32) -> String? {
        var address = sockaddr_un()
        var size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let status = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            let plain = unsafe UnsafeMutableRawPointer(pointer)
                .assumingMemoryBound(to: sockaddr.self)
            return unsafe getsockname(descriptor, plain, &size)
        }
        guard status == 0, address.sun_family == sa_family_t(AF_UNIX) else { return nil }
        let name = unsafe withUnsafeBytes(of: &address.sun_path) { bytes in
            unsafe Array(bytes.prefix { $0 != 0 })
        }
        return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
    }

    private static func failure(_ reason: LoopFailure.Reason, _ path: String) -> LoopFailure {
        LoopFailure(reason, "listen on", "unix:\(path)")
    }
}
