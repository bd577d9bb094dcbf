internal import Glibc
internal import Synchronization
internal import Units

/// Files of a segment's size whose blocks are all written, so that syncing a group later moves no
/// metadata (half the time of a growing file).
///
/// May be used from any thread: a helper calls `prefill` while another writes the log.
package final class Spares: Sendable {
    package let segmentBytes: Int
    private let folder: Folder
    private let calls: FileCalls
    private let shelf: Mutex<Shelf>

    private struct Shelf {
        var ready: [String] = []
        var made: UInt64 = 0

        mutating func name() -> String {
            made += 1
            return "spare-\(hex(made))"
        }
    }

    /// Takes over the spares among `names`; removes those that were never finished or have another
    /// size.
    init(
        _ path: String, _ names: [String], segmentBytes: Int, calls: FileCalls
    ) throws(DiskFailure) {
        folder = try Folder(path, calls: calls)
        self.segmentBytes = segmentBytes
        self.calls = calls
        var shelf = Shelf()
        for name in names where name.hasPrefix("spare-") {
            shelf.made = max(shelf.made, UInt64(name.dropFirst(6), radix: 16) ?? 0)
            let size = Int(try Descriptor(opening: folder.path(of: name), O_RDONLY).status.st_size)
            if name.hasSuffix(".new") || size != segmentBytes
                || shelf.ready.count == Disk.Limits.spareSegments
            {
                try folder.remove(name)
            } else {
                shelf.ready.append(name)
            }
        }
        self.shelf = Mutex(shelf)
    }

    /// How many are ready.
    package var count: Int { shelf.withLock { $0.ready.count } }

    /// Makes one more when there are fewer than there should be; says whether it did. Call it from
    /// a helper thread after start and after each new segment, until it says no.
    @discardableResult
    package func prefill() throws(DiskFailure) -> Bool {
        guard count < Disk.Limits.spareSegments else { return false }
        add(try make())
        return true
    }

    /// The name of a file that is ready to become a segment.
    func take() throws(DiskFailure) -> String {
        if let name = shelf.withLock({ $0.ready.popLast() }) { return name }
        return try make()
    }

    /// The name under which a file of this size may be kept; nil when it is not wanted.
    func place(for size: Int) -> String? {
        guard size == segmentBytes else { return nil }
        return shelf.withLock {
            $0.ready.count < Disk.Limits.spareSegments ? $0.name() : nil
        }
    }

    func add(_ name: String) {
        shelf.withLock { $0.ready.append(name) }
    }

    private func make() throws(DiskFailure) -> String {
        let name = shelf.withLock { $0.name() }
        do throws(DiskFailure) {
            try fill(name + ".new")
            try folder.rename(name + ".new", to: name)
        } catch {
            if case .noSpace = error { try? folder.remove(name + ".new") }
            throw error
        }
        return name
    }

    private func fill(_ name: String) throws(DiskFailure) {
        let file = try Descriptor(
            opening: folder.path(of: name), O_RDWR | O_CREAT | O_TRUNC, calls: calls)
        let zeros = [UInt8](repeating: 0, count: min(segmentBytes, Disk.Limits.fillBytes))
        for offset in stride(from: 0, to: segmentBytes, by: zeros.count) {
            let count = min(zeros.count, segmentBytes - offset)
            try file.write(zeros.span.extracting(0..<count), at: offset)
        }
        try file.sync()
    }
}
