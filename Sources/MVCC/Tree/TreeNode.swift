internal import Units

extension Tree {
    /// A node as it is kept. Record: flags 1, created 8, modified 8, expiry 8, expiration 8, value.
    struct Entry: Equatable, Sendable {
        private static let header = 33

        var isDirectory: Bool
        var created: UInt64
        var modified: UInt64
        /// By cluster time.
        var expiry = Instant.never
        /// What the caller's clock says then.
        var expiration: Int64 = 0
        var value: [UInt8] = []

        static func directory(at index: UInt64) -> Entry {
            Entry(isDirectory: true, created: index, modified: index)
        }

        static let root = directory(at: 0)
    }

    /// A node as it is shown.
    package struct Node: Equatable, Sendable {
        /// The whole path; of the root nothing.
        package var key: [UInt8]
        /// None of directories, and of what is gone.
        package var value: [UInt8]?
        package var isDirectory: Bool
        package var expires: Bool
        /// Seconds left, rounded up; 0 when it does not expire, or when it is about to.
        package var ttl: Int64
        /// As the caller who set the time to live told it, in nanoseconds since 1970.
        package var expiration: Int64
        package var modified: UInt64
        package var created: UInt64
    }
}

extension Tree.Entry {
    init(_ record: Bytes) {
        precondition(record.count >= Self.header, "a node's record is too short")
        isDirectory = record[0] & 1 != 0
        created = record.little(at: 1)
        modified = record.little(at: 9)
        expiry = Instant(nanoseconds: record.little(at: 17))
        expiration = record.little(at: 25)
        value = record.extracting(Self.header...).array
    }

    static func isWellFormed(_ record: Bytes) -> Bool { record.count >= header }

    /// Of a record, without the rest of it.
    static func expiry(_ record: Bytes) -> Instant {
        Instant(nanoseconds: record.little(at: 17))
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.header + value.count)
        bytes.append(isDirectory ? 1 : 0)
        bytes.append(little: created)
        bytes.append(little: modified)
        bytes.append(little: expiry.nanoseconds)
        bytes.append(little: expiration)
        bytes.append(value.span)
        return bytes
    }

    func shown(_ path: Tree.Path, at time: Instant) -> Tree.Node {
        let expires = expiry != .never
        let left = expires ? expiry.since(time).nanoseconds : 0
        let (seconds, rest) = left.quotientAndRemainder(dividingBy: 1_000_000_000)
        return Tree.Node(
            key: path.isRoot ? [] : path.bytes, value: isDirectory ? nil : value,
            isDirectory: isDirectory, expires: expires, ttl: Int64(seconds) + (rest > 0 ? 1 : 0),
            expiration: expiration, modified: modified, created: created)
    }
}

// In events: flags 1, modified 8, created 8, ttl 8, expiration 8, length of key 4, key, value.
extension Tree.Node {
    private static let header = 37

    init(_ record: Bytes) {
        precondition(record.count >= Self.header, "an event's record is too short")
        let end = Self.header + Int(record.little(UInt32.self, at: 33))
        self.init(
            key: record.extracting(Self.header..<end).array,
            value: record[0] & 2 != 0 ? record.extracting(end...).array : nil,
            isDirectory: record[0] & 1 != 0, expires: record[0] & 4 != 0,
            ttl: record.little(at: 17), expiration: record.little(at: 25),
            modified: record.little(at: 1), created: record.little(at: 9))
    }

    static func isWellFormed(_ record: Bytes) -> Bool {
        guard record.count >= header else { return false }
        return Int(record.little(UInt32.self, at: 33)) <= record.count - header
    }

    func append(to bytes: inout [UInt8]) {
        bytes.append((isDirectory ? 1 : 0) | (value != nil ? 2 : 0) | (expires ? 4 : 0))
        bytes.append(little: modified)
        bytes.append(little: created)
        bytes.append(little: ttl)
        bytes.append(little: expiration)
        bytes.append(little: UInt32(key.count))
        bytes.append(key.span)
        if let value { bytes.append(value.span) }
    }

    /// What tells of a node that is gone.
    static func gone(_ path: Tree.Path, _ entry: Tree.Entry, at index: UInt64) -> Tree.Node {
        Tree.Node(
            key: path.bytes, value: nil, isDirectory: entry.isDirectory, expires: false, ttl: 0,
            expiration: 0, modified: index, created: entry.created)
    }
}
