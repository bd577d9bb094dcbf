/// The Simulation room.
