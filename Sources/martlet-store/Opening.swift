import Disk
import Journal
import MVCC
import Raft
import Store
import Units

/// A member's disk, opened and understood.
struct Opened {
    var directory: DataDirectory
    var identity: Identity
    var recovered: Recovered
    var tables: LMDBTables
    var engine: Engine
    var files: SegmentFiles
    var slots: DualSlots
    /// What was cut off, for the log.
    var cut: Journal.TornTail?
    /// What was damaged, and is mended or being mended.
    var damage: Journal.Damage?
}

/// Whether a damaged log may be mended.
enum RepairPolicy: String {
    case auto, never
}

/// Why a member does not start.
enum StartRefusal: Error, CustomStringConvertible {
    case directory(DirectoryRefusal)
    case founding(Founding.Fault)
    case damaged(String, Journal.Damage)
    /// There is nobody to get the missing entries from.
    case damagedAlone(String, Journal.Damage)
    case foreignLog(String)
    case newerLog(String, UInt32)
    case clockBehind(seconds: UInt64)
    case newerData(String, ClusterVersion)
    case otherName(path: String, found: String, given: String)
    case other(String)

    var description: String {
        switch self {
        case .directory(let refusal): refusal.description
        case .founding(let fault): fault.description
        case .damaged(let path, let damage):
            "the log in '\(path)' is damaged: \(damage). Nothing was changed. Start with "
                + "--repair=auto to get what is missing from the other members."
        case .damagedAlone(let path, let damage):
            "the log in '\(path)' is damaged: \(damage). Nothing was changed. No other member could "
                + "tell what is missing: restore a backup into an empty directory with 'martlet "
                + "store restore'."
        case .foreignLog(let path):
            "the log in '\(path)' belongs to another member; restore the right directory"
        case .newerLog(let path, let format):
            "the log in '\(path)' has format \(format), newer than this program knows; start the "
                + "newer version again"
        case .newerData(let path, let version):
            "the data in '\(path)' is of cluster version \(version.name), newer than this program "
                + "(or --highest-version) knows; start the newer version again"
        case .clockBehind(let seconds):
            "the clock is \(seconds) s behind the last time this member wrote, so leases cannot "
                + "be trusted; set the clock, or start once with --accept-clock"
        case .otherName(let path, let found, let given):
            "data directory '\(path)' belongs to member '\(found)', not to '\(given)'; correct "
                + "--name or --data"
        case .other(let text): text
        }
    }
}

extension Opened {
    /// How far the wall clock may be behind what was last written.
    static let clockTolerance: UInt64 = 2_000_000_000

    /// Whether nobody has used the directory yet.
    static func isNew(_ path: String) throws(StartRefusal) -> Bool {
        let directory = try refusing { () throws(DirectoryRefusal) in try DataDirectory(path) }
        return try refusing { () throws(DirectoryRefusal) in try directory.identity() } == nil
    }

    /// Opens what is there, or founds what is not.
    ///
    /// - Parameters:
    ///   - founding: identity and members to begin with when the directory is new.
    ///   - isExplicit: the founding comes from flags that name the cluster, and must agree with a
    ///     directory that is not new.
    static func open(
        _ path: String, name: String, version: String, supported: ClusterVersion,
        founding: Founding, isExplicit: Bool, wallClock: UInt64, drawn: UInt64, acceptClock: Bool,
        repair: RepairPolicy
    ) throws(StartRefusal) -> Opened {
        let directory = try refusing { () throws(DirectoryRefusal) in try DataDirectory(path) }
        let found = try refusing { () throws(DirectoryRefusal) in try directory.identity() }
        let own =
            if let found, !isExplicit || directory.foundedAs == founding.cluster { found } else {
                Journal.Identity(cluster: founding.cluster, member: founding.member.rawValue)
            }
        try refusing { () throws(DirectoryRefusal) in try directory.claim(own) }
        let slots = try refusing { () throws(DirectoryRefusal) in
            try DualSlots(directory.slotsPath, identity: own)
        }
        try check(slots.content.wallClock, wallClock, acceptClock)
        let engine = try disk { () throws(DiskFailure) in try Engine(path) }
        try furnish(engine, with: founding)
        let birth = try refusing { () throws(DirectoryRefusal) in
            try directory.birth(orElse: drawn)
        }
        let identity = Identity(
            cluster: own.cluster, member: MemberID(rawValue: own.member), name: name,
            version: version, birth: birth)
        let opened = try recover(directory, slots, engine, identity, repair)
        try check(opened, path, supported)
        return opened
    }

    /// What a newer program wrote is not to be guessed at.
    private static func check(
        _ opened: Opened, _ path: String, _ supported: ClusterVersion
    ) throws(StartRefusal) {
        let version = Store.clusterVersion(of: MVCC(tables: opened.tables))
        guard version <= supported else { throw .newerData(path, version) }
        guard Store.unknown(among: opened.recovered.records) == nil else {
            throw .newerData(path, ClusterVersion(rawValue: version.rawValue + 1))
        }
    }

    private static func check(
        _ last: UInt64, _ wallClock: UInt64, _ accept: Bool
    ) throws(StartRefusal) {
        guard !accept, wallClock + clockTolerance < last else { return }
        throw .clockBehind(seconds: (last - wallClock) / 1_000_000_000)
    }

    /// A state that has no members yet gets the first ones, durably, before anything else happens.
    private static func furnish(_ engine: Engine, with founding: Founding) throws(StartRefusal) {
        let tables = try disk { () throws(DiskFailure) in try engine.tables() }
        var state = MVCC(tables: tables)
        guard state.membership.isEmpty else { return }
        state.membership = encodedMembership(founding.members, cluster: founding.cluster)
        let checkpoint = state.freeze()
        try disk { () throws(DiskFailure) in try engine.commit(checkpoint) }
    }

    private static func recover(
        _ directory: DataDirectory, _ slots: DualSlots, _ engine: Engine, _ identity: Identity,
        _ repair: RepairPolicy
    ) throws(StartRefusal) -> Opened {
        let tables = try disk { () throws(DiskFailure) in try engine.tables() }
        let files = try disk { () throws(DiskFailure) in try SegmentFiles(directory.logPath) }
        let own = Journal.Identity(cluster: identity.cluster, member: identity.member.rawValue)
        let recovery = try disk { () throws(DiskFailure) in
            try Journal.recover(
                identity: own, segments: files.numbers, knownDurable: slots.content.knownDurable
            ) { (number) throws(DiskFailure) in try files.load(number) }
        }
        let recovered: Recovered
        var torn: Journal.TornTail?
        var mended: Journal.Damage?
        switch recovery {
        case .ready(let journal, let records, let cut):
            torn = cut
            recovered = Recovered(journal, records, slots, tables)
        case .damaged(let damage):
            guard repair == .auto else { throw .damaged(directory.logPath, damage) }
            mended = damage
            recovered = try mend(damage, directory, slots, files, tables, identity)
        case .foreign: throw .foreignLog(directory.logPath)
        case .newerFormat(let format): throw .newerLog(directory.logPath, format)
        }
        return Opened(
            directory: directory, identity: identity, recovered: recovered, tables: tables,
            engine: engine, files: files, slots: slots, cut: torn, damage: mended)
    }

    /// Makes the best of a damaged log. What is lost for certain is got from the others later; the
    /// damaged files stay until then.
    private static func mend(
        _ damage: Journal.Damage, _ directory: DataDirectory, _ slots: DualSlots,
        _ files: SegmentFiles, _ tables: LMDBTables, _ identity: Identity
    ) throws(StartRefusal) -> Recovered {
        let own = Journal.Identity(cluster: identity.cluster, member: identity.member.rawValue)
        let covered = MVCC(tables: tables).mark.index
        let salvage = try disk { () throws(DiskFailure) in
            try Journal.salvage(
                identity: own, segments: files.numbers, knownDurable: slots.content.knownDurable,
                covered: covered
            ) { (number) throws(DiskFailure) in try files.load(number) }
        }
        switch salvage {
        case .whole(let journal, let records, let drops):
            try disk { () throws(DiskFailure) in try files.perform(drops) }
            return Recovered(journal, records, slots, tables)
        case .part(let journal, let records, let writes):
            let recovered = Recovered(journal, records, slots, tables)
            guard recovered.hasOtherVoters(than: identity.member) else {
                throw .damagedAlone(directory.logPath, damage)
            }
            try disk { () throws(DiskFailure) in
                try files.perform(writes)
                var content = slots.content
                content.knownDurable = journal.lastGroup
                try slots.save(content)
            }
            return recovered
        }
    }
}

extension Recovered {
    fileprivate init(
        _ journal: Journal, _ records: [Journal.Record], _ slots: DualSlots, _ tables: LMDBTables
    ) {
        let vote = slots.content.vote
        self.init(
            journal: journal, records: records,
            hardState: HardState(
                term: Term(rawValue: slots.content.term),
                vote: vote == 0 ? nil : MemberID(rawValue: vote)),
            tables: tables)
    }
}

private func refusing<Result: ~Copyable>(
    _ body: () throws(DirectoryRefusal) -> Result
) throws(StartRefusal) -> Result {
    do throws(DirectoryRefusal) { return try body() } catch { throw .directory(error) }
}

private func disk<Result: ~Copyable>(
    _ body: () throws(DiskFailure) -> Result
) throws(StartRefusal) -> Result {
    do throws(DiskFailure) { return try body() } catch { throw .other(error.description) }
}
