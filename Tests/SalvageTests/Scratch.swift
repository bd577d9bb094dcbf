import Foundation

/// A directory that is gone when the test is over.
final class Scratch {
    let path: String

    init() {
        var template = Array("\(NSTemporaryDirectory())/martlet-XXXXXX".utf8CString)
        path = String(cString: mkdtemp(&template))
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func path(_ name: String) -> String { "\(path)/\(name)" }

    func make(_ name: String) -> String {
        mkdir(path(name), 0o700)
        return path(name)
    }

    var names: [String] { Scratch.names(path) }

    static func names(_ path: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }

    static func read(_ path: String) -> [UInt8] {
        FileManager.default.contents(atPath: path).map(Array.init) ?? []
    }

    static func write(_ path: String, _ bytes: [UInt8]) {
        _ = FileManager.default.createFile(atPath: path, contents: Data(bytes))
    }

    static func change(_ path: String, _ body: (inout [UInt8]) -> Void) {
        var bytes = read(path)
        body(&bytes)
        write(path, bytes)
    }
}
