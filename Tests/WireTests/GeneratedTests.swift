import Foundation
import Testing

/// The committed code is what `proto/generate` makes of `proto/`.
@Suite struct GeneratedTests {
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().appending(path: "../..").standardized

    static func run(_ words: String...) -> Int32? {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// compose/check installs what this needs; a bare machine skips it, and says so.
    static let canGenerate =
        run("protoc", "--version") == 0
        && run("protoc-c", "--version") == 0
        && run("python3", "-c", "from google.protobuf import descriptor_pb2") == 0

    @Test(.enabled(if: canGenerate, "needs protoc, protoc-c and Python's protobuf"))
    func isUpToDate() throws {
        let fresh = FileManager.default.temporaryDirectory
            .appending(path: "martlet-generated-\(ProcessInfo.processInfo.processIdentifier)")
        defer { try? FileManager.default.removeItem(at: fresh) }
        let generate = Self.root.appending(path: "proto/generate").path
        #expect(Self.run("python3", generate, fresh.path) == 0)
        let made = try files(in: fresh)
        #expect(try made.count == 3 * Self.protos().count + 1)
        for name in made {
            let ours = try Data(contentsOf: Self.root.appending(path: name))
            let theirs = try Data(contentsOf: fresh.appending(path: name))
            #expect(ours == theirs, "\(name) is not what proto/generate makes; run it")
        }
    }

    @Test func nothingElseLiesAmongTheMessages() throws {
        let folder = Self.root.appending(path: "Sources/Wire/Messages")
        #expect(
            try files(in: folder).sorted()
                == Self.protos().map { $0.capitalized + "Messages.swift" })
    }

    /// The files of `proto/`, without their ending, in order.
    static func protos() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "proto").path)
            .filter { $0.hasSuffix(".proto") }.map { String($0.dropLast(6)) }.sorted()
    }

    private func files(in folder: URL) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            .filter { !folder.appending(path: $0).hasDirectoryPath }
            .filter { $0.hasSuffix(".swift") || $0.hasSuffix(".c") || $0.hasSuffix(".h") }
    }
}
