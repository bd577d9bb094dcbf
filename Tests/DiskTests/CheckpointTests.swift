import Foundation
import Glibc
import MVCC
import Testing
import Units

@testable import Disk

/// A state that writes numbered entries over and over the same keys: key `n % 50` holds `n`.
struct Counting {
    static let keys: UInt64 = 50
    let engine: Engine
    let view: LMDBTables
    var state: MVCC
    /// How long values are, beyond what they tell.
    var padding = 0

    init(_ engine: Engine) throws {
        self.engine = engine
        view = try engine.tables()
        state = MVCC(tables: view)
    }

    static func key(_ number: UInt64) -> [UInt8] {
        // Every fifth is longer than a label of the engine.
        let length = number % 5 == 0 ? 1200 : 8
        return [UInt8](repeating: 1, count: length) + [UInt8(number % keys)]
    }

    mutating func apply(_ count: UInt64) throws {
        for _ in 0..<count {
            let number = state.mark.index + 1
            let key = Self.key(number)
            let value = Array("\(number) ".utf8) + [UInt8](repeating: 0, count: padding)
            _ = try state.put(key: key.span, value: value.span)
            state.applied(Mark(index: number, term: 1))
        }
    }

    mutating func checkpoint() throws {
        try engine.commit(state.freeze())
        try view.renew()
        state.thaw(tables: view)
    }

    /// What the state says is what its mark says it should.
    func check(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let last = state.mark.index
        #expect(UInt64(state.revision.rawValue) == last + UInt64(MVCC.emptyRevision))
        var found = 0
        let all = try KeyRange(key: [0], rangeEnd: [0])
        _ = try state.range(RangeQuery(all)) { key, value, _ in
            let digits = value.array.prefix { $0 > UInt8(ascii: " ") }
            let number = UInt64(String(decoding: digits, as: UTF8.self)) ?? 0
            #expect(key.array == Self.key(number), sourceLocation: sourceLocation)
            #expect(number <= last && number + Self.keys > last, sourceLocation: sourceLocation)
            found += 1
            return true
        }
        #expect(found == Int(min(last, Self.keys)), sourceLocation: sourceLocation)
    }
}

extension MVCC {
    /// The revision of a state to which nothing happened.
    static let emptyRevision = MVCC(tables: MemoryTables()).revision.rawValue
}

/// Checkpoints of real states: what is committed is found, by the next start and by a peer.
@Suite struct CheckpointTests {
    let scratch = Scratch()

    func open() throws -> Counting { try Counting(Engine(scratch.path, mapBytes: 256 << 20)) }

    @Test func stateIsFoundAsItWasCommitted() throws {
        var digest: UInt64 = 0
        do {
            var counting = try open()
            for _ in 0..<4 {
                try counting.apply(70)
                try counting.checkpoint()
                try counting.check()
            }
            digest = counting.state.digest
            try counting.apply(10)
        }
        let again = try open()
        #expect(again.state.mark == Mark(index: 280, term: 1))
        #expect(again.state.digest == digest)
        try again.check()
    }

    @Test func commitOnAnotherThreadWhileTheLoopReads() throws {
        var counting = try open()
        try counting.apply(200)
        try counting.checkpoint()
        for _ in 0..<5 {
            try counting.apply(100)
            let checkpoint = counting.state.freeze()
            let engine = counting.engine
            let worker = Thread { try! engine.commit(checkpoint) }
            worker.start()
            repeat { try counting.check() } while !worker.isFinished
            try counting.view.renew()
            counting.state.thaw(tables: counting.view)
        }
        try counting.check()
    }

    @Test(arguments: [0, 300_000])
    func snapshotReachesAPeer(padding: Int) throws {
        let limit = Limits.snapshotChunk
        var counting = try open()
        counting.padding = padding / 333
        try counting.apply(330)
        counting.padding = padding
        try counting.apply(3)
        try counting.checkpoint()
        let snapshot = try counting.engine.snapshot()
        try counting.apply(50)
        try counting.checkpoint()

        let peer = Scratch()
        var old = try Counting(Engine(peer.path, mapBytes: 64 << 20))
        try old.apply(5)
        try old.checkpoint()
        let restore = try StateRestore(peer.path, mapBytes: 64 << 20)
        while let chunk = snapshot.next(limit: limit) { try restore.add(chunk.span) }
        try old.check()
        let new = try Counting(restore.finish())
        #expect(new.state.mark == Mark(index: 333, term: 1))
        #expect(new.state.digest == MVCC(tables: snapshot.tables).digest)
        try new.check()
        #expect(peer.names == ["state", "state-lock"])
        let again = try Counting(Engine(peer.path, mapBytes: 64 << 20))
        #expect(again.state.mark.index == 333)
    }

    @Test func interruptedTransferGoesOnAtItsCursor() throws {
        var counting = try open()
        counting.padding = 500_000
        try counting.apply(9)
        try counting.checkpoint()
        let snapshot = try counting.engine.snapshot()
        let peer = Scratch()
        let restore = try StateRestore(peer.path, mapBytes: 64 << 20)
        let first = try #require(snapshot.next(limit: Limits.snapshotChunk))
        try restore.add(first.span)
        let cursor = snapshot.cursor
        _ = snapshot.next(limit: Limits.snapshotChunk)
        snapshot.cursor = cursor
        while let chunk = snapshot.next(limit: Limits.snapshotChunk) { try restore.add(chunk.span) }
        let new = try Counting(restore.finish())
        #expect(new.state.digest == counting.state.digest)
        try new.check()
    }

    @Test func badChunkIsRefusedAndTheOldStateStays() throws {
        var counting = try open()
        try counting.apply(20)
        try counting.checkpoint()
        let restore = try StateRestore(scratch.path, mapBytes: 64 << 20)
        let chunk: [UInt8] = [200, 1, 0, 0, 0, 0, 0, 0, 0, 1]
        try restore.add(chunk.span)
        #expect(throws: StateRestore.Failure.self) { _ = try restore.finish() }
        try restore.discard()
        #expect(scratch.names == ["state", "state-lock"])
        #expect(try open().state.mark.index == 20)
    }
}

/// A process that is killed in the middle of its checkpoints leaves a whole one.
@Suite(.serialized) struct KillTests {
    static let variable = "MARTLET_KILL_CHILD"

    /// The process to be killed: checkpoints without end, each told by its mark.
    @Test(.enabled(if: getenv(Self.variable) != nil))
    func child() throws {
        let path = String(cString: getenv(Self.variable))
        var counting = try Counting(Engine(path, mapBytes: 256 << 20))
        while true {
            try counting.apply(40)
            try counting.checkpoint()
            let line = "mark \(counting.state.mark.index)\n"
            guard write(STDOUT_FILENO, line, line.utf8.count) > 0 else { exit(1) }
        }
    }

    @Test(.enabled(if: getenv(Self.variable) == nil))
    func killedAtAnyMoment() throws {
        let scratch = Scratch()
        var chance = Chance(seed: 11, name: "kill")
        for _ in 0..<6 {
            let told = try run(scratch.path, patience: Int32(chance.below(60)))
            let counting = try Counting(Engine(scratch.path, mapBytes: 256 << 20))
            #expect(counting.state.mark.index >= told)
            #expect(counting.state.mark.index % 40 == 0)
            try counting.check()
        }
    }

    /// Starts the child, lets it commit for so many milliseconds after its first mark, and kills
    /// it; the last mark that it told.
    func run(_ path: String, patience: Int32) throws -> UInt64 {
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["--filter", "KillTests", "--testing-library", "swift-testing"]
        process.environment = ProcessInfo.processInfo.environment
            .merging([Self.variable: path]) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let file = pipe.fileHandleForReading.fileDescriptor
        var text = ""
        while !text.contains("mark ") { text += try #require(Self.read(file)) }
        var silent = pollfd(fd: -1, events: 0, revents: 0)
        poll(&silent, 1, patience)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        while let more = Self.read(file) { text += more }
        let marks = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            .filter { $0.hasPrefix("mark ") }
        return marks.last.flatMap { UInt64($0.dropFirst(5)) } ?? 0
    }

    static func read(_ file: Int32) -> String? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(file, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
