internal import Units
internal import Wire

/// A recording on its way to whoever asked: the pieces as they were then, and the place.
struct SentRecording {
    let session: SessionID
    let stream: UInt32
    let method: UInt32
    let pieces: [[UInt8]]
    var piece = 0
    var offset = 0
    var sent: UInt64 = 0
    var checksum: UInt32 = 0

    /// The next bytes, at most so many; none at the end.
    mutating func next(_ limit: Int) -> [UInt8] {
        while piece < pieces.count, offset == pieces[piece].count {
            piece += 1
            offset = 0
        }
        guard piece < pieces.count else { return [] }
        let end = min(pieces[piece].count, offset + limit)
        defer { offset = end }
        let part = Array(pieces[piece][offset..<end])
        sent += UInt64(part.count)
        checksum = CRC32C.of(part, seed: checksum)
        return part
    }
}

extension Store {
    /// Everything the flight recorder holds, as a file; see `Recording`.
    package var recording: [UInt8] { recorder.pieces.flatMap { $0 } }

    /// The same for the same decisions of the last turn.
    package var fingerprint: UInt64 { recorder.fingerprint }

    mutating func tellRecording(_ call: Call, _ body: Bytes) throws(Refusal) {
        _ = try RecordingRequest(request: body)
        guard recorder.isOn else {
            throw .invalid("this member records nothing; start it with --recording 16MiB")
        }
        guard recordings.count < Limits.recordings else {
            throw Refusal(.overloaded, "\(recordings.count) recordings are being sent already")
        }
        guard sessions.add(call.stream, to: call.session, .recording) else { return }
        recordings.append(
            SentRecording(
                session: call.session, stream: call.stream, method: call.method,
                pieces: recorder.pieces))
    }

    /// Some recording could be sent further.
    var wantsToSendRecording: Bool {
        recordings.contains { sessions.allowance($0.session, $0.stream) > Limits.partHead }
    }

    mutating func advanceRecordings() {
        guard !recordings.isEmpty else { return }
        var all: [SentRecording] = []
        swap(&all, &recordings)
        for recording in all {
            var recording = recording
            if !advance(&recording) { recordings.append(recording) }
        }
    }

    /// True when it is over.
    private mutating func advance(_ recording: inout SentRecording) -> Bool {
        guard sessions.stream(recording.session, recording.stream) != nil else { return true }
        let start = recording.sent
        while recording.sent - start < UInt64(Limits.turn) {
            let allowance = sessions.allowance(recording.session, recording.stream)
            guard allowance > Limits.partHead else { return false }
            let part = recording.next(min(allowance - Limits.partHead, Limits.chunk))
            guard !part.isEmpty else {
                end(recording)
                return true
            }
            send(part, recording)
        }
        return false
    }

    private mutating func send(_ part: [UInt8], _ recording: SentRecording) {
        let start = effects.bytes.count
        RecordingResponse(part: part).encode(into: &effects.bytes)
        let size = effects.bytes.count - start
        sessions.spend(size, recording.session, recording.stream)
        emit(.stream, recording.session, recording.stream, recording.method, from: start)
    }

    private mutating func end(_ recording: SentRecording) {
        sessions.remove(recording.stream, from: recording.session)
        let start = effects.bytes.count
        RecordingResponse(header: header, bytes: recording.sent, checksum: recording.checksum)
            .encode(into: &effects.bytes)
        emit(.response, recording.session, recording.stream, recording.method, from: start)
    }
}

extension Store {
    var recordingMethod: UInt32 { UInt32(bitPattern: Wire::Method.recording.rawValue) }
}
