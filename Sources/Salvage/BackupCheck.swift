package import Archive
internal import Disk
internal import MVCC
internal import Store
internal import Units

/// What a backup holds, after every byte of it was looked at.
package struct BackupCheck: Equatable, Sendable {
    package var path: String
    package var label: Archive.Label
    package var size: Int
    package var totals: Archive.Totals
    /// Records of the state, or entries of the log.
    package var records = 0
    /// Of an increment: the seconds since 1970 at which its first and last commands were stamped.
    package var wallSeconds: ClosedRange<UInt64>?

    /// Reads a backup to its end.
    package init(
        _ path: String, progress: (_ done: Int, _ size: Int) -> Void = { _, _ in }
    ) throws(Salvage.Failure) {
        let reader = try Salvage.opening(path)
        self.path = path
        label = reader.label
        size = reader.size
        totals = reader.totals
        var last = label.from
        while let box = try Salvage.nextBox(of: reader) {
            switch label.kind {
            case .full: try count(state: box, reader)
            case .increment: try count(log: box, reader, &last)
            }
            progress(reader.offset, size)
        }
        totals = reader.totals
        guard label.kind == .full || last == label.mark else {
            throw Salvage.Failure(
                "cannot use backup '\(path)': its label promises entries up to \(label.mark.index), "
                    + "but they end at \(last.index)")
        }
    }

    private mutating func count(
        state box: [UInt8], _ reader: ArchiveReader
    ) throws(Salvage.Failure) {
        do throws(SnapshotCodec.Fault) {
            records += try SnapshotCodec.check(chunk: box.span)
        } catch {
            throw Salvage.Failure(
                "cannot use backup '\(path)': a box that ends at byte \(reader.offset) holds a "
                    + "record that makes no sense")
        }
    }

    private mutating func count(
        log box: [UInt8], _ reader: ArchiveReader, _ last: inout Archive.Mark
    ) throws(Salvage.Failure) {
        for record in try Salvage.entries(in: box, reader) {
            guard record.index == last.index + 1, record.term >= last.term,
                Replay.isSound(record)
            else {
                throw Salvage.Failure(
                    "cannot use backup '\(path)': entry \(record.index), before byte "
                        + "\(reader.offset), makes no sense after entry \(last.index)")
            }
            last = Archive.Mark(index: record.index, term: record.term)
            records += 1
            guard let seconds = Replay.wallSeconds(of: record) else { continue }
            wallSeconds =
                min(
                    wallSeconds?.lowerBound ?? seconds, seconds)...max(
                    wallSeconds?.upperBound ?? seconds, seconds)
        }
    }
}

extension Salvage {
    static func opening(_ path: String) throws(Failure) -> ArchiveReader {
        do throws(ArchiveReader.Failure) {
            return try ArchiveReader(path)
        } catch {
            throw Failure(error.description)
        }
    }

    static func nextBox(of reader: ArchiveReader) throws(Failure) -> [UInt8]? {
        do throws(ArchiveReader.Failure) {
            return try reader.next()
        } catch {
            throw Failure(error.description)
        }
    }

    static func entries(
        in box: [UInt8], _ reader: ArchiveReader
    ) throws(Failure) -> [Archive.LogRecord] {
        switch Archive.LogRecord.decode(box.span) {
        case .success(let records): return records
        case .failure(let bad):
            let fault = Archive.Fault.badEntry(at: reader.offset - box.count + bad.offset)
            throw Failure("cannot use backup '\(reader.path)': \(fault)")
        }
    }
}
