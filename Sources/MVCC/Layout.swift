internal import Units

/// How records look in the tables. Keys are big-endian, so that they order as their numbers do;
/// values are little-endian.
enum Layout {
    /// What precedes a value in `current` and `history`: create 8, mod 8, version 8, lease 8, sub 4,
    /// kind 1.
    struct Header {
        static let size = 37

        var facts: Facts
        var sub: UInt32
        var kind: EventKind

        var isLive: Bool { kind == .put }
        var order: Order { Order(revision: facts.mod, sub: sub) }

        init(facts: Facts, sub: UInt32, kind: EventKind) {
            self.facts = facts
            self.sub = sub
            self.kind = kind
        }

        init(_ version: Version) {
            self.init(facts: version.facts, sub: version.sub, kind: version.kind)
        }

        init(_ record: Bytes) {
            facts = Facts(
                create: Revision(rawValue: record.little(at: 0)),
                mod: Revision(rawValue: record.little(at: 8)), version: record.little(at: 16),
                lease: LeaseID(rawValue: record.little(at: 24)))
            sub = record.little(at: 32)
            kind = Layout.kind(record[36])
        }

        func append(to bytes: inout [UInt8]) {
            bytes.append(little: facts.create.rawValue)
            bytes.append(little: facts.mod.rawValue)
            bytes.append(little: facts.version)
            bytes.append(little: facts.lease.rawValue)
            bytes.append(little: sub)
            bytes.append(kind.rawValue)
        }
    }

    /// When a write was: its revision and its place therein. No two writes share it.
    struct Order: Comparable {
        static let size = 12

        var revision: Revision
        var sub: UInt32

        /// Of a key that ends with it.
        init(endOf key: Bytes) {
            revision = Revision(rawValue: Int64(bitPattern: key.head(at: key.count - 12)))
            sub = UInt32(truncatingIfNeeded: key.head(at: key.count - 8))
        }

        init(revision: Revision, sub: UInt32) {
            self.revision = revision
            self.sub = sub
        }

        static func < (left: Order, right: Order) -> Bool {
            (left.revision, left.sub) < (right.revision, right.sub)
        }

        /// The next revision's first.
        var nextRevision: Order { Order(revision: revision.next, sub: 0) }
    }

    static func kind(_ byte: UInt8) -> EventKind {
        guard let kind = EventKind(rawValue: byte) else {
            preconditionFailure("a record is of no known kind")
        }
        return kind
    }

    /// Key in `events`.
    static func event(_ order: Order) -> [UInt8] {
        var key: [UInt8] = []
        key.reserveCapacity(12)
        append(order, to: &key)
        return key
    }

    /// Key in `history`; with the least order, where a key's history begins.
    static func history(_ hash: UInt64, _ order: Order) -> [UInt8] {
        var key: [UInt8] = []
        key.reserveCapacity(20)
        key.append(little: hash.byteSwapped)
        append(order, to: &key)
        return key
    }

    /// Key in `attachments`.
    static func attachment(_ lease: LeaseID, _ order: Order) -> [UInt8] {
        history(UInt64(bitPattern: lease.rawValue), order)
    }

    /// Key in `leases`.
    static func lease(_ id: LeaseID) -> [UInt8] {
        var key: [UInt8] = []
        key.append(little: id.rawValue.byteSwapped)
        return key
    }

    private static func append(_ order: Order, to key: inout [UInt8]) {
        key.append(little: order.revision.rawValue.byteSwapped)
        key.append(little: order.sub.byteSwapped)
    }

    static let beginning = Order(revision: .zero, sub: 0)
    static let end = Order(revision: Revision(rawValue: .max), sub: .max)
}

extension Layout {
    /// A superseded version in `history`: header, length of key 4, key, value.
    struct Superseded: ~Escapable {
        let header: Header
        let key: Bytes
        let value: Bytes

        @_lifetime(copy record)
        init(_ record: Bytes) {
            header = Header(record)
            let keyCount = Int(record.little(UInt32.self, at: Header.size))
            let start = Header.size + 4
            key = record.extracting(start..<(start + keyCount))
            value = record.extracting((start + keyCount)...)
        }

        static func encode(
            _ header: Header, key: Bytes, value: Bytes, into bytes: inout [UInt8]
        ) {
            bytes.removeAll(keepingCapacity: true)
            header.append(to: &bytes)
            bytes.append(little: UInt32(key.count))
            bytes.append(key)
            bytes.append(value)
        }
    }
}

/// Where the whole state stands; one record in `meta`.
struct Meta: Equatable, Sendable {
    static let key = Array("state".utf8)
    static let membershipKey = Array("membership".utf8)
    static let size = 69
    private static let format: UInt8 = 1

    var revision = Revision.first
    var compacted = Revision.zero
    var clusterTime = Instant.zero
    var digest = Digest()
    var mark = Mark.zero
    var keyCount = 0
    /// Compacted events up to here are gone.
    var purged = Layout.beginning

    init() {}

    init(_ record: Bytes) {
        precondition(Self.isWellFormed(record), "the state's record is of an unknown format")
        revision = Revision(rawValue: record.little(at: 1))
        compacted = Revision(rawValue: record.little(at: 9))
        clusterTime = Instant(nanoseconds: record.little(at: 17))
        digest = Digest(state: record.little(at: 25))
        mark = Mark(index: record.little(at: 33), term: record.little(at: 41))
        keyCount = Int(record.little(Int64.self, at: 49))
        purged = Layout.Order(
            revision: Revision(rawValue: record.little(at: 57)), sub: record.little(at: 65))
    }

    static func isWellFormed(_ record: Bytes) -> Bool {
        record.count == size && record[0] == format
    }

    var encoded: [UInt8] {
        var bytes = [Self.format]
        bytes.append(little: revision.rawValue)
        bytes.append(little: compacted.rawValue)
        bytes.append(little: clusterTime.nanoseconds)
        bytes.append(little: digest.state)
        bytes.append(little: mark.index)
        bytes.append(little: mark.term)
        bytes.append(little: Int64(keyCount))
        bytes.append(little: purged.revision.rawValue)
        bytes.append(little: purged.sub)
        return bytes
    }

    static func read(from tables: any Tables) -> Meta {
        let key = key
        return tables.get(.meta, key.span) { record in
            guard let record else { return Meta() }
            return Meta(record)
        }
    }
}
