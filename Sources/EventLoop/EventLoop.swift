/// The EventLoop room.
