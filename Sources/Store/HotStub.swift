internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

struct PutView { var key: Range<Int>; var value: Range<Int>; var lease: Int64; var previous, ignoreValue, ignoreLease: Bool
  init(_ b: Bytes) throws(MessageFault) { fatalError() } }
enum Hot {
 static func appendHeader(field: Int, _ h: ResponseHeader, to: inout [UInt8]) {}
 static func appendVarintField(_ f: Int, _ v: UInt64, to: inout [UInt8]) {}
 static func appendKeyValue(field: Int, key: Bytes, value: Bytes, create: Int64, mod: Int64, version: Int64, lease: Int64, to: inout [UInt8]) {}
 static func append(_ e: borrowing EventView, previous: Bool, to: inout [UInt8]) {}
}
