internal import Glibc

/// A file that is read at once, when a program starts.
package enum SmallFile {
    package enum Fault: Error {
        case system(Int32)
        case tooLarge
    }

    package static func read(_ path: String, limit: Int) throws(Fault) -> [UInt8] {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .system(errno) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe Glibc.read(file, &piece, piece.count)
            guard count >= 0 else { throw .system(errno) }
            if count == 0 { return bytes }
            bytes += piece[..<count]
            if bytes.count > limit { throw .tooLarge }
        }
    }
}

extension SmallFile.Fault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .system(let code):
            let words = unsafe String(cString: strerror(code))
            return words.prefix(1).lowercased() + words.dropFirst()
        case .tooLarge: return "it is too long"
        }
    }
}
