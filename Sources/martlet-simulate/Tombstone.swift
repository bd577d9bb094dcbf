import Glibc

/// Last words: should a precondition end this process, the line that replays it is still told.
enum Tombstone {
    nonisolated(unsafe) private static var words: UnsafeMutableBufferPointer<UInt8>?

    /// What to say from now on.
    static func prepare(_ line: String) {
        let text = Array("replay: \(line)\n".utf8)
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.count)
        _ = unsafe buffer.initialize(from: text)
        let old = unsafe words
        unsafe words = buffer
        unsafe old?.deallocate()
        guard unsafe old == nil else { return }
        for number in [SIGILL, SIGTRAP, SIGABRT, SIGSEGV] { watch(number) }
    }

    private static func watch(_ number: Int32) {
        signal(number) { number in
            if let words = unsafe Tombstone.words {
                unsafe _ = write(2, words.baseAddress, words.count)
            }
            signal(number, SIG_DFL)
            raise(number)
        }
    }
}
