internal import Glibc
package import Units

/// What can be said of this process from outside.
package enum ProcessFacts {
    /// Bytes of memory that are really there.
    package static var residentBytes: Int {
        let pages = words("/proc/self/statm").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    /// Bytes of address space.
    package static var virtualBytes: Int {
        let pages = words("/proc/self/statm").first.flatMap { Int($0) } ?? 0
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    /// Descriptors that are open, the one used for looking not counted.
    package static var openDescriptors: Int {
        guard let folder = unsafe opendir("/proc/self/fd") else { return 0 }
        defer { unsafe _ = closedir(folder) }
        var count = -3
        while unsafe readdir(folder) != nil { count += 1 }
        return max(0, count)
    }

    package static var maximumDescriptors: Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return 0
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// Processor time of all threads, in user and in kernel.
    package static var processorTime: Instant.Span {
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Instant.Span(
            nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    /// Since the process was started, to a hundredth of a second.
    package static var uptime: Instant.Span {
        let now = words("/proc/uptime").first.flatMap { Double($0) } ?? 0
        // The name in the second field may hold blanks and brackets: count from its end.
        let text = text("/proc/self/stat")
        guard let end = text.lastIndex(of: ")") else { return .seconds(0) }
        let fields = text[text.index(after: end)...].split(separator: " ")
        let ticks = fields.count > 19 ? Double(fields[19]) ?? 0 : 0
        let started = ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
        return Instant.Span(nanoseconds: UInt64(max(0, now - started) * 1e9))
    }

    private static func words(_ path: String) -> [Substring] {
        text(path).split { $0 == " " || $0 == "\n" }
    }

    private static func text(_ path: String) -> String {
        String(decoding: (try? SmallFile.read(path, limit: 4096)) ?? [], as: UTF8.self)
    }
}
