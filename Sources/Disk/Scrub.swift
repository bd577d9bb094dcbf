internal import CLMDB
internal import Glibc
package import Journal
internal import MVCC
internal import Units

/// What one part of a scrub came to.
package struct Scrubbed: Equatable, Sendable {
    /// Bytes that were read.
    package var bytes = 0
    /// Records or groups that were checked.
    package var checked = 0
    /// How many of them are not what was written, and words about the first.
    package var damaged = 0
    package var words = ""
    /// Where to go on; empty at the end.
    package var next: [UInt8] = []

    package init() {}
}

extension Engine {
    /// Reads records of the newest checkpoint and looks at their checksums, from `place` on (empty: the
    /// start), at most about `limit` bytes of them. The place stays good whatever is committed later.
    package func scrub(from place: [UInt8], limit: Int) throws(DiskFailure) -> Scrubbed {
        let transaction = try environment.begin(writing: false)
        var found = Scrubbed()
        let all = databases.all
        var number = Int(place.first ?? 0)
        var key = Array(place.dropFirst())
        while number < all.count {
            guard var cursor = transaction.cursor(all[number]) else { break }
            cursor.seek(key.span)
            while cursor.isValid {
                guard found.bytes < limit else {
                    found.next = [UInt8(number)] + cursor.key.array
                    return found
                }
                look(at: cursor, in: number, &found)
                cursor.next()
            }
            number += 1
            key = []
        }
        return found
    }

    private func look(at cursor: borrowing Cursor, in number: Int, _ found: inout Scrubbed) {
        found.bytes += cursor.storedBytes
        found.checked += 1
        guard !cursor.verifies else { return }
        if found.damaged == 0 {
            let table =
                Table.allCases.indices.contains(number) ? "\(Table.allCases[number])" : "long"
            found.words = "a record of table '\(table)' fails its checksum"
        }
        found.damaged += 1
    }
}

/// Reads segments of the log while they are in use. Belongs to one thread at a time.
package final class SegmentScrub: @unchecked Sendable {
    private let path: String
    private let identity: Journal.Identity

    package init(_ path: String, identity: Journal.Identity) {
        self.path = path
        self.identity = identity
    }

    /// Looks at the groups of a segment up to the one numbered `last`, about `limit` bytes of them. A
    /// segment whose file is gone is not damaged: it was needed no more.
    package func scrub(
        _ segment: UInt64, from place: SegmentPlace?, through last: UInt64, limit: Int
    ) throws(DiskFailure) -> (found: Scrubbed, next: SegmentPlace?) {
        let name = "\(path)/\(SegmentFiles.name(segment))"
        var found = Scrubbed()
        let file: Descriptor
        do throws(DiskFailure) { file = try Descriptor(opening: name, O_RDONLY) } catch {
            if error.fault.code == ENOENT { return (found, nil) }
            throw error
        }
        file.dropCache()
        var check = SegmentCheck(
            identity: identity, segment: segment, through: last, from: place)
        while found.bytes < limit || check.isInside, case .read(let range) = check.wants {
            let bytes = try file.read(range)
            found.bytes += bytes.count
            check.take(bytes.span)
        }
        found.checked = check.groups
        if case .damaged(let offset) = check.wants {
            found.damaged = 1
            found.words = "log segment \(segment) is damaged at byte \(offset)"
        }
        return (found, check.place)
    }
}
