import EventLoop
import Glibc
import Testing
import Units

/// A loop for one test, which must come to rest within ten seconds and leave nothing open.
func withLoop(_ body: (Loop) throws -> Void) throws {
    let loop = Loop()
    defer {
        loop.stop()
        loop.run()
        #expect(loop.openHandles == 0)
    }
    try body(loop)
}

extension Loop {
    /// Turns until `condition` holds; fails the test when it does not in ten seconds.
    func turn(
        _ location: SourceLocation = #_sourceLocation, until condition: () -> Bool
    ) {
        let held = run(for: .seconds(10), until: condition)
        #expect(held, "it did not happen in ten seconds", sourceLocation: location)
    }
}

/// A directory that goes with the test.
final class Scratch {
    let path: String

    init() {
        var name = Array("/tmp/martlet-test-XXXXXX".utf8CString)
        path = mkdtemp(&name).map { String(cString: $0) }!
    }

    deinit {
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                unlink("\(path)/\(name)")
            }
            closedir(directory)
        }
        rmdir(path)
    }
}

/// What a stream has received so far.
final class Inbox {
    var bytes: [UInt8] = []
    var end: EventLoop.Stream.End?

    init(_ stream: EventLoop.Stream) {
        stream.onRead = { bytes in
            self.bytes.append(bytes)
            return bytes.count
        }
        stream.onEnd = { self.end = $0 }
        stream.resumeReading()
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension EventLoop.Stream {
    func send(text: String) { send(Array(text.utf8).span) }
}
