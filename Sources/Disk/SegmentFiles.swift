internal import Glibc
package import Journal
internal import Units

/// The files of a journal, in one directory: `segment-<number>` and a few `spare-<number>`.
///
/// Belongs to one thread at a time; only `spares` may be used from another meanwhile.
package final class SegmentFiles: @unchecked Sendable {
    package let spares: Spares
    private let folder: Folder
    private let calls: FileCalls
    /// The segments that were there when the directory was opened, oldest first.
    package let numbers: [UInt64]
    /// Why nothing can be written any more.
    package private(set) var failure: DiskFailure?
    /// The file that was written last.
    private var current: Open?

    private final class Open {
        let number: UInt64
        let file: Descriptor

        init(_ number: UInt64, _ file: consuming Descriptor) {
            self.number = number
            self.file = file
        }
    }

    package init(
        _ path: String, segmentBytes: Int = Journal.Limits.segmentBytes,
        calls: FileCalls = .system
    ) throws(DiskFailure) {
        folder = try Folder(path, calls: calls)
        self.calls = calls
        let names = try folder.names()
        numbers = names.compactMap(SegmentFiles.number).sorted()
        spares = try Spares(path, names, segmentBytes: segmentBytes, calls: calls)
    }

    /// All bytes of a segment, for `Journal.recover`. The newest one is made durable and read from
    /// the disk, not from memory: a sync that failed earlier may have left bytes there that the disk
    /// never got.
    package func load(_ number: UInt64) throws(DiskFailure) -> [UInt8] {
        let isNewest = number == numbers.last
        let file = try Descriptor(
            opening: path(of: number), isNewest ? O_RDWR : O_RDONLY, calls: calls)
        if isNewest {
            try file.sync()
            file.dropCache()
        }
        return try file.read(limit: Int(try file.status.st_size))
    }

    /// Does what the journal wants, in order. After `noSpace` the same list may be tried again from
    /// its start; after any other failure every call fails.
    package func perform(_ writes: [Journal.Write]) throws(DiskFailure) {
        if let failure { throw failure }
        do throws(DiskFailure) {
            for write in writes { try perform(write) }
        } catch {
            if case .noSpace = error { throw error }
            failure = error
            throw error
        }
    }

    private func perform(_ write: Journal.Write) throws(DiskFailure) {
        switch write {
        case .prepare(let segment, let bytes): try prepare(segment, bytes: bytes)
        case .write(let segment, let offset, let bytes):
            try open(segment).file.write(bytes.span, at: offset)
        case .sync(let segment): try open(segment).file.sync()
        case .drop(let segment): try drop(segment)
        }
    }

    private func prepare(_ number: UInt64, bytes: Int) throws(DiskFailure) {
        precondition(bytes == spares.segmentBytes, "the journal has another segment size")
        current = nil
        let spare = try spares.take()
        try folder.rename(spare, to: SegmentFiles.name(number))
    }

    private func drop(_ number: UInt64) throws(DiskFailure) {
        let name = SegmentFiles.name(number)
        guard folder.holds(name) else { return }
        if current?.number == number { current = nil }
        if let spare = spares.place(for: try size(of: name)) {
            try folder.rename(name, to: spare)
            spares.add(spare)
        } else {
            try folder.remove(name)
        }
    }

    private func size(of name: String) throws(DiskFailure) -> Int {
        Int(try Descriptor(opening: folder.path(of: name), O_RDONLY).status.st_size)
    }

    private func open(_ number: UInt64) throws(DiskFailure) -> Open {
        if let current, current.number == number { return current }
        let open = Open(
            number, try Descriptor(opening: path(of: number), O_RDWR, calls: calls))
        current = open
        return open
    }

    private func path(of number: UInt64) -> String { folder.path(of: SegmentFiles.name(number)) }

    static func name(_ number: UInt64) -> String { "segment-\(hex(number))" }

    static func number(_ name: String) -> UInt64? {
        let digits = name.dropFirst("segment-".count)
        guard let number = UInt64(digits, radix: 16), self.name(number) == name else { return nil }
        return number
    }
}
