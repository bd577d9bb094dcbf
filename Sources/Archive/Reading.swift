package import Units

extension Archive {
    /// A backup that is being read, piece by piece: whoever holds the file hands in the next
    /// `wanted` bytes from `offset` on, or as many as there are, until `isOver`.
    package struct Reading: Equatable, Sendable {
        /// What a piece turned out to be.
        package enum Part: Equatable, Sendable {
            case label(Label)
            /// Its content comes next.
            case head
            /// The content of the box, whole and well sealed: the bytes that were handed in.
            case content
            /// Nothing is missing.
            case end(Totals)
        }

        private enum Place: Equatable {
            case label
            /// A box's head or the slip.
            case head
            case content(start: Int, count: Int, seed: UInt32, checksum: UInt32)
            case slip(start: Int, [UInt8])
            /// There must be nothing more.
            case end
            case over
        }

        /// Where the next piece begins.
        package private(set) var offset = 0
        package private(set) var totals = Totals()
        private var place = Place.label
        private var chain: UInt32 = 0
        private var hash: UInt64 = 0

        package init() {}

        package var isOver: Bool { place == .over }

        /// How many bytes the next piece has.
        package var wanted: Int {
            switch place {
            case .label: Archive.labelBytes
            case .head: Archive.headBytes
            case .content(_, let count, _, _): count
            case .slip: Archive.slipBytes - Archive.headBytes
            case .end: 1
            case .over: 0
            }
        }

        /// Takes the next piece; after a fault it takes no more.
        package mutating func take(_ piece: Bytes) throws(Fault) -> Part {
            precondition(piece.count <= wanted, "more than was wanted")
            guard place == .end || piece.count == wanted else {
                throw .cut(at: offset + piece.count)
            }
            defer { offset += piece.count }
            switch place {
            case .label: return try label(piece)
            case .head: return try head(piece)
            case .content(let start, _, let seed, let checksum):
                return try content(piece, start, seed, checksum)
            case .slip(let start, let before): return try slip(before + piece.array, start)
            case .end:
                guard piece.isEmpty else { throw .excess(at: offset) }
                place = .over
                return .end(totals)
            case .over: preconditionFailure("the backup was read to its end")
            }
        }

        private mutating func label(_ piece: Bytes) throws(Fault) -> Part {
            guard piece.little(UInt64.self, at: 0) == Archive.labelMagic else { throw .noArchive }
            let checksum = CRC32C.of(piece.extracting(0..<Archive.labelBytes - 4))
            guard checksum == piece.little(at: Archive.labelBytes - 4) else { throw .badLabel }
            let format = piece.little(UInt32.self, at: 8)
            guard format <= Limits.format else { throw .newerFormat(format) }
            guard let kind = Label.Kind(rawValue: piece.little(at: 12)) else { throw .badLabel }
            chain = checksum
            hash = Hash64.of(piece)
            place = .head
            return .label(
                Label(
                    kind: kind, cluster: piece.little(at: 16), member: piece.little(at: 24),
                    from: Mark(index: piece.little(at: 32), term: piece.little(at: 40)),
                    mark: Mark(index: piece.little(at: 48), term: piece.little(at: 56)),
                    revision: piece.little(at: 64), digest: piece.little(at: 72),
                    clusterTime: piece.little(at: 80), wallTime: piece.little(at: 88)))
        }

        private mutating func head(_ piece: Bytes) throws(Fault) -> Part {
            if piece.little(UInt64.self, at: 0) == Archive.slipMagic {
                place = .slip(start: offset, piece.array)
                return .head
            }
            let count = Int(piece.little(UInt32.self, at: 8))
            guard piece.little(UInt32.self, at: 0) == Archive.boxMagic,
                piece.little(UInt32.self, at: 4) == UInt32(truncatingIfNeeded: totals.boxes),
                (1...Limits.box).contains(count)
            else { throw .badBox(totals.boxes, at: offset) }
            let seed = CRC32C.of(piece.extracting(0..<12), seed: chain)
            hash = Hash64.of(piece, seed: hash)
            place = .content(
                start: offset, count: count, seed: seed, checksum: piece.little(at: 12))
            return .head
        }

        private mutating func content(
            _ piece: Bytes, _ start: Int, _ seed: UInt32, _ checksum: UInt32
        ) throws(Fault) -> Part {
            chain = CRC32C.of(piece, seed: seed)
            guard chain == checksum else { throw .badBox(totals.boxes, at: start) }
            hash = Hash64.of(piece, seed: hash)
            totals.boxes += 1
            totals.bytes += UInt64(piece.count)
            place = .head
            return .content
        }

        private mutating func slip(_ bytes: [UInt8], _ start: Int) throws(Fault) -> Part {
            let slip = bytes.span
            let checksum = CRC32C.of(slip.extracting(0..<Archive.slipBytes - 4))
            guard checksum == slip.little(at: Archive.slipBytes - 4) else {
                throw .badSlip(at: start)
            }
            guard slip.little(UInt64.self, at: 8) == totals.boxes,
                slip.little(UInt64.self, at: 16) == totals.bytes,
                slip.little(UInt64.self, at: 24) == hash
            else { throw .otherTotals(at: start) }
            place = .end
            return .head
        }
    }

    /// Why a file is no backup, or no longer one; offsets are bytes from the file's start.
    package enum Fault: Error, Equatable, Sendable {
        case noArchive
        case newerFormat(UInt32)
        case badLabel
        case badBox(UInt64, at: Int)
        case badSlip(at: Int)
        /// Every box is well, but they are not those that were packed.
        case otherTotals(at: Int)
        /// The file ends here, too early.
        case cut(at: Int)
        /// The backup ends here, the file does not.
        case excess(at: Int)
        /// A box holds an entry that makes no sense.
        case badEntry(at: Int)
    }
}

extension Archive.Fault: CustomStringConvertible {
    /// What follows "'FILE': " for people.
    package var description: String {
        switch self {
        case .noArchive: "it is no backup of a store (byte 0)"
        case .newerFormat(let format):
            "a newer program wrote it (format \(format), this program knows "
                + "\(Archive.Limits.format)); install the newer program"
        case .badLabel: "its label is damaged (byte 0)"
        case .badBox(let number, let offset): "box \(number) is damaged (byte \(offset))"
        case .badSlip(let offset): "its end is damaged (byte \(offset))"
        case .otherTotals(let offset): "its parts are not those that were written (byte \(offset))"
        case .cut(let offset): "it is cut off (byte \(offset))"
        case .excess(let offset): "something was added to it (byte \(offset))"
        case .badEntry(let offset): "it holds an entry that makes no sense (byte \(offset))"
        }
    }
}
