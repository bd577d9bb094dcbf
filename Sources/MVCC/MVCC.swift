/// The MVCC room.
