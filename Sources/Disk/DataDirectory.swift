internal import Glibc
package import Journal
internal import Units

/// The directory of one member, locked against every other process while this value lives.
///
/// `lock`, `identity` (whose it is and in which format), `hardstate` (`DualSlots`), `log/`
/// (`SegmentFiles`), `state` (`Engine`), `state.new` while a snapshot comes in; `founded-as` when the
/// directory was restored or forced, and so has another cluster than its member's flags would found.
package final class DataDirectory: Sendable {
    package let path: String
    private let folder: Folder
    private let lock: Descriptor

    package var logPath: String { folder.path(of: "log") }
    package var slotsPath: String { folder.path(of: "hardstate") }

    /// Opens the directory, making it if its parent is there, and checks that it can be worked in.
    package init(
        _ path: String, reserve: UInt64 = Disk.Limits.freeReserve
    ) throws(DirectoryRefusal) {
        self.path = path
        folder = try DataDirectory.enter(path)
        lock = try DataDirectory.lock(folder)
        if !folder.holds("identity") { try DataDirectory.checkSpace(path, reserve: reserve) }
    }

    /// Whose the directory is; nil when it is new.
    package func identity() throws(DirectoryRefusal) -> Journal.Identity? {
        guard folder.holds("identity") else { return nil }
        let bytes = try reading { () throws(DiskFailure) in
            try Descriptor(opening: folder.path(of: "identity"), O_RDONLY)
                .read(limit: Disk.Limits.identityBytes)
        }
        return try IdentityFile.parse(bytes, path: folder.path(of: "identity"))
    }

    /// Makes sure that the directory is this member's: a new one becomes so, another is refused.
    package func claim(_ identity: Journal.Identity) throws(DirectoryRefusal) {
        guard let found = try self.identity() else {
            return try reading { () throws(DiskFailure) in try furnish(for: identity) }
        }
        guard found.cluster == identity.cluster else {
            throw .otherCluster(path: path, found: found.cluster, expected: identity.cluster)
        }
        guard found.member == identity.member else {
            throw .otherMember(path: path, found: found.member, expected: identity.member)
        }
        try reading { () throws(DiskFailure) in try raiseFormat(identity) }
    }

    /// From here on, what is written may be of the newest format: an older program must not open it.
    private func raiseFormat(_ identity: Journal.Identity) throws(DiskFailure) {
        let text = IdentityFile.text(identity)
        let bytes = try Descriptor(opening: folder.path(of: "identity"), O_RDONLY)
            .read(limit: Disk.Limits.identityBytes)
        if bytes != text { try folder.replace("identity", with: text) }
    }

    /// The cluster that the flags of this member would found, if its own is another because the
    /// directory was restored from a backup or forced to go on alone.
    package var foundedAs: UInt64? { DataDirectory.foundedAs(in: path) }

    static func foundedAs(in path: String) -> UInt64? {
        guard let file = try? Descriptor(opening: "\(path)/\(foundedName)", O_RDONLY),
            let bytes = try? file.read(limit: Disk.Limits.identityBytes)
        else { return nil }
        return try? IdentityFile.parse(bytes, path: path).cluster
    }

    /// Notes it, durably.
    package func note(foundedAs cluster: UInt64) throws(DiskFailure) {
        let identity = Journal.Identity(cluster: cluster, member: 0)
        try folder.replace(DataDirectory.foundedName, with: IdentityFile.text(identity))
    }

    private static let foundedName = "founded-as"

    /// Gives the directory another path, where nothing or an empty directory may be; durable when
    /// it returns. The lock goes with it.
    package func move(to other: String) throws(DiskFailure) {
        try DataDirectory.move(path, to: other)
    }

    static func move(_ path: String, to other: String) throws(DiskFailure) {
        guard unsafe Glibc.rename(path, other) == 0 else { throw .of("rename", path, errno) }
        for parent in [path, other].map(parent(of:)) { try Folder(parent).sync() }
    }

    private static func parent(of path: String) -> String {
        var end = path.endIndex
        while end > path.startIndex, path[path.index(before: end)] == "/" {
            end = path.index(before: end)
        }
        guard let slash = path[..<end].lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Removes everything that a member keeps in it, and the directory if that leaves it empty.
    package func discard() {
        for name in (try? Folder(logPath).names()) ?? [] { unsafe _ = unlink("\(logPath)/\(name)") }
        unsafe _ = rmdir(logPath)
        for name in (try? folder.names()) ?? [] { unsafe _ = unlink("\(path)/\(name)") }
        unsafe _ = rmdir(path)
    }

    /// What stands in the way of a new data directory at `path`.
    package enum Occupation: Equatable, Sendable {
        /// Nothing is there, or nothing is in it.
        case none
        /// A member's data.
        case member
        case other
    }

    package static func occupation(of path: String) -> Occupation {
        guard unsafe access(path, F_OK) == 0 else { return .none }
        guard let names = try? Folder(path).names() else { return .other }
        if names.contains("identity") || names.contains("lock") { return .member }
        return names.isEmpty ? .none : .other
    }

    /// A number that tells this directory from every other of the same member; drawn when it is made.
    /// Directories of programs that knew none get theirs at their first start.
    package func birth(orElse drawn: UInt64) throws(DirectoryRefusal) -> UInt64 {
        try reading { () throws(DiskFailure) in
            if !folder.holds("birth") {
                try folder.replace("birth", with: Array("\(hex(drawn | 1))\n".utf8))
            }
        }
        let path = folder.path(of: "birth")
        let bytes = try reading { () throws(DiskFailure) in
            try Descriptor(opening: path, O_RDONLY).read(limit: Disk.Limits.identityBytes)
        }
        let digits = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        guard digits.utf8.count == 16, let birth = UInt64(digits, radix: 16) else {
            throw .damaged(path: path, what: "it does not hold sixteen digits")
        }
        return birth
    }

    /// The bytes that may still be written.
    package func freeSpace() throws(DirectoryRefusal) -> UInt64 {
        try DataDirectory.freeSpace(path)
    }

    /// The bytes of the state's file.
    package func stateBytes() -> UInt64 {
        var status = stat()
        guard unsafe lstat(folder.path(of: Engine.name), &status) == 0 else { return 0 }
        return UInt64(status.st_blocks) * 512
    }

    /// The bytes that log and state take on the disk. Files that vanish meanwhile count nothing.
    package func usedBytes() -> UInt64 {
        var total: UInt64 = 0
        for directory in [path, logPath] {
            guard let names = try? Folder(directory).names() else { continue }
            for name in names {
                var status = stat()
                guard unsafe lstat("\(directory)/\(name)", &status) == 0 else { continue }
                total += UInt64(status.st_blocks) * 512
            }
        }
        return total
    }

    /// The flight recording of the member's last fatal failure.
    package static let lastRecording = "recording.fatal"

    /// Puts a file of this name here, whole or not at all; false when it does not go.
    package func keep(_ name: String, _ bytes: [UInt8]) -> Bool {
        (try? folder.replace(name, with: bytes)) != nil
    }

    /// The identity comes last: when it is there, so is all else.
    private func furnish(for identity: Journal.Identity) throws(DiskFailure) {
        try folder.make("log")
        try folder.replace("hardstate", with: DualSlots.initial(identity))
        try folder.replace("identity", with: IdentityFile.text(identity))
    }
}

// MARK: - Checks

extension DataDirectory {
    private static func enter(_ path: String) throws(DirectoryRefusal) -> Folder {
        if unsafe mkdir(path, 0o700) != 0 && errno != EEXIST {
            throw errno == EACCES || errno == EROFS
                ? .unwritable(path: path, code: errno) : .unreachable(path: path, code: errno)
        }
        let folder = try reachable(path)
        let status = try reading { () throws(DiskFailure) in try folder.status }
        try checkAccess(path, owner: status.st_uid, mode: status.st_mode & 0o7777)
        return folder
    }

    private static func reachable(_ path: String) throws(DirectoryRefusal) -> Folder {
        do throws(DiskFailure) {
            return try Folder(path)
        } catch .io(let fault) where fault.code == ENOTDIR {
            throw .notDirectory(path: path)
        } catch {
            throw .unreachable(path: path, code: error.fault.code)
        }
    }

    /// Only its owner may look inside; a group that may only look is well.
    static func checkAccess(
        _ path: String, owner: UInt32, mode: UInt32, user: UInt32 = geteuid()
    ) throws(DirectoryRefusal) {
        guard owner == user else {
            throw .wrongOwner(path: path, owner: owner, expected: user)
        }
        guard mode & 0o027 == 0 else { throw .openToOthers(path: path, mode: mode) }
    }

    private static func lock(_ folder: borrowing Folder) throws(DirectoryRefusal) -> Descriptor {
        let lock = try lockFile(folder)
        guard flock(lock.number, LOCK_EX | LOCK_NB) == 0 else {
            throw .inUse(path: folder.path, process: holder(lock))
        }
        do throws(DiskFailure) {
            try lock.write(Array("\(getpid())\n".utf8).span, at: 0)
        } catch .noSpace {
            // The number is only for people; the lock holds without it.
        } catch {
            throw .unwritable(path: folder.path, code: error.fault.code)
        }
        return lock
    }

    private static func lockFile(_ folder: borrowing Folder) throws(DirectoryRefusal) -> Descriptor
    {
        do throws(DiskFailure) {
            return try Descriptor(opening: folder.path(of: "lock"), O_RDWR | O_CREAT)
        } catch {
            throw .unwritable(path: folder.path, code: error.fault.code)
        }
    }

    static func holder(_ lock: borrowing Descriptor) -> Int32 {
        guard let bytes = try? lock.read(limit: 16) else { return 0 }
        return Int32(String(decoding: bytes, as: UTF8.self).prefix { $0.isNumber }) ?? 0
    }

    private static func checkSpace(
        _ path: String, reserve: UInt64
    ) throws(DirectoryRefusal) {
        let free = try freeSpace(path)
        guard free >= reserve else { throw .full(path: path, free: free, needed: reserve) }
    }

    private static func freeSpace(_ path: String) throws(DirectoryRefusal) -> UInt64 {
        guard let free = freeBytes(path) else { throw .unreachable(path: path, code: errno) }
        return free
    }

    /// What the file system of `path` still takes; nil when it cannot be asked.
    package static func freeBytes(_ path: String) -> UInt64? {
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0 else { return nil }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }

    /// The bytes of the state's file, whether in use or not.
    package func stateFileBytes() -> UInt64 {
        var status = stat()
        guard unsafe lstat(folder.path(of: Engine.name), &status) == 0 else { return 0 }
        return UInt64(status.st_size)
    }
}

/// Tells failures as refusals.
func reading<Result: ~Copyable>(
    _ body: () throws(DiskFailure) -> Result
) throws(DirectoryRefusal) -> Result {
    do throws(DiskFailure) { return try body() } catch { throw .failed(error) }
}

/// Four lines that people can read, the last of which proves the others.
enum IdentityFile {
    static func text(
        _ identity: Journal.Identity, format: UInt64 = Disk.Limits.format
    ) -> [UInt8] {
        let lines =
            "martlet-store format \(format)\n"
            + "cluster \(hex(identity.cluster))\nmember \(hex(identity.member))\n"
        return Array((lines + "check \(hex(UInt64(CRC32C.of(Array(lines.utf8)))))\n").utf8)
    }

    static func parse(
        _ bytes: [UInt8], path: String
    ) throws(DirectoryRefusal) -> Journal.Identity {
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
            .map { String(decoding: $0, as: UTF8.self) }
        let values = lines.map { String($0.split(separator: " ").last ?? "") }
        let damaged = DirectoryRefusal.damaged(path: path, what: "it is not an identity file")
        guard let first = lines.first, first.hasPrefix("martlet-store format "),
            let format = UInt64(values[0])
        else { throw damaged }
        guard format <= Disk.Limits.format else {
            throw .newerFormat(path: path, found: format, known: Disk.Limits.format)
        }
        guard lines.count == 4, let cluster = UInt64(values[1], radix: 16),
            let member = UInt64(values[2], radix: 16)
        else { throw damaged }
        let identity = Journal.Identity(cluster: cluster, member: member)
        guard text(identity, format: format) == bytes else { throw damaged }
        return identity
    }
}
