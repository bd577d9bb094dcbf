package import Units

extension Archive {
    /// A backup in the making: what it returns belongs at the end of the file, in order.
    package struct Writing: Equatable, Sendable {
        private var chain: UInt32 = 0
        private var hash: UInt64 = 0
        package private(set) var totals = Totals()

        package init() {}

        /// The first bytes of the file.
        package mutating func begin(_ label: Label) -> [UInt8] {
            var bytes: [UInt8] = []
            bytes.append(little: Archive.labelMagic)
            bytes.append(little: Limits.format)
            bytes.append(little: label.kind.rawValue)
            for word in [
                label.cluster, label.member, label.from.index, label.from.term, label.mark.index,
                label.mark.term, UInt64(bitPattern: label.revision), label.digest,
                label.clusterTime, label.wallTime,
            ] { bytes.append(little: word) }
            chain = CRC32C.of(bytes)
            bytes.append(little: chain)
            hash = Hash64.of(bytes)
            return bytes
        }

        /// The head of a box; its content comes right behind it.
        package mutating func box(_ content: Bytes) -> [UInt8] {
            precondition(!content.isEmpty && content.count <= Limits.box, "a box out of size")
            var head: [UInt8] = []
            head.append(little: Archive.boxMagic)
            head.append(little: UInt32(truncatingIfNeeded: totals.boxes))
            head.append(little: UInt32(content.count))
            chain = CRC32C.of(content, seed: CRC32C.of(head, seed: chain))
            head.append(little: chain)
            hash = Hash64.of(content, seed: Hash64.of(head, seed: hash))
            totals.boxes += 1
            totals.bytes += UInt64(content.count)
            return head
        }

        /// The last bytes of the file.
        package func end() -> [UInt8] {
            var bytes: [UInt8] = []
            for word in [Archive.slipMagic, totals.boxes, totals.bytes, hash] {
                bytes.append(little: word)
            }
            bytes.append(little: CRC32C.of(bytes))
            return bytes
        }
    }
}
