import EventLoop
import Glibc
import RPC
import Testing
import Units
import Wire

@testable import Command

@Suite struct MirrorTests {
    /// A source on a stage, and a target beside it.
    final class Pair {
        let stage = Stage()
        let target: FakeStore
        private var alarm: Timer?

        init() {
            target = FakeStore(on: stage.loop)
            target.cluster = 0xC2
        }

        deinit {
            alarm?.close()
            target.server.close()
        }

        var source: FakeStore { stage.store }

        @discardableResult
        func mirror(_ options: String = "") -> Int32 {
            stage.run("store mirror --to \(target.address) \(options)")
        }

        /// Once it follows, does this; once the target holds these pairs, interrupts.
        func follow(_ change: @escaping () -> Void, until pairs: [String]) {
            var hasBegun = false
            let alarm = Timer(on: stage.loop) { [unowned self] _ in
                Issue.record("the target never held what it should: \(target.contents)")
                stage.interrupt()
            }
            alarm.start(after: .seconds(20))
            self.alarm?.close()
            self.alarm = alarm
            stage.onLine = { [unowned self] line in
                guard line.contains("following"), !hasBegun else { return }
                hasBegun = true
                stage.loop.nextTurn { change() }
            }
            target.onWrite = { [unowned self] in
                guard Set(target.contents) == Set(pairs), hasBegun else { return }
                stage.loop.nextTurn { self.stage.interrupt() }
            }
        }
    }

    @Test func itCopiesAndThenFollows() {
        let pair = Pair()
        for number in 1...3 { pair.source.write("k\(number)", "v") }
        pair.follow(
            {
                pair.source.write("k2", "new")
                pair.source.remove("k1")
                pair.source.write("k4", "last")
            }, until: ["k2=new", "k3=v", "k4=last"])
        #expect(pair.mirror() == 0)
        #expect(
            pair.stage.err == """
                martlet: copied 3 keys at revision 4
                martlet: following from revision 5

                """)
        #expect(
            pair.stage.out == "mirrored up to revision 7: 3 keys copied, 2 puts, 1 deletion. "
                + "Go on with --from-revision 8\n")
    }

    @Test func aLongCopyComesInPages() {
        let pair = Pair()
        for number in 0..<2_345 { pair.source.write("k\(number)", "v\(number)") }
        #expect(pair.mirror("--once --json") == 0)
        #expect(
            pair.stage.out == "{\"revision\":2346,\"copied\":2345,\"puts\":0,\"deletes\":0}\n")
        #expect(pair.target.contents == pair.source.contents)
        #expect(pair.target.transactions.allSatisfy { $0.success.count <= 100 })
    }

    @Test func prefixesAreExchanged() {
        let pair = Pair()
        for key in ["app/a", "app/b", "apple", "other"] { pair.source.write(key, "1") }
        pair.target.write("copy/old", "left alone")
        #expect(pair.mirror("--prefix app/ --dest-prefix copy/ --once") == 0)
        #expect(pair.target.contents == ["copy/a=1", "copy/b=1", "copy/old=left alone"])
    }

    /// What was one revision there is one revision here.
    @Test func revisionsStayTogetherAndInOrder() {
        let pair = Pair()
        pair.follow(
            {
                pair.source.writeTogether((0..<60).map { ("a\($0)", "1") })
                pair.source.writeTogether((0..<60).map { ("b\($0)", "1") })
                pair.source.write("b1", "2")
                pair.source.write("z", "end")
            },
            until: ((0..<60).map { "a\($0)=1" } + (0..<60).map { $0 == 1 ? "b1=2" : "b\($0)=1" })
                .sorted() + ["z=end"])
        #expect(pair.mirror() == 0)
        let keys = pair.target.transactions.map { transaction in
            transaction.success.compactMap { operation -> String? in
                guard case .put(let put) = operation.operation else { return nil }
                return String(decoding: put.key, as: UTF8.self)
            }
        }
        for keys in keys {
            #expect(Set(keys).count == keys.count)
            let (a, b) = (keys.count { $0.hasPrefix("a") }, keys.count { $0.hasPrefix("b") })
            #expect(a % 60 == 0 && (b % 60 == 0 || b == 1), "a revision was torn: \(keys)")
        }
    }

    @Test func itGoesOnOverALostConnection() {
        let pair = Pair()
        pair.source.write("a", "1")
        pair.follow(
            {
                pair.source.hangUp()
                pair.source.write("b", "2")
            }, until: ["a=1", "b=2"])
        #expect(pair.mirror() == 0)
        #expect(pair.stage.out.hasPrefix("mirrored up to revision 3: 1 key copied, 1 put,"))
    }

    @Test func whatIsInDoubtIsWrittenAgain() {
        let pair = Pair()
        pair.source.write("a", "1")
        var turn = 0
        pair.target.refusal = { method, _ in
            guard method == .txn else { return nil }
            turn += 1
            return turn % 2 == 1 ? WireError(code: .outcomeUnknown, message: "who knows") : nil
        }
        pair.follow({ pair.source.write("b", "2") }, until: ["a=1", "b=2"])
        #expect(pair.mirror() == 0)
        #expect(turn == 4)
    }

    @Test func aTargetThatRefusesEndsItAndSaysHowFarItCame() {
        let pair = Pair()
        pair.source.write("a", "1")
        pair.follow(
            {
                pair.target.refusal = { method, _ in
                    method == .txn ? WireError(code: .notPermitted, message: "not you") : nil
                }
                pair.source.write("b", "2")
            }, until: ["never"])
        #expect(pair.mirror() == 1)
        #expect(pair.stage.err.contains("cannot write to the cluster of --to: not you"))
        #expect(pair.stage.err.hasSuffix("go on with --from-revision 3\n"))
    }

    @Test func itGoesOnFromARevision() {
        let pair = Pair()
        for number in 1...3 { pair.source.write("k\(number)", "v") }
        pair.follow({}, until: ["k3=v"])
        #expect(pair.mirror("--from-revision 4") == 0)
        #expect(pair.stage.err == "martlet: following from revision 4\n")
        #expect(pair.stage.out.hasPrefix("mirrored up to revision 4: 0 keys copied, 1 put,"))
        #expect(pair.mirror("--from-revision 4 --once") == 2)
        #expect(pair.mirror("--from-revision 0") == 2)
    }

    @Test func itGoesOnFromItsFile() {
        let pair = Pair()
        let path = "\(pair.stage.folder)/out"
        pair.source.write("a", "1")
        #expect(pair.mirror("--once --state \(path)") == 0)
        #expect(pair.stage.contents("out") == "2\n")
        pair.follow({ pair.source.remove("a") }, until: [])
        #expect(pair.mirror("--state \(path)") == 0)
        #expect(pair.stage.err == "martlet: following from revision 3\n")
        #expect(pair.stage.contents("out") == "3\n")
        #expect(pair.target.contents == [])
        _ = pair.stage.file("out", Array("soon\n".utf8))
        #expect(pair.mirror("--state \(path)") == 1)
        #expect(pair.stage.err.contains("does not say how far an earlier mirror came"))
    }

    @Test func whatIsCompactedCannotBeFollowed() {
        let pair = Pair()
        for number in 1...5 { pair.source.write("k", "\(number)") }
        pair.stage.run("store compact 5 --yes")
        #expect(pair.mirror("--from-revision 2") == 1)
        #expect(
            pair.stage.err.contains("cannot follow from revision 2: what was before revision 5"))
        pair.source.refusal = { method, body in
            let request = try? RangeRequest(decoding: body.span)
            guard method == .range, request?.limit != 1 else { return nil }
            return WireError(code: .compacted, message: "gone", revision: 5)
        }
        #expect(pair.mirror() == 1)
        #expect(pair.stage.err.contains("was compacted while it was copied; run it again"))
    }

    @Test func aClusterIsNotMirroredIntoItself() {
        let pair = Pair()
        pair.target.cluster = 0xC1
        for options in ["", "--prefix a/", "--prefix a/ --dest-prefix a/b/", "--dest-prefix x/"] {
            #expect(pair.mirror(options) == 2, "\(options)")
            #expect(pair.stage.err.contains("both ends are the same cluster"))
        }
        #expect(pair.mirror("--prefix a/ --dest-prefix b/ --once") == 0)
    }

    @Test func misuse() {
        let stage = Stage()
        #expect(stage.run("store mirror") == 2)
        #expect(stage.run("store mirror --to nowhere") == 2)
        #expect(stage.err.contains("--to names 'nowhere'"))
    }
}

@Suite struct CheckTests {
    @Test func perfPassesAndLeavesNothingBehind() {
        let stage = Stage()
        stage.store.write("own", "1")
        #expect(stage.run("store check perf --duration 100ms --yes") == 0)
        #expect(stage.out.contains("pass  throughput") && stage.out.hasSuffix("\npass\n"))
        #expect(stage.err.contains("15 puts in ") && stage.err.contains("15 keys removed"))
        #expect(stage.store.contents == ["own=1"])
        let keys = stage.store.puts.map { String(decoding: $0.key, as: UTF8.self) }
        #expect(keys.allSatisfy { $0.hasPrefix("martlet-check/") })
        #expect(stage.store.puts.allSatisfy { $0.value.count == 1_024 })
    }

    @Test func theyAskFirst() {
        let stage = Stage()
        #expect(stage.run("store check perf") == 2)
        #expect(stage.run("store check datascale") == 2)
        #expect(stage.err.contains("will not put 10,000 keys"))
        #expect(stage.store.puts.isEmpty)
    }

    @Test func aStoreThatFailsFails() {
        let stage = Stage()
        stage.store.refusal = { method, _ in
            method == .put ? WireError(code: .noSpace, message: "the disk is full") : nil
        }
        #expect(stage.run("store check perf --duration 50ms --yes --json") == 1)
        #expect(stage.out.hasPrefix("{\"pass\":false,\"puts\":0,"))
        #expect(stage.out.contains("the disk is full"))
    }

    /// A put counts from when it was due, so a stall shows.
    @Test func aStoreThatStallsFails() {
        let stage = Stage()
        var held: [() -> Void] = []
        stage.store.hold = { if held.count < 50 { held.append($0) } else { $0() } }
        let timer = Timer(on: stage.loop) { _ in
            stage.store.hold = nil
            for answer in held { answer() }
        }
        timer.start(after: .milliseconds(600))
        #expect(stage.run("store check perf --duration 1s --yes") == 1)
        timer.close()
        #expect(stage.out.contains("FAIL  slowest put"))
    }

    @Test func interruptedItCleansUp() {
        let stage = Stage()
        stage.store.onWrite = {
            if stage.store.puts.count == 5 { stage.loop.nextTurn { stage.interrupt() } }
        }
        #expect(stage.run("store check perf --duration 60s --yes") == 1)
        #expect(stage.err.contains("the check was interrupted; its"))
        #expect(stage.store.contents == [])
    }

    @Test func datascaleJudgesMemory() {
        let stage = Stage()
        #expect(stage.run("store check datascale --yes") == 0)
        #expect(stage.out.contains("pass  leader's memory") && stage.store.contents == [])
        stage.store.onWrite = { stage.store.residentBytes = 900_000_000 }
        stage.store.residentBytes = 1_000
        #expect(stage.run("store check datascale --yes") == 1)
        #expect(stage.out.contains("FAIL  leader's memory"))
        #expect(stage.store.contents == [])
    }
}

@Suite struct TreeVerbTests {
    private func node(_ key: String, _ value: String? = nil, _ index: UInt64) -> TreeNode {
        TreeNode(
            key: Array(key.utf8), value: Array((value ?? "").utf8), hasValue: value != nil,
            directory: value == nil, modifiedIndex: index, createdIndex: index)
    }

    @Test func setGetListDelete() {
        let stage = Stage()
        var asked: [TreeRequest] = []
        stage.store.tree = { request in
            asked.append(request)
            var answer = TreeResponse(index: 7, action: request.action)
            answer.node = node("/app/name", "web", 7)
            if request.path == Array("/app".utf8) {
                answer.node = node("/app", nil, 4)
                answer.nodes = [node("/app/d", nil, 5), node("/app/name", "web", 7)]
            }
            return answer
        }
        #expect(stage.run("store tree set /app/name web --ttl 10") == 0)
        #expect(stage.out == "/app/name at index 7\n")
        #expect(asked[0].action == .set && asked[0].expires && asked[0].ttl == 10)
        #expect(stage.run("store tree get /app/name") == 0 && stage.out == "web\n")
        stage.run("store tree get /app/name --json")
        #expect(
            stage.out == "{\"key\":\"/app/name\",\"value\":\"web\",\"modified_index\":7,"
                + "\"created_index\":7}\n")
        #expect(stage.run("store tree list /app") == 0)
        #expect(stage.out == "/app/d/\n/app/name\n" && asked.last?.chunked == true)
        #expect(stage.run("store tree get /app") == 1)
        #expect(stage.err.contains("it is a directory"))
        #expect(stage.run("store tree delete /app --recursive") == 2)
        #expect(stage.run("store tree delete /app --recursive --yes") == 0)
        #expect(stage.out == "deleted '/app' at index 7\n")
        let actions: [(String, TreeAction)] = [
            ("--create", .create), ("--update", .update), ("--in-order", .createInOrder),
            ("--if-value a", .compareAndSwap), ("--if-index 4", .compareAndSwap),
            ("--refresh --ttl 5", .update), ("--refresh --ttl 5 --if-index 4", .compareAndSwap),
        ]
        for (options, action) in actions {
            #expect(stage.run("store tree set /a \(options)") == 0)
            #expect(asked.last?.action == action)
        }
        for options in ["--create --update", "--in-order --if-index 1", "--if-value ''"] {
            #expect(stage.run("store tree set /a \(options)") == 2)
        }
        #expect(stage.run("store tree get a") == 2)
        #expect(stage.run("store tree delete /a --if-index 4 --recursive") == 2)
    }

    @Test func failuresAreToldInWords() {
        let stage = Stage()
        stage.store.tree = { _ in
            TreeResponse(
                index: 9,
                failure: TreeFailure(
                    code: 101, message: "Compare failed", cause: Array("[a != b]".utf8), index: 9))
        }
        #expect(stage.run("store tree set /a x --if-value a") == 1)
        #expect(
            stage.err == "martlet: cannot set '/a': compare failed ([a != b]), at index 9\n")
    }

    @Test func watching() {
        let stage = Stage()
        stage.store.treeEvents = [
            TreeResponse(action: .set, node: node("/a", "1", 4)),
            TreeResponse(action: .delete, node: node("/d", nil, 5)),
        ]
        #expect(stage.run("store tree watch / --recursive --limit 2") == 0)
        #expect(stage.out == "4\tset\t/a\t1\n5\tdelete\t/d/\n")
        stage.store.treeEvents.append(
            TreeResponse(failure: TreeFailure(code: 401, message: "Cleared", index: 9)))
        #expect(stage.run("store tree watch / --index 1") == 1)
        #expect(stage.err.contains("cannot watch '/': cleared, at index 9"))
    }
}

@Suite struct EtcdVerbTests {
    /// Verbs whose place is kept for them.
    static let planned: Set = [
        "backup", "restore", "verify", "force-new-cluster", "lock", "elect", "user", "role", "auth",
        "alarm", "digest", "metrics", "update",
    ]

    @Test func everyVerbHasItsPlace() {
        let verbs: [String: String] = [
            "etcdctl (API version 3)":
                "get put del txn compaction watch lease member endpoint alarm defrag snapshot "
                + "make-mirror lock elect auth user role move-leader downgrade check version "
                + "completion options",
            "etcdutl": "snapshot defrag hashkv migrate version",
            "etcdctl (API version 2)":
                "backup cluster-health exec-watch get ls mk mkdir rm rmdir set setdir update "
                + "updatedir watch member user role auth",
        ]
        for (tool, words) in verbs {
            let rows = EtcdVerbs.tools.first { $0.name == tool }?.rows ?? []
            for verb in words.split(separator: " ") {
                #expect(rows.contains { $0.old.split(separator: " ").first == verb }, "\(verb)")
            }
        }
    }

    @Test func whatItNamesIsThere() {
        for row in EtcdVerbs.tools.flatMap(\.rows) {
            let words = row.new.split(separator: ",")[0].split(separator: " ").map(String.init)
            guard words.starts(with: ["martlet", "store"]) else { continue }
            let path = words.dropFirst().prefix { $0.first?.isLetter == true }
                .prefix { !["or", "tells"].contains($0) }
            guard Self.planned.isDisjoint(with: path) else { continue }
            #expect(throws: Never.self, "\(row.new)") {
                try Vocabulary.check(Array(path) + ["--help"])
            }
        }
    }

    @Test func theManualShowsIt() throws {
        let page = try #require(try Manual.pages().first { $0.name == "martlet-store.1" })
        #expect(page.text.contains(".SH FROM ETCD\n"))
        #expect(page.text.contains("\\fBmake\\-mirror\\fR\nmartlet store mirror"))
    }
}
