internal import Archive
internal import Disk
internal import Journal
internal import MVCC
internal import Raft
internal import Store
internal import Units

/// A stopped member's data directory, looked at from the lock to the last record; nothing is changed.
///
/// The log's chain of checksums is followed from its first byte to its last; the state's pages and
/// records are looked at one by one; and what the log holds beyond the state is carried out in memory,
/// as the member will when it starts.
package struct Checkup {
    /// One thing that was looked at.
    package struct Part: Equatable, Sendable {
        package var name: String
        package var isSound: Bool
        /// What was found there.
        package var words: String
    }

    package private(set) var parts: [Part] = []
    package let path: String

    package var isSound: Bool { parts.allSatisfy(\.isSound) }

    /// Fails only when the directory cannot be looked at.
    package init(_ path: String) throws(Salvage.Failure) {
        self.path = path
        guard DataDirectory.occupation(of: path) == .member else {
            throw Salvage.Failure("there is no member's data in '\(path)'. Check the path")
        }
        let inspection: Inspection
        do throws(DirectoryRefusal) { inspection = try Inspection(path) } catch {
            throw Salvage.Failure(error.description)
        }
        guard let identity = identity(inspection) else { return }
        let slots = slots(inspection, identity)
        let log = log(inspection, identity, slots)
        guard let engine = state(inspection), let tables = records(engine) else { return }
        compare(log, tables, identity)
    }

    private mutating func note(_ name: String, _ isSound: Bool, _ words: String) {
        parts.append(Part(name: name, isSound: isSound, words: words))
    }

    // MARK: Whose it is

    private mutating func identity(_ inspection: Inspection) -> Journal.Identity? {
        do throws(DirectoryRefusal) {
            guard let found = try inspection.identity() else {
                note("identity", false, "there is no identity file")
                return nil
            }
            note(
                "identity", true,
                "member \(Salvage.hex(found.member)) of cluster \(Salvage.hex(found.cluster))")
            return found
        } catch {
            note("identity", false, error.description)
            return nil
        }
    }

    private mutating func slots(
        _ inspection: Inspection, _ identity: Journal.Identity
    ) -> DualSlots.Content? {
        do throws(DirectoryRefusal) {
            let (content, copies) = try inspection.slots(identity)
            guard let content else {
                note("vote", false, "no copy of the member's vote and term can be read")
                return nil
            }
            // A crash may spoil the two copies of the slot that was being written.
            note(
                "vote", copies >= 2,
                "term \(content.term), \(copies) of 4 copies can be read")
            return content
        } catch {
            note("vote", false, error.description)
            return nil
        }
    }

    // MARK: Log

    private mutating func log(
        _ inspection: Inspection, _ identity: Journal.Identity, _ slots: DualSlots.Content?
    ) -> [Journal.Record]? {
        let recovery: Journal.Recovery
        do throws(DiskFailure) {
            recovery = try Journal.recover(
                identity: identity, segments: try inspection.segments(),
                knownDurable: slots?.knownDurable ?? 0
            ) { (number) throws(DiskFailure) in try inspection.load(number) }
        } catch {
            note("log", false, error.description)
            return nil
        }
        switch recovery {
        case .ready(let journal, let records, let cut):
            let tail = cut == nil ? "" : "; a write at its end was cut short, which is no damage"
            note(
                "log", true,
                "\(journal.segments.count) segments, entries \(journal.firstIndex) to "
                    + "\(journal.lastIndex)\(tail)")
            return records
        case .damaged(let damage): note("log", false, damage.description)
        case .foreign(let owner):
            note("log", false, "it belongs to member \(Salvage.hex(owner.member))")
        case .newerFormat(let format):
            note("log", false, "a newer program wrote it (format \(format)): use that one")
        }
        return nil
    }

    // MARK: State

    private mutating func state(_ inspection: Inspection) -> Engine? {
        do throws(DiskFailure) {
            let pages = try inspection.checkPages()
            guard pages.faults.isEmpty else {
                note("pages", false, pages.faults.joined(separator: "; "))
                return nil
            }
            note("pages", true, "\(pages.count) pages of the state are in order")
            return try inspection.state()
        } catch {
            note("pages", false, error.description)
            return nil
        }
    }

    private mutating func records(_ engine: Engine) -> LMDBTables? {
        do throws(DiskFailure) {
            let tables = try engine.tables()
            let scrubbed = try engine.scrub(from: [], limit: .max)
            guard scrubbed.damaged == 0 else {
                note("records", false, "\(scrubbed.words); \(scrubbed.damaged) in all do so")
                return nil
            }
            let audit = Audit(of: tables, limit: Salvage.Limits.findings)
            guard audit.faultCount == 0 else {
                let more = audit.faultCount - audit.faults.count
                note(
                    "records", false,
                    audit.faults.joined(separator: "; ")
                        + (more > 0 ? "; and \(more) more faults" : ""))
                return nil
            }
            note("records", true, "\(audit.records) records, \(audit.keys) keys")
            return tables
        } catch {
            note("records", false, error.description)
            return nil
        }
    }

    // MARK: Both

    /// Carries out what the log holds beyond the state.
    private mutating func compare(
        _ records: [Journal.Record]?, _ tables: LMDBTables, _ identity: Journal.Identity
    ) {
        guard Replay.isSound(tables) else {
            return note("together", false, "the state does not say who the members are")
        }
        var state = Replay(cluster: identity.cluster, tables: tables)
        let mark = state.mark
        guard let records else {
            return note(
                "together", false,
                "the state holds entry \(mark.index); what came later is in the log alone")
        }
        guard let rest = Replay.following(mark, in: records) else {
            return note(
                "together", false,
                "the state ends with entry \(mark.index), and the log begins later")
        }
        for record in rest {
            guard Replay.isSound(record) else {
                return note("together", false, "entry \(record.index) makes no sense")
            }
            state.apply(record)
        }
        note(
            "together", true,
            "state at entry \(mark.index) and \(rest.count) later ones in the log: revision "
                + "\(state.revision.rawValue), \(state.keyCount) keys, digest "
                + Salvage.hex(state.digest))
    }
}
