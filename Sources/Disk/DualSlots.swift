internal import Glibc
package import Journal
internal import Units

/// The few numbers of a member that must never be lost or go back: its term and vote above all.
///
/// Two slots are written in turn, so that a crash spoils only the one being written. Each holds its
/// content twice, in two blocks: when one copy does not verify and the other does, it was the disk's
/// doing, not a crash's, and nothing is lost.
package final class DualSlots: @unchecked Sendable {
    /// What is kept.
    package struct Content: Equatable, Sendable {
        package var term: UInt64
        /// The member that got the vote of `term`; 0 when none did.
        package var vote: UInt64
        /// A journal's `lastGroup` that is durable; may lag behind.
        package var knownDurable: UInt64
        /// The clock on the wall when this was written, in nanoseconds since 1970.
        package var wallClock: UInt64

        package init(
            term: UInt64 = 0, vote: UInt64 = 0, knownDurable: UInt64 = 0, wallClock: UInt64 = 0
        ) {
            self.term = term
            self.vote = vote
            self.knownDurable = knownDurable
            self.wallClock = wallClock
        }
    }

    private let file: Descriptor
    private let identity: Journal.Identity
    private var generation: UInt64
    private var failure: DiskFailure?
    package private(set) var content: Content

    /// Opens the slots that `DataDirectory.claim` made.
    package init(
        _ path: String, identity: Journal.Identity, calls: FileCalls = .system
    ) throws(DirectoryRefusal) {
        self.identity = identity
        guard unsafe access(path, F_OK) == 0 else {
            throw .lostPromises(path: path, what: "the member's vote and term are missing")
        }
        let bytes: [UInt8]
        do throws(DiskFailure) {
            file = try Descriptor(opening: path, O_RDWR, calls: calls)
            try file.sync()
            file.dropCache()
            bytes = try file.read(limit: Slot.copies * 2 * Slot.stride)
        } catch {
            throw .failed(error)
        }
        guard let newest = try DualSlots.newest(bytes.span, identity, path: path) else {
            throw .lostPromises(path: path, what: "neither copy of the member's vote verifies")
        }
        generation = newest.generation
        content = newest.content
    }

    /// Durable when it returns. After any failure but `noSpace` every later call fails.
    package func save(_ content: Content) throws(DiskFailure) {
        if let failure { throw failure }
        let slot = Slot(generation: generation + 1, content: content)
        do throws(DiskFailure) {
            try file.write(slot.encode(identity).span, at: slot.offset)
            try file.sync()
        } catch {
            if case .noSpace = error { throw error }
            failure = error
            throw error
        }
        generation += 1
        self.content = content
    }

    /// The file of a member that has done nothing yet.
    static func initial(_ identity: Journal.Identity) -> [UInt8] {
        Slot(generation: 0, content: Content()).encode(identity)
            + Slot(generation: 1, content: Content()).encode(identity)
    }

    private static func newest(
        _ bytes: Bytes, _ identity: Journal.Identity, path: String
    ) throws(DirectoryRefusal) -> Slot? {
        var newest: Slot?
        for place in 0..<Slot.copies * 2 where (place + 1) * Slot.stride <= bytes.count {
            let start = place * Slot.stride
            switch Slot.read(bytes.extracting(start..<start + Slot.bytes), identity) {
            case .slot(let slot): if slot.generation >= newest?.generation ?? 0 { newest = slot }
            case .newerFormat(let format):
                throw .newerFormat(path: path, found: format, known: Disk.Limits.format)
            case .unreadable: break
            }
        }
        return newest
    }
}

/// One writing of the content.
private struct Slot: Equatable {
    var generation: UInt64
    var content: DualSlots.Content

    static let magic: UInt64 = 0x544F_4C53_4C54_524D  // "MRTLSLOT"
    static let bytes = 80
    static let stride = 4096
    static let copies = 2

    enum Reading {
        case slot(Slot)
        case unreadable
        case newerFormat(UInt64)
    }

    var offset: Int { Int(generation % 2) * Slot.copies * Slot.stride }

    /// `magic 8, format 8, cluster 8, member 8, generation 8, term 8, vote 8, known durable 8,
    /// cluster time 8, zero 4, crc32c of all before 4`, then zeros; all of it twice.
    func encode(_ identity: Journal.Identity) -> [UInt8] {
        var bytes: [UInt8] = []
        let words = [
            Slot.magic, Disk.Limits.format, identity.cluster, identity.member, generation,
            content.term, content.vote, content.knownDurable, content.wallClock,
        ]
        for word in words { bytes.append(little: word) }
        bytes.append(little: UInt32(0))
        bytes.append(little: CRC32C.of(bytes))
        bytes.append(contentsOf: [UInt8](repeating: 0, count: Slot.stride - bytes.count))
        return bytes + bytes
    }

    static func read(_ bytes: Bytes, _ identity: Journal.Identity) -> Reading {
        let checksum = CRC32C.of(bytes.extracting(0..<Slot.bytes - 4))
        let word = { (place: Int, bytes: Bytes) in bytes.little(UInt64.self, at: place * 8) }
        guard word(0, bytes) == magic, bytes.little(at: Slot.bytes - 4) == checksum else {
            return .unreadable
        }
        guard word(1, bytes) <= Disk.Limits.format else { return .newerFormat(word(1, bytes)) }
        guard word(2, bytes) == identity.cluster, word(3, bytes) == identity.member else {
            return .unreadable
        }
        let content = DualSlots.Content(
            term: word(5, bytes), vote: word(6, bytes), knownDurable: word(7, bytes),
            wallClock: word(8, bytes))
        return .slot(Slot(generation: word(4, bytes), content: content))
    }
}
