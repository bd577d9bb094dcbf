internal import Journal
package import MVCC
package import Raft
internal import Units
internal import Wire

/// A connection of a client, numbered by the shell and never used twice.
package struct SessionID: RawRepresentable, Hashable, Comparable, Sendable {
    package var rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static func < (left: SessionID, right: SessionID) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// What the world tells a member. Requests and messages of peers come by `request` and `receive`.
package enum Event {
    /// Time has passed.
    case tick
    case opened(SessionID, streamCredit: Int, connectionCredit: Int)
    case closed(SessionID)
    /// Stream 0 is the connection.
    case credit(SessionID, stream: UInt32, bytes: Int)
    case cancelled(SessionID, stream: UInt32)
    /// The connection to a member broke.
    case peerLost(MemberID)
    /// The log write that was asked for is durable.
    case logWritten
    /// The slots write that was asked for is durable.
    case slotsSaved
    /// The checkpoint that was asked for is durable; read from these tables.
    case checkpointed(any Tables)
    case snapshot(SnapshotEvent)
    /// The part of the disk that was to be read again was.
    case scrubbed(ScrubFound, ScrubEnd)
    /// A record of the state was found to be damaged on another occasion.
    case stateDamaged(String)
    /// The member will stop: hand leadership on.
    case retiring
}

package enum SnapshotEvent {
    /// A snapshot of the newest checkpoint was opened for this transfer.
    case opened(transfer: UInt64, mark: Mark, membership: [UInt8], digest: UInt64)
    /// The next records were read; `last` when there are no more.
    case read(transfer: UInt64, records: [UInt8], last: Bool)
    /// The records were put into the state under construction.
    case stored(transfer: UInt64)
    /// The new state is durable and in place; read from these tables.
    case restored(transfer: UInt64, tables: any Tables)
    /// Reading or storing failed; the transfer is void.
    case failed(transfer: UInt64)
}
