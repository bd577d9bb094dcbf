/// Who may import whom. This table is the floor plan; the README shows the same one.
enum Floors {
    static let allowed: [String: Set<String>] = [
        // Floor 1: words.
        "Units": ["CChecksum"],
        "Wire": ["CProtobuf", "Units"],
        // Floor 2: cores.
        "Raft": ["Units"],
        "MVCC": ["Units"],
        "Journal": ["Units"],
        // Floor 3: the node.
        "Store": ["Raft", "MVCC", "Journal", "Wire", "Units"],
        // Floor 4: IO.
        "EventLoop": ["CUV", "Units", "Glibc", "Synchronization"],
        "TLS": ["CTLS", "Units", "Glibc"],
        "RPC": ["EventLoop", "TLS", "Wire", "Units"],
        "Client": ["RPC", "EventLoop", "TLS", "Wire", "Units"],
        "Daemon": ["EventLoop", "Units", "Glibc"],
        "Disk": ["Journal", "MVCC", "CLMDB", "Units", "Glibc", "Synchronization"],
        // Floor 5: programs.
        "martlet-store": [
            "Store", "Raft", "MVCC", "Journal", "Disk", "RPC", "Daemon", "EventLoop", "TLS",
            "Wire", "Units", "ArgumentParser", "Glibc",
        ],
        "Command": [
            "Client", "RPC", "EventLoop", "TLS", "Wire", "Units", "ArgumentParser", "Glibc",
        ],
        "martlet": ["Command", "ArgumentParser"],
        // Floor 6: proof.
        "Simulation": ["Store", "Raft", "MVCC", "Journal", "Wire", "Units"],
        "martlet-simulate": ["Simulation", "Store", "Units", "ArgumentParser", "Glibc"],
        "martlet-load": [
            "Client", "RPC", "EventLoop", "TLS", "Wire", "Units", "ArgumentParser", "Glibc",
        ],
    ]
    /// Rooms whose values are replayed: no iteration in an order that nobody chose.
    static let cores: Set = ["Raft", "MVCC", "Journal", "Store"]
}

/// What Package.swift declares.
struct Manifest {
    struct Target: Equatable {
        var kind: String
        var name: String
        var imports: [String]
    }
    var targets: [Target] = []

    init(_ file: SourceFile) {
        let text = file.text.split(separator: "\n")
            .map { $0.split(separator: "//", maxSplits: 1, omittingEmptySubsequences: false)[0] }
            .joined(separator: " ")
        let declaration = #/(room|program)\(\s*"([^"]+)"(?:\s*,\s*\[(.*?)\]\s*)?,?\s*\)/#
        let quoted = #/(?:name:\s*)?"([^"]+)"(?:\s*,\s*package:\s*"[^"]*")?/#
        targets = text.matches(of: declaration).map { found in
            let imports = (found.3.map(String.init) ?? "").matches(of: quoted).map { String($0.1) }
            return Target(kind: String(found.1), name: String(found.2), imports: imports)
        }
    }

    var programs: [String] { targets.filter { $0.kind == "program" }.map(\.name) }
}

/// Imports, in the sources and in Package.swift, against the floor plan.
enum ImportRule {
    static func imports(in file: SourceFile) -> [(line: Int, module: String)] {
        let statement =
            #/^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|private|fileprivate)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)/#
        return file.lines(of: file.code).compactMap { line in
            line.text.firstMatch(of: statement).map { (line.number, String($0.1)) }
        }
    }

    static func complaints(_ files: [SourceFile], allowed: [String: Set<String>]) -> [String] {
        files.filter(\.isSwift).flatMap { file -> [String] in
            guard let mine = allowed[file.room] else {
                return [file.complaint(1, "the room '\(file.room)' is not on the floor plan")]
            }
            return imports(in: file).filter { !mine.contains($0.module) && $0.module != file.room }
                .map { file.complaint($0.line, "'\(file.room)' may not import '\($0.module)'") }
        }
    }

    static func complaints(_ manifest: Manifest, allowed: [String: Set<String>]) -> [String] {
        manifest.targets.flatMap { target -> [String] in
            guard let mine = allowed[target.name] else {
                return ["Package.swift: '\(target.name)' is not on the floor plan"]
            }
            return target.imports.filter { !mine.contains($0) }
                .map { "Package.swift: '\(target.name)' may not depend on '\($0)'" }
        }
    }
}

/// The front door of a room says how to picture it, what it imports and what never comes in.
enum FrontDoorRule {
    static func complaints(_ files: [SourceFile]) -> [String] {
        let swift = files.filter { $0.isSwift && $0.path.hasPrefix("Sources/") }
        let rooms = Set(swift.map(\.room)).filter { $0.first?.isUppercase == true }.sorted()
        return rooms.flatMap { room -> [String] in
            let path = "Sources/\(room)/\(room).swift"
            guard let door = swift.first(where: { $0.path == path }) else {
                return ["\(path): the room has no front door"]
            }
            let comment = openingComment(of: door.text)
            return ["Imports:", "Never:"].filter { !comment.contains($0) }
                .map { "\(path):1: the opening comment does not say '\($0)'" }
        }
    }

    static func openingComment(of text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .prefix { $0.hasPrefix("///") }.joined(separator: "\n")
    }
}
