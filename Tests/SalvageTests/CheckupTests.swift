import Archive
import Disk
import Journal
import MVCC
import Salvage
import Store
import Testing
import Units
import Wire

/// A stopped member's data, well and damaged in every way, and one that goes on alone.
@Suite struct CheckupTests {
    let scratch = Scratch()

    /// A directory with a state, and a log that goes beyond it.
    func directory() throws -> String {
        let household = try Household(scratch.path("data"))
        try household.lead()
        try household.ask(.leaseGrant, LeaseGrantRequest(ttl: 100, id: 5))
        for number in 0..<60 { try household.put("k\(number % 20)", "v\(number)") }
        try household.put("leased", "v", lease: 5)
        try household.put("long", String(repeating: "x", count: 20_000))
        try household.checkpoint()
        for number in 0..<30 { try household.put("later\(number)", "v") }
        try household.ask(.deleteRange, DeleteRangeRequest(key: Array("k1".utf8)))
        return household.path
    }

    func damaged(_ path: String) throws -> [String] {
        try Checkup(path).parts.filter { !$0.isSound }.map(\.name)
    }

    @Test func aSoundDirectoryIsSaidToBeSound() throws {
        let path = try directory()
        let before = Scratch.names(path).map { Scratch.read("\(path)/\($0)") }
        let checkup = try Checkup(path)
        #expect(checkup.isSound, "\(checkup.parts)")
        #expect(
            checkup.parts.map(\.name)
                == ["identity", "vote", "log", "pages", "records", "together"])
        #expect(checkup.parts.last?.words.contains("31 later ones") == true)
        #expect(Scratch.names(path).map { Scratch.read("\(path)/\($0)") } == before)
    }

    @Test func aLivingMemberIsLeftAlone() throws {
        let household = try Household(scratch.path("data"))
        let failure = #expect(throws: Salvage.Failure.self) { try Checkup(household.path) }
        #expect(failure?.description.contains("uses it. Stop that one first") == true)
        #expect(throws: Salvage.Failure.self) { try ForcedCluster(household.path) }
        #expect(throws: Salvage.Failure.self) { try Checkup(scratch.path("nowhere")) }
        #expect(throws: Salvage.Failure.self) { try ForcedCluster(scratch.path("nowhere")) }
        #expect(scratch.names == ["data"])
    }

    @Test func aBadIdentityIsFound() throws {
        let path = try directory()
        Scratch.change("\(path)/identity") { $0[30] ^= 1 }
        #expect(try damaged(path) == ["identity"])
    }

    @Test func aBadVoteIsFound() throws {
        let path = try directory()
        Scratch.change("\(path)/hardstate") { bytes in
            for place in 0..<4 { bytes[place * 4096 + 40] ^= 1 }
        }
        #expect(try damaged(path) == ["vote"])
        // Two copies, one of each slot, are enough; a crash leaves no fewer.
        Scratch.change("\(path)/hardstate") { bytes in
            for place in [0, 2] { bytes[place * 4096 + 40] ^= 1 }
        }
        #expect(try damaged(path) == [])
    }

    @Test func aBadLogIsFound() throws {
        let path = try directory()
        let segment = "\(path)/log/\(Scratch.names("\(path)/log").first { $0.hasPrefix("seg") }!)"
        let bytes = Scratch.read(segment)
        for place in [8, 4096 + 20, 4096 + 80, 6000] {
            Scratch.change(segment) { $0[place] ^= 1 }
            #expect(try damaged(path).contains("log"), "\(place)")
            Scratch.write(segment, bytes)
        }
        Scratch.write(segment, Array(bytes[..<9000]))
        #expect(try damaged(path).contains("log"))
    }

    /// Any page of the state overwritten, or the file cut off: told, and no crash.
    @Test func badPagesAreFound() throws {
        let path = try directory()
        let state = "\(path)/state"
        let bytes = Scratch.read(state)
        #expect(try Checkup(path).isSound)
        var chance = Chance(seed: 1, name: "pages")
        var found = 0
        for page in 0..<bytes.count / 4096 {
            Scratch.change(state) { bytes in
                for place in page * 4096..<page * 4096 + 64 {
                    bytes[place] = UInt8(chance.below(256))
                }
            }
            // A page that nothing uses any more may hold what it likes.
            found += try damaged(path).isEmpty ? 0 : 1
            Scratch.write(state, bytes)
        }
        #expect(found > 5)
        for length in [0, 100, 4096, 8192, bytes.count / 8192 * 4096] {
            Scratch.write(state, Array(bytes[..<length]))
            #expect(try damaged(path).contains("pages"), "\(length)")
        }
    }

    /// Bits anywhere in the state: told or harmless, never a crash.
    @Test(arguments: UInt64(1)...4)
    func flippedBitsNeverStopTheProgram(seed: UInt64) throws {
        let path = try directory()
        let bytes = Scratch.read("\(path)/state")
        var chance = Chance(seed: seed, name: "flips")
        for _ in 0..<25 {
            Scratch.change("\(path)/state") { bytes in
                for _ in 0...chance.below(4) {
                    bytes[Int(chance.below(UInt64(bytes.count)))] ^= 1 << UInt8(chance.below(8))
                }
            }
            _ = try Checkup(path)
            Scratch.write("\(path)/state", bytes)
        }
    }

    /// Records that are well formed, but do not agree.
    @Test func recordsThatDoNotAgreeAreFound() throws {
        let path = try directory()
        let spoils: [(LMDBWriter) -> Void] = [
            { Self.delete(.current, Array("k2".utf8), in: $0) },
            { Self.delete(.leases, [0, 0, 0, 0, 0, 0, 0, 5], in: $0) },
            { Self.delete(.events, Self.keys(.events, in: $0)[30], in: $0) },
            { Self.delete(.history, Self.keys(.history, in: $0)[0], in: $0) },
            { Self.delete(.attachments, Self.keys(.attachments, in: $0)[0], in: $0) },
            { Self.delete(.meta, Array("state".utf8), in: $0) },
            { writer in
                let (key, value) = (Array("k3".utf8), [UInt8](repeating: 1, count: 3))
                writer.put(.current, key.span, value.span)
            },
        ]
        let bytes = Scratch.read("\(path)/state")
        for (number, spoil) in spoils.enumerated() {
            do {
                let engine = try Engine(path, mapBytes: Household.map)
                try engine.transact(spoil)
            }
            #expect(try damaged(path) == ["records"], "\(number)")
            Scratch.write("\(path)/state", bytes)
        }
        #expect(try damaged(path) == [])
    }

    private static func delete(_ table: Table, _ key: [UInt8], in writer: LMDBWriter) {
        writer.delete(table, key.span)
    }

    private static func keys(_ table: Table, in writer: LMDBWriter) -> [[UInt8]] {
        var keys: [[UInt8]] = []
        writer.scan(table, from: Bytes(), to: nil, descending: false) { key, _ in
            keys.append(key.array)
            return true
        }
        return keys
    }

    @Test func theLastMemberGoesOnAlone() throws {
        let path = try directory()
        let outcome = try force(path)
        #expect(outcome.entries == 31 && outcome.cluster != Household.cluster)
        #expect(Scratch.names(scratch.path) == ["data", "data.before-force"])
        #expect(try Checkup(outcome.kept).isSound)
        #expect(try Checkup(path).isSound)
        #expect(try DataDirectory(path, reserve: 0).foundedAs == Household.cluster)
        let again = try Household(path)
        try again.lead()
        #expect(try again.put("new", "v") == outcome.revision + 1)
        for (key, count) in [("later29", 1), ("k1", 0), ("leased", 1), ("long", 1)] {
            let stream = try again.ask(.range, RangeRequest(key: Array(key.utf8)))
            let frame = try #require(again.answers(stream).last)
            #expect(try RangeResponse(decoding: frame.body.span).count == Int64(count), "\(key)")
        }
    }

    /// The lock goes when the deed is done.
    private func force(_ path: String) throws -> ForcedCluster.Outcome {
        let forced = try ForcedCluster(path)
        #expect(forced.name == "m1" && forced.oldMembers == 1)
        return try forced.run()
    }

    @Test func aDamagedMemberIsNotForced() throws {
        let path = try directory()
        let segment = "\(path)/log/\(Scratch.names("\(path)/log").first { $0.hasPrefix("seg") }!)"
        Scratch.change(segment) { $0[4096 + 20] ^= 1 }
        let failure = #expect(throws: Salvage.Failure.self) { try ForcedCluster(path) }
        #expect(failure?.description.contains("are damaged (log") == true)
        #expect(scratch.names == ["data"])
    }
}
