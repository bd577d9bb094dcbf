import Journal
import Units

/// What must hold for a log on any disk, whatever lies on it. A breach stops the program, so that a
/// fuzzer sees it. The first byte of the input says what the others are.
enum JournalProperty {
    static let segmentBytes = 8192
    static let identity = Journal.Identity(cluster: 1, member: 2)

    static func check(_ input: [UInt8]) {
        guard let kind = input.first else { return }
        let rest = input.dropFirst()
        switch kind % 3 {
        case 0: readBack([1: raw(rest)])
        case 1: readBack([1: forged(rest)])
        default: lived(rest)
        }
    }

    /// Bytes as they are.
    private static func raw(_ input: ArraySlice<UInt8>) -> [UInt8] {
        padded(Array(input.prefix(segmentBytes)))
    }

    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: segmentBytes - bytes.count)
    }

    /// A segment whose checksums are all right, and whose groups hold whatever the input says.
    private static func forged(_ input: ArraySlice<UInt8>) -> [UInt8] {
        var bytes = header()
        bytes += [UInt8](repeating: 0, count: 4096 - bytes.count)
        var input = input
        var sequence: UInt64 = 0
        var chain: UInt32 = 0
        while input.count >= 6 {
            let fields = Array(input.prefix(6))
            let payload = input.dropFirst(6).prefix(Int(fields[0]) * 8 / 4)
            input = input.dropFirst(6 + payload.count)
            guard bytes.count + 64 + payload.count <= segmentBytes else { break }
            sequence &+= UInt64(fields[1] & 1) ^ 1
            chain = group(fields, Array(payload), sequence, chain, into: &bytes)
        }
        return padded(Array(bytes.prefix(segmentBytes)))
    }

    /// The header that the journal itself gives to segment 1.
    private static func header() -> [UInt8] {
        var journal = Journal(identity: identity, segmentBytes: segmentBytes)
        var writes: [Journal.Write] = []
        journal.restart(after: 0, into: &writes)
        guard case .write(_, 0, let bytes) = writes[1] else { preconditionFailure("no header") }
        return bytes
    }

    private static func group(
        _ fields: [UInt8], _ payload: [UInt8], _ sequence: UInt64, _ chain: UInt32,
        into bytes: inout [UInt8]
    ) -> UInt32 {
        var seed: [UInt8] = []
        seed.append(little: identity.cluster)
        seed.append(little: identity.member)
        var group: [UInt8] = []
        group.append(little: UInt32(0x474A_544D))
        group.append(little: UInt16(1))
        group.append(little: UInt16(fields[1] >> 1))
        group.append(little: UInt32(payload.count))
        group.append(little: UInt32(fields[2]))
        for word in [sequence, 1, UInt64(fields[3]), UInt64(fields[4])] {
            group.append(little: word)
        }
        for word in [UInt32(bytes.count), chain, CRC32C.of(payload)] { group.append(little: word) }
        let checksum = CRC32C.of(group, seed: CRC32C.of(seed))
        group.append(little: checksum)
        bytes += group + payload
        return checksum
    }

    /// A log is written as the input says, then some bytes are changed. What recovery gives is the
    /// log as it was at some time; with one change, as it was before the newest group at the earliest.
    private static func lived(_ input: ArraySlice<UInt8>) {
        var input = input
        var journal = Journal(identity: identity, segmentBytes: segmentBytes)
        var files: [UInt64: [UInt8]] = [:]
        var logs: [[Journal.Record]] = [[]]
        while let step = input.popFirst(), step != 0, let size = input.popFirst() {
            let back = min(UInt64(step >> 4), journal.lastIndex + 1 - journal.firstIndex)
            let index = journal.lastIndex + 1 - back
            let payload = [UInt8](repeating: size, count: Int(size) * 4)
            let record = Journal.Record(kind: step, term: 1, index: index, payload: payload)
            var writes: [Journal.Write] = []
            journal.append([record], into: &writes)
            perform(writes, on: &files)
            logs.append(logs.last!.filter { $0.index < index } + [record])
        }
        let changes = input.count / 4
        while input.count >= 4 {
            let change = Array(input.prefix(4))
            input = input.dropFirst(4)
            let number = 1 + UInt64(change[0]) % UInt64(max(files.count, 1))
            let place = (Int(change[1]) << 8 | Int(change[2])) % segmentBytes
            files[number]?[place] ^= change[3]
        }
        guard let found = readBack(files) else { return }
        let oldest = changes == 0 ? 1 : changes == 1 ? 2 : logs.count
        precondition(logs.suffix(oldest).contains(found), "what was written is not read back")
    }

    private static func perform(_ writes: [Journal.Write], on files: inout [UInt64: [UInt8]]) {
        for write in writes {
            switch write {
            case .prepare(let segment, let bytes):
                files[segment] = .init(repeating: 0, count: bytes)
            case .write(let segment, let offset, let bytes):
                files[segment]!.replaceSubrange(offset..<offset + bytes.count, with: bytes)
            case .sync: break
            case .drop(let segment): files[segment] = nil
            }
        }
    }

    /// Reads a log; when it is accepted, it can be written on and read again.
    @discardableResult
    private static func readBack(_ files: [UInt64: [UInt8]]) -> [Journal.Record]? {
        var files = files
        guard case .ready(var journal, let records, _) = recover(files) else { return nil }
        let indices = records.map(\.index)
        precondition(indices.elementsEqual(journal.firstIndex..<journal.lastIndex + 1), "a gap")
        guard journal.lastIndex < .max - 1 else { return records }
        let next = Journal.Record(kind: 1, term: 9, index: journal.lastIndex + 1, payload: [1])
        var writes: [Journal.Write] = []
        journal.append([next], into: &writes)
        perform(writes, on: &files)
        // A torn header of the next segment stays until that segment is begun.
        guard case .ready(journal, records + [next], _) = recover(files) else {
            preconditionFailure("cannot go on")
        }
        return records
    }

    private static func recover(_ files: [UInt64: [UInt8]]) -> Journal.Recovery {
        Journal.recover(
            identity: identity, segmentBytes: segmentBytes, segments: files.keys.sorted(),
            knownDurable: 0
        ) { files[$0]! }
    }
}
