/// Cuts blocks of bytes into lines and numbers them.
package struct Lines: Equatable, Sendable {
    package struct Line: Equatable, Sendable {
        package var number: Int
        package var bytes: [UInt8]
        /// Bytes of input up to its end.
        package var end: Int64
    }

    private var block: [UInt8] = []
    private var at = 0
    private var number = 0
    private var taken: Int64 = 0
    private var isAtEnd = false

    package init() {}

    package mutating func add(_ bytes: [UInt8]) {
        if at > 0 {
            block.removeFirst(at)
            at = 0
        }
        block += bytes
    }

    /// No more comes: a last line may lack its line end.
    package mutating func finish() { isAtEnd = true }

    /// Bytes that were added and are not yet part of a line that was handed out.
    package var waiting: Int { block.count - at }

    /// The next whole line, without its line end; nil when more must be added first.
    package mutating func next() throws(Complaint) -> Line? {
        if let end = block[at...].firstIndex(of: 0x0A) {
            defer { at = end + 1 }
            return line(at..<end, consuming: end + 1 - at)
        }
        guard waiting <= Limits.importLine else {
            throw .failed("it is longer than \(Spelling.count(Limits.importLine)) bytes")
        }
        guard isAtEnd, waiting > 0 else { return nil }
        defer { at = block.count }
        return line(at..<block.count, consuming: waiting)
    }

    /// The number of the line that `next` would hand out.
    package var nextNumber: Int { number + 1 }

    private mutating func line(_ range: Range<Int>, consuming count: Int) -> Line {
        number += 1
        taken += Int64(count)
        var bytes = Array(block[range])
        if bytes.last == 0x0D { bytes.removeLast() }
        return Line(number: number, bytes: bytes, end: taken)
    }
}
