/// The Disk room.
