import MVCC
import Testing
import Units

/// The rules of the tree, one story each: commands, and what each answers.
@Suite struct TreeTests {
    struct Story: CustomTestStringConvertible, Sendable {
        var title: String
        var lines: [(String, String)]

        init(_ title: String, _ lines: (String, String)...) {
            self.title = title
            self.lines = lines
        }

        var testDescription: String { title }
    }

    static let stories: [Story] = [
        Story(
            "the first index is 4, and each success takes the next",
            ("set /a 1", "set /a=1 @4/4"), ("set /b 1", "set /b=1 @5/5"),
            ("get /missing", "100 /missing (5)"), ("delete /missing", "100 /missing (5)"),
            ("set /c", "set /c= @6/6")),
        Story(
            "set creates anew and tells what was there",
            ("set /a 1", "set /a=1 @4/4"), ("set /a 2", "set /a=2 @5/5 was /a=1 @4/4"),
            ("get /a", "/a=2 @5/5")),
        Story(
            "a value may be empty, and is there", ("set /a", "set /a= @4/4"),
            ("get /a", "/a= @4/4")),
        Story(
            "a file is replaced by a directory, a directory by nothing",
            ("set /a 1", "set /a=1 @4/4"), ("set /a dir", "set /a/ @5/5 was /a=1 @4/4"),
            ("set /a dir", "102 /a (5)"), ("set /a 1", "102 /a (5)")),
        Story(
            "create wants nothing there",
            ("create /a 1", "create /a=1 @4/4"), ("create /a 2", "105 /a (4)"),
            ("create /d dir", "create /d/ @5/5"), ("create /d dir", "105 /d (5)"),
            ("create /d 1", "105 /d (5)"), ("get /a", "/a=1 @4/4")),
        Story(
            "missing directories are created on the way, with the same index, and stay",
            ("set /x/y/z 1", "set /x/y/z=1 @4/4"),
            ("get / recursive", "/ | /x/ @4/4 | /x/y/ @4/4 | /x/y/z=1 @4/4"),
            ("delete /x/y/z", "delete /x/y/z @5/4 was /x/y/z=1 @4/4"),
            ("get / recursive", "/ | /x/ @4/4 | /x/y/ @4/4")),
        Story(
            "a file on the way is no directory",
            ("set /f 1", "set /f=1 @4/4"), ("set /f/a 1", "104 /f (4)"),
            ("set /f/a/b 1", "104 /f (4)"), ("create /f/a 1", "104 /f (4)"),
            ("update /f/a 1", "104 /f (4)"), ("get /f/a", "104 /f (4)"),
            ("delete /f/a", "104 /f (4)"), ("cas /f/a 1 was=1", "104 /f (4)"),
            ("cad /f/a was=1", "104 /f (4)"), ("post /f 1", "104 /f (4)"),
            ("get /", "/ | /f=1 @4/4")),
        Story(
            "what is missing is told by the first missing part",
            ("get /a/b/c", "100 /a (3)"), ("set /a dir", "set /a/ @4/4"),
            ("get /a/b/c", "100 /a/b (4)"), ("update /a/b/c 1", "100 /a/b (4)"),
            ("cas /a/b 1 was=1", "100 /a/b (4)"), ("cad /a/b was=1", "100 /a/b (4)"),
            ("delete /a/b", "100 /a/b (4)")),
        Story(
            "in order: the name is the new index in twenty digits",
            ("post /q 1", "create /q/00000000000000000004=1 @4/4"),
            ("set /other 1", "set /other=1 @5/5"),
            ("post /q 2", "create /q/00000000000000000006=2 @6/6"),
            ("post /q dir", "create /q/00000000000000000007/ @7/7"),
            ("post / 3", "create /00000000000000000008=3 @8/8"),
            (
                "get /q",
                "/q/ @4/4 | /q/00000000000000000004=1 @4/4 | /q/00000000000000000006=2 @6/6"
                    + " | /q/00000000000000000007/ @7/7"
            )),
        Story(
            "in order: a name that is taken is not replaced",
            ("set /q/00000000000000000005 x", "set /q/00000000000000000005=x @4/4"),
            ("post /q 1", "105 /q/00000000000000000005 (4)"), ("set /b", "set /b= @5/5"),
            ("post /q 1", "create /q/00000000000000000006=1 @6/6")),
        Story(
            "update changes the value and keeps the creation",
            ("update /a 1", "100 /a (3)"), ("set /a 1", "set /a=1 @4/4"),
            ("update /a 2", "update /a=2 @5/4 was /a=1 @4/4"),
            ("update /a", "update /a= @6/4 was /a=2 @5/4")),
        Story(
            "update of a directory: new index in the event alone, no value",
            ("set /d dir", "set /d/ @4/4"), ("update /d 1", "102 /d (4)"),
            ("update /d ttl=10", "update /d/ @5/4 ttl 10 was /d/ @4/4"),
            ("get /d", "/d/ @4/4 ttl 10"),
            ("update /d", "update /d/ @6/4 was /d/ @4/4 ttl 10"), ("get /d", "/d/ @4/4")),
        Story(
            "compare and swap by value, by index, by both",
            ("set /a 1", "set /a=1 @4/4"),
            ("cas /a 2 was=1", "compareAndSwap /a=2 @5/4 was /a=1 @4/4"),
            ("cas /a 3 index=5", "compareAndSwap /a=3 @6/4 was /a=2 @5/4"),
            ("cas /a 4 was=3 index=6", "compareAndSwap /a=4 @7/4 was /a=3 @6/4"),
            ("cas /a 5 was=x", "101 [x != 4] (7)"), ("cas /a 5 index=3", "101 [3 != 7] (7)"),
            ("cas /a 5 was=x index=3", "101 [x != 4] [3 != 7] (7)"),
            ("cas /a 5 was=4 index=3", "101 [3 != 7] (7)"),
            ("cas /a 5 was=x index=7", "101 [x != 4] (7)"), ("get /a", "/a=4 @7/4")),
        Story(
            "compare and swap is for files that are there",
            ("set /d dir", "set /d/ @4/4"), ("cas /d 1 index=4", "102 /d (4)"),
            ("cas /a 1 was=1", "100 /a (4)")),
        Story(
            "compare and delete",
            ("set /a 1", "set /a=1 @4/4"), ("cad /a was=2", "101 [2 != 1] (4)"),
            ("cad /a index=9", "101 [9 != 4] (4)"),
            ("cad /a was=2 index=9", "101 [2 != 1] [9 != 4] (4)"),
            ("cad /a was=1 index=4", "compareAndDelete /a @5/4 was /a=1 @4/4"),
            ("cad /a was=1", "100 /a (5)"), ("set /d dir", "set /d/ @6/6"),
            ("cad /d index=6", "102 /d (6)")),
        Story(
            "deleting a file", ("set /a 1", "set /a=1 @4/4"),
            ("delete /a dir", "delete /a @5/4 was /a=1 @4/4"), ("get /a", "100 /a (5)")),
        Story(
            "deleting directories: only if told, only if empty or with all",
            ("set /d/x 1", "set /d/x=1 @4/4"), ("delete /d", "102 /d (4)"),
            ("delete /d dir", "108 /d (4)"),
            ("delete /d recursive", "delete /d/ @5/4 was /d/ @4/4"), ("get /d/x", "100 /d (5)"),
            ("set /e dir", "set /e/ @6/6"), ("delete /e dir", "delete /e/ @7/6 was /e/ @6/6")),
        Story(
            "a directory with hidden nodes is not empty",
            ("set /d/_x 1", "set /d/_x=1 @4/4"), ("get /d", "/d/ @4/4"),
            ("delete /d dir", "108 /d (4)")),
        Story(
            "a deletion takes all floors, and no neighbour",
            ("set /a/b/c/d/e 1", "set /a/b/c/d/e=1 @4/4"), ("set /a0 1", "set /a0=1 @5/5"),
            ("set /a./x 1", "set /a./x=1 @6/6"), ("set /a/b0 1", "set /a/b0=1 @7/7"),
            ("delete /a/b recursive", "delete /a/b/ @8/4 was /a/b/ @4/4"),
            (
                "get / recursive",
                "/ | /a/ @4/4 | /a/b0=1 @7/7 | /a./ @6/6 | /a./x=1 @6/6 | /a0=1 @5/5"
            )),
        Story(
            "the root is there and read only",
            ("get /", "/"), ("set / 1", "107 / (3)"), ("set / dir", "107 / (3)"),
            ("create / dir", "107 / (3)"), ("update / ttl=5", "107 / (3)"),
            ("cas / 1 was=1", "107 / (3)"), ("delete / recursive", "107 / (3)"),
            ("cad / index=1", "102 (3)")),
        Story(
            "an empty directory shows nothing in it", ("set /d dir", "set /d/ @4/4"),
            ("get /d", "/d/ @4/4"), ("get /d recursive", "/d/ @4/4")),
        Story(
            "listings: the children, or all, in order of the names at each level",
            ("set /b/2 x", "set /b/2=x @4/4"), ("set /b/10 x", "set /b/10=x @5/5"),
            ("set /a x", "set /a=x @6/6"), ("set /b.c x", "set /b.c=x @7/7"),
            ("set /b/1/z x", "set /b/1/z=x @8/8"),
            ("get /", "/ | /a=x @6/6 | /b/ @4/4 | /b.c=x @7/7"),
            (
                "get / recursive",
                "/ | /a=x @6/6 | /b/ @4/4 | /b/1/ @8/8 | /b/1/z=x @8/8 | /b/10=x @5/5"
                    + " | /b/2=x @4/4 | /b.c=x @7/7"
            )),
        Story(
            "hidden nodes are left out at any depth, and read by name",
            ("set /_h/x 1", "set /_h/x=1 @4/4"), ("set /d/_h/x 1", "set /d/_h/x=1 @5/5"),
            ("set /d/_f 1", "set /d/_f=1 @6/6"), ("set /d/a_ 1", "set /d/a_=1 @7/7"),
            ("get / recursive", "/ | /d/ @5/5 | /d/a_=1 @7/7"),
            ("get /_h recursive", "/_h/ @4/4 | /_h/x=1 @4/4"),
            ("get /d/_h/x", "/d/_h/x=1 @5/5"), ("get /d/_f", "/d/_f=1 @6/6")),
        Story(
            "time to live: what is left, rounded up",
            ("set /a 1 ttl=5", "set /a=1 @4/4 ttl 5"), ("pass 0.3", ""),
            ("get /a", "/a=1 @4/4 ttl 5"), ("pass 0.7", ""), ("get /a", "/a=1 @4/4 ttl 4"),
            ("pass 3.9", ""), ("expire", ""), ("get /a", "/a=1 @4/4 ttl 1"), ("pass 0.1", ""),
            ("expire", "expire /a @5/4 was /a=1 @4/4 ttl 0"), ("get /a", "100 /a (5)"),
            ("expire", "")),
        Story(
            "the date that was given is told back, and goes with the end",
            ("set /a 1 ttl=5 date=77", "set /a=1 @4/4 ttl 5 date 77"),
            ("set /b 1 date=77", "set /b=1 @5/5"),
            ("update /a 1", "update /a=1 @6/4 was /a=1 @4/4 ttl 5 date 77")),
        Story(
            "a time to live of 0 ends at the next tick",
            ("set /a 1 ttl=0", "set /a=1 @4/4 ttl 0"), ("get /a", "/a=1 @4/4 ttl 0"),
            ("expire", "expire /a @5/4 was /a=1 @4/4 ttl 0")),
        Story(
            "without a time to live the end is taken away",
            ("set /a 1 ttl=5", "set /a=1 @4/4 ttl 5"),
            ("update /a 2", "update /a=2 @5/4 was /a=1 @4/4 ttl 5"),
            ("set /b 1 ttl=5", "set /b=1 @6/6 ttl 5"),
            ("set /b 2", "set /b=2 @7/7 was /b=1 @6/6 ttl 5"),
            ("set /c 1 ttl=5", "set /c=1 @8/8 ttl 5"),
            ("cas /c 2 was=1", "compareAndSwap /c=2 @9/8 was /c=1 @8/8 ttl 5"), ("pass 6", ""),
            ("expire", "")),
        Story(
            "a directory ends with all that is in it, with one event",
            ("create /d dir ttl=5", "create /d/ @4/4 ttl 5"),
            ("set /d/x 1", "set /d/x=1 @5/5"), ("set /d/y 1 ttl=5", "set /d/y=1 @6/6 ttl 5"),
            ("set /d/e/z 1 ttl=2", "set /d/e/z=1 @7/7 ttl 2"), ("pass 2", ""),
            ("expire", "expire /d/e/z @8/7 was /d/e/z=1 @7/7 ttl 0"), ("pass 3", ""),
            ("expire", "expire /d/ @9/4 was /d/ @4/4 ttl 0"), ("get /", "/"), ("pass 9", ""),
            ("expire", "")),
        Story(
            "the earlier end comes first, and takes its index first",
            ("set /b 1 ttl=3", "set /b=1 @4/4 ttl 3"), ("set /a 1 ttl=5", "set /a=1 @5/5 ttl 5"),
            ("set /c 1 ttl=3", "set /c=1 @6/6 ttl 3"), ("pass 9", ""),
            (
                "expire",
                "expire /b @7/4 was /b=1 @4/4 ttl 0 | expire /c @8/6 was /c=1 @6/6 ttl 0"
                    + " | expire /a @9/5 was /a=1 @5/5 ttl 0"
            )),
        Story(
            "directories made on the way are permanent",
            ("set /d/x 1 ttl=1", "set /d/x=1 @4/4 ttl 1"), ("pass 2", ""),
            ("expire", "expire /d/x @5/4 was /d/x=1 @4/4 ttl 0"), ("get /", "/ | /d/ @4/4")),
        Story(
            "refresh keeps the value and is told to nobody",
            ("set /a 1 ttl=5", "set /a=1 @4/4 ttl 5"), ("pass 4", ""),
            (
                "update /a ttl=5 refresh",
                "update /a=1 @5/4 ttl 5 was /a=1 @4/4 ttl 1 quietly"
            ), ("pass 4", ""), ("expire", ""),
            ("set /a ttl=5 refresh", "set /a=1 @6/6 ttl 5 was /a=1 @5/4 ttl 1 quietly"),
            (
                "cas /a ttl=7 refresh was=1",
                "compareAndSwap /a=1 @7/6 ttl 7 was /a=1 @6/6 ttl 5 quietly"
            )),
        Story(
            "refresh wants a time to live, no value, and something to refresh",
            ("update /a refresh", "212 (0)"), ("update /a 1 ttl=5 refresh", "211 (0)"),
            ("set /a ttl=5 refresh", "100 /a (3)"), ("update /a ttl=5 refresh", "100 /a (3)"),
            ("set /x/a ttl=5 refresh", "100 /x (3)"), ("set /d dir", "set /d/ @4/4"),
            ("set /d ttl=5 refresh", "102 /d (4)"),
            ("update /d ttl=5 refresh", "update /d/ @5/4 ttl 5 was /d/ @4/4 quietly")),
        Story(
            "a time to live beyond all bounds is no number",
            ("set /a 1 ttl=9000000001", "202 (0)"),
            ("set /a 1 ttl=9000000000", "set /a=1 @4/4 ttl 9000000000")),
    ]

    @Test(arguments: stories) func tellsIt(_ story: Story) throws {
        var bench = TreeBench()
        for (line, expected) in story.lines { #expect(try bench.run(line) == expected, "\(line)") }
        // The same with a checkpoint and a restart after each.
        var other = TreeBench()
        for (line, expected) in story.lines {
            let time = other.store.clusterTime
            other.restart()
            #expect(other.store.clusterTime == time)
            #expect(try other.run(line) == expected, "\(line), after a restart")
        }
        #expect(other.store.digest == bench.store.digest)
    }

    @Test func pathsHaveOneSpelling() throws {
        typealias Unfit = Tree.Path.Unfit
        let cases: [(String, Unfit)] = [
            ("", .notAbsolute), ("a", .notAbsolute), ("//", .emptyName), ("/a//b", .emptyName),
            ("/a/", .emptyName), ("/.", .dots), ("/a/..", .dots), ("/../a", .dots),
            ("/" + String(repeating: "x", count: 4_096), .tooLong(limit: 4_096)),
            (String(repeating: "/x", count: 129), .tooDeep(limit: 128)),
        ]
        for (text, fault) in cases {
            #expect(throws: fault, "\(text.prefix(20))") { try Tree.Path(bytes(text)) }
        }
        for text in ["/", "/...", "/a/.b", String(repeating: "/x", count: 128)] {
            #expect(try Tree.Path(bytes(text)).bytes == bytes(text))
        }
        #expect(try Tree.Path([0x2F, 0, 0xFF, 0x0A]).depth == 1)
        #expect(try Tree.Path(bytes("/" + String(repeating: "x", count: 4_095))).depth == 1)
    }

    @Test func namesAreAnyBytes() throws {
        var bench = TreeBench()
        let names: [[UInt8]] = [[0], [0, 0], [1], [0x2E, 0x2E, 0x2E], [0x30], [0xFF], [0xFF, 0]]
        for name in names.reversed() {
            let path = try Tree.Path([0x2F, 0x64, 0x2F] + name)
            try bench.store.tree(Tree.Command(.set, path, value: name))
        }
        var found: [[UInt8]] = []
        let path = try Tree.Path(bytes("/d"))
        _ = try bench.store.look(at: path, recursive: true, time: .zero) { node in
            found.append(node.value ?? [])
            return true
        }
        #expect(found == names)
    }

    @Test func theLongestPathAndValueFit() throws {
        var bench = TreeBench()
        let path = try Tree.Path(bytes("/" + String(repeating: "x", count: 4_095)))
        let value = [UInt8](repeating: 7, count: Limits.treeValue)
        for _ in 0..<2 { try bench.store.tree(Tree.Command(.set, path, value: value)) }
        var command = Tree.Command(.set, path, value: value)
        command.ttl = 1
        try bench.store.tree(command)
        bench.restart()
        #expect(
            try bench.store.look(at: path, recursive: false, time: .zero) { _ in true }.value
                == value)
        command.action = .delete
        try bench.store.tree(command)
        command.action = .createInOrder
        command.isDirectory = false
        let event = try bench.store.tree(command)
        #expect(event.node.key.count == 4_096 + 21)
        bench.pass(milliseconds: 1_000)
        #expect(bench.store.expireTree() == 1)
    }

    /// Records that no member would write are refused, not read past their ends.
    @Test func damagedSnapshotsAreRefused() throws {
        var bench = TreeBench()
        for line in ["set /a/b 1 ttl=5", "delete /a recursive", "set /c 1 ttl=9"] {
            _ = try bench.run(line)
        }
        bench.restart()
        let chunk = try #require(SnapshotTests.chunks(bench.tables).first)
        var chance = Chance(seed: 1, name: "tree snapshots")
        for _ in 0..<3_000 {
            var damaged = chunk
            let place = Int(chance.below(UInt64(chunk.count)))
            damaged[place] ^= UInt8(1 << chance.below(8))
            let copy = MemoryTables()
            guard (try? SnapshotCodec.restore(chunk: damaged.span, into: copy)) != nil else {
                continue
            }
            var other = TreeBench()
            other.store = MVCC(tables: copy)
            _ = other.events(from: 0)
            _ = try? other.get("/", recursive: true)
        }
        for (table, key, value) in [
            (Table.tree, [0], [1]), (.tree, [1, 0, 1, 0x2F], [1]), (.tree, [3], []),
            (.tree, [1, 0, 1], Array(repeating: 0, count: 40)), (.tree, [2, 0, 0], []),
            (.treeEvents, [1], []), (.treeEvents, [0, 0, 0, 0, 0, 0, 0, 4, 0], [1, 0, 0]),
            (.treeEvents, [0, 0, 0, 0, 0, 0, 0, 4, 2], Array(repeating: 0, count: 50)),
            (.treeEvents, [0, 0, 0, 0, 0, 0, 0, 4, 1], Array(repeating: 255, count: 50)),
        ] as [(Table, [UInt8], [UInt8])] {
            let record = SnapshotTests.record(table.rawValue, key, value)
            #expect(throws: SnapshotCodec.Fault.badRecord(table, at: 0)) {
                try SnapshotCodec.restore(chunk: record.span, into: MemoryTables())
            }
        }
    }

    @Test func counters() throws {
        var bench = TreeBench()
        let lines = [
            "set /a 1", "set / 1", "create /b 1", "create /b 1", "post /q 1", "update /a 2",
            "update /x 2", "cas /a 3 was=2", "cas /a 3 was=2", "cas /x 3 was=2", "cad /a was=9",
            "cad /a was=3", "cad /a was=3", "delete /b", "delete /b", "set /t 1 ttl=0", "expire",
        ]
        for line in lines { _ = try bench.run(line) }
        bench.restart()
        let counts = bench.store.treeStatistics
        typealias Tally = Tree.Statistics.Tally
        #expect(counts.sets == Tally(success: 2, fail: 1))
        #expect(counts.creates == Tally(success: 2, fail: 1))
        #expect(counts.updates == Tally(success: 1, fail: 1))
        #expect(counts.compareAndSwaps == Tally(success: 1, fail: 2))
        // A compare-and-delete that fails has failed.
        #expect(counts.compareAndDeletes == Tally(success: 1, fail: 2))
        #expect(counts.deletes == Tally(success: 1, fail: 1))
        #expect(counts.expired == 1)
    }

    @Test func failuresBearTheWordsThatClientsKnow() {
        let words = Tree.Failure.Code.allCases.map { "\($0.rawValue) \($0.message)" }
        #expect(
            words == [
                "100 Key not found", "101 Compare failed", "102 Not a file",
                "104 Not a directory", "105 Key already exists", "107 Root is read only",
                "108 Directory not empty", "202 The given TTL in POST form is not a number",
                "211 Value provided on refresh", "212 A TTL must be provided on refresh",
                "401 The event in requested index is outdated and cleared",
            ])
    }
}

/// What is remembered, and who is told.
@Suite struct TreeHistoryTests {
    @Test func theOldestEventsAreForgotten() throws {
        var bench = TreeBench()
        let path = try Tree.Path(bytes("/a"))
        for number in 0..<10_003 {
            try bench.store.tree(Tree.Command(.set, path, value: bytes("\(number)")))
        }
        #expect(bench.store.treeIndex == 10_006)
        #expect(bench.store.treeOldest == 7)
        #expect(bench.events(from: 0).count == 10_000)
        #expect(bench.events(from: 7)[0] == "set /a=3 @7/7 was /a=2 @6/6")
        #expect(bench.store.treeHistoryCleared(7) == nil)
        #expect(bench.store.treeHistoryCleared(20_000) == nil)
        let failure = try #require(bench.store.treeHistoryCleared(6))
        #expect(
            TreeBench.text(failure)
                == "401 the requested history has been cleared [7/6] (10006)")
        let digest = bench.store.digest
        bench.restart()
        #expect(bench.store.treeOldest == 7 && bench.store.digest == digest)
        #expect(bench.tables.count(.treeEvents) == 20_000)
    }

    @Test func largeEventsAreForgottenSoonerButNotBelowAThousand() throws {
        var bench = TreeBench()
        let path = try Tree.Path(bytes("/a"))
        let value = [UInt8](repeating: 1, count: 50_000)
        for _ in 0..<1_100 { try bench.store.tree(Tree.Command(.set, path, value: value)) }
        #expect(bench.events(from: 0).count == 1_000)
        let few = [UInt8](repeating: 1, count: 12_000)
        for _ in 0..<4_000 { try bench.store.tree(Tree.Command(.set, path, value: few)) }
        let kept = bench.events(from: 0).count
        #expect(kept > 2_500 && kept < 2_900)
    }

    @Test func aNewTreesHistoryBeginsAtTheBeginning() throws {
        var bench = TreeBench()
        #expect(bench.store.treeHistoryCleared(1) == nil)
        _ = try bench.run("set /a 1")
        #expect(bench.events(from: 1) == ["set /a=1 @4/4"])
    }

    static let concerns: [(String, String, Bool, Bool)] = [
        // What happens, where one watches, recursively, and whether one is told.
        ("set /a 1", "/a", false, true), ("set /a 1", "/a", true, true),
        ("set /a/b 1", "/a", false, false), ("set /a/b 1", "/a", true, true),
        ("set /a/b/c 1", "/", true, true), ("set /a/b/c 1", "/", false, false),
        ("set /ab 1", "/a", true, false), ("set /a 1", "/a/b", true, false),
        ("set /_h 1", "/", true, false), ("set /_h 1", "/_h", false, true),
        ("set /_h/x 1", "/_h", true, true), ("set /_h/x 1", "/", true, false),
        ("set /a/_h/x 1", "/a", true, false), ("set /a/_h/x 1", "/a/_h", true, true),
        ("set /a/_h/x 1", "/a/_h/x", false, true), ("set /a/_h/_i/x 1", "/a/_h", true, false),
        ("set /_a/b 1", "/_a/b", true, true), ("set /a/b_ 1", "/a", true, true),
        ("post /q 1", "/q", true, true), ("post /q 1", "/q", false, false),
        ("delete /d recursive", "/d/x", false, true), ("delete /d recursive", "/d/x", true, true),
        ("delete /d recursive", "/d/_h/x", false, true),
        ("delete /d recursive", "/d/none/there", false, true),
        ("delete /d recursive", "/dx", true, false), ("delete /d recursive", "/", true, true),
        ("delete /d recursive", "/", false, false), ("delete /f", "/f/x", true, false),
        ("delete /_d recursive", "/_d/x", false, true), ("delete /_d recursive", "/", true, false),
        ("cad /f was=1", "/f", false, true), ("update /d ttl=5", "/d/x", true, false),
        ("update /f ttl=5 refresh", "/f", true, false), ("set /f ttl=5 refresh", "/", true, false),
        ("expire /t", "/t/x/y", false, true), ("expire /t", "/t", false, true),
        ("expire /t", "/", true, true), ("expire /t", "/tx", true, false),
    ]

    @Test(arguments: concerns)
    func watchesAreTold(of line: String, at path: String, recursive: Bool, told: Bool) throws {
        var bench = TreeBench()
        for line in ["set /f 1", "set /d/x 1", "set /d/_h/x 1", "set /_d/x 1"] {
            _ = try bench.run(line)
        }
        _ = try bench.run("create /t dir ttl=0")
        let before = bench.store.treeIndex
        _ = try bench.run(line)
        #expect(bench.store.treeIndex == before + 1)
        var event: Tree.Event?
        bench.store.treeEvents(from: before + 1, through: before + 1) {
            event = $0
            return true
        }
        let place = try Tree.Path(bytes(path))
        let happened = try #require(event)
        #expect(Tree.concerns(happened, watching: place, recursive: recursive) == told)
        var watchers = Tree.Watchers()
        let id = watchers.add(place, recursive: recursive)
        #expect(watchers.match(happened) == (told ? [id] : []))
        watchers.remove(id)
        #expect(watchers.match(happened).isEmpty && watchers.count == 0)
    }

    /// The registry says what the rule says, whoever else watches.
    @Test(arguments: 0..<10) func theRegistryKeepsTheRule(seed: Int) throws {
        var chance = Chance(seed: UInt64(seed), name: "tree watchers")
        var bench = TreeBench()
        var watchers = Tree.Watchers()
        var known: [(id: WatcherID, path: Tree.Path, recursive: Bool)] = []
        for _ in 0..<300 {
            if known.count < 40 || chance.below(2) == 0 {
                let path = try Tree.Path(bytes(TreeRun.path(&chance, root: true)))
                let recursive = chance.below(2) == 0
                known.append((watchers.add(path, recursive: recursive), path, recursive))
            } else {
                watchers.remove(known.remove(at: Int(chance.below(UInt64(known.count)))).id)
            }
            let before = bench.store.treeIndex
            _ = bench.carryOut(try TreeRun.command(&chance))
            bench.store.treeEvents(from: before + 1, through: bench.store.treeIndex) { event in
                let expected = known.filter {
                    Tree.concerns(event, watching: $0.path, recursive: $0.recursive)
                }
                #expect(watchers.match(event) == expected.map(\.id).sorted())
                return true
            }
        }
    }
}
