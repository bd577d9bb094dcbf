/// The Raft room.
