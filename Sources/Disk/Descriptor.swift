internal import Glibc
package import Units

/// The calls that can fail because of the disk; tests put others in their place.
package struct FileCalls: Sendable {
    /// Writes some of the bytes at the offset: how many, or minus the error number.
    package var write: @Sendable (_ file: Int32, Bytes, _ offset: Int) -> Int
    /// 0 or an error number.
    package var sync: @Sendable (_ file: Int32) -> Int32

    package static let system = FileCalls(
        write: { file, bytes, offset in
            let count = unsafe bytes.withUnsafeBytes {
                unsafe pwrite(file, $0.baseAddress, $0.count, offset)
            }
            return count < 0 ? -Int(errno) : count
        },
        sync: { fdatasync($0) == 0 ? 0 : errno })
}

/// An open file or directory that closes itself.
struct Descriptor: ~Copyable, Sendable {
    let number: Int32
    let path: String
    let calls: FileCalls

    init(
        opening path: String, _ flags: Int32, mode: mode_t = 0o600, calls: FileCalls = .system
    ) throws(DiskFailure) {
        number = unsafe open(path, flags | O_CLOEXEC, mode)
        guard number >= 0 else { throw .of("open", path, errno) }
        self.path = path
        self.calls = calls
    }

    deinit { _ = close(number) }

    func write(_ bytes: Bytes, at offset: Int) throws(DiskFailure) {
        var done = 0
        while done < bytes.count {
            let count = calls.write(number, bytes.extracting(done...), offset + done)
            if count == -Int(EINTR) { continue }
            guard count > 0 else { throw .of("write to", path, Int32(-count)) }
            done += count
        }
    }

    func sync() throws(DiskFailure) {
        let code = calls.sync(number)
        guard code == 0 else {
            throw .syncFailed(.init(action: "sync", path: path, code: code))
        }
    }

    /// The first `limit` bytes, or as many as there are.
    func read(limit: Int) throws(DiskFailure) -> [UInt8] { try read(0..<limit) }

    /// These bytes, or as many of them as there are.
    func read(_ range: Range<Int>) throws(DiskFailure) -> [UInt8] {
        var failure: Int32 = 0
        let limit = range.count
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, done in
            while done < limit {
                let count = unsafe pread(
                    number, buffer.baseAddress! + done, limit - done, range.lowerBound + done)
                if count < 0, errno == EINTR { continue }
                if count < 0 { failure = errno }
                guard count > 0 else { break }
                done += count
            }
        }
        guard failure == 0 else { throw .of("read", path, failure) }
        return bytes
    }

    var status: stat {
        get throws(DiskFailure) {
            var status = stat()
            guard unsafe fstat(number, &status) == 0 else { throw .of("look at", path, errno) }
            return status
        }
    }

    /// Forgets what memory holds of the file, so that the next read shows what the disk holds.
    func dropCache() {
        _ = posix_fadvise(number, 0, 0, POSIX_FADV_DONTNEED)
    }
}

/// Names in one directory, whose changes are durable when the call returns.
struct Folder: ~Copyable, Sendable {
    let path: String
    private let descriptor: Descriptor

    init(_ path: String, calls: FileCalls = .system) throws(DiskFailure) {
        self.path = path
        descriptor = try Descriptor(opening: path, O_RDONLY | O_DIRECTORY, calls: calls)
    }

    func path(of name: String) -> String { "\(path)/\(name)" }

    var status: stat {
        get throws(DiskFailure) { try descriptor.status }
    }

    func sync() throws(DiskFailure) { try descriptor.sync() }

    func rename(_ old: String, to new: String) throws(DiskFailure) {
        guard unsafe Glibc.rename(path(of: old), path(of: new)) == 0 else {
            throw .of("rename", path(of: old), errno)
        }
        try sync()
    }

    /// Nothing happens when there is no such name.
    func remove(_ name: String) throws(DiskFailure) {
        guard unsafe unlink(path(of: name)) == 0 else {
            if errno == ENOENT { return }
            throw .of("remove", path(of: name), errno)
        }
        try sync()
    }

    /// Makes a directory inside, unless it is there.
    func make(_ name: String) throws(DiskFailure) {
        guard unsafe mkdir(path(of: name), 0o700) == 0 else {
            if errno == EEXIST { return }
            throw .of("make", path(of: name), errno)
        }
        try sync()
    }

    func holds(_ name: String) -> Bool {
        unsafe access(path(of: name), F_OK) == 0
    }

    /// All names in it, sorted.
    func names() throws(DiskFailure) -> [String] {
        guard let directory = unsafe opendir(path) else { throw .of("list", path, errno) }
        defer { unsafe _ = closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Puts a small file in place of one that may be there: all of it or nothing.
    func replace(_ name: String, with bytes: [UInt8]) throws(DiskFailure) {
        try write(name + ".new", bytes)
        try rename(name + ".new", to: name)
    }

    private func write(_ name: String, _ bytes: [UInt8]) throws(DiskFailure) {
        let file = try Descriptor(
            opening: path(of: name), O_WRONLY | O_CREAT | O_TRUNC, calls: descriptor.calls)
        try file.write(bytes.span, at: 0)
        try file.sync()
    }
}
