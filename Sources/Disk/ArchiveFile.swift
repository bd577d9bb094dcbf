package import Archive
internal import Glibc
package import Units

/// A backup that is being written: under a temporary name, `FILE.partial`, until it is whole and
/// durable. When it is dropped before, the temporary file goes.
package final class ArchiveWriter {
    /// Why nothing was written.
    package enum Refusal: Error, Equatable, Sendable {
        /// There is something of that name.
        case exists(String)
        case disk(DiskFailure)
    }

    package let path: String
    private let folder: Folder
    private let name: String
    private let file: Descriptor
    private var writing = Archive.Writing()
    private var offset = 0
    private var isFinished = false

    /// - Parameter overwrites: whether a file of that name may be replaced, once this one is whole.
    package init(_ path: String, overwrites: Bool) throws(Refusal) {
        self.path = path
        let (directory, name) = ArchiveWriter.split(path)
        self.name = name
        let isThere = unsafe access(path, F_OK) == 0
        guard overwrites || !isThere else { throw .exists(path) }
        do throws(DiskFailure) {
            folder = try Folder(directory)
            file = try Descriptor(
                opening: folder.path(of: name + ".partial"), O_RDWR | O_CREAT | O_TRUNC)
        } catch {
            throw .disk(error)
        }
    }

    deinit { if !isFinished { try? folder.remove(name + ".partial") } }

    private static func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let directory = String(path[..<slash])
        return (directory.isEmpty ? "/" : directory, String(path[path.index(after: slash)...]))
    }

    package var totals: Archive.Totals { writing.totals }

    /// Writes the label; what was written before, of a try that came to nothing, is forgotten.
    package func begin(_ label: Archive.Label) throws(DiskFailure) {
        writing = Archive.Writing()
        guard ftruncate(file.number, 0) == 0 else { throw .of("cut", file.path, errno) }
        offset = 0
        try append(writing.begin(label).span)
    }

    package func add(_ content: Bytes) throws(DiskFailure) {
        guard !content.isEmpty else { return }
        try append(writing.box(content).span)
        try append(content)
    }

    private func append(_ bytes: Bytes) throws(DiskFailure) {
        try file.write(bytes, at: offset)
        offset += bytes.count
    }

    /// Makes it last, and gives it its name.
    package func finish() throws(DiskFailure) {
        try append(writing.end().span)
        try file.sync()
        try folder.rename(name + ".partial", to: name)
        isFinished = true
    }
}

/// A backup on disk, to be read from its start to its end.
package final class ArchiveReader {
    package enum Failure: Error, Equatable, Sendable {
        case disk(DiskFailure)
        case damaged(String, Archive.Fault)
    }

    package let path: String
    package let label: Archive.Label
    /// Bytes of the file.
    package let size: Int
    private let file: Descriptor
    private var reading = Archive.Reading()

    /// Opens it and reads its label.
    package init(_ path: String) throws(Failure) {
        self.path = path
        do throws(DiskFailure) {
            file = try Descriptor(opening: path, O_RDONLY)
            size = Int(try file.status.st_size)
        } catch {
            throw .disk(error)
        }
        var reading = Archive.Reading()
        let piece = try ArchiveReader.piece(file, reading)
        guard case .label(let found) = try ArchiveReader.take(piece.span, &reading, path) else {
            preconditionFailure("a backup begins with its label")
        }
        label = found
        self.reading = reading
    }

    package var offset: Int { reading.offset }
    package var totals: Archive.Totals { reading.totals }

    /// The content of the next box; nil when the file was read to its end and is whole.
    package func next() throws(Failure) -> [UInt8]? {
        while true {
            let piece = try ArchiveReader.piece(file, reading)
            switch try ArchiveReader.take(piece.span, &reading, path) {
            case .content: return piece
            case .end: return nil
            case .head, .label: break
            }
        }
    }

    private static func piece(
        _ file: borrowing Descriptor, _ reading: Archive.Reading
    ) throws(Failure) -> [UInt8] {
        do throws(DiskFailure) {
            return try file.read(reading.offset..<reading.offset + reading.wanted)
        } catch {
            throw .disk(error)
        }
    }

    private static func take(
        _ piece: Bytes, _ reading: inout Archive.Reading, _ path: String
    ) throws(Failure) -> Archive.Reading.Part {
        do throws(Archive.Fault) {
            return try reading.take(piece)
        } catch {
            throw .damaged(path, error)
        }
    }
}

extension ArchiveReader.Failure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .disk(let failure): failure.description
        case .damaged(let path, let fault): "cannot use backup '\(path)': \(fault)"
        }
    }
}

extension ArchiveWriter.Refusal: CustomStringConvertible {
    package var description: String {
        switch self {
        case .exists(let path): "'\(path)' exists. Choose another name, or add --force"
        case .disk(let failure): failure.description
        }
    }
}
