internal import Wire

/// Prints pairs while they come.
final class RangePrinter {
    private let session: Session
    private let request: RangeRequest
    private var count = 0

    init(_ session: Session, _ request: RangeRequest) {
        self.session = session
        self.request = request
        if session.isJSON { session.terminal.print(Array("{\"pairs\":[".utf8)) }
    }

    func part(_ part: RangeResponse) {
        for pair in part.kvs {
            if session.isJSON { json(pair) } else { words(pair) }
            count += 1
        }
    }

    private func words(_ pair: KeyValue) {
        session.terminal.print(Rendering.words(pair, keysOnly: request.keysOnly))
    }

    private func json(_ pair: KeyValue) {
        var bytes: [UInt8] = count > 0 ? [UInt8(ascii: ",")] : []
        Rendering.json(pair, keysOnly: request.keysOnly).write(into: &bytes)
        session.terminal.print(bytes)
    }

    func end(_ answer: RangeResponse) {
        if session.isJSON {
            let tail = Rendering.object([
                ("count", .integer(answer.count)), ("more", .bool(answer.more)),
                ("revision", .integer(answer.header?.revision ?? 0)),
            ])
            session.terminal.print("]," + tail.line.dropFirst())
        } else if request.countOnly {
            session.terminal.print(String(answer.count))
        } else if answer.more {
            let rest = answer.count - Int64(count)
            session.note("there are \(Spelling.count(rest)) more; raise --limit to see them")
        }
    }
}
