/// The file that a backup is: bytes ↔ what they say.
///
/// Picture a sealed parcel. The label says whose state it is, and as of when; inside lie numbered
/// boxes, each with a seal that was pressed over the seal of the box before; the last slip of paper
/// counts the boxes and seals them all once more. Whoever opens it learns at which byte it was
/// damaged or where it was cut off, and never takes half a parcel for a whole one.
///
/// All numbers are little endian; checksums are CRC-32C.
///
///     label     magic 8 "MRTLARCH", format 4, kind 4 (1 full, 2 increment), cluster 8, member 8,
///               from index 8, from term 8, index 8, term 8, revision 8, digest 8, cluster time 8,
///               wall time 8, checksum of all before 4
///     box       magic 4 "BOX:", number 4 (0, 1, 2 …), length 4, checksum 4, then the content
///     slip      magic 8 "MRTLDONE", boxes 8, bytes of content 8, hash of everything before 8,
///               checksum of all before in the slip 4
///
/// A box's checksum goes on from the one before (the label's, for box 0) over its own first 12 bytes
/// and its content; so boxes can neither be left out nor change places. The hash is `Hash64` of the
/// label, then of each box's head and content, each seeded by the one before.
///
/// The boxes of a full backup hold records of the state as in proto/raft.proto, SnapshotChunk; a
/// record is never split. Those of an increment hold entries of the log (`LogRecord`), likewise
/// never split. From index and term are zero in a full backup; in an increment they name the entry
/// after which it goes on. Index and term name the last entry whose effect it holds; revision and
/// digest are the state's after that entry. Cluster time is that of proto/raft.proto, Batch; wall
/// time is in nanoseconds since 1970.
///
/// Imports: Units. Never: files, clocks, what records mean.
package enum Archive {}

extension Archive {
    /// A place in the log.
    package struct Mark: Equatable, Sendable {
        package var index: UInt64
        package var term: UInt64

        package init(index: UInt64, term: UInt64) {
            self.index = index
            self.term = term
        }

        package static let zero = Mark(index: 0, term: 0)
    }

    /// What the label says.
    package struct Label: Equatable, Sendable {
        package enum Kind: UInt32, Sendable {
            /// The whole state.
            case full = 1
            /// The log from one place to another.
            case increment = 2
        }

        package var kind: Kind
        package var cluster: UInt64
        /// Who gave it.
        package var member: UInt64
        /// Where an increment goes on; zero in a full backup.
        package var from: Mark
        /// The last entry whose effect it holds.
        package var mark: Mark
        package var revision: Int64
        package var digest: UInt64
        /// Nanoseconds by which leases live.
        package var clusterTime: UInt64
        /// Nanoseconds since 1970.
        package var wallTime: UInt64

        package init(
            kind: Kind, cluster: UInt64, member: UInt64, from: Mark = .zero, mark: Mark,
            revision: Int64, digest: UInt64, clusterTime: UInt64, wallTime: UInt64
        ) {
            self.kind = kind
            self.cluster = cluster
            self.member = member
            self.from = from
            self.mark = mark
            self.revision = revision
            self.digest = digest
            self.clusterTime = clusterTime
            self.wallTime = wallTime
        }
    }

    /// What was in it.
    package struct Totals: Equatable, Sendable {
        package var boxes: UInt64 = 0
        package var bytes: UInt64 = 0

        package init() {}
    }
}
