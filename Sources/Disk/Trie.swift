internal import CLMDB
internal import MVCC
internal import Units

/// Keys of any length over LMDB's, which end at 511 bytes; order is kept.
///
/// Picture a filing cabinet whose labels have room for 500 letters. A longer name goes into a folder
/// that is labelled with its first 500 letters and a mark; in the folder the rest of the name is
/// the label, and so on. The mark is a zero after the 500, which sorts the folder right behind the
/// name that is those 500 letters and before every other name, so walking the cabinet and opening
/// each folder on the way visits all names in order.
///
/// A folder is a number. Its labels are in the table `long`, each behind that number. A folder that
/// becomes empty is removed.
struct Trie {
    let transaction: Transaction
    let databases: Databases

    /// The longest part of a key that one label holds.
    static let reach = 500

    /// A table, or a folder.
    struct Level {
        var database: MDB_dbi
        /// What every label in it begins with: nothing in a table, its number in a folder.
        var prefix: [UInt8]

        /// The label of a whole key or of the folder it is in.
        func label(_ key: Bytes) -> [UInt8] {
            var label = prefix
            label.reserveCapacity(prefix.count + Trie.reach + 1)
            label.append(key.extracting(0..<min(key.count, Trie.reach)))
            if key.count > Trie.reach { label.append(0) }
            return label
        }

        func holds(_ label: Bytes) -> Bool {
            label.count >= prefix.count
                && label.extracting(0..<prefix.count).compared(to: prefix.span) == 0
        }
    }

    func table(_ table: Table) -> Level { Level(database: databases[table], prefix: []) }

    func folder(_ number: Bytes) -> Level {
        Level(database: databases.long, prefix: number.array)
    }

    func get<R>(_ table: Table, _ key: Bytes, _ body: (Bytes?) -> R) -> R {
        if key.count <= Trie.reach { return transaction.get(databases[table], key, body) }
        var level = self.table(table)
        var offset = 0
        while key.count - offset > Trie.reach {
            let label = level.label(key.extracting(offset...))
            guard let next = open(label, in: level) else { return body(nil) }
            level = next
            offset += Trie.reach
        }
        return transaction.get(level.database, level.label(key.extracting(offset...)).span, body)
    }

    func open(_ label: [UInt8], in level: Level) -> Level? {
        transaction.get(level.database, label.span) { number in
            guard let number else { return nil }
            return folder(number)
        }
    }
}

// MARK: - Walking

extension Trie {
    typealias Visit = (_ key: Bytes, _ value: Bytes) -> Bool

    func scan(_ table: Table, from: Bytes, to: Bytes?, descending: Bool, _ visit: Visit) {
        let level = self.table(table)
        if descending {
            _ = down(level, [], from: from, to: to, visit)
        } else {
            _ = up(level, [], from: from, to: to, visit)
        }
    }

    /// Visits what is in `level` and within the bounds, which are what is left of them behind
    /// `path`; false when the visitor has had enough.
    private func up(
        _ level: Level, _ path: [UInt8], from: Bytes, to: Bytes?, _ visit: Visit
    ) -> Bool {
        guard var cursor = transaction.cursor(level.database) else { return true }
        cursor.seek(level.label(from).span)
        while cursor.isValid, level.holds(cursor.key) {
            switch pass(cursor, level, path, from, to, descending: false, visit) {
            case .more: cursor.next()
            case .end: return true
            case .enough: return false
            }
        }
        return true
    }

    private func down(
        _ level: Level, _ path: [UInt8], from: Bytes, to: Bytes?, _ visit: Visit
    ) -> Bool {
        guard var cursor = transaction.cursor(level.database) else { return true }
        seekEnd(&cursor, level, to)
        while cursor.isValid, level.holds(cursor.key) {
            switch pass(cursor, level, path, from, to, descending: true, visit) {
            case .more: cursor.previous()
            case .end: return true
            case .enough: return false
            }
        }
        return true
    }

    /// To the last label below `to`, or to the folder that `to` is in.
    private func seekEnd(_ cursor: inout Cursor, _ level: Level, _ to: Bytes?) {
        guard let to else {
            if level.prefix.isEmpty { return cursor.last() }
            let next = level.prefix.span.bigEndian + 1
            return cursor.seek(below: [UInt8](bigEndian: next).span)
        }
        let label = level.label(to)
        guard to.count > Trie.reach else { return cursor.seek(below: label.span) }
        cursor.seek(label.span)
        if cursor.isValid, cursor.key.compared(to: label.span) == 0 { return }
        if cursor.isValid { cursor.previous() } else { cursor.last() }
    }

    private enum Step { case more, end, enough }

    /// Shows what is at the cursor, unless it is out of the bounds.
    private func pass(
        _ cursor: borrowing Cursor, _ level: Level, _ path: [UInt8], _ from: Bytes, _ to: Bytes?,
        descending: Bool, _ visit: Visit
    ) -> Step {
        let name = cursor.key.extracting(level.prefix.count...)
        if descending {
            if isBefore(name, from) { return .end }
        } else {
            if let to, isPast(name, to) { return .end }
        }
        let goesOn = enter(name, cursor.value, path, from, to, descending: descending, visit)
        return goesOn ? .more : .enough
    }

    /// Shows the key that ends here, or all within the bounds that are in this folder.
    private func enter(
        _ name: Bytes, _ value: Bytes, _ path: [UInt8], _ from: Bytes, _ to: Bytes?,
        descending: Bool, _ visit: Visit
    ) -> Bool {
        guard name.count > Trie.reach else {
            if path.isEmpty { return visit(name, value) }
            var key = path
            key.append(name)
            return visit(key.span, value)
        }
        let stem = name.extracting(0..<Trie.reach)
        var path = path
        path.append(stem)
        let from = rest(of: from, behind: stem)
        if let to, isInside(to, stem) {
            return walk(folder(value), path, from, rest(of: to, behind: stem), descending, visit)
        }
        return walk(folder(value), path, from, nil, descending, visit)
    }

    private func walk(
        _ level: Level, _ path: [UInt8], _ from: Bytes, _ to: Bytes?, _ descending: Bool,
        _ visit: Visit
    ) -> Bool {
        descending
            ? down(level, path, from: from, to: to, visit)
            : up(level, path, from: from, to: to, visit)
    }

    /// Whether all that `name` stands for is at or above `bound`.
    private func isPast(_ name: Bytes, _ bound: Bytes) -> Bool {
        let stem = name.extracting(0..<min(name.count, Trie.reach))
        if name.count > Trie.reach, isInside(bound, stem) { return false }
        return stem.compared(to: bound) >= 0
    }

    /// Whether all that `name` stands for is below `bound`.
    private func isBefore(_ name: Bytes, _ bound: Bytes) -> Bool {
        let stem = name.extracting(0..<min(name.count, Trie.reach))
        if name.count > Trie.reach, isInside(bound, stem) { return false }
        return stem.compared(to: bound) < 0
    }

    /// Whether `bound` cuts through the folder of `stem`.
    private func isInside(_ bound: Bytes, _ stem: Bytes) -> Bool {
        bound.count > Trie.reach
            && bound.extracting(0..<Trie.reach).compared(to: stem) == 0
    }

    /// What is left of a bound in the folder of `stem`; nothing when it does not cut through it.
    @_lifetime(copy bound)
    private func rest(of bound: Bytes, behind stem: Bytes) -> Bytes {
        let start = isInside(bound, stem) ? Trie.reach : bound.count
        return bound.extracting(start...)
    }
}

extension Swift.Span<UInt8> {
    /// The number in the first eight bytes, which sorts as it counts.
    var bigEndian: UInt64 { UInt64(bigEndian: unsafe bytes.unsafeLoadUnaligned(as: UInt64.self)) }
}

extension [UInt8] {
    init(bigEndian number: UInt64) {
        self.init()
        append(little: number.byteSwapped)
    }
}
