internal import Glibc

/// What changes when somebody changes a file or puts another in its place.
package struct FileMark: Equatable, Sendable {
    package var mode: UInt32
    private var device: UInt
    private var inode: UInt
    private var size: Int
    private var seconds: Int
    private var nanoseconds: Int

    /// Nil when it cannot be looked at.
    package init?(of path: String) {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { return nil }
        mode = facts.st_mode & 0o7777
        device = facts.st_dev
        inode = facts.st_ino
        size = facts.st_size
        seconds = facts.st_mtim.tv_sec
        nanoseconds = facts.st_mtim.tv_nsec
    }
}
