import Glibc
import Testing

/// Each file in Transcripts shows a piece of the protocol. `MARTLET_REWRITE=1` writes the answers
/// anew; the difference is then to be read.
@Suite struct TranscriptTests {
    static let folder = String(#filePath.dropLast("TranscriptTests.swift".count)) + "Transcripts"

    static var names: [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let item = readdir(directory) {
            let name = withUnsafePointer(to: &item.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".txt") { names.append(name) }
        }
        return names.sorted()
    }

    @Test(arguments: names) func reads(name: String) throws {
        let path = TranscriptTests.folder + "/" + name
        let text = try #require(contents(of: path))
        let answer = Transcript.rewrite(text)
        if environment("MARTLET_REWRITE") != nil {
            write(answer, to: path)
        } else {
            #expect(answer == text, "\(name) differs; see MARTLET_REWRITE")
        }
        #expect(!answer.contains("BROKEN RULE"))
        #expect(!answer.contains("unknown command"))
    }

    @Test(arguments: names) func namesItsSection(name: String) throws {
        let text = try #require(contents(of: TranscriptTests.folder + "/" + name))
        #expect(text.hasPrefix("# Section ") || text.hasPrefix("# Chapter "))
    }

    @Test func thereAreEnough() {
        #expect(TranscriptTests.names.count >= 40)
    }
}

func contents(of path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = fread(&chunk, 1, chunk.count, file)
        if count == 0 { return String(decoding: bytes, as: UTF8.self) }
        bytes += chunk[..<count]
    }
}

func write(_ text: String, to path: String) {
    guard let file = fopen(path, "w") else { return }
    defer { fclose(file) }
    _ = Array(text.utf8).withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
}
