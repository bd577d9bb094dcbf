import EventLoop
import Glibc
import Testing
import Units
import Wire

@testable import Command

@Suite struct WatchRunTests {
    @Test func itPrintsWhatHappened() {
        let stage = Stage()
        stage.run("store put a 1")
        stage.run("store put a 2")
        stage.run("store delete a")
        #expect(stage.run("store watch --all --revision 2 --limit 3") == 0)
        #expect(stage.out == "2\tput\ta\t1\n3\tput\ta\t2\n4\tdelete\ta\n")
        #expect(stage.err == "martlet: watching from revision 2\n")
        stage.run("store watch --all --revision 3 --limit 2 --previous")
        #expect(stage.out == "3\tput\ta\t2\twas 1\n4\tdelete\ta\twas 2\n")
        stage.run("store watch a --revision 3 --limit 1 --previous --json")
        #expect(
            stage.out == """
                {"revision":2,"type":"created"}
                {"revision":3,"type":"put","key":"a","value":"2","create_revision":2,"version":2,\
                "previous":{"key":"a","value":"1","create_revision":2,"mod_revision":2,"version":1}}

                """)
    }

    @Test func itGoesOnAfterALostConnection() {
        let stage = Stage()
        stage.run("store put a 1")
        var interruptions = 0
        stage.onLine = { line in
            guard line.contains("watching"), interruptions < 1 else { return }
            interruptions += 1
            stage.loop.nextTurn { stage.store.hangUp() }
        }
        stage.run("store put a 2")
        #expect(stage.run("store watch a --revision 2 --limit 2") == 0)
        #expect(stage.out == "2\tput\ta\t1\n3\tput\ta\t2\n")
    }

    @Test func progressIsPrinted() {
        let stage = Stage()
        stage.run("store put a 1")
        stage.run("store watch a --revision 2 --limit 1 --progress --json")
        #expect(stage.out.contains("\n{\"revision\":2,\"type\":\"put\""))
        // The mark comes after the events that it covers.
        stage.onLine = { line in
            guard line.contains("watching") else { return }
            stage.loop.nextTurn { stage.interrupt() }
        }
        #expect(stage.run("store watch b --revision 2 --progress") == 0)
        #expect(stage.out == "2\tprogress\n" || stage.out.isEmpty)
    }

    @Test func whatWasCompactedCannotBeWatched() {
        let stage = Stage()
        for value in 1...4 { stage.run("store put a \(value)") }
        stage.run("store compact 4 --yes")
        #expect(stage.run("store watch a --revision 2") == 1)
        #expect(
            stage.err == """
                martlet: cannot watch key 'a' from revision 2: what was before revision 4 is \
                compacted. Read it all with 'martlet store range', then watch from there

                """)
    }

    @Test func interruptionIsAGoodEnd() {
        let stage = Stage()
        stage.onLine = { _ in stage.loop.nextTurn { stage.interrupt() } }
        #expect(stage.run("store watch a") == 0)
    }
}

@Suite struct ImportRunTests {
    private func lines(_ count: Int) -> String {
        (1...count).map { "{\"key\":\"k\($0)\",\"value\":\"v\($0)\"}\n" }.joined()
    }

    @Test func whatIsExportedCanBeImported() {
        let stage = Stage()
        stage.run("store put a 'x \u{1F426}'")
        stage.run("store put AP8= /w== --base64")
        #expect(stage.run("store export --all") == 0)
        let exported = stage.out
        #expect(exported.contains("{\"key64\":\"AP8=\",\"value64\":\"/w==\"}\n"))
        #expect(stage.err == "martlet: exported 2 keys at revision 3\n")
        let other = Stage()
        #expect(other.run("store import --json", input: exported) == 0)
        #expect(other.out == "{\"imported\":2,\"lines\":2}\n")
        other.run("store export --all")
        #expect(other.out == exported)
    }

    @Test func anExportToAFileHasItsNameOnlyWhenItIsWhole() {
        let stage = Stage()
        stage.run("store put a 1")
        let path = "\(stage.folder)/out"
        #expect(stage.run("store export --all --file \(path)") == 0)
        #expect(stage.contents("out") == "{\"key\":\"a\",\"value\":\"1\"}\n")
        stage.store.refusal = { method, _ in
            method == .range ? WireError(code: .internal, message: "no") : nil
        }
        unlink(path)
        #expect(stage.run("store export --all --file \(path) --timeout 100ms") == 1)
        #expect(stage.contents("out") == nil && stage.contents("out.partial") == nil)
    }

    @Test func manyAreUnderWayAtOnceAndAllArrive() {
        let stage = Stage()
        #expect(stage.run("store import --in-flight 64 --json", input: lines(5000)) == 0)
        #expect(stage.out == "{\"imported\":5000,\"lines\":5000}\n")
        #expect(stage.store.revision == 5001)
    }

    @Test func aKeyThatComesTwiceKeepsItsLastValue() {
        let stage = Stage()
        var turn = 0
        // The first put fails in a way that sends it again later.
        stage.store.refusal = { method, _ in
            turn += 1
            return turn == 1 ? WireError(code: .outcomeUnknown, message: "who knows") : nil
        }
        let twice = "{\"key\":\"k\",\"value\":\"1\"}\n{\"key\":\"k\",\"value\":\"2\"}\n"
        #expect(stage.run("store import", input: twice) == 0)
        stage.store.refusal = nil
        stage.run("store get k")
        #expect(stage.out == "2\n")
    }

    @Test func aBadLineIsNamedAndTheRestCanBeGoneOnWith() {
        let stage = Stage()
        let bad = lines(3) + "{\"key\":7}\n" + lines(1)
        #expect(stage.run("store import", input: bad) == 1)
        #expect(
            stage.err == """
                martlet: cannot import line 4 of standard input: "key" must be a text. Lines up to \
                3 are imported; go on with --from-line 4

                """)
        #expect(stage.run("store import --from-line 5 --json", input: bad) == 0)
        #expect(stage.out == "{\"imported\":1,\"lines\":5}\n")
    }

    @Test(arguments: [
        ("nope", "it is not JSON: this is no value, at byte 1"),
        ("{\"key\":\"a\"}", "it has no \"value\""), ("{\"value\":\"a\"}", "it has no \"key\""),
        ("{\"key\":\"\",\"value\":\"\"}", "its key is empty"),
        ("{\"key64\":\"*\",\"value\":\"\"}", "\"key64\" must be base64 (RFC 4648, with padding)"),
        (
            "{\"key\":\"a\",\"key64\":\"YQ==\",\"value\":\"\"}",
            "\"key\" and \"key64\" exclude one another"
        ),
        (
            "{\"key\":\"a\",\"value\":\"b\"} x",
            "it is not JSON: there is more after the value, at byte 25"
        ),
    ])
    func eachMistakeHasItsWords(line: String, words: String) {
        let stage = Stage()
        #expect(stage.run("store import", input: line) == 1)
        #expect(
            stage.err == """
                martlet: cannot import line 1 of standard input: \(words). Nothing is sure to be \
                imported; run it again when that is mended

                """)
    }

    @Test func whatTheStoreRefusesIsNamed() {
        let stage = Stage()
        stage.store.refusal = { method, body in
            guard method == .put, body.contains(UInt8(ascii: "2")) else { return nil }
            return WireError(code: .valueTooLarge, message: "the value is too large")
        }
        #expect(stage.run("store import --in-flight 1", input: lines(3)) == 1)
        #expect(stage.err.hasPrefix("martlet: cannot import line 2 of standard input: the value"))
        #expect(stage.err.hasSuffix("Lines up to 1 are imported; go on with --from-line 2\n"))
    }

    @Test func emptyLinesAndLinesWithoutEndAreTaken() {
        let stage = Stage()
        let text =
            "\n\n{\"key\":\"a\",\"value\":\"1\"}\r\n\n{\"key\":\"b\",\"value\":\"2\",\"x\":[1]}"
        #expect(stage.run("store import --json", input: text) == 0)
        #expect(stage.out == "{\"imported\":2,\"lines\":5}\n")
    }

    @Test func nothingIsNothing() {
        let stage = Stage()
        #expect(stage.run("store import --json") == 0)
        #expect(stage.out == "{\"imported\":0,\"lines\":0}\n")
    }

    @Test func barsTellHowFarItIs() {
        let known = Bar("import", done: 30, total: 60, keys: 1234, milliseconds: 2000)
        #expect(known.text == "import  [##########..........]  50 %  1,234 keys, 617/s")
        let unknown = Bar("import", done: 30, total: nil, keys: 1, milliseconds: 0)
        #expect(unknown.text == "import  1 key, 0/s")
    }
}

@Suite struct TerminalTests {
    private func asking(_ answer: String) -> Stage {
        let stage = Stage()
        stage.errIsTerminal = true
        stage.inputIsTerminal = true
        stage.run("store put a 1")
        stage.run("store put ab 1")
        _ = answer
        return stage
    }

    @Test func deletingManyAsksFirst() {
        let stage = asking("y")
        #expect(stage.run("store delete a --prefix", input: "n\n") == 1)
        #expect(stage.err.hasPrefix("delete the keys that begin with 'a', 2 keys? [y/N] "))
        #expect(stage.err.hasSuffix("martlet: not confirmed: nothing was changed\n"))
        #expect(stage.run("store delete a --prefix", input: "yes\n") == 0)
        #expect(stage.out == "deleted 2 keys at revision 4\n")
    }

    @Test func compactingAndRemovingAskFirst() {
        let stage = asking("")
        #expect(stage.run("store compact 2", input: "") == 1)
        #expect(stage.err.hasPrefix("forget everything before revision 2? [y/N] "))
        #expect(stage.run("store member remove b", input: "no\n") == 1)
        #expect(stage.err.hasPrefix("remove member 'b' for good? [y/N] "))
        #expect(stage.store.members.count == 2)
        #expect(stage.run("store member remove b", input: "y\n") == 0)
        #expect(stage.store.members.count == 1)
    }

    @Test func coloursAreOnlyForTerminals() {
        let stage = Stage()
        stage.store.members.removeLast()
        stage.run("status")
        #expect(!stage.out.contains("\u{1B}"))
        stage.outIsTerminal = true
        stage.run("status")
        #expect(stage.out.contains("\u{1B}[32mwell\u{1B}[0m"))
        stage.environment = ["NO_COLOR": "1"]
        stage.run("status")
        #expect(!stage.out.contains("\u{1B}"))
    }

    @Test func aReaderThatWentAwayEndsItQuietly() {
        let stage = Stage()
        stage.run("store put a 1")
        stage.brokenPipe = true
        #expect(stage.run("store range --all") == 1)
        #expect(stage.err.isEmpty)
    }

    @Test func theBarIsDrawnAndWipedOnATerminal() {
        let stage = Stage()
        let terminal = Terminal(
            out: .init(isTerminal: false) { _ in nil },
            err: .init(isTerminal: true) { bytes in
                stage.onLine(String(decoding: bytes, as: UTF8.self))
                return nil
            }, input: 0, inputIsTerminal: false, columns: 10)
        var drawn: [String] = []
        stage.onLine = { drawn.append($0) }
        terminal.show(bar: "0123456789abcdef")
        terminal.say("done")
        #expect(drawn == ["\r\u{1B}[K012345678", "\r\u{1B}[K", "done\n"])
    }
}

@Suite struct HostTests {
    @Test func theEnvironmentSaysWhereTheClusterIs() {
        let stage = Stage()
        stage.environment = ["MARTLET_HOST": "unix:/nowhere/x, \(stage.store.address)"]
        #expect(stage.run(["store", "put", "a", "1"], atHost: false) == 0)
        stage.environment = ["MARTLET_HOST": "nowhere"]
        #expect(stage.run(["store", "get", "a"], atHost: false) == 2)
        #expect(stage.err.hasPrefix("martlet: MARTLET_HOST names 'nowhere', but "))
        #expect(stage.run(["store", "get", "a"]) == 0)
    }

    @Test func hostMayStandBeforeTheNoun() {
        let stage = Stage()
        #expect(stage.run(stage.host + ["store", "put", "a", "1"], atHost: false) == 0)
        #expect(stage.run(["store"] + stage.host + ["get", "a"], atHost: false) == 0)
        #expect(stage.run(["store", "get", "--json", "a"] + stage.host, atHost: false) == 0)
    }

    @Test func nobodyThereIsSaidAtOnce() {
        let stage = Stage()
        let words = ["store", "put", "a", "1", "--host", "unix:/nowhere/s,unix:/nowhere/t"]
        #expect(stage.run(words, atHost: false) == 1)
        #expect(
            stage.err == """
                martlet: cannot put 'a': no host answers: unix:/nowhere/s (no such file or \
                directory), unix:/nowhere/t (no such file or directory). Try 'martlet status' with \
                another --host

                """)
        #expect(stage.run(["status"] + words.suffix(2), atHost: false) == 1)
        #expect(stage.out.hasPrefix("no member answers\n"))
    }

    @Test func tooManyHostsAreRefused() {
        let stage = Stage()
        let list = (1...65).map { "h:\($0)" }.joined(separator: ",")
        #expect(stage.run(["status", "--host", list], atHost: false) == 2)
    }
}

@Suite struct LeaseRunTests {
    @Test func itIsKeptAliveUntilItIsInterrupted() {
        let stage = Stage()
        stage.run("store lease grant 2")
        _ = Timer.once(on: stage.loop, after: .milliseconds(900)) { stage.interrupt() }
        #expect(stage.run("store lease keep-alive 10") == 0)
        #expect(stage.out == String(repeating: "lease 0000000000000010 lives for 2 s\n", count: 2))
    }
}

extension Timer {
    static func once(
        on loop: Loop, after span: Instant.Span, _ work: @escaping () -> Void
    ) -> Timer {
        let timer = Timer(on: loop) { _ in work() }
        timer.start(after: span)
        return timer
    }
}
