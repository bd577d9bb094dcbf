/// The Store room.
