/// The Journal room.
