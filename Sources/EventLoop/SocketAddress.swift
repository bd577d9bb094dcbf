internal import CUV
internal import Glibc

/// An address as the kernel knows it: no names left.
package struct SocketAddress: Equatable, Sendable {
    /// The bytes of `sockaddr_in` or `sockaddr_in6`, with nothing after them.
    private var bytes: [UInt8]

    /// From a literal; nil when `host` is a name.
    package init?(literal host: String, port: UInt16) {
        var four = sockaddr_in()
        var six = sockaddr_in6()
        if unsafe uv_ip4_addr(host, Int32(port), &four) == 0 {
            bytes = unsafe withUnsafeBytes(of: four) { unsafe Array($0) }
        } else if unsafe uv_ip6_addr(host, Int32(port), &six) == 0 {
            bytes = unsafe withUnsafeBytes(of: six) { unsafe Array($0) }
        } else {
            return nil
        }
    }

    /// A copy of what the kernel or the resolver gave; nil for families that we do not speak.
    init?(_ address: UnsafePointer<sockaddr>) {
        let size: Int
        switch Int32(unsafe address.pointee.sa_family) {
        case AF_INET: size = MemoryLayout<sockaddr_in>.size
        case AF_INET6: size = MemoryLayout<sockaddr_in6>.size
        default: return nil
        }
        bytes = unsafe Array(UnsafeRawBufferPointer(start: address, count: size))
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>) -> Result) -> Result {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe body(bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self))
        }
    }

    /// The same with another port.
    package func with(port: UInt16) -> SocketAddress {
        var copy = self
        copy.bytes[2] = UInt8(port >> 8)
        copy.bytes[3] = UInt8(truncatingIfNeeded: port)
        return copy
    }

    package var port: UInt16 { UInt16(bytes[2]) << 8 | UInt16(bytes[3]) }

    package var address: Address { .host(host, port: port) }

    private var host: String {
        var name = [CChar](repeating: 0, count: 64)
        unsafe withPointer { pointer in
            _ = unsafe uv_ip_name(pointer, &name, name.count)
        }
        return String(
            decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
