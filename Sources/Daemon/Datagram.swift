internal import Glibc

/// A socket for single messages to a path. Never waits.
package final class Datagram {
    private let descriptor: Int32
    private let path: String

    /// A path that starts with '@' is in the abstract namespace. Nil when it cannot be one.
    package init?(to path: String) {
        guard path.hasPrefix("/") || path.hasPrefix("@"), path.utf8.count > 1,
            path.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path)
        else { return nil }
        let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        descriptor = socket(AF_UNIX, kind, 0)
        self.path = path
        if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    /// Whether it was taken.
    package func send(_ bytes: [UInt8]) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(path.utf8)
        if name[0] == UInt8(ascii: "@") { name[0] = 0 }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        let head = MemoryLayout<sa_family_t>.size
        let size = socklen_t(head + name.count)
        let count = unsafe withUnsafePointer(to: &address) { pointer in
            let plain = unsafe UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
            return unsafe sendto(
                descriptor, bytes, bytes.count, Int32(truncatingIfNeeded: Int(MSG_NOSIGNAL)), plain,
                size)
        }
        return count == bytes.count
    }
}
