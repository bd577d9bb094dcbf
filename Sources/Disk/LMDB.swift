internal import CLMDB
internal import Glibc
internal import Synchronization
internal import Units

// LMDB has no checksums of its own. So every value here ends with one, over its label and itself: four
// bytes that are added when it is put and left out when it is read. Reading does not look at them, as
// that would cost every read; the scrub and the sending of snapshots do.

// LMDB's C interface, in the few shapes that this room needs. Spans that come from here point into
// the map and are good until the transaction ends or, in a writing one, until the next change.

/// One LMDB file, open.
@safe final class Environment: @unchecked Sendable {
    private let pointer: OpaquePointer
    private let path: String

    /// - Parameter readOnly: nothing is written, not even a lock; nobody else may write meanwhile.
    init(_ path: String, mapBytes: Int, readOnly: Bool = false) throws(DiskFailure) {
        self.path = path
        let flags = MDB_NOSUBDIR | MDB_NOTLS | (readOnly ? MDB_RDONLY | MDB_NOLOCK : 0)
        var size = max(mapBytes, Environment.fileSize(path) * Disk.Limits.mapGrowth)
        var opened = unsafe Environment.open(path, size, flags)
        while unsafe opened.code == ENOMEM && size > Environment.smallestMap {
            size /= 2
            unsafe opened = unsafe Environment.open(path, size, flags)
        }
        guard let pointer = unsafe opened.pointer else {
            throw unsafe .of("open", path, opened.code)
        }
        unsafe self.pointer = unsafe pointer
    }

    private static func open(
        _ path: String, _ size: Int, _ flags: Int32
    ) -> (pointer: OpaquePointer?, code: Int32) {
        var pointer: OpaquePointer?
        var code = unsafe mdb_env_create(&pointer)
        guard code == 0 else { return (nil, code) }
        unsafe _ = mdb_env_set_maxdbs(pointer, Databases.count)
        unsafe _ = mdb_env_set_maxreaders(pointer, Disk.Limits.readers)
        unsafe _ = mdb_env_set_mapsize(pointer, size)
        code = unsafe mdb_env_open(pointer, path, UInt32(flags), 0o600)
        guard code != 0 else { return unsafe (pointer, 0) }
        unsafe mdb_env_close(pointer)
        return (nil, code)
    }

    private static func fileSize(_ path: String) -> Int {
        var status = Glibc.stat()
        return unsafe stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    private static let smallestMap = 1 << 20

    deinit { unsafe mdb_env_close(pointer) }

    /// Whether values bear checksums: not those of a file that an earlier program wrote.
    private let bears = Mutex(true)
    var bearsChecksums: Bool {
        get { bears.withLock { $0 } }
        set { bears.withLock { $0 = newValue } }
    }

    func begin(writing: Bool) throws(DiskFailure) -> Transaction {
        var transaction: OpaquePointer?
        let flags = writing ? 0 : UInt32(MDB_RDONLY)
        let code = unsafe mdb_txn_begin(pointer, nil, flags, &transaction)
        guard code == 0, let begun = unsafe transaction else { throw .of("read", path, code) }
        return unsafe Transaction(begun, self, path: path)
    }
}

/// Ends without effect unless it is committed.
@safe final class Transaction {
    private var pointer: OpaquePointer?
    private let environment: Environment
    private let path: String
    /// The first thing that went wrong in a writing one, after which it cannot be committed.
    private var failure: Int32 = 0
    /// Bytes behind each value that are not part of it.
    let trailer: Int
    /// Looks at the checksum of everything that a cursor comes to, and counts the bad ones.
    var isVerifying = false
    private(set) var damage = 0

    init(_ pointer: OpaquePointer, _ environment: Environment, path: String) {
        unsafe self.pointer = unsafe pointer
        self.environment = environment
        self.path = path
        trailer = environment.bearsChecksums ? MemoryLayout<UInt32>.size : 0
    }

    deinit { unsafe mdb_txn_abort(pointer) }

    /// The checksum of a value and of what it is filed under.
    static func checksum(_ label: Bytes, _ value: Bytes) -> UInt32 {
        CRC32C.of(value, seed: CRC32C.of(label))
    }

    func noteDamage() { damage += 1 }

    /// The database of this name, if there is one.
    func find(_ name: String) -> MDB_dbi? {
        var database: MDB_dbi = 0
        return unsafe mdb_dbi_open(pointer, name, 0, &database) == 0 ? database : nil
    }

    @_lifetime(copy stored)
    func value(of stored: Bytes) -> Bytes {
        stored.extracting(0..<max(0, stored.count - trailer))
    }

    func open(_ name: String, creates: Bool = true) throws(DiskFailure) -> MDB_dbi {
        var database: MDB_dbi = 0
        let flags = creates ? UInt32(MDB_CREATE) : 0
        let code = unsafe mdb_dbi_open(pointer, name, flags, &database)
        guard code == 0 else { throw .of("open", path, code) }
        return database
    }

    /// Anything but "no space" in here is a write or a sync that failed.
    func commit() throws(DiskFailure) {
        let ending = unsafe pointer
        guard failure == 0 else { throw .of("write to", path, failure) }
        unsafe pointer = nil
        let code = unsafe mdb_txn_commit(ending)
        guard code != 0 else { return }
        // LMDB calls a write that was cut short an IO fault; on a full disk it is none: all of the
        // transaction is written again when there is space.
        let isFull =
            code == EIO && (DataDirectory.freeBytes(path) ?? .max) < Disk.Limits.nothingFree
        let failure = DiskFailure.of("sync", path, isFull ? ENOSPC : code)
        if case .io(let fault) = failure { throw .syncFailed(fault) }
        throw failure
    }

    /// A reading one moves on to what was committed last.
    func renew() throws(DiskFailure) {
        unsafe mdb_txn_reset(pointer)
        let code = unsafe mdb_txn_renew(pointer)
        guard code == 0 else { throw .of("read", path, code) }
    }

    func get<R>(_ database: MDB_dbi, _ key: Bytes, _ body: (Bytes?) -> R) -> R {
        guard !key.isEmpty else { return body(nil) }
        var value = unsafe MDB_val()
        let code = unsafe withValue(key) { key in
            var key = unsafe key
            return unsafe mdb_get(pointer, database, &key, &value)
        }
        return isFound(code) ? unsafe body(self.value(of: bytes(value))) : body(nil)
    }

    func put(_ database: MDB_dbi, _ key: Bytes, _ value: Bytes) {
        guard failure == 0 else { return }
        var place = unsafe MDB_val(mv_size: value.count + trailer, mv_data: nil)
        failure = unsafe withValue(key) { key in
            var key = unsafe key
            return unsafe mdb_put(pointer, database, &key, &place, UInt32(MDB_RESERVE))
        }
        guard failure == 0, let target = unsafe place.mv_data else { return }
        unsafe value.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            unsafe target.copyMemory(from: start, byteCount: source.count)
        }
        guard trailer > 0 else { return }
        let sum = Transaction.checksum(key, value)
        unsafe target.storeBytes(of: sum.littleEndian, toByteOffset: value.count, as: UInt32.self)
    }

    func delete(_ database: MDB_dbi, _ key: Bytes) {
        guard failure == 0, !key.isEmpty else { return }
        let code = unsafe withValue(key) { key in
            var key = unsafe key
            return unsafe mdb_del(pointer, database, &key, nil)
        }
        if code != MDB_NOTFOUND { failure = code }
    }

    /// Bytes of pages that a table takes.
    func pageBytes(of database: MDB_dbi) -> UInt64 {
        var facts = MDB_stat()
        guard unsafe mdb_stat(pointer, database, &facts) == 0 else { return 0 }
        let pages = facts.ms_branch_pages + facts.ms_leaf_pages + facts.ms_overflow_pages
        return UInt64(pages) * UInt64(facts.ms_psize)
    }

    func cursor(_ database: MDB_dbi) -> Cursor? {
        var cursor: OpaquePointer?
        let code = unsafe mdb_cursor_open(pointer, database, &cursor)
        guard isFound(code), let opened = unsafe cursor else { return nil }
        return unsafe Cursor(opened, self)
    }

    /// Whether the answer is a yes. An answer other than yes and no ends a writing transaction, and
    /// stops the program when nobody could be told.
    func isFound(_ code: Int32) -> Bool {
        if code == 0 { return true }
        if code == MDB_NOTFOUND || failure != 0 { return false }
        fatalError("cannot read '\(path)': \(words(for: code))")
    }
}

/// A place among the keys of one table.
@safe struct Cursor: ~Copyable {
    private let pointer: OpaquePointer
    private let transaction: Transaction
    private var foundKey = unsafe MDB_val()
    private var foundValue = unsafe MDB_val()
    /// Whether it stands on a key.
    private(set) var isValid = false

    init(_ pointer: OpaquePointer, _ transaction: Transaction) {
        unsafe self.pointer = unsafe pointer
        self.transaction = transaction
    }

    deinit { unsafe mdb_cursor_close(pointer) }

    var key: Bytes {
        @_lifetime(borrow self) borrowing get {
            unsafe _overrideLifetime(bytes(foundKey), borrowing: self)
        }
    }

    var value: Bytes {
        @_lifetime(borrow self) borrowing get {
            unsafe _overrideLifetime(transaction.value(of: bytes(foundValue)), borrowing: self)
        }
    }

    /// What lies there with its checksum.
    var storedBytes: Int { unsafe foundKey.mv_size + foundValue.mv_size }

    /// Whether what lies there is what was put there.
    var verifies: Bool {
        let stored = unsafe bytes(foundValue)
        guard transaction.trailer > 0 else { return true }
        guard stored.count >= transaction.trailer else { return false }
        let value = transaction.value(of: stored)
        return stored.little(UInt32.self, at: value.count) == Transaction.checksum(key, value)
    }

    private func verify() {
        if isValid, transaction.isVerifying, !verifies { transaction.noteDamage() }
    }

    /// To the first key that is not below `key`.
    mutating func seek(_ key: Bytes) {
        guard !key.isEmpty else { return first() }
        let pointer = unsafe pointer
        var foundKey = unsafe MDB_val()
        var foundValue = unsafe MDB_val()
        let code = unsafe withValue(key) { wanted in
            unsafe foundKey = unsafe wanted
            return unsafe mdb_cursor_get(pointer, &foundKey, &foundValue, MDB_SET_RANGE)
        }
        unsafe self.foundKey = unsafe foundKey
        unsafe self.foundValue = unsafe foundValue
        isValid = transaction.isFound(code)
        verify()
    }

    /// To the last key that is below `key`.
    mutating func seek(below key: Bytes) {
        seek(key)
        if isValid { previous() } else { last() }
    }

    mutating func first() { move(MDB_FIRST) }
    mutating func last() { move(MDB_LAST) }
    mutating func next() { move(MDB_NEXT) }
    mutating func previous() { move(MDB_PREV) }

    private mutating func move(_ how: MDB_cursor_op) {
        isValid = unsafe transaction.isFound(
            mdb_cursor_get(pointer, &foundKey, &foundValue, how))
        verify()
    }
}

private func withValue<R>(_ bytes: Bytes, _ body: (MDB_val) -> R) -> R {
    unsafe bytes.withUnsafeBytes {
        let data = unsafe UnsafeMutableRawPointer(mutating: $0.baseAddress)
        return unsafe body(MDB_val(mv_size: $0.count, mv_data: data))
    }
}

@_lifetime(immortal)
private func bytes(_ value: MDB_val) -> Bytes {
    let buffer = unsafe UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size)
    return unsafe _overrideLifetime(
        Bytes(_bytes: RawSpan(_unsafeBytes: buffer)), copying: ())
}
