package import EventLoop
internal import Glibc

/// Sockets that systemd has opened for us: sd_listen_fds(3).
package struct Activation: Equatable, Sendable {
    package var descriptor: Int32
    /// `FileDescriptorName=` of the socket unit.
    package var name: String
    package var kind: EventLoop.Stream.Kind

    package static let variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]

    /// Those that are meant for this process and can be listened on. The others are left alone.
    package static func sockets(
        _ environment: Environment = .own(variables), first: Int32 = 3
    ) -> [Activation] {
        guard environment["LISTEN_PID"].flatMap({ Int32($0) }) == getpid(),
            let count = environment["LISTEN_FDS"].flatMap({ Int($0) }), count > 0
        else { return [] }
        let names = (environment["LISTEN_FDNAMES"] ?? "")
            .split(separator: ":", omittingEmptySubsequences: false)
        return (0..<min(count, Limits.activated)).compactMap { index in
            let name = index < names.count ? String(names[index]) : "unknown"
            return Activation(descriptor: first + Int32(index), name: name)
        }
    }

    private init?(descriptor: Int32, name: String) {
        guard Activation.option(descriptor, SO_TYPE) == Int32(SOCK_STREAM.rawValue),
            Activation.option(descriptor, SO_ACCEPTCONN) == 1
        else { return nil }
        switch Activation.option(descriptor, SO_DOMAIN) {
        case AF_INET, AF_INET6: kind = .tcp
        case AF_UNIX: kind = .unix
        default: return nil
        }
        self.descriptor = descriptor
        self.name = name
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    private static func option(_ descriptor: Int32, _ name: Int32) -> Int32? {
        var value: Int32 = 0
        var size = socklen_t(4)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 else {
            return nil
        }
        return value
    }
}
