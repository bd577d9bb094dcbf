internal import Glibc

/// The name of a thread, as `ps -L` shows it.
enum ThreadName {
    /// Names the calling thread. Linux keeps 15 bytes.
    static func set(_ name: String) {
        let file = unsafe open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        let short = Array(name.utf8.prefix(15))
        _ = unsafe write(file, short, short.count)
        close(file)
    }
}
