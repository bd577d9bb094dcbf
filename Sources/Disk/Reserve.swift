internal import Glibc
internal import Units

/// Bytes that are kept free on the disk by taking them: when it is full they are given back, so that a
/// checkpoint goes through that removes what was deleted and compacted.
///
/// Belongs to the thread that writes checkpoints.
package final class Reserve: @unchecked Sendable {
    private let directory: String
    private let bytes: UInt64
    private var path: String { "\(directory)/reserve" }

    package init(_ directory: String, bytes: UInt64 = Disk.Limits.reserveBytes) {
        self.directory = directory
        self.bytes = bytes
    }

    package var isHeld: Bool { unsafe access(path, F_OK) == 0 }

    /// Takes the bytes if there are plenty; says whether it has them.
    @discardableResult
    package func hold() -> Bool {
        if isHeld { return true }
        guard let free = DataDirectory.freeBytes(directory), free >= bytes * 4 else { return false }
        let file = unsafe open(path + ".new", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { return false }
        defer { _ = close(file) }
        guard posix_fallocate(file, 0, off_t(bytes)) == 0,
            unsafe rename(path + ".new", path) == 0
        else {
            unsafe _ = unlink(path + ".new")
            return false
        }
        return true
    }

    /// Gives the bytes back; false when there were none.
    package func release() -> Bool { unsafe unlink(path) == 0 }
}
