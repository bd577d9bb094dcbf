internal import Client
internal import EventLoop
internal import Units
internal import Wire

/// Lines in, puts out, many of them under way at the same time.
///
/// Writing a key twice with the same value is as good as once, so a put whose outcome is unknown is
/// sent again. That holds only while no other put of the same key is under way: the second waits.
final class Importer {
    private let session: Session
    private let client: Client
    private let name: String
    private let window: Int
    private let firstLine: Int
    private let lease: Int64
    private let patience: Patience
    private let reader: Worker<Int32>
    private var lines = Lines()
    private var isReading = false
    private var inputEnded = false
    /// Read, but its key is still being written by an earlier line.
    private var held: (put: PutRequest, line: Lines.Line)?
    /// Lines under way, in order, with what of the input they end at; and those of them that are
    /// done.
    private var underway: [(line: Int, end: Int64, isDone: Bool)] = []
    private var keys: Set<[UInt8]> = []
    private var open = 0
    private var failure: (line: Int, why: String)?
    private(set) var written = 0
    /// All lines up to here are in the store or were left out.
    private(set) var safeLine = 0
    private(set) var safeBytes: Int64 = 0
    var isInterrupted = false

    init(
        _ session: Session, _ client: Client, _ descriptor: Int32, name: String, window: Int,
        firstLine: Int, lease: Int64
    ) {
        self.session = session
        self.client = client
        self.name = name
        self.window = window
        self.firstLine = firstLine
        self.lease = lease
        patience = Patience(
            timeout: session.reach.timeout?.span ?? Limits.importPatience, rounds: nil,
            mayRepeat: true)
        reader = Worker(on: session.loop, name: "import") { descriptor }
    }

    func run() throws(Complaint) {
        pump()
        while !isDone { _ = session.loop.run(for: .seconds(3600)) { self.isDone } }
        reader.close()
        guard failure != nil || isInterrupted else { return }
        throw complaint()
    }

    private var isDone: Bool {
        let isStopping = failure != nil || isInterrupted
        return open == 0 && (isStopping || (inputEnded && lines.waiting == 0 && held == nil))
    }

    private func complaint() -> Complaint {
        let next = safeLine + 1
        let rest =
            safeLine > 0
            ? "Lines up to \(Spelling.count(safeLine)) are imported; go on with --from-line \(next)"
            : "Nothing is sure to be imported; run it again when that is mended"
        guard let failure else { return .failed("import of \(name) was interrupted. \(rest)") }
        return .failed("cannot import line \(failure.line) of \(name): \(failure.why). \(rest)")
    }

    // MARK: Reading

    /// Sends what may be sent, and reads on when there is nothing left to send.
    func pump() {
        while open < window, failure == nil, !isInterrupted, let next = next() { send(next) }
        let wantsMore = open < window && held == nil && failure == nil && !isInterrupted
        if wantsMore, !isReading, !inputEnded { read() }
    }

    private func read() {
        isReading = true
        reader.perform(
            { Descriptor.read(from: $0, limit: Limits.inputBlock) }, then: { self.take($0) })
    }

    private func take(_ outcome: Result<[UInt8], Complaint>) {
        isReading = false
        switch outcome {
        case .failure(let complaint): fail(lines.nextNumber, complaint.message)
        case .success([]):
            inputEnded = true
            lines.finish()
        case .success(let block): lines.add(block)
        }
        pump()
    }

    /// The next put that may be sent now.
    private func next() -> (put: PutRequest, line: Lines.Line)? {
        if held == nil { held = parsed() }
        guard let next = held, !keys.contains(next.put.key) else { return nil }
        held = nil
        return next
    }

    private func parsed() -> (put: PutRequest, line: Lines.Line)? {
        do throws(Complaint) {
            while let line = try lines.next() {
                if line.number >= firstLine, !line.bytes.allSatisfy({ $0 == 0x20 }) {
                    let put = try attempt(line)
                    return put.map { ($0, line) }
                }
                skipped(line)
            }
        } catch {
            fail(lines.nextNumber, error.message)
        }
        return nil
    }

    private func attempt(_ line: Lines.Line) throws(Complaint) -> PutRequest? {
        do throws(Complaint) {
            return try Importer.put(line.bytes, lease: lease)
        } catch {
            fail(line.number, error.message)
            return nil
        }
    }

    /// `{"key": …, "value": …}`, or base64 in `key64` and `value64`. What else is in it is left
    /// alone.
    static func put(_ bytes: [UInt8], lease: Int64) throws(Complaint) -> PutRequest {
        let json: JSON
        do throws(JSON.Fault) {
            json = try JSON(parsing: bytes)
        } catch {
            throw .failed("it is not JSON: \(error.what), at byte \(error.at)")
        }
        guard let key = try json.bytes("key") else { throw .failed("it has no \"key\"") }
        guard !key.isEmpty else { throw .failed("its key is empty") }
        guard let value = try json.bytes("value") else { throw .failed("it has no \"value\"") }
        return PutRequest(key: key, value: value, lease: lease)
    }

    // MARK: Sending

    private func send(_ next: (put: PutRequest, line: Lines.Line)) {
        open += 1
        keys.insert(next.put.key)
        underway.append((next.line.number, next.line.end, false))
        client.put(next.put, patience) { outcome in
            self.open -= 1
            self.keys.remove(next.put.key)
            switch outcome {
            case .failure(let failure): self.fail(next.line.number, failure.message)
            case .success:
                self.written += 1
                self.finished(next.line.number)
            }
            self.pump()
        }
    }

    private func skipped(_ line: Lines.Line) {
        underway.append((line.number, line.end, true))
        advance()
    }

    private func finished(_ line: Int) {
        var low = 0
        var high = underway.count
        while low < high {
            let middle = (low + high) / 2
            if underway[middle].line < line { low = middle + 1 } else { high = middle }
        }
        underway[low].isDone = true
        if low == 0 { advance() }
    }

    private func advance() {
        let done = underway.prefix { $0.isDone }
        guard let last = done.last else { return }
        safeLine = last.line
        safeBytes = last.end
        underway.removeFirst(done.count)
    }

    /// Of several failures the first line counts; the others are behind it anyway.
    private func fail(_ line: Int, _ why: String) {
        if failure.map({ $0.line <= line }) ?? false { return }
        failure = (line, why)
    }
}
