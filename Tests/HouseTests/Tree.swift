import Foundation

/// A file of the repository as the rules see it.
struct SourceFile {
    /// From the top of the repository: `Sources/Raft/Raft.swift`.
    var path: String
    var text: String
    /// The Swift code alone: comments and the insides of strings are blanks, lines stay lines.
    let code: String

    init(path: String, text: String) {
        self.path = path
        self.text = text
        code = path.hasSuffix(".swift") ? Blanking.code(of: text) : text
    }

    var room: String {
        let parts = path.split(separator: "/")
        return parts.count > 2 ? String(parts[1]) : ""
    }

    var name: String { String(path.split(separator: "/").last ?? "") }
    var isSwift: Bool { path.hasSuffix(".swift") }

    func lines(of text: String) -> [(number: Int, text: Substring)] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            .map { ($0.offset + 1, $0.element) }
    }

    func complaint(_ line: Int, _ words: String) -> String { "\(path):\(line): \(words)" }
}

/// The repository these tests belong to.
enum Tree {
    static let top = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let sources = files("Sources")

    /// Every text file of the given folders and files.
    static func files(_ places: String...) -> [SourceFile] {
        places.flatMap { place in
            paths(below: place).compactMap { path in
                let data = try? Data(contentsOf: top.appending(path: path))
                guard let data, let text = String(data: data, encoding: .utf8) else { return nil }
                return SourceFile(path: path, text: text)
            }
        }
    }

    static func paths(below place: String) -> [String] {
        let url = top.appending(path: place)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
            return []
        }
        guard isFolder.boolValue else { return [place] }
        let below = (try? FileManager.default.subpathsOfDirectory(atPath: url.path)) ?? []
        return below.sorted().map { place + "/" + $0 }.filter { !$0.contains("__pycache__") }
    }

    static var topLevel: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: top.path)) ?? []).sorted()
    }

    static var package: SourceFile {
        files("Package.swift").first ?? SourceFile(path: "Package.swift", text: "")
    }
}

/// Replaces comments and the insides of string literals by blanks.
enum Blanking {
    static func code(of text: String) -> String {
        var bytes = Array(text.utf8)
        var at = 0
        while at < bytes.count {
            at = step(&bytes, from: at)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let beginnings = Array("/#\"".utf8)

    /// Blanks what begins at `at`, if it is a comment or string; answers where to go on.
    private static func step(_ bytes: inout [UInt8], from at: Int) -> Int {
        guard beginnings.contains(bytes[at]) else { return at + 1 }
        if starts(bytes, at, "//") { return blank(&bytes, at, until: "\n", keepsEnd: true) }
        if starts(bytes, at, "/*") { return blank(&bytes, at, until: "*/") }
        var quote = at
        while quote < bytes.count, bytes[quote] == UInt8(ascii: "#") { quote += 1 }
        let hashes = String(repeating: "#", count: quote - at)
        for mark in ["\"\"\"", "\""] where starts(bytes, quote, mark) {
            return blank(
                &bytes, quote + mark.count, until: mark + hashes, keepsEnd: true,
                escapes: hashes.isEmpty) + mark.count + hashes.count
        }
        return max(quote, at + 1)
    }

    private static func starts(_ bytes: [UInt8], _ at: Int, _ word: String) -> Bool {
        bytes[min(at, bytes.count)...].starts(with: word.utf8)
    }

    private static func blank(
        _ bytes: inout [UInt8], _ start: Int, until end: String, keepsEnd: Bool = false,
        escapes: Bool = false
    ) -> Int {
        var at = start
        while at < bytes.count, !starts(bytes, at, end) {
            let width = escapes && bytes[at] == UInt8(ascii: "\\") ? 2 : 1
            for place in at..<min(at + width, bytes.count) where bytes[place] != 10 {
                bytes[place] = UInt8(ascii: " ")
            }
            at += width
        }
        guard !keepsEnd else { return at }
        for place in at..<min(at + end.utf8.count, bytes.count) { bytes[place] = 32 }
        return at + end.utf8.count
    }
}
