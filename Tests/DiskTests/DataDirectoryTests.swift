import Glibc
import Journal
import Testing
import Units

@testable import Disk

/// On which directories a member starts, and what it says when it does not.
@Suite struct DataDirectoryTests {
    let scratch = Scratch()
    let mine = Journal.Identity(cluster: 0xC0FFEE, member: 7)
    var path: String { scratch.path("data") }

    /// Opens and claims, and says why not.
    func refusal(
        _ identity: Journal.Identity? = nil, path: String? = nil, reserve: UInt64 = 0
    ) -> DirectoryRefusal? {
        do throws(DirectoryRefusal) {
            try DataDirectory(path ?? self.path, reserve: reserve).claim(identity ?? mine)
            return nil
        } catch {
            return error
        }
    }

    @Test func newOneIsMadeAndClaimed() throws {
        let directory = try DataDirectory(path, reserve: 0)
        #expect(try directory.identity() == nil)
        try directory.claim(mine)
        #expect(try directory.identity() == mine)
        #expect(Scratch.names(path) == ["hardstate", "identity", "lock", "log"])
        #expect(try directory.freeSpace() > 0)
        var status = stat()
        stat(path, &status)
        #expect(status.st_mode & 0o7777 == 0o700)
    }

    @Test func openedAgainByItsMember() {
        #expect(refusal() == nil)
        #expect(refusal() == nil)
    }

    @Test func claimedHalfWayIsClaimedAgain() {
        #expect(refusal() == nil)
        unlink(path + "/identity")
        #expect(refusal() == nil)
    }

    @Test func otherClusterOrMember() {
        #expect(refusal() == nil)
        let cluster = refusal(Journal.Identity(cluster: 1, member: 7))
        #expect(cluster == .otherCluster(path: path, found: 0xC0FFEE, expected: 1))
        let member = refusal(Journal.Identity(cluster: 0xC0FFEE, member: 8))
        #expect(
            member?.description
                == "cannot use data directory '\(path)': it belongs to member 0000000000000007, not "
                + "to 0000000000000008. Check the member's name, or choose another directory.")
    }

    @Test func newerFormat() {
        #expect(refusal() == nil)
        Scratch.write(path + "/identity", IdentityFile.text(mine, format: Disk.Limits.format + 1))
        #expect(
            refusal()
                == .newerFormat(
                    path: path + "/identity", found: Disk.Limits.format + 1,
                    known: Disk.Limits.format))
    }

    /// It is drawn once; another directory of the same member has another.
    @Test func birthIsDrawnOnce() throws {
        #expect(refusal() == nil)
        let directory = try DataDirectory(path, reserve: 0)
        let birth = try directory.birth(orElse: 6)
        #expect(birth == 7)
        #expect(try directory.birth(orElse: 10) == birth)
        Scratch.write(path + "/birth", Array("?".utf8))
        #expect(throws: DirectoryRefusal.self) { try directory.birth(orElse: 1) }
    }

    @Test func damagedIdentity() {
        #expect(refusal() == nil)
        let whole = Scratch.read(path + "/identity")
        var chance = Chance(seed: 1, name: "identity")
        for _ in 0..<300 {
            var bytes = whole
            if chance.below(2) == 0 {
                bytes.removeLast(1 + Int(chance.below(UInt64(bytes.count))))
            } else {
                bytes[Int(chance.below(UInt64(bytes.count)))] ^= 1 << UInt8(chance.below(8))
            }
            Scratch.write(path + "/identity", bytes)
            switch refusal() {
            case .damaged, .newerFormat: break
            case let other: Issue.record("\(String(describing: other)) for \(bytes)")
            }
        }
    }

    @Test func missingVoteIsNotMadeUp() throws {
        #expect(refusal() == nil)
        let directory = try DataDirectory(path, reserve: 0)
        let slots = directory.slotsPath
        unlink(slots)
        #expect(throws: DirectoryRefusal.self) { try DualSlots(slots, identity: mine) }
        #expect(Scratch.names(path) == ["identity", "lock", "log"])
    }

    @Test func inUse() throws {
        let holder = try DataDirectory(path, reserve: 0)
        #expect(refusal() == .inUse(path: path, process: getpid()))
        #expect(
            refusal()?.description
                == "cannot lock data directory '\(path)': process \(getpid()) uses it. Stop that one "
                + "first.")
        withExtendedLifetime(holder) {}
    }

    @Test func lockIsFreedWithTheValue() throws {
        do { _ = try DataDirectory(path, reserve: 0) }
        #expect(refusal() == nil)
    }

    @Test func full() {
        guard case .full(path, let free, .max) = refusal(reserve: .max) else {
            Issue.record("not full")
            return
        }
        #expect(free > 0)
    }

    @Test(arguments: [0o755, 0o701, 0o720, 0o777] as [mode_t])
    func openToOthers(mode: mode_t) {
        mkdir(path, 0o700)
        chmod(path, mode)
        #expect(refusal() == .openToOthers(path: path, mode: mode))
        #expect(refusal()?.description.contains("chmod 0700 \(path)") == true)
    }

    @Test func groupMayLook() {
        mkdir(path, 0o700)
        chmod(path, 0o750)
        #expect(refusal() == nil)
    }

    @Test func wrongOwner() {
        #expect(
            throws: DirectoryRefusal.wrongOwner(path: "/d", owner: 5, expected: 6)
        ) { try DataDirectory.checkAccess("/d", owner: 5, mode: 0o700, user: 6) }
    }

    @Test func notADirectory() {
        Scratch.write(path, [1])
        #expect(refusal() == .notDirectory(path: path))
    }

    @Test func parentMissing() {
        let path = scratch.path("no/data")
        #expect(refusal(path: path) == .unreachable(path: path, code: ENOENT))
    }

    /// Root may write wherever there is a file system that can; a name that is taken stops it too.
    @Test func unwritable() {
        mkdir(path, 0o700)
        mkdir(path + "/lock", 0o700)
        #expect(refusal() == .unwritable(path: path, code: EISDIR))
    }
}
