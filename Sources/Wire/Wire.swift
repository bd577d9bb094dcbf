/// The Wire room.
