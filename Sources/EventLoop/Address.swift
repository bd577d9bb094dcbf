/// Where somebody can be reached: `host:port`, `[v6]:port` or `unix:/path`.
package enum Address: Hashable, Sendable, CustomStringConvertible {
    /// A name or a literal address, and a port.
    case host(String, port: UInt16)
    /// The path of a unix socket.
    case unix(String)

    package enum Fault: Error, Equatable, Sendable {
        case empty
        case noPort
        case badPort(String)
        case noHost
        case badHost(String)
        case noPath
        case pathTooLong(limit: Int)
        case openBracket
    }

    /// Reads what a person wrote. Without a port, `defaultPort` is taken if there is one.
    package init(_ text: String, defaultPort: UInt16? = nil) throws(Fault) {
        guard !text.isEmpty else { throw .empty }
        if text.hasPrefix("unix:") {
            self = try Address.unix(path: String(text.dropFirst(5)))
        } else if text.hasPrefix("/") {
            self = try Address.unix(path: text)
        } else if text.hasPrefix("[") {
            self = try Address.bracketed(text, defaultPort)
        } else {
            self = try Address.plain(text, defaultPort)
        }
    }

    private static func unix(path: String) throws(Fault) -> Address {
        guard !path.isEmpty, !path.utf8.contains(0) else { throw .noPath }
        guard path.utf8.count <= Limits.unixPath else {
            throw .pathTooLong(limit: Limits.unixPath)
        }
        return .unix(path)
    }

    private static func bracketed(
        _ text: String, _ defaultPort: UInt16?
    ) throws(Fault) -> Address {
        guard let close = text.firstIndex(of: "]") else { throw .openBracket }
        let host = text[text.index(after: text.startIndex)..<close]
        guard host.contains(":") else { throw .badHost(String(host)) }
        let rest = text[text.index(after: close)...]
        guard !rest.isEmpty else { return try make(host, nil, defaultPort) }
        guard rest.hasPrefix(":") else { throw .badPort(String(rest)) }
        return try make(host, rest.dropFirst(), defaultPort)
    }

    private static func plain(_ text: String, _ defaultPort: UInt16?) throws(Fault) -> Address {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2 else { throw .badHost(text) }
        return try make(parts[0], parts.count == 2 ? parts[1] : nil, defaultPort)
    }

    private static func make(
        _ host: Substring, _ port: Substring?, _ defaultPort: UInt16?
    ) throws(Fault) -> Address {
        guard !host.isEmpty else { throw .noHost }
        guard host.utf8.count <= Limits.hostName, host.utf8.allSatisfy(isHostByte) else {
            throw .badHost(String(host))
        }
        guard let port else {
            guard let defaultPort else { throw .noPort }
            return .host(String(host), port: defaultPort)
        }
        let digits = port.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard digits, let number = UInt16(port) else { throw .badPort(String(port)) }
        return .host(String(host), port: number)
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        case UInt8(ascii: ":"), UInt8(ascii: "%"): true
        default: false
        }
    }

    /// Only processes of this machine get there.
    package var isLoopback: Bool {
        switch self {
        case .unix: true
        case .host(let host, _):
            host == "localhost" || host == "::1" || host.hasPrefix("127.")
        }
    }

    package var description: String {
        switch self {
        case .host(let host, let port):
            host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

extension Address {
    /// Stands for every address of this machine: good to listen on, and nowhere to call.
    package var isWildcard: Bool {
        switch self {
        case .host(let host, _): host == "0.0.0.0" || host == "::"
        case .unix: false
        }
    }
}

extension Address.Fault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .empty: "the address is empty; write 'host:port', '[v6]:port' or 'unix:/path'"
        case .noPort: "the address has no port; write 'host:port'"
        case .badPort(let text): "'\(text)' is not a port; write a number from 0 to 65535"
        case .noHost: "the address has no host; write 'host:port'"
        case .badHost(let text): "'\(text)' is not a host; write an IPv6 address in brackets"
        case .noPath: "the address has no path; write 'unix:/path'"
        case .pathTooLong(let limit): "the path of a unix socket has at most \(limit) bytes"
        case .openBracket: "the address has '[' without ']'"
        }
    }
}
