/// Tests wait for events; they never sleep.
enum SleepRule {
    static func complaints(_ files: [SourceFile]) -> [String] {
        let call = #/\b(?:u|nano|clock_nano)?sleep\s*\(|\bTask\.sleep\b|\bThread\.sleep\b/#
            .wordBoundaryKind(.simple)
        let command = #/^\s*sleep\s+[0-9.]/#
        return files.flatMap { file in
            file.lines(of: file.code)
                .filter { $0.text.contains(call) || !file.isSwift && $0.text.contains(command) }
                .map { file.complaint($0.number, "a test sleeps; wait for the event instead") }
        }
    }
}

/// Swift shuffles Dictionary and Set anew in every process, so whoever iterates one cannot be
/// replayed. Looking things up is fine.
enum IterationRule {
    static let walks = [
        "map", "flatMap", "compactMap", "filter", "forEach", "keys", "values", "reduce", "first",
        "enumerated", "makeIterator", "randomElement", "popFirst", "allSatisfy", "mapValues",
        "compactMapValues", "elementsEqual", "prefix", "dropFirst", "lazy", "startIndex", "sorted",
        "min", "max",
    ]

    static func complaints(_ files: [SourceFile]) -> [String] {
        let swift = files.filter(\.isSwift)
        return Set(swift.map(\.room)).sorted().flatMap { room in
            let mine = swift.filter { $0.room == room }
            let shared = Set(mine.flatMap { unordered(in: $0.code, privately: false) })
                .subtracting(mine.flatMap { ordered(in: $0.code) })
            return mine.flatMap { file in
                complaints(file, names: shared.union(unordered(in: file.code, privately: true)))
            }
        }
    }

    /// Names declared with a type of unknown order; `privately` those of this file alone.
    static func unordered(in code: String, privately: Bool) -> [String] {
        let declared =
            #/(private |fileprivate )?(?:private\(set\) )?\b(?:var|let) (\w+)\s*(?::\s*(?:\[[^\]\[]*(?:\[[^\]]*\])?[^\]\[]*:[^\]]*\]|(?:Swift\.)?(?:Dictionary|Set)<)|=\s*(?:\[\s*:\s*\]|\[[\w.]+\s*:\s*[\w.\[\]]+\]\s*\(|(?:Swift\.)?(?:Dictionary|Set)\b))/#
            .wordBoundaryKind(.simple)
        return code.matches(of: declared).filter { privately || $0.1 == nil }.map { String($0.2) }
    }

    static func ordered(in code: String) -> [String] {
        code.matches(of: #/\b(?:var|let) (\w+)\s*:\s*\[[^\]:]*\]/#.wordBoundaryKind(.simple)).map {
            String($0.1)
        }
    }

    static func complaints(_ file: SourceFile, names: Set<String>) -> [String] {
        file.lines(of: file.code).flatMap { line in
            subjects(line.text).filter(names.contains).map { name in
                file.complaint(line.number, "'\(name)' is iterated, in an order that nobody chose")
            }
        }
    }

    /// What a line walks through: `for x in NAME`, `NAME.map`, `Array(NAME)`.
    static func subjects(_ line: Substring) -> [String] {
        let loop = #/\bfor\b.*?\bin\s+(?:\w+[?!]?\.)*(\w+)\s*(?:\{|where\b|$)/#.wordBoundaryKind(
            .simple)
        let walk = #/\b(\w+)[?!]?\.(\w+)\b/#.wordBoundaryKind(.simple)
        let copy = #/\b(?:Array|ContiguousArray)\(\s*(?:\w+[?!]?\.)*(\w+)\s*\)/#.wordBoundaryKind(
            .simple)
        return line.matches(of: loop).map { String($0.1) }
            + overlapping(line, walk) + line.matches(of: copy).map { String($0.1) }
    }

    /// Chains overlap: in `a.b.map` both `a.b` and `b.map` are asked about.
    private static func overlapping(
        _ line: Substring, _ walk: Regex<(Substring, Substring, Substring)>
    )
        -> [String]
    {
        var found: [String] = []
        var rest = line
        while let match = rest.firstMatch(of: walk) {
            if walks.contains(String(match.2)) { found.append(String(match.1)) }
            rest = rest[match.2.startIndex...]
        }
        return found
    }
}

/// `services/` and the programs are two views of one list.
enum ServiceRule {
    /// Programs that people run, not systemd.
    static let tools: Set = ["martlet", "martlet-simulate", "martlet-load"]

    static func complaints(units: [SourceFile], programs: [String]) -> [String] {
        let services = units.filter { $0.path.hasSuffix(".service") }
        let named = Set(services.map { program(of: $0.name) })
        let orphans = services.flatMap { unit -> [String] in
            let name = program(of: unit.name)
            return
                (programs.contains(name)
                ? [] : [unit.complaint(1, "there is no program '\(name)'")])
                + startComplaints(unit, name)
        }
        return orphans
            + programs.filter { !tools.contains($0) && !named.contains($0) }
            .map { "services: the program '\($0)' has no unit" }
    }

    static func program(of unit: String) -> String {
        String(unit.prefix { $0 != "." && $0 != "@" })
    }

    private static func startComplaints(_ unit: SourceFile, _ name: String) -> [String] {
        unit.lines(of: unit.text).compactMap { line in
            guard let found = line.text.firstMatch(of: #/^ExecStart=[-+!:@]*(\S+)/#) else {
                return nil
            }
            let started = found.1.split(separator: "/").last.map(String.init)
            return started == name
                ? nil : unit.complaint(line.number, "it starts '\(found.1)', not '\(name)'")
        }
    }
}

/// The top of the repository holds six things and the customary files.
enum TopLevelRule {
    static let permitted: Set = [
        "Package.swift", "Sources", "Tests", "proto", "services", "compose", "README.md",
        "LICENSE", "CHANGELOG.md", ".ci", ".gitignore", ".swift-format", ".git",
    ]

    static func complaints(_ names: [String], ignored: Set<String>) -> [String] {
        names.filter { !permitted.contains($0) && !ignored.contains($0) }
            .map { "'\($0)' does not belong at the top of the repository" }
    }

    static func ignored(_ file: SourceFile) -> Set<String> {
        Set(
            file.text.split(separator: "\n").map {
                $0.trimmingPrefix("/").split(separator: "/").first.map(String.init) ?? ""
            })
    }
}

/// The repository speaks of itself, not of the desk it was written on.
enum WordRule {
    /// Written in two halves, so that this file keeps its own rule.
    static let words = [
        ("/wo", "rk/"), ("/tmp/", "wt"), ("/tmp/", "plan"), ("/ro", "ot/"), ("clau", "de"),
        ("anthro", "pic"), ("open", "ai"), ("chat", "gpt"), ("copi", "lot"),
        ("language mo", "del"), ("co-auth", "ored-by"), ("generated w", "ith "),
    ].map { $0.0 + $0.1 }

    static func complaints(_ files: [SourceFile]) -> [String] {
        files.flatMap { file in
            file.lines(of: file.text.lowercased()).flatMap { line in
                words.filter { line.text.contains($0) }.map {
                    file.complaint(line.number, "'\($0)' tells of the desk, not of the work")
                }
            }
        }
    }
}
