/// libFuzzer's way in: bytes as a connection may receive them.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFrame(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    FrameProperty.check([UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}
