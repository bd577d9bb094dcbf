import Glibc

/// CPU time of processes, from proc(5), in microseconds.
enum Accounting {
    /// User and system time of a process and its threads that have ended; nil when it is gone.
    static func time(of process: Int32) -> UInt64? {
        guard let text = contents("/proc/\(process)/stat"),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 12, let user = UInt64(fields[11]), let system = UInt64(fields[12])
        else { return nil }
        return (user + system) * 1_000_000 / UInt64(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// What all processes of the machine have used.
    static func machine() -> UInt64 {
        guard let line = contents("/proc/stat")?.split(separator: "\n").first else { return 0 }
        let fields = line.split(separator: " ").dropFirst().compactMap { UInt64($0) }
        guard fields.count > 6 else { return 0 }
        let busy = fields[0] + fields[1] + fields[2] + fields[5] + fields[6]
        return busy * 1_000_000 / UInt64(sysconf(Int32(_SC_CLK_TCK)))
    }

    static func own() -> UInt64 {
        var usage = rusage()
        unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = UInt64(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        return seconds * 1_000_000 + UInt64(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
    }

    static func contents(_ path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe buffer.withUnsafeMutableBytes {
            unsafe read(descriptor, $0.baseAddress, $0.count)
        }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }
}
