/// The Daemon room.
