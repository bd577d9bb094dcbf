import Archive
import Disk
import MVCC
import Salvage
import Store
import Testing
import Units
import Wire

/// Backups of a member at work, and new clusters made from them.
@Suite struct BackupTests {
    let scratch = Scratch()

    func household(checkpointBytes: Int = 64 << 20) throws -> Household {
        let household = try Household(
            scratch.path("data"), checkpointBytes: checkpointBytes)
        try household.lead()
        return household
    }

    func restore(
        _ backups: [String], to name: String, limit: Restoration.Limit = .end, token: String = "",
        list: String? = nil, skipping: Int64 = 0
    ) throws -> Restoration.Outcome {
        try Restoration(backups, to: scratch.path(name), limit: limit).run(
            name: "m1", peerAddress: "127.0.0.1:2380", initialCluster: list, token: token,
            skipping: skipping)
    }

    /// Keys with history and deletions, leases, compaction: something in every table of keys.
    func work(_ household: Household, _ seed: UInt64, count: Int = 60) throws {
        var chance = Chance(seed: seed, name: "work")
        for number in 0..<count {
            let key = "k\(chance.below(20))"
            switch chance.below(10) {
            case 0:
                try household.ask(.deleteRange, DeleteRangeRequest(key: Array(key.utf8)))
            case 1:
                try household.ask(
                    .leaseGrant,
                    LeaseGrantRequest(ttl: 1000, id: Int64(seed) * 1000 + Int64(number)))
                try household.put(key, "leased", lease: Int64(seed) * 1000 + Int64(number))
            default: try household.put(key, "value \(number) of \(seed)")
            }
            try household.pass(100)
        }
    }

    @Test(arguments: [64 << 20, 2_000])
    func aFullBackupHoldsEverything(checkpointBytes: Int) throws {
        let household = try household(checkpointBytes: checkpointBytes)
        try work(household, 1)
        try household.ask(.compact, CompactRequest(revision: 20))
        try work(household, 2)
        let label = try household.backup(scratch.path("full"))
        #expect(label.revision == household.store.revision.rawValue)
        #expect(label.digest == household.store.digest)
        let check = try BackupCheck(scratch.path("full"))
        #expect(check.label == label && check.records > 20)
        let outcome = try restore([scratch.path("full")], to: "new")
        #expect(outcome.revision == label.revision && outcome.entries == 0)
        #expect(
            try Household.contents(of: scratch.path("new"))
                == Household.contents(of: scratch.path("data")))
    }

    @Test func writesGoOnWhileABackupIsUnderWay() throws {
        let household = try household()
        let value = String(repeating: "x", count: 900_000)
        try household.put("a", value)
        try household.put("b", value)
        let stream = try household.ask(.backup, BackupRequest(bytesPerSecond: 100_000))
        // The rate lets the first part pass at once, and holds the second back.
        #expect(household.answers(stream).map(\.type) == [.stream])
        try household.put("a", "2")
        for _ in 0..<100 where household.answers(stream).last?.type != .response {
            try household.pass(1000)
        }
        let parts = try household.answers(stream).map { try BackupResponse(decoding: $0.body.span) }
        #expect(parts.first?.head?.revision == 3)
        #expect(parts.last?.parts == UInt64(parts.count - 1) && parts.count == 3)
        #expect(parts.last?.header?.revision == 4)
    }

    @Test func incrementsLeadToTheSameState() throws {
        let household = try household(checkpointBytes: 4_000)
        try work(household, 1)
        try household.backup(scratch.path("0"))
        for number in 1...3 {
            try work(household, UInt64(number + 1))
            try household.backup(scratch.path("\(number)"), since: scratch.path("\(number - 1)"))
        }
        let last = try household.backup(scratch.path("all"))
        let outcome = try restore((0...3).map { scratch.path("\($0)") }, to: "new")
        #expect(outcome.revision == last.revision && outcome.entries > 60)
        #expect(try restore([scratch.path("all")], to: "other").revision == last.revision)
        let contents = try Household.contents(of: scratch.path("new"))
        #expect(contents == (try Household.contents(of: scratch.path("other"))))
        let check = try BackupCheck(scratch.path("2"))
        let span = try #require(check.wallSeconds)
        #expect(span.lowerBound >= 1_800_000_000 && span.upperBound > span.lowerBound)
        // An increment of nothing is one too.
        try household.backup(scratch.path("4"), since: scratch.path("all"))
        try household.backup(scratch.path("5"), since: scratch.path("4"))
        #expect(try BackupCheck(scratch.path("5")).records <= 1)
    }

    @Test func aLogThatDoesNotReachBackIsSaid() throws {
        let household = try household(checkpointBytes: 1_000)
        try household.put("a", "1")
        for request in [
            BackupRequest(sinceIndex: 1, sinceTerm: 9),
            BackupRequest(sinceIndex: 999, sinceTerm: 1),
        ] {
            let error = #expect(throws: Household.Trouble.self) { try household.parts(request) }
            #expect(error?.words.contains("another history. Take a full backup") == true)
        }
        // More than what is kept for members that lag.
        let value = String(repeating: "x", count: 1_000_000)
        for _ in 0..<20 { try household.put("a", value) }
        let error = #expect(throws: Household.Trouble.self) {
            try household.parts(BackupRequest(sinceIndex: 1, sinceTerm: 1))
        }
        #expect(error?.words.contains("no longer reaches back") == true)
    }

    /// The model: what was there at each revision, as the store itself says it.
    @Test func everyRevisionCanBeRestored() throws {
        let household = try household()
        try work(household, 1, count: 10)
        let first = try household.backup(scratch.path("0"))
        // A batch of many commands of one turn is restored in part, too.
        for number in 0..<20 {
            household.store.put("batch\(number % 3)", "\(number)", stream: UInt32(9_000 + number))
        }
        try household.settle()
        try work(household, 2, count: 15)
        let last = try household.backup(scratch.path("1"), since: scratch.path("0"))
        for revision in stride(from: first.revision, through: last.revision, by: 4) {
            let outcome = try restore(
                [scratch.path("0"), scratch.path("1")], to: "r\(revision)",
                limit: .revision(revision))
            #expect(outcome.revision == revision)
            let found = try Household.state(of: scratch.path("r\(revision)"))
            let all = try KeyRange(key: [0], rangeEnd: [0])
            var restored: [Record] = []
            _ = try found.range(RangeQuery(all)) { key, value, facts in
                restored.append(Record(key: key.array, value: value.array, facts: facts))
                return true
            }
            let request = RangeRequest(key: [0], rangeEnd: [0], revision: revision)
            let stream = try household.ask(.range, request)
            let frame = try #require(household.answers(stream).last)
            let expected = try RangeResponse(decoding: frame.body.span).kvs
            #expect(restored.map(\.key) == expected.map(\.key))
            #expect(restored.map(\.value) == expected.map(\.value))
            #expect(restored.map(\.facts.mod.rawValue) == expected.map(\.modRevision))
            #expect(restored.map(\.facts.lease.rawValue) == expected.map(\.lease))
        }
        #expect(throws: Salvage.Failure.self) {
            try Restoration(
                [scratch.path("0")], to: scratch.path("no"), limit: .revision(last.revision + 1))
        }
        #expect(throws: Salvage.Failure.self) {
            try Restoration(
                [scratch.path("0")], to: scratch.path("no"), limit: .revision(first.revision - 1))
        }
    }

    @Test func aTimeCanBeRestored() throws {
        let household = try household()
        try household.put("a", "early")
        let first = try household.backup(scratch.path("0"))
        try household.pass(10_000)
        try household.put("a", "later")
        let later = household.store.process.wallClock / 1_000_000_000
        try household.pass(10_000)
        try household.put("a", "too late")
        let last = try household.backup(scratch.path("1"), since: scratch.path("0"))
        let both = [scratch.path("0"), scratch.path("1")]
        for (number, (seconds, value)) in [
            (first.wallTime / 1_000_000_000, "early"), (later - 1, "early"), (later, "later"),
            (later + 9, "later"), (last.wallTime / 1_000_000_000, "too late"),
        ].enumerated() {
            _ = try restore(both, to: "t\(number)", limit: .time(seconds))
            let state = try Household.state(of: scratch.path("t\(number)"))
            var found: [String] = []
            _ = try state.range(RangeQuery(try KeyRange(key: [97], rangeEnd: []))) { _, value, _ in
                found.append(String(decoding: value.array, as: UTF8.self))
                return true
            }
            #expect(found == [value])
        }
        #expect(throws: Salvage.Failure.self) {
            try Restoration(both, to: scratch.path("no"), limit: .time(later + 100_000))
        }
        #expect(throws: Salvage.Failure.self) {
            try Restoration(both, to: scratch.path("no"), limit: .time(1_000))
        }
    }

    @Test func increasesThatDoNotFollowAreRefused() throws {
        let household = try household()
        try household.put("a", "1")
        let names = ["0", "1", "2"].map(scratch.path)
        try household.backup(names[0])
        try household.put("a", "2")
        try household.backup(names[1], since: names[0])
        try household.put("a", "3")
        try household.backup(names[2], since: names[1])
        for (order, words) in [
            ([0, 2], "an increment is missing"), ([1], "must be a full one"),
            ([0, 2, 1], "an increment is missing"), ([0, 0], "only the first may be one"),
        ] {
            let failure = #expect(throws: Salvage.Failure.self) {
                try Restoration(order.map { names[$0] }, to: scratch.path("no"))
            }
            #expect(failure?.description.contains(words) == true)
        }
        // Twice the same does no harm: what is there is passed over.
        #expect(try restore([names[0], names[1], names[1], names[2]], to: "twice").revision == 4)
    }

    @Test func membersThatAreRestoredAlikeAgreeAndOthersNeverMeet() throws {
        let household = try household()
        try household.put("a", "1")
        try household.backup(scratch.path("0"))
        try household.put("a", "2")
        try household.backup(scratch.path("1"), since: scratch.path("0"))
        let list = "m1=h:1,m2=h:2"
        let names = [scratch.path("0"), scratch.path("1")]
        let one = try restore(names, to: "one", list: list)
        let two = try Restoration(names, to: scratch.path("two")).run(
            name: "m2", peerAddress: "h:2", initialCluster: list, token: "")
        #expect(one.cluster == two.cluster && one.member != two.member && two.members == 2)
        let (first, second) = try (
            Household.state(of: scratch.path("one")), Household.state(of: scratch.path("two"))
        )
        #expect(first.digest == second.digest && first.mark == second.mark)
        #expect(first.membership == second.membership)
        let others = try [
            restore([names[0]], to: "other", list: list).cluster,
            restore(names, to: "token", token: "t", list: list).cluster,
            restore(names, to: "skip", list: list, skipping: 5).cluster, Household.cluster,
        ]
        #expect(Set(others + [one.cluster]).count == 5)
        // The flags with which the member will be started are still good.
        let founding = try Founding(
            name: "m1", peerAddress: "x:1", clientAddresses: [], initialCluster: list, token: "")
        let directory = try DataDirectory(scratch.path("one"), reserve: 0)
        #expect(directory.foundedAs == founding.cluster)
    }

    @Test func aRestoredMemberLivesOn() throws {
        let household = try household()
        try household.ask(.leaseGrant, LeaseGrantRequest(ttl: 100, id: 5))
        try household.put("a", "1", lease: 5)
        for _ in 0..<30 { try household.pass(1000) }
        let label = try household.backup(scratch.path("0"))
        _ = try restore([scratch.path("0")], to: "new", skipping: 1000)
        let again = try Household(scratch.path("new"))
        #expect(again.identity.cluster != Household.cluster)
        try again.lead()
        #expect(try again.put("b", "2") == label.revision + 1001)
        let stream = try again.ask(.leaseTimeToLive, LeaseTimeToLiveRequest(id: 5))
        let frame = try #require(again.answers(stream).last)
        #expect(try LeaseTimeToLiveResponse(decoding: frame.body.span).ttl >= 95)
        // Whoever watched the old cluster further than the backup is told so.
        let watch = try again.ask(
            .watch, WatchRequest(key: [97], startRevision: label.revision + 500))
        let answer = try #require(again.answers(watch).last)
        #expect(answer.type == .error)
        #expect(try WireError(decoding: answer.body.span).code == .compacted)
    }

    @Test func nothingIsRestoredOverALivingOrUsedDirectory() throws {
        let household = try household()
        try household.put("a", "1")
        try household.backup(scratch.path("0"))
        let living = #expect(throws: Salvage.Failure.self) {
            try restore([scratch.path("0")], to: "data")
        }
        #expect(living?.description.contains("living member") == true)
        #expect(living?.description.contains("uses it. Stop that one first") == true)
        _ = try restore([scratch.path("0")], to: "new")
        let used = #expect(throws: Salvage.Failure.self) {
            try restore([scratch.path("0")], to: "new")
        }
        #expect(used?.description.contains("holds a member's data") == true)
        Scratch.write(scratch.make("full") + "/file", [1])
        let full = #expect(throws: Salvage.Failure.self) {
            try restore([scratch.path("0")], to: "full")
        }
        #expect(full?.description.contains("not empty") == true)
        _ = scratch.make("empty")
        _ = try restore([scratch.path("0")], to: "empty")
        #expect(Scratch.names(scratch.path("full")) == ["file"])
    }

    /// Cut at every border of its parts, and altered at random: it is refused, and nothing is left.
    @Test func aDamagedBackupIsNotRestored() throws {
        let household = try household()
        for number in 0..<40 { try household.put("k\(number)", String(repeating: "v", count: 99)) }
        try household.backup(scratch.path("0"))
        try household.put("k", "v")
        try household.backup(scratch.path("1"), since: scratch.path("0"))
        var chance = Chance(seed: 5, name: "damage")
        for name in ["0", "1"] {
            let file = Scratch.read(scratch.path(name))
            var borders = [0, 1, 99, 100, 116, file.count - 36, file.count - 20, file.count - 1]
            borders += (0..<4).map { _ in Int(chance.below(UInt64(file.count))) }
            var damaged = borders.map { Array(file[..<$0]) }
            for _ in 0..<6 {
                var changed = file
                changed[Int(chance.below(UInt64(file.count)))] ^= UInt8(1 + chance.below(255))
                damaged.append(changed)
            }
            damaged.append(file + [0])
            for bytes in damaged {
                Scratch.write(scratch.path("bad"), bytes)
                let backups =
                    name == "0" ? [scratch.path("bad")] : [scratch.path("0"), scratch.path("bad")]
                let failure = #expect(throws: Salvage.Failure.self) {
                    try restore(backups, to: "new")
                }
                #expect(failure?.description.contains("(byte ") == true)
                #expect(throws: Salvage.Failure.self) { try BackupCheck(scratch.path("bad")) }
            }
        }
        #expect(!scratch.names.contains { $0.hasPrefix("new") })
    }

    @Test func aBackupIsNotOverwrittenUnasked() throws {
        Scratch.write(scratch.path("0"), [1, 2])
        #expect(throws: ArchiveWriter.Refusal.exists(scratch.path("0"))) {
            try ArchiveWriter(scratch.path("0"), overwrites: false)
        }
        do {
            let writer = try ArchiveWriter(scratch.path("0"), overwrites: true)
            try writer.add([1].span)
        }
        #expect(Scratch.read(scratch.path("0")) == [1, 2])
        #expect(scratch.names == ["0"])
    }
}

extension Store {
    /// Asks without ending the turn.
    fileprivate mutating func put(_ key: String, _ value: String, stream: UInt32) {
        request(
            session: SessionID(rawValue: 1), stream: stream,
            method: UInt32(bitPattern: Wire::Method.put.rawValue), deadline: nil,
            body: PutRequest(key: Array(key.utf8), value: Array(value.utf8)).encoded.span,
            at: .zero)
    }
}
