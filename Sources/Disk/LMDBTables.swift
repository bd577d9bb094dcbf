package import MVCC
package import Units

/// What the newest checkpoint wrote, as it was when this view was made or last renewed. Belongs to
/// one thread. Bytes are handed out where they lie in the map, without a copy.
package final class LMDBTables: Tables {
    private let engine: Engine
    private let transaction: Transaction
    private let trie: Trie

    init(_ engine: Engine) throws(DiskFailure) {
        self.engine = engine
        transaction = try engine.environment.begin(writing: false)
        trie = Trie(transaction: transaction, databases: engine.databases)
    }

    /// Looks at the checksum of every record that a scan comes to.
    package var isVerifying: Bool {
        get { transaction.isVerifying }
        set { transaction.isVerifying = newValue }
    }

    /// How many records did not verify.
    package var damage: Int { transaction.damage }

    /// Moves on to the newest checkpoint; to be called after each commit, or the file grows.
    package func renew() throws(DiskFailure) { try transaction.renew() }

    /// Bytes of pages in use; the file may hold more, which later checkpoints use again.
    package var usedBytes: UInt64 {
        engine.databases.all.reduce(0) { $0 + transaction.pageBytes(of: $1) }
    }

    package func get<R>(_ table: Table, _ key: Bytes, _ body: (Bytes?) -> R) -> R {
        trie.get(table, key, body)
    }

    package func scan(
        _ table: Table, from: Bytes, to: Bytes?, descending: Bool,
        _ visit: (_ key: Bytes, _ value: Bytes) -> Bool
    ) {
        trie.scan(table, from: from, to: to, descending: descending, visit)
    }
}

/// The transaction of one checkpoint. The first failure is kept until `commit`; what comes after it
/// does nothing.
package final class LMDBWriter: WritableTables {
    private let transaction: Transaction
    private let trie: Trie
    /// The number of the next folder; 0 while it was not looked up.
    private var number: UInt64 = 0

    init(_ transaction: Transaction, _ databases: Databases) {
        self.transaction = transaction
        trie = Trie(transaction: transaction, databases: databases)
    }

    func commit() throws(DiskFailure) { try transaction.commit() }

    package func get<R>(_ table: Table, _ key: Bytes, _ body: (Bytes?) -> R) -> R {
        trie.get(table, key, body)
    }

    package func scan(
        _ table: Table, from: Bytes, to: Bytes?, descending: Bool,
        _ visit: (_ key: Bytes, _ value: Bytes) -> Bool
    ) {
        trie.scan(table, from: from, to: to, descending: descending, visit)
    }

    package func put(_ table: Table, _ key: Bytes, _ value: Bytes) {
        var level = trie.table(table)
        guard key.count > Trie.reach else {
            return transaction.put(level.database, key, value)
        }
        var offset = 0
        while key.count - offset > Trie.reach {
            level = folder(level.label(key.extracting(offset...)), in: level)
            offset += Trie.reach
        }
        transaction.put(level.database, level.label(key.extracting(offset...)).span, value)
    }

    package func delete(_ table: Table, _ key: Bytes) {
        var level = trie.table(table)
        guard key.count > Trie.reach else { return transaction.delete(level.database, key) }
        var way: [(level: Trie.Level, label: [UInt8])] = []
        var offset = 0
        while key.count - offset > Trie.reach {
            let label = level.label(key.extracting(offset...))
            guard let next = trie.open(label, in: level) else { return }
            way.append((level, label))
            level = next
            offset += Trie.reach
        }
        transaction.delete(level.database, level.label(key.extracting(offset...)).span)
        while isEmpty(level), let (parent, label) = way.popLast() {
            transaction.delete(parent.database, label.span)
            level = parent
        }
    }

    /// The folder with this label, made when there is none.
    private func folder(_ label: [UInt8], in level: Trie.Level) -> Trie.Level {
        if let folder = trie.open(label, in: level) { return folder }
        if number == 0 { number = lastNumber() + 1 }
        let name = [UInt8](bigEndian: number)
        number += 1
        transaction.put(level.database, label.span, name.span)
        return trie.folder(name.span)
    }

    private func lastNumber() -> UInt64 {
        guard var cursor = transaction.cursor(trie.databases.long) else { return 0 }
        cursor.last()
        return cursor.isValid ? cursor.key.bigEndian : 0
    }

    private func isEmpty(_ level: Trie.Level) -> Bool {
        guard !level.prefix.isEmpty, var cursor = transaction.cursor(level.database) else {
            return false
        }
        cursor.seek(level.prefix.span)
        return !(cursor.isValid && level.holds(cursor.key))
    }
}
