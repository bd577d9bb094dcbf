internal import CLMDB
internal import Glibc
package import MVCC
internal import Synchronization

/// The state on disk: one LMDB file that is only ever a whole checkpoint, never a part of one.
///
/// - A commit is one synchronous transaction; the index, term and digest of the state travel in the
///   same one as its data. What a crash leaves is the checkpoint before or the one after.
/// - One thread commits; views and snapshots read meanwhile, each from the checkpoint at which it
///   was made or renewed. A view that is never renewed keeps old pages from being used again, and
///   the file grows.
/// - Every record bears a checksum (`LMDB`), which `scrub` and snapshots look at.
/// - The address space is set aside at opening: 256 GiB, or four times the file when that is more,
///   or less when the system gives no more. LMDB can only widen it while nobody reads, and the
///   loop always does; so it is wide from the start and widened at each opening. It costs nothing:
///   the file is as large as its pages. If it is full all the same, that is told as `noSpace`.
package final class Engine: Sendable {
    let environment: Environment
    let databases: Databases
    private let failure = Mutex<DiskFailure?>(nil)

    /// Opens `state` in `directory`, makes it when there is none, and removes what an interrupted
    /// restore left.
    package convenience init(
        _ directory: String, mapBytes: Int = Disk.Limits.mapBytes
    ) throws(DiskFailure) {
        let folder = try Folder(directory)
        try Engine.removeRemains(in: folder)
        try Engine.addChecksums(directory, mapBytes: mapBytes)
        try self.init(file: Engine.name, in: folder, mapBytes: mapBytes)
    }

    /// Copies a file of an earlier program, whose records bear no checksums yet.
    private static func addChecksums(
        _ directory: String, mapBytes: Int
    ) throws(DiskFailure) {
        let folder = try Folder(directory)
        guard folder.holds(name) else { return }
        let old = try Engine(file: name, in: folder, mapBytes: mapBytes)
        guard !old.environment.bearsChecksums else { return }
        let snapshot = try old.snapshot()
        let restore = try StateRestore(directory, mapBytes: mapBytes)
        do throws(StateRestore.Failure) {
            while let chunk = snapshot.next(limit: MVCC::Limits.snapshotChunk) {
                try restore.add(chunk.span)
            }
            _ = try restore.finish()
        } catch {
            if case .disk(let failure) = error { throw failure }
            throw .io(.init(action: "copy", path: folder.path(of: name), code: EILSEQ))
        }
    }

    init(
        file name: String, in folder: borrowing Folder, mapBytes: Int
    ) throws(DiskFailure) {
        environment = try Environment(folder.path(of: name), mapBytes: mapBytes)
        let transaction = try environment.begin(writing: true)
        let isOld = Databases.isOld(transaction)
        databases = try Databases(transaction, checked: !isOld)
        try transaction.commit()
        try folder.sync()
        if isOld { environment.bearsChecksums = false }
    }

    /// Opens `state` in `directory` only to be read; nobody may write to it meanwhile.
    package init(reading directory: String) throws(DiskFailure) {
        environment = try Environment(
            "\(directory)/\(Engine.name)", mapBytes: Disk.Limits.mapBytes, readOnly: true)
        // Tables that are opened in it stay open only when it is committed, though nothing is written.
        let transaction = try environment.begin(writing: false)
        let isOld = Databases.isOld(transaction)
        databases = try Databases(transaction, checked: !isOld, creates: false)
        try transaction.commit()
        if isOld { environment.bearsChecksums = false }
    }

    static let name = "state"
    static let newName = "state.new"

    static func removeRemains(in folder: borrowing Folder) throws(DiskFailure) {
        try folder.remove(newName)
        try folder.remove(newName + "-lock")
    }

    /// A view of the newest checkpoint, for one thread.
    package func tables() throws(DiskFailure) -> LMDBTables { try LMDBTables(self) }

    /// The newest checkpoint as chunks, whatever is committed meanwhile.
    package func snapshot() throws(DiskFailure) -> StateSnapshot {
        StateSnapshot(try tables())
    }

    /// Writes all of the checkpoint or nothing of it; durable when it returns. After `noSpace` it
    /// may be tried again; any other failure is final.
    package func commit(_ checkpoint: Checkpoint) throws(DiskFailure) {
        try transact { checkpoint.write(into: $0) }
    }

    /// As `commit`, for whatever `body` writes.
    package func transact(_ body: (LMDBWriter) -> Void) throws(DiskFailure) {
        if let failure = failure.withLock({ $0 }) { throw failure }
        do throws(DiskFailure) {
            let writer = LMDBWriter(try environment.begin(writing: true), databases)
            body(writer)
            try writer.commit()
        } catch {
            if case .noSpace = error { throw error }
            failure.withLock { $0 = error }
            throw error
        }
    }
}

/// The tables' names inside the file.
struct Databases: Sendable {
    private let tables: [MDB_dbi]
    /// The parts of keys that LMDB's own are too short for; see `Trie`.
    let long: MDB_dbi

    /// Tells that every value in the file bears a checksum.
    private static let mark = "checksums"

    /// Whether an earlier program wrote the file.
    static func isOld(_ transaction: borrowing Transaction) -> Bool {
        transaction.find(mark) == nil && transaction.find("table-0") != nil
    }

    init(
        _ transaction: borrowing Transaction, checked: Bool, creates: Bool = true
    ) throws(DiskFailure) {
        if checked, creates { _ = try transaction.open(Databases.mark) }
        var tables: [MDB_dbi] = []
        for table in Table.allCases {
            precondition(Int(table.rawValue) == tables.count, "tables are numbered without gaps")
            tables.append(try transaction.open("table-\(table.rawValue)", creates: creates))
        }
        self.tables = tables
        long = try transaction.open("long", creates: creates)
    }

    static let count = UInt32(Table.allCases.count + 2)

    subscript(_ table: Table) -> MDB_dbi { tables[Int(table.rawValue)] }

    /// All that hold records, in the order in which they are scrubbed.
    var all: [MDB_dbi] { tables + [long] }
}
