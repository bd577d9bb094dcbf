package import ArgumentParser
internal import Client
internal import EventLoop
internal import Units
internal import Wire

package struct RecordingVerb: Verb {
    package static let examples = [
        Example("Keep what led to this", "martlet store recording ./m1.rec"),
        Example(
            "Of another member", "martlet store recording ./m2.rec --host 127.0.0.1:2391"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "recording", "Fetch a member's flight recorder into a file.",
            more: """
                It holds the last 65,536 events that the member's core was given, in at most 16 \
                MiB: requests and messages of members as they came, with their times. So it holds \
                keys and values; give it only to whom you would give those. 'martlet-simulate \
                --recording FILE' does it again, when it reaches back to the member's start, or \
                prints it.
                """)
    }

    @Argument(help: "The file to write.") package var file: String
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let temporary = file + ".partial"
        let descriptor = try Descriptor.create(temporary)
        do throws(Complaint) {
            let size = try fetch(session, into: descriptor)
            try Descriptor.finish(descriptor, temporary, as: file)
            session.print(
                Rendering.object([("file", .string(file)), ("bytes", .integer(size))]),
                or: "recorded \(Spelling.size(size)) in '\(file)'")
        } catch {
            Descriptor.remove(temporary)
            throw error
        }
    }

    private func fetch(_ session: Session, into descriptor: Int32) throws(Complaint) -> Int64 {
        var (size, checksum) = (UInt64(0), UInt32(0))
        var broken: String?
        let end: RecordingResponse = try session.ask("fetch the recording") { client, then in
            client.recording(
                of: nil, session.patience,
                onPart: { part in
                    size += UInt64(part.part.count)
                    checksum = CRC32C.of(part.part, seed: checksum)
                    if broken == nil { broken = Descriptor.write(part.part, to: descriptor) }
                }, then: then)
        }
        if let broken { throw .failed("cannot write '\(file).partial': \(broken)") }
        guard end.bytes == size, end.checksum == checksum else {
            throw .failed("the recording that came is not whole; fetch it again")
        }
        return Int64(clamping: size)
    }
}
