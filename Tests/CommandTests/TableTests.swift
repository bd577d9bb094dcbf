import ArgumentParser
import EventLoop
import Glibc
import Testing
import Units

@testable import Command

/// The table of nouns and verbs, as a whole.
@Suite struct TableTests {
    private static func verbs(
        _ command: any ParsableCommand.Type = Martlet.self, _ path: [String] = ["martlet"]
    ) -> [(path: [String], verb: any ParsableCommand.Type)] {
        command.configuration.subcommands.flatMap { child in
            let here = path + [child._commandName]
            return child.configuration.subcommands.isEmpty
                ? [(here, child)] : verbs(child, here)
        }
    }

    @Test func everyVerbHasASentenceAndExamplesThatWork() throws {
        for (path, command) in Self.verbs() {
            let verb = try #require(command as? any Verb.Type, "\(path)")
            #expect(command.configuration.abstract.hasSuffix("."), "\(path)")
            #expect(!verb.examples.isEmpty, "\(path)")
            for example in verb.examples { try check(example.line, path) }
        }
    }

    /// Of a pipeline, the part that is ours must parse, and one of them must be this verb.
    private func check(_ line: String, _ path: [String]) throws {
        var isOurs = false
        for part in line.split(separator: " | ") {
            let words = Shell.words(part.split(separator: " > ").first.map(String.init) ?? "")
            guard words.first == "martlet" else { continue }
            #expect(throws: Never.self, "\(line)") {
                _ = try Martlet.parseAsRoot(Array(words.dropFirst()))
            }
            isOurs = isOurs || words.starts(with: path)
        }
        #expect(isOurs, "\(line) does not show \(path)")
    }

    @Test func everyVerbTakesHostTimeoutAndJSON() throws {
        for (path, command) in Self.verbs() {
            let help = command.helpMessage(columns: 200)
            for option in ["--host", "--timeout", "--json"] {
                #expect(help.contains(option), "\(path) has no \(option)")
            }
        }
    }

    @Test func helpIsAnAnswer() {
        let stage = Stage()
        for words in [["--help"], ["help", "store"], ["store", "put", "--help"], ["--version"]] {
            #expect(stage.run(words, atHost: false) == 0)
            #expect(!stage.out.isEmpty && stage.err.isEmpty)
        }
    }

    @Test func completionsAreMadeForBashAndZsh() {
        let stage = Stage()
        for shell in ["bash", "zsh"] {
            #expect(stage.run(["--generate-completion-script", shell], atHost: false) == 0)
            #expect(stage.out.contains("keep-alive") && stage.out.contains("--from-key"))
            let script = stage.out
            Glibc.close(stage.file("out", Array(script.utf8)))
            guard let found = Tool.find(shell) else { continue }
            #expect(Tool.run("\(found) -n \(stage.folder)/out") == 0, "\(shell) refuses its script")
        }
    }

    @Test func manualPagesHaveEveryVerbAndNoMistake() throws {
        let pages = try Manual.pages()
        let names = ["martlet.1", "martlet-status.1", "martlet-store.1", "martlet-cert.1"]
        #expect(pages.map(\.name) == names)
        for (path, command) in Self.verbs() where path[1] == "store" {
            #expect(pages[2].text.contains(path.joined(separator: " ").replacing("-", with: "\\-")))
            let abstract = command.configuration.abstract.replacing("-", with: "\\-")
            #expect(pages[2].text.contains(abstract), "\(path)")
        }
        guard let groff = Tool.find("groff") else { return }
        let stage = Stage()
        for page in pages {
            Glibc.close(stage.file("out", Array(page.text.utf8)))
            let command = "test -z \"$(\(groff) -man -ww -z \(stage.folder)/out 2>&1)\""
            #expect(Tool.run(command) == 0, "groff warns about \(page.name)")
        }
    }

    @Test func manualPagesAreWrittenToAFolder() {
        let stage = Stage()
        #expect(stage.run(["--generate-man-pages", "/nowhere/at/all"], atHost: false) == 1)
        #expect(stage.err.hasPrefix("martlet: cannot write '/nowhere/at/all/martlet.1': no such"))
    }
}

enum Tool {
    static func find(_ name: String) -> String? {
        ["/bin/", "/usr/bin/"].map { $0 + name }.first { access($0, X_OK) == 0 }
    }

    static func run(_ command: String) -> Int32 { system(command) }
}

@Suite struct SuggestionTests {
    @Test(
        arguments: [
            ("sotre", "store"), ("stor", "store"), ("statsu", "status"), ("st", nil),
            ("frobnicate", nil), ("", nil), ("stores", "store"), ("sta", "status"),
        ] as [(String, String?)])
    func theNearestWordIsOffered(word: String, meant: String?) {
        #expect(Suggestion.nearest(to: word, among: ["status", "store"]) == meant)
    }

    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("ab", "ba", 1), ("kitten", "sitting", 3), ("put", "get", 2),
        ("watch", "wacth", 1),
    ])
    func lettersAreCounted(left: String, right: String, distance: Int) {
        #expect(Suggestion.distance(Array(left.utf8), Array(right.utf8)) == distance)
        #expect(Suggestion.distance(Array(right.utf8), Array(left.utf8)) == distance)
    }
}

@Suite struct WordsTests {
    @Test(
        arguments: [
            ("5", 5_000), ("500ms", 500), ("2m", 120_000), ("1min", 60_000), ("24h", 86_400_000),
            ("0", nil), ("25h", nil), ("5x", nil), ("", nil), ("-5", nil), ("1.5s", nil),
            ("99999999999999999999", nil), ("ms", nil),
        ] as [(String, UInt64?)])
    func lengthsOfTime(text: String, milliseconds: UInt64?) {
        #expect(Length(argument: text)?.span == milliseconds.map { .milliseconds($0) })
    }

    @Test(
        arguments: [
            ("1", 1), ("ff", 255), ("FF", 255), ("ffffffffffffffff", UInt64.max), ("0", nil),
            ("", nil), ("g", nil), ("10000000000000000", nil), ("-1", nil), ("+1", nil),
        ] as [(String, UInt64?)])
    func ids(text: String, number: UInt64?) {
        #expect(ID(argument: text)?.number == number)
    }

    @Test(
        arguments: [
            ([97], [98]), ([97, 0xFF], [98]), ([0xFF], [0]), ([0xFF, 0xFF], [0]), ([], [0]),
            ([0, 0xFF, 0], [0, 0xFF, 1]),
        ] as [([UInt8], [UInt8])])
    func prefixesBecomeIntervals(prefix: [UInt8], end: [UInt8]) {
        #expect(Interval(prefix: prefix).end == end)
    }

    @Test(arguments: [
        ("a", "key 'a'"), ("a --prefix", "the keys that begin with 'a'"),
        ("a c", "the keys from 'a' to before 'c'"), ("a --from-key", "the keys from 'a' on"),
        ("--all", "all keys"), ("'' --prefix", "all keys"),
    ])
    func intervalsHaveWords(words: String, description: String) throws {
        let range = try RangeWords.parse(Shell.words(words))
        #expect(try range.selection.interval(range.notation).description == description)
    }
}

@Suite struct SpellingTests {
    @Test func bytesStayOnOneLine() {
        #expect(Spelling.line(Array("a\tb\nc\\d\u{1F426}".utf8)) == "a\\tb\\nc\\\\d\u{1F426}")
        #expect(Spelling.line([0xFF, 0x61, 0x00, 0x7F]) == "\\xffa\\x00\\x7f")
        #expect(Spelling.line(Array("\u{202E}".utf8)) == "\\xe2\\x80\\xae")
        #expect(Spelling.line([0xE2, 0x80]) == "\\xe2\\x80")
    }

    @Test func longKeysAreCutInMessages() {
        let key = [UInt8](repeating: 0x78, count: 100)
        #expect(Spelling.quoted(key) == "'\(String(repeating: "x", count: 60))…'")
    }

    @Test(
        arguments: [
            (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"),
            (Int64.min, "-9,223,372,036,854,775,808"),
        ] as [(Int64, String)])
    func counts(number: Int64, text: String) { #expect(Spelling.count(number) == text) }

    @Test(
        arguments: [
            (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (12_345, "12.3 kB"), (123_456, "123 kB"),
            (999_999, "999 kB"), (1_000_000, "1.0 MB"), (67_108_864, "67.1 MB"),
            (Int64.max, "9.2 EB"), (-5, "0 B"),
        ] as [(Int64, String)])
    func sizes(bytes: Int64, text: String) { #expect(Spelling.size(bytes) == text) }

    @Test(
        arguments: [
            (0, "0 s"), (61, "1 min 1 s"), (3_725, "1 h 2 min"), (90_000, "1 d 1 h"),
        ] as [(Int64, String)])
    func times(seconds: Int64, text: String) { #expect(Spelling.time(seconds: seconds) == text) }

    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ])
    func base64OfTheStandard(text: String, coded: String) {
        #expect(Base64.encode(Array(text.utf8)) == coded)
        #expect(Base64.decode(coded) == Array(text.utf8))
    }

    @Test(arguments: ["Z", "Zg", "Zg=", "Zg===", "Z===", "Zh==", "Zg==Zg==", "=Zg=", "Zm9\n"])
    func whatIsNoBase64IsRefused(text: String) { #expect(Base64.decode(text) == nil) }

    @Test func base64ComesBack() {
        var chance = Chance(seed: 1, name: "base64")
        for _ in 0..<500 {
            let bytes = (0..<Int(chance.below(40))).map { _ in UInt8(chance.below(256)) }
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        }
    }
}
