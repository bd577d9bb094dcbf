import ArgumentParser
import Glibc
internal import Simulation
internal import Store

/// Recordings of real members, done again or looked through.
extension Simulate {
    func replayRecordings() throws {
        var isWell = true
        var all: [(path: String, recording: Recording)] = []
        for path in recording {
            Tombstone.prepare("martlet-simulate --recording '\(path)'")
            let read = try load(path)
            if trace { print("recording '\(path)':") }
            let report = Replay.run(read, trace: trace ? { print($0) } : nil)
            print("'\(path)': \(report.text)")
            isWell = isWell && report.isWell
            for other in all {
                guard let index = Replay.difference(other.recording, read) else { continue }
                print("'\(other.path)' and '\(path)' hold different states at index \(index)")
                isWell = false
            }
            all.append((path, read))
        }
        if !isWell { throw ExitCode(1) }
    }

    private func load(_ path: String) throws -> Recording {
        do throws(Recording.Fault) {
            return try Recording(try bytes(of: path))
        } catch {
            print("cannot read '\(path)': \(error)")
            throw ExitCode(1)
        }
    }

    /// A little more than a recording may have, so that one that is too long says so.
    private func bytes(of path: String) throws(Recording.Fault) -> [UInt8] {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .unreadable(unsafe String(cString: strerror(errno))) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        while bytes.count <= Recording.longest {
            let count = unsafe read(file, &piece, piece.count)
            guard count >= 0 else { throw .unreadable(unsafe String(cString: strerror(errno))) }
            if count == 0 { break }
            bytes += piece[..<count]
        }
        return bytes
    }
}
