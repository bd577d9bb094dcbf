/// Everything a member keeps on its disk, done with plain blocking calls.
///
/// Picture the back office of a bank: the vault door with one key (`DataDirectory`), the ledgers in
/// which only the last page is wet (`SegmentFiles`), the two cards that are filled in turn so that
/// one can always be read (`DualSlots`), and the archive that is brought up to date at night while
/// the counters stay open (`Engine`). Nobody at the counters ever walks in here: a thread does, and
/// calls back when the ink is dry.
///
/// - Nothing here decides. What to write is the journal's affair, when to checkpoint the store's.
/// - A name is durable only when its directory was synced; so every create, rename and unlink is
///   followed by that, before anything relies on it.
/// - An error from a sync is final: the kernel may have dropped the bytes and will not tell again.
///   The file is given up and the member stops. Only "no space" may be tried again.
/// - One process at a time: the data directory is locked for as long as the program lives.
///
/// Imports: Journal, MVCC, Archive, Units, CLMDB, the C library. Never: the event loop, sockets, threads of
/// its own.
package enum Disk {}
