/// libFuzzer's way in: bytes as a disk may hold them.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJournal(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    JournalProperty.check([UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}
