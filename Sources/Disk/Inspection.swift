internal import Glibc
package import Journal
internal import Units

/// A data directory that is looked at and not opened: nothing in it changes. Its member is stopped,
/// and does not start for as long as this value lives.
package final class Inspection {
    package let path: String
    private let folder: Folder
    private let lock: Lock?

    package init(_ path: String) throws(DirectoryRefusal) {
        self.path = path
        do throws(DiskFailure) {
            folder = try Folder(path)
            lock = folder.holds("lock") ? try Lock("\(path)/lock") : nil
        } catch {
            throw .unreachable(path: path, code: error.fault.code)
        }
        guard let lock, !lock.take() else { return }
        throw .inUse(path: path, process: lock.holder)
    }

    private final class Lock {
        private let file: Descriptor

        init(_ path: String) throws(DiskFailure) {
            file = try Descriptor(opening: path, O_RDONLY)
        }

        func take() -> Bool { flock(file.number, LOCK_EX | LOCK_NB) == 0 }

        var holder: Int32 { DataDirectory.holder(file) }
    }

    /// Whose it is; nil when there is no such file.
    package func identity() throws(DirectoryRefusal) -> Journal.Identity? {
        guard folder.holds("identity") else { return nil }
        let name = folder.path(of: "identity")
        let bytes = try reading { () throws(DiskFailure) in
            try Descriptor(opening: name, O_RDONLY).read(limit: Disk.Limits.identityBytes)
        }
        return try IdentityFile.parse(bytes, path: name)
    }

    /// The newest term and vote, if any copy can be read, and how many of the four can.
    package func slots(
        _ identity: Journal.Identity
    ) throws(DirectoryRefusal) -> (content: DualSlots.Content?, copies: Int) {
        try DualSlots.inspect(folder.path(of: "hardstate"), identity)
    }

    /// The numbers of the log's segments, oldest first.
    package func segments() throws(DiskFailure) -> [UInt64] {
        try Folder(folder.path(of: "log")).names().compactMap(SegmentFiles.number).sorted()
    }

    /// All bytes of a segment.
    package func load(_ segment: UInt64) throws(DiskFailure) -> [UInt8] {
        let file = try Descriptor(
            opening: folder.path(of: "log/" + SegmentFiles.name(segment)), O_RDONLY)
        return try file.read(limit: Int(try file.status.st_size))
    }

    /// Looks at the structure of the state's file; what it finds wrong, none when it can be read.
    package func checkPages() throws(DiskFailure) -> StatePages {
        try StatePages(folder.path(of: Engine.name))
    }

    /// The state; only after `checkPages` found nothing, as damaged pages stop the program.
    package func state() throws(DiskFailure) -> Engine { try Engine(reading: path) }
}
