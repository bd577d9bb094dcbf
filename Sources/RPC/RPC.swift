/// The RPC room.
