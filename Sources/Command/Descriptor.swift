internal import Glibc

/// Plain files, pipes and terminals: the only place of this room that talks to the kernel.
@safe package enum Descriptor {
    /// Writes all of it; the reason, if that fails. A reader that has gone is the reason "".
    package static func write(_ bytes: [UInt8], to descriptor: Int32) -> String? {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written)
            }
            if count < 0 {
                if errno == EINTR { continue }
                return errno == EPIPE ? "" : reason()
            }
            written += count
        }
        return nil
    }

    /// At most `limit` bytes; none at the end.
    package static func read(
        from descriptor: Int32, limit: Int
    ) -> Result<[UInt8], Complaint> {
        while true {
            var count = 0
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, used in
                unsafe count = Glibc.read(descriptor, buffer.baseAddress!, limit)
                used = max(0, count)
            }
            if count >= 0 { return .success(bytes) }
            if errno != EINTR { return .failure(.failed(reason())) }
        }
    }

    /// All of it, if it is no longer than `limit`.
    package static func readAll(
        from descriptor: Int32, name: String, limit: Int = Limits.inputDocument
    ) throws(Complaint) -> [UInt8] {
        var all: [UInt8] = []
        while true {
            switch read(from: descriptor, limit: Limits.inputBlock) {
            case .failure(let complaint):
                throw .failed("cannot read \(name): \(complaint.message)")
            case .success(let block):
                if block.isEmpty { return all }
                all += block
            }
            guard all.count <= limit else {
                throw .failed(
                    "cannot take \(name): it is longer than \(Spelling.count(limit)) bytes")
            }
        }
    }

    package static func readAll(path: String) throws(Complaint) -> [UInt8] {
        let descriptor = try openToRead(path)
        defer { close(descriptor) }
        return try readAll(from: descriptor, name: "'\(path)'")
    }

    package static func readLine(from descriptor: Int32) -> String? {
        var line: [UInt8] = []
        while case .success(let byte) = read(from: descriptor, limit: 1), byte != [0x0A] {
            guard let letter = byte.first else { return line.isEmpty ? nil : text(line) }
            line.append(letter)
        }
        return text(line)
    }

    private static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    package static func openToRead(_ path: String) throws(Complaint) -> Int32 {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .failed("cannot open '\(path)': \(reason())") }
        return descriptor
    }

    /// Only its owner may read what is new here.
    package static func create(_ path: String, mode: UInt32 = 0o600) throws(Complaint) -> Int32 {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .failed("cannot write '\(path)': \(reason())") }
        return descriptor
    }

    /// Writes a file that must not be there yet, and makes it last.
    package static func writeNew(
        _ path: String, _ bytes: [UInt8], mode: UInt32
    ) throws(Complaint) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .failed("cannot make '\(path)': \(reason())") }
        defer { close(descriptor) }
        var failure = write(bytes, to: descriptor)
        if failure == nil, fsync(descriptor) != 0 { failure = reason() }
        guard let failure else { return }
        remove(path)
        throw .failed("cannot write '\(path)': \(failure)")
    }

    package static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// A folder for its owner alone; one that is there is left as it is.
    package static func makeFolder(_ path: String) throws(Complaint) {
        guard unsafe mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        throw .failed("cannot make the folder '\(path)': \(reason())")
    }

    /// Makes what was written to `descriptor` last, and gives it its name.
    package static func finish(
        _ descriptor: Int32, _ temporary: String, as path: String
    ) throws(Complaint) {
        guard fsync(descriptor) == 0 else { throw .failed("cannot write '\(path)': \(reason())") }
        close(descriptor)
        guard unsafe rename(temporary, path) == 0 else {
            throw .failed("cannot name the file '\(path)': \(reason())")
        }
    }

    package static func remove(_ path: String) { unsafe unlink(path) }

    package static func close(_ descriptor: Int32) { Glibc.close(descriptor) }

    /// The length of a plain file; nil for pipes and terminals.
    package static func size(of descriptor: Int32) -> Int64? {
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            return nil
        }
        return Int64(facts.st_size)
    }

    static func columns(of descriptor: Int32) -> Int? {
        var size = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else {
            return nil
        }
        return Int(size.ws_col)
    }

    /// Ends the process.
    package static func leave(_ code: Int32) -> Never { exit(code) }

    /// What this program looks at of its environment.
    package static func environment() -> [String: String] {
        var found: [String: String] = [:]
        for name in [
            "MARTLET_HOST", "MARTLET_CA", "MARTLET_CERT", "MARTLET_KEY", "NO_COLOR", "TERM",
        ] {
            if let value = unsafe getenv(name) { found[name] = unsafe String(cString: value) }
        }
        return found
    }

    private static func reason() -> String {
        let text = unsafe String(cString: strerror(errno))
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
