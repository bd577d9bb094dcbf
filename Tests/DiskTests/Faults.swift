import Glibc
import Synchronization
import Units

@testable import Disk

/// Answers of a failing disk, given in place of the system's when they are set.
final class Faults: Sendable {
    struct State {
        var write: Int32 = 0
        /// The writes that still go well before `write` is answered.
        var writesLeft = 0
        var sync: Int32 = 0
        var syncs = 0
    }

    let state = Mutex(State())

    func set(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    var syncs: Int { state.withLock { $0.syncs } }

    var calls: FileCalls {
        FileCalls(
            write: { file, bytes, offset in
                let code: Int32 = self.state.withLock {
                    guard $0.write != 0 else { return 0 }
                    $0.writesLeft -= 1
                    return $0.writesLeft < 0 ? $0.write : 0
                }
                return code != 0 ? -Int(code) : FileCalls.system.write(file, bytes, offset)
            },
            sync: { file in
                let code: Int32 = self.state.withLock {
                    $0.syncs += 1
                    return $0.sync
                }
                return code != 0 ? code : FileCalls.system.sync(file)
            })
    }
}
