/// The Client room.
