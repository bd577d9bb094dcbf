import Testing

/// Every rule can fail, and does not fail for what is allowed.
@Suite struct Rules {
    private func file(_ path: String, _ text: String) -> SourceFile {
        SourceFile(path: path, text: text)
    }

    @Test func codeIsWhatIsLeftWithoutCommentsAndStrings() {
        let text = #"let a = "x // y" // "z"\#nlet b = "\"q" /* c\#n */ + d"#
        let code = Blanking.code(of: text)
        #expect(code.split(separator: "\n").count == 3)
        #expect(!code.contains("x") && !code.contains("z") && !code.contains("q"))
        #expect(code.contains("let b = \"") && code.contains("+ d"))
    }

    @Test(arguments: ["\"\"\"\nsleep(1)\n\"\"\"", "#\"sleep(1) \" \"#", "/// sleep(1)"])
    func longAndRawStringsAreStrings(text: String) {
        #expect(!Blanking.code(of: text + "\nend").contains("sleep"))
        #expect(Blanking.code(of: text + "\nend").contains("end"))
    }

    @Test(
        arguments: [
            ("import Glibc", 1), ("internal import CUV", 1), ("@testable import Store", 1),
            ("private import struct Foundation.Data", 1), ("internal import Units", 0),
            ("// import Glibc", 0), ("let important = 1", 0),
        ] as [(String, Int)])
    func imports(text: String, count: Int) {
        let found = ImportRule.complaints(
            [file("Sources/Raft/Raft.swift", text)], allowed: ["Raft": ["Units"]])
        #expect(found.count == count)
    }

    @Test func roomsOffThePlan() {
        let strange = [file("Sources/Helpers/Helpers.swift", "")]
        #expect(ImportRule.complaints(strange, allowed: Floors.allowed).count == 1)
    }

    @Test func manifests() {
        let text = """
            room("Raft", ["Units", "Wire"]),   // no "CUV"
            program(
                "martlet", ["Client", .product(name: "ArgumentParser", package: "swift-argument-parser")]),
            room("Bare"),
            """
        let manifest = Manifest(file("Package.swift", text))
        #expect(manifest.targets.map(\.name) == ["Raft", "martlet", "Bare"])
        #expect(manifest.targets[1].imports == ["Client", "ArgumentParser"])
        #expect(manifest.programs == ["martlet"])
        let found = ImportRule.complaints(manifest, allowed: ["Raft": ["Units"], "Bare": []])
        #expect(found.count == 2)
    }

    @Test func frontDoors() {
        let good = "/// A room.\n///\n/// Imports: nothing. Never: files.\nstruct A {}"
        #expect(FrontDoorRule.complaints([file("Sources/A/A.swift", good)]).isEmpty)
        #expect(FrontDoorRule.complaints([file("Sources/A/B.swift", good)]).count == 1)
        #expect(FrontDoorRule.complaints([file("Sources/A/A.swift", "/// A room.")]).count == 2)
        let late = "import B\n" + good
        #expect(FrontDoorRule.complaints([file("Sources/A/A.swift", late)]).count == 2)
        #expect(FrontDoorRule.complaints([file("Sources/martlet/main.swift", "")]).isEmpty)
    }

    @Test(
        arguments: [
            ("a.swift", "usleep(5)", 1), ("a.swift", "try await Task.sleep(for: .seconds(1))", 1),
            ("a.swift", "// sleep(1)", 0), ("a.swift", "asleep(1)", 0),
            ("a.py", "time.sleep(1)", 1), ("a.sh", "    sleep 0.5", 1), ("a.sh", "echo sleep", 0),
        ] as [(String, String, Int)])
    func sleeps(name: String, text: String, count: Int) {
        #expect(SleepRule.complaints([file("Tests/T/" + name, text)]).count == count)
    }

    @Test(
        arguments: [
            ("var seen: Set<Int> = []\nfor x in seen {", 1),
            ("var seen = Set<Int>()\nlet all = Array(self.seen)", 1),
            ("var slots: [MemberID: Int]\nslots.map { $0 }", 1),
            ("var slots: [Int: [Int]] = [:]\nfor (a, b) in self.slots where a > 1 {", 1),
            ("var slots = [:]\nself.slots.keys.sorted()", 1),
            ("private let slots: Dictionary<Int, Int>\nslots.values.max()", 1),
            ("var slots: [Int: Int]\nslots[3] = 4; slots.removeValue(forKey: 3); slots.count", 0),
            ("var seen: Set<Int>\nif seen.contains(3) { seen.insert(4) }", 0),
            ("var list: [Int]\nfor x in list {", 0),
            ("var seen: Set<Int>\nfor x in seen.list {", 0),
        ] as [(String, Int)])
    func iteration(text: String, count: Int) {
        #expect(IterationRule.complaints([file("Sources/Raft/A.swift", text)]).count == count)
    }

    @Test func iterationAcrossFilesOfARoom() {
        let declaration = file("Sources/Raft/A.swift", "var seen: Set<Int>")
        let use = file("Sources/Raft/B.swift", "for x in seen {")
        let elsewhere = file("Sources/MVCC/B.swift", "for x in seen {")
        #expect(IterationRule.complaints([declaration, use, elsewhere]).count == 1)
    }

    @Test func services() {
        let good = file("services/martlet-store@.service", "ExecStart=/usr/bin/martlet-store --x")
        #expect(
            ServiceRule.complaints(units: [good], programs: ["martlet-store", "martlet"]) == [])
        #expect(ServiceRule.complaints(units: [good], programs: []).count == 1)
        #expect(ServiceRule.complaints(units: [], programs: ["martlet-store"]).count == 1)
        let wrong = file("services/martlet-store.service", "ExecStart=/usr/bin/other")
        #expect(ServiceRule.complaints(units: [wrong], programs: ["martlet-store"]).count == 1)
    }

    @Test func topLevel() {
        let ignored = TopLevelRule.ignored(file(".gitignore", ".build/\n/.martlet/\n"))
        let names = ["Sources", ".build", ".martlet", "Makefile"]
        #expect(TopLevelRule.complaints(names, ignored: ignored).count == 1)
    }

    @Test func words() {
        let told = WordRule.words.map { file("Sources/A/A.swift", "seen at " + $0.uppercased()) }
        #expect(WordRule.complaints(told).count == WordRule.words.count)
        #expect(WordRule.complaints([file("Sources/A/A.swift", "a plain line")]).isEmpty)
    }
}
