/// The directory tree: nodes by path, an index of its own, and a memory of its last events.
///
/// Picture a department store. Each depth of the tree is a floor, and on each floor the shelves stand
/// in order of their whole path, so a family stands side by side: to list a directory, walk along one
/// stretch of the floor above it, and nobody else's shelf is in the way. A shelf is found by its
/// address alone, without asking on the floors below. At the door hangs one slip (`Book`): how many
/// purchases there were, and which is the oldest receipt still kept. The receipts (`.treeEvents`) lie
/// in order of their numbers; the oldest go when there are too many. A calendar beside the door says
/// which shelf is to be cleared when.
///
/// LAYOUT of the table `.tree` (numbers are big-endian, so that they order as they count):
///
///     00                               the slip: see `Book`
///     01 depth:2 path                  a node: see `Tree.Entry`; the root is everywhere and nowhere
///     02 time:8 depth:2 path           a node that ends at this cluster time
///
/// so the children of /a/b are the keys from 01 0003 "/a/b/" to before 01 0003 "/a/b0" ('0' follows
/// '/'), and its grandchildren are on another floor. `.treeEvents` holds index:8 00, the event, and
/// index:8 01, the node as it was, if there was one.
///
/// Cost, of n nodes: a look, a set, a deletion of a file O(log n); a listing its children (and what
/// was deleted there since the last checkpoint); what expires is found by time.
///
/// Decisions:
/// - The index is the tree's own. It begins at 3, so the first command gets 4, as on a fresh etcd
///   whose own members took the first three. Each command that succeeds takes the next, and so does
///   each node that expires; what fails takes none and tells the present one. A directory that goes
///   takes one index, whatever was in it.
/// - Expiry is a command in the log: every node whose time is over by the stamp of the log entry goes
///   at that entry, on every member. The order is that of time, then depth, so that a directory that
///   ends together with what is in it is told of once.
/// - Listings are always in order of the bytes of the names; who asks for none in particular gets
///   that too.
/// - Who watches a path is told by `Tree.concerns` alone, a function of the event and the watch, live
///   and from history alike. So a recursive watch never sees hidden nodes in history either, and the
///   end of a directory tells all who watch below it, whether there was a node or not.
/// - A compare-and-delete that fails counts as failed.
/// - Writes are counted in the state, so that members agree; looks are each member's own.
/// - A directory that is updated shows the new index in the event, and its old one ever after.
///
/// Invariants: what a node's path goes through are directories; every node with a time stands in the
/// calendar once; events lie between `Book.oldest` and `Book.index`; a command that fails changes its
/// counter and nothing else.
package enum Tree {}

extension Tree {
    /// The slip at the door; one record.
    struct Book: Equatable, Sendable {
        static let size = 32 + 8 * Statistics.count

        /// Of the newest event.
        var index: UInt64 = 3
        /// Every event from here on is still known.
        var oldest: UInt64 = 1
        var eventCount: UInt64 = 0
        var eventBytes: UInt64 = 0
        var statistics = Statistics()
    }

    /// How often each command was carried out, since the store was founded.
    package struct Statistics: Equatable, Sendable {
        static let count = 13

        package struct Tally: Equatable, Sendable {
            package var success: UInt64 = 0
            package var fail: UInt64 = 0

            package init(success: UInt64 = 0, fail: UInt64 = 0) {
                self.success = success
                self.fail = fail
            }

            package mutating func add(_ succeeded: Bool) {
                if succeeded { success += 1 } else { fail += 1 }
            }
        }

        package var sets = Tally()
        package var creates = Tally()
        package var updates = Tally()
        package var compareAndSwaps = Tally()
        package var compareAndDeletes = Tally()
        package var deletes = Tally()
        package var expired: UInt64 = 0
    }
}

extension Tree.Statistics {
    mutating func count(_ action: Tree.Action, succeeded: Bool) {
        switch action {
        case .set: sets.add(succeeded)
        case .create, .createInOrder: creates.add(succeeded)
        case .update: updates.add(succeeded)
        case .compareAndSwap: compareAndSwaps.add(succeeded)
        case .compareAndDelete: compareAndDeletes.add(succeeded)
        case .delete: deletes.add(succeeded)
        case .expire: expired += 1
        }
    }

    var tallies: [Tally] {
        [sets, creates, updates, compareAndSwaps, compareAndDeletes, deletes]
    }

    init(_ words: [UInt64]) {
        func tally(_ place: Int) -> Tally {
            Tally(success: words[2 * place], fail: words[2 * place + 1])
        }
        (sets, creates, updates) = (tally(0), tally(1), tally(2))
        (compareAndSwaps, compareAndDeletes, deletes) = (tally(3), tally(4), tally(5))
        expired = words[12]
    }
}
